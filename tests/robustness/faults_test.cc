// SPDX-License-Identifier: BSD-3-Clause
//
// What networks, clocks and sources do to traces: everything is counted, and nothing depends on the
// number of threads. A failure names its seed, which TSTAT_SEED repeats; TSTAT_FAULTS=N sets how
// many traces with faults there are, and in proportion how many in another order. With the tsan
// preset, ThreadSanitizer watches.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "tests/robustness/faulty_runs.h"

namespace tstat::internal {
namespace {

struct Seeds {
  uint64_t first, end;
};

// `share` of a hundred of the traces with faults.
Seeds SeedsOf(uint64_t share) {
  if (const char* one = std::getenv("TSTAT_SEED"); one != nullptr) {
    const uint64_t seed = std::strtoull(one, nullptr, 10);
    return {seed, seed + 1};
  }
  const char* text = std::getenv("TSTAT_FAULTS");
  const uint64_t count = text == nullptr ? 32 : std::strtoull(text, nullptr, 10);
  return {1, 1 + count * share / 100};
}

// What a test does with each trace: those of the reference, where they are there, have more in
// them.
std::vector<StoredPacket> TraceOf(uint64_t seed) {
  static const std::vector<std::string> paths = SmallTraces(64);
  return LoadTraceFile(paths[seed * 7 % paths.size()]);
}

void ExpectSameWithThreads(const FaultyRun& run, const std::vector<StoredPacket>& packets) {
  const FaultyOutcome one = run.Analyze(packets, 1);
  ExpectAddsUp(one);
  for (const unsigned threads : {2u, 3u}) {
    SCOPED_TRACE(std::to_string(threads) + " threads");
    ExpectSame(one, run.Analyze(packets, threads));
  }
}

TEST(Faults, ChangeNoCountAndNothingByThreads) {
  const auto [first, end] = SeedsOf(100);
  uint64_t failed = 0, waited = 0, stepped = 0;
  for (uint64_t seed = first; seed < end; ++seed) {
    SCOPED_TRACE("TSTAT_SEED=" + std::to_string(seed));
    const FaultyRun run = FaultyRun::Of(seed);
    const std::vector<StoredPacket> packets = TraceOf(seed);
    ExpectSameWithThreads(run, packets);
    const FaultyOutcome outcome = run.Analyze(packets, 1);
    failed += outcome.status.ok() ? 0 : 1;
    waited += outcome.faults.waits;
    stepped += outcome.faults.clock_steps;
    if (::testing::Test::HasFailure()) break;
  }
  if (end - first < 30) return;
  EXPECT_GT(failed, 0u);
  EXPECT_GT(waited, 0u);
  EXPECT_GT(stepped, 0u);
}

TEST(OtherOrders, ChangeNoCountAndNothingByThreads) {
  const auto [first, end] = SeedsOf(25);
  const size_t windows[] = {1, 5, 40, 1'000'000};
  for (uint64_t seed = first; seed < end; ++seed) {
    SCOPED_TRACE("TSTAT_SEED=" + std::to_string(seed));
    Numbers numbers(seed);
    const bool with_times = numbers.Below(2) == 0;
    const std::vector<StoredPacket> packets =
        Shuffled(TraceOf(seed + 1), numbers.OneOf(windows), with_times, &numbers);
    ExpectSameWithThreads(FaultyRun::WithoutFaults(seed), packets);
    if (::testing::Test::HasFailure()) break;
  }
}

TEST(SmallTraces, AreTheSameWithThreeThreads) {
  uint64_t seed = 0, flows = 0;
  for (const std::string& path : SmallTraces(30)) {
    SCOPED_TRACE(path);
    const std::vector<StoredPacket> packets = LoadTraceFile(path);
    const FaultyRun run = FaultyRun::WithoutFaults(++seed);
    const FaultyOutcome one = run.Analyze(packets, 1);
    ExpectSame(one, run.Analyze(packets, 3));
    flows += one.analysis.tcp_flows + one.analysis.udp_flows;
  }
  EXPECT_GT(flows, 30u);
}

}  // namespace
}  // namespace tstat::internal
