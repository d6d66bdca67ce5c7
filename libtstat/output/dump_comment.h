// SPDX-License-Identifier: BSD-3-Clause
//
// What a dump of the format pcapng says of a packet: "tcp flow 7 c2s http+tls", "duplicate".
#ifndef TSTAT_OUTPUT_DUMP_COMMENT_H_
#define TSTAT_OUTPUT_DUMP_COMMENT_H_

#include <string>

#include "tstat/flow_packet.h"

namespace tstat::internal {

void AppendDumpComment(const FlowPacket& packet, std::string* out);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DUMP_COMMENT_H_
