// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <limits>
#include <string>

#include "tests/rrd_cgi/series_fixture.h"
#include "tstat-rrd-cgi/figures.h"
#include "tstat-rrd-cgi/health.h"

namespace tstat::viewer {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

class FrontPageTest : public SeriesTest {
 protected:
  Json Health(int64_t span = 86400, int64_t now = kLastUpdate + 240) {
    return HealthOf(Over("Lab", span), reader_, settings_, now);
  }
  static Json Item(const Json& health, const std::string& name) {
    for (const Json& item : health["items"]) {
      if (item["name"] == name) return item;
    }
    return nullptr;
  }
  static std::string Figure(const Json& figures, const std::string& name) {
    for (const Json& figure : figures) {
      if (figure["name"] != name) continue;
      return figure["value"].get<std::string>() + " | " + figure["note"].get<std::string>();
    }
    return "";
  }
};

TEST_F(FrontPageTest, AProbeThatWritesIsWell) {
  Fill("Lab", "ip_bitrate_in.idx0.rrd", Always(1000));
  const Json health = Health();
  EXPECT_EQ(Item(health, "Last update")["state"], "good");
  EXPECT_THAT(Item(health, "Last update")["text"].get<std::string>(),
              HasSubstr("4 minutes ago. New ones are expected every 5 minutes."));
  EXPECT_EQ(Item(health, "Gaps")["state"], "good");
  EXPECT_EQ(Item(health, "Missed flows")["state"], "unknown");
  EXPECT_EQ(Item(health, "Missed flows")["state_text"], "Not measured");
  EXPECT_EQ(Item(health, "Ignored packets")["state"], "unknown");
  EXPECT_TRUE(Item(health, "Capture").is_null());
  EXPECT_EQ(health["state"], "good");
  EXPECT_EQ(Health(86400, kLastUpdate + 750)["state"], "good");
}

TEST_F(FrontPageTest, AProbeThatStoppedIsObvious) {
  Fill("Lab", "ip_bitrate_in.idx0.rrd", Always(1000));
  SetWritten("Lab", "ip_bitrate_in.idx0.rrd", kLastUpdate + 750);
  const Json health = Health(86400, kLastUpdate + 751);
  EXPECT_EQ(health["state"], "look");
  EXPECT_EQ(health["state_text"], "Look here");
  EXPECT_EQ(health["text"],
            "The probe has stopped: nothing new for 12 minutes, since 2017-07-14 04:20 UTC. New "
            "ones are expected every 5 minutes.");
  EXPECT_EQ(Item(health, "Gaps")["state"], "good");  // what is missing is no gap
  EXPECT_THAT(Item(Health(86400, kLastUpdate - 7200), "Last update")["text"].get<std::string>(),
              HasSubstr("2 hours ahead of this machine's clock"));
  EXPECT_EQ(Item(Health(86400, kLastUpdate - 100), "Last update")["state"], "good");
}

TEST_F(FrontPageTest, ARecordingIsNoProbeThatStopped) {
  Fill("Lab", "ip_bitrate_in.idx0.rrd", Always(1000));
  SetWritten("Lab", "ip_bitrate_in.idx0.rrd", kLastUpdate + 7200);
  const Json health = Health(86400, kLastUpdate + 86400);
  EXPECT_EQ(Item(health, "Last update")["state"], "unknown");
  EXPECT_EQ(Item(health, "Last update")["state_text"], "Recording");
  EXPECT_EQ(Item(health, "Last update")["text"],
            "These are of a recording, which ends at 2017-07-14 04:20 UTC: they were written 2 "
            "hours later. No new ones are expected.");
  EXPECT_EQ(health["state"], "good");
  SetWritten("Lab", "ip_bitrate_in.idx0.rrd", kLastUpdate + 751);
  EXPECT_EQ(Health(86400, kLastUpdate + 86400)["state"], "good");
  SetWritten("Lab", "ip_bitrate_in.idx0.rrd", kLastUpdate + 749);
  EXPECT_EQ(Health(86400, kLastUpdate + 86400)["state"], "look");
}

TEST_F(FrontPageTest, GapsHaveNumberAndLength) {
  Fill("Lab", "ip_bitrate_in.idx0.rrd", [](int64_t time) {
    const int64_t ago = kLastUpdate - time;
    const bool is_off = (ago > 3600 && ago <= 7200) || (ago > 36000 && ago < 37800);
    return is_off ? kNothing : 5.0;
  });
  const Json item = Item(Health(), "Gaps");
  EXPECT_EQ(item["state"], "look");
  // An update says nothing of a time before it that is longer than two intervals.
  EXPECT_THAT(item["text"].get<std::string>(), HasSubstr("2 gaps, 95 minutes together, 6.6 % of"));
  EXPECT_EQ(Item(Health(3000), "Gaps")["state"], "good");
}

TEST_F(FrontPageTest, ADatabaseThatIsYoungHasNoGap) {
  Fill("Lab", "ip_bitrate_in.idx0.rrd", Always(5), 6);
  const Json item = Item(Health(), "Gaps");
  EXPECT_EQ(item["state"], "good");
  EXPECT_THAT(item["text"].get<std::string>(), HasSubstr("The first values are of 2017-07-13 22:"));
  EXPECT_EQ(Item(Health(366 * 86400), "Gaps")["state"], "unknown");
}

TEST_F(FrontPageTest, ASpanThatBeginsInAGapHasOne) {
  Fill(
      "Lab", "ip_bitrate_in.idx0.rrd",
      [](int64_t time) {
        const int64_t ago = kLastUpdate - time;
        return ago > 36000 && ago < 2 * 86400 ? kNothing : 5.0;
      },
      24 * 6);
  const Json item = Item(Health(), "Gaps");
  EXPECT_EQ(item["state"], "look");
  EXPECT_THAT(item["text"].get<std::string>(), HasSubstr("1 gap, 14 hours together"));
}

TEST_F(FrontPageTest, MissedFlowsAreCountedInTheSpan) {
  Fill("Lab", "profile_flows.idx0.rrd", Always(0));
  Fill("Lab", "profile_flows.idx2.rrd", Always(0));
  EXPECT_EQ(Item(Health(), "Missed flows")["state"], "good");
  Fill("Lab2", "profile_flows.idx0.rrd", Always(1));
  Fill("Lab2", "profile_flows.idx2.rrd", Always(2));
  const Json bare = HealthOf(Over("Lab2", 86400), reader_, settings_, kLastUpdate);
  EXPECT_EQ(Item(bare, "Missed flows")["state"], "look");
  EXPECT_THAT(Item(bare, "Missed flows")["text"].get<std::string>(),
              HasSubstr("About 864 flows were not followed: "));
  Fill("Lab2", "L4_flow_number.idx0.rrd", Always(20));
  Fill("Lab2", "L4_flow_number.idx1.rrd", Always(10));
  const Json health = HealthOf(Over("Lab2", 86400), reader_, settings_, kLastUpdate);
  EXPECT_THAT(Item(health, "Missed flows")["text"].get<std::string>(),
              HasSubstr("About 864 flows (10.0 %) were not followed"));
  EXPECT_EQ(health["state"], "look");
}

TEST_F(FrontPageTest, IgnoredPacketsAreComparedWithAll) {
  Fill("Lab", "profile_trash.idx0.rrd", Always(10));
  EXPECT_EQ(Item(Health(), "Ignored packets")["state"], "unknown");
  Fill("Lab", "ip_protocol_in.idx6.rrd", Always(100));
  Fill("Lab", "ip_protocol_out.idx6.rrd", Always(80));
  EXPECT_EQ(Item(Health(), "Ignored packets")["state"], "look");
  EXPECT_THAT(Item(Health(), "Ignored packets")["text"].get<std::string>(),
              HasSubstr("About 2,880 (5.6 % of all TCP packets): "));
  Fill("Lab", "ip_protocol_loc.idx6.rrd", Always(20));
  EXPECT_EQ(Item(Health(), "Ignored packets")["state"], "good");
  Fill("Well", "profile_trash.idx0.rrd", Always(0));
  const Json health = HealthOf(Over("Well", 86400), reader_, settings_, kLastUpdate);
  EXPECT_EQ(Item(health, "Ignored packets")["state"], "good");
}

TEST_F(FrontPageTest, CaptureDropsComeFromTheStatisticsFile) {
  Fill("Lab", "ip_bitrate_in.idx0.rrd", Always(5));
  settings_.statistics_file = "messages.txt";
  EXPECT_EQ(Item(Health(), "Capture")["state"], "look");
  EXPECT_EQ(Item(Health(), "Capture")["text"], "The statistics file messages.txt cannot be read.");
  Touch("Lab", "messages.txt", "nothing of the kind\n");
  EXPECT_EQ(Item(Health(), "Capture")["text"],
            "The statistics file messages.txt has no line of a live capture.");
  const std::string begin = "[Fri Jul 14 04:15:00 2017] 3000 packets received by filter, ";
  Touch("Lab", "messages.txt", begin + "0 dropped by kernel\n");
  EXPECT_EQ(Item(Health(), "Capture")["state"], "good");
  EXPECT_EQ(
      Item(Health(), "Capture")["text"],
      "All of 3,000 packets were read in the last 1 interval until 2017-07-14 04:15 by the probe's "
      "clock.");
  Touch("Lab", "messages.txt", begin + "30 dropped by kernel\n" + begin + "0 dropped by kernel\n");
  EXPECT_EQ(Item(Health(), "Capture")["state"], "look");
  EXPECT_THAT(Item(Health(), "Capture")["text"].get<std::string>(),
              HasSubstr("30 of 6,000 packets (0.50 %) were dropped in the last 2 intervals"));
  // Intervals before the span do not count.
  EXPECT_EQ(Item(Health(300), "Capture")["state"], "good");
  settings_.statistics_file = "/nowhere/at/all/messages.txt";
  EXPECT_EQ(Item(Health(), "Capture")["text"], "The statistics file messages.txt cannot be read.");
}

TEST_F(FrontPageTest, FiguresHaveUnitsThatPeopleRead) {
  Fill("Lab", "ip_bitrate_in.idx0.rrd",
       [](int64_t time) { return time > kLastUpdate - 43200 ? 3e6 : 1e6; });
  Fill("Lab", "ip_bitrate_in.idx1.rrd", Always(500e3));
  Fill("Lab", "ip_bitrate_out.idx0.rrd", Always(200e3));
  Fill("Lab", "ip_bitrate_loc.idx0.rrd", Always(0));
  Fill("Lab", "ip_protocol_in.idx6.rrd", Always(300 * 1000));
  Fill("Lab", "ip_protocol_out.idxoth.rrd", Always(300 * 500));
  Fill("Lab", "profile_flows.idx1.rrd", Always(45));
  Fill("Lab", "profile_flows.idx3.rrd", Always(1200));
  Fill("Lab", "tcp_rtt_avg_out.prc50.rrd", Always(23));
  Fill("Lab", "tcp_rtt_avg_out.prc95.rrd", Always(120));
  for (int kind : {0, 1, 2, 3, 6, 7, 63}) {
    Fill("Lab", "tcp_anomalies_in.idx" + std::to_string(kind) + ".rrd", Always(kind == 0 ? 94 : 1));
  }
  const Json figures = FiguresOf(Over("Lab", 86400));
  EXPECT_EQ(Figure(figures, "Received"), "3.50 Mbit/s | 2.50 Mbit/s on average");
  EXPECT_EQ(Figure(figures, "Sent"), "200 kbit/s | 200 kbit/s on average");
  EXPECT_EQ(Figure(figures, "Local"), "");
  EXPECT_EQ(Figure(figures, "Packets"), "1,500 /s | 1,500 /s on average");
  EXPECT_EQ(Figure(figures, "Live flows"), "1,245 | followed at once: TCP 1,200, UDP 45");
  EXPECT_EQ(Figure(figures, "Round-trip time"),
            "23 ms | half of the connections are below, 95 % below 120 ms");
  EXPECT_EQ(Figure(figures, "Sent again"),
            "4.0 % | of the TCP segments: they were lost, or taken for lost");
  const Json brief = FiguresOf(Over("Lab", 86400), FigureSet::kBrief);
  EXPECT_EQ(Figure(brief, "Packets"), "");
  EXPECT_EQ(brief.size(), 4u);
}

TEST_F(FrontPageTest, FiguresOfNothingAreLeftOut) {
  Fill("Lab", "ip_bitrate_loc.idx0.rrd", Always(1500));
  Fill("Lab", "tcp_rtt_avg_out.prc50.rrd", Always(-1));
  Fill("Lab", "profile_flows.idx3.rrd", Always(kNothing));
  Touch("Lab", "ip_bitrate_in.idx0.rrd", "no database");
  const Json figures = FiguresOf(Over("Lab", 86400));
  ASSERT_EQ(figures.size(), 1u);
  EXPECT_EQ(Figure(figures, "Local"), "1.50 kbit/s | 1.50 kbit/s on average");
}

TEST_F(FrontPageTest, ServicesAreRankedByTraffic) {
  Fill("Lab", "tcp_bitrate_in.idx0.rrd", Always(100e3));
  Fill("Lab", "tcp_bitrate_in.idx33.rrd", Always(500e3));
  Fill("Lab", "tcp_bitrate_out.idx33.rrd", Always(200e3));
  Fill("Lab", "tcp_bitrate_in.idxoth.rrd", Always(50e3));
  Fill("Lab", "tcp_bitrate_in.idx4.rrd", Always(0));
  Fill("Lab", "udp_bitrate_in.idx36.rrd", Always(150e3));
  Fill("Lab", "L7_TCP_num_in.idx0.rrd", Always(3));
  const Json tables = ServicesOf(Over("Lab", 86400), "/x");
  ASSERT_EQ(tables.size(), 1u);
  const Json& rows = tables[0]["rows"];
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0]["name"], "SSL/TLS (TCP)");
  EXPECT_EQ(rows[0]["value"], "700 kbit/s");
  EXPECT_EQ(rows[0]["share"], "70.0 %");
  EXPECT_EQ(rows[0]["width"], 100.0);
  EXPECT_EQ(rows[1]["name"], "DNS (UDP)");
  EXPECT_EQ(rows[1]["width"], 21.4);
  EXPECT_EQ(rows[2]["name"], "HTTP (TCP)");
  EXPECT_EQ(rows[3]["name"], "Others (TCP)");
  for (const Json& row : rows) {
    const std::string address = row["href"];
    EXPECT_EQ(Model(address.substr(address.find('?') + 1))["kind"], "graphs") << address;
  }
}

