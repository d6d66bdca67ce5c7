// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/observer.h"
#include "rtp/rtcp_receiver.h"
#include "rtp/rtp_receiver.h"
#include "tstat/media.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {
namespace {

using F = HistogramFamily;
using S = HistogramSuffix;

constexpr Direction kBothDirections[] = {Direction::kClientToServer, Direction::kServerToClient};
constexpr uint8_t kRtpMediaType = 4;

S SuffixOf(const Endpoints& ends, Direction sender) { return SuffixesOf(ends, sender).main; }

// Those whose flows are counted at another moment.
bool CountedElsewhere(UdpType type) {
  return type == UdpType::kRtp || type == UdpType::kRtcp || type == UdpType::kSkypeE2e ||
         type == UdpType::kSkypeOut;
}

bool IsMulticast(const IpAddress& a) {
  return a.is_v6() ? a.bytes()[0] == 0xff : a.bytes()[0] >> 4 == 14;
}

// Both variants by the flag of the sender.
SuffixPair SkypeSuffixes(const Endpoints& ends, Direction sender) {
  const bool cloud = ends.of(sender).cloud;
  return SuffixesOf(ends.of(sender).internal, ends.of(Opposite(sender)).internal, cloud, cloud);
}

}  // namespace

void HistogramObserver::OnUdpFirstDatagram(const UdpDatagramStep& step) {
  recorder_.Add(F::kUdpPortFlowDst, step.datagram->destination_port);
}

void HistogramObserver::OnUdpDatagram(const UdpDatagramStep& step, int layer7_index) {
  constexpr int kSkypeFirst = 5, kSkypeLast = 7;
  if (layer7_index >= kSkypeFirst && layer7_index <= kSkypeLast) return;
  recorder_.AddBytes(RateSet::kUdp, SuffixesOf(step.flags), layer7_index,
                     step.datagram->ip_total_length);
}

void HistogramObserver::OnMediaConfirmed(const Endpoints& ends, Direction sender,
                                         int layer7_index) {
  const SuffixPair suffixes = SuffixesOf(ends, sender);
  recorder_.Add(F::kL7UDPNum, suffixes, layer7_index);
  if (rtp_plus_ && layer7_index == kRtcpIndex && suffixes.main == S::kOut) {
    recorder_.Add(F::kL7UDPNum, suffixes.main, layer7_index);  // once more (a quirk of 3.3)
  }
}

void HistogramObserver::OnRtpPacket(const Endpoints& ends, Direction sender,
                                    const RtpPacketResult& result) {
  const S suffix = SuffixOf(ends, sender);
  if (result.out_of_sequence) recorder_.Add(F::kMmOosP, suffix, 1);
  if (result.reordered) {
    recorder_.Add(F::kMmReordPN, suffix, 1);
    recorder_.Add(F::kMmReordDelay, suffix, result.reordering_delay_ms);
  }
  if (result.burst_ended) {
    recorder_.Add(F::kMmBurstLoss, suffix, static_cast<double>(result.burst));
  }
}

void HistogramObserver::OnRtpBurst(const Endpoints& ends, Direction sender, uint64_t burst) {
  recorder_.Add(F::kMmBurstLoss, SuffixOf(ends, sender), static_cast<double>(burst));
}

void HistogramObserver::OnRtcpPacket(const Endpoints& ends, Direction sender,
                                     const RtcpPacketResult& result) {
  const S suffix = SuffixOf(ends, sender);
  if (result.has_bitrate) recorder_.Add(F::kRtcpMmBt, suffix, result.bitrate_kbps);
  if (result.has_report) {
    recorder_.Add(F::kRtcpJitter, suffix, result.jitter);
    recorder_.Add(F::kRtcpFLost, suffix, result.fraction_lost_percent);
  }
  if (result.has_loss) {
    const double lost = result.lost;
    recorder_.Add(F::kRtcpDup, suffix, lost >= 0 ? 0 : -lost);
    recorder_.Add(F::kRtcpLost, suffix, lost >= 0 ? lost : 0);
  }
  if (result.has_round_trip && result.round_trip_ms >= 0) {
    recorder_.Add(F::kRtcpRtt, suffix, result.round_trip_ms);
  }
}

void HistogramObserver::OnSkypeVerdict(const Endpoints& ends, Direction sender, int layer7_index,
                                       int64_t data_bytes) {
  const SuffixPair suffixes = SkypeSuffixes(ends, sender);
  recorder_.Add(F::kL7UDPNum, suffixes, layer7_index);
  recorder_.AddBytes(RateSet::kUdp, suffixes, layer7_index, static_cast<uint64_t>(data_bytes));
}

