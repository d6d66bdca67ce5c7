// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] Facebook Zero, a protocol like Google's early QUIC on TCP.
#ifndef TSTAT_L7_TCP_FACEBOOK_ZERO_H_
#define TSTAT_L7_TCP_FACEBOOK_ZERO_H_

#include <optional>
#include <string_view>

#include "decode/byte_reader.h"

namespace tstat::internal {

bool IsFacebookZeroHello(ByteReader payload);
bool IsFacebookZeroResponse(ByteReader payload);

struct FacebookZeroHello {
  std::string_view server_name;  // the last accepted one of its tags, in the payload; empty: none

  static std::optional<FacebookZeroHello> Parse(ByteReader payload);
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_FACEBOOK_ZERO_H_
