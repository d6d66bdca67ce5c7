// SPDX-License-Identifier: BSD-3-Clause
#include "output/dump_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tstat::internal {
namespace {

// Numbers of both formats are in the machine's own byte order, which readers tell by the magic.
template <typename Integer>
void AppendNumber(Integer value, std::string* out) {
  std::array<char, sizeof(value)> bytes;
  std::memcpy(bytes.data(), &value, sizeof(value));
  out->append(bytes.data(), bytes.size());
}
void AppendBytes(std::span<const uint8_t> bytes, std::string* out) {
  out->append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// The pcap format, as Tstat writes it (draft-ietf-opsawg-pcap).
namespace pcap {
constexpr uint32_t kMagic = 0xA1B2C3D4;
constexpr uint16_t kMajor = 2, kMinor = 4;
constexpr uint32_t kSnapLen = 1000000;
constexpr uint32_t kEthernet = 1;  // LINKTYPE_ETHERNET
// Without addresses; the type follows.
constexpr std::array<uint8_t, 12> kNoAddresses{};
constexpr uint32_t kLinkBytes = 14;
}  // namespace pcap

// The pcapng format (draft-ietf-opsawg-pcapng).
namespace pcapng {
constexpr uint32_t kSectionHeader = 0x0A0D0D0A, kInterface = 1, kEnhancedPacket = 6;
constexpr uint32_t kByteOrder = 0x1A2B3C4D;
constexpr uint16_t kMajor = 1, kMinor = 0;
constexpr uint16_t kRaw = 101;  // LINKTYPE_RAW: packets begin with an IP header
constexpr uint16_t kEndOfOptions = 0, kComment = 1, kUserApplication = 4, kTimeResolution = 9;
constexpr uint8_t kNanoseconds = 9;
constexpr std::string_view kApplication = "tstat";
}  // namespace pcapng

void Pad(std::string* out, size_t begin) { out->append((4 - (out->size() - begin) % 4) % 4, '\0'); }

void AppendOption(uint16_t code, std::string_view value, std::string* out) {
  AppendNumber(code, out);
  AppendNumber(static_cast<uint16_t>(value.size()), out);
  const size_t begin = out->size();
  out->append(value);
  Pad(out, begin);
}

// A block of pcapng: its length stands at both ends.
template <typename Body>
void AppendBlock(uint32_t type, std::string* out, Body body) {
  const size_t begin = out->size();
  AppendNumber(type, out);
  AppendNumber(uint32_t{0}, out);
  body();
  const auto length = static_cast<uint32_t>(out->size() - begin + sizeof(uint32_t));
  AppendNumber(length, out);
  std::memcpy(out->data() + begin + sizeof(type), &length, sizeof(length));
}

}  // namespace

std::string DumpSuffix(DumpFormat format, DumpCompression compression) {
  constexpr const char* kFormats[] = {".pcap", ".pcapng"};
  constexpr const char* kCompressions[] = {"", ".gz", ".zst"};
  return absl::StrCat(kFormats[static_cast<size_t>(format)],
                      kCompressions[static_cast<size_t>(compression)]);
}

absl::Status DumpFile::Open(FileOpener& files, std::string path, const DumpFileOptions& options) {
  path_ = std::move(path);
  options_ = options;
  buffer_.clear();
  encoded_.clear();
  ends_.clear();
  // Empty, and from then on a file that notices when it is removed.
  absl::StatusOr<std::unique_ptr<AppendFile>> file = files.OpenNew(path_);
  if (file.ok()) {
    (*file)->Close().IgnoreError();
    file = files.OpenForAppend(path_);
  }
  if (!file.ok()) return CannotOpen(path_, file.status());
  file_ = *std::move(file);
  encoder_ = options_.compression == DumpCompression::kGzip   ? MakeGzipEncoder()
             : options_.compression == DumpCompression::kZstd ? MakeZstdEncoder()
                                                              : nullptr;
  AppendHeader();
  header_bytes_ = buffer_.size();
  return absl::OkStatus();
}

void DumpFile::AppendHeader() {
  std::string* const out = &buffer_;
  if (options_.format == DumpFormat::kPcap) {
    AppendNumber(pcap::kMagic, out);
    AppendNumber(pcap::kMajor, out);
    AppendNumber(pcap::kMinor, out);
    AppendNumber(uint32_t{0}, out);  // time zone
    AppendNumber(uint32_t{0}, out);  // accuracy
    AppendNumber(pcap::kSnapLen, out);
    AppendNumber(pcap::kEthernet, out);
    return;
  }
  AppendBlock(pcapng::kSectionHeader, out, [out] {
    AppendNumber(pcapng::kByteOrder, out);
    AppendNumber(pcapng::kMajor, out);
    AppendNumber(pcapng::kMinor, out);
    AppendNumber(int64_t{-1}, out);  // how long the section is, is not known
    AppendOption(pcapng::kUserApplication, pcapng::kApplication, out);
    AppendOption(pcapng::kEndOfOptions, "", out);
  });
  AppendBlock(pcapng::kInterface, out, [this, out] {
    AppendNumber(pcapng::kRaw, out);
    AppendNumber(uint16_t{0}, out);
    AppendNumber(options_.snap_len, out);
    const char resolution = pcapng::kNanoseconds;
    AppendOption(pcapng::kTimeResolution, {&resolution, 1}, out);
    AppendOption(pcapng::kEndOfOptions, "", out);
  });
}

void DumpFile::AppendPcap(const DumpRecord& record) {
  constexpr uint16_t kIpv4Type = 0x0800, kIpv6Type = 0x86DD;
  constexpr int64_t kMicrosecond = 1000, kSecond = 1'000'000'000;
  const int64_t seconds = record.time.seconds();
  const int64_t rest = record.time.nanoseconds() - seconds * kSecond;
  std::string* const out = &buffer_;
  AppendNumber(static_cast<uint32_t>(seconds), out);
  AppendNumber(static_cast<uint32_t>(rest / kMicrosecond), out);
  AppendNumber(static_cast<uint32_t>(record.bytes.size()) + pcap::kLinkBytes, out);
  AppendNumber(record.original_length + pcap::kLinkBytes, out);
  AppendBytes(pcap::kNoAddresses, out);
  const uint16_t type = record.is_v6 ? kIpv6Type : kIpv4Type;
  AppendNumber(static_cast<uint8_t>(type >> 8), out);
  AppendNumber(static_cast<uint8_t>(type), out);
  AppendBytes(record.bytes, out);
}

void DumpFile::AppendPcapng(const DumpRecord& record) {
  std::string* const out = &buffer_;
  AppendBlock(pcapng::kEnhancedPacket, out, [&] {
    const auto time = static_cast<uint64_t>(record.time.nanoseconds());
    AppendNumber(uint32_t{0}, out);  // the interface
    AppendNumber(static_cast<uint32_t>(time >> 32), out);
    AppendNumber(static_cast<uint32_t>(time), out);
    AppendNumber(static_cast<uint32_t>(record.bytes.size()), out);
    AppendNumber(record.original_length, out);
    const size_t begin = out->size();
    AppendBytes(record.bytes, out);
    Pad(out, begin);
    if (record.comment.empty()) return;
    AppendOption(pcapng::kComment, record.comment, out);
    AppendOption(pcapng::kEndOfOptions, "", out);
  });
}

absl::Status DumpFile::Write(const DumpRecord& record) {
  DumpRecord cut = record;
  if (options_.snap_len != 0 && cut.bytes.size() > options_.snap_len) {
    cut.bytes = cut.bytes.first(options_.snap_len);
  }
  if (options_.format == DumpFormat::kPcap) {
    AppendPcap(cut);
  } else {
    AppendPcapng(cut);
  }
  ends_.push_back(static_cast<uint32_t>(buffer_.size()));
  return buffer_.size() < options_.buffer_bytes ? absl::OkStatus()
                                                : Drain(StreamEncoder::Flush::kNone);
}

absl::Status DumpFile::Flush() { return Drain(StreamEncoder::Flush::kSync); }

absl::Status DumpFile::Close() {
  if (absl::Status status = Drain(StreamEncoder::Flush::kEnd); !status.ok()) return status;
  return End(file_->Close());
}

absl::Status DumpFile::Drain(StreamEncoder::Flush flush) {
  if (encoder_ != nullptr) {
    const bool has_news = !buffer_.empty() || flush == StreamEncoder::Flush::kEnd;
    if (has_news) {
      if (absl::Status s = encoder_->Encode(buffer_, flush, &encoded_); !s.ok()) return End(s);
    }
    if (absl::Status s = Append(&encoded_); !s.ok()) return End(s);
    buffer_.clear();
  } else if (absl::Status s = Append(&buffer_); !s.ok()) {
    return End(s);
  }
  ends_.clear();
  header_bytes_ = 0;
  return absl::OkStatus();
}

absl::Status DumpFile::Append(std::string* bytes) {
  std::string_view left = *bytes;
  if (left.empty()) return absl::OkStatus();
  absl::Status status = file_->Append(&left);
  const size_t written = bytes->size() - left.size();
  if (status.ok() || encoder_ != nullptr) {
    bytes->clear();
    return status;
  }
  // The packet that is cut goes; those before it are in the file.
  const auto end = std::upper_bound(ends_.begin(), ends_.end(), written);
  const size_t begin = written >= header_bytes_ ? header_bytes_ : 0;
  const size_t whole = end == ends_.begin() ? begin : *(end - 1);
  ends_.erase(ends_.begin(), end);
  if (written > whole) file_->CutBack(written - whole).IgnoreError();
  bytes->clear();
  return status;
}

absl::Status DumpFile::End(absl::Status status) {
  lost_packets_ += ends_.size();
  ends_.clear();
  buffer_.clear();
  encoded_.clear();
  encoder_ = nullptr;
  file_ = nullptr;  // closes it
  return status.ok() ? status : CannotWrite(path_, status);
}

}  // namespace tstat::internal
