// SPDX-License-Identifier: BSD-3-Clause
#include "l7/extras_tracker.h"

#include "tstat/labels.h"
#include "tstat/tcp_flow.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

std::unique_ptr<ExtrasTracker> ExtrasTracker::Create(const CompatProfile& profile,
                                                     const ExtrasOptions& options) {
  const bool looks_at_packets = profile.flows_follow_connections;
  std::unique_ptr<ExtrasTracker> extras(new ExtrasTracker());
  extras->labels_ = options.labels;
  if (looks_at_packets && options.first_packets > 0) {
    extras->first_packets_ = std::make_unique<FirstPacketTable>(options.first_packets);
  }
  if (looks_at_packets && options.ndpi) extras->ndpi_ = NdpiTracker::Create();
  const bool is_asked =
      extras->labels_ != nullptr || extras->first_packets_ != nullptr || extras->ndpi_ != nullptr;
  return is_asked ? std::move(extras) : nullptr;
}

void ExtrasTracker::SetLabels(std::shared_ptr<const LabelRules> rules,
                              std::unique_ptr<ExtrasTracker>* extras) {
  if (*extras == nullptr) extras->reset(new ExtrasTracker());
  (*extras)->labels_ = std::move(rules);
}

void ExtrasTracker::Begin(FlowIndex flow) {
  if (first_packets_ != nullptr) first_packets_->Begin(flow);
  if (ndpi_ != nullptr) ndpi_->Begin(flow);
}

template <typename Record>
void ExtrasTracker::FillIn(FlowIndex flow, Record* record) {
  auto extras = std::make_shared<tstat::FlowExtras>();
  if (first_packets_ != nullptr) extras->first_packets = first_packets_->Make(flow, record->first);
  if (ndpi_ != nullptr) extras->ndpi = ndpi_->NameOf(flow);
  if (labels_ != nullptr) extras->label = labels_->Of(*record);
  record->extras = std::move(extras);
}
template void ExtrasTracker::FillIn(FlowIndex flow, TcpFlow* record);
template void ExtrasTracker::FillIn(FlowIndex flow, UdpFlow* record);

size_t ExtrasTracker::memory_bytes() const {
  return (first_packets_ != nullptr ? first_packets_->memory_bytes() : 0) +
         (ndpi_ != nullptr ? ndpi_->memory_bytes() : 0);
}

}  // namespace tstat::internal
