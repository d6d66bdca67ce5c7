// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] Tells what DNS messages say, packet by packet (tstat/dns.h).
//
//   DnsLog log(&sink);
//   if (log.OnDatagram(step, endpoints, flow_number)) ...    // a DNS message; sink.OnDnsEntry
//   log.OnStreamMessage(message, message.size(), origin);    // one of a TCP stream
#ifndef TSTAT_NAMES_DNS_LOG_H_
#define TSTAT_NAMES_DNS_LOG_H_

#include <cstddef>
#include <cstdint>

#include "flow/step.h"
#include "names/dns_message.h"
#include "names/dns_transactions.h"
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

  // Where a message comes from.
  struct Origin {
    Timestamp time;
    OrderKey order;  // of its first entry; those of the others follow
    Direction sender = Direction::kClientToServer;
    FlowProtocol protocol = FlowProtocol::kUdp;
    uint64_t flow_number = 0;
    const Endpoints& endpoints;
    // Of the flow, with CompatProfile::modern_layer7; else null: times of questions are not told.
    DnsTransactions* transactions = nullptr;
    bool is_multicast_dns =
        false;  // the first bit of a class is no part of it (RFC 6762, 5.4, 10.2)
  };

  // Whether the datagram is a DNS message as a whole; if it is, its entries are told. With
  // `transactions`, those that are sent to many, too, and what can be read of those whose end was
  // not captured or is broken; a response without a record has an entry as well.
  bool OnDatagram(const UdpDatagramStep& step, const Endpoints& endpoints, uint64_t flow_number,
                  DnsTransactions* transactions = nullptr);
  // The number of entries of a message of a TCP stream, 0 if it is none. `size`: of the message, of
  // which `message` may be the begin.
  uint64_t OnStreamMessage(ByteReader message, size_t size, const Origin& origin);

 private:
  bool OnMessage(const DnsWire& wire, size_t size, const Origin& origin);
  void TellAnswers(const DnsMessageView& message);
  void TellOfQuestions(const DnsMessageView& message, size_t most);
  void Begin(const Origin& origin, const DnsMessageView& message);
  size_t HashOfQuestion(const DnsMessageView& message);
  void SetQuestion(const DnsMessageView& message, const DnsQuestionView& question);
  // False: it has no text.
  bool SetAnswer(const DnsMessageView& message, const DnsRecordView& record);
  void Tell();

  EventSink* out_;
  bool is_modern_ = false;     // of the message: CompatProfile::modern_layer7
  bool is_multicast_ = false;  // as Origin has it, and modern
  DnsEntry entry_;             // reused, so that its texts are not allocated each time
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_LOG_H_
