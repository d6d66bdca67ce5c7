// SPDX-License-Identifier: BSD-3-Clause
#include "capture/open_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "capture/decompressor.h"
#include "capture/erf_format.h"
#include "capture/input_buffer.h"
#include "capture/joined_source.h"
#include "capture/libpcap_source.h"
#include "capture/pcap_format.h"
#include "capture/pcapng_format.h"
#include "capture/record_source.h"
#include "capture/snoop_format.h"
#include "decode/byte_reader.h"

namespace tstat::internal {
namespace {

// Of `lz4 -l`.
constexpr uint32_t kLegacyLz4 = 0x184c2102;
// Enough for the magic number of every format.
constexpr size_t kMagicBytes = 8;
// The longest of the file headers that are judged at once.
constexpr size_t kHeaderBytes = PcapFormat::kFileHeaderBytes;
static_assert(kHeaderBytes >= kMagicBytes && kHeaderBytes >= SnoopFormat::kFileHeaderBytes);

class EmptySource final : public PacketSource {
 public:
  explicit EmptySource(TraceOrigin origin) : origin_(origin) {}
  size_t ReadBatch(std::span<Packet> batch) override { return 0; }
  std::string_view note() const override { return "empty file"; }
  bool is_empty() const override { return true; }
  bool is_stream() const override { return origin_.is_stream; }
  bool is_compressed() const override { return origin_.is_compressed; }

