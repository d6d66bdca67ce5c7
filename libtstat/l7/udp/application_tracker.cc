// SPDX-License-Identifier: BSD-3-Clause
#include "l7/udp/application_tracker.h"

#include <string_view>
#include <utility>

#include "l7/udp/signatures.h"

namespace tstat::internal {
namespace {

constexpr uint16_t kDnsOverQuicPorts[] = {853, 784, 8853};

bool IsDnsOverQuic(const UdpFlow& record) {
  const std::string_view alpn =
      record.handshake != nullptr ? std::string_view(record.handshake->client_alpn) : "";
  if (alpn == "doq" || alpn.starts_with("doq,") || alpn.starts_with("doq-")) return true;
  for (const uint16_t port : kDnsOverQuicPorts) {
    if (record.endpoints.server.port == port && alpn.empty()) return true;
  }
  return false;
}

// Tstat's signatures of one or two bytes, and of lengths alone, say less than a registered port.
bool IsGuess(UdpType type) {
  return type == UdpType::kObfuscatedKad || type == UdpType::kSopCast || type == UdpType::kTvAnts ||
         type == UdpType::kPpStream;
}

}  // namespace

UdpApplicationTracker::Verdict UdpApplicationTracker::Look(const UdpDatagramStep& step,
                                                           const UdpPayload& p, Flow& flow) {
  const bool in_handshake = flow.quic != QuicHandshakeTracker::kNone ||
                            flow.dtls != DtlsHandshakeTracker::kNone || flow.has_stun;
  if (++flow.datagrams > (in_handshake ? kMostOfHandshake : kMostDatagrams)) {
    flow.is_settled = true;
    return {};
  }
  if (p.length_field <= kUdpHeaderBytes || p.captured() == 0) return {};
  if (const Verdict v = LookAtQuic(step.direction, p, flow); v.type != UdpType::kUnknown) return v;
  if (flow.application == Application::kQuic) return {};
  if (const Verdict v = LookAtDtls(step.direction, p, flow); v.type != UdpType::kUnknown) return v;
  const UdpMessage message{.bytes = p.bytes.Sub(0, p.captured()),
                           .size = p.length_field - kUdpHeaderBytes,
                           .source_port = step.datagram->source_port,
                           .destination_port = step.datagram->destination_port};
  Application found = RecogniseUdp(message);
  if (found == Application::kStun) flow.has_stun = true;
  if (found == Application::kUnknown && LookAtOpenVpn(step.direction, message, flow)) {
    found = Application::kOpenVpn;
  }
  if (found == Application::kUnknown) {
    flow.has_rtcp |= IsRtcpCompound(message);
    return {};
  }
  // What begins with STUN may be what STUN made way for.
  if (flow.application == Application::kUnknown) flow.application = found;
  // A version that is none may be followed by one.
  const bool is_quic = found == Application::kQuic;
  if (found != Application::kStun && !is_quic) flow.is_settled = true;
  return {.type = UdpTypeOf(found), .of_both = is_quic};
}

UdpApplicationTracker::Verdict UdpApplicationTracker::LookAtQuic(Direction sender,
                                                                 const UdpPayload& p, Flow& flow) {
  if (!quic_.OnDatagram(sender, p, flow.quic)) return {};
  if (flow.application == Application::kQuic) {
    // The server's answer is waited for, since it tells its version.
    flow.is_settled = quic_.done(flow.quic) && quic_.answered(flow.quic);
    return {};
  }
  flow.application = Application::kQuic;
  return {.type = UdpType::kQuic, .of_both = true};
}

UdpApplicationTracker::Verdict UdpApplicationTracker::LookAtDtls(Direction sender,
                                                                 const UdpPayload& p, Flow& flow) {
  if (!dtls_.OnDatagram(sender, p, flow.dtls)) return {};
  flow.has_dtls = true;
  if (flow.application == Application::kUnknown || flow.application == Application::kStun) {
    flow.application = Application::kDtls;
  }
  flow.is_settled = dtls_.done(flow.dtls);
  return {.type = UdpType::kDtls, .of_both = false};
}

// The client begins with a reset, the server answers with one: an operation in the upper five bits,
// and the session's number. The answer repeats that of the client, somewhere behind its own: how
// much stands between depends on the keys. On its port the beginning is enough.
bool UdpApplicationTracker::LookAtOpenVpn(Direction sender, const UdpMessage& m, Flow& flow) {
  constexpr uint8_t kClientReset2 = 7 << 3, kServerReset2 = 8 << 3, kClientReset3 = 10 << 3;
  constexpr size_t kShortest = 14, kSession = 1, kSessionBytes = 8;
  const uint8_t operation = m.bytes.U8(0);
  if (m.size < kShortest) return false;
  if (sender == Direction::kClientToServer) {
    const bool begins =
        flow.datagrams == 1 && (operation == kClientReset2 || operation == kClientReset3);
    if (begins) flow.openvpn_session = m.bytes.U64(kSession);
    return begins && m.destination_port == 1194;
  }
  if (flow.openvpn_session == 0 || operation != kServerReset2) return false;
  for (size_t at = kSession + kSessionBytes; m.bytes.Has(at, kSessionBytes); ++at) {
    if (m.bytes.U64(at) == flow.openvpn_session) return true;
  }
  return false;
}

bool UdpApplicationTracker::Confirms(UdpType type, const UdpPayload& p, Flow& flow) const {
  constexpr uint8_t kMostDatagramsOfGuess = 8;
  switch (type) {
    case UdpType::kDns:
      return false;  // what is DNS is told by its own signature
    case UdpType::kPpLive:
      return IsPpLiveMark(p);
    case UdpType::kEd2k:
    case UdpType::kKad:
    case UdpType::kKadu:
    case UdpType::kPpStream: {
      if (flow.datagrams > kMostDatagramsOfGuess) return false;
      return std::exchange(flow.guess, type) == type;
    }
    default:
      return true;
  }
}

void UdpApplicationTracker::Fill(Flow& flow, bool is_last, bool with_quic, UdpFlow* record) {
  if (is_last) {
    quic_.Finish(flow.quic);
    dtls_.Finish(flow.dtls);
  }
  if (with_quic) record->quic = quic_.Details(flow.quic);
  record->handshake = quic_.Handshake(flow.quic);
  if (record->handshake == nullptr) record->handshake = dtls_.Handshake(flow.dtls);

  Application application = flow.application;
  if (flow.has_stun && flow.has_dtls) application = Application::kWebRtc;
  if (application == Application::kQuic && IsDnsOverQuic(*record)) {
    application = Application::kDnsOverQuic;
  }
  Evidence evidence = Evidence::kSignature;
  // RTP, and the protocols that Tstat knows.
  const Application of_port = UdpApplicationOfPort(record->endpoints.server.port);
  const auto by_type = [&](UdpType type) {
    const Application found = ApplicationOf(type);
    if (of_port != Application::kUnknown && IsGuess(type)) return;
    // That is the first byte alone (RFC 7983).
    if (type == UdpType::kDtls && !flow.has_dtls) return;
    if (found != Application::kUnknown &&
        (application == Application::kUnknown || application == Application::kStun)) {
      application = found;
    }
  };
  by_type(record->client.logged_type);
  by_type(record->server.logged_type);
  // A single packet is none that measurements begin with.
  if (application == Application::kUnknown && flow.has_rtcp) application = Application::kRtcp;
  if (application == Application::kUnknown && record->announced != nullptr &&
      record->announced->is_rtp) {
    application = record->announced->is_control ? Application::kRtcp : Application::kRtp;
    evidence = Evidence::kAnnounced;
  } else if (application == Application::kUnknown) {
    application = of_port;
    evidence = application == Application::kUnknown ? Evidence::kNone : Evidence::kPort;
  }
  record->application = application;
  record->evidence = evidence;
}

void UdpApplicationTracker::Release(Flow& flow) {
  quic_.Release(flow.quic);
  dtls_.Release(flow.dtls);
}

}  // namespace tstat::internal
