// SPDX-License-Identifier: BSD-3-Clause
//
// The one table of all histograms, in the order of definition: it is the order of
// look-up by name backwards, and of files and listings backwards, too.
//
//   for (const HistogramDefinition& d : HistogramDefinitions()) Use(d.name, d.min, d.max, d.width);
#ifndef TSTAT_HISTOGRAM_DEFINITIONS_H_
#define TSTAT_HISTOGRAM_DEFINITIONS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tstat/options.h"

namespace tstat::internal {

// What is measured; the members of a family differ in whose values they collect.
enum class HistogramFamily : uint8_t {
  kIpProtocol,
  kIpBitrate,
  kIpLen,
  kIpTtl,
  kIpTos,
  kIp6Protocol,
  kIp6HopLimit,
  kIp6Plen,
  kIcmpv6Type,
  kTcpPortSrc,
  kTcpPortDst,
  kTcpPortSynsrc,
  kTcpPortSyndst,
  kTcpBitrate,
  kTcpOptsSACK,
  kTcpOptsWS,
  kTcpOptsTS,
  kTcpOptsMPTCP,
  kTcpMssA,
  kTcpMssB,
  kTcpMssUsed,
  kTcpWinIni,
  kTcpWinAvg,
  kTcpWinMax,
  kTcpCwnd,
  kTcpClP,
  kTcpClBS,
  kTcpClBL,
  kTcpRttMin,
  kTcpRttAvg,
  kTcpRttCAvg,
  kTcpRttNcAvg,
  kTcpRttMax,
  kTcpRttStdev,
  kTcpRttCnt,
  kTcpAnomalies,
  kTcpRtxRTO,
  kTcpRtxFR,
  kTcpReordering,
  kTcpNetDup,
  kTcpUnknown,
  kTcpFlowCtrl,
  kTcpUnnrtxRTO,
  kTcpUnnrtxFR,
  kTcpTotTime,
  kTcpThru,
  kTcpThruLf,
  kTcpThruLfC,
  kTcpThruLfNc,
  kTcpInterrupted,
  kUdpClP,
  kUdpClBS,
  kUdpClBL,
  kUdpTotTime,
  kUdpPortDst,
  kUdpPortFlowDst,
  kMmType,
  kMmUniMulti,
  kMmRtpPt,
  kMmTotTime,
  kMmTotTimeS,
  kMmClP,
  kMmClB,
  kMmClPS,
  kMmClBS,
  kMmAvgBitrate,
  kMmAvgIpg,
  kMmAvgJitter,
  kMmNOos,
  kMmPOos,
  kMmPDup,
  kMmPLost,
  kMmPLate,
  kMmBurstLoss,
  kMmReordPN,
  kMmReordDelay,
  kMmOosP,
  kRtcpClP,
  kRtcpClB,
  kRtcpAvgInter,
  kRtcpRtt,
  kRtcpJitter,
  kRtcpLost,
  kRtcpDup,
  kRtcpFLost,
  kRtcpTLost,
  kRtcpMmClP,
  kRtcpMmClB,
  kRtcpMmBt,
  kRtcpBt,
  kL4FlowNumber,
  kL7TCPNum,
  kL7UDPNum,
  kUdpBitrate,
  kL7HTTPNum,
  kHttpBitrate,
  kL7VIDEONum,
  kVideoRate,
  kL7WEBNum,
  kWebBitrate,
  kL7TLSNum,
  kTlsBitrate,
  kL3Protocol,
  kL3Bitrate,
  kChatFlowNum,
  kGTcpBitrate,
  kGUdpBitrate,
  kGIcmpBitrate,
  kGOtherBitrate,
  kProfileCpu,
  kProfileFlows,
  kProfileTcpdata,
  kProfileTrash,
};
inline constexpr size_t kHistogramFamilyCount = 113;

// Whose values: by the internal ends, by the refinement of these with the cloud flag of the peer
// ("c", "nc"), by the end that sent.
enum class HistogramSuffix : uint8_t {
  kNone,
  kIn,
  kOut,
  kLoc,
  kCloudIn,
  kCloudOut,
  kOtherIn,
  kOtherOut,
  kC2s,
  kS2c,
};
inline constexpr size_t kHistogramSuffixCount = 10;

enum class HistogramKind : uint8_t {
  kDistribution,  // events add 1 to the bin of their value
  kRate,          // bin k is set at the end of an interval: bit/s of class k
  kAverage,       // likewise: a time average
  kSum,           // likewise: a sum
};

enum class HistogramPresence : uint8_t { kAlways, kProfile33, kGlobal };

struct HistogramDefinition {
  HistogramFamily family;
  HistogramSuffix suffix;
  std::string_view name, description, unit;
  int64_t min, max, width;
  HistogramKind kind;
  HistogramPresence presence;
};

inline constexpr size_t kHistogramCount = 361;
std::span<const HistogramDefinition, kHistogramCount> HistogramDefinitions();

// The upper end: 3.3 knows one TLS service more.
int64_t HistogramMax(const HistogramDefinition& definition, const CompatProfile& profile);

// Whether `definition` exists with the profile's layer-3 histograms and with -g.
constexpr bool HistogramExists(const HistogramDefinition& definition, bool l3, bool global) {
  return definition.presence == HistogramPresence::kAlways ||
         definition.presence == (l3 ? HistogramPresence::kProfile33 : HistogramPresence::kAlways) ||
         definition.presence == (global ? HistogramPresence::kGlobal : HistogramPresence::kAlways);
}

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_DEFINITIONS_H_
