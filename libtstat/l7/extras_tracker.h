// SPDX-License-Identifier: BSD-3-Clause
//
// What records of flows have beside measurements, where the options ask for it: labels, the first
// packets, what libndpi says.
//
//   std::unique_ptr<ExtrasTracker> extras = ExtrasTracker::Create(profile, options);
//   if (extras != nullptr) extras->Begin(flow);        // null: nothing is asked for
//   extras->OnPacket(flow, direction, payload_bytes, datagram);
//   extras->FillIn(flow, &record);                     // what layer 7 found is in it
#ifndef TSTAT_L7_EXTRAS_TRACKER_H_
#define TSTAT_L7_EXTRAS_TRACKER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "decode/datagram.h"
#include "flow/extras_options.h"
#include "flow/first_packet_table.h"
#include "flow/step.h"
#include "l7/ndpi/ndpi_tracker.h"
#include "tstat/flow.h"
#include "tstat/options.h"

namespace tstat::internal {

class ExtrasTracker {
 public:
  // Null: nothing is asked for.
  static std::unique_ptr<ExtrasTracker> Create(const CompatProfile& profile,
                                               const ExtrasOptions& options);
  // The same with labels at least.
  static void SetLabels(std::shared_ptr<const LabelRules> rules,
                        std::unique_ptr<ExtrasTracker>* extras);

  // The flow is new, or ended.
  void Begin(FlowIndex flow);
  // The flow was reported, and goes on.
  void BeginPeriod(FlowIndex flow) {
    if (first_packets_ != nullptr) first_packets_->Begin(flow);
  }
  void OnPacket(FlowIndex flow, Direction sender, int64_t payload_bytes, const Datagram& d) {
    if (first_packets_ != nullptr && payload_bytes > 0) {
      first_packets_->Add(flow, sender, static_cast<uint32_t>(payload_bytes), d.time);
    }
    if (ndpi_ != nullptr) ndpi_->OnPacket(flow, d);
  }
  // Of TcpFlow and UdpFlow.
  template <typename Record>
  void FillIn(FlowIndex flow, Record* record);

  size_t memory_bytes() const;

 private:
  ExtrasTracker() = default;

  // Null: not asked for.
  std::shared_ptr<const LabelRules> labels_;
  std::unique_ptr<FirstPacketTable> first_packets_;
  std::unique_ptr<NdpiTracker> ndpi_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_EXTRAS_TRACKER_H_
