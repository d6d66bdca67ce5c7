# SPDX-License-Identifier: BSD-3-Clause
# The closing table of ./quickstart, from log_tcp_complete, log_tcp_nocomplete and log_udp_complete. Columns are found by
# their labels in the header ("#15#c_ip:1 c_port:2 ..."), as scripts should.
FNR == 1 { is_tcp = (FILENAME ~ /log_tcp/); is_open = (FILENAME ~ /nocomplete/) }
/^#/ {
  for (i = 1; i <= NF; i++) {
    label = $i
    sub(/^#[0-9]*#/, "", label); sub(/^#/, "", label); sub(/:[0-9]+$/, "", label)
    at[is_tcp, label] = i
  }
  next
}
function value(label) { return $(at[is_tcp, label]) }
function tcp_kind(type) {
  if (is_open) return "TCP, not established"
  if (type == 1) return "HTTP"
  if (type == 8192) return "TLS"
  if (type == 32768) return "SSH"
  return "other TCP"
}
function udp_kind(type) {
  if (type == 19) return "DNS"
  if (type == 3) return "RTP"
  if (type == 4) return "RTCP"
  return "other UDP"
}
# What was lost before the probe counts as out of order: docs/retransmissions.md. Open flows have no causes.
function sent_again(side) {
  n = value(side "_pkts_retx") + value(side "_pkts_ooo")
  return is_open ? n : n - value(side "_pkts_reor") - value(side "_pkts_dup")
}
{
  kind = is_tcp ? tcp_kind(value("con_t")) : udp_kind(value("c_type"))
  flows[kind]++
  packets[kind] += value("c_pkts_all") + value("s_pkts_all")
  bytes[kind] += value("c_bytes_all") + value("s_bytes_all")
  name = value("fqdn")
  if (name != "-" && name != "") { named[name]++; named_bytes[name] += value("c_bytes_all") + value("s_bytes_all") }
  if (!is_tcp) next
  retransmitted[kind] += sent_again("c") + sent_again("s")
  if (value("c_rtt_cnt") > 0 && value("s_rtt_cnt") > 0) {
    rtt[kind] += value("c_rtt_avg") + value("s_rtt_avg"); rtt_flows[kind]++
  }
}
END {
  printf "  %-22s %6s %8s %9s %8s %14s\n", "traffic", "flows", "packets", "payload", "RTT", "retransmitted"
  n = split("HTTP;TLS;SSH;other TCP;TCP, not established;DNS;RTP;RTCP;other UDP", order, ";")
  for (i = 1; i <= n; i++) {
    kind = order[i]
    if (!flows[kind]) continue
    printf "  %-22s %6d %8d %6.1f kB", kind, flows[kind], packets[kind], bytes[kind] / 1000
    if (rtt_flows[kind]) printf " %5.1f ms", rtt[kind] / rtt_flows[kind]
    else printf " %8s", "-"
    if (kind in retransmitted) printf " %14d", retransmitted[kind]
    else printf " %14s", "-"
    print ""
  }
  for (name in named) names++
  if (!names) exit
  print ""
  printf "  %-22s %6s %18s\n", "server name (from DNS)", "flows", "payload"
  for (name in named) printf "  %-22s %6d %15.1f kB\n", name, named[name], named_bytes[name] / 1000 | "sort"
}
