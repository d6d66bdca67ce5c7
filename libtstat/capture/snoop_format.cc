// SPDX-License-Identifier: BSD-3-Clause
#include "capture/snoop_format.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "decode/byte_reader.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kMagic("snoop\0\0\0", 8);
// The reference looks at six bytes only.
constexpr size_t kMagicTested = 6;
constexpr size_t kRecordHeaderBytes = 24;
// Nothing sane is longer; the same limit as for pcap.
constexpr uint32_t kMaxRecordBytes = 262144 + 1024;

// Hardware types (RFC 1761). ATM frames carry four bytes in front of LLC/SNAP, which the link type
// "LLC/SNAP ATM" starts with.
struct Hardware {
  uint32_t code;
  LinkType link_type;
  uint32_t stripped_bytes;
};
constexpr Hardware kHardware[] = {
    {4, LinkType::kEthernet, 0},
    {8, LinkType::kFddi, 0},
    {0x12, LinkType::kAtmRfc1483, 4},
};

}  // namespace

bool SnoopFormat::Matches(std::span<const uint8_t> start) {
  return ByteReader(start).StartsWith(kMagic.substr(0, kMagicTested));
}

absl::StatusOr<SnoopFormat> SnoopFormat::Open(std::span<const uint8_t> file_header,
                                              const std::string& filter) {
  const ByteReader r(file_header);
  if (!r.Has(0, kFileHeaderBytes)) return absl::InvalidArgumentError("truncated snoop file header");
  const uint32_t version = r.U32(8);
  const uint32_t code = r.U32(12);
  const auto* hardware = std::find_if(std::begin(kHardware), std::end(kHardware),
                                      [code](const Hardware& h) { return h.code == code; });
  if (hardware == std::end(kHardware)) {
    return absl::InvalidArgumentError(
        absl::StrCat("snoop hardware type ", code, " not understood"));
  }
  SnoopFormat format;
  format.link_type_ = hardware->link_type;
  format.stripped_bytes_ = hardware->stripped_bytes;
  if (version != 2) format.note_ = absl::StrCat("snoop version ", version, ", expected 2");
  absl::StatusOr<PacketFilter> compiled = PacketFilter::Compile(filter, format.link_type_);
  if (!compiled.ok()) return compiled.status();
  format.filter_ = *std::move(compiled);
  return format;
}

RecordStep SnoopFormat::Parse(std::span<const uint8_t> bytes, Packet& packet) {
  if (bytes.size() < kRecordHeaderBytes) return {RecordStep::Kind::kNeedMore, kRecordHeaderBytes};
  const ByteReader r(bytes);
  const uint32_t original = r.U32(0);
  const uint32_t captured = r.U32(4);
  const uint32_t total = r.U32(8);
  if (total > kMaxRecordBytes || total < kRecordHeaderBytes ||
      captured > total - kRecordHeaderBytes) {
    error_ = absl::DataLossError(
        absl::StrCat("invalid snoop record: length ", total, ", captured length ", captured));
    return {RecordStep::Kind::kBad};
  }
  if (bytes.size() < total) return {RecordStep::Kind::kNeedMore, total};
  if (captured < stripped_bytes_) return {RecordStep::Kind::kSkip, total};
  packet.data = bytes.subspan(kRecordHeaderBytes + stripped_bytes_, captured - stripped_bytes_);
  packet.original_length = original - std::min(original, stripped_bytes_);
  packet.link_type = link_type_;
  packet.origin = PacketOrigin::kUnknown;
  if (!filter_.Matches(packet)) return {RecordStep::Kind::kSkip, total};
  packet.time = clock_.ConvertShort(r.U32(16), static_cast<int32_t>(r.U32(20)));  // RFC 1761
  return {RecordStep::Kind::kPacket, total};
}

absl::Status SnoopFormat::AtEnd(std::span<const uint8_t> bytes) const {
  if (bytes.empty()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("truncated snoop file; the last record has only ", bytes.size(), " bytes"));
}

absl::StatusOr<std::unique_ptr<FilePart>> OpenSnoop(InputBuffer input, const std::string& filter,
                                                    TraceOrigin origin) {
  input.Fill(SnoopFormat::kFileHeaderBytes);
  absl::StatusOr<SnoopFormat> format = SnoopFormat::Open(input.available(), filter);
  if (!format.ok()) return format.status();
  input.Consume(SnoopFormat::kFileHeaderBytes);
  return MakeRecordSource(std::move(input), *std::move(format), origin);
}

}  // namespace tstat::internal
