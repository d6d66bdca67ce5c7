// SPDX-License-Identifier: BSD-3-Clause
#include "capture/pcap_format.h"

#include <pcap/pcap.h>
#include <stdio.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "capture/file_headers.h"
#include "capture/link_types.h"

namespace tstat::internal {
namespace {

constexpr size_t kModifiedRecordHeaderBytes = 24;

// libpcap's MAXIMUM_SNAPLEN. Its larger limits are for link types that are not supported here.
constexpr uint32_t kMaxCapturedBytes = 262144;

// A pcap_t that has read the file header and has no packets.
class LibpcapHeader {
 public:
  explicit LibpcapHeader(std::span<const uint8_t> header) {
    FILE* file = fmemopen(const_cast<uint8_t*>(header.data()), header.size(), "rb");
    if (file == nullptr) return;
    pcap_ = pcap_fopen_offline(file, error_);
    if (pcap_ == nullptr) fclose(file);
  }
  ~LibpcapHeader() {
    if (pcap_ != nullptr) pcap_close(pcap_);  // closes the file too
  }
  LibpcapHeader(const LibpcapHeader&) = delete;
  LibpcapHeader& operator=(const LibpcapHeader&) = delete;

  pcap_t* pcap() const { return pcap_; }
  const char* error() const { return error_; }

