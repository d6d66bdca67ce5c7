// SPDX-License-Identifier: BSD-3-Clause
//
// The seam between TCP classification and the trackers of what is on top: HTTP messages, video,
// chat. TcpLayer7 and its state machine call these functions; each tracker keeps its per-flow state
// in the pointer that TcpLayer7Flow has for it and releases it in OnFlowClosed.
#ifndef TSTAT_L7_TCP_APPLICATION_TRACKERS_H_
#define TSTAT_L7_TCP_APPLICATION_TRACKERS_H_

#include <cstddef>
#include <cstdint>

#include "flow/observer.h"
#include "flow/slab.h"
#include "flow/step.h"
#include "l7/chat/chat_state.h"
#include "l7/http/message_parser.h"
#include "l7/tcp_layer7_flow.h"
#include "l7/tcp_layer7_input.h"
#include "l7/video/video_state.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

enum class HttpMethod : uint8_t { kGet, kPost };

enum class MsnCommand : uint8_t { kVersion, kUser, kAnswer, kRoster };  // VER USR ANS IRO

class ApplicationTrackers {
 public:
  // `observer` is told of chats, also when no log of them is wanted; null: nobody is. Videos are
  // looked at for histograms, too, when `wants` has them.
  ApplicationTrackers(const CompatProfile& profile, bool strict_privacy, EventMask wants,
                      EventSink* out, Observer* observer);

  // --- from the state machine

  // A request's URL decided the flow's HTTP content code: `rule_code` is what the rules gave,
  // `flow.http_content` what is stored (they differ for YouTube 204 then video). `first`: of the
  // flow's first request; every first GET and POST comes here, and later ones as long as the code
  // was 0, 1 or 21, whether they decided or not.
  void OnRequestClassified(const TcpLayer7Input& in, TcpLayer7Flow& flow, HttpMethod method,
                           uint8_t rule_code, bool first);

  // A client's MSN command in state kUnknown (the new state is set already; no type bit).
  void OnMsnClient(const TcpLayer7Input& in, TcpLayer7Flow& flow, MsnCommand command);
  // A server's MSN command: (type bit and new state are set already).
  // `tunnel`: in an HTTP state.
  void OnMsnServer(const TcpLayer7Input& in, TcpLayer7Flow& flow, MsnCommand command, bool tunnel);
  // The segment that opened a YMSG or XMPP flow (type bit and new state are set already).
  void OnYmsgOpening(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  void OnXmppOpening(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  // Every inspected segment of a flow whose state was a chat state before it: IsChatState(). (Not
  // the segment that brought the state. A YMSG segment shorter than 6 bytes comes here too.)
  void OnChatSegment(const TcpLayer7Input& in, TcpLayer7Flow& flow);

  // --- after the state machine, for every inspected segment

  // Video, then HTTP messages. `prefix`: the first four payload bytes as a big-endian number, 0 if
  // fewer than five were captured.
  void OnSegment(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix) {
    if (wants_video_ && flow.video_progress != VideoProgress::kDone) InspectVideo(in, flow, prefix);
    if (wants_.has(Event::kHttpMessage)) ReportHttpMessage(in, flow);
  }

  // Whether a segment without a word of HTTP may still change something.
  bool Awaits(const TcpLayer7Flow& flow) const {
    return (wants_video_ && flow.video_progress != VideoProgress::kDone) ||
           flow.http_split != nullptr;
  }

  // --- close

  // Before the TCP row: chat flows (all of them, reported or not). The record is complete.
  void OnFlowClosing(const CloseStep& step, const TcpFlow& record, TcpLayer7Flow& flow);
  // After the TCP row: video flows. Releases what the trackers attached.
  void OnFlowClosed(const CloseStep& step, const TcpFlow& record, TcpLayer7Flow& flow);

  size_t memory_bytes() const;

 private:
  void InspectVideo(const TcpLayer7Input& in, TcpLayer7Flow& flow, uint32_t prefix);
  void ReportHttpMessage(const TcpLayer7Input& in, TcpLayer7Flow& flow);
  ChatState& AttachChat(const TcpLayer7Input& in, TcpLayer7Flow& flow, ChatProtocol protocol);
  VideoState& AttachVideo(TcpLayer7Flow& flow);
  void Observe(const ChatState& chat, const ChatChange& change, Timestamp time) {
    if (observer_ != nullptr && change.any()) {
      observer_->OnChatChange(chat.protocol, change, time);
    }
  }

  CompatProfile profile_;
  bool strict_privacy_;
  EventMask wants_;
  bool wants_video_, wants_chat_;  // a log or the histograms do
  EventSink* out_;
  Observer* observer_;
  Slab<ChatState, 6> chats_;
  Slab<VideoState, 6> videos_;
  Slab<HttpSplitState, 8> splits_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_APPLICATION_TRACKERS_H_
