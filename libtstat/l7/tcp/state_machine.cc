// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/state_machine.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "l7/http/content.h"
#include "l7/http/http_source.h"
#include "l7/http/status_line.h"
#include "l7/p2p/ed2k_obfuscated.h"
#include "l7/prefix.h"
#include "l7/tcp/facebook_zero.h"
#include "l7/tcp/mse_entropy.h"
#include "l7/tcp/openings.h"
#include "l7/tcp/rtmp.h"
#include "l7/tcp/rtsp.h"

namespace tstat::internal {
namespace {

// Packet budgets. The tests come after a segment's action: the segment that exceeds a budget is
// still looked at.
constexpr uint64_t kUnknownBudget = 40, kHttpCommandBudget = 20, kHttpResponseBudget = 30,
                   kRtspResponseBudget = 30, kAnyBudget = 50;

void SetOnce(Timestamp* mark, Timestamp time) {
  if (!mark->is_set()) *mark = time;
}

// As records have it; "000": the server's first line has none.
std::array<char, 4> ResponseCode(ByteReader payload) {
  const std::optional<HttpStatusLine> line = HttpStatusLine::Parse(payload);
  const std::string_view digits = line ? line->code : "000";
  std::array<char, 4> code{};
  std::copy(digits.begin(), digits.end(), code.begin());
  return code;
}

// FLV or MP4 at the start of a segment of a plain GET's answer.
bool IsVideoContent(ByteReader payload, uint32_t prefix) {
  constexpr uint32_t kFlv = 0x464C5601, kFlvTag = 0x1200034B, kMp4Box = 0x00000018;
  constexpr size_t kScriptName = 27, kFlvBytes = 38, kBoxType = 4, kMp4Bytes = 13;
  switch (prefix) {
    case kFlv:
    case kFlvTag:
      return payload.size() >= kFlvBytes && payload.StartsWith("onMetaData", kScriptName);
    case kMp4Box:
      return payload.size() >= kMp4Bytes && payload.StartsWith("ftyp", kBoxType);
    default:
      return false;
  }
}

}  // namespace

TcpStateMachine::TcpStateMachine(const CompatProfile& profile, const Globals& globals,
                                 EventMask wants, EventSink* out, ApplicationTrackers* trackers)
    : profile_(profile),
      entropy_sample_(globals.entropy_sample),
      entropy_threshold_(globals.entropy_threshold),
      tls_(profile, wants, out),
      trackers_(trackers) {}

void TcpStateMachine::Step(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix) {
  CountNibbles(in.payload, entropy_sample_, flow);
  constexpr uint8_t kPushed = tcp_flags::kAck | tcp_flags::kPsh;
  if ((in.step->header.flags & kPushed) == kPushed &&
      ObfuscatedEd2kLength(in.payload_length, &flow.obfuscation_lengths)) {
    flow.connection_type |= connection_type::kObfuscated;
  }
  DetectRtmp(in, flow);
  if (flow.connection_type == 0 && LooksLikeMse(in, flow, entropy_threshold_)) {
    flow.connection_type |= connection_type::kMse;
  }

  if (Act(in, flow, prefix) == Outcome::kReturn) return;
  if (in.flow_packets > kAnyBudget) flow.state = Layer7State::kIgnore;
  const int d = Index(in.direction());
  if (flow.state != Layer7State::kIgnore && !flow.app_data_seen[d]) {
    flow.last_handshake[d] = in.time();
  }
}

TcpStateMachine::Outcome TcpStateMachine::Act(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                              uint32_t prefix) {
  switch (flow.state) {
    case Layer7State::kUnknown:
      return OnUnknown(in, flow, prefix);
    case Layer7State::kHttpCommand:
      OnHttpCommand(in, flow, prefix);
      return Outcome::kContinue;
    case Layer7State::kHttpResponse:
      OnHttpResponse(in, flow, prefix);
      return Outcome::kContinue;
    case Layer7State::kRtspResponse:
      OnRtspResponse(in, flow);
      return Outcome::kContinue;
    case Layer7State::kTlsHandshake:
      tls_.OnHandshake(in, flow);
      return Outcome::kContinue;
    case Layer7State::kTlsData:
      tls_.OnData(in, flow);
      return Outcome::kContinue;
    case Layer7State::kMsnVersionClient:
    case Layer7State::kMsnUserClient:
    case Layer7State::kMsnAnswer:
      OnMsnServer(in, flow, prefix, /*tunnel=*/false);
      return Outcome::kContinue;
    case Layer7State::kMsnVersionServer:
    case Layer7State::kMsnUserServer:
    case Layer7State::kMsnRoster:
    case Layer7State::kYmsg:
    case Layer7State::kXmpp:
      trackers_->OnChatSegment(in, flow);  // to the flow's end: no budget
      return Outcome::kReturn;
    case Layer7State::kIgnore:
      return Outcome::kReturn;
    default:
      OnAwaitedAnswer(in, flow);
      return Outcome::kContinue;
  }
}

// --- state kUnknown

TcpStateMachine::Outcome TcpStateMachine::OnUnknown(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                                    uint32_t prefix) {
  if (in.payload.size() < 5) return Outcome::kReturn;
  const Opening* opening = FindOpening(prefix, profile_);
  if (opening == nullptr) {
    if (in.direction() == Direction::kClientToServer && tls_.OnPossibleClientHello(in, flow)) {
      return Outcome::kContinue;
    }
    if (in.flow_packets > kUnknownBudget) flow.state = Layer7State::kIgnore;
    return Outcome::kContinue;
  }
  const bool from_client = in.direction() == Direction::kClientToServer;
  if (opening->from != Opening::From::kBoth &&
      (opening->from == Opening::From::kClient) != from_client) {
    return Outcome::kContinue;
  }
  if (opening->accepts != nullptr && !opening->accepts(in.payload)) return Outcome::kContinue;
  return Open(in, flow, *opening);
}

TcpStateMachine::Outcome TcpStateMachine::Open(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                               const Opening& opening) {
  if (opening.action == Opening::Action::kMsn) {
    OnMsnOpening(in, flow, opening.prefix);
    return Outcome::kContinue;
  }
  flow.state = opening.next;
  switch (opening.action) {
    case Opening::Action::kGet:
      OnFirstRequest(in, flow, HttpMethod::kGet, ClassifyGet(in.payload));
      break;
    case Opening::Action::kPost:
      OnFirstRequest(in, flow, HttpMethod::kPost, ClassifyPost(in.payload));
      break;
    case Opening::Action::kOtherRequest:
      SetOnce(&flow.first_http[Index(in.direction())], in.time());
      break;
    case Opening::Action::kYmsg:
      flow.Recognise(connection_type::kYmsg);
      trackers_->OnYmsgOpening(in, flow);
      if (in.payload.size() < 6) return Outcome::kReturn;
      break;
    case Opening::Action::kXmpp:
      flow.Recognise(connection_type::kXmpp);
      trackers_->OnXmppOpening(in, flow);
      break;
    case Opening::Action::kFacebookZero:
      if (const auto hello = FacebookZeroHello::Parse(in.payload)) {
        tls_.KeepServerName(flow, hello->server_name);
      }
      break;
    case Opening::Action::kMsn:
    case Opening::Action::kEnter:
      if (opening.next == Layer7State::kRtspCommand) {
        SetOnce(&flow.first_rtsp[Index(in.direction())], in.time());
      }
      break;
  }
  return Outcome::kContinue;
}

void TcpStateMachine::OnFirstRequest(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                     HttpMethod method, uint8_t code) {
  SetOnce(&flow.first_http[Index(in.direction())], in.time());
  if (!HttpFromStreams(profile_)) flow.http_content = code;
  trackers_->OnRequestClassified(in, flow, method, code, /*first=*/true);
}

// --- HTTP

void TcpStateMachine::OnHttpCommand(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                    uint32_t prefix) {
  if (in.direction() != Direction::kServerToClient || in.payload.size() < 5) return;
  const int d = Index(in.direction());
  if (prefix == Prefix("HTTP")) {
    flow.Recognise(connection_type::kHttp);
    flow.state = Layer7State::kHttpResponse;
    if (!HttpFromStreams(profile_)) flow.http_response_code = ResponseCode(in.payload);
    SetOnce(&flow.first_http[d], in.time());
  } else if (prefix == Prefix("ICY ")) {
    flow.Recognise(connection_type::kIcy);
    flow.state = Layer7State::kIgnore;
    SetOnce(&flow.first_icy[d], in.time());
  } else {
    OnMsnServer(in, flow, prefix, /*tunnel=*/true);
  }
  if (in.flow_packets > kHttpCommandBudget) flow.state = Layer7State::kIgnore;
}

void TcpStateMachine::OnHttpResponse(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                     uint32_t prefix) {
  if (in.payload.size() < 5) return;
  if (in.direction() == Direction::kClientToServer) {
    if (prefix == Prefix("GET ")) OnLaterRequest(in, flow, HttpMethod::kGet);
    if (prefix == Prefix("POST")) OnLaterRequest(in, flow, HttpMethod::kPost);
  } else if (!OnMsnServer(in, flow, prefix, /*tunnel=*/true)) {
    if (flow.http_content == http_content::kGet && IsVideoContent(in.payload, prefix)) {
      flow.http_content = http_content::kVideoContent;
    }
  }
  if (in.flow_packets > kHttpResponseBudget) flow.state = Layer7State::kIgnore;
}

void TcpStateMachine::OnLaterRequest(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                     HttpMethod method) {
  using namespace http_content;  // NOLINT: the code names make the rule
  const bool decided_here = !HttpFromStreams(profile_);
  if (decided_here && flow.http_content > kPost && flow.http_content != kYoutube204) return;
  const uint8_t code =
      method == HttpMethod::kGet ? ClassifyGet(in.payload) : ClassifyPost(in.payload);
  if (!decided_here) {
    // Only the video log wants it.
  } else if (flow.http_content == kYoutube204 && code == kYoutubeVideo) {
    flow.http_content = kYoutube204Video;
  } else if (code > kPost) {
    flow.http_content = code;
  }
  trackers_->OnRequestClassified(in, flow, method, code, /*first=*/false);
}

void TcpStateMachine::SearchHostname(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  if (!profile_.tls_version_columns || flow.hostname != nullptr) return;
  const std::optional<HttpHostname> name = HttpHostname::Parse(in.payload);
  if (!name) return;
  const uint32_t slot = hostnames_.Allocate();
  flow.hostname = &hostnames_[slot];
  flow.hostname->slot = slot;
  flow.hostname->text.Set(name->text);
}

// --- MSN

void TcpStateMachine::OnMsnOpening(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix) {
  if (in.direction() == Direction::kServerToClient) {
    OnMsnServer(in, flow, prefix, /*tunnel=*/false);
    return;
  }
  const MsnPrefix* m = FindMsnCommand(prefix);
  flow.state = m->client_next;
  trackers_->OnMsnClient(in, flow, m->command);
}

bool TcpStateMachine::OnMsnServer(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix,
                                  bool tunnel) {
  if (in.direction() != Direction::kServerToClient) return false;
  const MsnPrefix* m = FindMsnCommand(prefix);
  if (m == nullptr) return false;
  flow.Recognise(connection_type::kMsn);
  flow.state = m->server_next;
  trackers_->OnMsnServer(in, flow, m->command, tunnel);
  return true;
}

// --- protocols in which one end confirms what the other opened

void TcpStateMachine::OnAwaitedAnswer(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  const Answer* answer = FindAnswer(flow.state);
  if (answer == nullptr || in.direction() != answer->from ||
      in.payload.size() < answer->min_bytes) {
    return;
  }
  const bool accepted = answer->accepts(in.payload);
  if (accepted) {
    if (answer->type_bit != 0) flow.Recognise(answer->type_bit);
    flow.state = answer->next;
    if (answer->next == Layer7State::kRtspResponse) {
      SetOnce(&flow.first_rtsp[Index(in.direction())], in.time());
    }
  }
  if (in.flow_packets <= kAnswerBudget) return;
  // An accepted IMAP tag is the one step that the budget does not take back.
  if (!accepted || answer->next != Layer7State::kImapCommand) flow.state = Layer7State::kIgnore;
}

void TcpStateMachine::OnRtspResponse(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  if (profile_.rtp_over_tcp && in.direction() == Direction::kServerToClient) {
    if (const auto frame = InterleavedFrame::Parse(in.payload)) {
      flow.rtp_payload_type = frame->payload_type;
      flow.Recognise(connection_type::kRtp);
      flow.state = Layer7State::kIgnore;
      SetOnce(&flow.first_rtp[Index(in.direction())], in.time());
    }
  }
  if (in.flow_packets > kRtspResponseBudget) flow.state = Layer7State::kIgnore;
}

void TcpStateMachine::OnFlowClosed(TcpLayer7Flow& flow) {
  tls_.Release(flow);
  if (flow.hostname != nullptr) {
    hostnames_.Free(flow.hostname->slot);
    flow.hostname = nullptr;
  }
}

}  // namespace tstat::internal
