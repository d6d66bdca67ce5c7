// SPDX-License-Identifier: BSD-3-Clause
//
// QUIC of any version that IETF published, by its long headers, and what the client's hello says:
// its Initial packets are opened with keys that are tried until one fits, so that what is told is
// authentic wherever the packet was captured as a whole (CompatProfile::modern_layer7).
//
//   QuicHandshakeTracker quic;
//   uint32_t state = QuicHandshakeTracker::kNone;                  // one a flow
//   if (quic.OnDatagram(direction, payload, state)) ...            // the flow is QUIC
//   record.quic = quic.Details(state);                            // at close
//   quic.Release(state);
//
// The client is who sends the Initial that opens, whoever began the flow. Coalesced packets, a
// Retry, version negotiation (RFC 9368), other connection ids, hellos in many packets and pieces in
// any order: all are followed.
#ifndef TSTAT_L7_UDP_QUIC_HANDSHAKE_H_
#define TSTAT_L7_UDP_QUIC_HANDSHAKE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "l7/udp/hello_flows.h"
#include "l7/udp/payload.h"
#include "l7/udp/quic_keys.h"
#include "l7/udp/quic_opener.h"
#include "l7/udp/quic_packet.h"
#include "tstat/flow.h"
#include "tstat/handshake_details.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

class QuicHandshakeTracker {
 public:
  static constexpr uint32_t kNone = kNoHelloFlow;
  // Initial packets of a flow that are opened, and packets of a datagram that are looked at.
  static constexpr uint8_t kMostOpened = 40;
  static constexpr int kMostCoalesced = 8;

  // One datagram of a flow. True: it is QUIC.
  bool OnDatagram(Direction sender, const UdpPayload& p, uint32_t& state);
  // The hello is known, or will not be.
  bool done(uint32_t state) const { return state != kNone && flows_[state].done; }
  // The server sent a long header.
  bool answered(uint32_t state) const {
    return state != kNone && flows_[state].has_sent[1 - flows_[state].client];
  }
  // No more datagrams will come: a hello that was not whole until now is read as far as it is.
  void Finish(uint32_t state);

  // Null: nothing to tell.
  std::shared_ptr<const QuicDetails> Details(uint32_t state) const;
  std::shared_ptr<const HandshakeDetails> Handshake(uint32_t state) const;
  void Release(uint32_t& state) { flows_.Release(state); }

  // Hellos given up because they came in too many pieces.
  uint64_t given_up() const { return given_up_; }
  size_t memory_bytes() const { return flows_.memory_bytes(); }

 private:
  class Id {
   public:
    Id() = default;
    explicit Id(ByteReader id);
    bool operator==(const Id&) const = default;
    bool empty() const { return size_ == 0; }
    std::span<const uint8_t> bytes() const { return std::span(bytes_).first(size_); }

   private:
    std::array<uint8_t, QuicLongPacket::kMaxIdLength> bytes_{};
    uint8_t size_ = 0;
  };
  struct Flow {
    std::optional<QuicClientKeys> keys;  // that fitted last
    uint32_t keys_version = 0;
    Id keys_id;                         // the connection id that they are of
    std::array<uint32_t, 2> version{};  // of each sender's last long header
    std::array<Id, 2> source_id;        // and where answers to it go
    std::array<bool, 2> has_sent{};
    uint32_t zero_rtt_packets = 0;
    uint32_t buffer = kNone;
    uint8_t opened = 0;
    uint8_t client = 0;  // Index(Direction) of who sent what opened
    bool found = false, authentic = false, retried = false, done = false;
    std::shared_ptr<QuicDetails> details;  // of the hello
    std::shared_ptr<HandshakeDetails> handshake;
  };

  void OnPacket(uint8_t sender, const QuicLongPacket& packet, Flow& flow);
  void Match(uint8_t sender, const QuicLongPacket& packet, Flow& flow);
  void TakeInitial(uint8_t sender, const QuicLongPacket& packet, Flow& flow);
  // With the keys of a version, whatever the packet says.
  bool OpenAs(uint32_t version, uint8_t sender, const QuicLongPacket& packet, Flow& flow);
  // The same connection goes on in another version (RFC 9368, 2.1; RFC 9369, 4.1).
  bool OpenInOther(const QuicLongPacket& packet, Flow& flow);
  // `is_new`: the pieces of the hello so far are of another one.
  bool OpenWith(const QuicClientKeys& keys, const QuicLongPacket& packet, bool is_new, Flow& flow);
  bool TakeFrames(ByteReader plain, bool is_authentic, bool is_new, Flow& flow);
  // Nothing more is looked for: reads what there is.
  void GiveUp(Flow& flow);
  void ReadHello(ByteReader message, Flow& flow);

  HelloFlows<Flow> flows_;
  QuicOpener opener_;
  uint64_t given_up_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_QUIC_HANDSHAKE_H_
