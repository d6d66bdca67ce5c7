// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] Facebook Zero, a protocol like Google's early QUIC on TCP.
#ifndef TSTAT_L7_TCP_FACEBOOK_ZERO_H_
#define TSTAT_L7_TCP_FACEBOOK_ZERO_H_

#include <string_view>

#include "decode/byte_reader.h"

namespace tstat::internal {

bool IsFacebookZeroHello(ByteReader payload);
bool IsFacebookZeroResponse(ByteReader payload);

// The accepted server name among the tags of a client hello; empty: none.
std::string_view FacebookZeroServerName(ByteReader payload);

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_FACEBOOK_ZERO_H_
