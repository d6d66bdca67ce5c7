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
#include <optional>
#include <span>
#include <string_view>

#include "tstat/flow.h"
#include "tstat/histogram.h"
#include "tstat/options.h"

namespace tstat::inline v1 {
struct TcpFlow;
struct UdpFlow;
}  // namespace tstat::inline v1

namespace tstat::internal {

// What is measured; the members of a family differ in whose values they collect.
enum class HistogramFamily : uint8_t {
  kOfFlows,  // all whose definition says itself what flows add: no observer asks for them
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
  kTcpWinIni,
  kTcpWinAvg,
  kTcpWinMax,
  kTcpCwnd,
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
  kTcpThru,
  kTcpThruLf,
  kTcpThruLfC,
  kTcpThruLfNc,
  kTcpInterrupted,
  kUdpClP,
  kUdpClBS,
  kUdpClBL,
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
  kEnd,
};
inline constexpr size_t kHistogramFamilyCount = static_cast<size_t>(HistogramFamily::kEnd);

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
  kEnd,
};
inline constexpr size_t kHistogramSuffixCount = static_cast<size_t>(HistogramSuffix::kEnd);

// Who adds to a histogram while an interval runs. None: it is set when the interval ends.
enum class HistogramFeeders : uint8_t {
  kNone = 0,
  kPackets = 1,   // PacketObserver, and the life of flows
  kTcp = 2,       // Observer: segments and flows of TCP, whatever they carry
  kLayer7 = 4,    // the same, by what layer 7 makes of them
  kTunneled = 8,  // the same, with RTP or ICY in them: CompatProfile::rtp_over_tcp
  kChat = 16,     // Observer::OnChatChange
  kUdp = 32,      // Observer: datagrams and flows of UDP
  kMedia = 64,    // Observer: RTP and RTCP, and their streams at the end of flows
  kAll = 127,
};
constexpr HistogramFeeders operator|(HistogramFeeders a, HistogramFeeders b) {
  return static_cast<HistogramFeeders>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}
// Whether both have one in common.
constexpr bool Contains(HistogramFeeders feeders, HistogramFeeders some) {
  return (static_cast<uint8_t>(feeders) & static_cast<uint8_t>(some)) != 0;
}

// What a flow that ended adds to a histogram: of complete TCP flows, of UDP flows. Absent: nothing.
// It is asked once where the suffix is kNone; else for each direction whose value it is.
template <typename Flow>
class FlowValue {
 public:
  using Function = std::optional<double> (*)(const Flow& flow, Direction sender);

  constexpr FlowValue() = default;
  constexpr FlowValue(std::nullptr_t) {}  // NOLINT: rows of the table read like those of functions
  constexpr FlowValue(Function function)  // NOLINT: likewise
      : function_(function), is_there_(true) {}

  // Kept beside the function: GCC's sanitizers cannot compare its address in a constant expression.
  [[nodiscard]] constexpr bool is_there() const { return is_there_; }
  std::optional<double> operator()(const Flow& flow, Direction sender) const {
    return function_(flow, sender);
  }

 private:
  Function function_ = nullptr;
  bool is_there_ = false;
};

struct HistogramDefinition {
  HistogramFamily family;
  HistogramSuffix suffix;
  std::string_view name, description, unit;
  int64_t min, max, width;
  HistogramKind kind;
  HistogramPresence presence;
  HistogramFeeders feeders;
  // Of family kOfFlows, one of them.
  FlowValue<TcpFlow> of_tcp = {};
  FlowValue<UdpFlow> of_udp = {};
};

std::span<const HistogramDefinition> HistogramDefinitions();

// The upper end: 3.3 knows one TLS service more.
int64_t HistogramMax(const HistogramDefinition& definition, const CompatProfile& profile);

// Whether `definition` exists with the profile's layer-3 histograms and with -g.
constexpr bool HistogramExists(const HistogramDefinition& definition, bool l3, bool global) {
  return definition.presence == HistogramPresence::kAlways ||
         definition.presence == (l3 ? HistogramPresence::kProfile33 : HistogramPresence::kAlways) ||
         definition.presence == (global ? HistogramPresence::kGlobal : HistogramPresence::kAlways);
}

// What a selection needs to be told of. A part of the pipeline that neither it nor a sink needs can
// be left out: with `ip_len_in` alone, no flow is measured.
struct HistogramNeeds {
  bool packets = false;  // IP packets and the life of flows
  bool tcp = false;      // TCP flows
  bool layer7 = false;   // what they carry; implies `tcp`
  bool chat = false;     // instant messengers; implies `layer7`
  bool udp = false;      // UDP flows
  bool media = false;    // RTP and RTCP in them; implies `udp`
};
HistogramNeeds Needs(const HistogramSelection& selection, const CompatProfile& profile);

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_DEFINITIONS_H_
