// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/ssh.h"

#include "l7/byte_class.h"

namespace tstat::internal {

bool IsSshVersion(ByteReader payload) {
  return payload.size() >= 8 && payload.StartsWith("SSH-") &&
         (payload.U8(4) == '1' || payload.U8(4) == '2') && payload.U8(5) == '.' &&
         IsDigit(payload.U8(6));
}

}  // namespace tstat::internal
