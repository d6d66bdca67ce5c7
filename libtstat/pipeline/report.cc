// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/report.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tstat::inline v1 {
namespace {

uint64_t PerSecond(uint64_t count, double elapsed_us) {
  constexpr double kMost = 1e18;
  if (!(elapsed_us > 0)) return 0;
  return static_cast<uint64_t>(std::min(static_cast<double>(count) / (elapsed_us / 1e6), kMost));
}

// "  WHAT ARP 7, LLDP 5, others 2", a line.
std::string NamedLine(std::string_view what,
                      const std::vector<std::pair<std::string, uint64_t>>& named) {
  constexpr size_t kMostNames = 12;
  if (named.empty()) return {};
  std::string text = absl::StrCat("  ", absl::string_view(what.data(), what.size()));
  uint64_t others = 0;
  for (size_t i = 0; i < named.size(); ++i) {
    if (i >= kMostNames) {
      others += named[i].second;
      continue;
    }
    absl::StrAppend(&text, i == 0 ? " " : ", ", named[i].first, " ", named[i].second);
  }
  if (others != 0) absl::StrAppend(&text, ", others ", others);
  return text + "\n";
}

std::string NamedLines(const Statistics& s) {
  return NamedLine("Frames without IP:", s.unread_frames) +
         NamedLine("Other protocols:", s.unread_protocols) +
         NamedLine("Flows of tunnels, which are not opened:", s.unopened_tunnels);
}

}  // namespace

std::string ClosingReport(const Statistics& s, uint32_t max_tcp_pairs, double elapsed_us) {
  // Flows that found no slot were not analysed.
  const uint64_t tcp_flows = s.tcp_flows - s.refused_tcp_flows;
  const uint64_t udp_flows = s.udp_flows - s.refused_udp_flows;
  const uint64_t flows = tcp_flows + udp_flows;
  std::string text = "\n---\nDumping internal status variables:\n---\n";
  absl::StrAppend(&text, "total packet analized : ", s.ip_packets, "\n");
  absl::StrAppend(&text, "total flows analized : ", flows, "\n");
  absl::StrAppend(&text, "total TCP flows analized : ", tcp_flows, "\n");
  absl::StrAppend(&text, "total UDP flows analized : ", udp_flows, "\n");
  absl::StrAppend(&text, "total RTP flows analized : ", s.rtp_flows, "\n");
  absl::StrAppend(&text, "total RTCP flows analized : ", s.rtcp_flows, "\n");
  absl::StrAppend(&text, "total tunneled RTP flows analized : ", s.tunneled_rtp_flows, "\n");
  absl::StrAppend(&text, "total iteration spent in the hash search routine : ", s.search_iterations,
                  "\n");
  absl::StrAppend(&text, "total analyzed TCP packet: ", s.tcp_packets, " \n");
  absl::StrAppend(&text, "total analyzed UDP packet: ", s.udp_packets, " \n");
  absl::StrAppend(&text, "total trash TCP packet: ", s.tcp_trash_packets, " \n");
  if (s.tcp_packets != 0) {
    absl::StrAppendFormat(
        &text, "average TCP search length: %f\n",
        static_cast<double>(s.search_iterations) / static_cast<double>(s.tcp_packets));
  }
  absl::StrAppend(&text, "Current opened flows: TCP = ", s.open_tcp_flows,
                  " UDP = ", s.open_udp_flows, "\n");
  absl::StrAppend(&text, "Current flow vector index: ", s.last_tcp_slot, " (", max_tcp_pairs,
                  ")\n");
  // A look-up meets one entry.
  absl::StrAppend(&text, "Total adx used in hash: ", s.address_chains,
                  " \nTotal adx used in list: ", s.chained_addresses,
                  " \nTotal adx hash search: ", s.address_lookups,
                  "\nTotal adx list search: ", s.address_lookups, "\n");
  absl::StrAppend(&text, "elapsed wallclock time: ", ElapsedText(elapsed_us), "\n");
  absl::StrAppend(&text, PerSecond(s.ip_packets, elapsed_us), " pkts/sec analyzed\n");
  absl::StrAppend(&text, PerSecond(flows, elapsed_us), " flows/sec analyzed\n");
  return text;
}

std::string AnonymizerReport(const AnonymizerCounters& v4, const AnonymizerCounters& v6) {
  const auto line = [](const char* family, const AnonymizerCounters& c) {
    return absl::StrCat("Hash ", family, "Insert: ", c.inserted, " Hit: ", c.hits,
                        " Miss: ", c.misses, "\n");
  };
  return line("", v4) + line("IPv6 ", v6);
}

