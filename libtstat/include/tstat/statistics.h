// SPDX-License-Identifier: BSD-3-Clause
//
// Counters of a whole run: the numbers of Tstat's closing report and what was
// dropped, by reason.
#ifndef TSTAT_STATISTICS_H_
#define TSTAT_STATISTICS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tstat/time.h"

namespace tstat::inline v1 {

// Flows that have ended, so far in the run.
struct ClosedFlows {
  uint64_t tcp = 0;       // for whatever reason
  uint64_t idle_udp = 0;  // by the collector of idle flows only
};

// A table whose size is limited (docs/limits.md).
struct TableUse {
  std::string name;
  uint64_t used = 0, limit = 0;  // entries now, and at most
  uint64_t bytes = 0;            // that it is taken to need now
  uint64_t most_bytes = 0;  // with AnalyzerOptions::max_memory; 0: that limits the entries only
  uint64_t evicted = 0;     // that made room for others, or found none
};

struct Statistics {
  uint64_t ip_packets = 0;           // "packets seen"
  uint64_t tcp_packets = 0;          // with a TCP header found, truncated ones included
  uint64_t udp_packets = 0;          // with a complete UDP header, duplicates included
  uint64_t tcp_packets_tracked = 0;  // of flows with an internal end, duplicates included
  uint64_t tcp_trash_packets = 0;    // of no flow, and no opening SYN (or no slot free)
  // Of them: of connections whose SYN was not captured, or whose flow had ended; with
  // CompatProfile::flows_follow_connections, instead, late ones of flows that had ended regularly,
  // or by a reset; of flows without a slot.
  uint64_t tcp_without_syn = 0, tcp_after_close = 0, tcp_after_reset = 0, tcp_without_slot = 0;
  uint64_t copied_packets = 0;            // of TCP and UDP flows, captured twice and counted once
  uint64_t tcp_flows = 0, udp_flows = 0;  // created, those without a slot included
  uint64_t refused_tcp_flows = 0, refused_udp_flows = 0;  // of them, no slot was free
  // Directions of UDP flows found to be RTP and RTCP, again when they were given up between;
  // counted when a sink wants UDP or media records or histograms.
  uint64_t rtp_flows = 0, rtcp_flows = 0;
  uint64_t tunneled_rtp_flows = 0;  // closed TCP flows with RTP in RTSP (never in the 3.3 profile)
  // Open now. After Analyzer::BeginOutput: of those that began since; an end of one that was open
  // then makes it negative.
  int64_t open_tcp_flows = 0, open_udp_flows = 0;
  uint64_t evicted_flows = 0;  // closed early because a table was full
  // Of the files of addresses: chains of Globals::max_adx_slots that were used, networks that were
  // not the first in theirs, and addresses of packets that were looked up.
  uint64_t address_chains = 0, chained_addresses = 0, address_lookups = 0;
  // Source or destination addresses of packets that the tables of addresses had no room for.
  uint64_t uncounted_addresses = 0;
  // Ranges of sequence numbers that were forgotten because a flow had more of them, or more work
  // with them, than any honest one: its retransmissions may be told less exactly.
  uint64_t forgotten_ranges = 0;
  // Packets that came out of the order of their times, and were taken in it
  // (CompatProfile::time_order_window_ms).
  uint64_t overtaken_packets = 0;
  // Times that a packet was more than a second (CompatProfile::clock_step_ms: as much) earlier than
  // the one before it, and the most by which one was.
  uint64_t clock_steps_back = 0;
  double longest_step_back_s = 0;
  // Not used, as the same client had not asked the same server (CompatProfile::dns_unasked; not
  // counted where they are used).
  uint64_t unasked_dns_answers = 0;
  // With CompatProfile::modern_layer7. Bytes of TCP that came again and were others (the first ones
  // count), and bytes that a protocol was read without; both of flows that have ended, where their
  // streams were read. Hellos of QUIC and DTLS that came in more pieces than are kept.
  uint64_t differing_stream_bytes = 0, missing_stream_bytes = 0;
  uint64_t given_up_hellos = 0;
  uint64_t search_iterations = 0;  // entries of the flow table that were found
  uint64_t last_tcp_slot = 0;
  Timestamp first_packet, last_packet;  // of the run
  Timestamp first_of_trace;             // IP packet of the present trace, or the last one
  // What was not accepted, by reason, in the order of DropReason; only reasons that occurred.
  std::vector<std::pair<std::string, uint64_t>> dropped;
  std::vector<TableUse> tables;
  // More about that, by name, the most frequent first: frames in which no IP was found, by what
  // they hold; IP packets of other protocols than TCP and UDP. And flows of UDP that are, by their
  // port, those of tunnels that were not opened.
  std::vector<std::pair<std::string, uint64_t>> unread_frames, unread_protocols, unopened_tunnels;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_STATISTICS_H_
