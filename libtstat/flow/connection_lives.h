// SPDX-License-Identifier: BSD-3-Clause
//
// What the flow table keeps beside the lives of flows where flows follow their connections
// (CompatProfile::flows_follow_connections).
#ifndef TSTAT_FLOW_CONNECTION_LIVES_H_
#define TSTAT_FLOW_CONNECTION_LIVES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "decode/datagram.h"
#include "flow/call_source.h"
#include "flow/closed_flow_memory.h"
#include "flow/copy_filter.h"
#include "flow/lane_slab.h"
#include "flow/memory_plan.h"
#include "flow/stable_array.h"
#include "flow/step.h"
#include "flow/tcp_connection.h"
#include "tstat/options.h"
#include "tstat/statistics.h"

namespace tstat::internal {

// Of a UDP flow.
struct Conversation {
  uint64_t predecessor = 0;
  std::array<CopyFilter::History, 2> marks;
  std::array<uint32_t, 2> copies{};
};

struct ConnectionLives {
  ConnectionLives(const AnalyzerOptions& options, LaneSplit split)
      : tcp(FlowCapacity(options.globals.max_tcp_pairs) * split.lanes()),
        udp(FlowCapacity(options.globals.max_udp_pairs) * split.lanes()),
        tcp_marks(FlowCapacity(options.globals.max_tcp_pairs) * split.lanes()),
        udp_marks(FlowCapacity(options.globals.max_udp_pairs) * split.lanes()),
        copies(options.copy_window_us),
        outer_copies(options.copy_window_us),
        tells_copies(options.profile.duplicate_filter && options.profile.copies_by_content),
        counts_late(options.profile.late_segments_count),
        active_timeout_ns(static_cast<int64_t>(options.active_timeout_s * 1e6) * 1000),
        closed_tcp(MostEnded(options, 1u << 17, 2)),
        closed_udp(MostEnded(options, 1u << 16, 1)) {}

  // `thirds` of the part of memory, but no more than `most`.
  static uint32_t MostEnded(const AnalyzerOptions& options, uint32_t most, uint32_t thirds) {
    constexpr size_t kBytes = sizeof(ClosedFlow) + 48;  // and its cells in the index, as it grows
    const uint64_t part = MemoryPlan::Of(options).ended_flows / 3 * thirds;
    return static_cast<uint32_t>(MemoryPlan::Entries(part, kBytes, most));
  }

  // How long what comes of a closed connection can be late: twice the time that a segment lives in
  // the network (RFC 9293, section 3.4.2).
  static constexpr int64_t kLateNs = int64_t{240} * 1'000'000'000;
  // How long it counts in the connection's flow: what was under way, answers to that, the first
  // repetitions of a FIN.
  static constexpr int64_t kCountedLateNs = int64_t{2} * 1'000'000'000;

  void Prefetch(bool is_tcp, uint32_t flow) const {
    const char* const state = is_tcp ? reinterpret_cast<const char*>(&tcp[flow])
                                     : reinterpret_cast<const char*>(&udp[flow]);
    __builtin_prefetch(state, 1);
    // The former has a line for itself, the latter may be in two.
    __builtin_prefetch(state + sizeof(Conversation) - 1, 1);
  }
  // What the end of a flow needs beside that.
  void PrefetchMarks(bool is_tcp, uint32_t flow) const {
    __builtin_prefetch(is_tcp ? &tcp_marks[flow] : &udp_marks[flow]);
  }

  // Nothing that comes is of a flow that was there.
  void ForgetClosed() {
    closed_tcp.Forget();
    closed_udp.Forget();
    ended.clear();
  }

  const ClosedFlowMemory& closed(bool is_tcp) const { return is_tcp ? closed_tcp : closed_udp; }

  void AddTo(Statistics* s) const {
    s->tcp_after_close += after_close;
    s->tcp_after_reset += after_reset;
    for (const bool is_tcp : {true, false}) {
      const ClosedFlowMemory& memory = closed(is_tcp);
      s->tables.push_back({.name = is_tcp ? "ended_tcp_flows" : "ended_udp_flows",
                           .used = memory.size(),
                           .limit = memory.limit(),
                           .bytes = memory.memory_bytes()});
    }
  }
  size_t memory_bytes() const {
    return tcp.memory_bytes() + udp.memory_bytes() + tcp_marks.memory_bytes() +
           udp_marks.memory_bytes() + copies.memory_bytes() + outer_copies.memory_bytes() +
           closed_tcp.memory_bytes() + closed_udp.memory_bytes() + ended.size() * sizeof(Ended);
  }

  // By the index of the flow.
  StableArray<TcpConnection> tcp;
  StableArray<Conversation> udp;
  // What few packets change: not beside what all do.
  StableArray<FlowMarks> tcp_marks, udp_marks;
  CopyFilter copies;
  // Of tunnels' own datagrams, several of which may be around one packet, and of ICMP errors; they
  // are counted apart.
  CopyFilter outer_copies;
  CopyFilter::History icmp_marks;
  uint64_t outer_datagrams = 0;
  const bool tells_copies;
  const bool counts_late;
  CallSource* calls = nullptr;      // null: SIP is not read
  const int64_t active_timeout_ns;  // 0: none
  ClosedFlowMemory closed_tcp, closed_udp;
  uint64_t after_close = 0, after_reset = 0;

  // A TCP flow that has ended, and still counts what is late; unless the flow was closed since, and
  // has another number.
  struct Ended {
    uint32_t flow = 0;
    uint64_t number = 0;
    Timestamp time;
  };
  std::deque<Ended> ended;  // in the order of their ends
  Datagram moved;           // a packet with another time
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_CONNECTION_LIVES_H_
