// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <iterator>

#include "histogram/observer.h"
#include "l7/http/content.h"
#include "l7/tcp/layer7.h"
#include "tcp/rtt_mean.h"

namespace tstat::internal {
namespace {

using F = HistogramFamily;
using S = HistogramSuffix;

constexpr int kHttpIndex = 0, kSkypeIndexes[] = {5, 6, 7}, kSkypeTcpIndex = 7, kTlsIndex = 33;
constexpr uint64_t kLongFlowBytes = 1'000'000;

bool IsSkype(int index) {
  return std::find(std::begin(kSkypeIndexes), std::end(kSkypeIndexes), index) !=
         std::end(kSkypeIndexes);
}

// What a segment adds to the bit rates. Lengths above 32767 are negative in both versions (a quirk
// of the format).
uint64_t LengthOf(uint32_t ip_total_length, bool wraps) {
  return static_cast<uint64_t>(wraps ? int64_t{static_cast<int16_t>(ip_total_length)}
                                     : int64_t{ip_total_length});
}

double MeanMs(const RttStatistics& rtt) { return ShownMean(rtt) / 1000.0; }

// As Tstat counts them, modulo 256.
bool HasFin(const TcpDirection& d) { return d.fin_count % 256 != 0; }

// Bytes that the sequence numbers promise and nobody saw; a promise that is no likely one counts
// nothing.
double MissingBytes(const TcpDirection& d) {
  constexpr uint64_t kLikely = 1'000'000, kLikelyPerPacket = 15'000;
  uint32_t expected = 0;
  if (d.highest_sequence != d.isn) {
    expected = d.highest_sequence - d.isn - 1;
    if (HasFin(d) && d.highest_sequence > d.fin_position) --expected;
  }
  if (expected <= d.unique_bytes) return 0;
  const bool likely =
      d.data_packets == 0 ? expected <= kLikely : expected <= kLikelyPerPacket * d.data_packets;
  return likely ? static_cast<double>(expected - d.unique_bytes) : 0;
}

// Whose flow it is, by its client.
SuffixPair FlowSuffixes(const Endpoints& ends) {
  return SuffixesOf(ends, Direction::kClientToServer);
}

}  // namespace

void HistogramObserver::OnTcpCongestionWindow(uint32_t bytes) { recorder_.Add(F::kTcpCwnd, bytes); }

void HistogramObserver::OnTcpSegmentClass(const TcpSegmentStep& step, uint8_t value) {
  recorder_.Add(F::kTcpAnomalies, SuffixesOf(step.flags).main, value);
  recorder_.Add(F::kTcpAnomalies, step.direction == Direction::kClientToServer ? S::kC2s : S::kS2c,
                value);
}

void HistogramObserver::OnTcpSegment(const TcpSegmentStep& step, const TcpLayer7Flow* layer7) {
  const SuffixPair suffixes = SuffixesOf(step.flags);
  const uint64_t bytes = LengthOf(step.datagram->ip_total_length, lengths_wrap_);
  const int index = TcpLayer7Tracker::Layer7Index(layer7);
  const int video = TcpLayer7Tracker::VideoIndex(layer7);
  if (!IsSkype(index)) recorder_.AddBytes(RateSet::kTcp, suffixes, index, bytes);
  if (index == kHttpIndex) {
    recorder_.AddBytes(RateSet::kHttp, suffixes, HttpHistogramIndex(layer7->http_content), bytes);
    recorder_.AddBytes(RateSet::kWeb, suffixes, WebCategory(layer7->http_content, video != 0),
                       bytes);
  } else if (index == kTlsIndex) {
    recorder_.AddBytes(RateSet::kTls, suffixes, layer7->tls_service, bytes);
  }
  if (video != 0) recorder_.AddBytes(RateSet::kVideo, suffixes, video, bytes);
}

void HistogramObserver::OnTcpFlowClosed(const TcpFlow& flow, int video_index) {
  if (flow.complete) {
    AddSkypeBytes(flow);
    AddTcpLayer7(flow, video_index);
    AddValues(of_tcp_, flow);
    AddVolumes(flow);
    AddWindows(flow.client);
    AddWindows(flow.server);
    AddRoundTrips(flow);
    AddAnomalies(flow);
    AddTimes(flow);
    ordered_.OnTcpData(static_cast<double>(flow.client.unique_bytes) +
                           static_cast<double>(flow.server.unique_bytes),
                       MissingBytes(flow.client) + MissingBytes(flow.server));
  }
  const bool interrupted = !HasFin(flow.server) && flow.server.rst_count == 0 &&
                           flow.server.unique_bytes > 0 && flow.client.rst_count > 0 &&
                           std::max(flow.client.rtt.max_us, flow.server.rtt.max_us) > 0;
  recorder_.Add(F::kTcpInterrupted, interrupted ? 1 : 0);
  AddTcpMedia(flow);
}

// Of both directions of a local flow that of the server comes first.
void HistogramObserver::AddBoth(HistogramFamily family, const TcpFlow& flow, double client,
                                double server, bool by_sender) {
  const S client_suffix = SuffixesOf(flow.endpoints, Direction::kClientToServer).main;
  const S server_suffix = SuffixesOf(flow.endpoints, Direction::kServerToClient).main;
  if (client_suffix == S::kOut) {
    recorder_.Add(family, client_suffix, client);
    recorder_.Add(family, server_suffix, server);
  } else {
    recorder_.Add(family, server_suffix, server);
    recorder_.Add(family, client_suffix, client);
  }
  if (!by_sender) return;
  recorder_.Add(family, S::kC2s, client);
  recorder_.Add(family, S::kS2c, server);
}

// Not to the cloud variants: it is known only now.
void HistogramObserver::AddSkypeBytes(const TcpFlow& flow) {
  for (const Direction d : {Direction::kClientToServer, Direction::kServerToClient}) {
    if (!flow.layer7.skype_directions[static_cast<size_t>(Index(d))]) continue;
    const S suffix = SuffixesOf(flow.endpoints, d).main;
    recorder_.bytes(RateSet::kTcp, suffix)[kSkypeTcpIndex] += flow.of(d).data_bytes;
  }
}

void HistogramObserver::AddTcpLayer7(const TcpFlow& flow, int video_index) {
  const SuffixPair suffixes = FlowSuffixes(flow.endpoints);
  const TcpLayer7& l7 = flow.layer7;
  if (video_index != 0) recorder_.Add(F::kL7VIDEONum, suffixes, video_index);
  recorder_.Add(F::kL7TCPNum, suffixes, l7.layer7_index);
  if (l7.layer7_index == kHttpIndex) {
    recorder_.Add(F::kL7HTTPNum, suffixes, HttpHistogramIndex(l7.http_content));
    recorder_.Add(F::kL7WEBNum, suffixes.main, WebCategory(l7.http_content, video_index != 0));
  } else if (l7.layer7_index == kTlsIndex) {
    recorder_.Add(F::kL7TLSNum, suffixes.main, l7.tls_service);
  }
}

void HistogramObserver::AddVolumes(const TcpFlow& flow) {
  const auto client_bytes = static_cast<double>(flow.client.data_bytes);
  const auto server_bytes = static_cast<double>(flow.server.data_bytes);
  AddBoth(F::kTcpClBS, flow, client_bytes, server_bytes);
  AddBoth(F::kTcpClBL, flow, client_bytes, server_bytes);
}

void HistogramObserver::AddWindows(const TcpDirection& d) {
  recorder_.Add(F::kTcpWinIni, d.window_min);
  if (d.packets > 0) {
    // The sum is one of 32 bits (a quirk of the format).
    recorder_.Add(F::kTcpWinAvg,
                  static_cast<double>(static_cast<uint32_t>(d.window_sum) / d.packets));
  }
  recorder_.Add(F::kTcpWinMax, d.window_max);
}

void HistogramObserver::AddRoundTrips(const TcpFlow& flow) {
  const RttStatistics& c = flow.client.rtt;
  const RttStatistics& s = flow.server.rtt;
  if (c.count == 0 || s.count == 0) return;
  AddBoth(F::kTcpRttAvg, flow, MeanMs(c), MeanMs(s));
  AddBoth(F::kTcpRttMin, flow, c.min_us / 1000.0, s.min_us / 1000.0);
  AddBoth(F::kTcpRttMax, flow, c.max_us / 1000.0, s.max_us / 1000.0);
  AddBoth(F::kTcpRttStdev, flow, c.deviation_us() / 1000.0, s.deviation_us() / 1000.0);
  AddBoth(F::kTcpRttCnt, flow, c.count, s.count);
  const Endpoints& ends = flow.endpoints;
  if (ends.client.internal && ends.server.internal) return;
  AddBoth(ends.client.cloud || ends.server.cloud ? F::kTcpRttCAvg : F::kTcpRttNcAvg, flow,
          MeanMs(c), MeanMs(s), /*by_sender=*/false);
}

void HistogramObserver::AddAnomalies(const TcpFlow& flow) {
  constexpr struct {
    F family;
    uint32_t AnomalyCounts::*count;
  } kCounters[] = {
      {F::kTcpRtxRTO, &AnomalyCounts::rto},
      {F::kTcpRtxFR, &AnomalyCounts::fast_retransmit},
      {F::kTcpReordering, &AnomalyCounts::reordering},
      {F::kTcpNetDup, &AnomalyCounts::network_duplicate},
      {F::kTcpUnknown, &AnomalyCounts::unknown},
      {F::kTcpFlowCtrl, &AnomalyCounts::flow_control},
      {F::kTcpUnnrtxRTO, &AnomalyCounts::unnecessary_rto},
      {F::kTcpUnnrtxFR, &AnomalyCounts::unnecessary_fast},
  };
  for (const auto& counter : kCounters) {
    AddBoth(counter.family, flow, flow.client.anomalies.*counter.count,
            flow.server.anomalies.*counter.count);
  }
}

void HistogramObserver::AddTimes(const TcpFlow& flow) {
  AddThroughput(flow, Direction::kClientToServer);
  AddThroughput(flow, Direction::kServerToClient);
}

void HistogramObserver::AddThroughput(const TcpFlow& flow, Direction sender) {
  const TcpDirection& d = flow.of(sender);
  const double elapsed_us = ElapsedMicroseconds(flow.first, d.last_payload);
  if (elapsed_us <= 0) return;
  const S suffix = sender == Direction::kClientToServer ? S::kC2s : S::kS2c;
  const double rate = static_cast<double>(d.unique_bytes) / elapsed_us * 8000.0;
  recorder_.Add(F::kTcpThru, suffix, rate);
  if (d.unique_bytes < kLongFlowBytes) return;
  const bool cloud = flow.endpoints.client.cloud || flow.endpoints.server.cloud;
  recorder_.Add(F::kTcpThruLf, suffix, rate);
  recorder_.Add(cloud ? F::kTcpThruLfC : F::kTcpThruLfNc, suffix, rate);
}

// RTP interleaved in RTSP, and ICY: by the server's counters.
void HistogramObserver::AddTcpMedia(const TcpFlow& flow) {
  const uint32_t type = flow.layer7.connection_type;
  const bool rtp = (type & connection_type::kRtp) != 0;
  if (!rtp_over_tcp_ || (!rtp && (type & connection_type::kIcy) == 0)) return;
  const S suffix = SuffixesOf(flow.endpoints, Direction::kServerToClient).main;
  const TcpDirection& s = flow.server;
  const double ms = ElapsedMicroseconds(flow.first, flow.last) / 1000.0;
  const auto add = [&](F family, double value) { recorder_.Add(family, suffix, value); };
  const auto packets = static_cast<double>(s.packets);
  const double gaps = static_cast<double>(s.data_packets) - 1;
  add(F::kMmType, type);
  if (rtp) add(F::kMmRtpPt, flow.layer7.rtp_payload_type);
  add(F::kMmClB, static_cast<double>(s.unique_bytes));
  add(F::kMmClBS, static_cast<double>(s.unique_bytes));
  if (s.packets >= kLeastPacketsForBitrate) {
    add(F::kMmAvgBitrate, static_cast<double>(s.unique_bytes >> 7) / (ms / 1000.0));
  }
  add(F::kMmClP, packets);
  add(F::kMmClPS, packets);
  add(F::kMmAvgIpg, s.gaps.sum_ms / gaps * 10);
  add(F::kMmAvgJitter, s.gaps.jitter_sum_ms / gaps * 10);
  add(F::kMmNOos, s.out_of_order_packets);
  add(F::kMmPOos,
      static_cast<float>(s.out_of_order_packets) / static_cast<float>(s.packets) * 1000);
  add(F::kMmTotTime, ms / 1000.0);
  add(F::kMmTotTimeS, ms);
  if (s.packets > 0) {
    add(F::kMmPDup, static_cast<double>(uint64_t{s.retransmitted_packets} * 1000 / s.packets));
  }
}

}  // namespace tstat::internal
