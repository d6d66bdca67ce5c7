// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/application_trackers.h"

#include "l7/http/http_source.h"

namespace tstat::internal {
namespace {

// The first four bytes of the requests that the video tracker knows.
constexpr uint32_t kGetPrefix = 0x47455420, kPostPrefix = 0x504F5354, kHeadPrefix = 0x48454144;

// Packets of the flow after which the video tracker gives up: without a request, and always.
constexpr uint64_t kMaxPacketsWaiting = 40, kMaxPackets = 50;

constexpr size_t kMinSegment = 5;

// Content codes whose requests carry YouTube parameters.
constexpr bool HasYoutubeParameters(uint8_t code) {
  return code == http_content::kYoutubeVideo || code == http_content::kYoutubeSite ||
         (code >= http_content::kYoutube204 && code <= http_content::kYoutubeEmbedded);
}

}  // namespace

ApplicationTrackers::ApplicationTrackers(const CompatProfile& profile, bool strict_privacy,
                                         EventMask wants, EventSink* out, Observer* observer)
    : profile_(profile),
      strict_privacy_(strict_privacy),
      wants_(HttpFromStreams(profile) ? wants.Without(Event::kHttpMessage) : wants),
      wants_video_(wants.has(Event::kVideoFlow) || wants.has(Event::kHistograms) ||
                   wants.has(Event::kFlowPacket)),
      wants_chat_(wants.has(Event::kChatFlow) || wants.has(Event::kChatMessage) ||
                  observer != nullptr),
      out_(out),
      observer_(observer) {}

ChatState& ApplicationTrackers::AttachChat(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                           ChatProtocol protocol) {
  if (flow.chat == nullptr) {
    const uint32_t slot = chats_.Allocate();
    flow.chat = &chats_[slot];
    flow.chat->slot = slot;
    flow.chat->protocol = protocol;
    flow.chat->flow_number = in.identity->number;
  }
  return *flow.chat;
}

VideoState& ApplicationTrackers::AttachVideo(TcpLayer7Flow& flow) {
  if (flow.video == nullptr) {
    const uint32_t slot = videos_.Allocate();
    flow.video = &videos_[slot];
    flow.video->slot = slot;
  }
  return *flow.video;
}

void ApplicationTrackers::OnRequestClassified(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                              HttpMethod method, uint8_t rule_code, bool first) {
  // Later requests come here, too, when their content is decided elsewhere: the first video stays.
  if (HttpFromStreams(profile_) && !first && flow.video != nullptr &&
      !flow.video->youtube.id.empty()) {
    return;
  }
  // A request that is no YouTube address leaves what an earlier one said.
  if (!wants_.has(Event::kVideoFlow) || !HasYoutubeParameters(rule_code)) return;
  // Behind "GET " and "POST ".
  const size_t url = method == HttpMethod::kGet ? 4 : 5;
  AttachVideo(flow).youtube = ParseYoutubeUrl(in.payload.Text(url));
}

void ApplicationTrackers::OnMsnClient(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                      MsnCommand command) {
  if (!wants_chat_) return;
  ChatState& chat = AttachChat(in, flow, ChatProtocol::kMsn);
  ChatState::Side& side = chat.of(in.direction());
  if (command == MsnCommand::kVersion) side.version = true;
  if (command == MsnCommand::kUser) side.user = true;
}

void ApplicationTrackers::OnMsnServer(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                      MsnCommand command, bool tunnel) {
  if (!wants_chat_) return;
  ChatState& chat = AttachChat(in, flow, ChatProtocol::kMsn);
  ChatState::Side& side = chat.of(in.direction());
  if (tunnel) chat.type = ChatType::kHttpTunnel;
  if (command == MsnCommand::kVersion) {
    side.version = true;
    if (const auto version = MsnVersion::Parse(in.payload)) chat.msn_version = version->name;
  }
  if (command == MsnCommand::kUser) side.user = true;
}

void ApplicationTrackers::OnYmsgOpening(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  if (!wants_chat_) return;
  const std::optional<YmsgHeader> header = YmsgHeader::Parse(in.payload);
  AttachChat(in, flow, ChatProtocol::kYmsg).ymsg_version = header ? header->version : uint16_t{0};
}

void ApplicationTrackers::OnXmppOpening(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  if (wants_chat_) AttachChat(in, flow, ChatProtocol::kXmpp);
}

void ApplicationTrackers::OnChatSegment(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  if (!wants_chat_) return;
  ChatOutcome outcome;
  ChatProtocol protocol = ChatProtocol::kMsn;
  if (flow.state == Layer7State::kYmsg) protocol = ChatProtocol::kYmsg;
  if (flow.state == Layer7State::kXmpp) protocol = ChatProtocol::kXmpp;
  ChatState& chat = AttachChat(in, flow, protocol);
  switch (chat.protocol) {
    case ChatProtocol::kMsn:
      outcome = OnMsnSegment(in.payload, in.direction(), &chat);
      break;
    case ChatProtocol::kYmsg:
      outcome = OnYmsgSegment(in.payload, in.direction(), &chat);
      break;
    case ChatProtocol::kXmpp:
      outcome = OnXmppSegment(in.payload, in.direction(), &chat);
      break;
  }
  Observe(chat, outcome.change, in.time());
  if (!outcome.message.exists || !wants_.has(Event::kChatMessage)) return;
  ChatMessage message;
  message.order = At(in.step->order, EventPlace::kChatMessage);
  message.time = in.time();
  message.flow_start = in.identity->start;
  message.flow_number = in.identity->number;
  message.type = outcome.message.type;
  message.direction = in.direction();
  message.size_known = outcome.message.size_known;
  message.size = outcome.message.size;
  message.payload_length = in.payload_length;
  message.connection_type = flow.connection_type;
  out_->OnChatMessage(message);
}

// From the client's request on, the server's segments are looked at until the kind is known.
void ApplicationTrackers::InspectVideo(const TcpLayer7Input& in, TcpLayer7Flow& flow,
                                       uint32_t prefix) {
  const bool from_client = in.direction() == Direction::kClientToServer;
  const bool long_enough = in.payload.size() >= kMinSegment;
  if (flow.video_progress == VideoProgress::kWaiting) {
    if (!long_enough) return;
    if (prefix == kGetPrefix || prefix == kPostPrefix || prefix == kHeadPrefix) {
      if (from_client) flow.video_progress = VideoProgress::kFollowing;
    } else if (in.flow_packets > kMaxPacketsWaiting) {
      flow.video_progress = VideoProgress::kDone;
    }
  } else if (!from_client && long_enough) {
    if (!InspectVideoSegment(in.payload, &AttachVideo(flow))) {
      flow.video_progress = VideoProgress::kDone;
    }
  }
  if (in.flow_packets > kMaxPackets) flow.video_progress = VideoProgress::kDone;
}

void ApplicationTrackers::ReportHttpMessage(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  const HttpStart start = FindHttpStart(in.payload, in.direction(), profile_);
  const bool head = start != HttpStart::kNone && start != HttpStart::kOther;
  // [3.3] Only a flow that had a head can have the second segment of one.
  HttpSplitState* split = flow.http_split;
  if (!head && split == nullptr) return;
  if (profile_.http_second_segment && split == nullptr) {
    const uint32_t slot = splits_.Allocate();
    split = flow.http_split = &splits_[slot];
    split->slot = slot;
  }
  std::optional<HttpSegment> found =
      HttpSegment::Parse(in.payload, in.direction(), profile_, split);
  if (!found) return;
  HttpMessage& message = found->message;
  message.time = in.time();
  message.order = At(in.step->order, EventPlace::kHttpMessage);
  message.flow_number = in.identity->number;
  message.endpoints = &in.identity->endpoints;
  out_->OnHttpMessage(message);
}

void ApplicationTrackers::OnFlowClosing(const CloseStep& step, const TcpFlow& record,
                                        TcpLayer7Flow& flow) {
  if (flow.chat == nullptr) return;
  const ChatState& chat = *flow.chat;
  Observe(chat, ChatDepartures(chat), step.now);
  if (!wants_.has(Event::kChatFlow) || chat.type == ChatType::kUnknown) return;
  ChatFlow row;
  row.flow = std::make_shared<const TcpFlow>(record);
  row.order = At(step.order, EventPlace::kChatFlow);
  row.flow_number = chat.flow_number;
  row.protocol = chat.protocol;
  row.type = chat.type;
  row.client = chat.sides[Index(Direction::kClientToServer)].counts;
  row.server = chat.sides[Index(Direction::kServerToClient)].counts;
  const std::optional<std::array<char, 8>> version = ChatVersion(chat);
  row.version_known = version.has_value();
  row.version = version.value_or(row.version);
  out_->OnChatFlow(row);
}

void ApplicationTrackers::OnFlowClosed(const CloseStep& step, const TcpFlow& record,
                                       TcpLayer7Flow& flow) {
  if (wants_.has(Event::kVideoFlow) && step.complete && step.reported &&
      IsVideoFlow(record.layer7, flow.video)) {
    VideoFlow row = MakeVideoFlow(record, flow.video, strict_privacy_);
    row.order = At(step.order, EventPlace::kVideoFlow);
    out_->OnVideoFlow(row);
  }
  if (flow.chat != nullptr) chats_.Free(flow.chat->slot);
  if (flow.video != nullptr) videos_.Free(flow.video->slot);
  if (flow.http_split != nullptr) {
    const uint32_t slot = flow.http_split->slot;
    *flow.http_split = HttpSplitState();  // its texts are on the heap
    splits_.Free(slot);
  }
  flow.chat = nullptr;
  flow.video = nullptr;
  flow.http_split = nullptr;
}

size_t ApplicationTrackers::memory_bytes() const {
  return chats_.memory_bytes() + videos_.memory_bytes() + splits_.memory_bytes();
}

}  // namespace tstat::internal
