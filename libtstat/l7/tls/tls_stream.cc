// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tls/tls_stream.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "l7/stream/late_opening.h"
#include "l7/tls/certificate.h"
#include "l7/tls/fingerprint.h"
#include "l7/tls/tls.h"
#include "tstat/tls.h"

namespace tstat::internal {
namespace {

// Content types of records, and of their handshake messages.
constexpr uint8_t kCipherChangeType = 20, kAlertType = 21, kHandshakeType = 22,
                  kApplicationDataType = 23, kHeartbeatType = 24;
constexpr uint8_t kClientHelloType = 1, kServerHelloType = 2, kCertificateType = 11;
constexpr size_t kRecordHeaderSize = 5, kMessageHeaderSize = 4,
                 kLongestRecordContent = 16384 + 2048;
// A Certificate message: its header, the length of the list, that of the first certificate.
constexpr size_t kCertificateLengthAt = 7, kCertificateAt = 10;
// Longer messages are read as far as a flow may hold them.
constexpr size_t kLongestMessage = 1u << 24;
// Segments after a gap in which a record may begin.
constexpr uint8_t kMostLostSegments = 64;
constexpr uint16_t kTls13 = 0x0304;

bool IsRecordHeader(ByteReader b) {
  return b.U8(0) >= kCipherChangeType && b.U8(0) <= kHeartbeatType && b.U8(1) == 3 &&
         b.U8(2) <= 4 && b.U16(3) <= kLongestRecordContent;
}

// Whether the bytes, which may be fewer than a header, can be its begin.
bool MayBeRecordHeader(ByteReader b) {
  return !b.empty() && b.U8(0) >= kCipherChangeType && b.U8(0) <= kHeartbeatType &&
         (!b.Has(1) || b.U8(1) == 3) && (!b.Has(2) || b.U8(2) <= 4) &&
         (!b.Has(3, 2) || b.U16(3) <= kLongestRecordContent);
}

// Which families of protocols a list names, in the bits of ALPN; `shift`: those of NPN are lower.
uint8_t Families(const ProtocolNames& names, int shift) {
  uint8_t families = 0;
  size_t at = 0;
  while (const auto name = names.Next(&at)) {
    if (name->starts_with("spdy/")) families |= tls_negotiation::kAlpnSpdy;
    if (*name == "h2" || name->starts_with("h2-")) families |= tls_negotiation::kAlpnHttp2;
    if (name->starts_with("http/")) families |= tls_negotiation::kAlpnHttp1;
  }
  if (at == 0) families = tls_negotiation::kAlpnEmpty;
  return static_cast<uint8_t>(families >> shift);
}

// Of both extensions. NPN has the same list, without a length before it.
uint8_t Negotiation(const HelloExtensions& extensions, const ProtocolNames& alpn) {
  constexpr uint16_t kNextProtocol = 0x3374;
  uint8_t bits = 0;
  size_t at = 0;
  while (const auto e = extensions.Next(&at)) {
    if (!e->whole) continue;
    if (e->type == tls_extension::kAlpn) bits |= Families(alpn, 0);
    if (e->type == kNextProtocol) bits |= Families(ProtocolNames(e->content), 4);
  }
  return bits;
}

void AppendVersion(uint16_t version, std::string* text) {
  constexpr char kVersionDigits[] = "0123456789abcdef";
  if (!text->empty()) *text += ',';
  for (int shift = 12; shift >= 0; shift -= 4) *text += kVersionDigits[(version >> shift) & 0xF];
}

}  // namespace

TlsStreamProtocol::TlsStreamProtocol(const StreamOptions& options, EventSink* out)
    : options_(options),
      report_(out != nullptr && options.replaces_old() && options.wants.has(Event::kTlsHandshake)),
      out_(out) {}

uint32_t TlsStreamProtocol::Open(StreamContext& flow) {
  flow.Recognise(Application::kTls);
  return flows_.Allocate();
}

// --- records

size_t TlsStreamProtocol::OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                                  StreamContext& context) {
  Flow& flow = flows_[state];
  Side& side = flow.side[static_cast<size_t>(Index(at.direction))];
  Call call{flow, side, at, context};
  const bool begins = std::exchange(side.begins, false) || at.segment_start;
  // What came before TLS ends here, as "S" of PostgreSQL and lines of text do.
  const bool is_version2 = at.offset == 0 && (bytes.U8(0) & 0x80) != 0;
  if (side.record_type == 0 && !is_version2 && !MayBeRecordHeader(bytes)) side.lost = true;
  size_t done = 0;
  if (side.lost) {
    const std::optional<size_t> found = FindRecord(bytes, begins);
    if (!found) {
      return ++side.segments_lost > kMostLostSegments ? StreamReader::kDone : bytes.size();
    }
    done = *found;
    if (!bytes.Has(done, kRecordHeaderSize)) {
      side.begins = true;
      return done;
    }
    side.lost = false;
    side.record_left = side.message_left = 0;
  }
  while (done < bytes.size()) {
    const ByteReader left = bytes.Sub(done);
    if (side.record_left == 0) {
      if (at.offset + done == 0 && (left.U8(0) & 0x80) != 0) {
        const size_t count = ReadSslV2(left, call);
        if (count == 0 || count == StreamReader::kDone) return count == 0 ? done : count;
        done += count;
        continue;
      }
      if (!left.Has(0, kRecordHeaderSize)) break;
      if (!BeginRecord(left, at.offset + done, call)) return StreamReader::kDone;
      done += kRecordHeaderSize;
      continue;
    }
    const size_t count = ReadContent(left, false, call);
    if (count == 0) break;
    done += count;
  }
  return done;
}

