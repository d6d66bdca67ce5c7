// SPDX-License-Identifier: BSD-3-Clause
//
// DNS over TCP: its messages are told as those of UDP are (tstat/dns.h).
#ifndef TSTAT_L7_STREAM_DNS_H_
#define TSTAT_L7_STREAM_DNS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "flow/slab.h"
#include "l7/stream/stream_protocol.h"
#include "names/dns_log.h"
#include "names/dns_stream.h"
#include "names/dns_transactions.h"
#include "tstat/event_sink.h"

namespace tstat::internal {

class DnsStream : public StreamProtocol {
 public:
  // `out` must outlive it.
  explicit DnsStream(EventSink* out) : out_(out), log_(out) {}

  uint32_t Open(StreamContext& flow) override;
  size_t OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                 StreamContext& flow) override;
  // Of the message in which it begins, what is there is told.
  bool OnGap(uint32_t state, ByteReader rest, uint64_t missing, const StreamPosition& at,
             StreamContext& flow) override;
  void FillRecord(uint32_t, TcpFlow*) const override {}
  void Release(uint32_t state) override {
    flows_[state] = {};
    flows_.Free(state);
  }
  size_t memory_bytes() const override { return flows_.memory_bytes(); }

 private:
  struct Flow {
    DnsTransactions transactions;
    OrderKey step;                     // of the last message
    uint64_t entries = 0;              // that were told at it
    std::array<DnsStreamGap, 2> gaps;  // by Index(Direction)
  };

  // `size`: of the message, of which `message` may be the begin.
  void Tell(ByteReader message, size_t size, const StreamPosition& at, Flow& flow);

  EventSink* out_;
  DnsLog log_;
  Slab<Flow, 4> flows_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_STREAM_DNS_H_