void HistogramObserver::OnUdpFlowClosed(const UdpFlow& flow, const MediaFlow* media) {
  const Endpoints& ends = flow.endpoints;
  AddUdpLayer7(flow);
  if (media != nullptr && !rtp_plus_) {
    for (const Direction d : kBothDirections) {
      for (const RtpStream& stream : media->of(d).rtp) AddRtp(ends, d, stream);
      for (const RtcpStream& stream : media->of(d).rtcp) AddRtcp(SuffixOf(ends, d), stream);
    }
  }
  // Of both directions of a local flow that of the server comes first.
  const bool client_first = SuffixOf(ends, Direction::kClientToServer) == S::kOut;
  for (int i = 0; i < 2; ++i) {
    const Direction d = kBothDirections[client_first ? i : 1 - i];
    const S suffix = SuffixOf(ends, d);
    const auto bytes = static_cast<double>(static_cast<uint64_t>(flow.of(d).data_bytes));
    recorder_.Add(F::kUdpClBS, suffix, bytes);
    recorder_.Add(F::kUdpClBL, suffix, bytes);
    recorder_.Add(F::kUdpClP, suffix, static_cast<double>(flow.of(d).packets));
  }
  AddValues(of_udp_, flow);
}

void HistogramObserver::AddUdpLayer7(const UdpFlow& flow) {
  if (CountedElsewhere(flow.client.type) || CountedElsewhere(flow.server.type)) return;
  for (const Direction d : kBothDirections) {
    if (d == Direction::kServerToClient && flow.server.packets == 0) continue;
    recorder_.Add(F::kL7UDPNum, SuffixesOf(flow.endpoints, d), flow.of(d).layer7_index);
  }
}

void HistogramObserver::AddRtp(const Endpoints& ends, Direction sender, const RtpStream& r) {
  const S suffix = SuffixOf(ends, sender);
  const auto add = [&](F family, double value) { recorder_.Add(family, suffix, value); };
  const double ms = ElapsedMicroseconds(r.first, r.last) / 1000.0;
  const auto per_mille = [&](uint64_t count) {
    return r.packets == 0 ? 0 : static_cast<double>(count * 1000 / r.packets);
  };
  add(F::kMmClB, static_cast<double>(r.data_bytes));
  add(F::kMmClBS, static_cast<double>(r.data_bytes));
  if (r.packets >= kLeastPacketsForBitrate) {
    add(F::kMmAvgBitrate, static_cast<double>(r.data_bytes >> 7) / (ms / 1000.0));
  }
  add(F::kMmType, kRtpMediaType);
  add(F::kMmRtpPt, r.payload_type);
  add(F::kMmUniMulti, IsMulticast(ends.of(Opposite(sender)).address) ? 1 : 0);
  add(F::kMmClP, static_cast<double>(r.packets));
  add(F::kMmClPS, static_cast<double>(r.packets));
  add(F::kMmAvgIpg, 10 * (r.gap_sum_ms / static_cast<double>(r.gaps)));
  add(F::kMmAvgJitter, 10 * r.jitter.value_ms);
  add(F::kMmNOos, static_cast<double>(r.out_of_sequence));
  add(F::kMmPOos, static_cast<float>(r.out_of_sequence) / static_cast<float>(r.packets) * 1000);
  add(F::kMmTotTime, ms / 1000.0);
  add(F::kMmTotTimeS, ms);
  add(F::kMmPDup, per_mille(r.duplicates));
  add(F::kMmPLost, per_mille(r.lost));
  add(F::kMmPLate, per_mille(r.late));
}

void HistogramObserver::AddRtcp(HistogramSuffix suffix, const RtcpStream& r) {
  const auto add = [&](F family, double value) { recorder_.Add(family, suffix, value); };
  const double seconds = ElapsedMicroseconds(r.first, r.last) / 1000.0 / 1000.0;
  add(F::kRtcpTLost, r.cumulative_lost);
  add(F::kRtcpBt, static_cast<double>(r.data_bytes) / seconds * 8.0);
  add(F::kRtcpMmClP, r.sender_packets);
  add(F::kRtcpMmClB, r.sender_octets);
  add(F::kRtcpClP, static_cast<double>(r.packets));
  add(F::kRtcpClB, static_cast<double>(r.data_bytes));
  add(F::kRtcpAvgInter, static_cast<float>(r.interval_sum_ms) / static_cast<float>(r.packets));
}

}  // namespace tstat::internal
