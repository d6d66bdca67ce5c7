// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] The host name of a flow's first HTTP request that has one.
#ifndef TSTAT_L7_HTTP_HOSTNAME_H_
#define TSTAT_L7_HTTP_HOSTNAME_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "decode/byte_reader.h"
#include "l7/bounded_text.h"

namespace tstat::internal {

// The value of the leftmost "Host: " header: the bytes that are neither control characters nor
// white space, at most 199.
struct HttpHostname {
  std::string_view text;  // in the payload

  // Nothing if there is none before the first NUL byte.
  static std::optional<HttpHostname> Parse(ByteReader payload);
};

struct HostnameState {
  BoundedText<199> text;
  uint32_t slot = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_HOSTNAME_H_
