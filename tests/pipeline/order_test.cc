// SPDX-License-Identifier: BSD-3-Clause
//
// The one ordered stream of events: order keys, flow numbers, records that own what they refer to,
// and that none of it depends on how many lanes measure.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/pipeline.h"
#include "tstat/analyzer.h"
#include "tstat/chat.h"
#include "tstat/flow_packet.h"
#include "tstat/histogram.h"
#include "tstat/http_message.h"
#include "tstat/media.h"
#include "tstat/packet_source.h"
#include "tstat/periodic.h"
#include "tstat/skype.h"
#include "tstat/tls.h"
#include "tstat/video.h"

namespace tstat::internal {
namespace {

std::string TracePath(const std::string& name) {
  return std::string(TSTAT_SOURCE_DIR) + "/tests/traces/" + name;
}

// Writes down the order of each event, and what flow it is of.
class OrderDiary : public EventSink {
 public:
  struct Entry {
    std::string kind;
    OrderKey order;
    uint64_t flow = 0;
    bool operator==(const Entry&) const = default;
  };

  EventMask Wants() const override { return EventMask::All(); }
  void OnNewOutput(const OutputStart& e) override { Add("output", e.order); }
  void OnIntervalEnd(const IntervalEnd& e) override { Add("interval", e.order, e.index); }
  void OnTraceEnd(const TraceEnd& e) override { Add("end", e.order); }
  void OnTcpFlow(const TcpFlow& e) override {
    Add("tcp", e.order, e.flow_number);
    tcp_[e.flow_number] = e;
  }
  void OnUdpFlow(const UdpFlow& e) override {
    Add("udp", e.order, e.flow_number);
    udp_.insert(e.flow_number);
  }
  void OnHttpMessage(const HttpMessage& e) override { Add("http", e.order, e.flow_number); }
  void OnVideoFlow(const VideoFlow& e) override {
    Add("video", e.order, e.flow->flow_number);
    video_ = e;
  }
  void OnChatFlow(const ChatFlow& e) override { Add("chat", e.order, e.flow_number); }
  void OnChatMessage(const ChatMessage& e) override { Add("message", e.order, e.flow_number); }
  void OnTlsHandshake(const TlsHandshake& e) override { Add("tls", e.order, e.flow_number); }
  void OnDnsResolution(const DnsResolution& e) override { Add("dns", e.order, e.flow_number); }
  void OnMediaFlow(const MediaFlow& e) override {
    Add("media", e.order, e.udp != nullptr ? e.udp->flow_number : e.tcp->flow_number);
    media_ = e;
  }
  void OnSkypeFlow(const SkypeFlow& e) override { Add("skype", e.order); }
  // The cells' sum stands for all of them.
  void OnHistograms(const HistogramSnapshot& snapshot) override {
    uint64_t digest = 0;
    for (const HistogramSnapshot::Histogram& h : snapshot.histograms) {
      for (const int64_t cell : h.cells) digest = digest * 31 + static_cast<uint64_t>(cell);
    }
    snapshots_.push_back(digest);
    Add("histograms", snapshot.order, snapshot.index);
  }
  void OnTcpPeriod(const TcpPeriod& e) override {
    Add("tcp-period", e.order, e.flow_number);
    period_ = e;
  }
  void OnUdpPeriod(const UdpPeriod& e) override { Add("udp-period", e.order, e.flow_number); }

  void OnDnsEntry(const DnsEntry& e) override { Add("dns-entry", e.order, e.flow_number); }
  // What is known of packets stands for all of it.
  void OnFlowPacket(const FlowPacket& e) override {
    Add("packet", e.order, e.flow_number);
    uint64_t known = static_cast<uint64_t>(e.result);
    const auto add = [&known](uint64_t value) { known = known * 31 + value; };
    if (e.tcp) {
      add(e.tcp->connection_type);
      for (const TcpFlowMoment::Side& s : e.tcp->side) add(s.sent()), add(s.data_packets);
    }
    if (e.udp) {
      for (const UdpFlowMoment::Side& s : e.udp->side) {
        add(static_cast<uint64_t>(s.type));
        add(static_cast<uint64_t>(s.payload_bytes));
      }
    }
    packets_.push_back(known);
  }

