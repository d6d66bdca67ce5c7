// SPDX-License-Identifier: BSD-3-Clause
//
// pcapng files (draft-ietf-opsawg-pcapng): sections of either byte order, several interfaces, each
// with its link type, snapshot length, unit and offset of time; enhanced, simple and obsolete
// packet blocks. Blocks of other types are skipped, whatever their size. A Format of
// record_source.h.
//
//   PcapngFormat format(filter, /*nanoseconds=*/false);
//   RecordStep step = format.Parse(bytes, packet);   // from the first section header on
#ifndef TSTAT_CAPTURE_PCAPNG_FORMAT_H_
#define TSTAT_CAPTURE_PCAPNG_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "capture/packet_filter.h"
#include "capture/record_source.h"
#include "decode/byte_reader.h"
#include "tstat/packet.h"

namespace tstat::internal {

// Units since an interface's zero, as its options say.
class PcapngClock {
 public:
  // if_tsresol as in the file: 10^-n s, or with the high bit set 2^-n s. if_tsoffset in seconds.
  explicit PcapngClock(uint8_t resolution = 6, int64_t offset_s = 0);

  // Truncated to nanoseconds. Nothing when that is no time that packets may have.
  [[nodiscard]] std::optional<Timestamp> Time(uint64_t units) const;

 private:
  bool binary_;
  uint8_t exponent_;
  int64_t offset_s_;
};

class PcapngFormat {
 public:
  // True for the block type of a section header.
  [[nodiscard]] static bool Matches(std::span<const uint8_t> start);

  // `filter` is a libpcap expression. `nanoseconds`: times keep what is finer than microseconds.
  PcapngFormat(std::string filter, bool nanoseconds)
      : filter_(std::move(filter)), nanoseconds_(nanoseconds) {}

  [[nodiscard]] RecordStep Parse(std::span<const uint8_t> bytes, Packet& packet);
  absl::Status AtEnd(std::span<const uint8_t> bytes) const;
  absl::Status error() const { return error_; }
  std::string_view note() const { return note_; }

  // Looks through the start of a file for a packet that can be analysed, as far as kLookBytes.
  // InvalidArgument when there are only such of link types that are not supported, or only such
  // interfaces and no packet; when the filter means nothing for the packet that was found; or when
  // there is no section that can be read. Without `waits_for_packets` an interface of a supported
  // link type is enough. Consumes nothing.
  static absl::Status CheckStart(InputBuffer& input, const std::string& filter,
                                 bool waits_for_packets);

 private:
  static constexpr size_t kLookBytes = InputBuffer::kCapacity;

  struct Interface {
    LinkType link_type = LinkType::kEthernet;
    uint32_t snapshot_length = 0;  // 0: no limit
    PcapngClock clock;
    const PacketFilter* filter = nullptr;  // null: the expression means nothing for this link type
  };
  // A packet block's fields, whatever its type.
  struct Record {
    uint32_t interface = 0;
    std::optional<uint64_t> units = {};  // none in simple packet blocks
    uint32_t captured = 0, original = 0;
    ByteReader data = {};  // what follows the fields in the block
  };

  uint16_t U16(ByteReader r, size_t at) const { return big_endian_ ? r.U16(at) : r.U16Le(at); }
  uint32_t U32(ByteReader r, size_t at) const { return big_endian_ ? r.U32(at) : r.U32Le(at); }

  RecordStep ParseSection(ByteReader bytes);
  // A block that was begun: what is left of it, but for its trailer, and the trailer.
  RecordStep ParseRest(ByteReader bytes);
  RecordStep::Kind ParseBody(uint32_t type, ByteReader body, Packet& packet);
  RecordStep::Kind AddInterface(ByteReader body);
  const PacketFilter* FilterFor(LinkType link_type);
  Record ReadRecord(uint32_t type, ByteReader body) const;
  RecordStep::Kind Deliver(const Record& record, Packet& packet);
  RecordStep Bad(std::string text);
  RecordStep::Kind SkipDamaged();
  void MakeNote();

  std::string filter_;
  bool nanoseconds_;
  bool big_endian_ = false;
  uint32_t to_skip_ = 0;               // of a block that nobody needs
  uint32_t trailer_ = 0;               // what comes after that; 0: no block was begun
  std::vector<Interface> interfaces_;  // of the present section
  std::map<LinkType, std::unique_ptr<const PacketFilter>> filters_;
  Timestamp previous_time_;
  uint64_t damaged_blocks_ = 0;
  std::string filter_note_, note_;
  absl::Status error_;
};

// Opens the pcapng file whose first byte is the next one of `input`. InvalidArgument: no section
// header that can be read, no link type that is supported, or a filter that does not compile.
absl::StatusOr<std::unique_ptr<FilePart>> OpenPcapng(InputBuffer input, const std::string& filter,
                                                     TraceOrigin origin);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_PCAPNG_FORMAT_H_
