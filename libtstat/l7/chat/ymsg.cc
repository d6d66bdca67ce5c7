// SPDX-License-Identifier: BSD-3-Clause
//
// Yahoo messenger. Header: "YMSG", version (2 bytes), 2 bytes, length (2), service
// (2), ...; numbers are big-endian, but Tstat reads some of them from the wrong place.
#include "l7/chat/chat_state.h"

namespace tstat::internal {
namespace {

constexpr size_t kMinSegment = 5;

enum Service : uint8_t {
  kMessage = 0x06,
  kPeerToPeer = 0x4f,
  kAuthentication = 0x54,
};

void ParseService(ByteReader payload, ChatState::Side* side, ChatOutcome::Message* message) {
  switch (payload.U8(11)) {
    case kMessage:
      ++side->counts.messages;
      *message = {true, ChatMessage::Type::kMessage, true, payload.U16Le(9)};
      break;
    case kPeerToPeer:
      side->peer_to_peer = true;
      break;
    case kAuthentication:
      side->authenticated = true;
      break;
    default:
      break;
  }
}

void UpdateType(const ChatState::Side& side, ChatState* state, ChatChange* change) {
  const bool server_peer = state->of(Direction::kServerToClient).peer_to_peer;
  if (state->type == ChatType::kPresence && server_peer) {
    state->type = ChatType::kPeerToPeer;
    --change->presences;
  }
  const bool open = state->type == ChatType::kUnknown || state->type == ChatType::kOther;
  if ((open || state->type == ChatType::kPresence) && side.counts.messages > 0) {
    state->type = open ? ChatType::kChat : ChatType::kPresenceAndChat;
    ++change->chats;
  } else if (open && side.authenticated) {
    state->type = ChatType::kPresence;
    ++change->presences;
  }
}

}  // namespace

void ReadYmsgVersion(ByteReader payload, ChatState* state) {
  state->ymsg_version =
      static_cast<uint16_t>(payload.size() < 6 ? 0 : payload.U8(5) | payload.U8(6) << 8);
}

ChatOutcome ParseYmsgSegment(ByteReader payload, Direction direction, ChatState* state) {
  ChatOutcome outcome;
  ChatState::Side& side = state->of(direction);
  if (payload.size() >= kMinSegment && payload.StartsWith("YMSG")) {
    if (state->type == ChatType::kUnknown) state->type = ChatType::kOther;
    if (payload.size() >= 13) ParseService(payload, &side, &outcome.message);
  }
  UpdateType(side, state, &outcome.change);
  return outcome;
}

}  // namespace tstat::internal