TEST_F(FrontPageTest, ServicesWithoutRatesAreCounted) {
  Fill("Lab", "tcp_port_syndst_loc.idx443.rrd", Always(2));
  Fill("Lab", "tcp_port_syndst_loc.idx7.rrd", Always(1));
  const Json tables = ServicesOf(Over("Lab", 86400), "/x");
  ASSERT_EQ(tables.size(), 1u);
  EXPECT_EQ(tables[0]["measure"], "Attempts");
  EXPECT_EQ(tables[0]["rows"][0]["name"], "HTTPS");
  EXPECT_EQ(tables[0]["rows"][0]["value"], "576");
  EXPECT_EQ(tables[0]["rows"][1]["name"], "Number 7");
  const std::string address = tables[0]["rows"][0]["href"];
  EXPECT_THAT(address, HasSubstr("direction=loc"));
  EXPECT_EQ(Model(address.substr(address.find('?') + 1))["kind"], "graphs");
}

TEST_F(FrontPageTest, ManyServicesAreTenAndTheRest) {
  for (int i = 0; i < 13; ++i) {
    Fill("Lab", "tls_bitrate_in.idx" + std::to_string(i) + ".rrd", Always(i + 1), 2);
  }
  const Json tables = ServicesOf(Over("Lab", 3600), "/x");
  ASSERT_EQ(tables[0]["rows"].size(), 11u);
  EXPECT_EQ(tables[0]["title"], "Top encrypted services");
  EXPECT_EQ(tables[0]["rows"][10]["name"], "3 other services");
  EXPECT_EQ(tables[0]["rows"][10]["value"], "6 bit/s");
  EXPECT_FALSE(tables[0]["rows"][10].contains("href"));
}

