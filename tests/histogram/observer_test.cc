// SPDX-License-Identifier: BSD-3-Clause
//
// Histograms whose definitions say what flows add: to which members, and which of several values.
#include "histogram/observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

#include "histogram/definitions.h"
#include "histogram/ordered_averages.h"
#include "histogram/recorder.h"
#include "tstat/tcp_flow.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class OfFlowsTest : public ::testing::Test {
 protected:
  // "name bin" of every cell that is not 0, of the histograms whose names have `part`.
  std::map<std::string, int64_t> Cells(std::string_view part) {
    std::map<std::string, int64_t> found;
    for (size_t i = 0; i < HistogramDefinitions().size(); ++i) {
      const HistogramDefinition& d = HistogramDefinitions()[i];
      const HistogramCells& h = recorder_.all()[i];
      if (!h.on() || d.name.find(part) == std::string_view::npos) continue;
      for (uint32_t cell = 0; cell < h.count; ++cell) {
        if (h.cells[cell] == 0) continue;
        const int64_t bin = d.min + (int64_t{cell} - 1) * d.width;
        found[std::string(d.name) + " " + std::to_string(bin)] = h.cells[cell];
      }
    }
    return found;
  }

  static HistogramSelection Everything() {
    HistogramSelection selection;
    selection.SelectMatching("");
    return selection;
  }

  TcpFlow Flow() {
    TcpFlow flow;
    flow.complete = true;
    flow.endpoints.client.internal = true;
    flow.endpoints.server.internal = false;
    flow.client.packets = 7;
    flow.server.packets = 9;
    return flow;
  }

  HistogramRecorder recorder_{Everything(), {}};
  OrderedAverages averages_;
  HistogramObserver observer_{{}, &recorder_, &averages_};
};

TEST_F(OfFlowsTest, EachDirectionCountsForItsSenderAndItsEnds) {
  observer_.OnTcpFlowClosed(Flow(), 0);
  EXPECT_THAT(Cells("tcp_cl_p"), ElementsAre(Pair("tcp_cl_p_c2s 7", 1), Pair("tcp_cl_p_in 9", 1),
                                             Pair("tcp_cl_p_out 7", 1), Pair("tcp_cl_p_s2c 9", 1)));
}

TEST_F(OfFlowsTest, BothDirectionsOfALocalFlow) {
  TcpFlow flow = Flow();
  flow.endpoints.server.internal = true;
  observer_.OnTcpFlowClosed(flow, 0);
  EXPECT_THAT(Cells("tcp_cl_p"), ElementsAre(Pair("tcp_cl_p_c2s 7", 1), Pair("tcp_cl_p_loc 7", 1),
                                             Pair("tcp_cl_p_loc 9", 1), Pair("tcp_cl_p_s2c 9", 1)));
}

TEST_F(OfFlowsTest, ValuesOfTheWholeFlowCountOnce) {
  TcpFlow flow = Flow();
  flow.client.mss = 1460;
  flow.server.mss = 1380;
  flow.client.sack_permitted = flow.server.sack_permitted = true;
  flow.server.mptcp = true;
  observer_.OnTcpFlowClosed(flow, 0);
  EXPECT_THAT(Cells("tcp_mss"), ElementsAre(Pair("tcp_mss_a 1460", 1), Pair("tcp_mss_b 1380", 1),
                                            Pair("tcp_mss_used 1380", 1)));
  EXPECT_THAT(Cells("tcp_opts"),
              ElementsAre(Pair("tcp_opts_MPTCP 3", 1), Pair("tcp_opts_SACK 1", 1),
                          Pair("tcp_opts_TS 4", 1), Pair("tcp_opts_WS 4", 1)));
}

TEST_F(OfFlowsTest, OnlyCompleteFlowsOfTcp) {
  TcpFlow flow = Flow();
  flow.complete = false;
  observer_.OnTcpFlowClosed(flow, 0);
  EXPECT_THAT(Cells("tcp_cl_p"), IsEmpty());
  EXPECT_THAT(Cells("tcp_opts"), IsEmpty());
}

TEST_F(OfFlowsTest, OfUdp) {
  UdpFlow flow;
  flow.first = Timestamp::FromMicroseconds(1'000'000);
  flow.last = Timestamp::FromMicroseconds(3'000'000);
  observer_.OnUdpFlowClosed(flow, nullptr);
  EXPECT_THAT(Cells("udp_tot_time"), ElementsAre(Pair("udp_tot_time 2000", 1)));
  EXPECT_THAT(Cells("tcp_tot_time"), IsEmpty());
}

TEST_F(OfFlowsTest, WhatIsNotSelectedIsNotAskedFor) {
  HistogramSelection selection;
  selection.SelectMatching("tcp_mss_a");
  HistogramRecorder recorder(selection, {});
  HistogramObserver observer({}, &recorder, &averages_);
  observer.OnTcpFlowClosed(Flow(), 0);
  for (size_t i = 0; i < recorder.all().size(); ++i) {
    EXPECT_EQ(recorder.all()[i].samples, HistogramDefinitions()[i].name == "tcp_mss_a" ? 1 : 0);
  }
}

}  // namespace
}  // namespace tstat::internal
