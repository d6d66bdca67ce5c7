// SPDX-License-Identifier: BSD-3-Clause
//
// Columns that flows of TCP and UDP have and Tstat does not: their ends, what they were wrapped in,
// and the marks of their packets (docs/truth.md). A part of the tables in tcp_columns.cc and
// udp_columns.cc.
#ifndef TSTAT_SCHEMA_MARK_COLUMNS_H_
#define TSTAT_SCHEMA_MARK_COLUMNS_H_

#include "schema/column.h"
#include "schema/flow_end.h"
#include "schema/readers.h"
#include "tstat/flow_codes.h"
#include "tstat/options.h"
#include "tstat/schema.h"

namespace tstat::internal {

// Those that no version of Tstat has.
inline constexpr Presence kMarksPresence{&CompatProfile::modern_columns, true};

template <typename Record>
inline constexpr Column<Record> kMarksOfFlow[] = {
    {"end",
     type::OneOf<uint8_t>(kFlowEndCodes),
     "",
     Format::kUint32,
     "why the flow ended: see codes.md",
     [](const Record& f, Direction) { return FlowEndCode(f.cause); },
     {.privacy = Privacy::kDerived, .presence = kMarksPresence}},
    {"tunnel",
     type::kText,
     "",
     Format::kText,
     kTunnelDescription,
     TunnelName<Record>,
     {.absent = kNoTunnel, .presence = kMarksPresence, .placeholder = "-"}},
    {"tunnel_id",
     type::kU32,
     "",
     Format::kUint32,
     kTunnelIdDescription,
     TunnelId<Record>,
     {.absent = kNoTunnelId, .presence = kMarksPresence, .placeholder = "-"}},
    {"community_id",
     type::kText,
     "",
     Format::kText,
     kCommunityIdDescription,
     CommunityIdOf<Record>,
     {.absent = kNoCommunityId,
      .privacy = Privacy::kDerived,
      .presence = kMarksPresence,
      .placeholder = "-"}},
    {"vlan",
     type::kU16,
     "",
     Format::kUint32,
     kVlanDescription,
     VlanOf<Record>,
     {.absent = kNoVlan, .presence = kMarksPresence, .placeholder = "-"}},
    {"icmp_err",
     type::kU16,
     "",
     Format::kUint32,
     kIcmpErrorsDescription,
     IcmpErrorsOf<Record>,
     {.presence = kMarksPresence}},
};
template <typename Record>
inline constexpr Column<Record> kMarksOfSide[] = {
    {"dup",
     type::kU64,
     "",
     Format::kUint64,
     "packets that were captured twice, and counted once",
     [](const Record& f, Direction d) { return f.of(d).copies; },
     {.presence = kMarksPresence}},
    {"ce",
     type::kU32,
     "",
     Format::kUint32,
     kCongestionDescription,
     CongestionOf<Record>,
     {.presence = kMarksPresence}},
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_MARK_COLUMNS_H_
