// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of HTTP messages: log_http_complete, which has rows of two kinds and a header line
// for each. The columns show a message as it is: apply AtUrlLevel first.
#ifndef TSTAT_SCHEMA_HTTP_COLUMNS_H_
#define TSTAT_SCHEMA_HTTP_COLUMNS_H_

#include "schema/log_schema.h"
#include "tstat/http_message.h"

namespace tstat::internal {

const LogSchema<HttpMessage>& HttpRequestLog();
const LogSchema<HttpMessage>& HttpResponseLog();

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_HTTP_COLUMNS_H_
