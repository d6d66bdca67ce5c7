// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "records.h"
#include "row.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

TEST(ChatLog, Headers) {
  const std::string header = LogHeader(ChatCompleteTable(), 0, {});
  EXPECT_EQ(header,
            "#c_ip:1 c_port:2 c_bytes_uniq:3 c_pkts_all:4 c_msn:5 c_msn_a:6 c_msn_d:7 c_msn_n:8 "
            "c_msn_u:9 c_msn_y:10 s_ip:11 s_port:12 s_bytes_uniq:13 s_pkts_all:14 s_msn:15 "
            "s_msn_a:16 s_msn_d:17 s_msn_n:18 s_msn_u:19 s_msn_y:20 first_tm:21 durat:22 type:23 "
            "ver:24 c_isint:25 flowid:26 T:27 con_t:28 c_iscrypto:29 s_iscrypto:30\n");
  EXPECT_EQ(header.size(), 315u);
  EXPECT_EQ(LogHeader(ChatMessageTable(), 0, {}),
            "#idflow:1 type:2 dir:3 paylen:4 first_tm:5 durat:6 con_t:7\n");
  EXPECT_EQ(LogHeader(ChatMessageTable(), 0, {}).size(), 59u);
}

// The row of trace jabber.
TEST(ChatLog, WorkedExample) {
  TcpFlow flow;
  flow.endpoints.client = {.address = *IpAddress::Parse("172.16.0.62"), .port = 57094};
  flow.endpoints.server = {.address = *IpAddress::Parse("172.16.1.138"), .port = 5222};
  flow.first = At(29848810);
  flow.last = At(29848810 + 2169000);
  flow.client.unique_bytes = 2785;
  flow.client.packets = 44;
  flow.server.unique_bytes = 11027;
  flow.server.packets = 42;
  flow.layer7.connection_type = connection_type::kXmpp;
  ChatFlow chat;
  chat.flow = std::make_shared<const TcpFlow>(flow);
  chat.flow_number = 1;
  chat.protocol = ChatProtocol::kXmpp;
  chat.type = ChatType::kPresence;
  EXPECT_EQ(RowOf(ChatCompleteTable(), chat),
            "172.16.0.62 57094 2785 44 0 0 0 0 0 0 172.16.1.138 5222 11027 42 0 0 0 0 0 0 "
            "1500000029.848810 2.169 2 UNK 1 1 T 128 0 0\n");
  // Column c_isint shows the server's flag, an empty version nothing at all.
  flow.endpoints.client.internal = true;
  flow.endpoints.server.internal = false;
  chat.flow = std::make_shared<const TcpFlow>(flow);
  chat.version_known = true;
  chat.client.msn_y = 4;
  EXPECT_EQ(RowOf(ChatCompleteTable(), chat),
            "172.16.0.62 57094 2785 44 0 0 0 0 0 4 172.16.1.138 5222 11027 42 0 0 0 0 0 0 "
            "1500000029.848810 2.169 2  0 1 T 128 0 0\n");
}

// Eight values under seven labels.
TEST(ChatLog, Message) {
  ChatMessage message;
  message.flow_start = At(0);
  message.time = At(1230500);
  message.flow_number = 7;
  message.type = ChatMessage::Type::kMsnOther;
  message.direction = Direction::kServerToClient;
  message.size_known = true;
  message.size = -1;
  message.payload_length = 133;
  message.connection_type = connection_type::kMsn;
  EXPECT_EQ(RowOf(ChatMessageTable(), message), "7 MSG_? -1 -1 133 1500000000.000000 1.230 32\n");
  message.size_known = false;
  EXPECT_EQ(RowOf(ChatMessageTable(), message), "7 MSG_? -1 ? 133 1500000000.000000 1.230 32\n");
}

}  // namespace
}  // namespace tstat::internal
