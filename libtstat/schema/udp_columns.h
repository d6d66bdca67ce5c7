// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of UDP flow records: log_udp_complete.
#ifndef TSTAT_SCHEMA_UDP_COLUMNS_H_
#define TSTAT_SCHEMA_UDP_COLUMNS_H_

#include "schema/log_schema.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

const LogSchema<UdpFlow>& UdpCompleteLog();

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_UDP_COLUMNS_H_