TEST_F(FrontPageTest, ServicesAreOfOneKindOverEachSpan) {
  // Of traffic nothing is known, but there are databases of it.
  Fill("Lab", "tcp_bitrate_in.idx33.rrd", Always(kNothing));
  Fill("Lab", "L7_TCP_num_in.idx0.rrd", Always(3));
  EXPECT_TRUE(ServicesOf(Over("Lab", 86400), "/x").empty());
  Fill("Lab2", "L7_TCP_num_in.idx0.rrd", Always(3));
  for (int64_t span : {3600, 86400, 7 * 86400, 366 * 86400}) {
    const Json tables = ServicesOf(Over("Lab2", span), "/x");
    ASSERT_EQ(tables.size(), 1u) << span;
    EXPECT_EQ(tables[0]["measure"], "Flows");
  }
}

TEST_F(FrontPageTest, PageShowsItsModel) {
  Fill("Lab", "ip_bitrate_in.idx0.rrd", Always(1000), 24, std::time(nullptr) / 300 * 300);
  Fill("Lab", "ip_bitrate_out.idx0.rrd", Always(1000), 24, std::time(nullptr) / 300 * 300);
  Fill("Lab", "tcp_bitrate_in.idx33.rrd", Always(700), 24, std::time(nullptr) / 300 * 300);
  const auto model = Model("dir=Lab");
  const auto& overview = model["overview"];
  EXPECT_EQ(overview["health"]["state"], "good");
  const std::string page = Get("dir=Lab").body;
  EXPECT_THAT(page, HasSubstr("<dt>Received</dt><dd><b>1.00 kbit/s</b>"));
  EXPECT_THAT(page, HasSubstr("<h2>Health <span class=\"state good\">Good</span></h2>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"number\">700 bit/s</td>"));
  EXPECT_THAT(page, HasSubstr(overview["caption"].get<std::string>()));
  EXPECT_THAT(page, HasSubstr("<rect width=\"100.0\" height=\"4\"/>"));
  for (const auto& item : overview["health"]["items"]) {
    EXPECT_THAT(page, HasSubstr("<dt>" + item["name"].get<std::string>()));
  }
  EXPECT_THAT(page, Not(HasSubstr("{{")));
}

