// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of TCP flow records, and log_tcp_complete and log_tcp_nocomplete.
#ifndef TSTAT_SCHEMA_TCP_COLUMNS_H_
#define TSTAT_SCHEMA_TCP_COLUMNS_H_

#include <cstdint>

#include "schema/column.h"
#include "schema/log_schema.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {

// Bits of the level of log_tcp_complete (tcplog_* keys of runtime.conf).
namespace tcp_level {
inline constexpr uint8_t kEndToEnd = 1, kLayer7 = 2, kP2p = 4, kOptions = 8, kAdvanced = 16;
inline constexpr uint8_t kDefault = kEndToEnd | kLayer7 | kP2p | kOptions;
}  // namespace tcp_level

// The blocks, for other logs that repeat them.
extern const ColumnBlock<TcpFlow> kTcpCoreBlock;
extern const ColumnBlock<TcpFlow> kTcpEndToEndBlock;
extern const ColumnBlock<TcpFlow> kTcpP2pBlock;
extern const ColumnBlock<TcpFlow> kTcpOptionsBlock;
extern const ColumnBlock<TcpFlow> kTcpLayer7Block;

const LogSchema<TcpFlow>& TcpCompleteLog();
// The core block only; its header shows the level of log_tcp_complete all the same.
const LogSchema<TcpFlow>& TcpNocompleteLog();

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_TCP_COLUMNS_H_
