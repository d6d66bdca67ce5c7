// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/layer7.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <iterator>
#include <string>

#include "flow/step.h"
#include "l7/http/http_source.h"
#include "l7/http/message_parser.h"
#include "l7/p2p/bittorrent.h"
#include "l7/p2p/ed2k.h"
#include "l7/prefix.h"
#include "l7/tcp/application_guess.h"
#include "l7/tcp/rtmp.h"
#include "tstat/codes.h"
#include "tstat/media.h"
#include "tstat/skype.h"

namespace tstat::internal {
namespace {

constexpr uint64_t kP2pBudget = 50;  // packets of the flow
constexpr int32_t kP2pLongerThan = 20;

uint16_t P2pProtocol(const TcpLayer7Flow& flow) { return flow.p2p_code / 100; }

// Protocols of P2P codes in the L7 histograms. Only some are found on TCP.
int P2pIndex(uint16_t protocol) {
  constexpr int kUnknownIndex = 49;
  constexpr uint8_t kIndexes[] = {49, 11, 35, 11, 17, 17, 14, 14, 35,
                                  15, 18, 19, 20, 21, 22, 23, 24};
  return protocol < sizeof(kIndexes) ? kIndexes[protocol] : kUnknownIndex;
}

// Of several types one gives a flow its place in the histograms: not a guess, if there is another,
// and of the rest the last by its bit. P2P and Skype go by rules of their own.
constexpr uint32_t kGuesses[] = {connection_type::kMse, connection_type::kObfuscated,
                                 connection_type::kRtmp};
struct TypePlace {
  int8_t rank = -1;  // the highest one counts; -1: the type gives no place
  int8_t index = 0;
};
// By the number of the type's bit.
constexpr auto kPlaces = [] {
  constexpr uint32_t kOwnRules = connection_type::kP2p | connection_type::kSkype;
  std::array<TypePlace, 32> places{};
  for (const ConnectionType& type : kConnectionTypes) {
    if (type.bit == 0 || (type.bit & kOwnRules) != 0) continue;
    const int number = std::countr_zero(type.bit);
    const auto* const guess = std::ranges::find(kGuesses, type.bit);
    const auto rank = guess != std::end(kGuesses)
                          ? guess - std::begin(kGuesses)
                          : static_cast<ptrdiff_t>(std::size(kGuesses)) + number;
    places[static_cast<size_t>(number)] = {static_cast<int8_t>(rank),
                                           static_cast<int8_t>(type.application)};
  }
  return places;
}();

// Encryption that is known by randomness and sizes alone: random bytes look the same.
void DropGuesses(TcpFlow* record) {
  record->layer7.connection_type &= ~(connection_type::kMse | connection_type::kObfuscated);
}

// The code of another protocol stays; one of the same protocol is replaced.
void FoundP2p(uint16_t protocol, uint8_t subtype, TcpLayer7Flow& flow) {
  flow.Recognise(connection_type::kP2p);
  if (flow.p2p_code != 0 && P2pProtocol(flow) != protocol) return;
  flow.p2p_code = static_cast<uint16_t>(100 * protocol + subtype);
}

// P2P signatures, first hit wins. They see a flow up to its 51st packet, whatever else was found;
// ED2K flows to their end (the inspection ends after the first packet beyond the
// budget, with or without payload, unless the flow is ED2K by then).
void InspectP2p(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  if (in.payload_length <= kP2pLongerThan) return;
  if (in.flow_packets > kP2pBudget + 1 && P2pProtocol(flow) != kEd2kProtocol) return;
  if (Ed2kMessage::MayBegin(in.payload.U8(0))) {
    if (const auto m = Ed2kMessage::Parse(in.payload, in.payload_length)) {
      FoundP2p(kEd2kProtocol, m->subtype, flow);
      CountEd2k(*m, flow);
    }
  } else if (const auto torrent = BitTorrentMessage::Parse(in.payload)) {
    FoundP2p(kBitTorrentProtocol, torrent->subtype, flow);
  }
}

void ApplyRtmpSizes(RtmpSizes sizes, TcpLayer7Flow& flow) {
  flow.rtmp_sizes_fit = sizes == RtmpSizes::kFit;
  if (sizes == RtmpSizes::kRefused) flow.connection_type &= ~connection_type::kRtmp;
}

void FillDirection(const TcpLayer7Flow& flow, Direction d, TcpDirection* record) {
  const int i = Index(d);
  record->first_http = flow.first_http[i];
  record->first_rtsp = flow.first_rtsp[i];
  record->first_rtp = flow.first_rtp[i];
  record->first_icy = flow.first_icy[i];
  // Every flow has this mark; it means something for TLS only.
  if (flow.has(connection_type::kTls)) record->last_handshake = flow.last_handshake[i];
  if (flow.app_data_seen[i]) {
    record->first_app_data = flow.first_app_data[i];
    record->first_app_data_byte = flow.first_app_data_byte[i];
  }
  record->protocol_negotiation = flow.protocol_negotiation[i];
  if (flow.tls != nullptr) record->tls_versions = flow.tls->versions[i].view();
}

void FillRecord(const TcpLayer7Flow& flow, TcpFlow* record) {
  FillDirection(flow, Direction::kClientToServer, &record->client);
  FillDirection(flow, Direction::kServerToClient, &record->server);
  TcpLayer7& l7 = record->layer7;
  l7.connection_type = flow.connection_type;
  l7.p2p_code = flow.p2p_code;
  l7.http_content = flow.http_content;
  l7.ed2k_data = flow.ed2k_data;
  l7.ed2k_signalling = flow.ed2k_signalling;
  l7.ed2k_client_server = flow.ed2k_client_server;
  l7.ed2k_client_client = flow.ed2k_client_client;
  l7.ed2k_chat = flow.ed2k_chat;
  l7.http_requests = flow.http_requests;
  l7.http_responses = flow.http_responses;
  l7.http_response_code = flow.http_response_code;
  l7.tls_session = flow.tls_session;
  l7.tls_service = flow.tls_service;
  l7.rtp_payload_type = flow.rtp_payload_type;
  if (flow.tls != nullptr) {
    l7.tls_server_name = flow.tls->server_name.view();
    l7.tls_common_name = flow.tls->common_name.view();
  }
  if (flow.hostname != nullptr) l7.http_hostname = flow.hostname->text.view();
}

}  // namespace

TcpLayer7Tracker::TcpLayer7Tracker(const TcpLayer7Options& options, EventSink* out,
                                   Observer* observer)
    : options_(options),
      out_(out),
      flows_(FlowCapacity(options.globals.max_tcp_pairs)),
      trackers_(options.profile, options.strict_privacy, options.wants, out, observer),
      machine_(options.profile, options.globals, options.wants, out, &trackers_),
      skype_(options.skype_models) {
  if (options.profile.modern_layer7) {
    const StreamOptions stream_options = {.profile = options.profile,
                                          .wants = options.wants,
                                          .strict_privacy = options.strict_privacy,
                                          .http_texts = options.http_texts};
    streams_ = std::make_unique<StreamTracker>(stream_options, out);
  }
  inspects_more_ = streams_ != nullptr || options.skype_models != nullptr;
}

Layer7Need TcpLayer7Tracker::NeedAfter(const TcpLayer7Input& in, const TcpLayer7Flow& flow) const {
  if (flow.has(connection_type::kRtmp)) return Layer7Need::kEverySegment;
  const bool is_settled = in.flow_packets > kP2pBudget && flow.state == Layer7State::kIgnore &&
                          P2pProtocol(flow) != kEd2kProtocol && !InspectsMore(flow) &&
                          !trackers_.Awaits(flow) && !flow.request_head_open;
  return is_settled ? Layer7Need::kHttp : Layer7Need::kPayload;
}

TcpLayer7Flow* TcpLayer7Tracker::Attach() {
  const uint32_t slot = flows_.Allocate();
  flows_[slot].slot = slot;
  return &flows_[slot];
}

void TcpLayer7Tracker::Inspect(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  const uint32_t prefix = PayloadPrefix(in.payload);
  if (inspects_more_) [[unlikely]]
    InspectMore(in, flow);
  InspectP2p(in, flow);
  machine_.OnSegment(in, flow, prefix);
  CountHttp(in, flow, prefix);
  trackers_.OnSegment(in, flow, prefix);
}

void TcpLayer7Tracker::InspectMore(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  if (options_.skype_models != nullptr) skype_.OnSegment(in, flow.skype);
  if (streams_ != nullptr) streams_->OnSegment(in, flow);
}

// Requests and responses count in any state and of any flow; but where they are those of streams.
void TcpLayer7Tracker::CountHttp(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix) {
  if (in.direction() == Direction::kServerToClient) {
    if (prefix == Prefix("HTTP") && !HttpFromStreams(options_.profile)) ++flow.http_responses;
    return;
  }
  bool request = false;
  switch (prefix) {
    case Prefix("GET "):
    case Prefix("POST"):
    case Prefix("HEAD"):
      request = true;
      break;
    case Prefix("PUT "):
      request = options_.profile.http_more_methods;
      break;
    case Prefix("PATC"):
    case Prefix("DELE"):
    case Prefix("OPTI"):
      request = options_.profile.http_more_methods &&
                (in.payload.StartsWith("PATCH ") || in.payload.StartsWith("DELETE ") ||
                 in.payload.StartsWith("OPTIONS "));
      break;
    default:
      break;
  }
  if (request) {
    if (HttpFromStreams(options_.profile)) return;
    ++flow.http_requests;
    flow.request_head_open =
        options_.profile.http_second_segment && options_.wants.has(Event::kHttpMessage);
  } else if (flow.request_head_open && in.payload.size() >= 5 &&
             FindHttpStart(in.payload, in.direction(), options_.profile) == HttpStart::kNone) {
    // [3.3] While heads are logged, the segment that follows one belongs to it.
    flow.request_head_open = false;
  } else {
    return;
  }
  machine_.SearchHostname(in, flow);
}

void TcpLayer7Tracker::CheckSizes(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  const MessageSummary& client = *in.side[0].messages;
  const MessageSummary& server = *in.side[1].messages;
  ApplyRtmpSizes(
      CheckRtmpSizes({client.count, server.count}, {client.first_sizes, server.first_sizes}), flow);
}

int TcpLayer7Tracker::Layer7Index(const TcpLayer7Flow* flow) {
  constexpr int kUnknownIndex = 49, kSkypeIndex = 7;
  if (flow == nullptr) return kUnknownIndex;
  uint32_t types = flow->connection_type;
  if ((types & (connection_type::kSkype | connection_type::kP2p)) != 0) [[unlikely]] {
    const bool skype = flow->has(connection_type::kSkype);
    return skype ? kSkypeIndex : P2pIndex(P2pProtocol(*flow));
  }
  if (!flow->rtmp_sizes_fit) types &= ~connection_type::kRtmp;
  TypePlace last = {.rank = -1, .index = kUnknownIndex};
  for (; types != 0; types &= types - 1) {  // most flows have one type
    const TypePlace place = kPlaces[static_cast<size_t>(std::countr_zero(types))];
    if (place.rank > last.rank) last = place;
  }
  return last.index;
}

void TcpLayer7Tracker::OnFlowClosing(const CloseStep& step, const Endpoints& endpoints,
                                     TcpLayer7Flow*& flow, TcpFlow* record) {
  if (flow == nullptr) {
    if (streams_ != nullptr) [[unlikely]]
      CompleteApplication(record);
    return;
  }
  if (flow->stream != nullptr) [[unlikely]]
    streams_->Finish(step, *flow);
  if (record->complete && flow->has(connection_type::kRtmp)) {
    const auto first_two = [](const TcpDirection& d) {
      return std::array<uint32_t, 2>{d.message_sizes[0], d.message_sizes[1]};
    };
    ApplyRtmpSizes(CheckRtmpSizes({record->client.messages, record->server.messages},
                                  {first_two(record->client), first_two(record->server)}),
                   *flow);
  }
  FillRecord(*flow, record);
  if (flow->stream != nullptr) [[unlikely]]
    streams_->OnFlowClosing(step, *flow, record);
  record->layer7.layer7_index = Layer7Index(flow);
  trackers_.OnFlowClosing(step, *record, *flow);
  if (record->complete && flow->skype != nullptr) JudgeSkype(step, *flow, record);
  if (streams_ != nullptr) [[unlikely]] {
    CompleteApplication(record);
    if (options_.profile.modern_columns) DropGuesses(record);
  }
  machine_.OnFlowClosing(step, endpoints, *flow);
}

void TcpLayer7Tracker::OnFlowPeriod(TcpLayer7Flow* flow, TcpFlow* record) {
  if (flow == nullptr) return;
  FillRecord(*flow, record);
  if (flow->stream != nullptr) [[unlikely]] {
    StreamTracker::FillRecord(*flow, record);
    CompleteApplication(record);
    if (options_.profile.modern_columns) DropGuesses(record);
  }
  record->layer7.layer7_index = Layer7Index(flow);
  flow->http_requests = flow->http_responses = 0;
}

// Skype is found only now; chat rows do not show it yet. Flows between external addresses are
// reported here, too.
void TcpLayer7Tracker::JudgeSkype(const CloseStep& step, TcpLayer7Flow& flow, TcpFlow* record) {
  SkypeFlow found;
  if (!skype_.Judge(flow.skype, &found)) return;
  flow.Recognise(connection_type::kSkype);
  record->layer7.connection_type = flow.connection_type;
  record->layer7.layer7_index = Layer7Index(&flow);
  const auto is_skype = [](const SkypeDirection& d) {
    return d.size_accepted && d.gap_accepted && d.verdict != 0;
  };
  record->layer7.skype_directions = {is_skype(found.client), is_skype(found.server)};
  if (!options_.wants.has(Event::kSkypeFlow)) return;
  found.tcp = std::make_shared<const TcpFlow>(*record);
  found.order = At(step.order, EventPlace::kSkypeFlow);
  out_->OnSkypeFlow(found);
}

void TcpLayer7Tracker::OnFlowClosed(const CloseStep& step, const TcpFlow& record,
                                    TcpLayer7Flow*& flow) {
  if (flow == nullptr) return;
  trackers_.OnFlowClosed(step, record, *flow);
  if (flow->has(connection_type::kRtp)) ++tunneled_rtp_flows_;
  if (step.reported && options_.wants.has(Event::kMediaFlow) && options_.profile.rtp_over_tcp &&
      (flow->has(connection_type::kRtp) || flow->has(connection_type::kIcy))) {
    MediaFlow media;
    media.tcp = std::make_shared<const TcpFlow>(record);
    media.order = At(step.order, EventPlace::kMediaFlow);
    out_->OnMediaFlow(media);
  }
  skype_.Release(flow->skype);
  if (flow->stream != nullptr) [[unlikely]]
    streams_->Release(*flow);
  machine_.OnFlowClosed(*flow);
  flows_.Free(flow->slot);
  flow = nullptr;
}

size_t TcpLayer7Tracker::memory_bytes() const {
  return flows_.memory_bytes() + trackers_.memory_bytes() + machine_.memory_bytes() +
         skype_.memory_bytes() + (streams_ != nullptr ? streams_->memory_bytes() : 0);
}

}  // namespace tstat::internal
