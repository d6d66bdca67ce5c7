// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] Tells what DNS messages say, packet by packet (tstat/dns.h).
//
//   DnsLog log(&sink);
//   if (log.OnDatagram(step, endpoints, flow_number)) ...    // a DNS message; sink.OnDnsEntry
#ifndef TSTAT_NAMES_DNS_LOG_H_
#define TSTAT_NAMES_DNS_LOG_H_

#include <cstddef>
#include <cstdint>

#include "flow/step.h"
#include "names/dns_message.h"
#include "tstat/dns.h"
#include "tstat/event_sink.h"
#include "tstat/flow.h"

namespace tstat::internal {

class DnsLog {
 public:
  // Characters of an answer from the owner's name on: the rest of longer ones is left out.
  static constexpr size_t kMaxAnswerText = 4095;

  // `out` must outlive the log.
  explicit DnsLog(EventSink* out) : out_(out) {}

  // Whether the datagram is a DNS message as a whole; if it is, its entries are told.
  bool OnDatagram(const UdpDatagramStep& step, const Endpoints& endpoints, uint64_t flow_number);

 private:
  void Begin(const UdpDatagramStep& step, const Endpoints& endpoints, uint64_t flow_number,
             const DnsMessageView& message);
  void SetQuestion(const DnsMessageView& message, const DnsQuestionView& question);
  // False: it has no text.
  bool SetAnswer(const DnsMessageView& message, const DnsRecordView& record);
  void Tell();

  EventSink* out_;
  DnsEntry entry_;  // reused, so that its texts are not allocated each time
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_LOG_H_
