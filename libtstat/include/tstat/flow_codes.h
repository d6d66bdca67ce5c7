// SPDX-License-Identifier: BSD-3-Clause
//
// The codes of columns about the life of flows (tstat/codes.h).
#ifndef TSTAT_FLOW_CODES_H_
#define TSTAT_FLOW_CODES_H_

#include "tstat/codes.h"
#include "tstat/export.h"

namespace tstat::inline v1 {
namespace code_lists {

inline constexpr Code kFlowEnds[] = {
    {1, "closed", "the FINs of both sides were acknowledged"},
    {2, "reset", "a reset in its window"},
    {3, "silent", "nothing came for too long"},
    {4, "end_of_capture", "the capture ended first"},
    {5, "another", "another connection began on the same addresses and ports"},
    {6, "active_timeout", "none: the flow goes on in another row"},
    {7, "no_room", "the table was full"},
    {8, "half_duplex", "client data before any SYN of the server (not in this profile)"},
};

inline constexpr Code kFlowParts[] = {
    {1, "beginning", "no SYN of the client"},
    {2, "client", "all that the client sent"},
    {4, "server", "all that the server sent, though the client acknowledged it"},
};

inline constexpr Code kEcnUses[] = {
    {0, "none", "the client's SYN does not ask for it"},
    {1, "asked", "it asks, and the server does not agree"},
    {2, "agreed", "both use it (RFC 3168, RFC 9768)"},
};

inline constexpr Code kMptcpUses[] = {
    {0, "none", "not spoken of"},
    {1, "offered", "the client can, the server does not answer so"},
    {2, "agreed", "the first path of a connection of several (RFC 8684)"},
    {3, "join_offered", "the client would join a connection, the server does not answer so"},
    {4, "joined", "a further path of a connection"},
};

}  // namespace code_lists

TSTAT_EXPORT inline constexpr CodeTable kFlowEndCodes = {
    .title = "Ends of flows",
    .used_by = "`end` of log_tcp_complete, log_tcp_nocomplete and log_udp_complete",
    .note = "UDP flows end by 3, 4, 6 and 7.",
    .codes = code_lists::kFlowEnds};
TSTAT_EXPORT inline constexpr CodeTable kFlowPartCodes = {
    .title = "Parts of flows that were not captured",
    .used_by = "`partial` of log_tcp_complete and log_tcp_nocomplete",
    .note = "A sum.",
    .codes = code_lists::kFlowParts,
    .is_set = true};

TSTAT_EXPORT inline constexpr CodeTable kEcnCodes = {
    .title = "Explicit congestion notification",
    .used_by = "`ecn` of log_tcp_complete and log_tcp_nocomplete",
    .note = "Of the SYN and its answer.",
    .codes = code_lists::kEcnUses};
TSTAT_EXPORT inline constexpr CodeTable kMptcpCodes = {
    .title = "Multipath TCP",
    .used_by = "`mptcp` of log_tcp_complete and log_tcp_nocomplete",
    .note = "Of the SYN and its answer.",
    .codes = code_lists::kMptcpUses};

}  // namespace tstat::inline v1

#endif  // TSTAT_FLOW_CODES_H_
