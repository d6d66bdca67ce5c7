// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/dns.h"

#include "names/dns_stream.h"

namespace tstat::internal {

uint32_t DnsStream::Open(StreamContext& flow) {
  flow.Recognise(Application::kDns);
  return flows_.Allocate();
}

size_t DnsStream::OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                          StreamContext&) {
  if (!out_->Wants().has(Event::kDnsEntry) || at.identity == nullptr) return bytes.size();
  Flow& flow = flows_[state];
  DnsStreamGap& gap = flow.gaps[static_cast<size_t>(Index(at.direction))];
  const size_t skipped = gap.Skip(bytes, at.segment_start);
  return skipped + ForEachStreamMessage(bytes.Sub(skipped), [&](ByteReader message) {
           Tell(message, message.size(), at, flow);
           return true;
         });
}

bool DnsStream::OnGap(uint32_t state, ByteReader rest, uint64_t missing, const StreamPosition& at,
                      StreamContext&) {
  if (!out_->Wants().has(Event::kDnsEntry) || at.identity == nullptr) return false;
  Flow& flow = flows_[state];
  if (rest.Has(0, kDnsStreamLength)) Tell(rest.Sub(kDnsStreamLength), rest.U16(0), at, flow);
  flow.gaps[static_cast<size_t>(Index(at.direction))].Begin(rest, missing);
  return true;
}

void DnsStream::Tell(ByteReader message, size_t size, const StreamPosition& at, Flow& flow) {
  if (!(flow.step == at.order)) {
    flow.step = at.order;
    flow.entries = 0;
  }
  OrderKey order = At(at.order, EventPlace::kDnsEntry);
  order.sub += flow.entries;
  // As many as there are places for: a message that waits as a whole has less than 4096.
  constexpr uint64_t kMostEntries = static_cast<uint64_t>(EventPlace::kFlowPacket) -
                                    static_cast<uint64_t>(EventPlace::kDnsEntry) - 4096;
  if (flow.entries >= kMostEntries) return;
  flow.entries += log_.OnStreamMessage(message, size,
                                       {.time = at.time,
                                        .order = order,
                                        .sender = at.direction,
                                        .protocol = FlowProtocol::kTcp,
                                        .flow_number = at.identity->number,
                                        .endpoints = at.identity->endpoints,
                                        .transactions = &flow.transactions});
}

}  // namespace tstat::internal
