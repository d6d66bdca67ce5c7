// SPDX-License-Identifier: BSD-3-Clause
//
// Generic routing encapsulation (RFC 1701, 2784, 2890) and what is carried in it: PPTP (RFC 2637),
// NVGRE (RFC 7637), mirror ports (ERSPAN I to III, draft-foschiano-erspan).
#ifndef TSTAT_DECODE_GRE_H_
#define TSTAT_DECODE_GRE_H_

#include "decode/part.h"
#include "decode/tunnels.h"

namespace tstat::internal {

// `part` begins with the GRE header.
TunnelContent OpenGre(const Part& part);

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_GRE_H_
