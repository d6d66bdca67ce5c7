// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/definitions.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>

#include "histogram/flow_values.h"
#include "tstat/histogram.h"

namespace tstat::internal {
namespace {

using F = HistogramFamily;
using S = HistogramSuffix;
using K = HistogramKind;
using P = HistogramPresence;
using W = HistogramFeeders;

// Two are called tcp_net_dup_out: that of local flows is the second (a quirk of the format).
// clang-format off
constexpr HistogramDefinition kDefinitions[] = {
    {F::kIpProtocol, S::kIn, "ip_protocol_in", "IP protocol - incoming packets", "protocol number", 0, 255, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIpProtocol, S::kOut, "ip_protocol_out", "IP protocol - outgoing packets", "protocol number", 0, 255, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIpProtocol, S::kLoc, "ip_protocol_loc", "IP protocol - local packets", "protocol number", 0, 255, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIpBitrate, S::kIn, "ip_bitrate_in", "IP bitrate [bit/s] - incoming packets", "bit/s", 0, 4, 1, K::kRate, P::kAlways, W::kPackets},
    {F::kIpBitrate, S::kOut, "ip_bitrate_out", "IP bitrate [bit/s] - outgoing packets", "bit/s", 0, 4, 1, K::kRate, P::kAlways, W::kPackets},
    {F::kIpBitrate, S::kLoc, "ip_bitrate_loc", "IP bitrate [bit/s] - local packets", "bit/s", 0, 4, 1, K::kRate, P::kAlways, W::kPackets},
    {F::kIpBitrate, S::kCloudIn, "ip_bitrate_c_in", "IP bitrate [bit/s] - cloud incoming packets", "bit/s", 0, 4, 1, K::kRate, P::kAlways, W::kPackets},
    {F::kIpBitrate, S::kCloudOut, "ip_bitrate_c_out", "IP bitrate [bit/s] - cloud outgoing packets", "bit/s", 0, 4, 1, K::kRate, P::kAlways, W::kPackets},
    {F::kIpBitrate, S::kOtherIn, "ip_bitrate_nc_in", "IP bitrate [bit/s] - non-cloud incoming packets", "bit/s", 0, 4, 1, K::kRate, P::kAlways, W::kPackets},
    {F::kIpBitrate, S::kOtherOut, "ip_bitrate_nc_out", "IP bitrate [bit/s] - non-cloud outgoing packets", "bit/s", 0, 4, 1, K::kRate, P::kAlways, W::kPackets},
    {F::kIpLen, S::kOut, "ip_len_out", "IP packet length [byte] - outgoing packets", "byte", 0, 1504, 4, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIpLen, S::kIn, "ip_len_in", "IP packet length [byte] - incoming packets", "byte", 0, 1504, 4, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIpLen, S::kLoc, "ip_len_loc", "IP packet length [byte] - local packets", "byte", 0, 1504, 4, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIpTtl, S::kOut, "ip_ttl_out", "IP TTL - outgoing packtes", "hops", 0, 255, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIpTtl, S::kIn, "ip_ttl_in", "IP TTL - incoming packets", "hops", 0, 255, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIpTtl, S::kLoc, "ip_ttl_loc", "IP TTL - local packets", "hops", 0, 255, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIpTos, S::kOut, "ip_tos_out", "IP TOS - outgoing packets", "TOS byte", 0, 255, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIpTos, S::kIn, "ip_tos_in", "IP TOS - incoming packets", "TOS byte", 0, 255, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIpTos, S::kLoc, "ip_tos_loc", "IP TOS - local packets", "TOS byte", 0, 255, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIp6Protocol, S::kIn, "ip6_protocol_in", "IPv6 protocol - incoming packets protocol type", "protocol number", 0, 256, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIp6HopLimit, S::kIn, "ip6_hop_limit_in", "IPv6 protocol - incoming packets hop limit", "hops", 0, 70, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIp6Plen, S::kIn, "ip6_plen_in", "IPv6 protocol - incoming packets payload length", "byte", 0, 1504, 16, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIp6Protocol, S::kOut, "ip6_protocol_out", "IPv6 protocol - outgoing packets protocol type", "protocol number", 0, 256, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIp6HopLimit, S::kOut, "ip6_hop_limit_out", "IPv6 protocol - outgoing packets hop limit", "hops", 0, 70, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIp6Plen, S::kOut, "ip6_plen_out", "IPv6 protocol - outgoing packets payload length", "byte", 0, 1504, 16, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIp6Protocol, S::kLoc, "ip6_protocol_loc", "IPv6 protocol -  local packets protocol type", "protocol number", 0, 256, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIp6HopLimit, S::kLoc, "ip6_hop_limit_loc", "IPv6 protocol - local packets hop limit", "hops", 0, 70, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIp6Plen, S::kLoc, "ip6_plen_loc", "IPv6 protocol - local packets payload length", "byte", 0, 1504, 16, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIcmpv6Type, S::kIn, "icmpv6_type_in", "ICMPv6 protocol - incoming traffic type", "ICMPv6 type", 1, 143, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIcmpv6Type, S::kLoc, "icmpv6_type_loc", "ICMPv6 protocol - local traffic type", "ICMPv6 type", 1, 143, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kIcmpv6Type, S::kOut, "icmpv6_type_out", "ICMPv6 protocol - outgoing traffic type", "ICMPv6 type", 1, 143, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortSrc, S::kIn, "tcp_port_src_in", "TCP source port - incoming segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortSrc, S::kOut, "tcp_port_src_out", "TCP source port - outgoing segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortSrc, S::kLoc, "tcp_port_src_loc", "TCP source port - local segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortDst, S::kIn, "tcp_port_dst_in", "TCP destination port - incoming segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortDst, S::kOut, "tcp_port_dst_out", "TCP destination port - outgoing segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortDst, S::kLoc, "tcp_port_dst_loc", "TCP destination port - local segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortSynsrc, S::kIn, "tcp_port_synsrc_in", "TCP source port of SYN segments - incoming segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortSynsrc, S::kOut, "tcp_port_synsrc_out", "TCP source port of SYN segments - outgoing segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortSynsrc, S::kLoc, "tcp_port_synsrc_loc", "TCP source port of SYN segments - local segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortSyndst, S::kIn, "tcp_port_syndst_in", "TCP destination port of SYN segments - incoming segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortSyndst, S::kOut, "tcp_port_syndst_out", "TCP destination port of SYN segments - outgoing segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpPortSyndst, S::kLoc, "tcp_port_syndst_loc", "TCP destination port of SYN segments - local segments", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kTcpBitrate, S::kIn, "tcp_bitrate_in", "TCP application bitrate [bit/s] - incoming segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kTcpBitrate, S::kOut, "tcp_bitrate_out", "TCP application bitrate [bit/s] - outgoing segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kTcpBitrate, S::kLoc, "tcp_bitrate_loc", "TCP application bitrate [bit/s] - local segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kTcpBitrate, S::kCloudIn, "tcp_bitrate_c_in", "TCP application bitrate [bit/s] - cloud incoming segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kTcpBitrate, S::kCloudOut, "tcp_bitrate_c_out", "TCP application bitrate [bit/s] - cloud outgoing segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kTcpBitrate, S::kOtherIn, "tcp_bitrate_nc_in", "TCP application bitrate [bit/s] - non-cloud incoming segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kTcpBitrate, S::kOtherOut, "tcp_bitrate_nc_out", "TCP application bitrate [bit/s] - non-cloud outgoing segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kOfFlows, S::kNone, "tcp_opts_SACK", "TCP option: SACK", "code", 1, 4, 1, K::kDistribution, P::kAlways, W::kTcp, BothOrOne<&TcpDirection::sack_permitted>},
    {F::kOfFlows, S::kNone, "tcp_opts_WS", "TCP option: WindowScale", "code", 1, 4, 1, K::kDistribution, P::kAlways, W::kTcp, BothOrOne<&TcpDirection::window_scale_sent>},
    {F::kOfFlows, S::kNone, "tcp_opts_TS", "TCP option: Timestamp", "code", 1, 4, 1, K::kDistribution, P::kAlways, W::kTcp, BothOrOne<&TcpDirection::timestamp_sent>},
    {F::kOfFlows, S::kNone, "tcp_opts_MPTCP", "TCP option: MPTCP", "code", 1, 4, 1, K::kDistribution, P::kAlways, W::kTcp, BothOrOne<&TcpDirection::mptcp>},
    {F::kOfFlows, S::kNone, "tcp_mss_a", "TCP declared client MSS [byte]", "byte", 0, 1600, 4, K::kDistribution, P::kAlways, W::kTcp, ClientMss},
    {F::kOfFlows, S::kNone, "tcp_mss_b", "TCP declared server MSS [byte]", "byte", 0, 1600, 4, K::kDistribution, P::kAlways, W::kTcp, ServerMss},
    {F::kOfFlows, S::kNone, "tcp_mss_used", "TCP negotiated MSS [byte]", "byte", 0, 1600, 4, K::kDistribution, P::kAlways, W::kTcp, UsedMss},
    {F::kTcpWinIni, S::kNone, "tcp_win_ini", "TCP initial RWND [byte]", "byte", 0, 65536, 256, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpWinAvg, S::kNone, "tcp_win_avg", "TCP average RWND [byte]", "byte", 0, 65536, 256, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpWinMax, S::kNone, "tcp_win_max", "TCP max RWND [byte]", "byte", 0, 65536, 256, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpCwnd, S::kNone, "tcp_cwnd", "TCP in-flight-size [byte]", "byte", 0, 65536, 256, K::kDistribution, P::kAlways, W::kTcp},
    {F::kOfFlows, S::kOut, "tcp_cl_p_out", "TCP flow length [packet] - outgoing flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kTcp, PacketsSent},
    {F::kOfFlows, S::kIn, "tcp_cl_p_in", "TCP flow length [packet] - incoming flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kTcp, PacketsSent},
    {F::kOfFlows, S::kLoc, "tcp_cl_p_loc", "TCP flow length [packet] - local flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kTcp, PacketsSent},
    {F::kOfFlows, S::kC2s, "tcp_cl_p_c2s", "TCP flow length [packet] - clientflows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kTcp, PacketsSent},
    {F::kOfFlows, S::kS2c, "tcp_cl_p_s2c", "TCP flow length [packet] - server flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kTcp, PacketsSent},
    {F::kTcpClBS, S::kOut, "tcp_cl_b_s_out", "TCP flow length [byte] - fine granularity histogram - outgoing flows", "byte", 0, 50000, 50, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpClBS, S::kIn, "tcp_cl_b_s_in", "TCP flow length [byte] - fine granularity histogram - incoming flows", "byte", 0, 50000, 50, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpClBS, S::kLoc, "tcp_cl_b_s_loc", "TCP flow length [byte] - fine granularity histogram - local flows", "byte", 0, 50000, 50, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpClBL, S::kOut, "tcp_cl_b_l_out", "TCP flow length [byte] - coarse granularity histogram - outgoing flows", "byte", 0, 50000000, 50000, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpClBL, S::kIn, "tcp_cl_b_l_in", "TCP flow length [byte] - coarse granularity histogram - incoming flows", "byte", 0, 50000000, 50000, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpClBL, S::kLoc, "tcp_cl_b_l_loc", "TCP flow length [byte] - coarse granularity histogram - local flows", "byte", 0, 50000000, 50000, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpClBS, S::kC2s, "tcp_cl_b_s_c2s", "TCP flow length [byte] - fine granularity histogram - client flows", "byte", 0, 50000, 50, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpClBS, S::kS2c, "tcp_cl_b_s_s2c", "TCP flow length [byte] - fine granularity histogram - server flows", "byte", 0, 50000, 50, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpClBL, S::kC2s, "tcp_cl_b_l_c2s", "TCP flow length [byte] - coarse granularity histogram - client flows", "byte", 0, 50000000, 50000, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpClBL, S::kS2c, "tcp_cl_b_l_s2c", "TCP flow length [byte] - coarse granularity histogram - server flows", "byte", 0, 50000000, 50000, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttMin, S::kOut, "tcp_rtt_min_out", "TCP flow minimum RTT [ms] - outgoing flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttMin, S::kIn, "tcp_rtt_min_in", "TCP flow minimum RTT [ms]- incoming flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttMin, S::kLoc, "tcp_rtt_min_loc", "TCP flow minimum RTT - local flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttMin, S::kC2s, "tcp_rtt_min_c2s", "TCP flow minimum RTT [ms] - client flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttMin, S::kS2c, "tcp_rtt_min_s2c", "TCP flow minimum RTT [ms] - server flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttAvg, S::kOut, "tcp_rtt_avg_out", "TCP flow average RTT [ms] - outgoing flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttAvg, S::kIn, "tcp_rtt_avg_in", "TCP flow average RTT [ms] - incoming flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttAvg, S::kLoc, "tcp_rtt_avg_loc", "TCP flow average RTT [ms] - local flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttAvg, S::kC2s, "tcp_rtt_avg_c2s", "TCP flow average RTT [ms] - client flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttAvg, S::kS2c, "tcp_rtt_avg_s2c", "TCP flow average RTT [ms] - server flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttCAvg, S::kOut, "tcp_rtt_c_avg_out", "TCP flow average RTT [ms] - cloud outgoing flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttCAvg, S::kIn, "tcp_rtt_c_avg_in", "TCP flow average RTT [ms] - cloud incoming flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttNcAvg, S::kOut, "tcp_rtt_nc_avg_out", "TCP flow average RTT [ms] - non-cloud outgoing flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttNcAvg, S::kIn, "tcp_rtt_nc_avg_in", "TCP flow average RTT [ms] - non-cloud incoming flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttMax, S::kOut, "tcp_rtt_max_out", "TCP flow maximum RTT [ms] - outgoing flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttMax, S::kIn, "tcp_rtt_max_in", "TCP flow maximum RTT [ms] - incoming flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttMax, S::kLoc, "tcp_rtt_max_loc", "TCP flow maximum RTT [ms] - local flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttMax, S::kC2s, "tcp_rtt_max_c2s", "TCP flow maximum RTT [ms] - client flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttMax, S::kS2c, "tcp_rtt_max_s2c", "TCP flow maximum RTT [ms] - server flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttStdev, S::kOut, "tcp_rtt_stdev_out", "TCP flow RTT standard deviation [ms] - outgoing flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttStdev, S::kIn, "tcp_rtt_stdev_in", "TCP flow RTT standard deviation [ms] - incoming flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttStdev, S::kLoc, "tcp_rtt_stdev_loc", "TCP flow RTT standard deviation [ms] - local flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttStdev, S::kC2s, "tcp_rtt_stdev_c2s", "TCP flow RTT standard deviation [ms] - client flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttStdev, S::kS2c, "tcp_rtt_stdev_s2c", "TCP flow RTT standard deviation [ms] - server flows", "ms", 0, 2000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttCnt, S::kOut, "tcp_rtt_cnt_out", "TCP flow RTT valid samples - outgoing flows", "samples", 0, 200, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttCnt, S::kIn, "tcp_rtt_cnt_in", "TCP flow RTT valid samples - incoming flows", "samples", 0, 200, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttCnt, S::kLoc, "tcp_rtt_cnt_loc", "TCP flow RTT valid samples - local flows", "samples", 0, 200, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttCnt, S::kC2s, "tcp_rtt_cnt_c2s", "TCP flow RTT valid samples - client flows", "samples", 0, 200, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRttCnt, S::kS2c, "tcp_rtt_cnt_s2c", "TCP flow RTT valid samples - server flows", "samples", 0, 200, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpAnomalies, S::kIn, "tcp_anomalies_in", "TCP total number of anomalies - incoming flows", "class code", 0, 64, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpAnomalies, S::kOut, "tcp_anomalies_out", "TCP total number of anomalies - outgoing flows", "class code", 0, 64, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpAnomalies, S::kLoc, "tcp_anomalies_loc", "TCP total number of anomalies - local flows", "class code", 0, 64, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpAnomalies, S::kC2s, "tcp_anomalies_c2s", "TCP total number of anomalies - client flows", "class code", 0, 64, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpAnomalies, S::kS2c, "tcp_anomalies_s2c", "TCP total number of anomalies - server flows", "class code", 0, 64, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRtxRTO, S::kIn, "tcp_rtx_RTO_in", "TCP Number of RTO Retransmission - incoming flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRtxRTO, S::kOut, "tcp_rtx_RTO_out", "TCP Number of RTO Retransmission - outgoing flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRtxRTO, S::kLoc, "tcp_rtx_RTO_loc", "TCP Number of RTO Retransmission - local flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRtxRTO, S::kC2s, "tcp_rtx_RTO_c2s", "TCP Number of RTO Retransmission - client flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRtxRTO, S::kS2c, "tcp_rtx_RTO_s2c", "TCP Number of RTO Retransmission - server flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRtxFR, S::kIn, "tcp_rtx_FR_in", "TCP number of FR Retransmission - incoming flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRtxFR, S::kOut, "tcp_rtx_FR_out", "TCP Number of FR Retransmission - outgoing flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRtxFR, S::kLoc, "tcp_rtx_FR_loc", "TCP Number of FR Retransmission - local flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRtxFR, S::kC2s, "tcp_rtx_FR_c2s", "TCP Number of FR Retransmission - client flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpRtxFR, S::kS2c, "tcp_rtx_FR_s2c", "TCP number of FR Retransmission - server flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpReordering, S::kIn, "tcp_reordering_in", "TCP number of packet reordering - incoming flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpReordering, S::kOut, "tcp_reordering_out", "TCP number of packet reordering - outgoing flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpReordering, S::kLoc, "tcp_reordering_loc", "TCP number of packet reordering - local flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpReordering, S::kC2s, "tcp_reordering_c2s", "TCP number of packet reordering - client flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpReordering, S::kS2c, "tcp_reordering_s2c", "TCP number of packet reordering - server flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpNetDup, S::kIn, "tcp_net_dup_in", "TCP number of Network duplicates - incoming flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpNetDup, S::kOut, "tcp_net_dup_out", "TCP number of Network duplicates - outgoing flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpNetDup, S::kLoc, "tcp_net_dup_out", "TCP number of Network duplicates - local flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpNetDup, S::kC2s, "tcp_net_dup_c2s", "TCP number of Network duplicates - client flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpNetDup, S::kS2c, "tcp_net_dup_s2c", "TCP number of Network duplicates - server flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnknown, S::kIn, "tcp_unknown_in", "TCP number of unknown anomalies - incoming flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnknown, S::kOut, "tcp_unknown_out", "TCP number of unknown anomalies - outgoing flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnknown, S::kLoc, "tcp_unknown_loc", "TCP number of unknown anomalies - local flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnknown, S::kC2s, "tcp_unknown_c2s", "TCP number of unknown anomalies - client flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnknown, S::kS2c, "tcp_unknown_s2c", "TCP number of unknown anomalies - server flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpFlowCtrl, S::kIn, "tcp_flow_control_in", "TCP number of Flow Control - incoming flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpFlowCtrl, S::kOut, "tcp_flow_ctrl_out", "TCP number of Flow Control - outgoing flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpFlowCtrl, S::kLoc, "tcp_flow_ctrl_loc", "TCP number of Flow Control - local flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpFlowCtrl, S::kC2s, "tcp_flow_ctrl_c2s", "TCP number of Flow Control - client flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpFlowCtrl, S::kS2c, "tcp_flow_ctrl_s2c", "TCP number of Flow Control - server flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnnrtxRTO, S::kIn, "tcp_unnecessary_rtx_RTO_in", "TCP number of Unneeded RTO retransmission - incoming flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnnrtxRTO, S::kOut, "tcp_unnrtx_RTO_out", "TCP number of Unneeded RTO retransmission - outgoing flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnnrtxRTO, S::kLoc, "tcp_unnrtx_RTO_loc", "TCP number of Unneeded RTO retransmission - local flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnnrtxRTO, S::kC2s, "tcp_unnrtx_RTO_c2s", "TCP number of Unneeded RTO retransmission - client flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnnrtxRTO, S::kS2c, "tcp_unnrtx_RTO_s2c", "TCP number of Unneeded RTO retransmission - server flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnnrtxFR, S::kIn, "tcp_unnecessary_rtx_FR_in", "TCP number of Unneeded FR retransmission - incoming flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnnrtxFR, S::kOut, "tcp_unnrtx_FR_out", "TCP number of Unneeded FR retransmission - outgoing flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnnrtxFR, S::kLoc, "tcp_unnrtx_FR_loc", "TCP number of Unneeded FR retransmission - local flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnnrtxFR, S::kC2s, "tcp_unnrtx_FR_c2s", "TCP number of Unneeded FR retransmission - client flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpUnnrtxFR, S::kS2c, "tcp_unnrtx_FR_s2c", "TCP number of Unneeded FR retransmission - server flows", "segments", 0, 100, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kOfFlows, S::kNone, "tcp_tot_time", "TCP flow lifetime [ms]", "ms", 0, 720000, 50, K::kDistribution, P::kAlways, W::kTcp, Milliseconds<TcpFlow>},
    {F::kTcpThru, S::kC2s, "tcp_thru_c2s", "TCP throughput [kbps] - client flows", "kbit/s", 0, 1000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpThru, S::kS2c, "tcp_thru_s2c", "TCP throughput [kbps] - server flows", "kbit/s", 0, 1000, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpThruLf, S::kC2s, "tcp_thru_lf_c2s", "TCP throughput [kbps] - client large flows", "kbit/s", 0, 20000, 10, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpThruLf, S::kS2c, "tcp_thru_lf_s2c", "TCP throughput [kbps] - server large flows", "kbit/s", 0, 20000, 10, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpThruLfC, S::kC2s, "tcp_thru_lf_c_c2s", "TCP throughput [kbps] - cloud client large flows", "kbit/s", 0, 20000, 10, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpThruLfC, S::kS2c, "tcp_thru_lf_c_s2c", "TCP throughput [kbps] - cloud server large flows", "kbit/s", 0, 20000, 10, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpThruLfNc, S::kC2s, "tcp_thru_lf_nc_c2s", "TCP throughput [kbps] - non-cloud client large flows", "kbit/s", 0, 20000, 10, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpThruLfNc, S::kS2c, "tcp_thru_lf_nc_s2c", "TCP throughput [kbps] - non-cloud server large flows", "kbit/s", 0, 20000, 10, K::kDistribution, P::kAlways, W::kTcp},
    {F::kTcpInterrupted, S::kNone, "tcp_interrupted", "TCP Early interrupted flows", "0/1", 0, 1, 1, K::kDistribution, P::kAlways, W::kTcp},
    {F::kUdpClP, S::kOut, "udp_cl_p_out", "UDP flow length [packet] - outgoing", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kUdp},
    {F::kUdpClP, S::kIn, "udp_cl_p_in", "UDP flow length [packet] - incoming", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kUdp},
    {F::kUdpClP, S::kLoc, "udp_cl_p_loc", "UDP flow length [packet] - local", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kUdp},
    {F::kUdpClBS, S::kOut, "udp_cl_b_s_out", "UDP flow length [byte] - outgoing", "byte", 0, 50000, 50, K::kDistribution, P::kAlways, W::kUdp},
    {F::kUdpClBS, S::kIn, "udp_cl_b_s_in", "UDP flow length [byte] - incoming", "byte", 0, 50000, 50, K::kDistribution, P::kAlways, W::kUdp},
    {F::kUdpClBS, S::kLoc, "udp_cl_b_s_loc", "UDP flow length [byte] - local", "byte", 0, 50000, 50, K::kDistribution, P::kAlways, W::kUdp},
    {F::kUdpClBL, S::kOut, "udp_cl_b_l_out", "UDP flow length [byte] - outgoing", "byte", 0, 50000000, 50000, K::kDistribution, P::kAlways, W::kUdp},
    {F::kUdpClBL, S::kIn, "udp_cl_b_l_in", "UDP flow length [byte] - incoming", "byte", 0, 50000000, 50000, K::kDistribution, P::kAlways, W::kUdp},
    {F::kUdpClBL, S::kLoc, "udp_cl_b_l_loc", "UDP flow length [byte] - local", "byte", 0, 50000000, 50000, K::kDistribution, P::kAlways, W::kUdp},
    {F::kOfFlows, S::kNone, "udp_tot_time", "UDP flow lifetime [ms]", "ms", 0, 720000, 50, K::kDistribution, P::kAlways, W::kUdp, nullptr, Milliseconds<UdpFlow>},
    {F::kUdpPortDst, S::kIn, "udp_port_dst_in", "UDP destination post - incoming packets", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kUdpPortDst, S::kOut, "udp_port_dst_out", "UDP destination port - outgoing packets", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kUdpPortDst, S::kLoc, "udp_port_dst_loc", "UDP destination port - local packets", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kUdpPortFlowDst, S::kNone, "udp_port_flow_dst", "UDP destination port per flow", "port", 0, 65536, 1, K::kDistribution, P::kAlways, W::kUdp},
    {F::kMmType, S::kIn, "mm_type_in", "stream type - incoming flows", "bit mask", 0, 8, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmType, S::kOut, "mm_type_out", "stream type - outgoing flows", "bit mask", 0, 8, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmType, S::kLoc, "mm_type_loc", "stream type - local flows", "bit mask", 0, 8, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmUniMulti, S::kIn, "mm_uni_multi_in", "unicast/multicast flows - incoming flows", "0/1", 0, 1, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmUniMulti, S::kOut, "mm_uni_multi_out", "unicast/multicast flows - outgoing flows", "0/1", 0, 1, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmUniMulti, S::kLoc, "mm_uni_multi_loc", "unicast/multicast flows - local flows", "0/1", 0, 1, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmRtpPt, S::kIn, "mm_rtp_pt_in", "RTP payload type", "RTP payload type", 0, 128, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmRtpPt, S::kOut, "mm_rtp_pt_out", "RTP payload type", "RTP payload type", 0, 128, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmRtpPt, S::kLoc, "mm_rtp_pt_loc", "RTP payload type", "RTP payload type", 0, 128, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmTotTime, S::kIn, "mm_tot_time_in", "stream flow lifetime [s] - incoming flows", "s", 0, 5400, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmTotTime, S::kOut, "mm_tot_time_out", "stream flow lifetime [s] - outgoing flows", "s", 0, 5400, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmTotTime, S::kLoc, "mm_tot_time_loc", "stream flow lifetime [s] - local flows", "s", 0, 5400, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmTotTimeS, S::kIn, "mm_tot_time_s_in", "short stream flow lifetime [ms] - incoming flows", "ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmTotTimeS, S::kOut, "mm_tot_time_s_out", "short stream flow lifetime [ms] - outgoing flows", "ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmTotTimeS, S::kLoc, "mm_tot_time_s_loc", "short stream flow lifetime [ms] - local flows", "ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClP, S::kOut, "mm_cl_p_out", "long stream flow length [packet] - outgoing flows", "packet", 0, 50000, 10, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClP, S::kIn, "mm_cl_p_in", "long stream flow length [packet] - incoming flows", "packet", 0, 50000, 10, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClP, S::kLoc, "mm_cl_p_loc", "long stream flow length [packet] - local flows", "packet", 0, 50000, 10, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClB, S::kOut, "mm_cl_b_out", "long stream flow length [bytes] - outgoing flows", "byte", 0, 100000000, 50000, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClB, S::kIn, "mm_cl_b_in", "long stream flow length [bytes] - incoming flows", "byte", 0, 100000000, 50000, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClB, S::kLoc, "mm_cl_b_loc", "long stream flow length [bytes] - local flows", "byte", 0, 100000000, 50000, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClPS, S::kOut, "mm_cl_p_s_out", "short stream flow length [packet] - outgoing flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClPS, S::kIn, "mm_cl_p_s_in", "short stream flow length [packet] - incoming flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClPS, S::kLoc, "mm_cl_p_s_loc", "short stream flow length [packet] - local flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClBS, S::kOut, "mm_cl_b_s_out", "short stream flow length [bytes] - outgoing flows", "byte", 0, 100000, 100, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClBS, S::kIn, "mm_cl_b_s_in", "short stream flow length [bytes] - incoming flows", "byte", 0, 100000, 100, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmClBS, S::kLoc, "mm_cl_b_s_loc", "short stream flow length [bytes] - local flows", "byte", 0, 100000, 100, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmAvgBitrate, S::kOut, "mm_avg_bitrate_out", "stream bitrate [kbit/s] - outgoing flows", "kbit/s", 0, 10000, 10, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmAvgBitrate, S::kIn, "mm_avg_bitrate_in", "stream bitrate [kbit/s] - incoming flows", "kbit/s", 0, 10000, 10, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmAvgBitrate, S::kLoc, "mm_avg_bitrate_loc", "stream bitrate [kbit/s] - local flows", "kbit/s", 0, 10000, 10, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmAvgIpg, S::kIn, "mm_avg_ipg_in", "stream average IPG [0.1 ms]- incoming flows", "0.1 ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmAvgIpg, S::kOut, "mm_avg_ipg_out", "stream average IPG [0.1 ms] - outgoing flows", "0.1 ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmAvgIpg, S::kLoc, "mm_avg_ipg_loc", "stream average IPG [0.1 ms] - local flows", "0.1 ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmAvgJitter, S::kIn, "mm_avg_jitter_in", "stream average jitter [0.1 ms] - incoming flows", "0.1 ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmAvgJitter, S::kOut, "mm_avg_jitter_out", "stream average jitter [0.1 ms] - outgoing flows", "0.1 ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmAvgJitter, S::kLoc, "mm_avg_jitter_loc", "stream average jitter [0.1 ms] - local flows", "0.1 ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmNOos, S::kIn, "mm_n_oos_in", "stream number of out-of-sequence packets - incoming flows", "packet", 0, 100, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmNOos, S::kOut, "mm_n_oos_out", "stream number of out-of-sequence packets - outgoing flows", "packet", 0, 100, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmNOos, S::kLoc, "mm_n_oos_loc", "stream number of out-of-sequence packets - local flows", "packet", 0, 100, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmPOos, S::kIn, "mm_p_oos_in", "stream prob of out-of-sequence packets - incoming flows", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmPOos, S::kOut, "mm_p_oos_out", "stream prob of out-of-sequence packets - outgoing flows", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmPOos, S::kLoc, "mm_p_oos_loc", "stream prob of out-of-sequence packets - local flows", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmPDup, S::kIn, "mm_p_dup_in", "stream prob of duplicate packets - incoming flows ", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmPDup, S::kOut, "mm_p_dup_out", "stream prob of duplicate packets - outgoing flows", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmPDup, S::kLoc, "mm_p_dup_loc", "stream prob of duplicate packets - local flows", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia | W::kTunneled},
    {F::kMmPLost, S::kIn, "mm_p_lost_in", "stream prob of lost packets - incoming flows ", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmPLost, S::kOut, "mm_p_lost_out", "stream prob of lost packets - outgoing flows", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmPLost, S::kLoc, "mm_p_lost_loc", "stream prob of lost packets - local flows", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmPLate, S::kIn, "mm_p_late_in", "stream prob of late packets - incoming flows ", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmPLate, S::kOut, "mm_p_late_out", "stream prob of late packets - outgoing flows", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmPLate, S::kLoc, "mm_p_late_loc", "stream prob of late packets - local flows", "per mille", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmBurstLoss, S::kIn, "mm_burst_loss_in", "stream burst length [packet]- incoming flows ", "packet", 0, 20, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmBurstLoss, S::kOut, "mm_burst_loss_out", "stream burst length [packet] - outgoing flows", "packet", 0, 20, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmBurstLoss, S::kLoc, "mm_burst_loss_loc", "stream burst length [packet] - local flows", "packet", 0, 20, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmReordPN, S::kIn, "mm_reord_p_n_in", "stream number of reordered packets - incoming flows ", "events", 0, 0, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmReordPN, S::kOut, "mm_reord_p_n_out", "stream number of reordered packets - outgoing flows", "events", 0, 0, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmReordPN, S::kLoc, "mm_reord_p_n_loc", "stream number of reordered packets - local flows", "events", 0, 0, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmReordDelay, S::kIn, "mm_reord_delay_in", "stream delay of reordered packets - incoming flows ", "ms", 0, 100, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmReordDelay, S::kOut, "mm_reord_delay_out", "stream delay of reordered packets - outgoing flows", "ms", 0, 100, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmReordDelay, S::kLoc, "mm_reord_delay_loc", "stream delay of reordered packets - local flows", "ms", 0, 100, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmOosP, S::kIn, "mm_oos_p_in", "stream number of out of sequence packets - incoming flows", "events", 0, 0, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmOosP, S::kOut, "mm_oos_p_out", "stream number of out of sequence packets - outgoing flows", "events", 0, 0, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kMmOosP, S::kLoc, "mm_oos_p_loc", "stream number of out of sequence packets - local flows", "events", 0, 0, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpClP, S::kOut, "rtcp_cl_p_out", "RTCP flow length [packet] - outgoing flows", "packet", 0, 3000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpClP, S::kIn, "rtcp_cl_p_in", "RTCP flow length [packet] - incoming flows", "packet", 0, 3000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpClP, S::kLoc, "rtcp_cl_p_loc", "RTCP flow length [packet] - local flows", "packet", 0, 3000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpClB, S::kOut, "rtcp_cl_b_out", "RTCP flow length [bytes] - outgoing flows", "byte", 0, 3000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpClB, S::kIn, "rtcp_cl_b_in", "RTCP flow length [bytes] - incoming flows", "byte", 0, 3000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpClB, S::kLoc, "rtcp_cl_b_loc", "RTCP flow length [bytes] - local flows", "byte", 0, 3000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpAvgInter, S::kIn, "rtcp_avg_inter_in", "RTCP interarrival delay - incoming flows", "ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpAvgInter, S::kOut, "rtcp_avg_inter_out", "RTCP interarrival delay - outgoing flows", "ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpAvgInter, S::kLoc, "rtcp_avg_inter_loc", "RTCP interarrival delay - local flows", "ms", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpRtt, S::kIn, "rtcp_rtt_in", "RTCP round trip time [ms] - incoming flows", "ms", 0, 3000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpRtt, S::kLoc, "rtcp_rtt_loc", "RTCP round trip time [ms] - local flows", "ms", 0, 3000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpRtt, S::kOut, "rtcp_rtt_out", "RTCP round trip time [ms] - outgoing flows", "ms", 0, 3000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpJitter, S::kIn, "rtcp_jitter_in", "RTCP jitter during interval - incoming flows", "RTP clock units", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpJitter, S::kLoc, "rtcp_jitter_loc", "RTCP jitter during interval - local flows", "RTP clock units", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpJitter, S::kOut, "rtcp_jitter_out", "RTCP jitter during interval - outgoing flows", "RTP clock units", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpLost, S::kIn, "rtcp_lost_in", "RTCP lost packets during interval - incoming flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpLost, S::kLoc, "rtcp_lost_loc", "RTCP lost packets during interval - local flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpLost, S::kOut, "rtcp_lost_out", "RTCP lost packets during interval - outgoing flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpDup, S::kIn, "rtcp_dup_in", "RTCP duplicated packets during interval - incoming flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpDup, S::kLoc, "rtcp_dup_loc", "RTCP duplicated packets during interval - local flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpDup, S::kOut, "rtcp_dup_out", "RTCP duplicated packets during interval - outgoing flows", "packet", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpFLost, S::kIn, "rtcp_f_lost_in", "RTCP fraction of lost packets during interval [%.] - incoming flows", "per cent (description says per mille)", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpFLost, S::kLoc, "rtcp_f_lost_loc", "RTCP fraction of lost packets during interval [%.] - local flows", "per cent (description says per mille)", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpFLost, S::kOut, "rtcp_f_lost_out", "RTCP fraction of lost packets during interval [%.] - outgoing flows", "per cent (description says per mille)", 0, 1000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpTLost, S::kIn, "rtcp_t_lost_in", "RTCP lost packets per flow - incoming flows", "packet", 0, 10000, 10, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpTLost, S::kLoc, "rtcp_t_lost_loc", "RTCP lost packets per flow - local flows", "packet", 0, 10000, 10, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpTLost, S::kOut, "rtcp_t_lost_out", "RTCP lost packets per flow - outgoing flows", "packet", 0, 10000, 10, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpMmClP, S::kIn, "rtcp_mm_cl_p_in", "RTCP associated MM flow length [pkts] - incoming flows", "packet", 0, 50000, 10, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpMmClP, S::kLoc, "rtcp_mm_cl_p_loc", "RTCP associated MM flow length [pkts] - local flows", "packet", 0, 50000, 10, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpMmClP, S::kOut, "rtcp_mm_cl_p_out", "RTCP associeted MM flow length [pkts] - outgoing flows", "packet", 0, 50000, 10, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpMmClB, S::kIn, "rtcp_mm_cl_b_in", "RTCP assocaited MM flow length [bytes] - incoming flows", "byte", 0, 100000000, 50000, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpMmClB, S::kLoc, "rtcp_mm_cl_b_loc", "RTCP associated MM flow length [bytes] - local flows", "byte", 0, 100000000, 50000, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpMmClB, S::kOut, "rtcp_mm_cl_b_out", "RTCP associated MM flow length [bytes] - outgoing flows", "byte", 0, 100000000, 50000, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpMmBt, S::kIn, "rtcp_mm_bt_in", "RTCP associated MM flow avg bitrate during interval [kbit/s] - incoming flows", "kbit/s", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpMmBt, S::kLoc, "rtcp_mm_bt_loc", "RTCP associated MM flow avg bitrate during interval [kbit/s] - local flows", "kbit/s", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpMmBt, S::kOut, "rtcp_mm_bt_out", "RTCP associated MM flow average bitrate during interval [kbit/s] - outgoing flows", "kbit/s", 0, 5000, 1, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpBt, S::kIn, "rtcp_bt_in", "RTCP average bitrate [bit/s] - incoming flows", "bit/s", 0, 10000, 10, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpBt, S::kLoc, "rtcp_bt_loc", "RTCP average bitrate [bit/s] - local flows", "bit/s", 0, 10000, 10, K::kDistribution, P::kAlways, W::kMedia},
    {F::kRtcpBt, S::kOut, "rtcp_bt_out", "RTCP average bitrate [bit/s] - outgoing flows", "bit/s", 0, 10000, 10, K::kDistribution, P::kAlways, W::kMedia},
    {F::kL4FlowNumber, S::kNone, "L4_flow_number", "Number of tracked TCP/UDP flow", "0 TCP / 1 UDP", 0, 2, 1, K::kDistribution, P::kAlways, W::kPackets},
    {F::kL7TCPNum, S::kOut, "L7_TCP_num_out", "Number of tracked TCP flow per applications - outgoing flows", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7TCPNum, S::kIn, "L7_TCP_num_in", "Number of tracked TCP flow per applications - incoming flows ", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7TCPNum, S::kLoc, "L7_TCP_num_loc", "Number of tracked TCP flow per applications - local flows", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7TCPNum, S::kCloudOut, "L7_TCP_num_c_out", "Number of tracked TCP flow per applications - cloud outgoing flows", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7TCPNum, S::kCloudIn, "L7_TCP_num_c_in", "Number of tracked TCP flow per applications - cloud incoming flows ", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7TCPNum, S::kOtherOut, "L7_TCP_num_nc_out", "Number of tracked TCP flow per applications - non-cloud outgoing flows", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7TCPNum, S::kOtherIn, "L7_TCP_num_nc_in", "Number of tracked TCP flow per applications - non-cloud incoming flows ", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7UDPNum, S::kOut, "L7_UDP_num_out", "Number of tracked UDP flow per applications - outgoing flows", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kUdp | W::kMedia},
    {F::kL7UDPNum, S::kIn, "L7_UDP_num_in", "Number of tracked UDP flow per applications - incoming flows ", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kUdp | W::kMedia},
    {F::kL7UDPNum, S::kLoc, "L7_UDP_num_loc", "Number of tracked UDP flow per applications - local flows", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kUdp | W::kMedia},
    {F::kL7UDPNum, S::kCloudOut, "L7_UDP_num_c_out", "Number of tracked UDP flow per applications - cloud outgoing flows", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kUdp | W::kMedia},
    {F::kL7UDPNum, S::kCloudIn, "L7_UDP_num_c_in", "Number of tracked UDP flow per applications - cloud incoming flows ", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kUdp | W::kMedia},
    {F::kL7UDPNum, S::kOtherOut, "L7_UDP_num_nc_out", "Number of tracked UDP flow per applications - non-cloud outgoing flows", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kUdp | W::kMedia},
    {F::kL7UDPNum, S::kOtherIn, "L7_UDP_num_nc_in", "Number of tracked UDP flow per applications - non-cloud incoming flows ", "application index", 0, 50, 1, K::kDistribution, P::kAlways, W::kUdp | W::kMedia},
    {F::kUdpBitrate, S::kIn, "udp_bitrate_in", "UDP application bitrate [bit/s] - incoming segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kUdp},
    {F::kUdpBitrate, S::kOut, "udp_bitrate_out", "UDP application bitrate [bit/s] - outgoing segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kUdp},
    {F::kUdpBitrate, S::kLoc, "udp_bitrate_loc", "UDP application bitrate [bit/s] - local segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kUdp},
    {F::kUdpBitrate, S::kCloudIn, "udp_bitrate_c_in", "UDP application bitrate [bit/s] - cloud incoming segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kUdp},
    {F::kUdpBitrate, S::kCloudOut, "udp_bitrate_c_out", "UDP application bitrate [bit/s] - cloud outgoing segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kUdp},
    {F::kUdpBitrate, S::kOtherIn, "udp_bitrate_nc_in", "UDP application bitrate [bit/s] - non-cloud incoming segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kUdp},
    {F::kUdpBitrate, S::kOtherOut, "udp_bitrate_nc_out", "UDP application bitrate [bit/s] - non-cloud outgoing segments", "bit/s", 0, 50, 1, K::kRate, P::kAlways, W::kUdp},
    {F::kL7HTTPNum, S::kOut, "L7_HTTP_num_out", "Number of tracked HTTP flows - outgoing flows", "HTTP index", 0, 27, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7HTTPNum, S::kIn, "L7_HTTP_num_in", "Number of tracked HTTP flows - incoming flows ", "HTTP index", 0, 27, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7HTTPNum, S::kLoc, "L7_HTTP_num_loc", "Number of tracked HTTP flows - local flows", "HTTP index", 0, 27, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7HTTPNum, S::kCloudOut, "L7_HTTP_num_c_out", "Number of tracked HTTP flows - cloud outgoing flows", "HTTP index", 0, 27, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7HTTPNum, S::kCloudIn, "L7_HTTP_num_c_in", "Number of tracked HTTP flows - cloud incoming flows ", "HTTP index", 0, 27, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7HTTPNum, S::kOtherOut, "L7_HTTP_num_nc_out", "Number of tracked HTTP flows - non-cloud outgoing flows", "HTTP index", 0, 27, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7HTTPNum, S::kOtherIn, "L7_HTTP_num_nc_in", "Number of tracked HTTP flows - non-cloud incoming flows ", "HTTP index", 0, 27, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kHttpBitrate, S::kIn, "http_bitrate_in", "HTTP content bitrate [bit/s] - incoming segments", "bit/s", 0, 27, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kHttpBitrate, S::kOut, "http_bitrate_out", "HTTP content bitrate [bit/s] - outgoing segments", "bit/s", 0, 27, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kHttpBitrate, S::kLoc, "http_bitrate_loc", "HTTP content bitrate [bit/s] - local segments", "bit/s", 0, 27, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kHttpBitrate, S::kCloudIn, "http_bitrate_c_in", "HTTP content bitrate [bit/s] - cloud incoming segments", "bit/s", 0, 27, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kHttpBitrate, S::kCloudOut, "http_bitrate_c_out", "HTTP content bitrate [bit/s] - cloud outgoing segments", "bit/s", 0, 27, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kHttpBitrate, S::kOtherIn, "http_bitrate_nc_in", "HTTP content bitrate [bit/s] - cloud incoming segments", "bit/s", 0, 27, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kHttpBitrate, S::kOtherOut, "http_bitrate_nc_out", "HTTP content bitrate [bit/s] - cloud outgoing segments", "bit/s", 0, 27, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kL7VIDEONum, S::kOut, "L7_VIDEO_num_out", "Number of tracked VIDEO flows - outgoing flows", "video index", 0, 14, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7VIDEONum, S::kIn, "L7_VIDEO_num_in", "Number of tracked VIDEO flows - incoming flows ", "video index", 0, 14, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7VIDEONum, S::kLoc, "L7_VIDEO_num_loc", "Number of tracked VIDEO flows - local flows", "video index", 0, 14, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7VIDEONum, S::kCloudOut, "L7_VIDEO_num_c_out", "Number of tracked VIDEO flows - cloud outgoing flows", "video index", 0, 14, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7VIDEONum, S::kCloudIn, "L7_VIDEO_num_c_in", "Number of tracked VIDEO flows - cloud incoming flows ", "video index", 0, 14, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7VIDEONum, S::kOtherOut, "L7_VIDEO_num_nc_out", "Number of tracked VIDEO flows - non-cloud outgoing flows", "video index", 0, 14, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7VIDEONum, S::kOtherIn, "L7_VIDEO_num_nc_in", "Number of tracked VIDEO flows - non-cloud incoming flows ", "video index", 0, 14, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kVideoRate, S::kIn, "video_rate_in", "VIDEO content bitrate [bit/s] - incoming segments", "bit/s", 0, 14, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kVideoRate, S::kOut, "video_rate_out", "VIDEO content bitrate [bit/s] - outgoing segments", "bit/s", 0, 14, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kVideoRate, S::kLoc, "video_rate_loc", "VIDEO content bitrate [bit/s] - local segments", "bit/s", 0, 14, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kVideoRate, S::kCloudIn, "video_rate_c_in", "VIDEO content bitrate [bit/s] - cloud incoming segments", "bit/s", 0, 14, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kVideoRate, S::kCloudOut, "video_rate_c_out", "VIDEO content bitrate [bit/s] - cloud outgoing segments", "bit/s", 0, 14, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kVideoRate, S::kOtherIn, "video_rate_nc_in", "VIDEO content bitrate [bit/s] - cloud incoming segments", "bit/s", 0, 14, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kVideoRate, S::kOtherOut, "video_rate_nc_out", "VIDEO content bitrate [bit/s] - cloud outgoing segments", "bit/s", 0, 14, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kL7WEBNum, S::kOut, "L7_WEB_num_out", "Number of tracked Web 2.0 flows - outgoing flows", "web category", 0, 8, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7WEBNum, S::kIn, "L7_WEB_num_in", "Number of tracked Web 2.0 flows - incoming flows ", "web category", 0, 8, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7WEBNum, S::kLoc, "L7_WEB_num_loc", "Number of tracked Web 2.0 flows - local flows", "web category", 0, 8, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kWebBitrate, S::kIn, "web_bitrate_in", "Web 2.0 content bitrate [bit/s] - incoming segments", "bit/s", 0, 8, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kWebBitrate, S::kOut, "web_bitrate_out", "Web 2.0 content bitrate [bit/s] - outgoing segments", "bit/s", 0, 8, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kWebBitrate, S::kLoc, "web_bitrate_loc", "Web 2.0 content bitrate [bit/s] - local segments", "bit/s", 0, 8, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kL7TLSNum, S::kOut, "L7_TLS_num_out", "Number of tracked TLS flows - outgoing flows", "TLS service", 0, 8, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7TLSNum, S::kIn, "L7_TLS_num_in", "Number of tracked TLS flows - incoming flows ", "TLS service", 0, 8, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kL7TLSNum, S::kLoc, "L7_TLS_num_loc", "Number of tracked TLS flows - local flows", "TLS service", 0, 8, 1, K::kDistribution, P::kAlways, W::kLayer7},
    {F::kTlsBitrate, S::kIn, "tls_bitrate_in", "TLS content bitrate [bit/s] - incoming segments", "bit/s", 0, 8, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kTlsBitrate, S::kOut, "tls_bitrate_out", "TLS content bitrate [bit/s] - outgoing segments", "bit/s", 0, 8, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kTlsBitrate, S::kLoc, "tls_bitrate_loc", "TLS content bitrate [bit/s] - local segments", "bit/s", 0, 8, 1, K::kRate, P::kAlways, W::kLayer7},
    {F::kL3Protocol, S::kOut, "L3_protocol_out", "Layer 3 protocols - outgoing packets", "protocol", 0, 6, 1, K::kDistribution, P::kProfile33, W::kPackets},
    {F::kL3Protocol, S::kIn, "L3_protocol_in", "Layer 3 protocols - incoming packets", "protocol", 0, 6, 1, K::kDistribution, P::kProfile33, W::kPackets},
    {F::kL3Protocol, S::kLoc, "L3_protocol_loc", "Layer 3 protocols - local packets", "protocol", 0, 6, 1, K::kDistribution, P::kProfile33, W::kPackets},
    {F::kL3Bitrate, S::kIn, "L3_bitrate_in", "Layer 3 bitrate [bit/s] - incoming packets", "bit/s", 0, 6, 1, K::kRate, P::kProfile33, W::kPackets},
    {F::kL3Bitrate, S::kOut, "L3_bitrate_out", "Layer 3 bitrate [bit/s] - outgoing packets", "bit/s", 0, 9, 1, K::kRate, P::kProfile33, W::kPackets},
    {F::kL3Bitrate, S::kLoc, "L3_bitrate_loc", "Layer 3 bitrate [bit/s] - local packets", "bit/s", 0, 6, 1, K::kRate, P::kProfile33, W::kPackets},
    {F::kChatFlowNum, S::kNone, "chat_flow_num", "Number of tracked IM flow", "sessions", 0, 7, 1, K::kAverage, P::kAlways, W::kChat},
    {F::kGTcpBitrate, S::kIn, "g_tcp_bitrate_in", "Global TCP bitrate IN [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kGTcpBitrate, S::kLoc, "g_tcp_bitrate_loc", "Global TCP bitrate LOC [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kGTcpBitrate, S::kOut, "g_tcp_bitrate_out", "Global TCP bitrate OUT [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kGUdpBitrate, S::kIn, "g_udp_bitrate_in", "Global UDP bitrate IN [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kGUdpBitrate, S::kLoc, "g_udp_bitrate_loc", "Global UDP bitrate LOC [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kGUdpBitrate, S::kOut, "g_udp_bitrate_out", "Global UDP bitrate OUT [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kGIcmpBitrate, S::kIn, "g_icmp_bitrate_in", "Global ICMP bitrate IN [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kGIcmpBitrate, S::kLoc, "g_icmp_bitrate_loc", "Global ICMP bitrate LOC [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kGIcmpBitrate, S::kOut, "g_icmp_bitrate_out", "Global ICMP bitrate OUT [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kGOtherBitrate, S::kIn, "g_other_bitrate_in", "Global OTHER bitrate IN [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kGOtherBitrate, S::kLoc, "g_other_bitrate_loc", "Global OTHER bitrate LOC [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kGOtherBitrate, S::kOut, "g_other_bitrate_out", "Global OTHER bitrate OUT [kbit/s]", "bit/s", 0, 1000000, 100, K::kDistribution, P::kGlobal, W::kNone},
    {F::kProfileCpu, S::kNone, "profile_cpu", "cpu load [clock/time]", "per cent CPU", 0, 4, 1, K::kAverage, P::kAlways, W::kNone},
    {F::kProfileFlows, S::kNone, "profile_flows", "flows handled", "flows", 0, 5, 1, K::kAverage, P::kAlways, W::kPackets},
    {F::kProfileTcpdata, S::kNone, "profile_tcpdata", "tcp data volume", "10^6 byte", 0, 3, 1, K::kSum, P::kAlways, W::kTcp},
    {F::kProfileTrash, S::kNone, "profile_trash", "trash TCP packets", "-", 0, 1, 1, K::kDistribution, P::kAlways, W::kPackets},
};
// clang-format on

constexpr bool EachFamilyIsThere() {
  std::array<bool, kHistogramFamilyCount> found{};
  for (const HistogramDefinition& d : kDefinitions) found[static_cast<size_t>(d.family)] = true;
  for (const bool family : found) {
    if (!family) return false;
  }
  return true;
}
static_assert(EachFamilyIsThere());

// In the order of HistogramSuffix.
constexpr std::string_view kSuffixes[] = {"",      "in",    "out",    "loc", "c_in",
                                          "c_out", "nc_in", "nc_out", "c2s", "s2c"};
static_assert(std::size(kSuffixes) == kHistogramSuffixCount);

constexpr std::string_view SuffixOf(const HistogramDefinition& d) {
  return kSuffixes[static_cast<size_t>(d.suffix)];
}

constexpr bool EachOfFlowsSaysWhatTheyAdd() {
  for (const HistogramDefinition& d : kDefinitions) {
    if (d.family == F::kOfFlows && !d.name.ends_with(SuffixOf(d))) return false;
    const bool says = d.of_tcp.is_there() != d.of_udp.is_there();
    if (says != (d.family == F::kOfFlows)) return false;
    if (d.of_tcp.is_there() && d.feeders != W::kTcp && d.feeders != W::kLayer7) return false;
    if (d.of_udp.is_there() && d.feeders != W::kUdp) return false;
  }
  return true;
}
static_assert(EachOfFlowsSaysWhatTheyAdd());

// Its name without the suffix.
constexpr std::string_view Stem(const HistogramDefinition& d) {
  const size_t suffix = d.suffix == S::kNone ? 0 : SuffixOf(d).size() + 1;
  return d.name.substr(0, d.name.size() - suffix);
}

// That of its first member: those by the end that sent are called otherwise in some.
constexpr std::string_view FamilyOf(const HistogramDefinition& d) {
  if (d.family == F::kOfFlows) return Stem(d);
  const HistogramDefinition* first = kDefinitions;
  while (first->family != d.family) ++first;
  return Stem(*first);
}

constexpr HistogramInfo InfoOf(const HistogramDefinition& d) {
  HistogramInfo info;
  info.name = d.name;
  info.family = FamilyOf(d);
  info.suffix = SuffixOf(d);
  info.description = d.description;
  info.unit = d.unit;
  info.min = d.min;
  info.max = d.max;
  info.width = d.width;
  info.kind = d.kind;
  info.presence = d.presence;
  return info;
}

constexpr auto kInfos = [] {
  std::array<HistogramInfo, std::size(kDefinitions)> infos;
  for (size_t i = 0; i < infos.size(); ++i) infos[i] = InfoOf(kDefinitions[i]);
  return infos;
}();

}  // namespace

std::span<const HistogramDefinition> HistogramDefinitions() { return kDefinitions; }

int64_t HistogramMax(const HistogramDefinition& definition, const CompatProfile& profile) {
  const bool tls = definition.family == F::kL7TLSNum || definition.family == F::kTlsBitrate;
  return definition.max + (tls && profile.tls_services_3_3 ? 1 : 0);
}

HistogramNeeds Needs(const HistogramSelection& selection, const CompatProfile& profile) {
  W feeders = selection.addresses ? W::kPackets : W::kNone;
  for (size_t i = 0; i < std::size(kDefinitions); ++i) {
    const HistogramDefinition& d = kDefinitions[i];
    if (selection.IsSelected(i) && HistogramExists(d, profile.l3_histograms, selection.totals)) {
      feeders = feeders | d.feeders;
    }
  }
  HistogramNeeds needs;
  needs.packets = Contains(feeders, W::kPackets);
  needs.chat = Contains(feeders, W::kChat);
  needs.layer7 = needs.chat || Contains(feeders, W::kLayer7) ||
                 (profile.rtp_over_tcp && Contains(feeders, W::kTunneled));
  needs.tcp = needs.layer7 || Contains(feeders, W::kTcp);
  needs.media = Contains(feeders, W::kMedia);
  needs.udp = needs.media || Contains(feeders, W::kUdp);
  return needs;
}

}  // namespace tstat::internal

namespace tstat::inline v1 {
using namespace internal;

std::span<const HistogramInfo> AllHistograms() { return kInfos; }

bool HistogramSelection::Select(std::string_view name, bool l3) {
  for (size_t i = std::size(kDefinitions); i-- > 0;) {
    const HistogramDefinition& d = kDefinitions[i];
    if (d.name != name || !HistogramExists(d, l3, totals)) continue;
    Add(i);
    return true;
  }
  return false;
}

void HistogramSelection::SelectMatching(std::string_view part, bool l3) {
  for (size_t i = 0; i < std::size(kDefinitions); ++i) {
    const HistogramDefinition& d = kDefinitions[i];
    if (d.name.find(part) != std::string_view::npos && HistogramExists(d, l3, totals)) Add(i);
  }
}

void HistogramSelection::Add(size_t index) {
  selected_.resize(std::size(kDefinitions));
  assert(index < selected_.size());
  selected_[index] = true;
}

size_t HistogramSelection::count() const {
  return static_cast<size_t>(std::count(selected_.begin(), selected_.end(), true));
}

}  // namespace tstat::inline v1