std::optional<size_t> TlsStreamProtocol::FindRecord(ByteReader bytes, bool begins) {
  if (begins && MayBeRecordHeader(bytes)) return 0;
  const size_t hello = FindTlsHello(bytes);
  return hello < bytes.size() ? std::optional(hello) : std::nullopt;
}

// False: nothing more is to be learned of this direction.
bool TlsStreamProtocol::BeginRecord(ByteReader header, uint64_t offset, Call& call) {
  Side& side = call.side;
  if (!IsRecordHeader(header)) return false;
  side.record_type = header.U8(0);
  side.record_left = header.U16(3);
  if (side.record_type == kApplicationDataType) {
    side.has_app_data = true;
    side.first_app_data = call.at.time;
    side.first_app_data_byte = static_cast<uint32_t>(offset + 1);
    return false;
  }
  side.last_handshake = call.at.time;
  return true;
}

size_t TlsStreamProtocol::ReadContent(ByteReader bytes, bool no_more, Call& call) {
  Side& side = call.side;
  if (side.record_type == kHandshakeType && !side.encrypted) {
    return ReadHandshake(bytes, no_more, call);
  }
  const ByteReader content = bytes.Sub(0, side.record_left);
  if (side.record_type == kAlertType && !side.encrypted) {
    constexpr size_t kAlertBytes = 2;
    if (side.record_left == kAlertBytes) {
      if (content.size() < kAlertBytes && !no_more) return 0;
      if (content.size() == kAlertBytes) TakeAlert(content.U8(1), call);
    }
  }
  // After a HelloRetryRequest, too, which asks for one more hello in clear (RFC 8446, D.4).
  if (side.record_type == kCipherChangeType) {
    side.encrypted = !call.flow.details.retried || call.flow.server_hello;
  }
  side.record_left -= static_cast<uint32_t>(content.size());
  return content.size();
}

size_t TlsStreamProtocol::ReadHandshake(ByteReader bytes, bool no_more, Call& call) {
  Side& side = call.side;
  side.last_handshake = call.at.time;
  if (side.message_left == 0) {
    ByteReader message = Gather(bytes, kMessageHeaderSize, no_more, side);
    if (message.size() < kMessageHeaderSize) return 0;
    const uint8_t type = message.U8(0);
    const size_t length = kMessageHeaderSize + message.U24(1);
    size_t wanted = kMessageHeaderSize;
    if (type == kClientHelloType || type == kServerHelloType) {
      wanted = length;
    } else if (type == kCertificateType && length > kCertificateAt) {
      message = Gather(bytes, kCertificateAt, no_more, side);
      if (message.size() < kCertificateAt && !no_more) return 0;
      wanted = std::min(length, kCertificateAt + message.U24(kCertificateLengthAt));
    }
    message = Gather(bytes, wanted, no_more, side);
    if (message.size() < wanted && !no_more) return 0;
    Take(message, call);
    side.message_left = static_cast<uint32_t>(std::min(length, kLongestMessage));
  }
  const auto count =
      static_cast<uint32_t>(std::min<size_t>({side.message_left, side.record_left, bytes.size()}));
  side.message_left -= count;
  side.record_left -= count;
  return count;
}

