// SPDX-License-Identifier: BSD-3-Clause
#include "schema/video_columns.h"

#include <cmath>
#include <limits>

#include "schema/row_writer.h"
#include "schema/tcp_columns.h"
#include "schema/value.h"
#include "tstat/flow.h"

namespace tstat::internal {
namespace {

using Video = VideoFlow;

template <auto kMember>
constexpr Value Of(const Video& video, Direction) {
  return Value::Number(video.*kMember);
}
template <auto kMember>
constexpr Value OfMetadata(const Video& video, Direction) {
  return Value::Number(video.metadata.*kMember);
}
template <auto kMember>
constexpr Value TextOf(const Video& video, Direction) {
  return Value::Text((video.*kMember).view());
}
template <VideoCode VideoFlow::*kMember>
constexpr Value CodeOf(const Video& video, Direction) {
  return Value::Number(static_cast<uint32_t>(video.*kMember));
}

constexpr auto kCore = Once<VideoFlow>({
    {"vd_type_cont", "", Format::kInt32, "video by Content-Type: see codes.md",
     CodeOf<&VideoFlow::content_type>},
    {"vd_type_pay", "", Format::kInt32, "video by the first bytes of a body, same codes",
     CodeOf<&VideoFlow::payload_type>},
    {"yt_id16_46", "", Format::kText,
     "YouTube identifier of 16 or 46 characters; --: none, XXX: strict privacy",
     TextOf<&VideoFlow::youtube_id16_46>},
    {"yt_itag", "", Format::kText, "YouTube itag: format and resolution; --: none",
     TextOf<&VideoFlow::youtube_itag>},
});

constexpr auto kVideoInfo = Once<VideoFlow>({
    {"vd_dur", "s", Format::kFixed6, "duration, by the container",
     OfMetadata<&VideoMetadata::duration_s>},
    {"vd_rate_tot", "", Format::kFixed6, "data rate, by the container: FLV kbit/s, MP4 bit/s",
     OfMetadata<&VideoMetadata::rate>},
    {"vd_width", "pixels", Format::kInt32, "width, by the container",
     OfMetadata<&VideoMetadata::width>},
    {"vd_height", "pixels", Format::kInt32, "height, by the container",
     OfMetadata<&VideoMetadata::height>},
});

constexpr auto kYouTube = Once<VideoFlow>({
    {"yt_id11", "", Format::kText,
     "YouTube identifier of 11 characters; --: none, XXX: strict privacy",
     TextOf<&VideoFlow::youtube_id11>},
    {"yt_seek", "ms", Format::kInt32, "YouTube: position where playing begins",
     Of<&VideoFlow::youtube_seek_ms>},
    {"yt_red_mode", "", Format::kInt32, "YouTube: kind of redirection, see codes.md",
     Of<&VideoFlow::youtube_redirect_mode>},
    {"yt_red_cnt", "", Format::kInt32, "YouTube: redirections",
     Of<&VideoFlow::youtube_redirect_count>},
    {"yt_mobile", "", Format::kInt32, "YouTube: mobile device: 1 other, 2 Apple, 3 Android; 0 no",
     Of<&VideoFlow::youtube_mobile>},
    {"yt_stream", "", Format::kInt32, "YouTube: kind of stream, see codes.md",
     Of<&VideoFlow::youtube_stream>},
});

// Rate samples print only when there are at least two.
constexpr bool HasRates(const RateStatistics& rate) { return rate.samples > 1; }
constexpr double kKilobits = 8e-3;  // of a byte

double RateDeviation(const RateStatistics& rate) {
  const double n = rate.samples;
  const double variance = (rate.sum2 - rate.sum * rate.sum / n) / (n - 1);
  // The reference's processor makes a negative NaN of an invalid operation; others may not.
  if (!(variance >= 0)) return -std::numeric_limits<double>::quiet_NaN();
  return std::sqrt(variance);
}

template <uint32_t RateStatistics::*kMember>
constexpr Value RateCount(const Video& video, Direction direction) {
  const RateStatistics& rate = video.flow->of(direction).rate;
  return Value::Number(HasRates(rate) ? rate.*kMember : 0);
}
template <typename Get>
constexpr Value RateInKilobits(const Video& video, Direction direction, Get get) {
  const RateStatistics& rate = video.flow->of(direction).rate;
  return Value::Number(HasRates(rate) ? kKilobits * get(rate) : 0.0);
}

constexpr Column<VideoFlow> kRates[] = {
    {"rate_smpl", "", Format::kInt32, "bit rate samples (periods of one second)",
     RateCount<&RateStatistics::samples>},
    {"rate_zero", "", Format::kInt32, "periods without data", RateCount<&RateStatistics::empty>},
    {"rate_streak", "", Format::kInt32, "longest run of periods without data",
     RateCount<&RateStatistics::longest_empty_streak>},
    {"rate_avg", "kbit/s", Format::kFixed3, "mean bit rate",
     [](const Video& v, Direction d) {
       const RateStatistics& rate = v.flow->of(d).rate;
       return Value::Number(HasRates(rate) ? kKilobits * rate.sum / rate.samples : 0.0);
     }},
    {"rate_std", "kbit/s", Format::kFixed3, "standard deviation of the bit rate",
     [](const Video& v, Direction d) {
       return RateInKilobits(v, d, [](const RateStatistics& r) { return RateDeviation(r); });
     }},
    {"rate_min", "kbit/s", Format::kFixed3, "smallest bit rate of a period with data",
     [](const Video& v, Direction d) {
       return RateInKilobits(v, d, [](const RateStatistics& r) { return r.min; });
     }},
    {"rate_max", "kbit/s", Format::kFixed3, "largest bit rate",
     [](const Video& v, Direction d) {
       return RateInKilobits(v, d, [](const RateStatistics& r) { return r.max; });
     }},
};

template <size_t kIndex>
constexpr Value FirstBytes(const Video& video, Direction direction) {
  return Value::Number(video.flow->of(direction).rate.first_bytes[kIndex]);
}
template <size_t kIndex>
constexpr Value MessageSize(const Video& video, Direction direction) {
  return Value::Number(video.flow->of(direction).message_sizes[kIndex]);
}
constexpr std::string_view kFirstBytesText = "bytes of the n-th period with or without data";
constexpr std::string_view kMessageSizeText = "size of the n-th message";

constexpr Column<VideoFlow> kFirstPeriods[] = {
    {"rate1", "bytes", Format::kInt32, kFirstBytesText, FirstBytes<0>},
    {"rate2", "bytes", Format::kInt32, kFirstBytesText, FirstBytes<1>},
    {"rate3", "bytes", Format::kInt32, kFirstBytesText, FirstBytes<2>},
    {"rate4", "bytes", Format::kInt32, kFirstBytesText, FirstBytes<3>},
    {"rate5", "bytes", Format::kInt32, kFirstBytesText, FirstBytes<4>},
    {"rate6", "bytes", Format::kInt32, kFirstBytesText, FirstBytes<5>},
    {"rate7", "bytes", Format::kInt32, kFirstBytesText, FirstBytes<6>},
    {"rate8", "bytes", Format::kInt32, kFirstBytesText, FirstBytes<7>},
    {"rate9", "bytes", Format::kInt32, kFirstBytesText, FirstBytes<8>},
    {"rate10", "bytes", Format::kInt32, kFirstBytesText, FirstBytes<9>},
};
constexpr Column<VideoFlow> kMessages[] = {
    {"msg", "", Format::kInt32, "messages: payload that ends with PSH or FIN",
     [](const Video& v, Direction d) { return Value::Number(v.flow->of(d).messages); }},
    {"msgsize1", "bytes", Format::kInt32, kMessageSizeText, MessageSize<0>},
    {"msgsize2", "bytes", Format::kInt32, kMessageSizeText, MessageSize<1>},
    {"msgsize3", "bytes", Format::kInt32, kMessageSizeText, MessageSize<2>},
    {"msgsize4", "bytes", Format::kInt32, kMessageSizeText, MessageSize<3>},
    {"msgsize5", "bytes", Format::kInt32, kMessageSizeText, MessageSize<4>},
    {"msgsize6", "bytes", Format::kInt32, kMessageSizeText, MessageSize<5>},
    {"msgsize7", "bytes", Format::kInt32, kMessageSizeText, MessageSize<6>},
    {"msgsize8", "bytes", Format::kInt32, kMessageSizeText, MessageSize<7>},
    {"msgsize9", "bytes", Format::kInt32, kMessageSizeText, MessageSize<8>},
    {"msgsize10", "bytes", Format::kInt32, kMessageSizeText, MessageSize<9>},
};
constexpr auto kAdvanced = Concatenate(ClientThenServer(kRates), ClientThenServer(kFirstPeriods),
                                       OfSide(kMessages, Side::kServer));
static_assert(kAdvanced.size() == 45);

const TcpFlow& FlowOf(const VideoFlow& video) { return *video.flow; }

template <const ColumnBlock<TcpFlow>& kBlock>
ColumnBlock<VideoFlow> Adapt(uint8_t level_bit) {
  return AdaptColumnBlock<VideoFlow, TcpFlow, kBlock, FlowOf>(level_bit);
}

}  // namespace

const LogSchema<VideoFlow>& VideoCompleteLog() {
  static const LogSchema<VideoFlow> log = {
      {.name = "log_video_complete",
       .description = "One row for each complete TCP flow that carried video: RTMP, HTTP with a "
                      "video address, content type or container, TLS to YouTube or Netflix.",
       .header_has_level = true,
       .default_level = video_level::kDefault},
      {Adapt<kTcpCoreBlock>(0), Adapt<kTcpEndToEndBlock>(video_level::kEndToEnd),
       MakeColumnBlock<VideoFlow, kCore>("video", "Video", 0),
       MakeColumnBlock<VideoFlow, kVideoInfo>("videoinfo", "Video information",
                                              video_level::kVideoInfo),
       MakeColumnBlock<VideoFlow, kYouTube>("youtube", "YouTube", video_level::kYouTube),
       MakeColumnBlock<VideoFlow, kAdvanced>("advanced", "Rates and messages",
                                             video_level::kAdvanced),
       Adapt<kTcpOptionsBlock>(video_level::kOptions),
       Adapt<kTcpLayer7Block>(video_level::kLayer7)}};
  return log;
}

}  // namespace tstat::internal
