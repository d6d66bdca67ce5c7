// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/dns_streams.h"

#include <algorithm>
#include <optional>

#include "absl/hash/hash.h"
#include "names/dns_stream.h"

namespace tstat::internal {

namespace {

// What a message asks for, in a number; 0: it was cut before it says all.
size_t QuestionsOf(const DnsWire& message, DnsAddresses* parsed) {
  if (!parsed->ParseQuestions(message)) return 0;
  size_t hash = 1;
  for (const DnsAddresses::Named& named : parsed->names) {
    hash = absl::HashOf(hash, LowerCaseName(named.name), named.types);
  }
  return hash == 0 ? 1 : hash;
}

}  // namespace

class DnsStreams::Flow final : public StreamReader {
 public:
  Flow(DnsCache* cache, DnsAddresses* parsed, uint64_t number)
      : cache_(cache), parsed_(parsed), number_(number) {}

  void OnSegment(const TcpSegmentStep& step, StreamBuffers& buffers) {
    const Datagram& d = *step.datagram;
    const TcpHeader& h = step.header;
    const bool to_server = d.destination_port == 53;
    client_ = to_server ? d.source : d.destination;
    resolver_ = to_server ? d.destination : d.source;
    OrderedStream& stream = streams_[static_cast<size_t>(Index(step.direction))];
    const bool syn = (h.flags & tcp_flags::kSyn) != 0;
    if (!stream.started() && (syn || h.payload_length > 0))
      stream.Start(h.sequence + (syn ? 1 : 0));
    if (h.payload_length <= 0 || stream.done()) return;
    const auto length = static_cast<uint32_t>(h.payload_length);
    const ByteReader payload = TcpPayload(d, h).Sub(0, length);
    StreamPosition at;
    at.direction = step.direction;
    at.time = d.time;
    at.order = step.order;
    is_answers_ = !to_server;
    stream.OnSegment({.sequence = h.sequence + (syn ? 1 : 0), .payload = payload, .length = length},
                     at, *this, &held_, buffers);
  }

  void Release(StreamBuffers& buffers) {
    for (OrderedStream& stream : streams_) stream.Release(&held_, buffers);
  }

  size_t OnBytes(ByteReader bytes, const StreamPosition& at) override {
    if (at.offset == 0) {
      const ByteReader first = WithoutEmptyMessages(bytes);
      const bool waits = !first.Has(0, kDnsStreamLength + dns_header::kBytes);
      if (!waits && !IsDnsStream(first)) return kDone;
      if (waits && first.size() < bytes.size()) return 0;
    }
    const size_t skipped = GapOf(at).Skip(bytes, at.segment_start);
    return skipped + ForEachStreamMessage(bytes.Sub(skipped), [&](ByteReader message) {
             OnMessage(message, at);
             return true;
           });
  }
  // Of the message in which it begins, what is there.
  bool OnGap(ByteReader rest, uint64_t missing, const StreamPosition& at) override {
    OnMessage(rest.Sub(kDnsStreamLength), at);
    GapOf(at).Begin(rest, missing);
    return true;
  }

 private:
  DnsStreamGap& GapOf(const StreamPosition& at) {
    return gaps_[static_cast<size_t>(Index(at.direction))];
  }
  void OnMessage(ByteReader message, const StreamPosition& at) {
    if (!message.Has(0, dns_header::kBytes)) return;
    const uint16_t id = message.U16(dns_header::kId);
    const DnsWire wire(message, message.size());
    const size_t what = QuestionsOf(wire, parsed_);
    const bool is_answer = (message.U8(dns_header::kFlags) & dns_header::kIsResponse) != 0;
    if (is_answer != is_answers_) return;
    if (!is_answer) {
      questions_[next_question_++ % kMaxQuestions] = {
          .id = id, .is_open = true, .asked = what, .time = at.time};
      return;
    }
    const auto asked = std::find_if(questions_.begin(), questions_.end(), [&](const Question& q) {
      return q.is_open && q.id == id && (q.asked == what || q.asked == 0);
    });
    std::optional<Timestamp> time;
    if (asked != questions_.end()) time = asked->time;
    cache_->TakeStreamAnswer(wire, time,
                             {.client = client_,
                              .resolver = resolver_,
                              .request_time = time.value_or(at.time),
                              .response_time = at.time,
                              .order = At(at.order, EventPlace::kDnsResolution),
                              .flow_number = number_});
  }

  DnsCache* cache_;
  DnsAddresses* parsed_;
  uint64_t number_;
  std::array<OrderedStream, 2> streams_;
  std::array<DnsStreamGap, 2> gaps_;
  uint32_t held_ = 0;
  IpAddress client_, resolver_;
  std::array<Question, kMaxQuestions> questions_{};
  size_t next_question_ = 0;
  bool is_answers_ = false;  // of the present segment
};

DnsStreams::DnsStreams(DnsCache* cache) : cache_(cache) {}

DnsStreams::~DnsStreams() {
  for (auto& [number, flow] : flows_) flow->Release(buffers_);
}

DnsStreams::Flow& DnsStreams::Find(uint64_t flow_number) {
  const auto known = flows_.find(flow_number);
  if (known != flows_.end()) return *known->second;
  if (flows_.size() == kMaxFlows) {
    const auto oldest = flows_.find(order_.front());
    oldest->second->Release(buffers_);
    flows_.erase(oldest);
    order_.pop_front();
  }
  order_.push_back(flow_number);
  return *flows_.emplace(flow_number, std::make_unique<Flow>(cache_, &parsed_, flow_number))
              .first->second;
}

void DnsStreams::OnSegment(const TcpSegmentStep& step, uint64_t flow_number) {
  Find(flow_number).OnSegment(step, buffers_);
}

}  // namespace tstat::internal
