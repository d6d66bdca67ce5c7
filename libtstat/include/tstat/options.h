// SPDX-License-Identifier: BSD-3-Clause
//
// What an analysis can be told: plain aggregates, each member with its default and the CLI option
// or configuration key that sets it.
#ifndef TSTAT_OPTIONS_H_
#define TSTAT_OPTIONS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tstat/event_mask.h"
#include "tstat/export.h"
#include "tstat/flow.h"
#include "tstat/ip_address.h"
#include "tstat/networks.h"

namespace tstat::inline v1 {

class LabelRules;           // tstat/labels.h
struct SkypeModels;         // tstat/skype.h
struct HistogramSelection;  // tstat/histogram.h

// How packets of UDP flows are given to the dumps of protocols ([dump] of runtime.conf). Those of
// uTP, STUN, QUIC and SYE take packets by a rule of their own; all others by the type of the
// packet's direction.
enum class UdpDumpChain : uint8_t {
  kQuicElseType,   // by its rule and by its type, once each; with udp_quic on nothing goes by types
  kFirstThatIsOn,  // of the four only the first that is on; with one of them on nothing goes by
                   // types
  kEach,           // each dump that a rule or the type names, once
};

// Everything in which Tstat 3.1.1, 3.3.0 and the true profile differ, by name. Code reads a member
// where it matters; there are no version comparisons.
struct CompatProfile {
  bool duplicate_filter = true;             // 3.3: off
  uint8_t ipv6_fragment_header_bytes = 16;  // 3.3: 8
  Ipv6Form ipv6_form = Ipv6Form::kFourDigits;
  bool step_on_every_ip_packet =
      false;  // 3.3: periodic step and reload after any packet, not only counted
  bool retransmitted_bytes_without_syn_fin = false;  // 3.3: column bytes_retx counts payload only
  bool repeated_syn_adds_unique_byte = true;         // 3.3: off
  bool ipv6_internal_without_entry = false;  // 3.3: -N without an IPv6 entry makes IPv6 internal
  bool rtp_over_tcp = true;                  // 3.3: off, and no TCP rows in log_mm_complete
  bool rtp_plus = false;                     // 3.3: several SSRCs a direction, other log_mm layout
  bool http_more_methods = false;            // 3.3: PUT, PATCH, DELETE, OPTIONS
  bool http_second_segment = false;          // 3.3: REQ2 / RES2 rows
  bool facebook_zero = false;                // 3.3
  bool fragmented_client_hello = false;      // 3.3
  bool tls_version_columns = false;          // 3.3: columns 131-134, tls_session_stat
  bool quic_ietf = false;  // 3.3: QUIC >= 46 and its columns, else Google QUIC <= 43
  // 3.3 as its users build it, with OpenSSL: the server name and user agent of QUIC clients.
  bool quic_client_hello = false;
  // Hellos of drafts 23 to 32 are read with the keys of the draft, 8-byte integers as the standard
  // has them. 3.3 knows the keys of version 1 only.
  bool quic_draft_hellos = false;
  bool udp_3_3_signatures = false;  // 3.3: MTURN, SYE, other DNS type list, SoulSeek 9
  bool tls_services_3_3 = false;    // 3.3: Instagram, other order
  bool mm_log_header = false;       // 3.3
  bool periodic_logs = false;       // 3.3: log_tcp_periodic, log_udp_periodic are among the logs
  // 3.3 built with ldns: log_dns_complete is among the logs, and while DnsEntries are wanted, UDP
  // flows that are of no known type become DNS when one of their packets is a DNS message.
  bool dns_log = false;
  bool l3_histograms = false;  // 3.3
  // 3.3: the masks of IPv6 words in Crypto-PAn are those of Globals, else 3.1.1's.
  bool crypto_masks_of_globals = false;
  bool dns_unasked = true;  // names from DNS answers without a question (dns_unasked in -T)
  // Packet dumps: 3.3 asks one rule after the other.
  UdpDumpChain udp_dump_chain = UdpDumpChain::kQuicElseType;
  // Both versions dump what a link adds behind a short packet, which makes it longer than it says.
  bool dump_link_padding = true;
  // PPP and FDDI frames that are not IP: both versions analyse the previous IP packet once more, at
  // the frame's time. Without it they are skipped.
  bool repeats_previous_packet = true;
  // Nothing happens between packets. Without it the command tells the analysis the time when none
  // come on a live interface (Session::AdvanceTime).
  bool time_moves_with_packets = true;
  // Both versions write every selected histogram of every interval. Without it those that have no
  // sample are left out (--histo-empty, `histo_empty` of runtime.conf).
  bool empty_histogram_files = true;
  // None of Tstat's: docs/truth.md has a section on each.
  // IP is found behind any stack of tags, labels and tunnels, and its lengths are those of the
  // standards and of segmentation offloads. Else at the offsets where Tstat looks for it.
  bool reads_every_header = false;
  bool segment_lengths_wrap = true;  // in bit rates those of TCP above 32767 bytes are negative
  bool modern_columns = false;       // columns that Tstat does not have, behind its own
  // Flows begin and end as their connections do: with any segment, whatever of the beginning was
  // captured; a SYN of another connection, an idle time that is over, or a reset that its receiver
  // can take for one ends them; what comes after that begins none. Else with a SYN only, and ends
  // are Tstat's.
  bool flows_follow_connections = false;
  // With flows_follow_connections: segments that come within two seconds of the end of their
  // connection, and bring nothing new, count in its flow, which is reported then. Else they are
  // late ones of no flow.
  bool late_segments_count = false;
  // duplicate_filter: copies of a packet are told from packets sent twice by what is in them, for
  // IPv6, too, within copy_window_us. Else by identification, checksum and length.
  bool copies_by_content = false;
  // Of packets that come out of the order of their times by less than this, each waits for its
  // turn; both versions take all as they come (0).
  uint16_t time_order_window_ms = 0;
  // A clock that falls back by as much was set, and times go on from there: in flows none falls
  // back. Both versions count with times as they are (0).
  uint16_t clock_step_ms = 0;
  // Both versions skip packets of time zero at the start of a trace, and cut times to microseconds.
  bool packets_at_time_zero = false;
  bool nanoseconds = false;
  // Both versions analyse each trace by itself. Traces that are pieces of one series, by their
  // names and times, are one (--separate: they are not).
  bool joins_series = false;
  // Both versions cut the sequence numbers into quadrants, compare them as plain numbers, and find
  // the causes of retransmissions by Tstat's rules. With it they are those of the RFCs, and the
  // members of TcpDirection that are of the true profile are filled.
  bool true_retransmissions = false;
  // Both versions look at segments and datagrams one by one, with what Tstat knows of protocols.
  // With it the first bytes of each TCP direction are put together, and the protocols of today are
  // told from them ([options] modern_layer7 of runtime.conf). Columns of Tstat keep their rules
  // where `modern_columns` is off.
  bool modern_layer7 = false;
  // Columns beside those of modern_columns, each for what an option asks for: AnalyzerOptions has
  // members for the same.
  bool label_column = false;          // `labels`
  bool first_packet_columns = false;  // `first_packets`
  bool ndpi_column = false;           // `ndpi`