 private:
  pcap_t* pcap_ = nullptr;
  char error_[PCAP_ERRBUF_SIZE] = "out of memory";
};

}  // namespace

bool PcapFormat::Matches(std::span<const uint8_t> start) { return HasPcapMagic(ByteReader(start)); }

absl::StatusOr<PcapFormat> PcapFormat::Open(std::span<const uint8_t> file_header,
                                            const std::string& filter, bool nanoseconds) {
  if (file_header.empty()) return absl::InvalidArgumentError("empty file");  // fmemopen's limit
  const LibpcapHeader header(file_header.first(std::min(file_header.size(), kFileHeaderBytes)));
  if (header.pcap() == nullptr) return absl::InvalidArgumentError(header.error());
  const int dlt = pcap_datalink(header.pcap());
  if (absl::Status s = CheckLinkType(dlt); !s.ok()) return s;

  PcapFormat format;
  // The bytes are read as little-endian ones, so "swapped" means a big-endian file.
  const ByteReader r(file_header);
  format.swapped_ = IsPcapMagic(r.U32(0));
  const uint32_t magic = format.swapped_ ? r.U32(0) : r.U32Le(0);
  format.nanoseconds_ = magic == kPcapNanoseconds;
  format.keeps_nanoseconds_ = format.nanoseconds_ && nanoseconds;
  if (magic == kPcapModified) format.record_header_bytes_ = kModifiedRecordHeaderBytes;
  format.snapshot_length_ = static_cast<uint32_t>(pcap_snapshot(header.pcap()));
  format.link_type_ = static_cast<LinkType>(dlt);
  const int major = pcap_major_version(header.pcap());
  const int minor = pcap_minor_version(header.pcap());
  if (major != 2 || minor < 3) {
    format.length_order_ = LengthOrder::kOriginalFirst;
  } else if (minor == 3) {
    format.length_order_ = LengthOrder::kSmallerIsCaptured;
  }
  absl::StatusOr<PacketFilter> compiled = PacketFilter::CompileFor(filter, header.pcap());
  if (!compiled.ok()) return compiled.status();
  format.filter_ = *std::move(compiled);
  return format;
}

inline PcapFormat::Record PcapFormat::ReadHeader(std::span<const uint8_t> bytes) const {
  const HeaderReader<16> r = ByteReader(bytes).Header<16>();
  Record record;
  if (swapped_) [[unlikely]] {
    // libpcap's swapping loses the sign of the sub-second field.
    record = {r.U32<0>(), r.U32<4>(), r.U32<8>(), r.U32<12>()};
  } else {
    record = {r.U32Le<0>(), static_cast<int32_t>(r.U32Le<4>()), r.U32Le<8>(), r.U32Le<12>()};
  }
  if (length_order_ != LengthOrder::kCapturedFirst &&
      (length_order_ == LengthOrder::kOriginalFirst || record.captured > record.original)) {
    std::swap(record.captured, record.original);
  }
  return record;
}

inline RecordStep PcapFormat::Parse(std::span<const uint8_t> bytes, Packet& packet) {
  if (bytes.size() < record_header_bytes_) {
    return {RecordStep::Kind::kNeedMore, record_header_bytes_};
  }
  const Record record = ReadHeader(bytes);
  // Beside an empty record, no other has these two.
  if ((record.captured | record.original) == 0 && IsPcapHeader(ByteReader(bytes))) [[unlikely]] {
    return {RecordStep::Kind::kNewFile};
  }
  if (record.captured > kMaxCapturedBytes) return Reject(bytes, record.captured);
  const size_t total = record_header_bytes_ + record.captured;
  if (bytes.size() < total) return {RecordStep::Kind::kNeedMore, total};
  // A record above the file's snapshot length is cut to it.
  packet.data = bytes.subspan(record_header_bytes_, std::min(record.captured, snapshot_length_));
  packet.original_length = record.original;
  packet.link_type = link_type_;
  packet.origin = PacketOrigin::kUnknown;
  if (!filter_.Matches(packet)) return {RecordStep::Kind::kSkip, total};
  packet.time = Time(record);
  return {RecordStep::Kind::kPacket, total};
}

inline Timestamp PcapFormat::Time(const Record& record) {
  if (keeps_nanoseconds_) [[unlikely]] {
    return Timestamp::FromNanoseconds(record.seconds * int64_t{1'000'000'000} + record.sub_second);
  }
  return clock_.ConvertShort(record.seconds,
                             nanoseconds_ ? record.sub_second / 1000 : record.sub_second);
}

RecordStep PcapFormat::Reject(std::span<const uint8_t> bytes, uint32_t captured) {
  const ByteReader r(bytes);
  if (IsPcapHeader(r) || IsPcapngSection(r)) return {RecordStep::Kind::kNewFile};
  const bool above_snapshot = captured > snapshot_length_;
  error_ =
      absl::DataLossError(absl::StrCat("invalid packet capture length ", captured, ", bigger than ",
                                       above_snapshot ? "snaplen of " : "maximum of ",
                                       above_snapshot ? snapshot_length_ : kMaxCapturedBytes));
  return {RecordStep::Kind::kBad};
}

absl::Status PcapFormat::AtEnd(std::span<const uint8_t> bytes) const {
  if (bytes.empty()) return absl::OkStatus();
  if (bytes.size() < record_header_bytes_) {
    return absl::DataLossError(absl::StrCat("truncated dump file; tried to read ",
                                            record_header_bytes_, " header bytes, only got ",
                                            bytes.size()));
  }
  const Record record = ReadHeader(bytes);
  const size_t got = bytes.size() - record_header_bytes_;
  // libpcap reads what it keeps of a record first, then the rest.
  const uint32_t kept = std::min(record.captured, snapshot_length_);
  return absl::DataLossError(absl::StrCat("truncated dump file; tried to read ",
                                          got < kept ? kept : record.captured,
                                          " captured bytes, only got ", got));
}

absl::StatusOr<std::unique_ptr<FilePart>> OpenPcap(InputBuffer input, const std::string& filter,
                                                   TraceOrigin origin) {
  input.Fill(PcapFormat::kFileHeaderBytes);  // a shorter file is libpcap's to refuse
  absl::StatusOr<PcapFormat> format =
      PcapFormat::Open(input.available(), filter, origin.nanoseconds);
  if (!format.ok()) return format.status();
  input.Consume(PcapFormat::kFileHeaderBytes);
  return MakeRecordSource(std::move(input), *std::move(format), origin);
}

}  // namespace tstat::internal
