// SPDX-License-Identifier: BSD-3-Clause
//
// The signatures of UDP protocols, one file a protocol and one function a type. Each looks at a
// single packet and knows nothing of the flow. REQUIRES of all: the packet's length field is larger
// than the signature's limit, and its first byte one of the signature's (the table in
// classifier.cc).
#ifndef TSTAT_L7_UDP_SIGNATURES_H_
#define TSTAT_L7_UDP_SIGNATURES_H_

#include "l7/udp/payload.h"

namespace tstat::internal {

bool IsDns(const UdpPayload& p);
bool IsDns33(const UdpPayload& p);  // 3.3's list of record types
bool IsBitTorrentDht(const UdpPayload& p);
bool IsEd2k(const UdpPayload& p);
bool IsKad(const UdpPayload& p);
bool IsKadu(const UdpPayload& p);
bool IsSip(const UdpPayload& p);
bool IsPpLive(const UdpPayload& p);
bool IsPpLiveMark(const UdpPayload& p);  // its strong form
bool IsSopCast(const UdpPayload& p);
bool IsTvAnts(const UdpPayload& p);
bool IsMturn(const UdpPayload& p);  // [3.3]
bool IsPpStream(const UdpPayload& p);
bool IsTeredo(const UdpPayload& p);
bool IsDtls(const UdpPayload& p);

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_SIGNATURES_H_
