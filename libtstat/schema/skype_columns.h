// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of Skype flows: log_skype_complete, which has rows of two kinds.
#ifndef TSTAT_SCHEMA_SKYPE_COLUMNS_H_
#define TSTAT_SCHEMA_SKYPE_COLUMNS_H_

#include "schema/log_schema.h"
#include "tstat/skype.h"

namespace tstat::internal {

const LogSchema<SkypeFlow>& SkypeUdpLog();
const LogSchema<SkypeFlow>& SkypeTcpLog();

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_SKYPE_COLUMNS_H_
