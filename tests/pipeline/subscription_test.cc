// SPDX-License-Identifier: BSD-3-Clause
//
// What nobody wants is not done, and what somebody wants does not depend on what others want.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "histogram/definitions.h"
#include "pipeline/histograms.h"
#include "pipeline/lane.h"
#include "tstat/analyzer.h"
#include "tstat/event_sink.h"
#include "tstat/histogram.h"
#include "tstat/packet_source.h"

namespace tstat::internal {
namespace {

using Cells = std::map<std::string, std::vector<uint64_t>, std::less<>>;

// All cells of all histograms, added up over the intervals (modulo 2^64: rates may be the smallest
// number).
class CellSums : public EventSink {
 public:
  EventMask Wants() const override { return Event::kHistograms; }
  void OnHistograms(const HistogramSnapshot& snapshot) override {
    for (const HistogramSnapshot::Histogram& h : snapshot.histograms) {
      std::vector<uint64_t>& sums = cells_[std::string(h.name)];
      sums.resize(h.cells.size());
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += static_cast<uint64_t>(h.cells[i]);
    }
  }
  const Cells& cells() const { return cells_; }

 private:
  Cells cells_;
};

// All records but those of DNS messages, whose log changes the types of UDP flows in 3.3.
class EveryRecord : public EventSink {
 public:
  EventMask Wants() const override {
    return EventMask::All().Without(Event::kHistograms | Event::kDnsEntry);
  }
};

using Indexes = std::vector<size_t>;  // of HistogramDefinitions()

std::shared_ptr<const HistogramSelection> Selection(const Indexes& indexes) {
  auto selection = std::make_shared<HistogramSelection>();
  for (const size_t i : indexes) selection->Add(i);
  return selection;
}

Cells Count(const CompatProfile& profile, const Indexes& histograms, bool with_records) {
  AnalyzerOptions options;
  options.profile = profile;
  options.globals.max_time_step_s = 1;
  options.histograms = Selection(histograms);
  Analyzer analyzer(options);
  CellSums sums;
  EveryRecord records;
  analyzer.AddSink(&sums);
  if (with_records) analyzer.AddSink(&records);
  for (const char* trace : {"web.pcap", "mixed.pcap", "voice.pcap", "bulk-lossy.pcap"}) {
    absl::StatusOr<std::unique_ptr<PacketSource>> source =
        OpenTrace(std::string(TSTAT_SOURCE_DIR "/tests/traces/") + trace);
    EXPECT_TRUE(source.ok()) << source.status();
    if (source.ok()) EXPECT_TRUE(analyzer.Run(**source).ok());
  }
  return sums.cells();
}

class SelectionTest : public ::testing::TestWithParam<bool> {
 protected:
  CompatProfile profile() const {
    return GetParam() ? CompatProfile::Tstat33() : CompatProfile::Tstat311();
  }
};
INSTANTIATE_TEST_SUITE_P(Profiles, SelectionTest, ::testing::Bool());

// Those that are fed by the same parts are selected together: what is measured depends on that.
TEST_P(SelectionTest, HistogramsAloneHaveTheCellsThatTheyHaveAmongAll) {
  Indexes all;
  std::map<HistogramFeeders, Indexes> by_feeders;
  for (size_t i = 0; i < HistogramDefinitions().size(); ++i) {
    const HistogramDefinition& d = HistogramDefinitions()[i];
    if (!HistogramExists(d, profile().l3_histograms, /*global=*/false)) continue;
    all.push_back(i);
    by_feeders[d.feeders].push_back(i);
  }
  const Cells among_all = Count(profile(), all, /*with_records=*/true);
  size_t filled = 0;
  for (const auto& [feeders, indexes] : by_feeders) {
    for (const auto& [name, cells] : Count(profile(), indexes, /*with_records=*/false)) {
      EXPECT_EQ(cells, among_all.at(name)) << name;
      filled += std::any_of(cells.begin(), cells.end(), [](uint64_t n) { return n != 0; });
    }
  }
  EXPECT_GT(by_feeders.size(), 5u);
  EXPECT_GT(filled, 100u);
}

// A lane for sinks that want `wants`, and the histogram `name` (empty: none).
struct Measured {
  bool tcp, udp;
  friend bool operator==(const Measured&, const Measured&) = default;
};
Measured WhatIsMeasured(EventMask wants, std::string_view histogram = {}) {
  AnalyzerOptions options;
  CellSums sums;
  std::unique_ptr<Histograms> histograms;
  if (!histogram.empty()) {
    auto selection = std::make_shared<HistogramSelection>();
    EXPECT_TRUE(selection->Select(histogram)) << histogram;
    options.histograms = selection;
    histograms = std::make_unique<Histograms>(options, &sums);
  }
  const Lane lane(options, wants, &sums, histograms.get());
  return {lane.measures_tcp(), lane.measures_udp()};
}

constexpr Measured kNothing = {false, false}, kTcp = {true, false}, kUdp = {false, true},
                   kBoth = {true, true};

TEST(SubscriptionTest, RecordsOfOneProtocolLeaveTheOtherUnmeasured) {
  EXPECT_EQ(WhatIsMeasured(Event::kDnsResolution), kNothing);
  EXPECT_EQ(WhatIsMeasured(Event::kTcpFlow), kTcp);
  EXPECT_EQ(WhatIsMeasured(Event::kHttpMessage), kTcp);
  EXPECT_EQ(WhatIsMeasured(Event::kTlsHandshake), kTcp);
  EXPECT_EQ(WhatIsMeasured(Event::kUdpFlow), kUdp);
  EXPECT_EQ(WhatIsMeasured(Event::kUdpPeriodic), kUdp);
  EXPECT_EQ(WhatIsMeasured(Event::kDnsEntry), kUdp);
  EXPECT_EQ(WhatIsMeasured(Event::kMediaFlow), kBoth);
  EXPECT_EQ(WhatIsMeasured(Event::kFlowPacket), kBoth);
}

TEST(SubscriptionTest, HistogramsMeasureWhatTheyAreFedFrom) {
  EXPECT_EQ(WhatIsMeasured(Event::kHistograms, "ip_len_in"), kNothing);
  EXPECT_EQ(WhatIsMeasured(Event::kHistograms, "tcp_port_dst_in"), kNothing);
  EXPECT_EQ(WhatIsMeasured(Event::kHistograms, "profile_flows"), kNothing);
  EXPECT_EQ(WhatIsMeasured(Event::kHistograms, "tcp_cwnd"), kTcp);
  EXPECT_EQ(WhatIsMeasured(Event::kHistograms, "tcp_bitrate_in"), kTcp);
  EXPECT_EQ(WhatIsMeasured(Event::kHistograms, "udp_bitrate_in"), kUdp);
  EXPECT_EQ(WhatIsMeasured(Event::kHistograms | Event::kTcpFlow, "udp_bitrate_in"), kBoth);
}

}  // namespace
}  // namespace tstat::internal
