// SPDX-License-Identifier: BSD-3-Clause
//
// What a flow of an instant messenger remembers, and what one segment does to it: its first command
// is looked at. TcpStateMachine decides which segments come here.
//
//   ChatOutcome outcome = OnMsnSegment(payload, direction, &state);
//   if (outcome.message.exists) ...           // a row of log_chat_messages
//   running_chats += outcome.change.chats;    // the chat_flow_num histogram
#ifndef TSTAT_L7_CHAT_CHAT_STATE_H_
#define TSTAT_L7_CHAT_CHAT_STATE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "decode/byte_reader.h"
#include "tstat/chat.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {

struct ChatState {
  // One direction, by its sender.
  struct Side {
    ChatCounts counts;
    bool version = false, user = false;                // MSN: VER, USR seen
    bool authenticated = false, peer_to_peer = false;  // YMSG
    bool presence = false;                             // XMPP
  };

  std::array<Side, 2> sides;  // by Index(Direction)
  ChatProtocol protocol = ChatProtocol::kMsn;
  ChatType type = ChatType::kUnknown;
  uint16_t ymsg_version = 0;
  bool yahoo_counted = false;  // MSN: the flow counts as a chat because of messages to Yahoo
  std::array<char, 8> msn_version{};
  uint64_t flow_number = 0;  // n-th TCP flow of the run

  uint32_t slot = 0;  // of this object in its slab

  Side& of(Direction sender) { return sides[Index(sender)]; }
};

// Running flows of a protocol: what begins (+1) or ends (-1).
struct ChatChange {
  int presences = 0;
  int chats = 0;

  bool any() const { return presences != 0 || chats != 0; }
};

struct ChatOutcome {
  struct Message {
    bool exists = false;
    ChatMessage::Type type = ChatMessage::Type::kMessage;
    bool size_known = false;
    int32_t size = 0;
  };
  Message message;
  ChatChange change;
};

// A segment of a flow in a chat state, the one that brought the state excluded. These are total
// functions: any bytes will do.
ChatOutcome OnMsnSegment(ByteReader payload, Direction direction, ChatState* state);
ChatOutcome OnYmsgSegment(ByteReader payload, Direction direction, ChatState* state);
ChatOutcome OnXmppSegment(ByteReader payload, Direction direction, ChatState* state);

// The server's VER command, for the opening segment.
struct MsnVersion {
  std::array<char, 8> name;  // of the protocol, e.g. "MSNP15"; "?": none

  static std::optional<MsnVersion> Parse(ByteReader payload);
};

// The head of a YMSG packet.
struct YmsgHeader {
  uint16_t version;
  // 0 in a short packet.
  uint8_t service;
  uint16_t message_size;

  static std::optional<YmsgHeader> Parse(ByteReader payload);
};

// What ends with the flow.
ChatChange ChatDepartures(const ChatState& state);

// The protocol's version; none: not known.
std::optional<std::array<char, 8>> ChatVersion(const ChatState& state);

}  // namespace tstat::internal

#endif  // TSTAT_L7_CHAT_CHAT_STATE_H_
