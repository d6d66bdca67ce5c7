// SPDX-License-Identifier: BSD-3-Clause
#include "flow/memory_plan.h"

namespace tstat::internal {
namespace {

// The program itself and what it has from the start, before any packet.
constexpr uint64_t kProgram = uint64_t{24} << 20;

struct Part {
  uint64_t MemoryPlan::*bytes;
  uint32_t percent;  // of the rest
};
constexpr Part kParts[] = {
    {&MemoryPlan::tcp_flows, 50},  {&MemoryPlan::udp_flows, 20}, {&MemoryPlan::names, 8},
    {&MemoryPlan::ended_flows, 4}, {&MemoryPlan::waiting, 4},    {&MemoryPlan::texts, 4},
    {&MemoryPlan::addresses, 4},   {&MemoryPlan::fragments, 2},  {&MemoryPlan::calls, 1},
    {&MemoryPlan::media, 3},
};

constexpr uint32_t Sum() {
  uint32_t sum = 0;
  for (const Part& part : kParts) sum += part.percent;
  return sum;
}
static_assert(Sum() == 100);

}  // namespace

MemoryPlan MemoryPlan::Of(const AnalyzerOptions& options) {
  MemoryPlan plan;
  if (options.profile.flows_follow_connections) {
    plan.tcp_flow = {.open = 1280, .state = 10240};
    plan.udp_flow = {.open = 768, .state = 9216};
  } else {
    plan.tcp_flow = {.open = 4096, .state = 0};
    plan.udp_flow = {.open = 1536, .state = 0};
  }
  if (options.max_memory == 0) return plan;
  const uint64_t rest = options.max_memory > kProgram ? options.max_memory - kProgram : 0;
  for (const Part& part : kParts) plan.*part.bytes = rest / 100 * part.percent;
  return plan;
}

}  // namespace tstat::internal
