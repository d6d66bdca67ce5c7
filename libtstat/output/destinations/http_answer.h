// SPDX-License-Identifier: BSD-3-Clause
//
// What the answer of a web server means for a batch.
//
//   Outcome outcome = OutcomeOf({.status = 503, .retry_after = "120"}, batch.rows, now_s);
#ifndef TSTAT_OUTPUT_DESTINATIONS_HTTP_ANSWER_H_
#define TSTAT_OUTPUT_DESTINATIONS_HTTP_ANSWER_H_

#include <cstdint>
#include <string>

#include "output/destinations/destination.h"

namespace tstat::internal {

struct HttpAnswer {
  int64_t status = 0;
  std::string retry_after = {};  // the header (RFC 9110, 10.2.3): seconds or a date
  std::string body = {};         // its beginning
};

// 2xx: delivered. 413: too large. 408, 425, 429, 5xx, redirections that are for now, and what can
// be put right without another batch (401, 403, 404, 407): try again. Everything else: rejected.
// InfluxDB answers 400 "partial write" when it has taken the other points: delivered, and some
// refused. `now_s`: seconds since 1970.
Outcome OutcomeOf(const HttpAnswer& answer, uint32_t rows, int64_t now_s);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_HTTP_ANSWER_H_
