// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "records.h"
#include "row.h"
#include "schema/tcp_columns.h"
#include "tstat/schema.h"

namespace tstat::internal {
namespace {

constexpr uint8_t kAll = 63;

std::string Columns(const std::string& row, size_t first, size_t last) {
  const std::vector<std::string> cells = Cells(row);
  std::string text;
  for (size_t i = first; i <= last; ++i) text += (i == first ? "" : " ") + cells.at(i - 1);
  return text;
}

TEST(VideoHeader, AllSets) {
  const std::string header = LogHeader(VideoCompleteTable(), kAll, {});
  EXPECT_EQ(header.substr(0, 12), "#63#c_ip:1 c");
  EXPECT_EQ(
      Columns(header, 58, 118),
      "s_ttl_max:58 vd_type_cont:59 vd_type_pay:60 yt_id16_46:61 yt_itag:62 vd_dur:63 "
      "vd_rate_tot:64 vd_width:65 vd_height:66 yt_id11:67 yt_seek:68 yt_red_mode:69 "
      "yt_red_cnt:70 yt_mobile:71 yt_stream:72 c_rate_smpl:73 c_rate_zero:74 c_rate_streak:75 "
      "c_rate_avg:76 c_rate_std:77 c_rate_min:78 c_rate_max:79 s_rate_smpl:80 s_rate_zero:81 "
      "s_rate_streak:82 s_rate_avg:83 s_rate_std:84 s_rate_min:85 s_rate_max:86 c_rate1:87 "
      "c_rate2:88 c_rate3:89 c_rate4:90 c_rate5:91 c_rate6:92 c_rate7:93 c_rate8:94 c_rate9:95 "
      "c_rate10:96 s_rate1:97 s_rate2:98 s_rate3:99 s_rate4:100 s_rate5:101 s_rate6:102 "
      "s_rate7:103 s_rate8:104 s_rate9:105 s_rate10:106 s_msg:107 s_msgsize1:108 s_msgsize2:109 "
      "s_msgsize3:110 s_msgsize4:111 s_msgsize5:112 s_msgsize6:113 s_msgsize7:114 s_msgsize8:115 "
      "s_msgsize9:116 s_msgsize10:117 c_f1323_opt:118");
  EXPECT_EQ(Cells(header).size(), 183u);
  EXPECT_EQ(Cells(header)[163], "http_req_cnt:164");
  EXPECT_EQ(Cells(LogHeader(VideoCompleteTable(), kAll, ColumnsOf33())).size(), 187u);
}

TEST(VideoHeader, DefaultLength) {
  const std::string header = LogHeader(VideoCompleteTable(), video_level::kDefault, {});
  EXPECT_EQ(header.substr(0, 4), "#31#");
  EXPECT_EQ(header.size(), 1854u);
}

// The row of trace mpeg-dash.
TEST(VideoRow, WorkedExample) {
  TcpFlow flow = PlainHttpFlow();
  flow.client.rate = {.samples = 400, .empty = 399, .longest_empty_streak = 399};
  flow.client.rate.min = flow.client.rate.max = flow.client.rate.sum = 328;
  flow.client.rate.sum2 = 328.0 * 328;
  flow.client.rate.first_bytes[0] = 328;
  flow.server.rate = {.samples = 400, .empty = 399};
  flow.server.rate.min = flow.server.rate.max = flow.server.rate.sum = 1400;
  flow.server.rate.sum2 = 1400.0 * 1400;
  flow.server.rate.first_bytes[0] = 1400;
  flow.server.messages = 0;
  VideoFlow video;
  video.flow = std::make_shared<const TcpFlow>(flow);
  video.content_type = video.payload_type = VideoCode::kMp4;
  video.metadata = {.duration_s = 15.000998, .width = 1920, .height = 1080};
  const std::string row = RowOf(VideoCompleteTable(), video, kAll);
  EXPECT_EQ(Columns(row, 42, 44), "1 0 1");
  EXPECT_EQ(
      Columns(row, 59, 117),
      "2 2 -- -- 15.000998 0.000000 1920 1080 -- 0 0 0 0 0 400 399 399 0.007 0.131 2.624 "
      "2.624 400 399 0 0.028 0.560 11.200 11.200 328 0 0 0 0 0 0 0 0 0 1400 0 0 0 0 0 0 0 0 0 "
      "0 0 0 0 0 0 0 0 0 0 0");
  // The TCP blocks are those of log_tcp_complete.
  const std::string tcp = RowOf(TcpCompleteTable(), flow, tcp_level::kDefault);
  EXPECT_EQ(Columns(row, 1, 58), Columns(tcp, 1, 58));
  EXPECT_EQ(Columns(row, 118, 163), Columns(tcp, 65, 110));
  EXPECT_EQ(Columns(row, 164, 183), Columns(tcp, 111, 130));
}

TEST(VideoRow, RatesNeedTwoSamples) {
  TcpFlow flow = PlainHttpFlow();
  flow.client.rate = {.samples = 1, .empty = 0, .min = 5785, .max = 5785, .sum = 5785};
  flow.client.rate.first_bytes[0] = 5785;
  VideoFlow video;
  video.flow = std::make_shared<const TcpFlow>(flow);
  const std::string row = RowOf(VideoCompleteTable(), video, kAll);
  EXPECT_EQ(Columns(row, 73, 79), "0 0 0 0.000 0.000 0.000 0.000");
  EXPECT_EQ(Columns(row, 87, 88), "5785 0");
}

TEST(VideoRow, InfiniteRate) {
  TcpFlow flow = PlainHttpFlow();
  const double infinity = std::numeric_limits<double>::infinity();
  flow.client.rate = {.samples = 2, .min = 8, .max = infinity, .sum = infinity, .sum2 = infinity};
  VideoFlow video;
  video.flow = std::make_shared<const TcpFlow>(flow);
  EXPECT_EQ(Columns(RowOf(VideoCompleteTable(), video, kAll), 73, 79), "2 0 0 inf -nan 0.064 inf");
}

TEST(VideoRow, YouTube) {
  const TcpFlow flow = PlainHttpFlow();
  VideoFlow video;
  video.flow = std::make_shared<const TcpFlow>(flow);
  video.youtube_id16_46.Set("0123456789abcdef");
  video.youtube_itag.Set("34");
  video.youtube_id11.Set("dQw4w9WgXcQ");
  video.youtube_seek_ms = -1;
  video.youtube_mobile = 2;
  const std::string row = RowOf(VideoCompleteTable(), video, video_level::kYouTube);
  EXPECT_EQ(Columns(row, 45, 54), "0 0 0123456789abcdef 34 dQw4w9WgXcQ -1 0 0 2 0");
}

TEST(VideoRow, YouTubeWithoutIdentifiers) {
  const TcpFlow flow = PlainHttpFlow();
  VideoFlow video;
  video.flow = std::make_shared<const TcpFlow>(flow);
  const auto row = [&] {
    return Columns(RowOf(VideoCompleteTable(), video, video_level::kYouTube), 45, 54);
  };
  EXPECT_EQ(row(), "0 0 -- -- -- 0 0 0 0 0");
  video.youtube_ids_withheld = true;
  EXPECT_EQ(row(), "0 0 XXX -- XXX 0 0 0 0 0");
}

}  // namespace
}  // namespace tstat::internal
