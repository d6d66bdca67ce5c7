// SPDX-License-Identifier: BSD-3-Clause
#include "benchmarks/accuracy/link/files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "benchmarks/accuracy/link/options.h"

namespace accuracy {
namespace {

std::string Contents(const std::string& path) {
  File file(std::fopen(path.c_str(), "rb"));
  std::string text(size_t{1} << 16, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

class Files : public testing::Test {
 protected:
  const std::string path_ = testing::TempDir() + "accuracy_files_test." +
                            testing::UnitTest::GetInstance()->current_test_info()->name();
  File Create() { return File(std::fopen(path_.c_str(), "wb")); }
  void TearDown() override { std::remove(path_.c_str()); }
};

TEST_F(Files, ACaptureHasNanosecondsAndRawPackets) {
  {
    CaptureFile capture(Create());
    EXPECT_EQ(capture.Write({0x45, 1, 2}, 7'000'000'123), 1U);
    EXPECT_EQ(capture.Write({0x60}, 8'000'000'000), 2U);
  }
  const std::string text = Contents(path_);
  ASSERT_EQ(text.size(), 24U + 16 + 3 + 16 + 1);
  uint32_t words[10] = {};
  std::memcpy(words, text.data(), sizeof words);
  EXPECT_EQ(words[0], 0xa1b23c4dU);
  EXPECT_EQ(words[5], 101U);
  EXPECT_EQ(words[6], 7U);
  EXPECT_EQ(words[7], 123U);
  EXPECT_EQ(words[8], 3U);
  EXPECT_EQ(words[9], 3U);
}

TEST_F(Files, ALineOfTruthSaysWhatBecameOfAPacket) {
  {
    TruthFile truth(Create());
    Packet packet;
    packet.id = 5;
    packet.copy_of = 4;
    packet.burst = 3;
    packet.direction = Direction::kToClient;
    packet.bytes.resize(60);
    packet.entered = 1000;
    packet.passed = {kNever, 1500, 1000};
    packet.frame = {0, 9, 8};
    packet.fate = Fate::kLostInQueue;
    packet.hop = HopName::kClientHop;
    packet.marked = true;
    truth.Write(packet);
  }
  const std::string text = Contents(path_);
  EXPECT_EQ(text.substr(text.find('\n') + 1),
            "5,4,3,to_client,60,1000,,1500,1000,0,9,8,,queue,client,1,0\n");
  EXPECT_EQ(std::count(text.begin(), text.end(), ','), 2 * 16);
}

TEST(Counters, AreFoundByGroupAndName) {
  std::vector<uint64_t> values;
  ReadCounters(
      "Tcp: RtoMin RetransSegs Other\nTcp: 200 12 1\nTcpExt: TCPTimeouts RetransSegs "
      "TCPLossProbes\n"
      "TcpExt: 3 99 4\n",
      &values);
  const auto names = CounterNames();
  ASSERT_EQ(values.size(), names.size());
  const auto value = [&](const char* name) {
    return values[static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin())];
  };
  EXPECT_EQ(value("RetransSegs"), 12U);
  EXPECT_EQ(value("TCPTimeouts"), 3U);
  EXPECT_EQ(value("TCPLossProbes"), 4U);
  EXPECT_EQ(value("TCPFastRetrans"), 0U);
}

TEST(Options, AreRead) {
  PathOptions options;
  EXPECT_EQ(
      ReadOptions(
          "# text\n\nseed 7\nclient to_server delay 10.5\nserver to_client lose data 5-7 2\n"
          "server to_client lose syn 1\nclient to_client burst 0.1 0.5 0.9\n"
          "client to_client rate 8\nclient to_client queue 3000\nserver to_server spike 10 20 300\n"
          "server to_server outage 1 2\nserver to_server duplicate 0.5 0.25\n",
          &options),
      "");
  EXPECT_EQ(options.seed, 7U);
  EXPECT_EQ(options.hops[0][0].delay, 10'500'000);
  const auto& rules = options.hops[1][1].lose;
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].kind, LossRule::Kind::kData);
  EXPECT_EQ(rules[0].first, 5U);
  EXPECT_EQ(rules[0].last, 7U);
  EXPECT_EQ(rules[0].times, 2);
  EXPECT_EQ(rules[1].kind, LossRule::Kind::kSyn);
  EXPECT_EQ(rules[1].last, 1U);
  EXPECT_EQ(options.hops[0][1].burst_loss, 0.9);
  EXPECT_EQ(options.hops[0][1].bytes_per_second, 1e6);
  EXPECT_EQ(options.hops[0][1].queue, 3000U);
  EXPECT_EQ(options.hops[1][0].spikes[0].end, 30'000'000);
  EXPECT_EQ(options.hops[1][0].spikes[0].delay, 300'000'000);
  EXPECT_EQ(options.hops[1][0].outages[0].begin, 1'000'000);
  EXPECT_EQ(options.hops[1][0].duplicate_after, 250'000);
}

TEST(Options, AreRefusedWithTheirLine) {
  for (const char* wrong :
       {"seed", "client up delay 1", "middle to_server delay 1", "client to_server delay",
        "client to_server delay 1 2", "client to_server lose data 5-2", "client to_server loss 1.5",
        "client to_server lose all 1", "client to_server speed 1", "client to_server mtu 60"}) {
    PathOptions options;
    const std::string message = ReadOptions("seed 1\n" + std::string(wrong) + "\n", &options);
    EXPECT_EQ(message, "line 2: not understood: " + std::string(wrong));
  }
}

}  // namespace
}  // namespace accuracy
