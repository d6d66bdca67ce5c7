// SPDX-License-Identifier: BSD-3-Clause
//
// Instant messaging over TCP: MSN, Yahoo (YMSG) and XMPP. ChatFlow is a row of log_chat_complete,
// ChatMessage a row of log_chat_messages.
#ifndef TSTAT_CHAT_H_
#define TSTAT_CHAT_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "tstat/flow.h"
#include "tstat/tcp_flow.h"
#include "tstat/time.h"

namespace tstat::inline v1 {

enum class ChatProtocol : uint8_t { kMsn, kYmsg, kXmpp };

// `type` of a chat flow, in the numbers that the log prints. Each protocol uses some of them.
enum class ChatType : uint8_t {
  kUnknown = 0,
  kLogin = 1,            // MSN
  kPresence = 2,         // all
  kChat = 3,             // all
  kHttpTunnel = 4,       // MSN
  kPresenceAndChat = 4,  // YMSG
  kPeerToPeer = 5,       // YMSG
  kOther = 9,            // YMSG
};

// Messages of one direction; the letters are those of MSN's acknowledgement types.
struct ChatCounts {
  int32_t messages = 0;
  int32_t msn_a = 0, msn_d = 0, msn_n = 0, msn_u = 0;
  int32_t msn_y = 0;  // to and from Yahoo users
};

// A finished flow whose type is not kUnknown: complete or not, external-external too.
struct ChatFlow {
  // What was known before Skype was looked for: the row shows the type without it.
  std::shared_ptr<const TcpFlow> flow;
  OrderKey order;
  uint64_t flow_number = 0;  // n-th TCP flow of the run, from 1
  ChatProtocol protocol = ChatProtocol::kMsn;
  ChatType type = ChatType::kUnknown;
  ChatCounts client, server;
  // MSN's protocol name or YMSG's number, NUL-terminated; can be empty. Never a blank or a control
  // character other than those from 0x01 to 0x08 and 0x0e to 0x1f, 0x7f.
  std::array<char, 8> version{};
  bool version_known = false;
};

struct ChatMessage {
  enum class Type : uint8_t { kMsnA, kMsnD, kMsnN, kMsnU, kMsnOther, kMsnYahoo, kMessage };

  OrderKey order;
  Timestamp time;        // of the segment
  Timestamp flow_start;  // of the flow's first packet
  uint64_t flow_number = 0;
  Type type = Type::kMessage;
  Direction direction = Direction::kClientToServer;
  bool size_known = false;  // false: printed as "?"
  int32_t size = 0;         // as the message says, -1 if it does not
  int32_t payload_length = 0;
  uint32_t connection_type = 0;  // of the flow, at this moment
};

// Column `type` of log_chat_messages: MSG_A ... MSG_?, MSG_Y, MESSAGE.
[[nodiscard]] constexpr std::string_view ChatMessageLabel(ChatMessage::Type type) {
  constexpr std::string_view kLabels[] = {"MSG_A", "MSG_D", "MSG_N",  "MSG_U",
                                          "MSG_?", "MSG_Y", "MESSAGE"};
  return kLabels[static_cast<int>(type)];
}

}  // namespace tstat::inline v1

#endif  // TSTAT_CHAT_H_
