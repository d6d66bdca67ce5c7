// SPDX-License-Identifier: BSD-3-Clause
#include "flow/community_id.h"

#include <gtest/gtest.h>

#include <string>

namespace tstat::internal {
namespace {

std::string Made(FlowProtocol protocol, const char* client, uint16_t client_port,
                 const char* server, uint16_t server_port, uint16_t seed = 0) {
  CommunityIds ids(seed);
  Endpoints endpoints;
  endpoints.client.address = *IpAddress::Parse(client);
  endpoints.client.port = client_port;
  endpoints.server.address = *IpAddress::Parse(server);
  endpoints.server.port = server_port;
  const CommunityIdText text = ids.Make(protocol, endpoints);
  return std::string(text.begin(), text.end());
}

// The examples of the specification; the others by another program.
TEST(CommunityIdTest, IsThatOfOtherTools) {
  EXPECT_EQ(Made(FlowProtocol::kTcp, "128.232.110.120", 34855, "66.35.250.204", 80),
            "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
  EXPECT_EQ(Made(FlowProtocol::kUdp, "192.168.1.52", 54585, "8.8.8.8", 53),
            "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
  EXPECT_EQ(Made(FlowProtocol::kUdp, "192.168.1.52", 54585, "8.8.8.8", 53, 1),
            "1:Q9We8WO3piVF8yEQBNJF4uiSVrI=");
  EXPECT_EQ(Made(FlowProtocol::kTcp, "fe80::1", 80, "fe80::2", 80),
            "1:bGPLG7mJXwmqh8UtyxyPxzh7ESM=");
}

TEST(CommunityIdTest, IsTheSameInBothDirections) {
  EXPECT_EQ(Made(FlowProtocol::kTcp, "10.0.0.1", 40000, "10.0.0.2", 80),
            Made(FlowProtocol::kTcp, "10.0.0.2", 80, "10.0.0.1", 40000));
  EXPECT_EQ(Made(FlowProtocol::kTcp, "10.0.0.1", 40000, "10.0.0.1", 80),
            Made(FlowProtocol::kTcp, "10.0.0.1", 80, "10.0.0.1", 40000));
  EXPECT_NE(Made(FlowProtocol::kTcp, "10.0.0.1", 40000, "10.0.0.2", 80),
            Made(FlowProtocol::kUdp, "10.0.0.1", 40000, "10.0.0.2", 80));
}

}  // namespace
}  // namespace tstat::internal
