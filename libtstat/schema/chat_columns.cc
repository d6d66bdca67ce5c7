// SPDX-License-Identifier: BSD-3-Clause
#include "schema/chat_columns.h"

#include "schema/row_writer.h"
#include "schema/value.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {
namespace {

constexpr Value Flag(bool flag) { return Value::Number(static_cast<uint32_t>(flag)); }
constexpr double Seconds(Timestamp time) { return static_cast<double>(time.microseconds()) / 1e6; }
constexpr double SecondsBetween(Timestamp from, Timestamp to) {
  return ElapsedMicroseconds(from, to) / 1e6;
}

template <int32_t ChatCounts::*kMember>
constexpr Value Count(const ChatFlow& chat, Direction direction) {
  return Value::Number((direction == Direction::kClientToServer ? chat.client : chat.server).*
                       kMember);
}
template <auto kMember>
constexpr Value OfDirection(const ChatFlow& chat, Direction direction) {
  return Value::Number(chat.flow->of(direction).*kMember);
}

constexpr Column<ChatFlow> kOfSide[] = {
    {"ip", "", Format::kAddress, "IP address",
     [](const ChatFlow& c, Direction d) { return Value::Address(c.flow->endpoints.of(d)); }},
    {"port", "", Format::kUint16, "TCP port",
     [](const ChatFlow& c, Direction d) { return Value::Number(c.flow->endpoints.of(d).port); }},
    {"bytes_uniq", "bytes", Format::kUint64, "payload without retransmissions",
     OfDirection<&TcpDirection::unique_bytes>},
    {"pkts_all", "", Format::kInt64, "segments", OfDirection<&TcpDirection::packets>},
    {"msn", "", Format::kInt32, "messages of any of the three protocols",
     Count<&ChatCounts::messages>},
    {"msn_a", "", Format::kInt32, "MSN messages with acknowledgement A", Count<&ChatCounts::msn_a>},
    {"msn_d", "", Format::kInt32, "MSN messages with acknowledgement D", Count<&ChatCounts::msn_d>},
    {"msn_n", "", Format::kInt32, "MSN messages with acknowledgement N", Count<&ChatCounts::msn_n>},
    {"msn_u", "", Format::kInt32, "MSN messages with acknowledgement U", Count<&ChatCounts::msn_u>},
    {"msn_y", "", Format::kInt32, "MSN messages to or from Yahoo users", Count<&ChatCounts::msn_y>},
};
constexpr Column<ChatFlow> kFlow[] = {
    {"first_tm", "s", Format::kFixed6, "time of the first segment, since the epoch",
     [](const ChatFlow& c, Direction) { return Value::Number(Seconds(c.flow->first)); }},
    {"durat", "s", Format::kFixed3, "from the first to the last segment",
     [](const ChatFlow& c, Direction) {
       return Value::Number(SecondsBetween(c.flow->first, c.flow->last));
     }},
    {"type", "", Format::kInt32,
     "1 login (MSN), 2 presence, 3 chat, 4 HTTP tunnel (MSN) or presence and chat (Yahoo), 5 peer "
     "to peer (Yahoo), 9 other (Yahoo)",
     [](const ChatFlow& c, Direction) { return Value::Number(static_cast<uint32_t>(c.type)); }},
    {"ver", "", Format::kText, "version of the protocol; UNK: unknown",
     [](const ChatFlow& c, Direction) { return Value::Text(c.version.data()); }},
    // The label says client, the reference prints the server's flag.
    {"c_isint", "", Format::kInt32, "1: the server's address is internal",
     [](const ChatFlow& c, Direction) { return Flag(c.flow->endpoints.server.internal); }},
    {"flowid", "", Format::kInt64, "number of the TCP flow in the run, from 1",
     [](const ChatFlow& c, Direction) { return Value::Number(c.flow_number); }},
    {"T", "", Format::kText, "the letter T: TCP",
     [](const ChatFlow&, Direction) { return Value::Text("T"); }},
    {"con_t", "", Format::kInt32, "connection type, a sum: see codes.md",
     [](const ChatFlow& c, Direction) { return Value::Number(c.flow->layer7.connection_type); }},
};
constexpr Column<ChatFlow> kPrivacy[] = {
    {"iscrypto", "", Format::kInt32, "1: the address is anonymised",
     [](const ChatFlow& c, Direction d) { return Flag(c.flow->endpoints.of(d).encrypted); }},
};
constexpr auto kChat =
    Concatenate(ClientThenServer(kOfSide), Once(kFlow), ClientServerPairs(kPrivacy));
static_assert(kChat.size() == 30);

constexpr auto kMessage = Once<ChatMessage>({
    {"idflow", "", Format::kInt64, "number of the TCP flow in the run, from 1",
     [](const ChatMessage& m, Direction) { return Value::Number(m.flow_number); }},
    {"type", "", Format::kText,
     "MSG_A, MSG_D, MSG_N, MSG_U, MSG_?, MSG_Y: MSN by acknowledgement; MESSAGE: Yahoo, XMPP",
     [](const ChatMessage& m, Direction) { return Value::Text(ChatMessageLabel(m.type)); }},
    {"dir", "", Format::kInt32, "1: from the client, -1: from the server",
     [](const ChatMessage& m, Direction) {
       return Value::Number(m.direction == Direction::kClientToServer ? 1 : -1);
     }},
    // The reference's header forgets this one, so that the labels after it are one place off.
    {"msgsize",
     "bytes",
     Format::kInt32,
     "size of the message; ?: not known. This column has no label in the header line",
     [](const ChatMessage& m, Direction) {
       return m.size_known ? Value::Number(m.size) : Value::None("?");
     },
     {},
     /*in_header=*/false},
    {"paylen", "bytes", Format::kInt32, "payload of the segment",
     [](const ChatMessage& m, Direction) { return Value::Number(m.payload_length); }},
    {"first_tm", "s", Format::kFixed6, "time of the flow's first segment, since the epoch",
     [](const ChatMessage& m, Direction) { return Value::Number(Seconds(m.flow_start)); }},
    {"durat", "s", Format::kFixed3, "time of the segment since the flow's first",
     [](const ChatMessage& m, Direction) {
       return Value::Number(SecondsBetween(m.flow_start, m.time));
     }},
    {"con_t", "", Format::kInt32, "connection type at this moment, a sum: see codes.md",
     [](const ChatMessage& m, Direction) { return Value::Number(m.connection_type); }},
});

}  // namespace

const LogSchema<ChatFlow>& ChatCompleteLog() {
  static const LogSchema<ChatFlow> log = {
      {.name = "log_chat_complete",
       .description = "One row for each TCP flow of MSN, Yahoo or XMPP instant messaging."},
      {MakeColumnBlock<ChatFlow, kChat>("core", "Core", 0)}};
  return log;
}

const LogSchema<ChatMessage>& ChatMessagesLog() {
  static const LogSchema<ChatMessage> log = {
      {.name = "log_chat_messages",
       .description = "One row for each instant message, written when it is seen."},
      {MakeColumnBlock<ChatMessage, kMessage>("core", "Core", 0)}};
  return log;
}

}  // namespace tstat::internal
