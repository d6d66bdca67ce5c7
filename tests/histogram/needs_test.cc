// SPDX-License-Identifier: BSD-3-Clause
//
// The column `feeders` of the table of definitions, against what observers really feed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decoder.h"
#include "histogram/definitions.h"
#include "histogram/engine.h"
#include "histogram/observer.h"
#include "histogram/packet_observer.h"
#include "l7/tcp_layer7_flow.h"
#include "l7/video/video_state.h"
#include "rtp/rtcp_receiver.h"
#include "rtp/rtp_receiver.h"
#include "tests/decode/frame_builder.h"
#include "tstat/histogram.h"
#include "tstat/media.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {
namespace {

using W = HistogramFeeders;
using Cells = std::map<size_t, std::vector<int64_t>>;  // by the place of the definition
using Families = std::set<std::string_view>;

constexpr int kRounds = 300;

Timestamp At(double seconds) {
  return Timestamp::FromMicroseconds(static_cast<int64_t>((1.5e9 + seconds) * 1e6));
}

// All histograms of both versions, fed by hand.
class Feeding : public EventSink {
 public:
  Feeding() {
    auto selection = std::make_shared<HistogramSelection>();
    selection->SelectMatching("", /*l3=*/true);
    options_.histograms = selection;
    options_.profile.l3_histograms = true;
    options_.profile.rtp_over_tcp = true;
    engine_ = std::make_unique<HistogramEngine>(options_, this);
    flows_ = std::make_unique<HistogramObserver>(options_.profile, &engine_->recorder(),
                                                 &engine_->averages());
    packets_ = std::make_unique<PacketObserver>(engine_.get());
    EndInterval(At(0));
    cells_.clear();
  }

  HistogramObserver& flows() { return *flows_; }
  PacketObserver& packets() { return *packets_; }

  // Of the histograms that are not empty.
  Cells End() {
    EndInterval(At(10));
    return cells_;
  }

  EventMask Wants() const override { return Event::kHistograms; }
  void OnHistograms(const HistogramSnapshot& snapshot) override {
    size_t place = HistogramDefinitions().size();
    for (const HistogramSnapshot::Histogram& h : snapshot.histograms) {
      do {
        --place;
      } while (!HistogramExists(HistogramDefinitions()[place], /*l3=*/true, /*global=*/false));
      ASSERT_EQ(HistogramDefinitions()[place].name, h.name);
      bool empty = true;
      h.ForEachNonZero([&](size_t, int64_t) { empty = false; });
      if (!empty) cells_[place] = {h.cells.begin(), h.cells.end()};
    }
  }

 private:
  void EndInterval(Timestamp now) {
    IntervalStep step;
    step.start = At(0);
    step.now = now;
    engine_->EndInterval(step);
  }

  AnalyzerOptions options_;
  std::unique_ptr<HistogramEngine> engine_;
  std::unique_ptr<HistogramObserver> flows_;
  std::unique_ptr<PacketObserver> packets_;
  Cells cells_;
};

Families Different(const Cells& a, const Cells& b) {
  Families families;
  for (size_t i = 0; i < HistogramDefinitions().size(); ++i) {
    const auto in_a = a.find(i), in_b = b.find(i);
    const bool same =
        (in_a == a.end()) == (in_b == b.end()) && (in_a == a.end() || in_a->second == in_b->second);
    if (!same) families.insert(AllHistograms()[i].family);
  }
  return families;
}
Families NotEmpty(const Cells& cells) { return Different(cells, {}); }

// Of the same values in every run.
class Random {
 public:
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(engine_() % n); }
  bool Coin() { return Below(2) == 0; }
  Endpoints Ends() {
    Endpoints ends;
    for (Endpoint* e : {&ends.client, &ends.server}) {
      e->address = IpAddress::V4(0x0A000000 + Below(1000));
      e->port = static_cast<uint16_t>(Below(65536));
      e->internal = Coin();
      e->cloud = Coin();
    }
    return ends;
  }
  Direction Sender() { return Coin() ? Direction::kClientToServer : Direction::kServerToClient; }
  PacketFlags Flags() { return {Coin(), Coin(), Coin(), Coin()}; }

