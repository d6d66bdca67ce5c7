// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] QUIC by its long headers: IETF versions, and Google's from 46 on (RFC 9000,
// 17.2). Reads the client's hello as well, when told to.
//
//   QuicTracker quic({.read_hello = true});
//   uint32_t state = QuicTracker::kNone;                      // one a flow
//   if (quic.OnPacket(direction, flow_packets, packets, payload, state)) ...   // it is QUIC
//   record.quic = quic.Details(state);                       // at close
//   quic.Release(state);
#ifndef TSTAT_L7_UDP_QUIC_H_
#define TSTAT_L7_UDP_QUIC_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "flow/slab.h"
#include "l7/udp/payload.h"
#include "l7/udp/quic_initial.h"
#include "tstat/flow.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

// The long header of a packet. What was not reached, because a length was wrong or the capture
// ended, is 0.
struct QuicHeader {
  static constexpr uint8_t kMaxIdLength = 20;
  static constexpr size_t kDestinationId = 6;  // where it stands

  bool fixed_bit = false;
  uint8_t type = 0;  // 0 Initial, 1 0-RTT, 2 Handshake, 3 Retry
  uint32_t version = 0;
  uint8_t destination_id_length = 0, source_id_length = 0;
  // Initial only.
  uint64_t token_field_bytes = 0;  // length and token
  uint8_t length_field_bytes = 0;
  uint64_t packet_length = 0;
  bool has_long_integer = false;  // one of the lengths has 8 bytes

  // Nothing: a short header.
  static std::optional<QuicHeader> Parse(ByteReader b);
  bool ids_fit() const {
    return destination_id_length <= kMaxIdLength && source_id_length <= kMaxIdLength;
  }
};

struct QuicTrackerOptions {
  bool read_hello = false;   // decrypt the client's Initial packets
  bool read_drafts = false;  // those of drafts, too, and integers of 8 bytes
};

class QuicTracker {
 public:
  explicit QuicTracker(const QuicTrackerOptions& options)
      : options_(options), decryptor_(options.read_drafts) {}

  static constexpr uint32_t kNone = UINT32_MAX;
  // Works before this packet of the flow (both directions).
  static constexpr uint64_t kPacketBudget = 60;

  // Whether both directions are to be QUIC from now on. `packets`: of the sender, `flow_packets`:
  // of both, this one included.
  bool OnPacket(Direction sender, uint64_t flow_packets, uint64_t packets, const UdpPayload& p,
                uint32_t& state);

  // Something of `sender` looked like QUIC.
  bool is_open(uint32_t state, Direction sender) const {
    return state != kNone &&
           flows_[state].state[static_cast<size_t>(Index(sender))] != State::kUnknown;
  }

  // Null: nothing to tell.
  std::shared_ptr<const QuicDetails> Details(uint32_t state) const;
  void Release(uint32_t& state);

  size_t memory_bytes() const { return flows_.memory_bytes() + hellos_.memory_bytes(); }

 private:
  enum class State : uint8_t { kUnknown, kOpen, kDone };
  struct Flow {
    std::array<State, 2> state{};
    bool flagged = false;  // both directions
    bool has_id = false;
    std::array<uint8_t, QuicHeader::kMaxIdLength> id{};  // of the client's last Initial
    uint32_t client_version = 0, server_version = 0;
    uint32_t zero_rtt_packets = 0;
    uint32_t hello = kNone;
    QuicHello found;
  };

  void FollowHandshake(Direction sender, const QuicHeader& h, const UdpPayload& p, Flow& flow);
  void ReadHello(const std::optional<QuicHeader>& h, const UdpPayload& p, Flow& flow);
  void DecryptInitial(const QuicHeader& h, const UdpPayload& p, Flow& flow);

  QuicTrackerOptions options_;
  Slab<Flow, 8> flows_;
  Slab<QuicHelloBuffer, 2> hellos_;
  QuicInitialDecryptor decryptor_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_QUIC_H_
