// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/options.h"

namespace tstat::inline v1 {
// Each member says in tstat/options.h what it changes.
CompatProfile CompatProfile::Tstat33DefaultBuild() {
  CompatProfile p;
  p.duplicate_filter = false;
  p.ipv6_fragment_header_bytes = 8;
  p.ipv6_form = Ipv6Form::kCanonical;
  p.step_on_every_ip_packet = true;
  p.retransmitted_bytes_without_syn_fin = true;
  p.repeated_syn_adds_unique_byte = false;
  p.ipv6_internal_without_entry = true;
  p.rtp_over_tcp = false;
  p.rtp_plus = true;
  p.http_more_methods = true;
  p.http_second_segment = true;
  p.facebook_zero = true;
  p.fragmented_client_hello = true;
  p.tls_version_columns = true;
  p.quic_ietf = true;
  p.udp_3_3_signatures = true;
  p.tls_services_3_3 = true;
  p.mm_log_header = true;
  p.crypto_masks_of_globals = true;
  p.periodic_logs = true;
  p.l3_histograms = true;
  p.udp_dump_chain = UdpDumpChain::kFirstThatIsOn;
  return p;
}

CompatProfile CompatProfile::Tstat33() {
  CompatProfile p = Tstat33DefaultBuild();
  p.quic_client_hello = true;
  p.dns_log = true;
  return p;
}

CompatProfile CompatProfile::None() {
  CompatProfile p = Tstat33();
  p.quic_draft_hellos = true;
  p.dns_unasked = false;
  p.dump_link_padding = false;
  p.repeats_previous_packet = false;
  p.time_moves_with_packets = false;
  p.empty_histogram_files = false;
  p.reads_every_header = true;
  p.segment_lengths_wrap = false;
  p.modern_columns = true;
  p.duplicate_filter = true;
  p.copies_by_content = true;
  p.flows_follow_connections = true;
  p.late_segments_count = true;
  p.time_order_window_ms = 50;
  p.clock_step_ms = 900;
  p.packets_at_time_zero = true;
  p.nanoseconds = true;
  p.joins_series = true;
  p.true_retransmissions = true;
  p.modern_layer7 = true;
  return p;
}

}  // namespace tstat::inline v1
