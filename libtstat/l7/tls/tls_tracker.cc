// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tls/tls_tracker.h"

#include <charconv>
#include <cstring>

#include "tstat/tls.h"

namespace tstat::internal {
namespace {

constexpr uint64_t kHandshakeBudget = 10;  // packets of the flow

// "0304,0303"; nothing for no versions.
std::string_view FormatVersions(const uint16_t* versions, size_t count, std::array<char, 80>* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  size_t n = 0;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) (*out)[n++] = ',';
    for (int shift = 12; shift >= 0; shift -= 4) {
      (*out)[n++] = kDigits[(versions[i] >> shift) & 0xF];
    }
  }
  return {out->data(), n};
}

}  // namespace

TlsTracker::TlsTracker(const CompatProfile& profile, EventMask wants, EventSink* out)
    : profile_(profile), report_(out != nullptr && wants.has(Event::kTlsHandshake)), out_(out) {}

TlsState& TlsTracker::Attach(TcpLayer7Flow& flow) {
  if (flow.tls == nullptr) {
    const uint32_t slot = states_.Allocate();
    flow.tls = &states_[slot];
    flow.tls->slot = slot;
  }
  return *flow.tls;
}

void TlsTracker::Release(TcpLayer7Flow& flow) {
  if (flow.tls == nullptr) return;
  if (flow.tls->fragments != nullptr) fragments_.Free(flow.tls->fragments->slot);
  states_.Free(flow.tls->slot);
  flow.tls = nullptr;
}

void TlsTracker::KeepServerName(TcpLayer7Flow& flow, std::string_view name) {
  if (!name.empty()) Attach(flow).server_name.Set(name);
}

// --- client hello

bool TlsTracker::OnPossibleClientHello(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  const std::optional<TlsClientHello> hello = TlsClientHello::Parse(in.payload);
  if (!hello && !IsSslV2ClientHello(in.payload, in.payload_length)) return false;
  if (profile_.modern_layer7 && profile_.modern_columns)
    return false;  // that of streams reports it
  flow.state = Layer7State::kTlsHandshake;
  flow.tls_hello_seen = true;
  const uint8_t session = HasTlsSessionId(in.payload) ? tls_session::kSessionId : uint8_t{0};
  flow.tls_session = static_cast<uint8_t>((flow.tls_session & ~tls_session::kSessionId) | session);
  if (hello) {
    TakeClientHello(*hello, flow);
    if (profile_.fragmented_client_hello) BeginFragments(*hello, in.payload, flow);
  }
  return true;
}

void TlsTracker::TakeClientHello(const TlsClientHello& hello, TcpLayer7Flow& flow) {
  KeepServerName(flow, hello.server_name);
  flow.protocol_negotiation[Index(Direction::kClientToServer)] |= hello.negotiation;
  if (!profile_.tls_version_columns) return;
  flow.tls_session |= hello.session;
  TakeVersions(hello, Direction::kClientToServer, flow);
}

void TlsTracker::TakeVersions(const TlsHello& hello, Direction from, TcpLayer7Flow& flow) {
  TlsState& state = Attach(flow);
  const int d = Index(from);
  std::array<char, 80> text;
  if (hello.has_version && !state.version_set[d]) {
    state.version_set[d] = true;
    state.versions[d].Set(FormatVersions(&hello.version, 1, &text));
  }
  if (hello.has_version_list) {
    state.versions[d].Set(FormatVersions(hello.versions.data(), hello.version_count, &text));
  }
}

// [3.3] A hello whose record is longer than its segment is put together from the client's segments,
// in the order in which they come.
void TlsTracker::BeginFragments(const TlsClientHello& hello, ByteReader payload,
                                TcpLayer7Flow& flow) {
  const size_t wanted = hello.record_length;
  if (wanted <= payload.size() || wanted > TlsFragments::kCapacity) return;
  TlsState& state = Attach(flow);
  if (state.hello_was_fragmented) return;  // the first hello only
  state.hello_was_fragmented = true;
  const uint32_t slot = fragments_.Allocate();
  state.fragments = &fragments_[slot];
  state.fragments->slot = slot;
  state.fragments->wanted = static_cast<uint16_t>(wanted);
  AppendFragment(payload, flow);
}

void TlsTracker::AppendFragment(ByteReader payload, TcpLayer7Flow& flow) {
  TlsFragments& f = *flow.tls->fragments;
  if (f.size + payload.size() > f.wanted) return;
  std::memcpy(f.bytes.data() + f.size, payload.bytes().data(), payload.size());
  f.size = static_cast<uint16_t>(f.size + payload.size());
}

