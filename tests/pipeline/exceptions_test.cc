// SPDX-License-Identifier: BSD-3-Clause
//
// No exception leaves an Analyzer: what throws in it ends the analysis, and status() says so.
#include <gtest/gtest.h>

#include <functional>
#include <new>
#include <stdexcept>
#include <string>

#include "tests/pipeline/packet_script.h"
#include "tstat/analyzer.h"
#include "tstat/event_sink.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {
namespace {

using testing::PacketScript;

// Does `act` at each of its calls.
class ActingSink : public EventSink {
 public:
  enum class Call { kNone, kWants, kNewOutput, kTcpFlow, kTraceEnd };
  ActingSink(Call call, std::function<void()> act) : call_(call), act_(std::move(act)) {}

  EventMask Wants() const override {
    if (call_ == Call::kWants) act_();
    return Event::kTcpFlow;
  }
  void OnNewOutput(const OutputStart&) override { Do(Call::kNewOutput); }
  void OnTcpFlow(const TcpFlow&) override {
    ++flows;
    Do(Call::kTcpFlow);
  }
  void OnTraceEnd(const TraceEnd&) override { Do(Call::kTraceEnd); }

  int flows = 0;

 private:
  void Do(Call call) {
    if (call_ == call) act_();
  }

  Call call_;
  std::function<void()> act_;
};

PacketScript TwoFlows() {
  PacketScript script;
  script.Handshake(0, 40000);
  script.Reset(1, 40000);
  script.Handshake(2, 40001);
  script.Reset(3, 40001);
  return script;
}

void ThrowError() { throw std::runtime_error("the disk is on fire"); }
void ThrowNumber() { throw 42; }
void ThrowBadAlloc() { throw std::bad_alloc(); }

TEST(Exceptions, OfASinkEndTheAnalysis) {
  for (const ActingSink::Call call :
       {ActingSink::Call::kNewOutput, ActingSink::Call::kTcpFlow, ActingSink::Call::kTraceEnd}) {
    SCOPED_TRACE(static_cast<int>(call));
    ActingSink sink(call, ThrowError);
    Analyzer analyzer({});
    analyzer.AddSink(&sink);
    const PacketScript script = TwoFlows();
    MemoryPacketSource source = script.Source();
    const absl::Status status = analyzer.Run(source);
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    EXPECT_EQ(status.message(), "an exception ended the analysis: the disk is on fire");
    EXPECT_EQ(analyzer.status(), status);
    EXPECT_FALSE(analyzer.out_of_memory());
    // Further calls do nothing.
    const int flows = sink.flows;
    EXPECT_EQ(analyzer.Process(script.packets()[0]), PacketResult::kNotTaken);
    analyzer.BeginTrace({});
    analyzer.ProcessBatch(script.packets());
    analyzer.StartNewOutput(PacketScript::At(5));
    analyzer.AdvanceTime(PacketScript::At(1000));
    analyzer.EndTrace();
    EXPECT_EQ(sink.flows, flows);
    EXPECT_EQ(analyzer.status(), status);
  }
}

TEST(Exceptions, OfASinkInTheMiddleOfATrace) {
  ActingSink sink(ActingSink::Call::kTcpFlow, ThrowError);
  Analyzer analyzer({});
  analyzer.AddSink(&sink);
  const PacketScript script = TwoFlows();
  script.Feed(&analyzer);
  analyzer.EndTrace();
  EXPECT_EQ(sink.flows, 1);
  EXPECT_EQ(analyzer.status().code(), absl::StatusCode::kInternal);
}

TEST(Exceptions, ThatAreNoStdException) {
  ActingSink sink(ActingSink::Call::kTcpFlow, ThrowNumber);
  Analyzer analyzer({});
  analyzer.AddSink(&sink);
  MemoryPacketSource source = TwoFlows().Source();
  EXPECT_EQ(analyzer.Run(source), absl::InternalError("an exception ended the analysis"));
}

TEST(Exceptions, OfMemoryAreAStateOfTheirOwn) {
  ActingSink sink(ActingSink::Call::kTcpFlow, ThrowBadAlloc);
  Analyzer analyzer({});
  analyzer.AddSink(&sink);
  MemoryPacketSource source = TwoFlows().Source();
  EXPECT_EQ(analyzer.Run(source).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(analyzer.out_of_memory());
}

TEST(Exceptions, WhenASinkIsAdded) {
  ActingSink bad(ActingSink::Call::kWants, ThrowError);
  ActingSink good(ActingSink::Call::kNone, nullptr);
  Analyzer analyzer({});
  analyzer.AddSink(&bad);
  analyzer.AddSink(&good);
  MemoryPacketSource source = TwoFlows().Source();
  EXPECT_EQ(analyzer.Run(source).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(good.flows, 0);
}

TEST(Exceptions, OfAFilterEndTheAnalysis) {
  AnalyzerOptions options;
  options.flow_filter = [](const NewFlow&) -> bool { throw std::runtime_error("no list"); };
  ActingSink sink(ActingSink::Call::kNone, nullptr);
  Analyzer analyzer(options);
  analyzer.AddSink(&sink);
  MemoryPacketSource source = TwoFlows().Source();
  EXPECT_EQ(analyzer.Run(source), absl::InternalError("an exception ended the analysis: no list"));
}

// What the caller throws in its own call comes back to it, and the analysis can go on.
TEST(Exceptions, OfTheCallerPass) {
  ActingSink sink(ActingSink::Call::kNone, nullptr);
  Analyzer analyzer({});
  analyzer.AddSink(&sink);
  MemoryPacketSource source = TwoFlows().Source();
  EXPECT_THROW((void)analyzer.Run(source, {}, []() -> bool { throw std::runtime_error("enough"); }),
               std::runtime_error);
  EXPECT_TRUE(analyzer.status().ok());
  analyzer.EndTrace();
  EXPECT_EQ(sink.flows, 2);
}

}  // namespace
}  // namespace tstat::internal
