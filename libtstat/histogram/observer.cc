// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/observer.h"

#include <cstddef>
#include <optional>

#include "histogram/definitions.h"
#include "tstat/tcp_flow.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

HistogramObserver::HistogramObserver(const CompatProfile& profile, HistogramRecorder* recorder,
                                     OrderedFeed* ordered)
    : rtp_plus_(profile.rtp_plus),
      rtp_over_tcp_(profile.rtp_over_tcp),
      lengths_wrap_(profile.segment_lengths_wrap),
      recorder_(*recorder),
      ordered_(*ordered) {
  const auto definitions = HistogramDefinitions();
  for (size_t i = 0; i < definitions.size(); ++i) {
    const HistogramDefinition& d = definitions[i];
    HistogramCells& cells = recorder->all()[i];
    if (!cells.on()) continue;
    if (d.of_tcp.is_there()) of_tcp_.push_back({&cells, d.suffix, d.of_tcp});
    if (d.of_udp.is_there()) of_udp_.push_back({&cells, d.suffix, d.of_udp});
  }
}

// Of both directions of a local flow that of the server comes first.
template <typename Flow>
void HistogramObserver::AddValues(const std::vector<OfFlows<Flow>>& histograms, const Flow& flow) {
  using enum HistogramSuffix;
  const struct {
    Direction sender;
    SuffixPair by_ends;
    HistogramSuffix by_sender;
  } sides[] = {
      {Direction::kServerToClient, SuffixesOf(flow.endpoints, Direction::kServerToClient), kS2c},
      {Direction::kClientToServer, SuffixesOf(flow.endpoints, Direction::kClientToServer), kC2s}};
  const auto add = [&flow](const OfFlows<Flow>& histogram, Direction sender) {
    const std::optional<double> value = histogram.value(flow, sender);
    if (value.has_value()) histogram.cells->Add(*value);
  };
  for (const OfFlows<Flow>& histogram : histograms) {
    const HistogramSuffix suffix = histogram.suffix;
    if (suffix == kNone) {
      add(histogram, Direction::kClientToServer);
      continue;
    }
    for (const auto& side : sides) {
      if (suffix == side.by_ends.main || suffix == side.by_ends.refined ||
          suffix == side.by_sender) {
        add(histogram, side.sender);
      }
    }
  }
}

template void HistogramObserver::AddValues(const std::vector<OfFlows<TcpFlow>>& histograms,
                                           const TcpFlow& flow);
template void HistogramObserver::AddValues(const std::vector<OfFlows<UdpFlow>>& histograms,
                                           const UdpFlow& flow);

}  // namespace tstat::internal
