// SPDX-License-Identifier: BSD-3-Clause
//
// Names from DNS over TCP, in the order of the packets: what crosses flows is known in front,
// before they are measured. At most kMaxFlows are followed, the one that began first makes room.
//
//   DnsStreams streams(&cache);
//   streams.OnSegment(step, flow_number);            // to or from port 53
#ifndef TSTAT_PIPELINE_DNS_STREAMS_H_
#define TSTAT_PIPELINE_DNS_STREAMS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "flow/step.h"
#include "l7/stream/ordered_stream.h"
#include "l7/stream/stream_buffers.h"
#include "names/dns_cache.h"
#include "tstat/ip_address.h"
#include "tstat/time.h"

namespace tstat::internal {

class DnsStreams {
 public:
  static constexpr size_t kMaxFlows = 4096;
  // Questions of a flow that wait for their answers.
  static constexpr size_t kMaxQuestions = 64;

  // `cache` must outlive the object.
  explicit DnsStreams(DnsCache* cache);
  ~DnsStreams();
  DnsStreams(const DnsStreams&) = delete;
  DnsStreams& operator=(const DnsStreams&) = delete;

  // A counted segment with port 53 on one side.
  void OnSegment(const TcpSegmentStep& step, uint64_t flow_number);

  size_t flows() const { return flows_.size(); }

 private:
  struct Question {
    uint16_t id = 0;
    bool is_open = false;
    // For which names and types; 0: not all of it was captured.
    size_t asked = 0;
    Timestamp time;
  };
  class Flow;

  Flow& Find(uint64_t flow_number);

  DnsCache* cache_;
  StreamBuffers buffers_;
  DnsAddresses parsed_;                                         // reused
  absl::flat_hash_map<uint64_t, std::unique_ptr<Flow>> flows_;  // by their number
  std::deque<uint64_t> order_;                                  // in which they began
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_DNS_STREAMS_H_