 private:
  std::mt19937 engine_{7};
};

// What layer 7 says is there, or is not: all else is the same.
void FeedTcp(Observer& observer, bool with_layer7, bool tunneled) {
  Random random;
  Datagram datagram;
  for (int i = 0; i < kRounds; ++i) {
    datagram.ip_total_length = 40 + random.Below(1400);
    TcpSegmentStep step;
    step.datagram = &datagram;
    step.direction = random.Sender();
    step.flags = random.Flags();
    TcpLayer7Flow layer7;
    VideoState video;
    layer7.connection_type = i % 2 ? connection_type::kHttp : connection_type::kTls;
    layer7.http_content = static_cast<uint8_t>(random.Below(27));
    layer7.tls_service = static_cast<uint8_t>(random.Below(5));
    video.content_type = VideoCode::kFlv;
    layer7.video = &video;
    observer.OnTcpCongestionWindow(random.Below(60000));
    observer.OnTcpSegmentClass(step, static_cast<uint8_t>(random.Below(10)));
    observer.OnTcpSegment(step, with_layer7 ? &layer7 : nullptr);

    TcpFlow flow;
    flow.endpoints = random.Ends();
    flow.complete = i % 4 != 0;
    flow.first = At(random.Below(100) / 100.0);
    flow.last = At(1 + random.Below(100) / 10.0);
    for (TcpDirection* d : {&flow.client, &flow.server}) {
      d->packets = 1 + random.Below(900);
      d->data_packets = random.Below(500);
      d->data_bytes = random.Below(5'000'000);
      d->unique_bytes = random.Below(3'000'000);
      d->highest_sequence = 5'000'000;
      d->last_payload = At(3 + random.Below(100) / 10.0);
      d->rtt.count = 1 + random.Below(9);
      d->rtt.min_us = random.Below(1000);
      d->rtt.max_us = 5000;
      d->rtt.sum_us = 2000.0 * d->rtt.count;
      d->rtt.sum2_us = 5e6 * d->rtt.count;
      d->mss = static_cast<int16_t>(random.Below(1460));
      d->window_max = random.Below(65000);
      d->window_min = random.Below(1000);
      d->window_sum = random.Below(1'000'000);
      d->anomalies.rto = random.Below(9);
      d->out_of_order_packets = random.Below(9);
      d->retransmitted_packets = random.Below(9);
      d->gaps.sum_ms = random.Below(1000);
    }
    if (with_layer7) {
      flow.layer7.layer7_index = i % 2 ? 0 : 33;
      flow.layer7.http_content = layer7.http_content;
      flow.layer7.tls_service = layer7.tls_service;
    }
    if (tunneled) {
      flow.layer7.connection_type = i % 2 ? connection_type::kRtp : connection_type::kIcy;
    }
    observer.OnTcpFlowClosed(flow, with_layer7 ? 3 : 0);
  }
}

void FeedUdp(Observer& observer, bool with_media) {
  Random random;
  Datagram datagram;
  for (int i = 0; i < kRounds; ++i) {
    datagram.ip_total_length = 40 + random.Below(1400);
    datagram.destination_port = static_cast<uint16_t>(random.Below(65536));
    UdpDatagramStep step;
    step.datagram = &datagram;
    step.direction = random.Sender();
    step.flags = random.Flags();
    observer.OnUdpFirstDatagram(step);
    observer.OnUdpDatagram(step, static_cast<int>(random.Below(40)));
    observer.OnSkypeVerdict(random.Ends(), random.Sender(), 5, random.Below(10000));

    UdpFlow flow;
    flow.endpoints = random.Ends();
    flow.first = At(0);
    flow.last = At(1 + random.Below(100) / 10.0);
    for (UdpDirection* d : {&flow.client, &flow.server}) {
      d->packets = 1 + random.Below(90);
      d->data_bytes = random.Below(30000);
      d->layer7_index = static_cast<int>(random.Below(40));
    }
    MediaFlow media;
    media.udp = std::make_shared<const UdpFlow>(flow);
    for (MediaDirection* d : {&media.client, &media.server}) {
      RtpStream& rtp = d->rtp.emplace_back();
      rtp.first = At(1);
      rtp.last = At(3 + random.Below(10));
      rtp.packets = 5 + random.Below(100);
      rtp.data_bytes = random.Below(100000);
      rtp.gap_sum_ms = random.Below(300);
      rtp.gaps = 1 + random.Below(50);
      rtp.payload_type = static_cast<uint8_t>(random.Below(128));
      RtcpStream& rtcp = d->rtcp.emplace_back();
      rtcp.first = At(1);
      rtcp.last = At(3 + random.Below(10));
      rtcp.packets = 5 + random.Below(100);
      rtcp.interval_sum_ms = random.Below(3000);
    }
    observer.OnUdpFlowClosed(flow, with_media ? &media : nullptr);
  }
}