  [[nodiscard]] static CompatProfile Tstat311() { return {}; }
  // 3.3.0 as its users build it, with ldns and OpenSSL.
  [[nodiscard]] TSTAT_EXPORT static CompatProfile Tstat33();
  // 3.3.0 as its build script makes it when it is told nothing: without both.
  [[nodiscard]] TSTAT_EXPORT static CompatProfile Tstat33DefaultBuild();
  // Of no version (--compat none): the logs of 3.3 and more columns, and numbers that are true
  // where Tstat's are not. docs/truth.md says what is right, rule by rule, and why.
  [[nodiscard]] TSTAT_EXPORT static CompatProfile None();
};

// globals.conf (CLI: -G), tstat-globals.conf(5). Times are in the unit of the member's name.
struct Globals {
  // Of the pairs and of gc_split_ratio, which are at least 1; else Analyzer::status() is
  // InvalidArgument.
  static constexpr uint32_t kMostFlows = 100'000'000;

  uint32_t max_tcp_pairs = 180000;
  uint32_t max_udp_pairs = 360000;
  uint32_t hash_table_size = 2000003;
  double tcp_idle_time_s = 300;
  double udp_idle_time_s = 200;
  double tcp_singleton_time_s = 10;
  double udp_singleton_time_s = 10;
  double gc_cycle_time_s = 5;
  uint32_t gc_split_ratio = 10000;
  uint32_t max_adx_slots = 70001;
  uint32_t max_internal_ethers = 20;
  uint32_t max_internal_hosts = 100;
  uint32_t max_cloud_hosts = 100;
  uint32_t max_crypto_hosts = 40;
  uint32_t max_white_hosts = 100;
  uint32_t max_crypto_cache_size = 130000;
  uint32_t dns_cache_size = 100000;
  uint32_t dns_cache_size_ipv6 = 1000;
  double runtime_config_idle_s = 21;
  uint32_t runtime_mtime_counter = 3;
  double max_time_step_s = 300;
  uint32_t dirs = 12;
  double rate_sampling_s = 1;
  int32_t max_seg_per_quad = 100;  // <= 0: unlimited
  uint32_t list_search_dept = 200;
  uint32_t entropy_sample = 60;
  double entropy_threshold = 3.7;
  double min_delta_t_udp_dup_pkt_us = 1000;
  double min_delta_t_tcp_dup_pkt_us = 2000;
  // 3.3
  std::array<uint32_t, 4> crypto_ipv6_mask = {0xffffffff, 0xf0f0f0f0, 0x0f0f0f0f, 0};
  double log_periodic_interval_s = 1;
};

// Which flows of tunnels are analysed, with CompatProfile::reads_every_header.
enum class TunnelFlows : uint8_t {
  kBoth,   // those inside, and that of the tunnel's own datagrams, which is in rows only
  kInner,  // those inside
  kOuter,  // tunnels are not opened: their datagrams are flows as others
};

struct AnalyzerOptions {
  static constexpr unsigned kMostThreads = 64;
  static constexpr uint64_t kLeastMemory = uint64_t{48} << 20;

