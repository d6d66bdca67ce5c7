// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of TCP flows (log_tcp_complete, log_tcp_nocomplete) as blocks, for other logs that
// repeat them.
#ifndef TSTAT_SCHEMA_TCP_COLUMNS_H_
#define TSTAT_SCHEMA_TCP_COLUMNS_H_

#include <cstddef>

#include "schema/column.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

extern const ColumnBlock<TcpFlow> kTcpCoreBlock;
extern const ColumnBlock<TcpFlow> kTcpEndToEndBlock;
extern const ColumnBlock<TcpFlow> kTcpP2pBlock;
extern const ColumnBlock<TcpFlow> kTcpOptionsBlock;
extern const ColumnBlock<TcpFlow> kTcpLayer7Block;
// Their columns.
inline constexpr size_t kTcpCoreSize = 44, kTcpEndToEndSize = 14, kTcpP2pSize = 6,
                        kTcpOptionsSize = 46, kTcpLayer7Size = 26;

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_TCP_COLUMNS_H_
