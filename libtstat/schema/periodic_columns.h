// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] The columns of log_tcp_periodic and log_udp_periodic.
#ifndef TSTAT_SCHEMA_PERIODIC_COLUMNS_H_
#define TSTAT_SCHEMA_PERIODIC_COLUMNS_H_

#include "schema/log_schema.h"
#include "tstat/periodic.h"

namespace tstat::internal {

const LogSchema<TcpPeriod>& TcpPeriodicLog();
const LogSchema<UdpPeriod>& UdpPeriodicLog();

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_PERIODIC_COLUMNS_H_
