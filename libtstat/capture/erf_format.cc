// SPDX-License-Identifier: BSD-3-Clause
#include "capture/erf_format.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "decode/byte_reader.h"

namespace tstat::internal {
namespace {

constexpr size_t kHeaderBytes = 16;
constexpr size_t kExtensionBytes = 8;
constexpr uint8_t kMoreExtensions = 0x80;
constexpr uint8_t kReservedFlags = 0xc0;

// Record types. `pad_bytes` stand between the header (and its extensions) and the frame as the link
// type knows it.
enum ErfType : uint8_t { kHdlc = 1, kEthernet = 2, kAtm = 3, kAal5 = 4 };
constexpr uint32_t PadBytes(uint8_t type) { return type == kEthernet ? 2 : type == kHdlc ? 0 : 4; }
// Bytes of the pad that the wire length counts: ATM's cell header is on the wire, Ethernet's pad is
// not.
constexpr uint32_t WirePadBytes(uint8_t type) { return type >= kAtm ? 4 : 0; }

// PPP in HDLC framing starts with ff 03; else the four bytes are Cisco HDLC's.
LinkType HdlcLinkType(ByteReader frame) {
  return frame.U8(0) == 0xff && frame.U8(1) == 0x03 ? LinkType::kPpp : LinkType::kCiscoHdlc;
}

}  // namespace

bool ErfFormat::Matches(InputBuffer& input, int records) {
  size_t at = 0;
  uint64_t previous = 0;
  for (int i = 0; i < records; ++i) {
    if (!input.Fill(at + kHeaderBytes)) return i > 0 && input.available().size() == at;
    const ByteReader r = ByteReader(input.available()).Sub(at);
    const uint64_t time = uint64_t{r.U32Le(4)} << 32 | r.U32Le(0);
    const uint8_t type = r.U8(8);
    const uint16_t length = r.U16(10);
    if (type < kHdlc || type > kAal5 || (r.U8(9) & kReservedFlags) != 0 || time < previous ||
        length < kHeaderBytes) {
      return false;
    }
    previous = time;
    at += length;
  }
  return true;
}

absl::StatusOr<ErfFormat> ErfFormat::Open(const std::string& filter, int fcs_bits,
                                          bool nanoseconds) {
  ErfFormat format;
  format.nanoseconds_ = nanoseconds;
  format.fcs_bytes_ = fcs_bits == 0 || fcs_bits == 16 ? static_cast<uint32_t>(fcs_bits) / 8 : 4;
  absl::Status first_error;
  for (size_t i = 0; i < kLinkTypes.size(); ++i) {
    absl::StatusOr<PacketFilter> compiled = PacketFilter::Compile(filter, kLinkTypes[i]);
    format.compiled_[i] = compiled.ok();
    if (compiled.ok()) {
      format.filters_[i] = *std::move(compiled);
    } else {
      first_error.Update(compiled.status());
    }
  }
  if (std::none_of(format.compiled_.begin(), format.compiled_.end(), [](bool ok) { return ok; })) {
    return first_error;
  }
  return format;
}

bool ErfFormat::MatchesFilter(const Packet& packet) const {
  for (size_t i = 0; i < kLinkTypes.size(); ++i) {
    if (kLinkTypes[i] == packet.link_type) return compiled_[i] && filters_[i].Matches(packet);
  }
  return false;
}

RecordStep ErfFormat::Parse(std::span<const uint8_t> bytes, Packet& packet) {
  if (bytes.size() < kHeaderBytes) return {RecordStep::Kind::kNeedMore, kHeaderBytes};
  const size_t total = ByteReader(bytes).U16(10);
  if (total < kHeaderBytes) {
    error_ = absl::DataLossError(absl::StrCat("invalid ERF record length ", total));
    return {RecordStep::Kind::kBad};
  }
  if (bytes.size() < total) return {RecordStep::Kind::kNeedMore, total};
  const ByteReader r(bytes.first(total));
  const RecordStep skip{RecordStep::Kind::kSkip, total};

  const uint8_t type = r.U8(8) & ~kMoreExtensions;
  if (type < kHdlc || type > kAal5) return skip;
  size_t at = kHeaderBytes;
  for (uint8_t mark = r.U8(8); (mark & kMoreExtensions) != 0; at += kExtensionBytes) {
    mark = r.U8(at);  // 0, hence the end, outside of the record
  }
  at += PadBytes(type);
  if (at > total) return skip;

  // The record may be padded, and what is beyond the wire length is no packet.
  const uint32_t wire_length = r.U16(14);
  const uint32_t not_frame = fcs_bytes_ + WirePadBytes(type);
  packet.original_length = wire_length - std::min(wire_length, not_frame);
  packet.data = r.Sub(at, packet.original_length).bytes();
  packet.link_type = type == kEthernet ? LinkType::kEthernet
                     : type == kHdlc   ? HdlcLinkType(ByteReader(packet.data))
                                       : LinkType::kAtmRfc1483;
  packet.origin = PacketOrigin::kUnknown;
  if (!MatchesFilter(packet)) return skip;
  // Binary fraction of a second, truncated.
  const Timestamp time =
      Timestamp::FromNanoseconds(int64_t{r.U32Le(4)} * 1'000'000'000 +
                                 static_cast<int64_t>(uint64_t{r.U32Le(0)} * 1'000'000'000 >> 32));
  packet.time = nanoseconds_ ? time : FloorToMicroseconds(time);
  return {RecordStep::Kind::kPacket, total};
}

absl::Status ErfFormat::AtEnd(std::span<const uint8_t> bytes) const {
  if (bytes.empty()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("truncated ERF file; the last record has only ", bytes.size(), " bytes"));
}

absl::StatusOr<std::unique_ptr<FilePart>> OpenErf(InputBuffer input, const std::string& filter,
                                                  int fcs_bits, TraceOrigin origin) {
  absl::StatusOr<ErfFormat> format = ErfFormat::Open(filter, fcs_bits, origin.nanoseconds);
  if (!format.ok()) return format.status();
  return MakeRecordSource(std::move(input), *std::move(format), origin);
}

}  // namespace tstat::internal
