// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of UDP flow records: log_udp_complete.
#ifndef TSTAT_SCHEMA_UDP_COLUMNS_H_
#define TSTAT_SCHEMA_UDP_COLUMNS_H_

#include "schema/log_schema.h"
#include "tstat/udp_flow.h"

namespace tstat {

const LogSchema<UdpFlow>& UdpCompleteLog();

}  // namespace tstat

#endif  // TSTAT_SCHEMA_UDP_COLUMNS_H_
