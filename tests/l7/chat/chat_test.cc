// SPDX-License-Identifier: BSD-3-Clause
//
// The chat parsers, with messages made by hand.
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "l7/chat/chat_state.h"

namespace tstat::internal {
namespace {

constexpr Direction kClient = Direction::kClientToServer;
constexpr Direction kServer = Direction::kServerToClient;

ByteReader Bytes(std::string_view text) {
  return ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

using Parser = ChatOutcome (*)(ByteReader, Direction, ChatState*);

// Feeds one flow; messages come back as "TYPE size", "" for none.
class Chat {
 public:
  explicit Chat(Parser parser) : parser_(parser) {}

  std::string Message(Direction direction, std::string_view payload) {
    const ChatOutcome outcome = parser_(Bytes(payload), direction, &state);
    chats += outcome.change.chats;
    presences += outcome.change.presences;
    if (!outcome.message.exists) return "";
    return std::string(ChatMessageLabel(outcome.message.type)) + " " +
           (outcome.message.size_known ? std::to_string(outcome.message.size) : "?");
  }

  ChatState state;
  int chats = 0, presences = 0;

 private:
  Parser parser_;
};

TEST(ChatDepartures, OfEveryTypeOfEveryProtocol) {
  struct Row {
    ChatProtocol protocol;
    ChatType type;
    int chats, presences;
  };
  constexpr Row kRows[] = {
      {ChatProtocol::kMsn, ChatType::kUnknown, 0, 0},
      {ChatProtocol::kMsn, ChatType::kLogin, 0, 0},
      {ChatProtocol::kMsn, ChatType::kPresence, 0, -1},
      {ChatProtocol::kMsn, ChatType::kChat, -1, 0},
      {ChatProtocol::kYmsg, ChatType::kPresence, 0, -1},
      {ChatProtocol::kYmsg, ChatType::kChat, -1, 0},
      {ChatProtocol::kYmsg, ChatType::kPresenceAndChat, -1, -1},
      {ChatProtocol::kYmsg, ChatType::kPeerToPeer, 0, 0},
      {ChatProtocol::kYmsg, ChatType::kOther, 0, 0},
      {ChatProtocol::kXmpp, ChatType::kUnknown, 0, 0},
      {ChatProtocol::kXmpp, ChatType::kPresence, 0, -1},
      {ChatProtocol::kXmpp, ChatType::kChat, -1, -1},
  };
  for (const Row& row : kRows) {
    ChatState state;
    state.protocol = row.protocol;
    state.type = row.type;
    const ChatChange change = ChatDepartures(state);
    EXPECT_EQ(change.chats, row.chats)
        << static_cast<int>(row.protocol) << static_cast<int>(row.type);
    EXPECT_EQ(change.presences, row.presences);
  }
  ChatState yahoo;
  yahoo.type = ChatType::kPresence;
  yahoo.sides[0].counts.msn_y = 1;
  EXPECT_EQ(ChatDepartures(yahoo).chats, -1);
}

TEST(MsnTest, MessagesOfTheClientHaveTypeAndSize) {
  Chat chat(OnMsnSegment);
  EXPECT_EQ(chat.Message(kClient, "MSG 3 U 91\r\nMIME"), "MSG_U 91");
  EXPECT_EQ(chat.state.type, ChatType::kChat);
  EXPECT_EQ(chat.Message(kClient, "MSG 7 X 7\r\n"), "MSG_? -1");
  EXPECT_EQ(chat.Message(kServer, "MSG a@b.c n 101\r\n"), "MSG_? -1");
  EXPECT_EQ(chat.Message(kServer, "MSG 12N@b.c n 101\r\n"), "MSG_N -1");
  EXPECT_EQ(chat.Message(kClient, "MSG 8"), "");              // counted, no row
  EXPECT_EQ(chat.Message(kClient, "MSG 8 U 1"), "MSG_U -1");  // the last byte is not scanned
  EXPECT_EQ(chat.Message(kClient, "MSG 1 A 12345678901\r\n"), "MSG_A -539222987");
  EXPECT_EQ(chat.state.sides[0].counts.messages, 5);
  EXPECT_EQ(chat.state.sides[0].counts.msn_u, 2);
  EXPECT_EQ(chat.state.sides[0].counts.msn_a, 1);
  EXPECT_EQ(chat.state.sides[1].counts.messages, 2);
  EXPECT_EQ(chat.state.sides[1].counts.msn_n, 1);
  EXPECT_EQ(chat.chats, 1);
  EXPECT_FALSE(ChatVersion(chat.state).has_value());
  EXPECT_EQ(ChatDepartures(chat.state).chats, -1);
}

TEST(MsnTest, VersionDecidesLoginAndPresence) {
  Chat chat(OnMsnSegment);
  chat.state.sides[0].version = true;
  chat.Message(kClient, "CVR 2 0x0409\r\n");
  EXPECT_EQ(chat.state.type, ChatType::kLogin);
  chat.Message(kClient, "USR 3 TWN I a@b.c\r\n");
  EXPECT_EQ(chat.state.type, ChatType::kPresence);
  EXPECT_EQ(chat.presences, 1);
  EXPECT_EQ(chat.Message(kClient, "UUM 9 x@yahoo.com 32 1 2\r\n"), "MSG_Y ?");
  EXPECT_EQ(chat.chats, 1);
  chat.Message(kClient, "UUM 9 x@yahoo.com 32 1 2\r\n");
  EXPECT_EQ(chat.chats, 1);  // once a flow
  EXPECT_EQ(chat.state.type, ChatType::kPresence);
  EXPECT_EQ(ChatDepartures(chat.state).presences, -1);
  EXPECT_EQ(ChatDepartures(chat.state).chats, -1);
}

TEST(MsnTest, Version) {
  const auto version = [](std::string_view payload) {
    const auto parsed = MsnVersion::Parse(Bytes(payload));
    return parsed ? std::string(parsed->name.data()) : "(none)";
  };
  EXPECT_EQ(version("VER 1 MSNP15\r\n"), "MSNP15");
  EXPECT_EQ(version("VER 1 MSNP15\r"), "(none)");  // 13 bytes: not read
  EXPECT_EQ(version("VER 12 MSNP15 CVR0\r\n"), "MSNP15");
  EXPECT_EQ(version("VER 123 MSNP15\r\n"), "3");
  EXPECT_EQ(version("VER 1 MSNP15ABCDEF\r\n"), "MSNP15A");
  EXPECT_EQ(version("VER 1         "), "?");
}

std::string Ymsg(uint8_t service, uint16_t length, std::string_view data = "") {
  std::string s("YMSG\0\x10\0\0", 8);
  s += static_cast<char>(length >> 8);
  s += static_cast<char>(length & 0xff);
  s += '\0';
  s += static_cast<char>(service);
  s += std::string(8, '\0');
  s += data;
  return s;
}

TEST(YmsgTest, Header) {
  const std::string packet = Ymsg(6, 0x0102);
  const auto cut = [&](size_t size) { return YmsgHeader::Parse(Bytes(packet.substr(0, size))); };
  EXPECT_FALSE(cut(4).has_value());
  EXPECT_EQ(cut(5)->version, 0);
  EXPECT_EQ(cut(6)->version, 16);
  EXPECT_EQ(cut(12)->service, 0);
  EXPECT_EQ(cut(13)->service, 6);
  EXPECT_EQ(cut(13)->message_size, 2);  // of its upper byte nothing is left
  EXPECT_FALSE(YmsgHeader::Parse(Bytes("YMSX.........")).has_value());
}

TEST(YmsgTest, PresenceThenChat) {
  Chat chat(OnYmsgSegment);
  chat.state.protocol = ChatProtocol::kYmsg;
  chat.state.ymsg_version = YmsgHeader::Parse(Bytes(Ymsg(0x57, 0)))->version;
  EXPECT_EQ(std::string_view(ChatVersion(chat.state)->data()), "16");
  EXPECT_EQ(chat.Message(kServer, Ymsg(0x57, 0)), "");
  EXPECT_EQ(chat.state.type, ChatType::kOther);
  chat.Message(kClient, Ymsg(0x54, 3));
  EXPECT_EQ(chat.state.type, ChatType::kPresence);
  EXPECT_EQ(chat.Message(kClient, Ymsg(0x06, 5, "hello")), "MESSAGE 5");
  EXPECT_EQ(chat.state.type, ChatType::kPresenceAndChat);
  EXPECT_EQ(chat.Message(kServer, Ymsg(0x06, 300)), "MESSAGE 44");
  EXPECT_EQ(chat.presences, 1);
  EXPECT_EQ(chat.chats, 1);
}

TEST(YmsgTest, PeerToPeerOfTheServerEndsPresence) {
  Chat chat(OnYmsgSegment);
  chat.state.protocol = ChatProtocol::kYmsg;
  chat.Message(kClient, Ymsg(0x54, 3));
  chat.Message(kClient, Ymsg(0x4f, 3));
  EXPECT_EQ(chat.state.type, ChatType::kPresence);
  chat.Message(kServer, Ymsg(0x4f, 3));
  EXPECT_EQ(chat.state.type, ChatType::kPeerToPeer);
  EXPECT_EQ(chat.presences, 0);
}

TEST(YmsgTest, ShortAndForeignSegments) {
  Chat chat(OnYmsgSegment);
  EXPECT_EQ(chat.Message(kClient, "YMS"), "");
  EXPECT_EQ(chat.Message(kClient, "GET / HTTP/1.1"), "");
  EXPECT_EQ(chat.state.type, ChatType::kUnknown);
  EXPECT_EQ(chat.Message(kClient, Ymsg(0x06, 5).substr(0, 12)), "");
  EXPECT_EQ(chat.state.type, ChatType::kOther);
}

TEST(XmppTest, MessagesCountOnlyAfterPresence) {
  Chat chat(OnXmppSegment);
  chat.state.protocol = ChatProtocol::kXmpp;
  EXPECT_EQ(chat.Message(kClient, "<message to='x'>"), "");
  EXPECT_EQ(chat.state.type, ChatType::kUnknown);
  EXPECT_EQ(chat.Message(kServer, "<presence/>"), "");
  EXPECT_EQ(chat.state.type, ChatType::kPresence);
  EXPECT_EQ(chat.Message(kClient, "<message to='x'>"), "MESSAGE ?");
  EXPECT_EQ(chat.state.type, ChatType::kChat);
  EXPECT_EQ(chat.Message(kServer, "<message>"), "");  // wants a blank
  EXPECT_EQ(ChatDepartures(chat.state).chats, -1);
  EXPECT_EQ(ChatDepartures(chat.state).presences, -1);
}

TEST(XmppTest, NulEqualsEveryStanzaAndTheEndOfDataNone) {
  Chat chat(OnXmppSegment);
  chat.Message(kClient, "<pres");
  EXPECT_EQ(chat.state.type, ChatType::kUnknown);
  chat.Message(kClient, std::string_view("\0x", 2));
  EXPECT_EQ(chat.state.type, ChatType::kPresence);
}

}  // namespace
}  // namespace tstat::internal