  size_t Count(const std::string& kind) const {
    return static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(),
                                             [&](const Entry& e) { return e.kind == kind; }));
  }

  std::vector<Entry> entries_;
  std::map<uint64_t, TcpFlow> tcp_;
  std::set<uint64_t> udp_;
  std::vector<uint64_t> snapshots_;
  std::vector<uint64_t> packets_;
  std::optional<VideoFlow> video_;
  std::optional<MediaFlow> media_;
  std::optional<TcpPeriod> period_;

 private:
  void Add(const std::string& kind, OrderKey order, uint64_t flow = 0) {
    entries_.push_back({kind, order, flow});
  }
};

// All bundled traces, one after the other, by a pipeline of 2^lane_bits lanes, or as many as the
// threads of the options need.
void AnalyseAll(AnalyzerOptions options, std::optional<unsigned> lane_bits, EventSink* sink,
                Statistics* statistics = nullptr, size_t epoch_steps = LaneThreads::kEpochSteps) {
  options.globals.max_time_step_s = 1;
  auto selection = std::make_shared<HistogramSelection>();
  selection->statistics = true;
  selection->SelectMatching("");
  options.histograms = selection;
  Pipeline pipeline(options, lane_bits, epoch_steps);
  pipeline.AddSink(sink);
  for (const char* name :
       {"web.pcap", "web-ipv6.pcap", "mixed.pcap", "voice.pcap", "ssh.pcap", "bulk-lossy.pcap"}) {
    absl::StatusOr<std::unique_ptr<PacketSource>> source = OpenTrace(TracePath(name));
    ASSERT_TRUE(source.ok()) << source.status();
    pipeline.BeginTrace({});
    std::array<Packet, PacketSource::kBatchSize> batch;
    while (const size_t n = (*source)->ReadBatch(batch)) {
      pipeline.Feed(std::span(batch).first(n), {});
    }
    pipeline.EndTrace();
  }
  if (statistics != nullptr) *statistics = pipeline.statistics();
}

AnalyzerOptions Of33() {
  AnalyzerOptions options;
  options.profile = CompatProfile::Tstat33();
  return options;
}

class EventOrderTest : public ::testing::TestWithParam<bool> {
 protected:
  AnalyzerOptions options() const { return GetParam() ? Of33() : AnalyzerOptions(); }
};
INSTANTIATE_TEST_SUITE_P(Profiles, EventOrderTest, ::testing::Bool());

TEST_P(EventOrderTest, NoTwoEventsHaveTheSamePlace) {
  OrderDiary diary;
  AnalyseAll(options(), 0, &diary);
  ASSERT_GT(diary.entries_.size(), 100u);
  for (size_t i = 1; i < diary.entries_.size(); ++i) {
    const OrderDiary::Entry &before = diary.entries_[i - 1], &entry = diary.entries_[i];
    ASSERT_LT(before.order, entry.order)
        << before.kind << " before " << entry.kind << ", event " << i;
  }
  for (const char* kind : {"output", "interval", "end", "tcp", "udp", "http", "tls", "dns", "media",
                           "histograms", "tcp-period", "udp-period", "dns-entry", "packet"}) {
    EXPECT_GT(diary.Count(kind), 0u) << kind;
  }
}

