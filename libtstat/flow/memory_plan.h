// SPDX-License-Identifier: BSD-3-Clause
//
// How AnalyzerOptions::max_memory is shared out: what each table may have of it (docs/limits.md).
// Limits of flows go by what is known of them in the order of all packets, so that rows are the
// same for any number of threads.
//
//   const MemoryPlan plan = MemoryPlan::Of(options);
//   FragmentTable fragments(plan.fragments);
//
// Without max_memory each part is kNoLimit, and tables have their own limits only.
#ifndef TSTAT_FLOW_MEMORY_PLAN_H_
#define TSTAT_FLOW_MEMORY_PLAN_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tstat/options.h"

namespace tstat::internal {

// What a live flow is taken to need, in all tables together; measured with benchmarks/flood.
struct FlowBytes {
  uint32_t open = 0;   // any
  uint32_t state = 0;  // more, when it has payload that is read (TCP), or may hold hellos or media
};

struct MemoryPlan {
  static constexpr uint64_t kNoLimit = UINT64_MAX;

  [[nodiscard]] static MemoryPlan Of(const AnalyzerOptions& options);

  // Of a part of `bytes`, as many entries of `size` as it has room for, at most `most`.
  static constexpr size_t Entries(uint64_t bytes, size_t size, size_t most) {
    return static_cast<size_t>(std::clamp<uint64_t>(bytes / size, 1, most));
  }

  FlowBytes tcp_flow, udp_flow;
  uint64_t tcp_flows = kNoLimit, udp_flows = kNoLimit;
  uint64_t names = kNoLimit;        // from DNS, and questions
  uint64_t ended_flows = kNoLimit;  // that are remembered
  uint64_t fragments = kNoLimit;    // that wait for the rest
  uint64_t calls = kNoLimit;        // of SIP, by what they announced
  uint64_t waiting = kNoLimit;      // packets that wait for their turn
  uint64_t texts = kNoLimit;        // of HTTP heads, beyond what each begins with
  uint64_t media = kNoLimit;        // streams of RTP and RTCP
  uint64_t addresses = kNoLimit;    // counted for histograms
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_MEMORY_PLAN_H_
