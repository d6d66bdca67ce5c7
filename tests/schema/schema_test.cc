// SPDX-License-Identifier: BSD-3-Clause
//
// The registry, and what must hold for every column of every log.
#include "tstat/schema.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/schema/hostile_rows.h"
#include "tests/schema/records.h"

namespace tstat::internal {
namespace {

template <typename Check>
void ForEachTable(const Check& check) {
  ForEachLog([&](const auto& entry) {
    if (entry.table.has_value()) check((*entry.table)());
  });
}

TEST(Schema, NamesOfTablesAndColumnsAreUnique) {
  std::set<std::string_view> tables;
  ForEachTable([&](const auto& table) {
    EXPECT_TRUE(tables.insert(table.info().name).second) << table.info().name;
    std::set<std::string> columns;
    for (const auto& column : table.columns()) {
      EXPECT_TRUE(columns.insert(column.info.Name()).second)
          << table.info().name << " " << column.info.Name();
    }
    EXPECT_GE(columns.size(), 8u) << table.info().name;
  });
  EXPECT_EQ(tables.size(), 15u);
}

TEST(Schema, EveryColumnIsDescribed) {
  ForEachTable([](const auto& table) {
    for (const auto& column : table.columns()) {
      const ColumnInfo& info = column.info;
      const std::string where = std::string(table.info().name) + " " + info.Name();
      EXPECT_FALSE(info.description.empty()) << where;
      EXPECT_FALSE(info.type.Name().empty()) << where;
      const bool is_code =
          info.type.kind == ColumnKind::kEnumeration || info.type.kind == ColumnKind::kBitSet;
      if (is_code) {
        ASSERT_NE(info.type.codes, nullptr) << where;
        EXPECT_EQ(info.type.codes->is_set, info.type.kind == ColumnKind::kBitSet) << where;
        for (const Code& code : info.type.codes->codes) EXPECT_FALSE(code.name.empty()) << where;
      }
      if (info.type.kind == ColumnKind::kAddress) {
        EXPECT_EQ(info.privacy, Privacy::kAddress) << where;
      }
      if (info.type.kind == ColumnKind::kTimestamp || info.type.kind == ColumnKind::kDuration) {
        EXPECT_EQ(info.unit, "ns") << where;
      }
    }
  });
}

// Whatever private texts are in records, no column calls itself public and shows them.
TEST(Schema, PublicColumnsShowNothingPrivate) {
  TcpFlow flow = PlainHttpFlow();
  auto resolution = std::make_shared<DnsResolution>();
  resolution->name = "secret";
  flow.endpoints.resolution = resolution;
  flow.layer7.tls_server_name = flow.layer7.tls_common_name = flow.layer7.http_hostname = "secret";
  VideoFlow video;
  video.flow = std::make_shared<const TcpFlow>(flow);
  video.youtube_id11.Set("secret");
  video.youtube_id16_46.Set("secret");
  int private_columns = 0;
  const auto check = [&](const auto& table, const auto& record) {
    for (const auto& column : table.columns()) {
      const Value value = column.read(record);
      if (value.kind() != Value::Kind::kText || value.text() != "secret") continue;
      ++private_columns;
      EXPECT_TRUE(column.info.privacy == Privacy::kName || column.info.privacy == Privacy::kContent)
          << column.info.Name();
    }
  };
  check(TcpCompleteTable(), flow);
  EXPECT_EQ(private_columns, 4);
  check(VideoCompleteTable(), video);
  EXPECT_EQ(private_columns, 10);
}

// The kind of a value is that of its column; an absent one only where absence is announced.
class KindChecker : public RowSink<KindChecker> {
 public:
  using RowSink::RowSink;
  template <typename Record>
  void OnRow(const LogTable<Record>& table, const Record& record) {
    ++rows_;
    tables_.insert(table.info().name);
    for (const auto& column : table.columns()) {
      const Value value = column.read(record);
      const ColumnInfo& info = column.info;
      if (value.is_absent()) {
        EXPECT_TRUE(info.nullable()) << info.Name();
        continue;
      }
      EXPECT_EQ(value.kind(), KindOf(info.type.kind)) << info.Name();
    }
  }
  int rows() const { return rows_; }
  size_t tables() const { return tables_.size(); }

