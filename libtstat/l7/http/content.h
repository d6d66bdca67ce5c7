// SPDX-License-Identifier: BSD-3-Clause
//
// HTTP content codes: what a request's URL says about the service. The rules are tables in
// get_rules.cc and post_rules.cc; no host name is looked at, and only the request's own segment.
//
//   uint8_t code = ClassifyGet(payload);    // payload starts with "GET "
#ifndef TSTAT_L7_HTTP_CONTENT_H_
#define TSTAT_L7_HTTP_CONTENT_H_

#include <cstdint>

#include "decode/byte_reader.h"

namespace tstat::internal {

// Codes of namespace http_content; http_content::kGet and kPost when no rule decides.
uint8_t ClassifyGet(ByteReader payload);
uint8_t ClassifyPost(ByteReader payload);

// Index in the HTTP histograms, and the web category of a flow that is no video, of a content code.
uint8_t HttpHistogramIndex(uint8_t content_code);
uint8_t WebCategory(uint8_t content_code, bool is_video);

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_CONTENT_H_