// Bytes that are all in one record are given as they are.
ByteReader TlsStreamProtocol::Gather(ByteReader bytes, size_t wanted, bool no_more,
                                     const Side& side) {
  if (side.record_left >= wanted || bytes.size() <= side.record_left) {
    return bytes.Sub(0, std::min<size_t>(wanted, side.record_left));
  }
  // As many segments may bring a hello as it has bytes: it is put together when it can be there.
  if (bytes.size() < wanted && !no_more)
    return bytes.Sub(0, std::min<size_t>(side.record_left, wanted - 1));
  message_.clear();
  size_t at = 0, left = side.record_left;
  while (message_.size() < wanted) {
    const auto part = bytes.Sub(at, std::min(left, wanted - message_.size())).bytes();
    message_.insert(message_.end(), part.begin(), part.end());
    at += left;
    const ByteReader header = bytes.Sub(at, kRecordHeaderSize);
    if (header.size() < kRecordHeaderSize || header.U8(0) != kHandshakeType ||
        !IsRecordHeader(header)) {
      break;
    }
    at += kRecordHeaderSize;
    left = header.U16(3);
  }
  return ByteReader(message_);
}

// What was put together is read as far as it goes. Behind the gap the next message begins with the
// next record, if that can be found.
bool TlsStreamProtocol::OnGap(uint32_t state, ByteReader rest, uint64_t missing,
                              const StreamPosition& at, StreamContext& context) {
  Flow& flow = flows_[state];
  Side& side = flow.side[static_cast<size_t>(Index(at.direction))];
  if (side.lost) return true;
  Call call{flow, side, at, context};
  side.begins = false;
  uint64_t gone = rest.size() + missing;
  if (side.record_left > 0 && !rest.empty()) gone -= ReadContent(rest, true, call);
  side.hello_lost |= !side.has_hello;
  // What is missing may be of a record, and in it of a message, whose length is known.
  const bool message = side.record_type == kHandshakeType && !side.encrypted;
  if (gone <= side.record_left && (!message || gone <= side.message_left)) {
    side.record_left -= static_cast<uint32_t>(gone);
    if (message) side.message_left -= static_cast<uint32_t>(gone);
    return true;
  }
  side.lost = true;
  return true;
}

// A hello of version 2 for who may know version 3 (RFC 5246, appendix E.2): two bytes of length,
// the type, the version, three lengths.
size_t TlsStreamProtocol::ReadSslV2(ByteReader bytes, Call& call) {
  constexpr size_t kHeader = 2, kType = 2, kVersion = 3, kSession = 7;
  if (!bytes.Has(0, kVersion + 2)) return 0;
  const size_t length = bytes.U16(0) & 0x7FFF;
  if (bytes.U8(kType) != kClientHelloType) return StreamReader::kDone;
  HandshakeDetails& details = call.flow.details;
  details.version = bytes.U16(kVersion);
  details.hello_whole = true;  // it cannot have what later versions added
  call.flow.client_hello = call.side.has_hello = true;
  call.flow.client = static_cast<uint8_t>(Index(call.at.direction));
  if (bytes.Has(kSession, 2) && bytes.U16(kSession) == 0) call.flow.client_session = "";
  Found(call);
  std::string versions;
  AppendVersion(details.version, &versions);
  call.side.versions.Set(versions);
  call.side.last_handshake = call.at.time;
  return std::min(kHeader + length, bytes.size());
}

// --- messages

// What Tstat's classifier looks for in the rest of the flow is not there.
void TlsStreamProtocol::Found(const Call& call) const {
  if (!options_.replaces_old()) return;
  call.context.flow.Recognise(connection_type::kTls);
  call.context.flow.state = Layer7State::kIgnore;
}