void FeedMedia(Observer& observer) {
  Random random;
  for (int i = 0; i < kRounds; ++i) {
    observer.OnMediaConfirmed(random.Ends(), random.Sender(), 1 + i % 2);
    RtpPacketResult rtp;
    rtp.out_of_sequence = random.Coin();
    rtp.reordered = random.Coin();
    rtp.burst_ended = random.Coin();
    rtp.burst = random.Below(5);
    observer.OnRtpPacket(random.Ends(), random.Sender(), rtp);
    observer.OnRtpBurst(random.Ends(), random.Sender(), random.Below(5));
    RtcpPacketResult rtcp;
    rtcp.has_bitrate = rtcp.has_report = rtcp.has_loss = rtcp.has_round_trip = true;
    rtcp.lost = static_cast<int32_t>(random.Below(9)) - 4;
    observer.OnRtcpPacket(random.Ends(), random.Sender(), rtcp);
  }
}

void FeedPackets(PacketObserver& observer) {
  using namespace testing;
  Random random;
  Decoder decoder{DecoderOptions()};
  for (int i = 0; i < kRounds; ++i) {
    const Bytes tcp = Tcp({.flags = static_cast<uint8_t>(i % 3 ? 0x02 : 0x10)});
    const Bytes udp = Udp(8), icmp = Fill(8, 3);
    const Bytes ip[] = {Ipv4({.protocol = 6}, tcp),     Ipv4({.protocol = 17}, udp),
                        Ipv4({.protocol = 1}, icmp),    Ipv4({.protocol = 47}, icmp),
                        Ipv6({.next_header = 6}, tcp),  Ipv6({.next_header = 17}, udp),
                        Ipv6({.next_header = 58}, icmp)};
    const Bytes& frame = ip[random.Below(std::size(ip))];
    Datagram d;
    ASSERT_EQ(decoder.Decode(PacketOf(frame, LinkType::kRaw), &d), DecodeResult::kIp);
    const bool flow = d.transport != Transport::kOther;
    const PacketFlags flags = random.Flags();
    observer.BeforeFlow(d, flags);
    observer.AfterFlow(d, flags,
                       !flow                  ? FlowResult::kNotAnalysed
                       : random.Below(9) == 0 ? FlowResult::kTrash
                                              : FlowResult::kCounted);
  }
}

void FeedChat(Observer& observer) {
  observer.OnChatChange(ChatProtocol::kXmpp, {.presences = 3, .chats = 2}, At(0));
}

Cells After(const std::function<void(Feeding&)>& feed) {
  Feeding feeding;
  feed(feeding);
  return feeding.End();
}

class FeedersTest : public ::testing::Test {
 protected:
  // Each of the families names one of `feeders`; what it names is one it really has.
  void Check(const Families& families, W feeders) {
    for (size_t i = 0; i < HistogramDefinitions().size(); ++i) {
      const HistogramDefinition& d = HistogramDefinitions()[i];
      const std::string_view family = AllHistograms()[i].family;
      if (!families.contains(family)) continue;
      EXPECT_TRUE(Contains(d.feeders, feeders)) << d.name;
      found_[family] = found_[family] | (d.feeders == W::kNone ? W::kNone : feeders);
    }
  }

