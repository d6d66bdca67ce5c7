// SPDX-License-Identifier: BSD-3-Clause
//
// SSH identification strings (RFC 4253, 4.2).
#ifndef TSTAT_L7_TCP_SSH_H_
#define TSTAT_L7_TCP_SSH_H_

#include "decode/byte_reader.h"

namespace tstat::internal {

// "SSH-" and a version 1.x or 2.x. At least eight bytes are wanted.
bool IsSshVersion(ByteReader payload);

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_SSH_H_
