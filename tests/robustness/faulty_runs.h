// SPDX-License-Identifier: BSD-3-Clause
//
// Traces with faults by a seed, or in another order, analysed on any number of threads, with epochs
// so short that a small trace has many. All numbers come from the seed.
//
//   FaultyRun run = FaultyRun::Of(seed);             // which faults, profile, epochs
//   FaultyOutcome one = run.Analyze(LoadTrace("web"), 1);
//   ExpectAddsUp(one);
//   ExpectSame(one, run.Analyze(LoadTrace("web"), 3));
#ifndef TSTAT_ROBUSTNESS_FAULTY_RUNS_H_
#define TSTAT_ROBUSTNESS_FAULTY_RUNS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "capture/fault_injecting_source.h"
#include "tests/robustness/packet_store.h"
#include "tstat/options.h"

namespace tstat::internal {

// SplitMix64: the same numbers with every library.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15) {}
  uint64_t Next();
  size_t Below(size_t n) { return static_cast<size_t>(Next() % n); }
  template <typename T, size_t kSize>
  T OneOf(const T (&values)[kSize]) {
    return values[Below(kSize)];
  }

 private:
  uint64_t state_;
};

struct FaultyOutcome {
  AnalysisOutcome analysis;
  FaultInjectingSource::Counts faults;
  absl::Status status;
  bool has_more_rows = false;  // than flows
};

struct FaultyRun {
  FaultOptions faults;
  AnalyzerOptions options;
  size_t epoch_steps = 1;
  bool is_stream = false, is_live = false;

  // Two kinds of faults or three, and now and then one that ends the trace early.
  static FaultyRun Of(uint64_t seed);
  // No faults.
  static FaultyRun WithoutFaults(uint64_t seed);

  // As Analyzer::Run.
  FaultyOutcome Analyze(const std::vector<StoredPacket>& packets, unsigned threads) const;
};

// Another order of `packets`: each goes at most `window` places from its own, or anywhere. Their
// times stay in order, or go with them.
std::vector<StoredPacket> Shuffled(std::vector<StoredPacket> packets, size_t window,
                                   bool with_times, Numbers* numbers);

// Every packet that was delivered is counted once: as analysed, or by the reason why it was not.
void ExpectAddsUp(const FaultyOutcome& outcome);
// What was told, and all that was counted.
void ExpectSame(const FaultyOutcome& a, const FaultyOutcome& b);

// `count` small traces, evenly chosen of those of the reference, where they are there, and of
// tests/traces.
std::vector<std::string> SmallTraces(size_t count);

}  // namespace tstat::internal

#endif  // TSTAT_ROBUSTNESS_FAULTY_RUNS_H_
