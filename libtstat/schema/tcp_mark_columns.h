// SPDX-License-Identifier: BSD-3-Clause
//
// Columns about the life of a TCP flow and the marks of its packets that Tstat does not have
// (docs/truth.md). A part of the tables in tcp_columns.cc.
#ifndef TSTAT_SCHEMA_TCP_MARK_COLUMNS_H_
#define TSTAT_SCHEMA_TCP_MARK_COLUMNS_H_

#include "schema/column.h"
#include "schema/flow_end.h"
#include "schema/readers.h"
#include "tstat/flow_codes.h"
#include "tstat/options.h"
#include "tstat/schema.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

inline constexpr Presence kMarksPresence{&CompatProfile::modern_columns, true};
inline constexpr Column<TcpFlow> kMarksOfFlow[] = {
    {"flow_no",
     type::kU64,
     "",
     Format::kUint64,
     "number of the TCP flow in the run, from 1, in the order of their first packets",
     [](const TcpFlow& f, Direction) { return f.flow_number; },
     {.presence = kMarksPresence}},
    {"prev",
     type::kU64,
     "",
     Format::kUint64,
     "`flow_no` of the row that this one goes on with; 0: none",
     [](const TcpFlow& f, Direction) { return f.predecessor; },
     {.presence = kMarksPresence}},
    {"partial",
     type::SetOf<uint8_t>(kFlowPartCodes),
     "",
     Format::kUint32,
     "what was not captured, a sum: see codes.md",
     [](const TcpFlow& f, Direction) { return f.partial; },
     {.privacy = Privacy::kDerived, .presence = kMarksPresence}},
    {"end",
     type::OneOf<uint8_t>(kFlowEndCodes),
     "",
     Format::kUint32,
     "why the flow ended: see codes.md",
     [](const TcpFlow& f, Direction) { return FlowEndCode(f.cause); },
     {.privacy = Privacy::kDerived, .presence = kMarksPresence}},
    {"tunnel",
     type::kText,
     "",
     Format::kText,
     kTunnelDescription,
     TunnelName<TcpFlow>,
     {.absent = kNoTunnel, .presence = kMarksPresence, .placeholder = "-"}},
    {"tunnel_id",
     type::kU32,
     "",
     Format::kUint32,
     kTunnelIdDescription,
     TunnelId<TcpFlow>,
     {.absent = kNoTunnelId, .presence = kMarksPresence, .placeholder = "-"}},
    {"community_id",
     type::kText,
     "",
     Format::kText,
     kCommunityIdDescription,
     CommunityIdOf<TcpFlow>,
     {.absent = kNoCommunityId,
      .privacy = Privacy::kDerived,
      .presence = kMarksPresence,
      .placeholder = "-"}},
    {"vlan",
     type::kU16,
     "",
     Format::kUint32,
     kVlanDescription,
     VlanOf<TcpFlow>,
     {.absent = kNoVlan, .presence = kMarksPresence, .placeholder = "-"}},
    {"icmp_err",
     type::kU16,
     "",
     Format::kUint32,
     kIcmpErrorsDescription,
     IcmpErrorsOf<TcpFlow>,
     {.presence = kMarksPresence}},
    {"ecn",
     type::OneOf<uint8_t>(kEcnCodes),
     "",
     Format::kUint32,
     "explicit congestion notification in the handshake: see codes.md",
     [](const TcpFlow& f, Direction) { return f.marks.ecn; },
     {.presence = kMarksPresence}},
    {"mptcp",
     type::OneOf<uint8_t>(kMptcpCodes),
     "",
     Format::kUint32,
     "Multipath TCP in the handshake: see codes.md",
     [](const TcpFlow& f, Direction) { return f.marks.mptcp; },
     {.presence = kMarksPresence}},
};
inline constexpr Column<TcpFlow> kMarksOfSide[] = {
    {"dup",
     type::kU64,
     "",
     Format::kUint64,
     "packets that were captured twice, and counted once",
     [](const TcpFlow& f, Direction d) { return f.of(d).copies; },
     {.presence = kMarksPresence}},
    {"ce",
     type::kU32,
     "",
     Format::kUint32,
     kCongestionDescription,
     CongestionOf<TcpFlow>,
     {.presence = kMarksPresence}},
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_TCP_MARK_COLUMNS_H_
