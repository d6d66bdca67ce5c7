// SPDX-License-Identifier: BSD-3-Clause
//
// TLS over TCP from its streams: records, the handshake messages in them wherever they are cut, and
// what they say (RFC 8446, RFC 5246). Each direction is read up to its first application data,
// where all that is in clear has been said.
//
// Hellos go by their type, not by the direction: a server of FTP opens data connections in which it
// is the client of TLS.
#ifndef TSTAT_L7_TLS_TLS_STREAM_H_
#define TSTAT_L7_TLS_TLS_STREAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flow/slab.h"
#include "l7/bounded_text.h"
#include "l7/stream/stream_protocol.h"
#include "l7/tls/client_hello.h"
#include "tstat/handshake_details.h"

namespace tstat::internal {

class TlsStreamProtocol : public StreamProtocol {
 public:
  TlsStreamProtocol(const StreamOptions& options, EventSink* out);

  uint32_t Open(StreamContext& flow) override;
  size_t OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                 StreamContext& flow) override;
  bool OnGap(uint32_t state, ByteReader rest, uint64_t missing, const StreamPosition& at,
             StreamContext& flow) override;
  void FillRecord(uint32_t state, TcpFlow* record) const override;
  void OnFlowClosing(uint32_t state, const CloseStep& step, const TcpFlow& record,
                     StreamContext& flow) override;
  void Release(uint32_t state) override { flows_.Free(state); }
  size_t memory_bytes() const override { return flows_.memory_bytes() + message_.capacity(); }

 private:
  struct Side {
    uint32_t record_left = 0;   // bytes of the record that were not consumed
    uint32_t message_left = 0;  // of a handshake message that is passed over
    uint8_t record_type = 0;
    bool encrypted = false;  // its handshake messages cannot be read any more
    bool lost = false;       // a gap: a record begins with one of the next segments
    bool begins = false;     // what was not consumed is the begin of a segment
    uint8_t segments_lost = 0;
    bool has_app_data = false, has_hello = false;
    bool hello_lost = false;  // a gap before a hello that may have been in it
    uint8_t negotiation = 0;  // tls_negotiation bits
    Timestamp last_handshake, first_app_data;
    uint32_t first_app_data_byte = 0;
    BoundedText<80> versions;
  };
  struct Flow {
    std::array<Side, 2> side;
    HandshakeDetails details;
    BoundedText<255> common_name;
    // Session identifiers of the hellos, where they were seen as a whole.
    std::optional<std::string> client_session, server_session;
    uint16_t chosen_version = 0;  // 0: not known
    uint8_t session = 0;          // tls_session bits
    uint8_t service = 0;
    uint8_t client = 0;  // Index(Direction) of who sent the client's hello
    bool client_hello = false, server_hello = false, reported = false;
    bool full_handshake = false;  // with a certificate in clear
  };
  // What is being read.
  struct Call {
    Flow& flow;
    Side& side;
    const StreamPosition& at;
    StreamContext& context;
  };

  // After a gap, or before the first record. Where a record begins; nothing: not in these bytes.
  static std::optional<size_t> FindRecord(ByteReader bytes, bool begins);
  bool BeginRecord(ByteReader header, uint64_t offset, Call& call);
  // One piece of a record's content. Returns how much is consumed; 0: it waits for more.
  size_t ReadContent(ByteReader bytes, bool no_more, Call& call);
  size_t ReadHandshake(ByteReader bytes, bool no_more, Call& call);
  size_t ReadSslV2(ByteReader bytes, Call& call);
  // The first `wanted` bytes of a message that begins here and may go on in later records.
  ByteReader Gather(ByteReader bytes, size_t wanted, bool no_more, const Side& side);
  void Found(const Call& call) const;
  void Take(ByteReader message, Call& call);
  // `is_whole`: the body ends where its message does.
  void TakeClientHello(ByteReader body, bool is_whole, Call& call);
  void TakeServerHello(ByteReader body, bool is_whole, Call& call);
  void TakeCertificate(ByteReader message, Call& call);
  void TakeAlert(uint8_t description, Call& call);
  // Whether the server went on with a session, as far as both hellos tell.
  static void JudgeResumption(Flow& flow);
  // What the record has, of what was seen and what was not.
  // `record`: of the flow, with what was measured.
  static HandshakeDetails DetailsOf(const Flow& flow, const TcpFlow& record);
  void Report(const Flow& flow, const Endpoints& endpoints, uint64_t number, OrderKey order,
              Timestamp time);

  StreamOptions options_;
  bool report_;
  EventSink* out_;
  Slab<Flow, 6> flows_;
  std::vector<uint8_t> message_;  // put together from several records
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TLS_TLS_STREAM_H_
