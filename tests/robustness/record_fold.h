// SPDX-License-Identifier: BSD-3-Clause
//
// Reads every field of a record, folded into one number: a sanitizer sees a view that dangles or a
// value that was never set, and two runs can be compared.
//
//   RecordFold fold;
//   fold.Flow(tcp_flow);  ...
//   fold.digest()
#ifndef TSTAT_ROBUSTNESS_RECORD_FOLD_H_
#define TSTAT_ROBUSTNESS_RECORD_FOLD_H_

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tstat/announced_media.h"
#include "tstat/chat.h"
#include "tstat/dns.h"
#include "tstat/flow.h"
#include "tstat/flow_extras.h"
#include "tstat/flow_packet.h"
#include "tstat/handshake_details.h"
#include "tstat/histogram.h"
#include "tstat/http_message.h"
#include "tstat/media.h"
#include "tstat/periodic.h"
#include "tstat/skype.h"
#include "tstat/tcp_flow.h"
#include "tstat/tls.h"
#include "tstat/udp_flow.h"
#include "tstat/video.h"

namespace tstat::internal {

class RecordFold {
 public:
  uint64_t digest() const { return digest_; }

  void Record(const TcpFlow& f) {
    Add(f.endpoints, f.first, f.last, f.cause, f.complete, f.closed_at, f.order);
    for (const TcpDirection* d : {&f.client, &f.server}) Side(*d);
    const TcpLayer7& l = f.layer7;
    Add(l.connection_type, l.p2p_code, l.http_content, l.ed2k_data, l.ed2k_signalling,
        l.ed2k_client_server, l.ed2k_client_client, l.ed2k_chat, l.http_requests, l.http_responses,
        l.http_response_code, l.tls_server_name, l.tls_common_name, l.tls_session, l.tls_service,
        l.http_hostname, l.rtp_payload_type, l.skype_directions, l.layer7_index);
    Add(f.flow_number, f.predecessor, f.partial, l.application, l.evidence);
    True(f, l.handshake.get());
  }
  void Record(const UdpFlow& f) {
    Add(f.endpoints, f.first, f.last, f.cause, f.closed_at, f.order, f.quic != nullptr);
    for (const UdpDirection* d : {&f.client, &f.server}) {
      Add(d->first, d->last, d->data_bytes, d->packets, d->ttl_min, d->ttl_max, d->ttl_sum, d->type,
          d->logged_type, d->layer7_index, d->copies);
    }
    Add(f.flow_number, f.predecessor, f.application, f.evidence, f.announced != nullptr);
    if (f.announced != nullptr) {
      Add(f.announced->call_id, f.announced->kind, f.announced->codecs, f.announced->is_rtp,
          f.announced->is_control);
    }
    True(f, f.handshake.get());
    if (f.quic == nullptr) return;
    const QuicDetails& q = *f.quic;
    Add(q.server_name, q.user_agent, q.flagged, q.client_version, q.server_version,
        q.zero_rtt_packets, q.ech_length);
  }
  void Record(const HttpMessage& m) {
    Add(m.kind, m.suppressed, m.needs_a_value, m.time, m.order, m.flow_number,
        m.endpoints != nullptr);
    if (m.endpoints != nullptr) Add(*m.endpoints);
    for (const HttpValue* v :
         {&m.method, &m.hostname, &m.path, &m.referer, &m.user_agent, &m.cookie, &m.do_not_track,
          &m.status, &m.content_length, &m.content_type, &m.server, &m.content_range, &m.location,
          &m.set_cookie}) {
      Add(v->text, v->found, v->truncated, v->continued, v->named, v->repeated);
    }
  }
  void Record(const VideoFlow& v) {
    Add(v.order, v.content_type, v.payload_type, v.metadata.duration_s, v.metadata.rate,
        v.metadata.width, v.metadata.height, v.youtube_id16_46.view(), v.youtube_id11.view(),
        v.youtube_itag.view(), v.youtube_seek_ms, v.youtube_redirect_mode, v.youtube_redirect_count,
        v.youtube_mobile, v.youtube_stream, v.youtube_ids_withheld);
    Inner(v.flow);
  }
  void Record(const ChatFlow& c) {
    Add(c.order, c.flow_number, c.protocol, c.type, c.version, c.version_known);
    for (const ChatCounts* n : {&c.client, &c.server}) {
      Add(n->messages, n->msn_a, n->msn_d, n->msn_n, n->msn_u, n->msn_y);
    }
    Inner(c.flow);
  }
  void Record(const ChatMessage& m) {
    Add(m.order, m.time, m.flow_start, m.flow_number, m.type, m.direction, m.size_known, m.size,
        m.payload_length, m.connection_type, ChatMessageLabel(m.type));
  }
  void Record(const TlsHandshake& t) {
    Add(t.order, t.flow_number, t.time, t.endpoints, t.answered, t.server_name, t.common_name,
        t.client_negotiation, t.server_negotiation, t.session, t.service, t.client_versions,
        t.server_version);
  }
  void Record(const DnsResolution& r) {
    Add(r.order, r.flow_number, r.name, r.resolver, r.request_time, r.response_time,
        r.resolver_encrypted);
  }
  void Record(const DnsEntry& e) {
    Add(e.order, e.flow_number, e.time, e.endpoints, e.kind, e.id, e.flags, e.response_code,
        e.question_count, e.answer_count, e.authority_count, e.additional_count, e.message_bytes,
        e.has_name, e.name, e.raw_name, e.type, e.record_class, e.type_name, e.class_name, e.ttl_s,
        e.data, e.data_cut);
  }
  void Record(const MediaFlow& m) {
    Add(m.order, m.udp != nullptr, m.tcp != nullptr);
    for (const MediaDirection* d : {&m.client, &m.server}) {
      Add(d->protocols, d->rtp.size(), d->rtcp.size());
      for (const RtpStream& s : d->rtp) Stream(s);
      for (const RtcpStream& s : d->rtcp) Stream(s);
    }
    Inner(m.udp), Inner(m.tcp);
  }
  void Record(const SkypeFlow& s) {
    Add(s.order, s.udp != nullptr, s.tcp != nullptr);
    for (const SkypeDirection* d : {&s.client, &s.server}) {
      Add(d->end_to_end_packets, d->skype_out_packets, d->signalling_packets, d->unknown_packets,
          d->audio_video_packets, d->video_packets, d->size_belief, d->gap_belief, d->min_header,
          d->max_near_header, d->min_far_header, d->max_payload, d->size_accepted, d->gap_accepted,
          d->verdict, d->has_video);
    }
    Inner(s.udp), Inner(s.tcp);
  }
  void Record(const UdpPeriod& p) {
    Period(p);
    for (const UdpPeriod::Side* s : {&p.client, &p.server}) Add(s->packets, s->data_bytes);
  }
  void Record(const TcpPeriod& p) {
    Period(p);
    for (const TcpPeriod::Side* s : {&p.client, &p.server}) {
      Add(s->packets, s->ack_packets, s->pure_ack_packets, s->data_packets, s->data_bytes,
          s->unique_bytes, s->retransmitted_packets, s->retransmitted_bytes,
          s->out_of_order_packets, s->syn_count, s->fin_count, s->rst_count, s->sack_segments,
          s->rtt_count, s->rtt_sum_us, s->in_flight_min, s->in_flight_max);
    }
  }
  void Record(const FlowPacket& p) {
    Add(p.order, p.time, p.ip_length, p.is_v6, p.source, p.destination, p.result, p.direction,
        p.flow_number);
    for (const uint8_t byte : p.bytes) Add(byte);
    if (p.has_flow()) Add(p.endpoints->client.address, p.endpoints->server.port);
    if (p.tcp) {
      Add(p.tcp->flags, p.tcp->payload_length, p.tcp->acknowledgment, p.tcp->connection_type,
          p.tcp->video_content, p.tcp->video_payload);
      for (const TcpFlowMoment::Side& s : p.tcp->side) {
        Add(s.packets, s.data_packets, s.sent(), s.fin_acknowledged);
      }
    }
    if (p.udp) {
      Add(p.udp->began_with_stun);
      for (const UdpFlowMoment::Side& s : p.udp->side) {
        Add(s.packets, s.payload_bytes, s.type, s.may_be_utp, s.may_be_quic, s.may_be_sye);
      }
    }
  }
  void Record(const HistogramSnapshot& s) {
    Add(s.kind, s.order, s.time, s.index, s.histograms.size());
    for (const HistogramSnapshot::Histogram& h : s.histograms) {
      Add(h.name, h.description, h.min, h.max, h.width, h.samples, h.total_samples);
      h.ForEachNonZero([&](size_t cell, int64_t count) { Add(cell, count, h.LabelOf(cell)); });
      for (int64_t total : h.total_cells) Add(total);
      const ValueStatistics& v = h.statistics;
      Add(v.count(), v.mean(), v.square_sum(), v.min(), v.max());
    }
    Add(s.has_addresses, s.address_mask, s.has_internal_addresses, s.internal_address_mask);
    for (const auto* addresses : {&s.addresses, &s.internal_addresses}) {
      for (const HistogramSnapshot::Address& a : *addresses) {
        Add(a.network, a.source_packets, a.destination_packets, a.source_bytes, a.destination_bytes,
            a.up, a.down, a.max_up, a.max_down);
      }
    }
  }

