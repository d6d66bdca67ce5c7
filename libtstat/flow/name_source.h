// SPDX-License-Identifier: BSD-3-Clause
//
// The DNS cache as the flow table sees it: it is told the answers in packet order and asked for a
// name when a flow begins.
#ifndef TSTAT_FLOW_NAME_SOURCE_H_
#define TSTAT_FLOW_NAME_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "decode/byte_reader.h"
#include "decode/datagram.h"
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
  // To or from a port of DNS, of multicast DNS or of link-local names.
  static bool IsOfDns(const Datagram& d) {
    const auto is_port = [](uint16_t port) { return port == 53 || port == 5353 || port == 5355; };
    return is_port(d.source_port) || is_port(d.destination_port);
  }
  // Such a datagram, and one that may be DNS on another port, is given to OnDnsDatagram.
  static bool MayBeDns(const Datagram& d) { return IsOfDns(d) || MayBeDnsElsewhere(d); }
  // Whether a UDP datagram of any port may be a query or its answer (RFC 1035, 4.1.1): one
  // question, the operation QUERY, and few records. It has to be read to be sure.
  static bool MayBeDnsElsewhere(const Datagram& d) {
    constexpr size_t kUdpHeader = 8, kHeader = 12, kSmallestQuestion = 5;
    constexpr size_t kFlags = 2, kQuestions = 4, kAnswers = 6, kAuthorities = 8, kMore = 10;
    constexpr uint16_t kOperationAndZero = 0x7840, kMostRecords = 256;
    const ByteReader message = d.transport_bytes.Sub(kUdpHeader);
    return message.Has(0, kHeader + kSmallestQuestion) && message.U16(kQuestions) == 1 &&
           (message.U16(kFlags) & kOperationAndZero) == 0 && message.U16(kAnswers) < kMostRecords &&
           message.U16(kAuthorities) < kMostRecords && message.U16(kMore) < kMostRecords;
  }
  virtual std::shared_ptr<const DnsResolution> Lookup(const IpAddress& client,
                                                      const IpAddress& server) = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_NAME_SOURCE_H_
