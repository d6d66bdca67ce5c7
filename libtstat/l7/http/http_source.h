// SPDX-License-Identifier: BSD-3-Clause
//
// Who tells of HTTP: the rules for single segments, or the streams. Never both.
#ifndef TSTAT_L7_HTTP_HTTP_SOURCE_H_
#define TSTAT_L7_HTTP_HTTP_SOURCE_H_

#include "tstat/options.h"

namespace tstat::internal {

// Messages, their counts, the host name and the content code of a flow come from streams
// (l7/stream/http_stream.h). What Tstat has besides, such as videos, does not.
inline bool HttpFromStreams(const CompatProfile& profile) {
  return profile.modern_layer7 && profile.modern_columns;
}

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_HTTP_SOURCE_H_
