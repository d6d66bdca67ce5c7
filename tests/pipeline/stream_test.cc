// SPDX-License-Identifier: BSD-3-Clause
//
// What an Analyzer does between and beside packets: outputs, intervals, time, subscriptions,
// filters, misuse, errors.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/pipeline.h"
#include "tests/pipeline/packet_script.h"
#include "tstat/analyzer.h"
#include "tstat/histogram.h"
#include "tstat/http_message.h"
#include "tstat/tcp_flow.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {
namespace {

using testing::Bytes;
using testing::Ethernet;
using testing::PacketScript;
using testing::operator+;

using Words = std::vector<std::string>;

// Seconds since the script's start.
std::string Seconds(Timestamp t) { return std::to_string(t.seconds() - PacketScript::kStart); }

class Diary : public EventSink {
 public:
  explicit Diary(EventMask wants = Event::kTcpFlow | Event::kUdpFlow) : wants_(wants) {}

  EventMask Wants() const override { return wants_; }
  void set_wants(EventMask wants) { wants_ = wants; }
  void OnNewOutput(const OutputStart& e) override { words.push_back("output " + Seconds(e.time)); }
  void OnIntervalEnd(const IntervalEnd& e) override {
    words.push_back("interval " + std::to_string(e.index) + " at " + Seconds(e.time));
  }
  void OnTraceEnd(const TraceEnd& e) override { words.push_back("end " + Seconds(e.time)); }
  void OnTcpFlow(const TcpFlow& e) override {
    words.push_back("tcp " + std::to_string(e.endpoints.client.port) + " at " +
                    Seconds(e.closed_at));
    last_tcp = e;
  }
  void OnUdpFlow(const UdpFlow& e) override {
    words.push_back("udp " + std::to_string(e.endpoints.client.port) + " at " +
                    Seconds(e.closed_at));
  }
  void OnHttpMessage(const HttpMessage&) override { words.push_back("http"); }
  absl::Status status() const override { return error; }

  Words words;
  TcpFlow last_tcp;
  absl::Status error;

