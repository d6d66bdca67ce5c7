// SPDX-License-Identifier: BSD-3-Clause
//
// A sink that wants every event and folds what it is given into one number: all parsers run, every
// view in a record is read (so that a sanitizer sees one that dangles), and two runs can be
// compared.
//
//   EverythingSink sink;
//   analyzer.AddSink(&sink);  ...
//   sink.digest(), sink.tcp_flows()
#ifndef TSTAT_ROBUSTNESS_EVERYTHING_SINK_H_
#define TSTAT_ROBUSTNESS_EVERYTHING_SINK_H_

#include <cstdint>
#include <string_view>

#include "tstat/chat.h"
#include "tstat/event_sink.h"
#include "tstat/flow.h"
#include "tstat/http_message.h"
#include "tstat/tcp_flow.h"
#include "tstat/udp_flow.h"
#include "tstat/video.h"

namespace tstat::internal {

class EverythingSink : public EventSink {
 public:
  EventMask Wants() const override {
    return Event::kTcpFlow | Event::kUdpFlow | Event::kHttpMessage | Event::kVideoFlow |
           Event::kChatFlow | Event::kChatMessage | Event::kTlsHandshake | Event::kDnsResolution |
           Event::kMediaFlow | Event::kSkypeFlow | Event::kHistograms;
  }

  void OnTcpFlow(const TcpFlow& flow) override {
    ++tcp_flows_;
    AddEndpoints(flow.endpoints);
    for (const TcpDirection* d : {&flow.client, &flow.server}) {
      Add(d->packets), Add(d->data_bytes), Add(d->unique_bytes), Add(d->retransmitted_bytes);
      Add(d->out_of_order_packets), Add(d->rtt.count), Add(d->payload_max), Add(d->in_flight_max);
      Add(d->messages), Add(d->isn), Add(d->anomalies.rto), Add(d->anomalies.reordering);
      Text(d->tls_versions);
    }
    Add(flow.layer7.connection_type), Add(flow.layer7.p2p_code), Add(flow.layer7.http_content);
    Text(flow.layer7.tls_server_name), Text(flow.layer7.tls_common_name);
    Text(flow.layer7.http_hostname);
    order_is_kept_ = order_is_kept_ && last_ <= flow.order;
    last_ = flow.order;
  }
  void OnUdpFlow(const UdpFlow& flow) override {
    ++udp_flows_;
    AddEndpoints(flow.endpoints);
    for (const UdpDirection* d : {&flow.client, &flow.server}) {
      Add(d->packets), Add(static_cast<uint64_t>(d->data_bytes)), Add(Value(d->type));
    }
    order_is_kept_ = order_is_kept_ && last_ <= flow.order;
    last_ = flow.order;
  }
  void OnHttpMessage(const HttpMessage& m) override {
    ++messages_;
    for (const HttpValue* v :
         {&m.method, &m.hostname, &m.path, &m.referer, &m.user_agent, &m.cookie, &m.do_not_track,
          &m.status, &m.content_length, &m.content_type, &m.server, &m.content_range, &m.location,
          &m.set_cookie}) {
      Text(v->text);
    }
    if (m.endpoints != nullptr) AddEndpoints(*m.endpoints);
  }
  void OnVideoFlow(const VideoFlow& video) override {
    Add(Value(video.content_type)), Add(Value(video.payload_type));
    Text(video.youtube_id16_46.view()), Text(video.youtube_id11.view());
    if (video.flow != nullptr) Add(video.flow->client.packets);
  }
  void OnChatFlow(const ChatFlow& chat) override { Add(Value(chat.type)); }
  void OnChatMessage(const ChatMessage& message) override { Add(Value(message.type)); }
  void OnDnsResolution(const DnsResolution& resolution) override { Text(resolution.name); }

  uint64_t digest() const { return digest_; }
  uint64_t tcp_flows() const { return tcp_flows_; }
  uint64_t udp_flows() const { return udp_flows_; }
  uint64_t messages() const { return messages_; }
  // Flow records came in the order of their keys.
  bool order_is_kept() const { return order_is_kept_; }

 private:
  template <typename E>
  static uint64_t Value(E e) {
    return static_cast<uint64_t>(e);
  }
  void Add(uint64_t value) { digest_ = (digest_ ^ value) * 0x100000001b3; }
  void Text(std::string_view text) {
    for (unsigned char c : text) Add(c);
    Add(text.size());
  }
  void AddEndpoints(const Endpoints& e) {
    for (const Endpoint* p : {&e.client, &e.server}) {
      for (uint8_t b : p->address.bytes()) Add(b);
      Add(p->port);
    }
    if (e.resolution != nullptr) Text(e.resolution->name);
  }

  uint64_t digest_ = 0xcbf29ce484222325;
  uint64_t tcp_flows_ = 0, udp_flows_ = 0, messages_ = 0;
  OrderKey last_;
  bool order_is_kept_ = true;
};

}  // namespace tstat::internal

#endif  // TSTAT_ROBUSTNESS_EVERYTHING_SINK_H_
