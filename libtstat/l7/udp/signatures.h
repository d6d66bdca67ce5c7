// SPDX-License-Identifier: BSD-3-Clause
//
// The signatures of UDP protocols, one function and one file a protocol. Each looks
// at a single packet and knows nothing of the flow. REQUIRES of all: the packet's length field is
// larger than the signature's limit (the table in classifier.cc).
#ifndef TSTAT_L7_UDP_SIGNATURES_H_
#define TSTAT_L7_UDP_SIGNATURES_H_

#include "l7/udp/payload.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

bool IsDns(const UdpPayload& p);
bool IsDns33(const UdpPayload& p);  // 3.3's list of record types
bool IsBitTorrentDht(const UdpPayload& p);
UdpType MatchEdonkey(const UdpPayload& p);  // kEd2k, kKad, kKadu or kUnknown
bool IsSip(const UdpPayload& p);
bool IsPpLive(const UdpPayload& p);
bool IsSopCast(const UdpPayload& p);
bool IsTvAnts(const UdpPayload& p);
bool IsMturn(const UdpPayload& p);  // [3.3]
bool IsPpStream(const UdpPayload& p);
bool IsTeredo(const UdpPayload& p);
bool IsDtls(const UdpPayload& p);

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_SIGNATURES_H_
