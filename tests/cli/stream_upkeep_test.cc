// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/stream_upkeep.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "tests/pipeline/packet_script.h"

namespace tstat::cli {
namespace {

using internal::testing::PacketScript;

// A live interface on which nothing arrives.
class SilentSource : public PacketSource {
 public:
  size_t ReadBatch(std::span<Packet>) override { return 0; }
  absl::Status status() const override { return absl::OkStatus(); }
  bool timed_out() const override { return true; }
  bool is_stream() const override { return true; }
};

class StreamUpkeepTest : public testing::Test {
 protected:
  StreamUpkeepTest() {
    settings_.live = true;
    settings_.session.histogram_engine = false;
    settings_.session.runtime.logs = {};
  }

  // Whether the flow of some years ago has ended after what is done in two seconds of silence.
  bool IdleFlowEnds() {
    absl::StatusOr<std::unique_ptr<Session>> session = Session::Create(settings_.session);
    EXPECT_TRUE(session.ok()) << session.status();
    Console console(stdout, stderr);
    const ServiceManager nobody("");
    StreamUpkeep upkeep(settings_, console, nobody, **session);
    SilentSource source;
    upkeep.Begin(source);
    PacketScript script;
    script.Udp(0, 1000);
    (*session)->BeginTrace({.name = "silent", .is_stream = true});
    (*session)->ProcessBatch(script.packets());
    EXPECT_EQ((*session)->statistics().open_udp_flows, 1u);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (std::chrono::steady_clock::now() < end && (*session)->statistics().open_udp_flows > 0) {
      upkeep.AfterBatch();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return (*session)->statistics().open_udp_flows == 0;
  }

  Settings settings_;
};

TEST_F(StreamUpkeepTest, TheTimeOfTstatMovesWithPackets) { EXPECT_FALSE(IdleFlowEnds()); }

TEST_F(StreamUpkeepTest, TheAnalysisHearsTheTimeWhereItMay) {
  settings_.session.analyzer.profile.time_moves_with_packets = false;
  EXPECT_TRUE(IdleFlowEnds());
}

TEST_F(StreamUpkeepTest, AStreamThatIsNotLiveHasATimeOfItsOwn) {
  settings_.session.analyzer.profile.time_moves_with_packets = false;
  settings_.live = false;
  EXPECT_FALSE(IdleFlowEnds());
}

}  // namespace
}  // namespace tstat::cli
