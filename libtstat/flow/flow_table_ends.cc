// SPDX-License-Identifier: BSD-3-Clause
//
// The ends of flows that follow their connections: what is told of them and remembered, and what is
// fetched before.
#include <deque>

#include "flow/flow_table.h"

namespace tstat::internal {

void FlowTable::PrefetchDueAttached(uint32_t column, int32_t now_s) const {
  size_t position = tcp_.ring.first_position(column);
  for (uint32_t row = 0; row < tcp_.ring.rows_in_use(); ++row, ++position) {
    if (tcp_.ring.deadline_at(position) > now_s) continue;
    const uint32_t flow = tcp_.ring.owner_at(position);
    if (flow != SlotRing::kNoFlow && tcp_.lives[flow].measured) sink_->PrefetchTcpClose(flow);
  }
}

// Nothing has touched those that are closed next for two seconds: there is time until then.
void FlowTable::PrefetchEnded() const {
  const std::deque<ConnectionLives::Ended>& ended = connections_->ended;
  if (ended.size() > 1) {
    const uint32_t flow = ended[1].flow;
    PrefetchFlow<true>(/*is_tcp=*/true, &tcp_.lives[flow], flow);
    connections_->PrefetchMarks(/*is_tcp=*/true, flow);
  }
  if (ended.empty()) return;
  const uint32_t flow = ended.front().flow;
  if (tcp_.lives[flow].measured) sink_->PrefetchTcpClose(flow);
}

void FlowTable::Describe(const TcpLife& life, uint32_t flow, CloseStep* step) const {
  const TcpConnection& connection = connections_->tcp[flow];
  const TcpConnection::Side& client = connection.side(0);
  const TcpConnection::Side& server = connection.side(1);
  step->predecessor = connection.predecessor;
  step->copies = {client.copies, server.copies};
  step->marks = connections_->tcp_marks[flow];
  if (connection.predecessor != 0) {
    step->partial = flow_part::kBeginning;  // the rest is in the flow before
    return;
  }
  step->partial = static_cast<uint8_t>((life.syn_count[0] == 0 ? flow_part::kBeginning : 0) |
                                       (!client.sent ? flow_part::kClient : 0) |
                                       (!server.sent && client.acked ? flow_part::kServer : 0));
}

void FlowTable::Describe(const UdpLife&, uint32_t flow, CloseStep* step) const {
  const Conversation& conversation = connections_->udp[flow];
  step->predecessor = conversation.predecessor;
  step->copies = conversation.copies;
  step->marks = connections_->udp_marks[flow];
}

// What ended the connection; its last segment, late or not, is when.
void FlowTable::SetEnd(const TcpLife& life, const TcpConnection& connection, CloseStep* step) {
  const bool by_reset = connection.side(0).reset_it || connection.side(1).reset_it;
  step->cause = by_reset ? CloseCause::kReset : CloseCause::kFinished;
  step->complete = IsComplete(life, step->cause);
  step->now = life.last;
  step->direction =
      connection.side(0).ended_it ? Direction::kClientToServer : Direction::kServerToClient;
}

ClosedFlow FlowTable::Summary(const TcpLife& life, uint32_t flow, const CloseStep& step) const {
  const TcpConnection& connection = connections_->tcp[flow];
  ClosedFlow closed;
  closed.key = life.key;
  closed.number = life.number();
  closed.time = connection.has_ended() ? connection.ended_at : step.now;
  closed.hash = life.hash;
  closed.cause = step.cause;
  closed.reset_by = static_cast<uint8_t>(Index(step.direction));
  for (const size_t i : {0, 1}) {
    const TcpConnection::Side& side = connection.side(static_cast<int>(i));
    closed.sent[i] = side.sent;
    closed.base[i] = side.base;
    closed.next[i] = side.next;
  }
  return closed;
}

void FlowTable::DescribeEnd(const TcpLife& life, uint32_t flow, CloseStep* step) const {
  const TcpConnection& connection = connections_->tcp[flow];
  if (connection.has_ended()) SetEnd(life, connection, step);
  Describe(life, flow, step);
  connections_->closed_tcp.PrefetchRemember(life.hash);
  tcp_.index.Prefetch(life.hash);
}

void FlowTable::DescribeEnd(const UdpLife& life, uint32_t flow, CloseStep* step) const {
  Describe(life, flow, step);
  connections_->closed_udp.PrefetchRemember(life.hash);
  udp_.index.Prefetch(life.hash);
  TellCall(life, *step);
}

void FlowTable::RememberClosed(const TcpLife& life, uint32_t flow, const CloseStep& step) {
  connections_->closed_tcp.Remember(Summary(life, flow, step));
}

void FlowTable::RememberClosed(const UdpLife& life, uint32_t, const CloseStep& step) {
  ClosedFlow closed;
  closed.key = life.key;
  closed.number = life.number();
  closed.time = step.now;
  closed.hash = life.hash;
  closed.cause = step.cause;
  connections_->closed_udp.Remember(closed);
}

void FlowTable::TellCall(const UdpLife& life, const CloseStep& step) const {
  CallSource* const calls = connections_->calls;
  if (calls == nullptr || calls->empty() || !life.measured || !step.reported ||
      life.key.is_outer()) {
    return;
  }
  CallSource::Question flow{.flow_number = step.number,
                            .first = step.first,
                            .last = step.last,
                            .goes_on = step.cause == CloseCause::kActiveTimeout};
  life.key.GetEndpoints(&flow.client.address, &flow.client.port, &flow.server.address,
                        &flow.server.port);
  AnnouncedStep announced{.flow = step.flow, .media = calls->Find(flow)};
  if (announced.media != nullptr) sink_->OnUdpAnnounced(announced);
}

}  // namespace tstat::internal