TEST_F(FrontPageTest, ABrokenDatabaseIsNamedAndTheRestIsShown) {
  Fill("Lab", "ip_bitrate_in.idx0.rrd", Always(1000));
  Fill("Lab", "ip_bitrate_out.idx0.rrd", Always(1000));
  Touch("Lab", "ip_bitrate_in.idx1.rrd", "no database");
  Touch("Lab", "ip_bitrate_out.idx1.rrd");
  const auto model = Model("dir=Lab");
  EXPECT_EQ(model["unusable"].dump(), R"(["ip_bitrate_in.idx1.rrd","ip_bitrate_out.idx1.rrd"])");
  EXPECT_EQ(model["overview"]["cards"].size(), 1u);
  EXPECT_THAT(Get("dir=Lab").body, HasSubstr("<code>ip_bitrate_in.idx1.rrd</code>"));
}

TEST_F(FrontPageTest, TimesAreOfOneDirectionAndLossesWithoutWhatIsInSequence) {
  for (const char* half : {"in", "out"}) {
    Fill("Lab", std::string("tcp_rtt_avg_") + half + ".prc50.rrd", Always(20));
    for (const char* part : {"0", "1", "63"}) {
      Fill("Lab", std::string("tcp_anomalies_") + half + ".idx" + part + ".rrd", Always(20));
    }
  }
  const auto cards = Model("dir=Lab")["overview"]["cards"];
  ASSERT_EQ(cards.size(), 2u);
  const std::string time = cards[0]["picture"]["png"], loss = cards[1]["picture"]["png"];
  EXPECT_EQ(cards[0]["title"], "Round-trip time");
  EXPECT_THAT(time, HasSubstr("direction=out"));
  EXPECT_EQ(cards[1]["title"], "Loss and retransmissions");
  EXPECT_THAT(loss, HasSubstr("direction=both"));
  EXPECT_THAT(loss, HasSubstr("exclude=0&"));
  EXPECT_THAT(loss, HasSubstr("per=second"));
  EXPECT_THAT(cards[1]["about"].get<std::string>(), HasSubstr("Sent is above the line"));
  EXPECT_THAT(cards[0]["about"].get<std::string>(), Not(HasSubstr("above the line, ")));
}

