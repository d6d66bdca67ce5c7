// SPDX-License-Identifier: BSD-3-Clause
//
// What of the histograms depends on the order of adding: averages over time, and sums of numbers
// that are not whole. They are one for an analysis, and are told in the order of the Steps that
// caused them.
//
//   OrderedAverages averages;
//   averages.OnOpenTcp(+1, now); ... averages.OnTcpData(received, missed);
//   OrderedAverages::Interval interval = averages.Take(end);
#ifndef TSTAT_HISTOGRAM_ORDERED_AVERAGES_H_
#define TSTAT_HISTOGRAM_ORDERED_AVERAGES_H_

#include <array>
#include <cstdint>

#include "histogram/time_average.h"
#include "l7/chat/chat_state.h"
#include "tstat/time.h"

namespace tstat::internal {

// How observers of flows tell it: at once, or to a queue that keeps the order.
class OrderedFeed {
 public:
  virtual ~OrderedFeed() = default;

  // For profile_tcpdata: of a flow that closed, in bytes.
  virtual void OnTcpData(double received, double missed) = 0;
  // For chat_flow_num.
  virtual void OnChatChange(ChatProtocol protocol, const ChatChange& change, Timestamp time) = 0;
};

class OrderedAverages final : public OrderedFeed {
 public:
  void OnTcpData(double received, double missed) override {
    received_megabytes_ += received / 1e6;
    missed_megabytes_ += missed / 1e6;
  }
  void OnChatChange(ChatProtocol protocol, const ChatChange& change, Timestamp time) override;
  // For profile_flows: flows that opened (+1) or closed (-1).
  void OnOpenTcp(int by, Timestamp time) { open_tcp_.Change(by, time); }
  void OnOpenUdp(int by, Timestamp time) { open_udp_.Change(by, time); }

  // The clock of the packets was set back or forth: times of theirs go on from there.
  void Shift(int64_t by_ns);
  // Chats are counted anew from each trace on.
  void RestartChats(Timestamp now);

  // Since the last Take. Averages are NaN when no time passed.
  struct Interval {
    struct Chats {
      double running = 0, present = 0;
    };
    std::array<Chats, 3> chats;  // in the order of the labels: MSN, XMPP, YMSG
    double open_tcp = 0, open_udp = 0;
    double received_megabytes = 0, missed_megabytes = 0;
  };
  Interval Take(Timestamp now);

 private:
  struct Chats {
    TimeAverage running, present;
  };

  std::array<Chats, 3> chats_;
  TimeAverage open_tcp_, open_udp_;
  double received_megabytes_ = 0, missed_megabytes_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_ORDERED_AVERAGES_H_
