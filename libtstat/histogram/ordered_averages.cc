// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/ordered_averages.h"

#include <cstddef>
#include <utility>

namespace tstat::internal {
namespace {

size_t IndexOf(ChatProtocol protocol) {
  switch (protocol) {
    case ChatProtocol::kMsn:
      return 0;
    case ChatProtocol::kXmpp:
      return 1;
    case ChatProtocol::kYmsg:
      break;
  }
  return 2;
}

}  // namespace

void OrderedAverages::OnChatChange(ChatProtocol protocol, const ChatChange& change,
                                   Timestamp time) {
  Chats& c = chats_[IndexOf(protocol)];
  if (change.chats != 0) c.running.Change(change.chats, time);
  if (change.presences != 0) c.present.Change(change.presences, time);
}

void OrderedAverages::Shift(int64_t by_ns) {
  open_tcp_.Shift(by_ns);
  open_udp_.Shift(by_ns);
  for (Chats& c : chats_) {
    c.running.Shift(by_ns);
    c.present.Shift(by_ns);
  }
}

void OrderedAverages::RestartChats(Timestamp now) {
  for (Chats& c : chats_) {
    c.running.Restart(now);
    c.present.Restart(now);
  }
}

OrderedAverages::Interval OrderedAverages::Take(Timestamp now) {
  Interval interval;
  for (size_t i = 0; i < chats_.size(); ++i) {
    interval.chats[i] = {.running = chats_[i].running.Take(now),
                         .present = chats_[i].present.Take(now)};
  }
  interval.open_tcp = open_tcp_.Take(now);
  interval.open_udp = open_udp_.Take(now);
  interval.received_megabytes = std::exchange(received_megabytes_, 0);
  interval.missed_megabytes = std::exchange(missed_megabytes_, 0);
  return interval;
}

}  // namespace tstat::internal
