// SPDX-License-Identifier: BSD-3-Clause
//
// What each IP packet adds to the histograms, whatever flow it belongs to.
//
//   observer.BeforeFlow(datagram, flags);
//   ...                                               // the flow table takes the packet
//   observer.AfterFlow(datagram, flags, result);
#ifndef TSTAT_HISTOGRAM_PACKET_OBSERVER_H_
#define TSTAT_HISTOGRAM_PACKET_OBSERVER_H_

#include <cstdint>

#include "decode/datagram.h"
#include "flow/flow_table.h"
#include "flow/step.h"
#include "histogram/engine.h"

namespace tstat::internal {

class PacketObserver {
 public:
  explicit PacketObserver(HistogramEngine* engine)
      : engine_(*engine), recorder_(engine->recorder()) {}

  // The packet comes soon: fetches what is too large for the cache.
  void Prefetch(const Datagram& d, const PacketFlags& flags) const {
    const HistogramSuffix suffix = SuffixesOf(flags).main;
    if (d.transport == Transport::kTcp) {
      recorder_.of(HistogramFamily::kTcpPortSrc, suffix).Prefetch(d.source_port);
      recorder_.of(HistogramFamily::kTcpPortDst, suffix).Prefetch(d.destination_port);
    } else {
      recorder_.of(HistogramFamily::kUdpPortDst, suffix).Prefetch(d.destination_port);
    }
    if (!d.is_v6 && engine_.counts_addresses()) {
      engine_.addresses().Prefetch(d.source.v4(), d.destination.v4());
    }
  }
  // The same for what that points to; call when it has had time to arrive.
  void PrefetchAttached(const Datagram& d) const {
    if (!d.is_v6 && engine_.counts_addresses()) {
      engine_.addresses().PrefetchEntries(d.source.v4(), d.destination.v4());
    }
  }
  // The block of internal addresses is due before the packet at `now` counts.
  bool IsBlockDue(Timestamp now) const {
    return engine_.counts_internal_addresses() && engine_.addresses().IsBlockDue(now);
  }
  void BeforeFlow(const Datagram& d, const PacketFlags& flags) {
    if (d.is_v6) CountIpv6(d, SuffixesOf(flags));
  }
  void AfterFlow(const Datagram& d, const PacketFlags& flags, FlowResult result);

 private:
  void CountIpv6(const Datagram& d, SuffixPair suffixes);
  void CountIpv4(const Datagram& d, const PacketFlags& flags, SuffixPair suffixes);
  void CountTcp(const Datagram& d, SuffixPair suffixes);

  HistogramEngine& engine_;
  HistogramRecorder& recorder_;
};

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_PACKET_OBSERVER_H_