TEST_F(FrontPageTest, ASpanWithValuesIsShownUnlessOneIsAskedFor) {
  const auto shown = [&](const std::string& query) {
    std::string text;
    const auto model = Model(query);
    for (const auto& link : model["overview"]["spans"]) {
      if (link["current"]) text += link["text"].get<std::string>();
    }
    return text;
  };
  Fill("Short", "ip_bitrate_loc.idx0.rrd", Always(1), 3);
  Fill("Day", "ip_bitrate_loc.idx0.rrd", Always(1), 24);
  Fill("Long", "ip_bitrate_loc.idx0.rrd", Always(1), 100);
  EXPECT_EQ(shown("dir=Short"), "Hour");
  EXPECT_EQ(shown("dir=Day"), "Day");
  EXPECT_EQ(shown("dir=Long"), "Week");
  for (const auto& [span, text] : {std::pair("1h", "Hour"),
                                   {"1d", "Day"},
                                   {"1w", "Week"},
                                   {"1wk", "Week"},
                                   {"1m", "Month"},
                                   {"1y", "Year"},
                                   {"12h", "12h"}}) {
    EXPECT_EQ(shown(std::string("dir=Day&duration=") + span), text);
  }
  EXPECT_EQ(Model("dir=Day")["overview"]["spans"].size(), 5u);
  EXPECT_EQ(Model("dir=Day")["overview"]["caption"],
            "Large numbers are of the 5 minutes before it; averages, shares and pictures are of "
            "the day before it.");
}

