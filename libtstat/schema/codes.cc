// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/codes.h"

#include "tstat/dns_codes.h"
#include "tstat/flow_codes.h"
#include "tstat/histogram_codes.h"

namespace tstat::inline v1 {

std::span<const CodeTable* const> CodeTables() {
  static constexpr const CodeTable* kTables[] = {
      &kConnectionTypeCodes,     &kP2pProtocolCodes,   &kP2pSubtypeCodes,
      &kHttpContentCodes,        &kUdpTypeCodes,       &kVideoTypeCodes,
      &kYoutubeRedirectionCodes, &kYoutubeStreamCodes, &kYoutubeDeviceCodes,
      &kChatTypeCodes,           &kChatMessageCodes,   &kTlsNegotiationCodes,
      &kTlsSessionCodes,         &kTransportCodes,     &kFlowEndCodes,
      &kFlowPartCodes,           &kEcnCodes,           &kMptcpCodes,
      &kMediaProtocolCodes,      &kRtcpErrorCodes,     &kSkypeVerdictCodes,
      &kDnsEntryCodes,           &kDnsFlagCodes,       &kDnsErrorCodes,
      &kApplicationCodes,        &kHttpHistogramCodes, &kWebCategoryCodes,
      &kTlsServiceCodes,         &kAnomalyCodes};
  return kTables;
}

}  // namespace tstat::inline v1
