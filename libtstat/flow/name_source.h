// SPDX-License-Identifier: BSD-3-Clause
//
// The DNS cache as the flow table sees it: it is told the answers in packet order and asked for a
// name when a flow begins.
#ifndef TSTAT_FLOW_NAME_SOURCE_H_
#define TSTAT_FLOW_NAME_SOURCE_H_

#include <memory>

#include "flow/step.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {

class NameSource {
 public:
  virtual ~NameSource() = default;
  // A counted UDP packet with port 53 on either side. The times are those of the last packets of
  // its flow, c2s and s2c.
  virtual void OnDnsDatagram(const UdpDatagramStep& step, uint64_t flow_number,
                             Timestamp request_time, Timestamp response_time) = 0;
  // With CompatProfile::modern_layer7: a counted TCP segment with port 53 on either side.
  virtual void OnDnsSegment(const TcpSegmentStep& /*step*/, uint64_t /*flow_number*/) {}
  // And whether datagrams of this port are given to OnDnsDatagram.
  static constexpr bool IsOfDns(uint16_t port) {
    return port == 53 || port == 5353 || port == 5355;
  }
  virtual std::shared_ptr<const DnsResolution> Lookup(const IpAddress& client,
                                                      const IpAddress& server) = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_NAME_SOURCE_H_