 private:
  EventMask wants_;
};

TraceContext Stream() { return {.is_stream = true}; }

// Every segment of RTMP is looked at; what layer 7 knew went into the row of the first trace.
TEST(Traces, AFlowOfRtmpGoesOnInTheNext) {
  PacketScript first, second;
  first.Handshake(0.0, 40000);
  first.Tcp(0.1, {.source_port = 40000, .sequence = 1001, .acknowledgment = 5001}, "\3\0\0");
  first.Tcp(0.2, {.source_port = 40000, .sequence = 5001, .acknowledgment = 1004}, "\3\0\0", true);
  second.Tcp(0.3, {.source_port = 40000, .sequence = 1004, .acknowledgment = 5004});
  second.Tcp(0.4, {.source_port = 40000, .sequence = 1004, .acknowledgment = 5004}, "GET / ");
  Diary diary;
  Analyzer analyzer{AnalyzerOptions()};
  analyzer.AddSink(&diary);
  for (const PacketScript* script : {&first, &second}) {
    analyzer.BeginTrace({.is_last = script == &second});
    for (const Packet& packet : script->packets()) analyzer.Process(packet);
    analyzer.EndTrace();
  }
  EXPECT_TRUE(analyzer.status().ok());
  EXPECT_EQ(analyzer.statistics().tcp_packets_tracked, 7u);
}

// --- intervals and outputs

TEST(Intervals, OneEndsWhenMoreThanItsLengthHasPassed) {
  PacketScript script;
  for (double s : {0.0, 300.0, 300.000001}) script.Udp(s, 1000);
  Diary diary;
  Analyzer analyzer{AnalyzerOptions()};
  analyzer.AddSink(&diary);
  analyzer.Process(script.packets()[0]);
  analyzer.Process(script.packets()[1]);
  EXPECT_EQ(diary.words, Words{"output 0"});
  analyzer.Process(script.packets()[2]);
  EXPECT_EQ(diary.words, (Words{"output 0", "interval 0 at 300"}));
}

TEST(Intervals, TheyAreCountedFromZeroInEachTrace) {
  Diary diary{EventMask()};
  Analyzer analyzer{AnalyzerOptions()};
  analyzer.AddSink(&diary);
  for (double start : {0.0, 5000.0}) {
    PacketScript script;
    for (double s : {0.0, 301.0, 602.0}) script.Udp(start + s, 1000);
    analyzer.BeginTrace({});
    script.Feed(&analyzer);
    analyzer.EndTrace();
  }
  EXPECT_EQ(diary.words,
            (Words{"output 0", "interval 0 at 301", "interval 1 at 602", "end 602", "output 5000",
                   "interval 0 at 5000", "interval 1 at 5301", "interval 2 at 5602", "end 5602"}));
}

TEST(Intervals, ThereAreNoneWithoutThem) {
  AnalyzerOptions options;
  options.intervals = false;
  PacketScript script;
  for (double s : {0.0, 1000.0, 2000.0}) script.Udp(s, 1000);
  Diary diary{EventMask()};
  Analyzer analyzer(options);
  analyzer.AddSink(&diary);
  analyzer.BeginTrace(Stream());
  script.Feed(&analyzer);
  analyzer.EndTrace();
  EXPECT_EQ(diary.words, (Words{"output 0", "end 2000"}));
}

// A duplicate and a packet of no flow do not move the time, but in the 3.3 profile any does.
TEST(Intervals, OnlyCountedPacketsMoveTheTime) {
  for (const bool every : {false, true}) {
    AnalyzerOptions options;
    options.profile.step_on_every_ip_packet = every;
    PacketScript script;
    script.Udp(0, 1000);
    script.Tcp(400, {.flags = 0x10});  // of no flow
    Diary diary{EventMask()};
    Analyzer analyzer(options);
    analyzer.AddSink(&diary);
    script.Feed(&analyzer);
    EXPECT_EQ(diary.words.size(), every ? 2u : 1u);
  }
}

TEST(Outputs, AStreamGoesToANewOneAfterItsIntervals) {
  AnalyzerOptions options;
  options.globals.dirs = 2;
  for (const bool stream : {true, false}) {
    PacketScript script;
    for (double s : {0.0, 301.0, 602.0, 903.0}) script.Udp(s, 1000);
    Diary diary{EventMask()};
    Analyzer analyzer(options);
    analyzer.AddSink(&diary);
    analyzer.BeginTrace({.is_stream = stream});
    script.Feed(&analyzer);
    if (stream) {
      EXPECT_EQ(diary.words, (Words{"output 0", "interval 0 at 301", "interval 1 at 602",
                                    "output 602", "interval 0 at 903"}));
    } else {
      EXPECT_EQ(diary.words,
                (Words{"output 0", "interval 0 at 301", "interval 1 at 602", "interval 2 at 903"}));
    }
  }
}

TEST(Outputs, OneCanBeStartedByHand) {
  PacketScript script;
  for (double s : {0.0, 301.0, 602.0}) script.Udp(s, 1000);
  Diary diary{EventMask()};
  Analyzer analyzer{AnalyzerOptions()};
  analyzer.AddSink(&diary);
  analyzer.StartNewOutput(PacketScript::At(0));  // no trace
  analyzer.BeginTrace({});
  analyzer.StartNewOutput(PacketScript::At(0));  // no packet
  EXPECT_EQ(diary.words, Words{});
  analyzer.Process(script.packets()[0]);
  analyzer.Process(script.packets()[1]);
  analyzer.StartNewOutput(PacketScript::At(302));
  analyzer.Process(script.packets()[2]);
  analyzer.EndTrace();
  analyzer.StartNewOutput(PacketScript::At(700));  // between traces
  EXPECT_EQ(diary.words,
            (Words{"output 0", "interval 0 at 301", "output 302", "interval 1 at 602", "end 602"}));
}

TEST(Outputs, ConcatenatedTracesHaveOneAndTwoIntervalsBetween) {
  AnalyzerOptions options;
  options.concatenate = true;
  Diary diary;
  Analyzer analyzer(options);
  analyzer.AddSink(&diary);
  for (const bool last : {false, true}) {
    PacketScript script;
    script.Udp(last ? 10 : 0, 1000);
    analyzer.BeginTrace({.is_last = last});
    script.Feed(&analyzer);
    analyzer.EndTrace();
  }
  EXPECT_EQ(diary.words,
            (Words{"output 0", "interval 0 at 0", "interval 1 at 0", "udp 1000 at 10", "end 10"}));
}

TEST(Outputs, WithoutConcatenationEachTraceHasItsFlows) {
  Diary diary;
  Analyzer analyzer{AnalyzerOptions()};
  analyzer.AddSink(&diary);
  for (const double start : {0.0, 10.0}) {
    PacketScript script;
    script.Udp(start, 1000);
    analyzer.BeginTrace({});
    script.Feed(&analyzer);
    analyzer.EndTrace();
  }
  EXPECT_EQ(diary.words,
            (Words{"output 0", "udp 1000 at 0", "end 0", "output 10", "udp 1000 at 10", "end 10"}));
}

// --- time without packets

TEST(Time, IdleFlowsEndAsTheCollectorWouldEndThem) {
  // What a new flow at 1000 s closes, AdvanceTime closes, too.
  PacketScript script;
  script.Handshake(0, 40000);
  script.Udp(1, 1000);
  Diary by_packet, by_time;
  for (Diary* diary : {&by_packet, &by_time}) {
    Analyzer analyzer{AnalyzerOptions()};
    analyzer.AddSink(diary);
    script.Feed(&analyzer);
    if (diary == &by_packet) {
      PacketScript later;
      later.Udp(1000, 2000);
      later.Feed(&analyzer);
    } else {
      analyzer.AdvanceTime(PacketScript::At(1000));
    }
  }
  const auto flows = [](const Words& words) {
    Words only;
    for (const std::string& word : words) {
      if (word.starts_with("tcp") || word.starts_with("udp")) only.push_back(word);
    }
    std::sort(only.begin(), only.end());
    return only;
  };
  EXPECT_EQ(flows(by_time.words), (Words{"tcp 40000 at 1000", "udp 1000 at 1000"}));
  EXPECT_EQ(flows(by_packet.words), flows(by_time.words));
}

TEST(Time, NoFlowEndsEarlyByIt) {
  PacketScript script;
  script.Handshake(0, 40000);
  Diary diary;
  Analyzer analyzer{AnalyzerOptions()};
  analyzer.AddSink(&diary);
  script.Feed(&analyzer);
  for (double s = 1; s <= 299; ++s) analyzer.AdvanceTime(PacketScript::At(s));
  EXPECT_EQ(diary.words, Words{"output 0"});
  for (double s = 300; s <= 310; ++s) analyzer.AdvanceTime(PacketScript::At(s));
  ASSERT_EQ(diary.words.size(), 3u);
}

TEST(Time, IntervalsEndByIt) {
  PacketScript script;
  script.Udp(0, 1000);
  Diary diary{EventMask()};
  AnalyzerOptions options;
  options.globals.dirs = 1;
  Analyzer analyzer(options);
  analyzer.AddSink(&diary);
  analyzer.BeginTrace(Stream());
  analyzer.AdvanceTime(PacketScript::At(0));  // before any packet
  script.Feed(&analyzer);
  analyzer.AdvanceTime(PacketScript::At(300));
  analyzer.AdvanceTime(PacketScript::At(301));
  analyzer.AdvanceTime(PacketScript::At(200));  // earlier than what was said
  analyzer.EndTrace();
  EXPECT_EQ(diary.words, (Words{"output 0", "interval 0 at 301", "output 301", "end 0"}));
}

// --- subscriptions

TEST(Subscriptions, ASinkGetsWhatItWants) {
  PacketScript script;
  script.Handshake(0, 40000);
  script.Tcp(1, {.source_port = 40000, .sequence = 1001, .acknowledgment = 5001},
             "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  script.Udp(2, 1000);
  Diary tcp{Event::kTcpFlow}, udp{Event::kUdpFlow}, http{Event::kHttpMessage}, none{EventMask()};
  Analyzer analyzer{AnalyzerOptions()};
  for (Diary* diary : {&tcp, &udp, &http, &none}) analyzer.AddSink(diary);
  script.Feed(&analyzer);
  analyzer.EndTrace();
  EXPECT_EQ(tcp.words, (Words{"output 0", "tcp 40000 at 2", "end 2"}));
  EXPECT_EQ(udp.words, (Words{"output 0", "udp 1000 at 2", "end 2"}));
  EXPECT_EQ(http.words, (Words{"output 0", "http", "end 2"}));
  EXPECT_EQ(none.words, (Words{"output 0", "end 2"}));
}

TEST(Subscriptions, ASinkThatComesTooLateIsAnError) {
  PacketScript script;
  script.Udp(0, 1000);
  Diary diary, late;
  Analyzer analyzer{AnalyzerOptions()};
  analyzer.AddSink(&diary);
  script.Feed(&analyzer);
  EXPECT_TRUE(analyzer.status().ok());
  analyzer.AddSink(&late);
  EXPECT_TRUE(absl::IsFailedPrecondition(analyzer.status()));
  analyzer.EndTrace();
  EXPECT_EQ(late.words, Words{});
  EXPECT_EQ(diary.words.size(), 3u);
}

TEST(Subscriptions, WhatWasAnnouncedCanBeHadFromTheNextOutputOn) {
  PacketScript script;
  script.Handshake(0, 40000);
  script.Udp(1, 1000);
  Diary diary{EventMask()};
  AnalyzerOptions options;
  options.later_wants = Event::kTcpFlow;
  Analyzer analyzer(options);
  analyzer.AddSink(&diary);
  script.Feed(&analyzer);
  diary.set_wants(Event::kTcpFlow);
  analyzer.Resubscribe();
  analyzer.StartNewOutput(PacketScript::At(2));
  analyzer.EndTrace();
  // The flow was measured from its start.
  EXPECT_EQ(diary.words, (Words{"output 0", "output 2", "tcp 40000 at 1", "end 1"}));
  EXPECT_EQ(diary.last_tcp.client.packets, 2u);
  EXPECT_TRUE(analyzer.status().ok());
}

TEST(Subscriptions, WhatWasNotAnnouncedIsAnError) {
  PacketScript script;
  script.Handshake(0, 40000);
  Diary diary{Event::kUdpFlow};
  Analyzer analyzer{AnalyzerOptions()};
  analyzer.AddSink(&diary);
  script.Feed(&analyzer);
  diary.set_wants(Event::kTcpFlow);
  analyzer.StartNewOutput(PacketScript::At(2));  // nobody asked for another subscription
  EXPECT_TRUE(analyzer.status().ok());
  analyzer.Resubscribe();
  analyzer.StartNewOutput(PacketScript::At(3));
  EXPECT_TRUE(absl::IsFailedPrecondition(analyzer.status()));
  analyzer.EndTrace();
  EXPECT_EQ(diary.words, (Words{"output 0", "output 2", "output 3", "end 0"}));
}

TEST(Subscriptions, AnAnalysisWithoutSinksCounts) {
  PacketScript script;
  script.Handshake(0, 40000);
  script.Udp(1, 1000);
  Analyzer analyzer{AnalyzerOptions()};
  script.Feed(&analyzer);
  analyzer.EndTrace();
  EXPECT_EQ(analyzer.statistics().tcp_flows, 1u);
  EXPECT_EQ(analyzer.statistics().udp_flows, 1u);
}

// --- filters

TEST(Filters, APacketThatDoesNotMatchNeverCame) {
  PacketScript script;
  script.Udp(0, 1000);
  script.Handshake(5, 40000);
  script.Udp(9, 2000);
  AnalyzerOptions options;
  options.packet_filter = "tcp";
  Diary diary;
  Analyzer analyzer(options);
  analyzer.AddSink(&diary);
  EXPECT_EQ(analyzer.Process(script.packets()[0]), PacketResult::kFiltered);
  EXPECT_EQ(diary.words, Words{});
  for (size_t i = 1; i < script.packets().size(); ++i) analyzer.Process(script.packets()[i]);
  analyzer.EndTrace();
  EXPECT_EQ(diary.words, (Words{"output 5", "tcp 40000 at 5", "end 5"}));
  EXPECT_EQ(analyzer.statistics().ip_packets, 3u);
}

TEST(Filters, AnExpressionThatIsNoneIsAnError) {
  PacketScript script;
  script.Udp(0, 1000);
  AnalyzerOptions options;
  options.packet_filter = "no such thing";
  Analyzer analyzer(options);
  EXPECT_EQ(analyzer.Process(script.packets()[0]), PacketResult::kFiltered);
  EXPECT_TRUE(absl::IsInvalidArgument(analyzer.status())) << analyzer.status();
}

TEST(Filters, AFlowThatIsNotWantedIsNotMeasured) {
  PacketScript script;
  script.Handshake(0, 40000);
  script.Handshake(1, 40001);
  script.Udp(2, 1000);
  script.Reset(3, 40000);
  AnalyzerOptions options;
  options.flow_filter = [](const NewFlow& flow) {
    return flow.protocol == FlowProtocol::kTcp && flow.endpoints.client.port != 40000;
  };
  Diary diary;
  Analyzer analyzer(options);
  analyzer.AddSink(&diary);
  script.Feed(&analyzer);
  analyzer.EndTrace();
  EXPECT_EQ(diary.words, (Words{"output 0", "tcp 40001 at 3", "end 3"}));
  EXPECT_EQ(analyzer.statistics().tcp_flows, 2u);
  EXPECT_EQ(analyzer.statistics().udp_flows, 1u);
}

// --- packets and flows

TEST(Packets, EachIsToldWhatBecameOfIt) {
  PacketScript script;
  script.Handshake(0, 40000);
  Analyzer analyzer{AnalyzerOptions()};
  const auto process = [&](const Bytes& frame) {
    PacketScript one;
    one.Frame(1, frame);
    return analyzer.Process(one.packets()[0]);
  };
  for (const Packet& packet : script.packets()) {
    EXPECT_EQ(analyzer.Process(packet), PacketResult::kCounted);
  }
  EXPECT_EQ(analyzer.Process(script.packets().back()), PacketResult::kDuplicate);
  EXPECT_EQ(process(Ethernet(0x0806) + Bytes(46)), PacketResult::kDropped);  // ARP
  EXPECT_EQ(
      process(Ethernet(0x0800) + testing::Ipv4({.protocol = 6, .id = 9},
                                               testing::Tcp({.source_port = 7, .flags = 0x10}))),
      PacketResult::kNoFlow);
  EXPECT_EQ(process(Ethernet(0x0800) + testing::Ipv4({.protocol = 1, .id = 9}, Bytes(8))),
            PacketResult::kNotAnalysed);
  Bytes cut = Ethernet(0x0800) + testing::Ipv4({.protocol = 6, .id = 10}, testing::Tcp());
  cut.resize(cut.size() - 10);
  EXPECT_EQ(process(cut), PacketResult::kShort);
}

TEST(Packets, ThoseThatAreSwitchedOffAreNotAnalysed) {
  PacketScript script;
  script.Udp(0, 1000);
  AnalyzerOptions options;
  options.udp = false;
  Analyzer analyzer(options);
  EXPECT_EQ(analyzer.Process(script.packets()[0]), PacketResult::kNotAnalysed);
}

TEST(LiveFlows, AreThoseThatAreOpen) {
  PacketScript script;
  script.Handshake(0, 40000);
  script.Handshake(1, 40001);
  script.Reset(2, 40000);
  script.Udp(3, 1000);
  script.Udp(4, 1000, /*from_server=*/true);
  Analyzer analyzer{AnalyzerOptions()};
  std::vector<LiveFlow> live;
  const auto note = [&](const LiveFlow& flow) { live.push_back(flow); };
  analyzer.ForEachLiveFlow(note);
  EXPECT_TRUE(live.empty());
  script.Feed(&analyzer);
  analyzer.ForEachLiveFlow(note);
  ASSERT_EQ(live.size(), 2u);
  EXPECT_EQ(live[0].protocol, FlowProtocol::kTcp);
  EXPECT_EQ(live[0].flow_number, 2u);
  EXPECT_EQ(live[0].client_port, 40001);
  EXPECT_EQ(live[0].server_port, 80);
  EXPECT_EQ(live[0].client.ToString(), "10.0.0.1");
  EXPECT_EQ(live[0].packets, 3u);
  EXPECT_EQ(live[1].protocol, FlowProtocol::kUdp);
  EXPECT_EQ(live[1].flow_number, 1u);
  EXPECT_EQ(live[1].first, PacketScript::At(3));
  EXPECT_EQ(live[1].last, PacketScript::At(4));
  EXPECT_EQ(live[1].packets, 2u);
}

TEST(Packets, InternalAddressesAreMasked) {
  PacketScript script;
  script.Handshake(0, 40000);
  AnalyzerOptions options;
  options.address_mask = 0xff;
  Diary diary;
  Analyzer analyzer(options);
  analyzer.AddSink(&diary);
  script.Feed(&analyzer);
  analyzer.EndTrace();
  EXPECT_EQ(diary.last_tcp.endpoints.client.address.ToString(), "10.0.0.254");
}

// --- runs

TEST(Runs, OneEndsEarlyWhenItIsTold) {
  PacketScript script;
  for (int i = 0; i < 1000; ++i) script.Udp(i * 0.001, static_cast<uint16_t>(1000 + i));
  MemoryPacketSource source = script.Source();
  Diary diary;
  Analyzer analyzer{AnalyzerOptions()};
  analyzer.AddSink(&diary);
  int batches = 0;
  EXPECT_TRUE(analyzer.Run(source, {}, [&] { return ++batches < 3; }).ok());
  EXPECT_EQ(batches, 3);
  EXPECT_EQ(analyzer.statistics().udp_flows, 3 * PacketSource::kBatchSize);
  EXPECT_EQ(diary.words.size(), 2 + 3 * PacketSource::kBatchSize);  // all of them are told
}

TEST(Runs, TheErrorOfTheSourceComesFirst) {
  PacketScript script;
  script.Udp(0, 1000);
  for (const bool broken : {false, true}) {
    MemoryPacketSource source = script.Source();
    if (broken) source.FailAtEnd(absl::DataLossError("cut"));
    Diary diary;
    diary.error = absl::ResourceExhaustedError("disk full");
    Analyzer analyzer{AnalyzerOptions()};
    analyzer.AddSink(&diary);
    const absl::Status status = analyzer.Run(source);
    EXPECT_EQ(status.message(), broken ? "cut" : "disk full");
    EXPECT_EQ(diary.words.size(), 3u);  // what was read was analysed
  }
}

TEST(Runs, SinksAreToldInTheirOrder) {
  class Named : public EventSink {
   public:
    Named(std::string name, Words* words) : name_(std::move(name)), words_(words) {}
    EventMask Wants() const override { return Event::kUdpFlow; }
    void OnNewOutput(const OutputStart&) override { words_->push_back(name_ + " output"); }
    void OnUdpFlow(const UdpFlow&) override { words_->push_back(name_ + " udp"); }

   private:
    std::string name_;
    Words* words_;
  };
  PacketScript script;
  script.Udp(0, 1000);
  Words words;
  Named first("first", &words), second("second", &words);
  Analyzer analyzer{AnalyzerOptions()};
  analyzer.AddSink(&first);
  analyzer.AddSink(&second);
  script.Feed(&analyzer);
  analyzer.EndTrace();
  EXPECT_EQ(words, (Words{"first output", "second output", "first udp", "second udp"}));
}

}  // namespace
}  // namespace tstat::internal