 private:
  TraceOrigin origin_;
};

absl::Status Interrupted() { return absl::CancelledError("interrupted by a signal"); }

using OpenedSource = absl::StatusOr<std::unique_ptr<PacketSource>>;

// How a format is recognised, by bytes at the front of the input, and who reads it.
struct TraceFormat {
  bool (*matches)(InputBuffer& input, const TraceOptions& options);
  OpenedPart (*open)(InputBuffer input, const TraceOptions& options, TraceOrigin origin);
};

template <typename Format>
bool StartsLike(InputBuffer& input, const TraceOptions&) {
  return Format::Matches(input.available());
}

// The first that matches. What has no magic number comes last.
constexpr TraceFormat kFormats[] = {
    {StartsLike<PcapFormat>,
     [](InputBuffer input, const TraceOptions& options, TraceOrigin origin) {
       return OpenPcap(std::move(input), options.filter, origin);
     }},
    {StartsLike<PcapngFormat>,
     [](InputBuffer input, const TraceOptions& options, TraceOrigin origin) {
       return OpenPcapng(std::move(input), options.filter, origin);
     }},
    {StartsLike<SnoopFormat>,
     [](InputBuffer input, const TraceOptions& options, TraceOrigin origin) {
       return OpenSnoop(std::move(input), options.filter, origin);
     }},
    {[](InputBuffer& input, const TraceOptions& options) {
       return ErfFormat::Matches(input, options.erf_records_to_check);
     },
     [](InputBuffer input, const TraceOptions& options, TraceOrigin origin) {
       return OpenErf(std::move(input), options.filter, options.erf_fcs_bits, origin);
     }},
};

OpenedPart OpenPart(InputBuffer input, const TraceOptions& options, TraceOrigin origin) {
  for (const TraceFormat& format : kFormats) {
    if (format.matches(input, options)) return format.open(std::move(input), options, origin);
  }
  if (input.stream().interrupted()) return Interrupted();
  return absl::InvalidArgumentError("not a capture file");
}

// What may hold capture files and is not read; empty: none of these.
std::string ArchiveName(std::span<const uint8_t> start) {
  const ByteReader r(start);
  if (r.StartsWith("7z\xbc\xaf\x27\x1c")) return "a 7z archive";
  if (r.StartsWith("PK\x03\x04")) return "a zip archive";
  if (r.StartsWith("Rar!\x1a\x07")) return "a rar archive";
  if (r.Has(0, 4) && r.U32Le(0) == kLegacyLz4) return "lz4 data of the legacy format";
  return {};
}

OpenedSource OpenByContent(InputBuffer input, const TraceOptions& options, TraceOrigin origin) {
  const bool has_header = input.Fill(kHeaderBytes);
  const ByteStream& stream = input.stream();
  if (stream.interrupted()) return Interrupted();
  // Compressed data of which next to nothing comes out, or a file that cannot be read.
  if (!has_header && !stream.status().ok()) {
    return absl::FailedPreconditionError(stream.status().message());
  }
  if (input.available().empty()) return std::make_unique<EmptySource>(origin);
  if (!options.native_pcap &&
      (kFormats[0].matches(input, options) || kFormats[1].matches(input, options))) {
    return OpenWithLibpcap(std::move(input), options.filter, origin);
  }
  const std::string archive = ArchiveName(input.available());
  OpenedPart part = OpenPart(std::move(input), options, origin);
  if (!part.ok() && !archive.empty() && absl::IsInvalidArgument(part.status())) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a capture file, but ", archive, ": unpack it first"));
  }
  if (!part.ok()) return part.status();
  return JoinParts(*std::move(part), [options, origin](InputBuffer next) {
    next.Fill(kHeaderBytes);
    return OpenPart(std::move(next), options, origin);
  });
}

// Puts the file's name in front of a message that does not begin with it.
absl::Status WithName(const std::string& name, const absl::Status& status) {
  const std::string prefix = absl::StrCat(name, ": ");
  const std::string message(status.message());
  if (message.compare(0, prefix.size(), prefix) == 0) return status;
  absl::Status named(status.code(), prefix + message);
  status.ForEachPayload(
      [&named](absl::string_view type, const absl::Cord& value) { named.SetPayload(type, value); });
  return named;
}

absl::Status SystemError(const std::string& name, int error) {
  const std::string message = absl::StrCat(name, ": ", strerror(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(message);
    case EINTR:
      return absl::CancelledError(message);
    default:
      return absl::FailedPreconditionError(message);
  }
}

bool IsStandardInput(std::string_view path) { return path == "stdin" || path == "stdin.gz"; }

}  // namespace

absl::StatusOr<std::unique_ptr<PacketSource>> OpenTraceStream(std::unique_ptr<ByteStream> stream,
                                                              const std::string& name,
                                                              const TraceOptions& options,
                                                              bool is_stream) {
  InputBuffer input(std::move(stream));
  input.Fill(kMagicBytes);
  if (input.stream().interrupted()) return WithName(name, Interrupted());
  const Compression compression = SniffCompression(input.available());
  if (!CanDecompress(compression)) {
    return WithName(name, absl::InvalidArgumentError(
                              "is compressed with lz4, which this build of tstat does not read: "
                              "unpack it first"));
  }
  if (compression != Compression::kNone) {
    input = InputBuffer(Decompress(compression, input.TakeRest(), name));
  }
  const TraceOrigin origin{.is_stream = is_stream,
                           .is_compressed = compression != Compression::kNone,
                           .nanoseconds = options.nanoseconds,
                           .time_zero = options.time_zero,
                           .reports_pauses = is_stream && options.reports_pauses};
  absl::StatusOr<std::unique_ptr<PacketSource>> source =
      OpenByContent(std::move(input), options, origin);
  if (!source.ok()) return WithName(name, source.status());
  return source;
}

}  // namespace tstat::internal

namespace tstat::inline v1 {
using namespace internal;

absl::StatusOr<std::unique_ptr<PacketSource>> OpenTrace(std::string_view path,
                                                        const TraceOptions& options) {
  const std::string name(path);
  if (IsStandardInput(path)) {
    return OpenTraceStream(std::make_unique<FileStream>(STDIN_FILENO, name, options.mapping), name,
                           options, true);
  }
  const int descriptor = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return SystemError(name, errno);
  auto stream = std::make_unique<FileStream>(descriptor, name, options.mapping);
  struct stat info;
  if (fstat(descriptor, &info) != 0) return SystemError(name, errno);
  if (S_ISDIR(info.st_mode)) return absl::FailedPreconditionError(name + ": is a directory");
  return OpenTraceStream(std::move(stream), name, options, !S_ISREG(info.st_mode));
}

}  // namespace tstat::inline v1