TEST_P(EventOrderTest, ItIsTheSameForAnyNumberOfLanes) {
  OrderDiary one;
  Statistics of_one;
  AnalyseAll(options(), 0, &one, &of_one);
  for (const unsigned bits : {1u, 2u, 4u}) {
    OrderDiary more;
    Statistics of_more;
    AnalyseAll(options(), bits, &more, &of_more);
    EXPECT_TRUE(one.entries_ == more.entries_) << (1u << bits) << " lanes";
    EXPECT_TRUE(one.packets_ == more.packets_) << (1u << bits) << " lanes";
    EXPECT_EQ(one.snapshots_, more.snapshots_) << (1u << bits) << " lanes";
    EXPECT_GT(one.snapshots_.size(), 6u);
    EXPECT_EQ(of_one.tcp_flows, of_more.tcp_flows);
    EXPECT_EQ(of_one.rtp_flows, of_more.rtp_flows);
    EXPECT_EQ(of_one.forgotten_ranges, of_more.forgotten_ranges);
  }
}

// Whatever an epoch has in it.
TEST_P(EventOrderTest, ItIsTheSameForAnyNumberOfThreads) {
  OrderDiary one;
  Statistics of_one;
  AnalyseAll(options(), std::nullopt, &one, &of_one);
  for (const auto& [threads, epoch_steps] :
       {std::pair{2u, size_t{1}}, {2u, size_t{100}}, {4u, size_t{7}}, {9u, size_t{64}}}) {
    AnalyzerOptions options = this->options();
    options.threads = threads;
    OrderDiary more;
    Statistics of_more;
    AnalyseAll(options, std::nullopt, &more, &of_more, epoch_steps);
    EXPECT_TRUE(one.entries_ == more.entries_) << threads << " threads, epochs of " << epoch_steps;
    EXPECT_TRUE(one.packets_ == more.packets_) << threads << " threads, epochs of " << epoch_steps;
    EXPECT_EQ(one.snapshots_, more.snapshots_) << threads << " threads, epochs of " << epoch_steps;
    EXPECT_EQ(of_one.tcp_flows, of_more.tcp_flows);
    EXPECT_EQ(of_one.rtp_flows, of_more.rtp_flows);
    EXPECT_EQ(of_one.forgotten_ranges, of_more.forgotten_ranges);
  }
}

// Every event of a flow names a flow whose record comes.
TEST_P(EventOrderTest, NumbersJoinTheEventsOfAFlow) {
  OrderDiary diary;
  AnalyseAll(options(), 0, &diary);
  for (const OrderDiary::Entry& e : diary.entries_) {
    if (e.kind == "http" || e.kind == "tls" || e.kind == "tcp-period" || e.kind == "video") {
      EXPECT_TRUE(diary.tcp_.contains(e.flow)) << e.kind << " of flow " << e.flow;
    }
    if (e.kind == "dns" || e.kind == "udp-period" || e.kind == "dns-entry") {
      EXPECT_TRUE(diary.udp_.contains(e.flow)) << e.kind << " of flow " << e.flow;
    }
  }
  EXPECT_EQ(diary.tcp_.size(), diary.Count("tcp"));
}

TEST_P(EventOrderTest, HttpMessagesAreOfFlowsWithHttp) {
  OrderDiary diary;
  AnalyseAll(options(), 0, &diary);
  std::map<uint64_t, uint32_t> messages;
  for (const OrderDiary::Entry& e : diary.entries_) {
    if (e.kind == "http") ++messages[e.flow];
  }
  ASSERT_FALSE(messages.empty());
  for (const auto& [flow, count] : messages) {
    const TcpLayer7& layer7 = diary.tcp_.at(flow).layer7;
    EXPECT_NE(layer7.connection_type & connection_type::kHttp, 0u) << "flow " << flow;
  }
}

// The analysis is gone; a sanitizer sees what is read then.
TEST_P(EventOrderTest, CopiesOutliveTheAnalysis) {
  OrderDiary diary;
  AnalyseAll(options(), 0, &diary);
  ASSERT_TRUE(diary.media_.has_value());
  EXPECT_NE(diary.media_->endpoints().client.port, 0);
  EXPECT_GT(diary.media_->udp->client.packets, 0u);
  ASSERT_TRUE(diary.period_.has_value());
  EXPECT_NE(diary.period_->endpoints.client.port, 0);
}

}  // namespace
}  // namespace tstat::internal
