// SPDX-License-Identifier: BSD-3-Clause
//
// Events that wait until those of other lanes are there, to be told in order.
//
//   EventQueue queue;                       // the EventSink and OrderedFeed of a lane
//   queue.BeginStep(step.order);            // events that come now are caused by this Step
//   queue.OnTcpFlow(flow);
//   KeptEvents events;
//   queue.SwapOut(&events);                 // for another thread
//   KeptEvents::Teller teller(events);
//   while (!teller.done()) teller.TellNext(&sinks, &averages);     // or look at teller.key() first
#ifndef TSTAT_PIPELINE_KEPT_EVENTS_H_
#define TSTAT_PIPELINE_KEPT_EVENTS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "histogram/ordered_averages.h"
#include "tstat/chat.h"
#include "tstat/dns.h"
#include "tstat/event_sink.h"
#include "tstat/flow_packet.h"
#include "tstat/http_message.h"
#include "tstat/media.h"
#include "tstat/periodic.h"
#include "tstat/skype.h"
#include "tstat/tcp_flow.h"
#include "tstat/tls.h"
#include "tstat/udp_flow.h"
#include "tstat/video.h"

namespace tstat::internal {

// A packet with all that it refers to; moving it moves none of that.
class OwnedFlowPacket {
 public:
  explicit OwnedFlowPacket(const FlowPacket& packet);
  const FlowPacket& packet() const { return packet_; }

 private:
  FlowPacket packet_;
  std::unique_ptr<const Endpoints> endpoints_;
  std::vector<SegmentVerdict> verdicts_;
  std::vector<uint8_t> bytes_;
};

// What an OrderedFeed was told.
struct KeptTcpData {
  double received = 0, missed = 0;
};
struct KeptChatChange {
  ChatProtocol protocol;
  ChatChange change;
  Timestamp time;
};

// In the order in which they came, each with a key by which it finds its place among others.
class KeptEvents {
 public:
  class Teller;

  template <typename Stored, typename Event>
  void Add(OrderKey key, const Event& event) {
    auto& of_kind = std::get<std::vector<Stored>>(events_);
    order_.push_back({key, KindOf<Stored>(), static_cast<uint32_t>(of_kind.size())});
    of_kind.emplace_back(event);
  }
  bool empty() const { return order_.empty(); }
  // Keeps the memory.
  void Clear();

 private:
  using Storage =
      std::tuple<std::vector<TcpFlow>, std::vector<UdpFlow>, std::vector<OwnedHttpMessage>,
                 std::vector<VideoFlow>, std::vector<ChatFlow>, std::vector<ChatMessage>,
                 std::vector<TlsHandshake>, std::vector<DnsResolution>, std::vector<MediaFlow>,
                 std::vector<SkypeFlow>, std::vector<TcpPeriod>, std::vector<UdpPeriod>,
                 std::vector<DnsEntry>, std::vector<OwnedFlowPacket>, std::vector<KeptTcpData>,
                 std::vector<KeptChatChange>>;
  static constexpr size_t kKinds = std::tuple_size_v<Storage>;
  struct Place {
    OrderKey key;
    uint8_t kind;
    uint32_t index;
  };

  template <typename Stored, size_t kAt = 0>
  static constexpr uint8_t KindOf() {
    if constexpr (std::is_same_v<std::tuple_element_t<kAt, Storage>, std::vector<Stored>>) {
      return kAt;
    } else {
      return KindOf<Stored, kAt + 1>();
    }
  }

  std::vector<Place> order_;
  Storage events_;
};

class KeptEvents::Teller {
 public:
  // `events` must outlive it, and stay as they are.
  explicit Teller(const KeptEvents& events) : events_(&events) {}

  bool done() const { return next_ == events_->order_.size(); }
  // Of the next one. REQUIRES: !done().
  OrderKey key() const { return events_->order_[next_].key; }
  // To `sinks`, or to `feed` what is for that.
  void TellNext(EventSink* sinks, OrderedFeed* feed);

 private:
  const KeptEvents* events_;
  size_t next_ = 0;
};

// Where a lane, or the front, tells its events.
class EventQueue final : public EventSink, public OrderedFeed {
 public:
  // Events have the key of the step that began last (of a lane), or their own (null step: the
  // front's).
  void BeginStep(OrderKey step) { step_ = step; }
  void SetWants(EventMask wants) { wants_ = wants; }
  bool empty() const { return events_.empty(); }
  // Gives what there is, and goes on with the memory of `events`.
  void SwapOut(KeptEvents* events) {
    events->Clear();
    std::swap(events_, *events);
  }

  EventMask Wants() const override { return wants_; }
  void OnTcpFlow(const TcpFlow& e) override { Add<TcpFlow>(e); }
  void OnUdpFlow(const UdpFlow& e) override { Add<UdpFlow>(e); }
  void OnHttpMessage(const HttpMessage& e) override { Add<OwnedHttpMessage>(e); }
  void OnVideoFlow(const VideoFlow& e) override { Add<VideoFlow>(e); }
  void OnChatFlow(const ChatFlow& e) override { Add<ChatFlow>(e); }
  void OnChatMessage(const ChatMessage& e) override { Add<ChatMessage>(e); }
  void OnTlsHandshake(const TlsHandshake& e) override { Add<TlsHandshake>(e); }
  void OnDnsResolution(const DnsResolution& e) override { Add<DnsResolution>(e); }
  void OnMediaFlow(const MediaFlow& e) override { Add<MediaFlow>(e); }
  void OnSkypeFlow(const SkypeFlow& e) override { Add<SkypeFlow>(e); }
  void OnTcpPeriod(const TcpPeriod& e) override { Add<TcpPeriod>(e); }
  void OnUdpPeriod(const UdpPeriod& e) override { Add<UdpPeriod>(e); }
  void OnDnsEntry(const DnsEntry& e) override { Add<DnsEntry>(e); }
  void OnFlowPacket(const FlowPacket& e) override { Add<OwnedFlowPacket>(e); }

  void OnTcpData(double received, double missed) override {
    events_.Add<KeptTcpData>(*step_, KeptTcpData{received, missed});
  }
  void OnChatChange(ChatProtocol protocol, const ChatChange& change, Timestamp time) override {
    events_.Add<KeptChatChange>(*step_, KeptChatChange{protocol, change, time});
  }

 private:
  template <typename Stored, typename Event>
  void Add(const Event& event) {
    events_.Add<Stored>(step_.has_value() ? *step_ : event.order, event);
  }

  KeptEvents events_;
  std::optional<OrderKey> step_;
  EventMask wants_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_KEPT_EVENTS_H_
