// SPDX-License-Identifier: BSD-3-Clause
//
// Nothing is read behind what was captured: every packet of the small traces cut at every byte, and
// a trace file cut at every byte.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/robustness/everything_sink.h"
#include "tests/robustness/packet_store.h"
#include "tstat/analyzer.h"

namespace tstat::internal {
namespace {

// The packet of a flow that brings something new is what is cut; all others are whole, so that each
// cut is met in the state that the flow would be in.
class CutPackets : public ::testing::TestWithParam<const char*> {};

TEST_P(CutPackets, AtEveryByte) {
  const std::vector<AnalyzerOptions> profiles = SmallTablesOfBothProfiles();
  const std::vector<StoredPacket> packets = LoadTrace(GetParam());
  ASSERT_FALSE(packets.empty());
  size_t longest = 0;
  for (const StoredPacket& p : packets) longest = std::max(longest, p.bytes.size());
  for (size_t length = 0; length <= longest; ++length) {
    std::vector<StoredPacket> cut = packets;
    for (StoredPacket& p : cut) p.bytes.resize(std::min(p.bytes.size(), length));
    for (const AnalyzerOptions& options : profiles) {
      ExpectSane(Analyze(cut, options), cut.size());
    }
    // Large packets differ in their payload only, which parsers read from its start.
    if (length >= 400) length += 12;
  }
}

TEST_P(CutPackets, EachAtAnotherByte) {
  const std::vector<AnalyzerOptions> profiles = SmallTablesOfBothProfiles();
  const std::vector<StoredPacket> packets = LoadTrace(GetParam());
  for (size_t shift = 0; shift < 97; ++shift) {
    std::vector<StoredPacket> cut = packets;
    for (size_t i = shift % 3; i < cut.size(); i += 3) {
      cut[i].bytes.resize((i * 31 + shift * 17) % (cut[i].bytes.size() + 1));
    }
    for (const AnalyzerOptions& options : profiles) {
      ExpectSane(Analyze(cut, options), cut.size());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Traces, CutPackets, ::testing::Values("web", "web-ipv6", "ssh"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(CutTrace, AtEveryByte) {
  std::ifstream in(TSTAT_SOURCE_DIR "/tests/traces/web.pcap", std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  ASSERT_GT(bytes.size(), 2000u);
  bytes.resize(2000);
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / "cut_trace_test.pcap";
  uint64_t last_seen = 0;
  for (size_t length = 0; length <= bytes.size(); ++length) {
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(length));
    auto source = OpenTrace(path.string());
    if (!source.ok()) {
      // Too short to be told from any other file.
      EXPECT_LT(length, 24u) << source.status();
      continue;
    }
    EverythingSink sink;
    Analyzer analyzer(SmallTables());
    analyzer.AddSink(&sink);
    (void)analyzer.Run(**source);
    EXPECT_GE(analyzer.statistics().ip_packets, last_seen) << "cut at " << length;
    last_seen = analyzer.statistics().ip_packets;
  }
  EXPECT_GT(last_seen, 5u);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace tstat::internal