// The first two lines are the reference's; the others are there only when there is something to
// say.
std::string LiveReport(const CaptureStatistics& statistics) {
  std::string text = absl::StrCat("\n", statistics.received, " packets received by filter\n",
                                  statistics.dropped, " packets dropped by kernel\n");
  if (statistics.dropped_by_interface != 0) {
    absl::StrAppend(&text, statistics.dropped_by_interface, " packets dropped by interface\n");
  }
  if (statistics.late != 0) {
    absl::StrAppend(&text, statistics.late, " packets merged too late for their turn\n");
  }
  if (statistics.waiting() != 0) {
    absl::StrAppend(&text, statistics.waiting(), " packets not read before the end\n");
  }
  return text;
}

std::string IntervalReport(const CaptureStatistics& statistics) {
  std::string text = absl::StrCat(statistics.received, " packets received by filter, ",
                                  statistics.dropped, " dropped by kernel");
  if (statistics.dropped_by_interface != 0) {
    absl::StrAppend(&text, ", ", statistics.dropped_by_interface, " dropped by interface");
  }
  return text;
}

std::string FinalLines(const Statistics& s, const FinalLinesOptions& options) {
  std::string text =
      absl::StrCat(s.ip_packets, " packets seen, ", s.tcp_packets_tracked, " TCP packets traced");
  if (options.with_udp) absl::StrAppend(&text, ", ", s.udp_packets, " UDP packets traced");
  absl::StrAppend(&text, "\n", options.one_trace ? "trace file" : "trace files", " elapsed time: ",
                  ElapsedText(ElapsedMicroseconds(s.first_packet, s.last_packet)), "\n");
  if (options.with_times) {
    absl::StrAppend(&text, "\tfirst packet:  ", PreciseTimeText(s.first_packet),
                    "\n\tlast packet:   ", PreciseTimeText(s.last_packet), "\n");
  }
  return text;
}

std::string ClockLine(const Statistics& s) {
  std::string text;
  if (s.overtaken_packets != 0) {
    text = absl::StrFormat("%d %s stored out of order, and taken in the order of time\n",
                           s.overtaken_packets,
                           s.overtaken_packets == 1 ? "packet was" : "packets were");
  }
  if (s.clock_steps_back != 0) {
    absl::StrAppendFormat(&text, "The packets' clock fell back: %d %s, at most by %s\n",
                          s.clock_steps_back, s.clock_steps_back == 1 ? "time" : "times",
                          ElapsedText(s.longest_step_back_s * 1e6));
  }
  return text;
}

std::string DroppedLines(const Statistics& s, DroppedKinds kinds) {
  std::vector<std::pair<std::string, uint64_t>> lines;
  if (kinds == DroppedKinds::kAll) {
    for (const auto& [reason, count] : s.dropped) lines.emplace_back("packets: " + reason, count);
    lines.emplace_back("TCP packets: no flow, its SYN not captured or its end before them",
                       s.tcp_without_syn);
    lines.emplace_back("TCP packets: late, their flow had been closed", s.tcp_after_close);
    lines.emplace_back("TCP packets: late, their flow had been reset", s.tcp_after_reset);
    lines.emplace_back("TCP packets: no slot was free for their flow", s.tcp_without_slot);
    lines.emplace_back("packets: captured twice, counted once", s.copied_packets);
    lines.emplace_back("DNS answers: nobody asked for them (dns_unasked)", s.unasked_dns_answers);
  }
  lines.emplace_back("flows: no slot was free (Max_TCP_Pairs, Max_UDP_Pairs)",
                     s.refused_tcp_flows + s.refused_udp_flows);
  lines.emplace_back("flows closed early: the table was full", s.evicted_flows);
  lines.emplace_back("addresses not counted in the files of addresses: the table was full",
                     s.uncounted_addresses);
  lines.emplace_back("bytes of TCP: sent again with other content, the first ones count",
                     s.differing_stream_bytes);
  lines.emplace_back("hellos of QUIC or DTLS: in too many pieces", s.given_up_hellos);
  lines.emplace_back("sequence ranges forgotten: a flow had too many", s.forgotten_ranges);
  std::erase_if(lines, [](const auto& line) { return line.second == 0; });
  const std::string named = kinds == DroppedKinds::kAll ? NamedLines(s) : "";
  if (lines.empty() && named.empty()) return ClockLine(s);
  size_t width = 0;
  for (const auto& [what, count] : lines) width = std::max(width, absl::StrCat(count).size());
  std::string text = "Not analysed:\n";
  for (const auto& [what, count] : lines) {
    absl::StrAppendFormat(&text, "  %*d  %s\n", static_cast<int>(width), count, what);
  }
  return text + named + ClockLine(s);
}

}  // namespace tstat::inline v1
