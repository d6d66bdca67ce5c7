// SPDX-License-Identifier: BSD-3-Clause
//
// A sink that wants every event and folds every field of what it is given into one number: all
// parsers run, every view in a record is read (so that a sanitizer sees one that dangles), and two
// runs can be compared.
//
//   EverythingSink sink;
//   analyzer.AddSink(&sink);  ...
//   sink.digest(), sink.tcp_flows()
#ifndef TSTAT_ROBUSTNESS_EVERYTHING_SINK_H_
#define TSTAT_ROBUSTNESS_EVERYTHING_SINK_H_

#include <cstdint>

#include "tests/robustness/record_fold.h"
#include "tstat/event_sink.h"

namespace tstat::internal {

class EverythingSink : public EventSink {
 public:
  EventMask Wants() const override { return EventMask::All(); }

  void OnNewOutput(const OutputStart& e) override { fold_.Add(e.time, e.order); }
  void OnIntervalEnd(const IntervalEnd& e) override { fold_.Add(e.time, e.index, e.order); }
  void OnTraceEnd(const TraceEnd& e) override { fold_.Add(e.time, e.order); }

  void OnTcpFlow(const TcpFlow& flow) override {
    ++tcp_flows_;
    Ordered(flow);
  }
  void OnUdpFlow(const UdpFlow& flow) override {
    ++udp_flows_;
    Ordered(flow);
  }
  void OnHttpMessage(const HttpMessage& message) override {
    ++messages_;
    fold_.Record(message);
  }
  void OnVideoFlow(const VideoFlow& video) override { fold_.Record(video); }
  void OnChatFlow(const ChatFlow& chat) override { fold_.Record(chat); }
  void OnChatMessage(const ChatMessage& message) override { fold_.Record(message); }
  void OnTlsHandshake(const TlsHandshake& handshake) override {
    ++handshakes_;
    fold_.Record(handshake);
  }
  void OnDnsResolution(const DnsResolution& resolution) override { fold_.Record(resolution); }
  void OnMediaFlow(const MediaFlow& media) override {
    ++media_flows_;
    fold_.Record(media);
  }
  void OnSkypeFlow(const SkypeFlow& skype) override { fold_.Record(skype); }
  void OnHistograms(const HistogramSnapshot& snapshot) override {
    ++snapshots_;
    fold_.Record(snapshot);
  }
  void OnTcpPeriod(const TcpPeriod& period) override {
    ++periods_;
    fold_.Record(period);
  }
  void OnUdpPeriod(const UdpPeriod& period) override {
    ++periods_;
    fold_.Record(period);
  }

  void OnDnsEntry(const DnsEntry& entry) override {
    ++dns_entries_;
    fold_.Record(entry);
  }
  void OnFlowPacket(const FlowPacket& packet) override {
    ++packets_;
    fold_.Record(packet);
  }

  uint64_t digest() const { return fold_.digest(); }
  uint64_t tcp_flows() const { return tcp_flows_; }
  uint64_t udp_flows() const { return udp_flows_; }
  uint64_t messages() const { return messages_; }
  uint64_t handshakes() const { return handshakes_; }
  uint64_t media_flows() const { return media_flows_; }
  uint64_t snapshots() const { return snapshots_; }
  uint64_t periods() const { return periods_; }
  uint64_t dns_entries() const { return dns_entries_; }
  uint64_t packets() const { return packets_; }
  // Flow records came in the order of their keys.
  bool order_is_kept() const { return order_is_kept_; }

 private:
  template <typename Flow>
  void Ordered(const Flow& flow) {
    fold_.Record(flow);
    order_is_kept_ = order_is_kept_ && last_ <= flow.order;
    last_ = flow.order;
  }

  RecordFold fold_;
  uint64_t tcp_flows_ = 0, udp_flows_ = 0, messages_ = 0, handshakes_ = 0, media_flows_ = 0;
  uint64_t snapshots_ = 0, periods_ = 0, dns_entries_ = 0, packets_ = 0;
  OrderKey last_;
  bool order_is_kept_ = true;
};

}  // namespace tstat::internal

#endif  // TSTAT_ROBUSTNESS_EVERYTHING_SINK_H_
