// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of chat flows and messages: log_chat_complete and log_chat_messages.
#include <optional>
#include <string_view>

#include "schema/log_schema.h"
#include "schema/readers.h"
#include "schema/row_writer.h"
#include "tstat/chat.h"
#include "tstat/codes.h"
#include "tstat/flow.h"
#include "tstat/schema.h"
#include "tstat/time.h"

namespace tstat::internal {
namespace {

// Seconds by one division, where other logs divide twice.
constexpr double SecondsBetween(Timestamp from, Timestamp to) {
  return ElapsedMicroseconds(from, to) / 1e6;
}

template <int32_t ChatCounts::*kMember>
constexpr auto Count = [](const ChatFlow& c, Direction d) {
  return (d == Direction::kClientToServer ? c.client : c.server).*kMember;
};
template <auto kMember>
constexpr auto OfDirection = [](const ChatFlow& c, Direction d) { return c.flow->of(d).*kMember; };
constexpr ColumnExtras kDerived = {.privacy = Privacy::kDerived};

constexpr Column<ChatFlow> kOfSide[] = {
    {"ip", type::kAddress, "", Format::kAddress, "IP address",
     [](const ChatFlow& c, Direction d) { return AddressOf(c.flow->endpoints.of(d)); },
     Is(Privacy::kAddress)},
    {"port", type::kU16, "", Format::kUint16, "TCP port",
     [](const ChatFlow& c, Direction d) { return c.flow->endpoints.of(d).port; }},
    {"bytes_uniq", type::kU64, "bytes", Format::kUint64, "payload without retransmissions",
     OfDirection<&TcpDirection::unique_bytes>},
    {"pkts_all", type::kU64, "", Format::kInt64, "segments", OfDirection<&TcpDirection::packets>},
    {"msn", type::kI32, "", Format::kInt32, "messages of any of the three protocols",
     Count<&ChatCounts::messages>},
    {"msn_a", type::kI32, "", Format::kInt32, "MSN messages with acknowledgement A",
     Count<&ChatCounts::msn_a>},
    {"msn_d", type::kI32, "", Format::kInt32, "MSN messages with acknowledgement D",
     Count<&ChatCounts::msn_d>},
    {"msn_n", type::kI32, "", Format::kInt32, "MSN messages with acknowledgement N",
     Count<&ChatCounts::msn_n>},
    {"msn_u", type::kI32, "", Format::kInt32, "MSN messages with acknowledgement U",
     Count<&ChatCounts::msn_u>},
    {"msn_y", type::kI32, "", Format::kInt32, "MSN messages to or from Yahoo users",
     Count<&ChatCounts::msn_y>},
};
constexpr Column<ChatFlow> kFlow[] = {
    {"first_tm", type::kTime, "s", Format::kFixed6, "time of the first segment, since the epoch",
     [](const ChatFlow& c, Direction) { return c.flow->first; }},
    {"durat",
     type::kDuration,
     "s",
     Format::kFixed3,
     "from the first to the last segment",
     [](const ChatFlow& c, Direction) { return Between(c.flow->first, c.flow->last); },
     {},
     [](const ChatFlow& c, Direction) { return SecondsBetween(c.flow->first, c.flow->last); }},
    {"type", type::OneOf<uint8_t>(kChatTypeCodes), "", Format::kInt32,
     "1 login (MSN), 2 presence, 3 chat, 4 HTTP tunnel (MSN) or presence and chat (Yahoo), 5 peer "
     "to peer (Yahoo), 9 other (Yahoo)",
     [](const ChatFlow& c, Direction) { return c.type; }, kDerived},
    {"ver",
     type::kText,
     "",
     Format::kText,
     "version of the protocol",
     [](const ChatFlow& c, Direction) {
       return c.version_known ? std::optional(std::string_view(c.version.data())) : std::nullopt;
     },
     {.absent = "not known", .privacy = Privacy::kContent, .placeholder = "UNK"}},
};
// The label says client, the reference prints the server's flag.
constexpr Column<ChatFlow> kServerFlag[] = {
    {"isint",
     type::kBool,
     "",
     Format::kInt32,
     "1: the server's address is internal",
     [](const ChatFlow& c, Direction) { return c.flow->endpoints.server.internal; },
     {.privacy = Privacy::kDerived, .text_label = "c_isint"}},
};
constexpr Column<ChatFlow> kRest[] = {
    {"flowid", type::kU64, "", Format::kInt64, "number of the TCP flow in the run, from 1",
     [](const ChatFlow& c, Direction) { return c.flow_number; }},
    Column<ChatFlow>::TextOnly("T", "", Format::kText, "the letter T: TCP",
                               [](const ChatFlow&, Direction) { return std::string_view("T"); }),
    {"con_t", type::SetOf<uint32_t>(kConnectionTypeCodes), "", Format::kInt32,
     "connection type, a sum: see codes.md",
     [](const ChatFlow& c, Direction) { return c.flow->layer7.connection_type; }, kDerived},
};
constexpr Column<ChatFlow> kPrivacy[] = {
    {"iscrypto", type::kBool, "", Format::kInt32, "1: the address is anonymised",
     [](const ChatFlow& c, Direction d) { return c.flow->endpoints.of(d).encrypted; }, kDerived},
};
constexpr auto kChat =
    Concatenate(ClientThenServer(kOfSide), Once(kFlow), OfSide(kServerFlag, Side::kServer),
                Once(kRest), ClientServerPairs(kPrivacy));
static_assert(kChat.size() == 30);

constexpr auto kMessage = Once<ChatMessage>({
    {"idflow", type::kU64, "", Format::kInt64, "number of the TCP flow in the run, from 1",
     [](const ChatMessage& m, Direction) { return m.flow_number; }},
    {"type", type::OneOf<uint8_t>(kChatMessageCodes), "", Format::kText,
     "MSG_A, MSG_D, MSG_N, MSG_U, MSG_?, MSG_Y: MSN by acknowledgement; MESSAGE: Yahoo, XMPP",
     [](const ChatMessage& m, Direction) { return m.type; }, kDerived,
     [](const ChatMessage& m, Direction) { return ChatMessageLabel(m.type); }},
    {"dir", type::kI8, "", Format::kInt32, "1: from the client, -1: from the server",
     [](const ChatMessage& m, Direction) {
       return static_cast<int8_t>(m.direction == Direction::kClientToServer ? 1 : -1);
     }},
    // The reference's header forgets this one, so that the labels after it are one place off.
    {"msgsize",
     type::kI32,
     "bytes",
     Format::kInt32,
     "size of the message; printed as ?: not known, -1: not said. This column has no label in the "
     "header line",
     [](const ChatMessage& m, Direction) {
       return m.size_known && m.size >= 0 ? std::optional(m.size) : std::nullopt;
     },
     {.absent = "not known, or not said", .placeholder = "?", .in_header = false},
     [](const ChatMessage& m, Direction) {
       return m.size_known ? std::optional(m.size) : std::nullopt;
     }},
    {"paylen", type::kI32, "bytes", Format::kInt32, "payload of the segment",
     [](const ChatMessage& m, Direction) { return m.payload_length; }},
    {"first_tm", type::kTime, "s", Format::kFixed6,
     "time of the flow's first segment, since the epoch",
     [](const ChatMessage& m, Direction) { return m.flow_start; }},
    {"durat",
     type::kDuration,
     "s",
     Format::kFixed3,
     "time of the segment since the flow's first",
     [](const ChatMessage& m, Direction) { return Between(m.flow_start, m.time); },
     {},
     [](const ChatMessage& m, Direction) { return SecondsBetween(m.flow_start, m.time); }},
    {"con_t", type::SetOf<uint32_t>(kConnectionTypeCodes), "", Format::kInt32,
     "connection type at this moment, a sum: see codes.md",
     [](const ChatMessage& m, Direction) { return m.connection_type; }, kDerived},
});

}  // namespace
}  // namespace tstat::internal

namespace tstat::inline v1 {

const LogTable<ChatFlow>& ChatCompleteTable() {
  static const internal::LogSchema<ChatFlow> table(
      {.name = "chat_complete",
       .description = "One row for each TCP flow of MSN, Yahoo or XMPP instant messaging."},
      {internal::MakeColumnBlock<ChatFlow, internal::kChat>("core", "Core", 0)});
  return table;
}

const LogTable<ChatMessage>& ChatMessageTable() {
  static const internal::LogSchema<ChatMessage> table(
      {.name = "chat_message",
       .description = "One row for each instant message, written when it is seen."},
      {internal::MakeColumnBlock<ChatMessage, internal::kMessage>("core", "Core", 0)});
  return table;
}

}  // namespace tstat::inline v1
