// SPDX-License-Identifier: BSD-3-Clause
#include "l7/chat/chat_state.h"

#include <charconv>

namespace tstat::internal {

ChatChange ChatDepartures(const ChatState& state) {
  ChatChange change;
  switch (state.protocol) {
    case ChatProtocol::kMsn:
      if (state.type == ChatType::kChat) change.chats = -1;
      if (state.type == ChatType::kPresence) {
        change.presences = -1;
        // Only the client's messages are asked, so that arrivals and departures may differ.
        if (state.sides[0].counts.msn_y > 0) change.chats = -1;
      }
      break;
    case ChatProtocol::kYmsg:
      if (state.type == ChatType::kChat || state.type == ChatType::kPresenceAndChat) {
        change.chats = -1;
      }
      if (state.type == ChatType::kPresence || state.type == ChatType::kPresenceAndChat) {
        change.presences = -1;
      }
      break;
    case ChatProtocol::kXmpp:
      if (state.type == ChatType::kChat) change.chats = -1;
      if (state.type == ChatType::kChat || state.type == ChatType::kPresence) {
        change.presences = -1;
      }
      break;
  }
  return change;
}

std::optional<std::array<char, 8>> ChatVersion(const ChatState& state) {
  switch (state.protocol) {
    case ChatProtocol::kMsn:
      if (state.type == ChatType::kChat) return std::nullopt;
      return state.msn_version;
    case ChatProtocol::kYmsg: {
      std::array<char, 8> version{};
      std::to_chars(version.data(), version.data() + version.size() - 1, state.ymsg_version);
      return version;
    }
    case ChatProtocol::kXmpp:
      break;
  }
  return std::nullopt;
}

}  // namespace tstat::internal
