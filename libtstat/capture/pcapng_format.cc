// SPDX-License-Identifier: BSD-3-Clause
#include "capture/pcapng_format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "capture/file_headers.h"
#include "capture/link_types.h"

namespace tstat::internal {
namespace {

// Block types, beside that of a section's header.
constexpr uint32_t kInterface = 1, kObsoletePacket = 2, kSimplePacket = 3, kEnhancedPacket = 6;

// Type and length stand in front of a block's body, the length once more behind it.
constexpr size_t kBlockHeaderBytes = 8, kBlockTrailerBytes = 4;
constexpr uint32_t kLeastBlockBytes = kBlockHeaderBytes + kBlockTrailerBytes;
// Magic, version, length of the section.
constexpr uint32_t kSectionFixedBytes = 16;
// Packet blocks above it are passed over: one must be in memory to be analysed.
constexpr uint32_t kMostPacketBlockBytes = 16 << 20;
// A section of a damaged file may claim any number of them.
constexpr size_t kMostInterfaces = 1 << 16;

constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr size_t kMostDecimals = 19;  // that 64 bits hold

constexpr std::array<uint64_t, kMostDecimals + 1> kPowersOfTen = [] {
  std::array<uint64_t, kMostDecimals + 1> powers{};
  uint64_t power = 1;
  for (uint64_t& p : powers) {
    p = power;
    power *= 10;
  }
  return powers;
}();

bool HoldsPackets(uint32_t type) {
  return type == kEnhancedPacket || type == kSimplePacket || type == kObsoletePacket;
}

}  // namespace

PcapngClock::PcapngClock(uint8_t resolution, int64_t offset_s)
    : binary_((resolution & 0x80) != 0), exponent_(resolution & 0x7f), offset_s_(offset_s) {}

std::optional<Timestamp> PcapngClock::Time(uint64_t units) const {
  uint64_t seconds = 0, ns = 0;
  if (binary_) {
    const uint64_t rest = exponent_ < 64 ? units & ((uint64_t{1} << exponent_) - 1) : units;
    seconds = exponent_ < 64 ? units >> exponent_ : 0;
    ns = static_cast<uint64_t>(static_cast<unsigned __int128>(rest) * kNanosecondsPerSecond >>
                               exponent_);
  } else if (exponent_ <= 9) {
    seconds = units / kPowersOfTen[exponent_];
    ns = units % kPowersOfTen[exponent_] * kPowersOfTen[9 - exponent_];
  } else {
    const size_t finer = exponent_ - size_t{9};
    const uint64_t all_ns = finer <= kMostDecimals ? units / kPowersOfTen[finer] : 0;
    seconds = all_ns / kNanosecondsPerSecond;
    ns = all_ns % kNanosecondsPerSecond;
  }
  const __int128 all = (static_cast<__int128>(seconds) + offset_s_) * kNanosecondsPerSecond + ns;
  if (all < Timestamp::EarliestOfPacket().nanoseconds() ||
      all > Timestamp::LatestOfPacket().nanoseconds()) {
    return std::nullopt;
  }
  return Timestamp::FromNanoseconds(static_cast<int64_t>(all));
}

bool PcapngFormat::Matches(std::span<const uint8_t> start) {
  return ByteReader(start).U32(0) == kPcapngSection;
}

RecordStep PcapngFormat::Bad(std::string text) {
  error_ = absl::DataLossError(text);
  return {RecordStep::Kind::kBad};
}

RecordStep::Kind PcapngFormat::SkipDamaged() {
  ++damaged_blocks_;
  MakeNote();
  return RecordStep::Kind::kSkip;
}

void PcapngFormat::MakeNote() {
  note_ = filter_note_;
  if (damaged_blocks_ == 0) return;
  absl::StrAppend(&note_, note_.empty() ? "" : "; ", damaged_blocks_,
                  damaged_blocks_ == 1 ? " damaged block was" : " damaged blocks were",
                  " passed over");
}

RecordStep PcapngFormat::Parse(std::span<const uint8_t> bytes, Packet& packet) {
  using Kind = RecordStep::Kind;
  const ByteReader r(bytes);
  if (trailer_ != 0) return ParseRest(r);
  if (!r.Has(0, kBlockHeaderBytes)) return {Kind::kNeedMore, kBlockHeaderBytes};
  const uint32_t type = U32(r, 0);
  if (type == kPcapngSection) return ParseSection(r);
  if (HasPcapMagic(r)) [[unlikely]] {
    if (!r.Has(0, kPcapHeaderBytes)) return {Kind::kNeedMore, kPcapHeaderBytes};
    if (IsPcapHeader(r)) return {Kind::kNewFile};
  }
  const uint32_t length = U32(r, 4);
  if (length < kLeastBlockBytes || length % 4 != 0) {
    return Bad(
        absl::StrCat("block in pcapng dump file has a length of ", length,
                     length % 4 != 0 ? " that is not a multiple of 4" : " that is too short"));
  }
  if (!HoldsPackets(type) && type != kInterface) {
    to_skip_ = length - kLeastBlockBytes;
    trailer_ = length;
    return {Kind::kSkip, kBlockHeaderBytes};
  }
  if (length > kMostPacketBlockBytes) {
    to_skip_ = length - kLeastBlockBytes;
    trailer_ = length;
    return {SkipDamaged(), kBlockHeaderBytes};
  }
  if (!r.Has(0, length)) return {Kind::kNeedMore, length};
  if (U32(r, length - kBlockTrailerBytes) != length) {
    return Bad(absl::StrCat("block total length in header ", length, " and trailer ",
                            U32(r, length - kBlockTrailerBytes), " don't match"));
  }
  return {ParseBody(type, r.Sub(kBlockHeaderBytes, length - kLeastBlockBytes), packet), length};
}

RecordStep PcapngFormat::ParseRest(ByteReader bytes) {
  using Kind = RecordStep::Kind;
  if (to_skip_ != 0) {
    if (bytes.empty()) return {Kind::kNeedMore, 1};
    const auto skipped = static_cast<uint32_t>(std::min<size_t>(to_skip_, bytes.size()));
    to_skip_ -= skipped;
    return {Kind::kSkip, skipped};
  }
  if (!bytes.Has(0, kBlockTrailerBytes)) return {Kind::kNeedMore, kBlockTrailerBytes};
  // A damage may be looked at once more: nothing changes before it is ruled out.
  if (U32(bytes, 0) != trailer_) {
    return Bad(absl::StrCat("block total length in header ", trailer_, " and trailer ",
                            U32(bytes, 0), " don't match"));
  }
  trailer_ = 0;
  return {Kind::kSkip, kBlockTrailerBytes};
}

RecordStep PcapngFormat::ParseSection(ByteReader bytes) {
  using Kind = RecordStep::Kind;
  constexpr size_t kFixed = kBlockHeaderBytes + kSectionFixedBytes;
  if (!bytes.Has(0, kFixed)) return {Kind::kNeedMore, kFixed};
  const bool big_endian = bytes.U32(8) == kPcapngByteOrder;
  if (!big_endian && bytes.U32Le(8) != kPcapngByteOrder) {
    return Bad("the section header of the pcapng dump file has no byte-order magic");
  }
  big_endian_ = big_endian;
  const uint32_t length = U32(bytes, 4);
  if (length < kLeastBlockBytes + kSectionFixedBytes || length % 4 != 0) {
    return Bad(absl::StrCat("section header in pcapng dump file has a length of ", length));
  }
  const uint16_t major = U16(bytes, 12);
  if (major != 1) {
    return Bad(absl::StrCat("unsupported pcapng savefile version ", major, ".", U16(bytes, 14)));
  }
  interfaces_.clear();
  to_skip_ = length - kLeastBlockBytes - kSectionFixedBytes;
  trailer_ = length;
  return {Kind::kSkip, kFixed};
}

RecordStep::Kind PcapngFormat::ParseBody(uint32_t type, ByteReader body, Packet& packet) {
  if (type == kInterface) return AddInterface(body);
  const size_t fields = type == kSimplePacket ? 4 : 20;
  if (!body.Has(0, fields)) return SkipDamaged();
  return Deliver(ReadRecord(type, body), packet);
}

RecordStep::Kind PcapngFormat::AddInterface(ByteReader body) {
  constexpr size_t kLinkType = 0, kSnapshotLength = 4, kOptions = 8;
  constexpr uint16_t kEndOfOptions = 0, kTimeResolution = 9, kTimeOffset = 14;
  if (!body.Has(0, kOptions) || interfaces_.size() == kMostInterfaces) return SkipDamaged();
  uint8_t resolution = 6;
  int64_t offset_s = 0;
  for (size_t at = kOptions; body.Has(at, 4);) {
    const uint16_t code = U16(body, at), length = U16(body, at + 2);
    at += 4;
    if (code == kEndOfOptions || !body.Has(at, length)) break;
    if (code == kTimeResolution && length == 1) resolution = body.U8(at);
    if (code == kTimeOffset && length == 8) {
      const uint64_t first = U32(body, at), second = U32(body, at + 4);
      offset_s = static_cast<int64_t>(big_endian_ ? first << 32 | second : second << 32 | first);
    }
    at += (length + size_t{3}) & ~size_t{3};
  }
  Interface interface;
  interface.link_type = static_cast<LinkType>(DltOfFile(U16(body, kLinkType)));
  interface.snapshot_length = U32(body, kSnapshotLength);
  interface.clock = PcapngClock(resolution, offset_s);
  interface.filter = FilterFor(interface.link_type);
  interfaces_.push_back(interface);
  return RecordStep::Kind::kSkip;
}

const PacketFilter* PcapngFormat::FilterFor(LinkType link_type) {
  const auto [known, is_new] = filters_.try_emplace(link_type);
  if (is_new) {
    absl::StatusOr<PacketFilter> compiled = PacketFilter::Compile(filter_, link_type);
    if (compiled.ok()) known->second = std::make_unique<const PacketFilter>(*std::move(compiled));
  }
  return known->second.get();
}

PcapngFormat::Record PcapngFormat::ReadRecord(uint32_t type, ByteReader body) const {
  Record record;
  if (type == kSimplePacket) {
    record.original = U32(body, 0);
    record.data = body.Sub(4);
    record.captured =
        std::min<uint32_t>(record.original, static_cast<uint32_t>(record.data.size()));
    if (!interfaces_.empty() && interfaces_[0].snapshot_length != 0) {
      record.captured = std::min(record.captured, interfaces_[0].snapshot_length);
    }
    return record;
  }
  // The obsolete block has a counter of drops beside a shorter number of the interface.
  record.interface = type == kEnhancedPacket ? U32(body, 0) : U16(body, 0);
  record.units = uint64_t{U32(body, 4)} << 32 | U32(body, 8);
  record.captured = U32(body, 12);
  record.original = U32(body, 16);
  record.data = body.Sub(20);
  return record;
}

RecordStep::Kind PcapngFormat::Deliver(const Record& record, Packet& packet) {
  if (record.interface >= interfaces_.size() || record.captured > record.data.size()) {
    return SkipDamaged();
  }
  const Interface& interface = interfaces_[record.interface];
  packet.data = record.data.Sub(0, record.captured).bytes();
  packet.original_length = record.original;
  packet.link_type = interface.link_type;
  packet.origin = PacketOrigin::kUnknown;
  if (interface.filter == nullptr) [[unlikely]] {
    if (filter_note_.empty()) {
      filter_note_ = absl::StrCat("the filter means nothing for packets of link type ",
                                  LinkTypeText(static_cast<int>(interface.link_type)),
                                  ": they were passed over");
      MakeNote();
    }
    return RecordStep::Kind::kSkip;
  }
  if (!interface.filter->Matches(packet)) return RecordStep::Kind::kSkip;
  // A packet without a time came after the one before it.
  if (record.units.has_value()) {
    const std::optional<Timestamp> time = interface.clock.Time(*record.units);
    if (!time.has_value()) return RecordStep::Kind::kNoTime;
    previous_time_ = nanoseconds_ ? *time : FloorToMicroseconds(*time);
  }
  packet.time = previous_time_;
  return RecordStep::Kind::kPacket;
}

absl::Status PcapngFormat::AtEnd(std::span<const uint8_t> bytes) const {
  const bool in_block = trailer_ != 0;
  if (bytes.empty() && !in_block) return absl::OkStatus();
  // What is missing of a block's head, or of the rest of it.
  size_t wanted = kBlockHeaderBytes, got = bytes.size();
  if (in_block) {
    wanted = to_skip_ + kBlockTrailerBytes;
  } else if (got >= kBlockHeaderBytes) {
    wanted = U32(ByteReader(bytes), 4) - kBlockHeaderBytes;
    got -= kBlockHeaderBytes;
  }
  return absl::DataLossError(
      absl::StrCat("truncated pcapng dump file; tried to read ", wanted, " bytes, only got ", got));
}

absl::Status PcapngFormat::CheckStart(InputBuffer& input, const std::string& filter,
                                      bool waits_for_packets) {
  using Kind = RecordStep::Kind;
  PcapngFormat format("", /*nanoseconds=*/false);
  std::optional<LinkType> unsupported;  // of the first packet
  Packet packet;
  bool in_section = false;
  const auto is_supported = [](const Interface& i) {
    return IsSupportedLinkType(static_cast<int>(i.link_type));
  };
  for (size_t at = 0;;) {
    const RecordStep step = format.Parse(input.available().subspan(at), packet);
    if (step.kind == Kind::kNeedMore) {
      // More than will be looked at, or than there is.
      if (at + step.bytes > kLookBytes || !input.Fill(at + step.bytes)) break;
      continue;
    }
    if (step.kind == Kind::kBad && !in_section) {
      return absl::InvalidArgumentError(format.error().message());
    }
    if (step.kind == Kind::kBad || step.kind == Kind::kNewFile) break;
    if (step.kind == Kind::kPacket && IsSupportedLinkType(static_cast<int>(packet.link_type))) {
      return PacketFilter::Compile(filter, packet.link_type).status();
    }
    if (!waits_for_packets &&
        std::any_of(format.interfaces_.begin(), format.interfaces_.end(), is_supported)) {
      break;
    }
    if (step.kind == Kind::kPacket && !unsupported.has_value()) unsupported = packet.link_type;
    in_section = true;
    at += step.bytes;
  }
  const std::vector<Interface>& interfaces = format.interfaces_;
  if (!unsupported.has_value() && !interfaces.empty() &&
      std::none_of(interfaces.begin(), interfaces.end(), is_supported)) {
    unsupported = interfaces.front().link_type;
  }
  if (unsupported.has_value()) return CheckLinkType(static_cast<int>(*unsupported));
  return PacketFilter::Compile(filter, LinkType::kEthernet).status();
}

absl::StatusOr<std::unique_ptr<FilePart>> OpenPcapng(InputBuffer input, const std::string& filter,
                                                     TraceOrigin origin) {
  // Packets of a pipe may come late: its interfaces must do.
  const absl::Status start = PcapngFormat::CheckStart(input, filter, !origin.is_stream);
  if (!start.ok()) return start;
  return MakeRecordSource(std::move(input), PcapngFormat(filter, origin.nanoseconds), origin);
}

}  // namespace tstat::internal