TEST_F(FrontPageTest, CardsTakeWhatThereIs) {
  Fill("Lab", "tcp_rtt_avg_out.prc50.rrd", Always(20));  // nothing of _in
  Fill("Lab", "ip_len_in.idx40.rrd", Always(20));        // no mean
  Fill("Lab", "ip_len_out.idx40.rrd", Always(20));
  const auto cards = Model("dir=Lab")["overview"]["cards"];
  ASSERT_EQ(cards.size(), 2u);
  EXPECT_EQ(cards[0]["title"], "Packet length");
  EXPECT_THAT(cards[0]["picture"]["png"].get<std::string>(), HasSubstr("direction=both"));
  EXPECT_THAT(cards[0]["picture"]["png"].get<std::string>(), HasSubstr("template=idx"));
  EXPECT_EQ(cards[1]["title"], "Round-trip time");
  EXPECT_THAT(cards[1]["picture"]["png"].get<std::string>(), HasSubstr("direction=out"));
  for (const auto& card : cards) {
    const std::string picture = card["picture"]["png"], page = card["href"];
    EXPECT_EQ(Header(Get(picture.substr(picture.find('?') + 1)), "Content-Type"), "image/png");
    EXPECT_EQ(Model(page.substr(page.find('?') + 1))["kind"], "graphs");
  }
}

TEST_F(FrontPageTest, ATraceWithoutUsualDatabasesHasItsHealth) {
  Fill("Lab", "mm_type_in.idx4.rrd", Always(1));
  SetWritten("Lab", "mm_type_in.idx4.rrd", kLastUpdate);
  const auto model = Model("dir=Lab");
  EXPECT_TRUE(model["overview"]["cards"].empty());
  EXPECT_EQ(model["overview"]["health"]["state"], "look");
  Touch("Bad", "ip_bitrate_in.idx0.rrd", "no database");
  EXPECT_FALSE(Model("dir=Bad").contains("overview"));
}

TEST_F(FrontPageTest, DatabasesOfNothingMakeAPage) {
  for (const char* file :
       {"ip_bitrate_in.idx0.rrd", "ip_bitrate_out.idx0.rrd", "profile_flows.idx2.rrd",
        "profile_trash.idx0.rrd", "tcp_bitrate_in.idx0.rrd", "tcp_rtt_avg_out.prc50.rrd"}) {
    Fill("Lab", file, Always(kNothing));
  }
  for (const char* span : {"12h", "1w", "1y"}) {
    const auto model = Model(std::string("dir=Lab&duration=") + span);
    EXPECT_TRUE(model["overview"]["figures"].empty());
    EXPECT_TRUE(model["overview"]["services"].empty());
    EXPECT_EQ(model["overview"]["health"]["state"], "unknown");
    EXPECT_EQ(Get(std::string("dir=Lab&duration=") + span).status, 200);
  }
}

}  // namespace
}  // namespace tstat::viewer
