// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/stream_tracker.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/l7/layer7_harness.h"

namespace tstat::internal {
namespace {

CompatProfile Modern() {
  CompatProfile profile;
  profile.modern_layer7 = true;
  return profile;
}

const std::string kHello("\x16\x03\x01\x00\x20\x01\x00\x00\x1c", 9);

TEST(StreamTracker, TellsTheProtocolFromBytesThatComeOneByOne) {
  for (const std::string& opening : {kHello, std::string("SSH-2.0-x\r\n")}) {
    Layer7Harness flow(Modern());
    flow.Handshake();
    for (const char c : opening) flow.Client(std::string(1, c));
    const TcpFlow record = flow.Close();
    EXPECT_EQ(record.layer7.application, opening[0] == 'S' ? Application::kSsh : Application::kTls);
    EXPECT_EQ(record.layer7.evidence, Evidence::kSignature);
  }
}

TEST(StreamTracker, DnsOnItsPortAlone) {
  const std::string query("\x00\x1a\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www", 18);
  for (const uint16_t port : {uint16_t{53}, uint16_t{5300}}) {
    Layer7Harness flow(Modern(), port);
    flow.Handshake();
    flow.Client(query);
    EXPECT_EQ(flow.Close().layer7.application,
              port == 53 ? Application::kDns : Application::kUnknown);
  }
}

TEST(StreamTracker, NothingElseIsIt) {
  for (const std::string opening :
       {"\x16\x04\x01\x01\x01\x01", "\x16\x03\x01\xff\xff\x01", "SSH_2.0", "S"}) {
    Layer7Harness flow(Modern());
    flow.Handshake();
    flow.Client(opening);
    EXPECT_EQ(flow.Close().layer7.application, Application::kUnknown) << opening;
  }
}

TEST(StreamTracker, CountsWhatCameAgainAndWasOther) {
  Layer7Harness flow(Modern());
  flow.Handshake();
  flow.Client("SSH-2.0-ab");
  flow.Back(Direction::kClientToServer, 2);
  flow.Client("xb");
  EXPECT_EQ(flow.stream_counters().differing_bytes, 0u);
  flow.Close();
  EXPECT_EQ(flow.stream_counters().differing_bytes, 1u);
}

TEST(StreamTracker, CountsWhatIsMissing) {
  Layer7Harness flow(Modern());
  flow.Handshake();
  flow.Client(kHello);
  flow.Back(Direction::kClientToServer, -7);
  flow.Client("more");
  flow.Close();
  EXPECT_EQ(flow.stream_counters().missing_bytes, 7u);
}

// One segment too far ahead is none, until something says that what lies between was sent.
TEST(StreamTracker, ASegmentFarAheadHidesNothing) {
  const std::string first = kHello.substr(0, 4), second = kHello.substr(4);
  for (const int far : {20'000, 100'000, 2'000'000, 50'000'000}) {
    for (const bool is_acknowledged : {false, true}) {
      Layer7Harness flow(Modern());
      flow.Handshake();
      if (is_acknowledged) flow.Acknowledge(Direction::kClientToServer, 10'000);
      flow.Back(Direction::kClientToServer, -far);
      flow.Client("\x99\x99\x99");
      flow.Back(Direction::kClientToServer, far + 3);
      flow.Client(first);
      flow.Client(second);
      EXPECT_EQ(flow.Close().layer7.application,
                is_acknowledged ? Application::kUnknown : Application::kTls)
          << far;
    }
  }
}
TEST(StreamTracker, BehindMuchThatIsMissingItGoesOn) {
  Layer7Harness flow(Modern());
  flow.Handshake();
  flow.Back(Direction::kClientToServer, -100'000);
  for (int i = 0; i < 17; ++i) flow.Client(std::string(1000, '.'));
  flow.Client(kHello);
  EXPECT_EQ(flow.Close().layer7.application, Application::kTls);
}

// Bytes before the first one, as keep-alives repeat them, are not the begin.
TEST(StreamTracker, BytesBeforeTheSynAreNone) {
  Layer7Harness flow(Modern());
  flow.Handshake();
  flow.Back(Direction::kClientToServer, 50);
  flow.Client(std::string(50, '\x99'));
  flow.Client(kHello);
  EXPECT_EQ(flow.Close().layer7.application, Application::kTls);
}

// Where the SYN of one side is missing, the acknowledgment of the other one tells where it begins.
TEST(StreamTracker, TheOtherSidesAcknowledgmentTellsTheFirstByte) {
  for (const bool is_acknowledged : {false, true}) {
    Layer7Harness flow(Modern());
    flow.Handshake();
    flow.LoseSyn(Direction::kServerToClient);
    if (is_acknowledged) flow.Acknowledge(Direction::kServerToClient, 0);
    flow.Back(Direction::kServerToClient, -4);
    flow.Server("2.0-x\r\n");
    flow.Back(Direction::kServerToClient, 11);
    flow.Server("SSH-");
    EXPECT_EQ(flow.Close().layer7.application,
              is_acknowledged ? Application::kSsh : Application::kUnknown);
  }
}

TEST(StreamTracker, OtherProfilesHaveNone) {
  Layer7Harness flow;
  flow.Handshake();
  flow.Client(kHello);
  EXPECT_EQ(flow.Close().layer7.application, Application::kUnknown);
}

}  // namespace
}  // namespace tstat::internal