// --- handshake

void TlsTracker::OnHandshake(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  if (in.direction() == Direction::kServerToClient) {
    const auto hello = TlsServerHello::Parse(in.payload, in.payload_length);
    if (hello) return TakeServerHello(*hello, in, flow);
  }
  if (in.direction() == Direction::kClientToServer && flow.tls != nullptr &&
      flow.tls->fragments != nullptr && in.payload.size() >= kMinTlsSegment) {
    AppendFragment(in.payload, flow);
    const TlsFragments& f = *flow.tls->fragments;
    const auto hello = TlsClientHello::Parse(ByteReader({f.bytes.data(), f.size}));
    if (hello) TakeClientHello(*hello, flow);
  }
  if (in.flow_packets > kHandshakeBudget) flow.state = Layer7State::kUnknown;
}

void TlsTracker::TakeServerHello(const TlsServerHello& hello, const TcpLayer7Input& in,
                                 TcpLayer7Flow& flow) {
  flow.protocol_negotiation[Index(Direction::kServerToClient)] |= hello.negotiation;
  if (profile_.tls_version_columns) {
    flow.tls_session |= hello.session;
    TakeVersions(hello, Direction::kServerToClient, flow);
  }
  const std::optional<TlsCommonName> name = TlsCommonName::Parse(in.payload);
  if (name) Attach(flow).common_name.Set(name->text);
  if (flow.tls != nullptr) {
    flow.tls_service = TlsService(flow.tls->server_name.view(), profile_.tls_services_3_3);
    if (flow.tls->fragments != nullptr) {
      fragments_.Free(flow.tls->fragments->slot);
      flow.tls->fragments = nullptr;
    }
  }
  flow.Recognise(connection_type::kTls);
  flow.state = Layer7State::kTlsData;
  flow.tls_reported = true;
  if (report_)
    Report(flow, in.identity->endpoints, in.identity->number, At(in.step->order, EventPlace::kTls),
           in.time());
}

// --- data

void TlsTracker::OnData(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  const int d = Index(in.direction());
  if (IsTlsApplicationData(in.payload)) {
    if (!flow.app_data_seen[d]) {
      flow.app_data_seen[d] = true;
      flow.first_app_data[d] = in.time();
      flow.first_app_data_byte[d] =
          in.side[d].highest_sequence - in.side[d].isn - static_cast<uint32_t>(in.payload_length);
    }
    if (flow.app_data_seen[0] && flow.app_data_seen[1]) flow.state = Layer7State::kIgnore;
  } else if (in.direction() == Direction::kServerToClient && IsTlsCertificate(in.payload) &&
             flow.tls != nullptr && !flow.tls->common_name.empty()) {
    // Only where a name is known already (a quirk: the reference's test is inverted).
    const std::optional<TlsCommonName> name = TlsCommonName::Parse(in.payload);
    if (name) flow.tls->common_name.Set(name->text);
  }
}

// --- reports

void TlsTracker::OnFlowClosing(const CloseStep& step, const Endpoints& endpoints,
                               TcpLayer7Flow& flow) {
  if (!report_ || flow.tls_reported || !flow.tls_hello_seen) return;
  flow.tls_reported = true;
  Report(flow, endpoints, step.number, At(step.order, EventPlace::kTlsAtClose), step.now);
}

void TlsTracker::Report(const TcpLayer7Flow& flow, const Endpoints& endpoints, uint64_t number,
                        OrderKey order, Timestamp time) {
  TlsHandshake h;
  h.flow_number = number;
  h.order = order;
  h.time = time;
  h.endpoints = endpoints;
  h.answered = flow.has(connection_type::kTls);
  h.client_negotiation = flow.protocol_negotiation[Index(Direction::kClientToServer)];
  h.server_negotiation = flow.protocol_negotiation[Index(Direction::kServerToClient)];
  h.session = flow.tls_session;
  h.service = flow.tls_service;
  if (flow.tls != nullptr) {
    h.server_name = flow.tls->server_name.view();
    h.common_name = flow.tls->common_name.view();
    h.client_versions = flow.tls->versions[Index(Direction::kClientToServer)].view();
    h.server_version = flow.tls->versions[Index(Direction::kServerToClient)].view();
  }
  out_->OnTlsHandshake(h);
}

}  // namespace tstat::internal