void TlsStreamProtocol::Take(ByteReader message, Call& call) {
  const ByteReader body = message.Sub(kMessageHeaderSize);
  const bool is_whole = body.size() == message.U24(1);
  switch (message.U8(0)) {
    case kClientHelloType:
      return TakeClientHello(body, is_whole, call);
    case kServerHelloType:
      return TakeServerHello(body, is_whole, call);
    case kCertificateType:
      return TakeCertificate(message, call);
    default:
      return;
  }
}

void TlsStreamProtocol::TakeClientHello(ByteReader body, bool is_whole, Call& call) {
  const auto hello = ClientHello::Parse(body, HelloCarrier::kTls, is_whole);
  if (!hello) return;
  Flow& flow = call.flow;
  HandshakeDetails& details = flow.details;
  const bool first = !std::exchange(flow.client_hello, true);
  Found(call);
  call.side.has_hello = true;
  if (details.server_name.empty()) details.server_name = hello->server_name;
  if (!first) return;  // one after a HelloRetryRequest, or a renegotiation
  flow.client = static_cast<uint8_t>(Index(call.at.direction));
  details.client_alpn = JoinedProtocols(hello->alpn);
  details.hello_whole = hello->complete;
  details.encrypted_hello = hello->encrypted_hello;
  details.resumption_offered = hello->wants_resumption();
  details.early_data = hello->early_data;
  details.version = hello->highest_version();
  if (hello->complete) {
    details.ja3 = Ja3(*hello);
    details.ja4 = Ja4(*hello, HelloCarrier::kTls);
  }
  if (hello->session_id_whole) flow.client_session = hello->session_id.Text();
  JudgeResumption(flow);
  flow.session |= static_cast<uint8_t>((hello->session_id.empty() ? 0 : tls_session::kSessionId) |
                                       (hello->pre_shared_key ? tls_session::kClientPsk : 0) |
                                       (hello->early_data ? tls_session::kEarlyData : 0));
  flow.service = TlsService(details.server_name, options_.profile.tls_services_3_3);
  call.side.negotiation = Negotiation(hello->extensions, hello->alpn);
  if (details.version == 0) return;  // not known
  std::string versions;
  for (size_t i = 0; i < hello->versions.size(); ++i) {
    if (!IsGrease(hello->versions[i])) AppendVersion(hello->versions[i], &versions);
  }
  if (versions.empty()) AppendVersion(hello->legacy_version, &versions);
  call.side.versions.Set(versions);
}

void TlsStreamProtocol::TakeServerHello(ByteReader body, bool is_whole, Call& call) {
  const auto hello = ServerHello::Parse(body, is_whole);
  if (!hello) return;
  Flow& flow = call.flow;
  HandshakeDetails& details = flow.details;
  call.side.has_hello = true;
  if (hello->is_retry) {
    details.retried = true;
    flow.session |= tls_session::kHelloRetry;
    return;
  }
  if (flow.server_hello) return;
  // What is cut before the end of its random value may be a HelloRetryRequest.
  flow.server_hello = hello->random_whole;
  Found(call);
  details.server_answered = true;
  details.answer_cut = !hello->complete;
  flow.chosen_version = hello->known_version();
  details.server_alpn = JoinedProtocols(hello->alpn);
  if (hello->complete) details.ja3s = Ja3s(*hello);
  if (hello->pre_shared_key) flow.session |= tls_session::kServerPsk;
  if (hello->session_id_whole) flow.server_session = hello->session_id.Text();
  JudgeResumption(flow);
  call.side.negotiation = Negotiation(hello->extensions, hello->alpn);
  if (flow.chosen_version != 0) {
    std::string version;
    AppendVersion(flow.chosen_version, &version);
    call.side.versions.Set(version);
  }
  if (report_ && !std::exchange(flow.reported, true) && call.at.identity != nullptr) {
    Report(flow, call.at.identity->endpoints, call.at.identity->number,
           At(call.at.order, EventPlace::kTls), call.at.time);
  }
}

// That of a client tells no server's name.
void TlsStreamProtocol::TakeCertificate(ByteReader message, Call& call) {
  call.flow.full_handshake = true;
  JudgeResumption(call.flow);
  const bool is_client = static_cast<size_t>(Index(call.at.direction)) == call.flow.client;
  if (is_client || !call.flow.common_name.empty()) return;
  const size_t length = message.U24(kCertificateLengthAt);
  const std::string_view name = CertificateNames::Parse(message.Sub(kCertificateAt, length)).best();
  if (!name.empty()) call.flow.common_name.Set(name);
}