  std::map<std::string_view, W> found_;
};

TEST_F(FeedersTest, AreThoseThatTheTableNames) {
  const Cells nothing = After([](Feeding&) {});
  EXPECT_TRUE(nothing.empty());
  Check(NotEmpty(After([](Feeding& f) { FeedPackets(f.packets()); })), W::kPackets);
  Check(NotEmpty(After([](Feeding& f) { FeedChat(f.flows()); })), W::kChat);

  const Cells bare = After([](Feeding& f) { FeedTcp(f.flows(), false, false); });
  const Cells known = After([](Feeding& f) { FeedTcp(f.flows(), true, false); });
  const Cells tunneled = After([](Feeding& f) { FeedTcp(f.flows(), false, true); });
  const Families by_layer7 = Different(bare, known);
  Check(by_layer7, W::kLayer7);
  Check(Different(bare, tunneled), W::kTunneled);
  Families measured = NotEmpty(bare);
  for (const std::string_view family : by_layer7) measured.erase(family);
  Check(measured, W::kTcp);

  const Cells udp = After([](Feeding& f) { FeedUdp(f.flows(), false); });
  Check(NotEmpty(udp), W::kUdp);
  Check(Different(udp, After([](Feeding& f) { FeedUdp(f.flows(), true); })), W::kMedia);
  Check(NotEmpty(After([](Feeding& f) { FeedMedia(f.flows()); })), W::kMedia);

  // The life of flows is told by the pipeline.
  found_["L4_flow_number"] = found_["profile_flows"] = W::kPackets;
  for (size_t i = 0; i < HistogramDefinitions().size(); ++i) {
    const HistogramDefinition& d = HistogramDefinitions()[i];
    EXPECT_EQ(found_[AllHistograms()[i].family], d.feeders) << d.name;
  }
}

HistogramNeeds NeedsOf(const std::string& part, const CompatProfile& profile = {}) {
  HistogramSelection selection;
  selection.SelectMatching(part, profile.l3_histograms);
  EXPECT_TRUE(selection.any()) << part;
  return Needs(selection, profile);
}

TEST(NeedsTest, PacketsAlone) {
  const HistogramNeeds needs = NeedsOf("ip_len");
  EXPECT_TRUE(needs.packets);
  EXPECT_FALSE(needs.tcp || needs.layer7 || needs.chat || needs.udp || needs.media);
}

TEST(NeedsTest, WhatImpliesWhat) {
  HistogramNeeds needs = NeedsOf("tcp_win");
  EXPECT_TRUE(needs.tcp);
  EXPECT_FALSE(needs.packets || needs.layer7 || needs.udp);
  needs = NeedsOf("chat_flow_num");
  EXPECT_TRUE(needs.chat && needs.layer7 && needs.tcp);
  EXPECT_FALSE(needs.udp || needs.packets);
  needs = NeedsOf("rtcp_jitter");
  EXPECT_TRUE(needs.media && needs.udp);
  EXPECT_FALSE(needs.tcp);
  needs = NeedsOf("udp_cl_p");
  EXPECT_TRUE(needs.udp);
  EXPECT_FALSE(needs.media);
}

TEST(NeedsTest, MediaInTcpDependsOnTheProfile) {
  CompatProfile profile;
  profile.rtp_over_tcp = true;
  EXPECT_TRUE(NeedsOf("mm_cl_p", profile).layer7);
  profile.rtp_over_tcp = false;
  EXPECT_FALSE(NeedsOf("mm_cl_p", profile).tcp);
  EXPECT_TRUE(NeedsOf("mm_cl_p", profile).media);
}

TEST(NeedsTest, NothingAndAddresses) {
  HistogramSelection selection;
  EXPECT_FALSE(Needs(selection, {}).packets);
  selection.addresses = true;
  EXPECT_TRUE(Needs(selection, {}).packets);
  EXPECT_FALSE(Needs(selection, {}).tcp);
}

}  // namespace
}  // namespace tstat::internal
