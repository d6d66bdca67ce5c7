// SPDX-License-Identifier: BSD-3-Clause
//
// What an Analyzer makes of calls that it cannot do: an error in status(), nothing else.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/pipeline/packet_script.h"
#include "tstat/analyzer.h"
#include "tstat/event_sink.h"
#include "tstat/options.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {
namespace {

using testing::PacketScript;

PacketScript TwoFlows() {
  PacketScript script;
  script.Handshake(0, 40000);
  script.Handshake(2, 40001);
  script.Reset(3, 40001);
  return script;
}

// Notes the flows, and acts at each.
class FlowSink : public EventSink {
 public:
  explicit FlowSink(std::function<void()> act = [] {}) : act_(std::move(act)) {}
  EventMask Wants() const override { return Event::kTcpFlow; }
  void OnTcpFlow(const TcpFlow& flow) override {
    ports.push_back(flow.endpoints.client.port);
    act_();
  }

  std::vector<uint16_t> ports;

 private:
  std::function<void()> act_;
};

std::vector<uint16_t> FlowsOf(const PacketScript& script) {
  FlowSink sink;
  Analyzer analyzer({});
  analyzer.AddSink(&sink);
  script.Feed(&analyzer);
  analyzer.EndTrace();
  return sink.ports;
}

TEST(Misuse, CallsOfASinkDoNothing) {
  const PacketScript script = TwoFlows();
  const std::vector<uint16_t> expected = FlowsOf(script);
  ASSERT_EQ(expected.size(), 2u);
  const Timestamp much_later = PacketScript::At(1e6);
  const std::vector<std::function<void(Analyzer*)>> calls = {
      [](Analyzer* a) { a->BeginTrace({}); },
      [&](Analyzer* a) { EXPECT_EQ(a->Process(script.packets()[0]), PacketResult::kNotTaken); },
      [](Analyzer* a) { a->EndTrace(); },
      [&](Analyzer* a) { a->StartNewOutput(much_later); },
      [&](Analyzer* a) { a->AdvanceTime(much_later); },
  };
  for (size_t i = 0; i < calls.size(); ++i) {
    SCOPED_TRACE(i);
    Analyzer analyzer({});
    FlowSink sink([&] { calls[i](&analyzer); });
    analyzer.AddSink(&sink);
    script.Feed(&analyzer);
    analyzer.EndTrace();
    EXPECT_EQ(sink.ports, expected);
    EXPECT_EQ(analyzer.status().code(), absl::StatusCode::kFailedPrecondition);
  }
}

TEST(Misuse, NoSinkIsNone) {
  const PacketScript script = TwoFlows();
  FlowSink sink;
  Analyzer analyzer({});
  analyzer.AddSink(nullptr);
  analyzer.AddSink(&sink);
  script.Feed(&analyzer);
  analyzer.EndTrace();
  EXPECT_EQ(sink.ports.size(), 2u);
  EXPECT_EQ(analyzer.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Misuse, TablesNeedASize) {
  for (uint32_t Globals::*size :
       {&Globals::max_tcp_pairs, &Globals::max_udp_pairs, &Globals::gc_split_ratio}) {
    for (const uint32_t value : {0u, Globals::kMostFlows + 1, UINT32_MAX}) {
      SCOPED_TRACE(value);
      AnalyzerOptions options;
      options.globals.*size = value;
      FlowSink sink;
      Analyzer analyzer(options);
      analyzer.AddSink(&sink);
      TwoFlows().Feed(&analyzer);
      analyzer.EndTrace();
      EXPECT_TRUE(sink.ports.empty());
      EXPECT_EQ(analyzer.status().code(), absl::StatusCode::kInvalidArgument);
    }
    AnalyzerOptions options;
    options.globals.*size = 1;
    Analyzer analyzer(options);
    TwoFlows().Feed(&analyzer);
    analyzer.EndTrace();
    EXPECT_TRUE(analyzer.status().ok()) << analyzer.status();
  }
}

}  // namespace
}  // namespace tstat::internal