  template <typename... T>
  void Add(const T&... values) {
    (One(values), ...);
  }

 private:
  // What the true profile knows of flows of TCP and UDP.
  template <typename Flow>
  void True(const Flow& f, const HandshakeDetails* h) {
    const FlowMarks& m = f.marks;
    Add(f.tunnel.kind, f.tunnel.is_outer, f.tunnel.has_id, f.tunnel.id, m.vlan, m.icmp_errors,
        m.congestion, m.ecn, m.mptcp, m.asked_accurate_ecn, f.community_id, f.extras != nullptr);
    if (f.extras != nullptr) {
      const FirstPackets& p = f.extras->first_packets;
      Add(f.extras->label, f.extras->ndpi, p.sizes, p.directions, p.times);
    }
    Word(h != nullptr);
    if (h == nullptr) return;
    Add(h->server_name, h->client_alpn, h->server_alpn, h->version, h->server_answered,
        h->hello_whole, h->answer_cut, h->encrypted_hello, h->resumption_offered, h->resumed,
        h->resumption_known, h->early_data, h->retried, h->client_alert, h->server_alert,
        h->quic_version, h->ja3, h->ja3s, h->ja4, h->client_software, h->server_software, h->hassh,
        h->hassh_server);
  }
  void Side(const TcpDirection& d) {
    Add(d.copies, d.tail_loss_probes, d.needless_retransmissions, d.keep_alives, d.missed_bytes,
        d.handshake_rtt_us, d.rtt_p50_us, d.rtt_p95_us, d.rtt_p99_us);
    Add(d.packets, d.ack_packets, d.pure_ack_packets, d.data_packets, d.data_bytes, d.unique_bytes,
        d.retransmitted_packets, d.retransmitted_bytes, d.out_of_order_packets, d.syn_count,
        d.fin_count, d.rst_count, d.first_payload, d.last_payload, d.first_ack, d.ttl_min,
        d.ttl_max, d.ttl_sum, d.window_scale_sent, d.timestamp_sent, d.sack_permitted, d.mptcp,
        d.window_scale, d.sack_segments, d.mss, d.payload_max, d.payload_min, d.window_max,
        d.window_min, d.window_sum, d.zero_windows, d.in_flight_max, d.in_flight_min,
        d.initial_window_bytes, d.inconsistent_syn_or_fin, d.isn, d.highest_sequence,
        d.fin_position, d.messages, d.message_sizes, d.first_http, d.first_rtsp, d.first_rtp,
        d.first_icy, d.last_handshake, d.first_app_data, d.first_app_data_byte,
        d.protocol_negotiation, d.tls_versions);
    Add(d.rtt.min_us, d.rtt.max_us, d.rtt.sum_us, d.rtt.sum2_us, d.rtt.count, d.rtt.mean_us(),
        d.rtt.deviation_us());
    const AnomalyCounts& a = d.anomalies;
    Add(a.rto, a.fast_retransmit, a.reordering, a.network_duplicate, a.unknown, a.flow_control,
        a.unnecessary_rto, a.unnecessary_fast);
    const RateStatistics& r = d.rate;
    Add(r.samples, r.empty, r.longest_empty_streak, r.min, r.max, r.sum, r.sum2, r.first_bytes,
        r.first_count);
    const GapStatistics& g = d.gaps;
    Add(g.sum_ms, g.jitter_sum_ms, g.count, g.jitter_max_ms, g.jitter_min_ms);
  }
  void Stream(const RtpStream& s) {
    Add(s.ssrc, s.packets, s.first, s.last, s.data_bytes, s.gap_sum_ms, s.gaps, s.lost,
        s.out_of_sequence, s.duplicates, s.late, s.payload_type, s.restarted, s.last_timestamp,
        s.payload_max, s.payload_min, s.payload_square_sum);
    for (const RtpJitter* j : {&s.jitter, &s.jitter_8khz, &s.jitter_90khz}) {
      Add(j->value_ms, j->max_ms, j->min_ms);
    }
    Types(s.payload_types);
  }
  void Stream(const RtcpStream& s) {
    Add(s.ssrc, s.packets, s.first, s.last, s.data_bytes, s.interval_sum_ms, s.jitter_sum,
        s.jitter_max, s.jitter_min, s.reports, s.cumulative_lost, s.fraction_lost_sum,
        s.sender_packets, s.sender_octets, s.rtt_sum_ms, s.rtt_max_ms, s.rtt_min_ms, s.rtt_samples,
        s.errors);
    Types(s.packet_types);
  }
  void Types(const PacketTypeCounts& counts) {
    Add(counts.size);
    for (size_t i = 0; i < counts.size; ++i) Add(counts.type[i], counts.packets[i]);
  }
  void Period(const FlowPeriod& p) {
    Add(p.flow_start, p.begin, p.last_packet, p.order, p.flow_number, p.endpoints);
  }
  template <typename Flow>
  void Inner(const std::shared_ptr<const Flow>& flow) {
    if (flow != nullptr) Record(*flow);
  }

