// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/dtls_handshake.h"

#include <utility>

#include "l7/tls/client_hello.h"
#include "l7/tls/fingerprint.h"
#include "l7/udp/hello_details.h"

namespace tstat::internal {
namespace {

namespace dtls_content {
constexpr uint8_t kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22;
constexpr uint8_t kFirst = kChangeCipherSpec, kLast = 26;
}  // namespace dtls_content
namespace dtls_message {
constexpr uint8_t kClientHello = 1, kServerHello = 2, kVerifyRequest = 3;
// Of the server, behind its hello (RFC 6347, 4.2.4).
constexpr uint8_t kCertificate = 11, kServerKeyExchange = 12, kServerHelloDone = 14;
}  // namespace dtls_message

// 1.0, 1.2 and 1.3, whose records say 1.2; and that of OpenSSL before the standard.
bool IsDtlsVersion(uint16_t version) {
  return (version >= 0xFEFC && version <= 0xFEFF) || version == 0x0100;
}

}  // namespace

std::optional<DtlsRecord> DtlsRecord::Parse(ByteReader b) {
  constexpr size_t kVersion = 1, kEpoch = 3, kLength = 11;
  constexpr uint16_t kLongest = 16384 + 2048;
  std::optional<DtlsRecord> record;
  const uint8_t type = b.U8(0);
  const uint16_t length = b.U16(kLength);
  if (!b.Has(0, kHeader) || type < dtls_content::kFirst || type > dtls_content::kLast ||
      !IsDtlsVersion(b.U16(kVersion)) || length > kLongest || length == 0) {
    return record;
  }
  record.emplace();
  record->type = type;
  record->version = b.U16(kVersion);
  record->epoch = b.U16(kEpoch);
  record->content = b.Sub(kHeader, length);
  record->size = kHeader + length;
  return record;
}

std::optional<DtlsFragment> DtlsFragment::Parse(ByteReader b) {
  constexpr size_t kLength = 1, kMessage = 4, kOffset = 6, kFragmentLength = 9;
  std::optional<DtlsFragment> fragment;
  if (!b.Has(0, kHeader)) return fragment;
  const uint32_t length = b.U24(kLength), offset = b.U24(kOffset), part = b.U24(kFragmentLength);
  if (offset > length || part > length - offset) return fragment;
  fragment.emplace();
  fragment->type = b.U8(0);
  fragment->message = b.U16(kMessage);
  fragment->message_bytes = length;
  fragment->offset = offset;
  fragment->content = b.Sub(kHeader, part);
  fragment->size = kHeader + part;
  return fragment;
}

bool DtlsHandshakeTracker::OnDatagram(Direction sender, const UdpPayload& p, uint32_t& state) {
  constexpr int kMostRecords = 16;
  ByteReader rest = p.bytes.Sub(0, p.captured());
  const std::optional<DtlsRecord> first = DtlsRecord::Parse(rest);
  if (!first) return false;
  // The first record tells how long the datagram is at least.
  const size_t payload = p.length_field - kUdpHeaderBytes;
  if (p.length_field < kUdpHeaderBytes || first->size > payload) return false;
  Flow& flow = flows_.Open(state);
  for (int i = 0; i < kMostRecords && !rest.empty(); ++i) {
    const std::optional<DtlsRecord> record = DtlsRecord::Parse(rest);
    if (!record) break;
    OnRecord(static_cast<uint8_t>(Index(sender)), *record, flow);
    rest = rest.Sub(record->size);
  }
  return true;
}

void DtlsHandshakeTracker::OnRecord(uint8_t sender, const DtlsRecord& record, Flow& flow) {
  constexpr int kMostMessages = 16;
  flow.has_passed[sender] |= record.epoch != 0 || record.type == dtls_content::kChangeCipherSpec;
  if (record.epoch != 0) return;  // encrypted
  if (record.type == dtls_content::kAlert && flow.alert[sender] == 0 && record.content.Has(1)) {
    flow.alert[sender] = static_cast<uint8_t>(record.content.U8(1) + 1);
  }
  if (record.type != dtls_content::kHandshake) return;
  ByteReader rest = record.content;
  for (int i = 0; i < kMostMessages; ++i) {
    const std::optional<DtlsFragment> fragment = DtlsFragment::Parse(rest);
    if (!fragment) return;
    OnFragment(sender, *fragment, flow);
    rest = rest.Sub(fragment->size);
  }
}

void DtlsHandshakeTracker::OnFragment(uint8_t sender, const DtlsFragment& fragment, Flow& flow) {
  switch (fragment.type) {
    case dtls_message::kClientHello:
      flow.client = sender;
      OnHelloFragment(fragment, flow);
      break;
    case dtls_message::kVerifyRequest:
      flow.retried = true;
      break;
    case dtls_message::kServerHello:
      flow.has_passed[sender] |= fragment.offset != 0;
      OnAnswerFragment(fragment, flow);
      break;
    case dtls_message::kCertificate:
    case dtls_message::kServerKeyExchange:
    case dtls_message::kServerHelloDone:
      flow.has_passed[sender] = true;
      break;
    default:
      break;
  }
}

// The first hello counts; the second one differs by its cookie only.
void DtlsHandshakeTracker::OnHelloFragment(const DtlsFragment& fragment, Flow& flow) {
  if (flow.has_hello) return;
  if (fragment.offset == 0 && fragment.content.size() == fragment.message_bytes) {
    flows_.FreeBuffer(flow.buffer);
    ReadClientHello(fragment.content, fragment.message_bytes, flow);
    return;
  }
  if (flow.buffer != kNone &&
      (flow.message != fragment.message || flow.message_bytes != fragment.message_bytes)) {
    flows_.FreeBuffer(flow.buffer);
  }
  flow.message = fragment.message;
  flow.message_bytes = fragment.message_bytes;
  HelloBuffer& buffer = flows_.Buffer(flow.buffer);
  const bool fits = buffer.Add(fragment.offset, fragment.content);
  if (!fits) ++given_up_;
  const ByteReader message = buffer.front();
  if (fits && message.size() < fragment.message_bytes && message.size() < HelloBuffer::kCapacity) {
    return;
  }
  ReadClientHello(message, fragment.message_bytes, flow);
  flows_.FreeBuffer(flow.buffer);
}

// `size`: of the message, of which the body may be the begin.
void DtlsHandshakeTracker::ReadClientHello(ByteReader body, size_t size, Flow& flow) {
  const std::optional<ClientHello> hello =
      ClientHello::Parse(body, HelloCarrier::kDtls, body.size() == size);
  if (!hello) return;
  HandshakeDetails details = DetailsOf(*hello, HelloCarrier::kDtls);
  if (flow.handshake != nullptr) {  // the server's came first
    details.server_alpn = flow.handshake->server_alpn;
    details.ja3s = flow.handshake->ja3s;
  }
  flow.handshake = std::make_shared<HandshakeDetails>(std::move(details));
  flow.has_hello = true;
}

// What is there of it is known at once: the rest may not come.
void DtlsHandshakeTracker::OnAnswerFragment(const DtlsFragment& fragment, Flow& flow) {
  if (flow.answered && !flow.answer_cut) return;
  if (fragment.offset == 0 && fragment.content.size() == fragment.message_bytes) {
    flows_.FreeBuffer(flow.answer_buffer);
    ReadServerHello(fragment.content, fragment.message_bytes, flow);
    return;
  }
  if (flow.answer_buffer != kNone &&
      (flow.answer != fragment.message || flow.answer_bytes != fragment.message_bytes)) {
    flows_.FreeBuffer(flow.answer_buffer);
  }
  flow.answer = fragment.message;
  flow.answer_bytes = fragment.message_bytes;
  HelloBuffer& buffer = flows_.Buffer(flow.answer_buffer);
  if (!buffer.Add(fragment.offset, fragment.content)) ++given_up_;
  ReadServerHello(buffer.front(), fragment.message_bytes, flow);
  if (buffer.front().size() >= fragment.message_bytes) flows_.FreeBuffer(flow.answer_buffer);
}

// `size`: of the message, of which the body may be the begin.
void DtlsHandshakeTracker::ReadServerHello(ByteReader body, size_t size, Flow& flow) {
  const std::optional<ServerHello> hello = ServerHello::Parse(body, body.size() == size);
  if (!hello) return;
  flow.retried |= hello->is_retry;
  flow.answered = !hello->is_retry;
  flow.answer_cut = !hello->complete;
  flow.server_version = hello->known_version();
  if (flow.handshake == nullptr) flow.handshake = std::make_shared<HandshakeDetails>();
  flow.handshake->server_alpn = JoinedProtocols(hello->alpn);
  if (hello->complete) flow.handshake->ja3s = Ja3s(*hello);
}

void DtlsHandshakeTracker::Finish(uint32_t state) {
  if (state == kNone || flows_[state].buffer == kNone) return;
  Flow& flow = flows_[state];
  ReadClientHello(flows_.Buffer(flow.buffer).front(), flow.message_bytes, flow);
  flows_.FreeBuffer(flow.buffer);
}

std::shared_ptr<const HandshakeDetails> DtlsHandshakeTracker::Handshake(uint32_t state) const {
  if (state == kNone || flows_[state].handshake == nullptr) return nullptr;
  const Flow& flow = flows_[state];
  auto details = std::make_shared<HandshakeDetails>(*flow.handshake);
  // An answer that was sent and not seen may choose anything.
  const bool is_missed = !flow.answered && flow.has_hello && flow.has_passed[1 - flow.client];
  if (flow.server_version != 0 || flow.answered || is_missed) {
    details->version = flow.server_version;
  }
  details->server_answered = flow.answered;
  details->answer_cut = is_missed || (flow.answered && flow.answer_cut);
  details->retried = flow.retried;
  details->client_alert = flow.alert[flow.client];
  details->server_alert = flow.alert[1 - flow.client];
  return details;
}

}  // namespace tstat::internal