void TlsStreamProtocol::JudgeResumption(Flow& flow) {
  HandshakeDetails& details = flow.details;
  const bool has_key = (flow.session & tls_session::kServerPsk) != 0;
  details.resumed = false;
  if (flow.full_handshake) {
    details.resumption_known = true;
  } else if (flow.chosen_version >= kTls13) {
    details.resumed = has_key;
    details.resumption_known = has_key || !details.answer_cut;
  } else if (flow.chosen_version != 0 && flow.server_session) {
    // Before version 1.3 a session goes on when the server repeats the client's identifier.
    details.resumed = !flow.server_session->empty() && flow.client_session == flow.server_session;
    details.resumption_known = flow.server_session->empty() || flow.client_session;
  }
}

void TlsStreamProtocol::TakeAlert(uint8_t description, Call& call) {
  HandshakeDetails& details = call.flow.details;
  uint8_t& alert =
      call.at.direction == Direction::kClientToServer ? details.client_alert : details.server_alert;
  if (alert == 0) alert = static_cast<uint8_t>(std::min(description + 1, 255));
}

// --- records of the flow, and events

HandshakeDetails TlsStreamProtocol::DetailsOf(const Flow& flow, const TcpFlow& record) {
  HandshakeDetails details = flow.details;
  // An answer that was sent and not seen may choose anything. Where nothing came behind it, the
  // other side's acknowledgments, or a FIN, say that it was sent.
  const TcpDirection& server = flow.client == 0 ? record.server : record.client;
  const bool is_missed = flow.side[1u - flow.client].hello_lost || server.missed_bytes > 0;
  details.answer_cut |= !details.server_answered && is_missed;
  if (details.server_answered || details.answer_cut) details.version = flow.chosen_version;
  return details;
}

void TlsStreamProtocol::FillRecord(uint32_t state, TcpFlow* record) const {
  const Flow& flow = flows_[state];
  record->layer7.handshake = std::make_shared<const HandshakeDetails>(DetailsOf(flow, *record));
  if (!options_.replaces_old()) return;
  for (const Direction d : {Direction::kClientToServer, Direction::kServerToClient}) {
    const Side& side = flow.side[static_cast<size_t>(Index(d))];
    TcpDirection& out = d == Direction::kClientToServer ? record->client : record->server;
    out.last_handshake = side.last_handshake;
    out.first_app_data = side.first_app_data;
    out.first_app_data_byte = side.first_app_data_byte;
    out.protocol_negotiation = side.negotiation;
    out.tls_versions = side.versions.view();
  }
  TcpLayer7& layer7 = record->layer7;
  layer7.tls_server_name = flow.details.server_name;
  layer7.tls_common_name = flow.common_name.view();
  layer7.tls_session = flow.session;
  layer7.tls_service = flow.service;
}

void TlsStreamProtocol::OnFlowClosing(uint32_t state, const CloseStep& step, const TcpFlow& record,
                                      StreamContext& /*flow*/) {
  Flow& flow = flows_[state];
  if (!report_ || !flow.client_hello || std::exchange(flow.reported, true)) return;
  Report(flow, record.endpoints, step.number, At(step.order, EventPlace::kTlsAtClose), step.now);
}

void TlsStreamProtocol::Report(const Flow& flow, const Endpoints& endpoints, uint64_t number,
                               OrderKey order, Timestamp time) {
  TlsHandshake h;
  h.flow_number = number;
  h.order = order;
  h.time = time;
  h.endpoints = endpoints;
  h.answered = flow.details.server_answered;
  h.server_name = flow.details.server_name;
  h.common_name = flow.common_name.view();
  h.client_negotiation = flow.side[0].negotiation;
  h.server_negotiation = flow.side[1].negotiation;
  h.session = flow.session;
  h.service = flow.service;
  h.client_versions = flow.side[0].versions.view();
  h.server_version = flow.side[1].versions.view();
  out_->OnTlsHandshake(h);
}

}  // namespace tstat::internal
