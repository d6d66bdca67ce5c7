// SPDX-License-Identifier: BSD-3-Clause
//
// Who of a flow is its client, and when that turns out to be wrong.
#include <optional>
#include <utility>

#include "flow/client_guess.h"
#include "flow/connection_lives.h"
#include "flow/flow_table.h"

namespace tstat::internal {

void FlowTable::SetEndpoints(const Datagram& d, const PacketFlags& f, Direction sender,
                             Endpoints* out) const {
  SetEndpoint(d.source, d.source_port, f.source_internal, f.source_cloud, &out->client);
  SetEndpoint(d.destination, d.destination_port, f.destination_internal, f.destination_cloud,
              &out->server);
  if (sender == Direction::kServerToClient) std::swap(out->client, out->server);
}

void FlowTable::TurnIfSaid(uint32_t flow, const Datagram& d, const TcpHeader& h,
                           const PacketFlags* flags, Direction* sender) {
  TcpLife& life = tcp_.lives[flow];
  if (h.payload_length <= 0 && (h.flags & tcp_flags::kSyn) == 0) return;
  life.guessed = false;
  const bool is_server = *sender == Direction::kServerToClient;
  if (SaysServer(d, h).value_or(is_server) == is_server) return;
  *sender = Opposite(*sender);
  life.key = life.key.Reversed();
  std::swap(life.syn_count[0], life.syn_count[1]);
  std::swap(life.fin_count[0], life.fin_count[1]);
  std::swap(life.closed[0], life.closed[1]);
  std::swap(life.last_counted[0], life.last_counted[1]);
  std::swap(life.fin_position[0], life.fin_position[1]);
  connections_->tcp[flow].Turn();
  FlowMarks& marks = connections_->tcp_marks[flow];
  std::swap(marks.congestion[0], marks.congestion[1]);
  if (!life.measured) return;
  OpenStep turn;
  turn.flow = flow;
  turn.order = NextOrder();
  turn.time = life.first;
  turn.number = life.number();
  turn.tunnel = d.tunnel;
  SetEndpoints(d, flags != nullptr ? *flags : classifier_.Classify(d), *sender, &turn.endpoints);
  if (names_ != nullptr) {
    turn.endpoints.resolution =
        names_->Lookup(turn.endpoints.client.address, turn.endpoints.server.address);
  }
  sink_->OnTcpTurn(turn);
}

}  // namespace tstat::internal
