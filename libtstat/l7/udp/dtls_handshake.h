// SPDX-License-Identifier: BSD-3-Clause
//
// DTLS by its records, and what the hellos in them say (RFC 6347, RFC 9147): messages in fragments
// of any order, several messages in a record and records in a datagram, and the second hello that
// a server's HelloVerifyRequest asks for (CompatProfile::modern_layer7).
//
//   DtlsHandshakeTracker dtls;
//   uint32_t state = DtlsHandshakeTracker::kNone;                 // one a flow
//   if (dtls.OnDatagram(direction, payload, state)) ...           // it is one of DTLS
//   record.handshake = dtls.Handshake(state);                    // at close
//   dtls.Release(state);
#ifndef TSTAT_L7_UDP_DTLS_HANDSHAKE_H_
#define TSTAT_L7_UDP_DTLS_HANDSHAKE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "decode/byte_reader.h"
#include "l7/udp/hello_flows.h"
#include "l7/udp/payload.h"
#include "tstat/flow.h"
#include "tstat/handshake_details.h"

namespace tstat::internal {

struct DtlsRecord {
  static constexpr size_t kHeader = 13;

  uint8_t type = 0;
  uint16_t version = 0, epoch = 0;
  ByteReader content;
  size_t size = 0;  // of header and content, as claimed

  // Nothing: no record of DTLS begins here.
  static std::optional<DtlsRecord> Parse(ByteReader b);
};

// A fragment of a handshake message.
struct DtlsFragment {
  static constexpr size_t kHeader = 12;

  uint8_t type = 0;
  uint16_t message = 0;  // its number
  uint32_t message_bytes = 0, offset = 0;
  ByteReader content;
  size_t size = 0;  // of header and content, as claimed

  static std::optional<DtlsFragment> Parse(ByteReader b);
};

class DtlsHandshakeTracker {
 public:
  static constexpr uint32_t kNone = kNoHelloFlow;

  bool OnDatagram(Direction sender, const UdpPayload& p, uint32_t& state);
  // Both hellos are known.
  bool done(uint32_t state) const {
    return state != kNone && flows_[state].answered && !flows_[state].answer_cut &&
           flows_[state].has_hello;
  }
  void Finish(uint32_t state);
  // Null: no hello was seen.
  std::shared_ptr<const HandshakeDetails> Handshake(uint32_t state) const;
  void Release(uint32_t& state) {
    if (state != kNone) flows_.FreeBuffer(flows_[state].answer_buffer);
    flows_.Release(state);
  }

  // Hellos given up because they came in too many pieces.
  uint64_t given_up() const { return given_up_; }
  size_t memory_bytes() const { return flows_.memory_bytes(); }

 private:
  struct Flow {
    uint32_t buffer = kNone;
    uint16_t message = 0;  // that the buffer has pieces of
    uint32_t message_bytes = 0;
    uint32_t answer_buffer = kNone;  // of the server's hello, as above
    uint16_t answer = 0;
    uint32_t answer_bytes = 0;
    bool has_hello = false, answered = false, answer_cut = false, retried = false;
    // Of each sender: what comes behind the server's hello was seen.
    std::array<bool, 2> has_passed{};
    std::array<uint8_t, 2> alert{};  // of each sender, plus 1
    uint8_t client = 0;              // Index(Direction) of who sent the hello
    uint16_t server_version = 0;
    std::shared_ptr<HandshakeDetails> handshake;
  };

  void OnRecord(uint8_t sender, const DtlsRecord& record, Flow& flow);
  void OnFragment(uint8_t sender, const DtlsFragment& fragment, Flow& flow);
  void OnHelloFragment(const DtlsFragment& fragment, Flow& flow);
  void ReadClientHello(ByteReader body, size_t size, Flow& flow);
  void OnAnswerFragment(const DtlsFragment& fragment, Flow& flow);
  void ReadServerHello(ByteReader body, size_t size, Flow& flow);

  HelloFlows<Flow> flows_;
  uint64_t given_up_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_DTLS_HANDSHAKE_H_
