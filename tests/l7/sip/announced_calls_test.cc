// SPDX-License-Identifier: BSD-3-Clause
#include "l7/sip/announced_calls.h"

#include <gtest/gtest.h>

#include <string>

namespace tstat::internal {
namespace {

const IpAddress kPhone = IpAddress::V4(0xC0000201);  // 192.0.2.1

Timestamp At(int64_t seconds) { return Timestamp::FromSeconds(1'500'000'000 + seconds); }

struct Calls : AnnouncedCalls {
  using AnnouncedCalls::AnnouncedCalls;

  void Announce(const std::string& call, uint16_t port, int64_t seconds,
                std::optional<uint64_t> flow = std::nullopt, const std::string& codec = "0") {
    const std::string text = "SIP/2.0 200 OK\r\nCall-ID: " + call +
                             "\r\n\r\nv=0\r\nc=IN IP4 192.0.2.1\r\nm=audio " +
                             std::to_string(port) + " RTP/AVP " + codec + "\r\n";
    OnMessage(*ReadSip(text), {.time = At(seconds), .udp_flow_number = flow});
  }
  std::string CallOf(uint16_t port, int64_t first, int64_t last) const {
    const Found found = Find(kPhone, port, At(first), At(last));
    return found.media != nullptr ? found.media->call_id : "-";
  }
};

TEST(AnnouncedCalls, FindsWhatWasAnnouncedBeforeTheFlowEnded) {
  Calls calls;
  EXPECT_TRUE(calls.empty());
  calls.Announce("a", 4000, 10);
  EXPECT_EQ(calls.CallOf(4000, 11, 20), "a");
  EXPECT_EQ(calls.CallOf(4000, 5, 10), "a");  // early media
  EXPECT_EQ(calls.CallOf(4000, 5, 9), "-");
  EXPECT_EQ(calls.CallOf(4002, 11, 20), "-");
  EXPECT_EQ(calls.CallOf(4000, 10 + 3600, 10 + 4000), "a");
  EXPECT_EQ(calls.CallOf(4000, 11 + 3600, 10 + 4000), "-");  // long after
  EXPECT_EQ(calls.Find(IpAddress::V4(1), 4000, At(11), At(20)).media, nullptr);
}

TEST(AnnouncedCalls, ControlIsTold) {
  Calls calls;
  calls.Announce("a", 4000, 10);
  EXPECT_FALSE(calls.Find(kPhone, 4000, At(11), At(20)).media->is_control);
  EXPECT_TRUE(calls.Find(kPhone, 4001, At(11), At(20)).media->is_control);
}

TEST(AnnouncedCalls, OfTwoCallsOnAPortTheOneOfItsTime) {
  Calls calls;
  calls.Announce("a", 4000, 10);
  calls.Announce("a", 4000, 50, std::nullopt, "8");  // once more
  EXPECT_EQ(calls.Find(kPhone, 4000, At(11), At(60)).media->codecs, "PCMA");
  calls.Announce("b", 4000, 100);
  EXPECT_EQ(calls.CallOf(4000, 11, 90), "a");
  EXPECT_EQ(calls.CallOf(4000, 101, 200), "b");
  EXPECT_EQ(calls.Find(kPhone, 4000, At(11), At(90)).time, At(10));
}

TEST(AnnouncedCalls, TheFirstCallOfAFlowOfSip) {
  Calls calls;
  calls.Announce("a", 4000, 10, 7);
  calls.Announce("b", 4002, 11, 7);
  ASSERT_NE(calls.OfSipFlow(7), nullptr);
  EXPECT_EQ(calls.OfSipFlow(7)->call_id, "a");
  EXPECT_EQ(calls.OfSipFlow(7)->kind, "");
  EXPECT_EQ(calls.OfSipFlow(8), nullptr);
}

TEST(AnnouncedCalls, ThoseAnnouncedFirstMakeRoom) {
  Calls calls(4, 2);  // two calls, with their control
  calls.Announce("a", 4000, 1, 1);
  calls.Announce("b", 5000, 2, 2);
  calls.Announce("a", 4000, 3, 1);
  calls.Announce("c", 6000, 4, 3);
  EXPECT_EQ(calls.endpoint_count(), 4u);
  EXPECT_EQ(calls.CallOf(4000, 5, 6), "a");
  EXPECT_EQ(calls.CallOf(5000, 5, 6), "-");
  EXPECT_EQ(calls.CallOf(6000, 5, 6), "c");
  EXPECT_EQ(calls.use().evicted, 2u);
  EXPECT_EQ(calls.OfSipFlow(1), nullptr);
  EXPECT_NE(calls.OfSipFlow(3), nullptr);
  for (int i = 0; i < 1000; ++i) calls.Announce("d", static_cast<uint16_t>(7000 + 2 * i), 10, 9);
  EXPECT_EQ(calls.endpoint_count(), 4u);
}

}  // namespace
}  // namespace tstat::internal