 private:
  static Value::Kind KindOf(ColumnKind kind) {
    switch (kind) {
      case ColumnKind::kSigned:
        return Value::Kind::kSigned;
      case ColumnKind::kReal:
        return Value::Kind::kReal;
      case ColumnKind::kBoolean:
        return Value::Kind::kBoolean;
      case ColumnKind::kText:
        return Value::Kind::kText;
      case ColumnKind::kAddress:
        return Value::Kind::kAddress;
      case ColumnKind::kTimestamp:
        return Value::Kind::kTimestamp;
      case ColumnKind::kDuration:
        return Value::Kind::kDuration;
      default:
        return Value::Kind::kUnsigned;
    }
  }
  int rows_ = 0;
  std::set<std::string_view> tables_;
};

void FeedEverything(EventSink& sink) {
  TcpFlow tcp = PlainHttpFlow();
  sink.OnTcpFlow(tcp);
  tcp.complete = false;
  sink.OnTcpFlow(tcp);
  UdpFlow udp;
  sink.OnUdpFlow(udp);
  QuicDetails quic;
  quic.flagged = true;
  udp.quic = std::make_shared<QuicDetails>(quic);
  sink.OnUdpFlow(udp);
  MediaFlow media;
  media.tcp = std::make_shared<const TcpFlow>(tcp);
  sink.OnMediaFlow(media);
  media.tcp = nullptr;
  media.udp = std::make_shared<const UdpFlow>(udp);
  media.client.rtp.emplace_back();
  media.server.rtcp.emplace_back();
  sink.OnMediaFlow(media);
  SkypeFlow skype;
  skype.tcp = std::make_shared<const TcpFlow>(tcp);
  sink.OnSkypeFlow(skype);
  skype.tcp = nullptr;
  skype.udp = std::make_shared<const UdpFlow>(udp);
  sink.OnSkypeFlow(skype);
  VideoFlow video;
  video.flow = std::make_shared<const TcpFlow>(tcp);
  sink.OnVideoFlow(video);
  ChatFlow chat;
  chat.flow = std::make_shared<const TcpFlow>(tcp);
  sink.OnChatFlow(chat);
  sink.OnChatMessage(ChatMessage());
  HttpMessage message;
  message.endpoints = &tcp.endpoints;
  sink.OnHttpMessage(message);
  message.kind = HttpMessage::Kind::kResponse;
  sink.OnHttpMessage(message);
  TcpPeriod tcp_period;
  tcp_period.endpoints = tcp.endpoints;
  sink.OnTcpPeriod(tcp_period);
  UdpPeriod udp_period;
  udp_period.endpoints = udp.endpoints;
  sink.OnUdpPeriod(udp_period);
  sink.OnDnsEntry(DnsEntry());
}

TEST(RowSink, EveryRecordGoesToItsTables) {
  KindChecker sink;
  FeedEverything(sink);
  EXPECT_EQ(sink.rows(), 13);
  EXPECT_EQ(sink.tables(), 11u);
  KindChecker sink33({.profile = CompatProfile::Tstat33()});
  FeedEverything(sink33);
  EXPECT_EQ(sink33.rows(), 16);  // two streams instead of two flows; two periods more
  EXPECT_EQ(sink33.tables(), 14u);
}

TEST(RowSink, OnlyTheLogsThatWereAskedFor) {
  RowOptions options;
  options.logs = LogSet::None();
  options.logs.set(Log::kTcpNocomplete, true);
  options.logs.set(Log::kHttpComplete, true);
  KindChecker sink(options);
  FeedEverything(sink);
  EXPECT_EQ(sink.rows(), 3);
  EXPECT_TRUE(sink.Wants().has(Event::kTcpFlow));
  EXPECT_TRUE(sink.Wants().has(Event::kHttpMessage));
  EXPECT_FALSE(sink.Wants().has(Event::kUdpFlow));
}

class PathReader : public RowSink<PathReader> {
 public:
  using RowSink::RowSink;
  template <typename Record>
  void OnRow(const LogTable<Record>& table, const Record& record) {
    for (const auto& column : table.columns()) {
      if (column.info.Name() == "path") path = column.read(record);
    }
  }
  Value path;
};

TEST(RowSink, ShowsNoMoreOfUrlsThanItWasToldTo) {
  const Endpoints ends;
  HttpMessage message;
  message.endpoints = &ends;
  message.path = {.text = "/a?b", .found = true};
  PathReader none, full({.http_url_level = HttpUrlLevel::kFull});
  none.OnHttpMessage(message);
  full.OnHttpMessage(message);
  EXPECT_TRUE(none.path.is_absent());
  EXPECT_EQ(full.path.text(), "/a?b");
}

TEST(LogRegistry, NamesAndDefaults) {
  EXPECT_EQ(LogName(Log::kMmComplete), "log_mm_complete");
  EXPECT_TRUE(InfoOf(Log::kMmComplete).events.has(Event::kMediaFlow));
  EXPECT_TRUE(LogSet::Default().has(Log::kSkypeComplete));
  EXPECT_FALSE(LogSet::Default().has(Log::kHttpComplete));
  EXPECT_FALSE(LogSet::Default().has(Log::kTcpPeriodic));
  EXPECT_TRUE(InfoOf(Log::kDnsComplete).written);
  EXPECT_FALSE(LogSet::Default().has(Log::kDnsComplete));
  const CompatProfile old = CompatProfile::Tstat311(), later = CompatProfile::Tstat33();
  EXPECT_FALSE(HasLog(old, Log::kTcpPeriodic));
  EXPECT_TRUE(HasLog(later, Log::kTcpPeriodic));
  EXPECT_TRUE(HasLog(old, Log::kMmComplete));
  EXPECT_TRUE(HasLog(later, Log::kMmComplete));
  EXPECT_FALSE(HasLog(old, Log::kDnsComplete));
  EXPECT_TRUE(HasLog(later, Log::kDnsComplete));
  EXPECT_FALSE(HasLog(CompatProfile::Tstat33DefaultBuild(), Log::kDnsComplete));
}

// Values are what was measured where the text has a quirk.
template <typename Record>
Value Read(const LogTable<Record>& table, std::string_view name, const Record& record) {
  for (const auto& column : table.columns()) {
    if (column.info.Name() == name) return column.read(record);
  }
  ADD_FAILURE() << "no column " << name;
  return {};
}

TEST(SchemaValues, OfTcpFlows) {
  TcpFlow flow = PlainHttpFlow();
  flow.client.mss = 65000;
  flow.server.mss = 0;
  flow.client.syn_count = 300;
  const auto read = [&](std::string_view name) { return Read(TcpCompleteTable(), name, flow); };
  EXPECT_EQ(read("c_mss").unsigned_number(), 65000u);
  EXPECT_TRUE(read("s_mss").is_absent());
  EXPECT_EQ(read("c_syn_cnt").unsigned_number(), 300u);
  EXPECT_EQ(read("first").timestamp(), At(0));
  EXPECT_EQ(read("durat").duration(), std::chrono::microseconds(42164));
  EXPECT_EQ(read("c_rtt_avg").duration().count(), 7045667);  // 21137 us / 3
  EXPECT_EQ(read("c_rtt_min").duration(), std::chrono::microseconds(6194));
  EXPECT_TRUE(read("c_appdataT").is_absent());
  EXPECT_TRUE(read("c_last_handshakeT").is_absent());
  EXPECT_TRUE(read("fqdn").is_absent());
  EXPECT_TRUE(read("dns_rslv").is_absent());
  EXPECT_EQ(read("http_res").unsigned_number(), 301u);
  EXPECT_EQ(read("c_win_scl").unsigned_number(), 7u);
  EXPECT_TRUE(read("c_isint").boolean());
  flow.layer7.http_response_code = {};
  flow.client.rtt = {};
  flow.server.window_scale_sent = false;
  EXPECT_TRUE(read("http_res").is_absent());
  EXPECT_TRUE(read("c_rtt_avg").is_absent());
  EXPECT_TRUE(read("c_rtt_std").is_absent());
  EXPECT_TRUE(read("c_win_scl").is_absent());
}

TEST(SchemaValues, OneUnitWhateverTheProtocol) {
  UdpFlow udp;
  udp.client.type = UdpType::kRtp;
  udp.server.type = UdpType::kRtcp;
  MediaFlow media;
  media.udp = std::make_shared<const UdpFlow>(udp);
  RtpStream& rtp = media.client.rtp.emplace_back();
  RtcpStream& rtcp = media.server.rtcp.emplace_back();
  rtp.first = rtcp.first = At(0);
  rtp.last = rtcp.last = At(2000000);
  rtp.data_bytes = rtcp.data_bytes = 1000;
  rtp.jitter.value_ms = 1.5;
  rtcp.jitter_sum = 320;
  rtcp.reports = 2;
  const auto read = [&](std::string_view name) { return Read(MediaFlowTable(), name, media); };
  EXPECT_EQ(read("c_durat").duration(), std::chrono::seconds(2));
  EXPECT_EQ(read("s_durat").duration(), std::chrono::seconds(2));
  EXPECT_EQ(read("c_rate").real(), 4000);
  EXPECT_EQ(read("s_rate").real(), 4000);
  EXPECT_EQ(read("c_jitter").duration(), std::chrono::microseconds(1500));
  EXPECT_TRUE(read("s_jitter").is_absent());
  EXPECT_TRUE(read("c_rtcp_jitter").is_absent());
  EXPECT_EQ(read("s_rtcp_jitter").real(), 160);
}

TEST(SchemaValues, TextsAreRawAndAbsenceIsExplicit) {
  const TcpFlow flow = PlainHttpFlow();
  VideoFlow video;
  video.flow = std::make_shared<const TcpFlow>(flow);
  EXPECT_TRUE(Read(VideoCompleteTable(), "yt_id11", video).is_absent());
  video.youtube_id11.Set("--");
  EXPECT_EQ(Read(VideoCompleteTable(), "yt_id11", video).text(), "--");
  ChatFlow chat;
  chat.flow = std::make_shared<const TcpFlow>(flow);
  EXPECT_TRUE(Read(ChatCompleteTable(), "ver", chat).is_absent());
  chat.version_known = true;
  EXPECT_EQ(Read(ChatCompleteTable(), "ver", chat).text(), "");
  HttpMessage message;
  message.endpoints = &flow.endpoints;
  message.cookie = {.text = "\xff\n", .found = true, .truncated = true};
  const Value cookie = Read(HttpRequestTable(), "cookie", message);
  EXPECT_EQ(cookie.text(), "\xff\n");
  EXPECT_TRUE(cookie.end_missing());
  EXPECT_FALSE(cookie.begin_missing());
  EXPECT_TRUE(Read(HttpRequestTable(), "path", message).is_absent());
}

}  // namespace
}  // namespace tstat::internal
