// SPDX-License-Identifier: BSD-3-Clause
//
// Calls of SIP over UDP and TCP, in the order of the packets: what crosses flows is known in front,
// before they are measured. Of TCP at most kMaxFlows are followed, the one that began first makes
// room.
//
//   SipCalls calls(MemoryPlan::Of(options).calls);
//   table.SetCalls(&calls);
#ifndef TSTAT_PIPELINE_SIP_CALLS_H_
#define TSTAT_PIPELINE_SIP_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "flow/call_source.h"
#include "flow/step.h"
#include "l7/sip/announced_calls.h"
#include "l7/stream/stream_buffers.h"
#include "tstat/announced_media.h"
#include "tstat/statistics.h"

namespace tstat::internal {

class SipCalls final : public CallSource {
 public:
  static constexpr size_t kMaxFlows = 4096;

  // `bytes`: what the announced addresses, and the flows of SIP, may take.
  explicit SipCalls(uint64_t bytes);
  ~SipCalls() override;
  SipCalls(const SipCalls&) = delete;
  SipCalls& operator=(const SipCalls&) = delete;

  void OnSipDatagram(const UdpDatagramStep& step, uint64_t flow_number) override;
  void OnSipSegment(const TcpSegmentStep& step, uint64_t flow_number) override;
  std::shared_ptr<const AnnouncedMedia> Find(const Question& flow) override;
  bool empty() const override { return calls_.empty(); }
  TableUse use() const { return calls_.use(); }

 private:
  class Flow;

  AnnouncedCalls calls_;
  StreamBuffers buffers_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<Flow>> flows_;  // of TCP, by their number
  std::deque<uint64_t> order_;                                  // in which they began
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_SIP_CALLS_H_
