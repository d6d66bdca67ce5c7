// SPDX-License-Identifier: BSD-3-Clause
//
// What the record of a flow has beside measurements, where AnalyzerOptions asks for it: `labels`,
// `first_packets`, `ndpi`.
//
//   if (flow.extras != nullptr) Print(flow.extras->label);
#ifndef TSTAT_FLOW_EXTRAS_H_
#define TSTAT_FLOW_EXTRAS_H_

#include <string>

#include "tstat/first_packets.h"

namespace tstat::inline v1 {

struct FlowExtras {
  std::string label;           // of AnalyzerOptions::labels; empty: no rule fits
  FirstPackets first_packets;  // empty: AnalyzerOptions wants none, or none had payload
  std::string ndpi;            // libndpi's name of the flow, "TLS.Google"; empty: it has none
};

}  // namespace tstat::inline v1

#endif  // TSTAT_FLOW_EXTRAS_H_
