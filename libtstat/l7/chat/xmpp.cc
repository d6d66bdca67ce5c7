// SPDX-License-Identifier: BSD-3-Clause
//
// XMPP: Jabber, GTalk. Only the stanza at the start of a segment is seen.
#include <string_view>

#include "l7/chat/chat_state.h"

namespace tstat::internal {
namespace {

// Compares as a C string function that stops at the end of the *segment's* text: a NUL byte in the
// payload ends the comparison with success.
bool StanzaIs(ByteReader payload, std::string_view tag) {
  for (size_t i = 0; i < tag.size(); ++i) {
    if (!payload.Has(i)) return false;
    if (payload.U8(i) == 0) return true;
    if (payload.U8(i) != static_cast<uint8_t>(tag[i])) return false;
  }
  return true;
}

}  // namespace

ChatOutcome OnXmppSegment(ByteReader payload, Direction direction, ChatState* state) {
  ChatOutcome outcome;
  ChatState::Side& side = state->of(direction);
  if (StanzaIs(payload, "<presence")) {
    side.presence = true;
  } else if (StanzaIs(payload, "<message ") &&
             (state->type == ChatType::kPresence || state->type == ChatType::kChat)) {
    ++side.counts.messages;
    outcome.message = {true, ChatMessage::Type::kMessage, false, 0};
  }
  if (state->type == ChatType::kPresence && side.counts.messages > 0) {
    state->type = ChatType::kChat;
    ++outcome.change.chats;
  } else if (state->type == ChatType::kUnknown && side.presence) {
    state->type = ChatType::kPresence;
    ++outcome.change.presences;
  }
  return outcome;
}

}  // namespace tstat::internal
