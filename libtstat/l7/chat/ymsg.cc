// SPDX-License-Identifier: BSD-3-Clause
//
// Yahoo messenger. Header: "YMSG", version (2 bytes), 2 bytes, length (2), service (2), ...;
// numbers are big-endian, but Tstat reads version and length one byte too late, as little-endian
// ones.
#include <optional>

#include "l7/chat/chat_state.h"

namespace tstat::internal {
namespace {

constexpr size_t kVersion = 5, kLength = 9, kService = 11;
constexpr size_t kShortest = 5, kWithVersion = 6, kWithService = 13;

enum Service : uint8_t {
  kMessage = 0x06,
  kPeerToPeer = 0x4f,
  kAuthentication = 0x54,
};

void TakeService(const YmsgHeader& header, ChatState::Side* side, ChatOutcome::Message* message) {
  switch (header.service) {
    case kMessage:
      ++side->counts.messages;
      *message = {true, ChatMessage::Type::kMessage, true, header.message_size};
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

void UpdateYmsgType(const ChatState::Side& side, ChatState* state, ChatChange* change) {
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

std::optional<YmsgHeader> YmsgHeader::Parse(ByteReader payload) {
  if (payload.size() < kShortest || !payload.StartsWith("YMSG")) return std::nullopt;
  YmsgHeader header{};
  if (payload.size() >= kWithVersion) {
    header.version = static_cast<uint16_t>(payload.U8(kVersion) | payload.U8(kVersion + 1) << 8);
  }
  if (payload.size() >= kWithService) {
    header.service = payload.U8(kService);
    header.message_size = payload.U16Le(kLength);
  }
  return header;
}

ChatOutcome OnYmsgSegment(ByteReader payload, Direction direction, ChatState* state) {
  ChatOutcome outcome;
  ChatState::Side& side = state->of(direction);
  if (const std::optional<YmsgHeader> header = YmsgHeader::Parse(payload)) {
    if (state->type == ChatType::kUnknown) state->type = ChatType::kOther;
    TakeService(*header, &side, &outcome.message);
  }
  UpdateYmsgType(side, state, &outcome.change);
  return outcome;
}

}  // namespace tstat::internal
