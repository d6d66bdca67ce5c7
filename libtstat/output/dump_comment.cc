// SPDX-License-Identifier: BSD-3-Clause
#include "output/dump_comment.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "tstat/codes.h"

namespace tstat::internal {
namespace {

// Packets without a flow, by PacketResult.
constexpr std::string_view kWithoutFlow[] = {"not taken", "filtered",     "dropped",
                                             "short",     "not analysed", "no flow",
                                             "duplicate", "not measured"};

void AppendTcpTypes(const TcpFlowMoment& tcp, std::string* out) {
  const size_t before = out->size();
  for (const ConnectionType& type : kConnectionTypes) {
    if (type.bit == 0 || (tcp.connection_type & type.bit) == 0) continue;
    if (out->size() != before) out->push_back('+');
    out->append(type.name);
  }
  if (out->size() == before) out->append("unknown");
  const VideoCode video =
      tcp.video_payload != VideoCode::kNone ? tcp.video_payload : tcp.video_content;
  if (video == VideoCode::kNone) return;
  const Code* const code = kVideoTypeCodes.Find(static_cast<uint32_t>(video));
  out->append(" video ").append(code != nullptr ? code->name : "other");
}

}  // namespace

void AppendDumpComment(const FlowPacket& packet, std::string* out) {
  if (!packet.has_flow()) {
    out->append(kWithoutFlow[static_cast<size_t>(packet.result)]);
    return;
  }
  absl::StrAppend(out, packet.tcp ? "tcp flow " : "udp flow ", packet.flow_number,
                  packet.direction == Direction::kClientToServer ? " c2s " : " s2c ");
  if (packet.tcp) {
    AppendTcpTypes(*packet.tcp, out);
  } else {
    out->append(kUdpProtocols[static_cast<size_t>(packet.udp->of(packet.direction).type)].name);
  }
}

}  // namespace tstat::internal