  CompatProfile profile;
  Globals globals;                                    // -G
  NetworkList internal = NetworkList::All();          // -N
  NetworkList cloud;                                  // -C
  NetworkList encrypted;                              // -Y: flags only (tstat/anonymizer.h)
  NetworkList exempt;                                 // -W
  std::vector<std::array<uint8_t, 6>> internal_macs;  // -M
  bool use_macs = false;                              // -M was given: networks are not consulted
  bool udp = true;                                    // -u clears it
  bool ipv6 = true;                                   // -6 clears it
  bool dns = true;                                    // -X clears it: no names from DNS
  bool concatenate = false;                           // -c: all traces are one
  bool strict_privacy = false;                        // -0
  bool intervals = true;                              // -S clears it: no periodic step
  uint32_t address_mask = 0;                          // -A: XORed into internal IPv4 addresses
  // Live flows of a kind (TCP, UDP) kept at most, and no more than some 63/64 of the slots of
  // Globals: when one more begins, one is closed (CloseCause::kEvicted), singletons first, then the
  // one that has been silent for the longest time. 0: none makes room; a flow that finds no slot is
  // not analysed (Statistics::refused_tcp_flows).
  uint32_t max_live_flows = 0;
  // --max-memory: bytes that the analysis may have, at least kLeastMemory; each table has a part of
  // it as its limit (docs/limits.md). Flows make room for others then as with max_live_flows, the
  // lower limit counts. What sinks keep is not in it. 0: tables have the limits of Globals and
  // their own.
  uint64_t max_memory = 0;
  // A packet that is more than a second earlier than the one before it means that the clock was set
  // back: the collector, intervals and rotation of outputs go on from the new time. Else they wait
  // until the old time is reached again, as Tstat does.
  bool follow_clock_back = false;
  // With CompatProfile::copies_by_content, how much later than a packet its copy may come; instead
  // of the times in Globals. At most a minute (--duplicate-filter MILLISECONDS).
  double copy_window_us = 10000;
  // With CompatProfile::flows_follow_connections: a flow that has been open for so long is reported
  // and goes on in a new record, which names it (--active-timeout). 0: never.
  double active_timeout_s = 0;
  TunnelFlows tunnels = TunnelFlows::kBoth;  // --tunnels
  // --threads: how many the analysis may use, 1 to kMostThreads; with more than one it makes all
  // but one itself, in a trace that is long enough, and ends them with the Analyzer. Sinks, filters
  // and sources are called by the caller's thread, and what they are told does not depend on it;
  // but until a trace ends, or an interval does, the latest events may wait.
  unsigned threads = 1;
  // --community-id-seed: of UdpFlow::community_id and TcpFlow::community_id.
  uint16_t community_id_seed = 0;
  // --labels: for FlowExtras::label; null: none (Analyzer::SetLabels changes them).
  std::shared_ptr<const LabelRules> labels;
  // --first-packets: how many packets with payload FlowExtras::first_packets tells of; 0: none.
  // With CompatProfile::flows_follow_connections.
  uint8_t first_packets = 0;
  // --ndpi: libndpi looks at flows, too, for FlowExtras::ndpi. With
  // CompatProfile::flows_follow_connections. Where NdpiStatus() is an error they stay empty.
  bool ndpi = false;
  // --flow-key: flows of the same endpoints are different ones in different VLANs (the innermost
  // tag), or in tunnels of different kinds or numbers. Numbers that each direction has its own of
  // (GTP-U, L2TP, PPTP) are left out. With CompatProfile::reads_every_header.
  bool vlan_in_flow_key = false, tunnel_in_flow_key = false;
  bool bayes = false;  // -B: Skype classification, by these:
  std::shared_ptr<const SkypeModels> skype_models;
  // -H, -g: what is collected when a sink wants histograms; null: nothing.
  std::shared_ptr<const HistogramSelection> histograms;
  // Packets that this libpcap expression does not match are as if they had never come (--bpf, -f).
  // Empty: all are analysed. A source can filter earlier (TraceOptions::filter, LiveOptions).
  std::string packet_filter;
  // Asked of each new flow: false, and nothing of it is measured or told. It still takes part in
  // what flows do to each other (slots, the collector), and Statistics and the histograms of
  // packets and of new flows (L4_flow_number) count it. Null: all are wanted.
  std::function<bool(const NewFlow&)> flow_filter;
  // Told of each end of a new flow that is in `encrypted` and not in `exempt`, the client first
  // (Anonymizer::Prepare). Null: nobody is.
  std::function<void(const IpAddress&)> on_encrypted_endpoint;
  // What sinks may come to want later (Analyzer::Resubscribe), beside what they want at first: it
  // is measured from the start, so that flows that are open then are reported whole.
  EventMask later_wants;
  // Asked for by -Q: a ring of the names from DNS is full and overwrites its oldest entries from
  // now on, once more. `size`: its entries; `time`: of the packet. Null: nobody wants to know.
  std::function<void(bool is_v6, uint32_t size, Timestamp time)> on_dns_cache_full;
  // -w: RTCP reports that end with the packet count as truncated and are not decoded.
  bool stop_at_truncated_reports = false;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_OPTIONS_H_