  template <typename T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void One(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      // One NaN is like another.
      Word(std::isnan(value) ? 1 : std::bit_cast<uint64_t>(static_cast<double>(value)));
    } else {
      Word(static_cast<uint64_t>(value));
    }
  }
  void One(std::string_view text) {
    for (unsigned char c : text) Word(c);
    Word(text.size());
  }
  void One(Timestamp time) { Word(static_cast<uint64_t>(time.nanoseconds())); }
  void One(const OrderKey& order) { Add(order.packet, order.sub); }
  void One(const IpAddress& address) {
    for (uint8_t b : address.bytes()) Word(b);
    Word(address.is_v6());
  }
  void One(const Endpoints& e) {
    for (const Endpoint* p : {&e.client, &e.server}) {
      Add(p->address, p->port, p->internal, p->cloud, p->encrypted);
    }
    if (e.resolution != nullptr) Record(*e.resolution);
  }
  template <typename T, size_t kSize>
  void One(const std::array<T, kSize>& values) {
    for (const T& value : values) One(value);
  }
  template <typename T>
  void One(const std::optional<T>& value) {
    Word(value.has_value());
    if (value.has_value()) One(*value);
  }
  void Word(uint64_t value) { digest_ = (digest_ ^ value) * 0x100000001b3; }

  uint64_t digest_ = 0xcbf29ce484222325;
};

}  // namespace tstat::internal

#endif  // TSTAT_ROBUSTNESS_RECORD_FOLD_H_
