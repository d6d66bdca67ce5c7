// SPDX-License-Identifier: BSD-3-Clause
//
// Columns about the life of a TCP flow and its handshake that Tstat does not have (docs/truth.md).
// A part of the tables in tcp_columns.cc.
#ifndef TSTAT_SCHEMA_TCP_MARK_COLUMNS_H_
#define TSTAT_SCHEMA_TCP_MARK_COLUMNS_H_

#include "schema/column.h"
#include "schema/mark_columns.h"
#include "tstat/flow_codes.h"
#include "tstat/schema.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

inline constexpr Column<TcpFlow> kLifeOfTcpFlow[] = {
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
};
inline constexpr Column<TcpFlow> kHandshakeMarksOfTcp[] = {
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
}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_TCP_MARK_COLUMNS_H_
