// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of video flows: log_video_complete, which repeats blocks of log_tcp_complete.
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include "schema/log_schema.h"
#include "schema/readers.h"
#include "schema/row_writer.h"
#include "schema/tcp_columns.h"
#include "tstat/codes.h"
#include "tstat/flow.h"
#include "tstat/schema.h"
#include "tstat/video.h"

namespace tstat::internal {
namespace {

using Video = VideoFlow;

template <auto kMember>
constexpr auto Of = [](const Video& v, Direction) { return v.*kMember; };
template <auto kMember>
constexpr auto OfMetadata = [](const Video& v, Direction) { return v.metadata.*kMember; };
// 0: the container does not say.
template <auto kMember>
constexpr auto SaidByContainer =
    [](const Video& v, Direction) { return IfNotZero(v.metadata.*kMember); };
template <int32_t VideoFlow::*kMember>
constexpr auto CodeOf = [](const Video& v, Direction) { return static_cast<uint8_t>(v.*kMember); };
template <auto kMember>
constexpr auto TextOf = [](const Video& v, Direction) { return IfNotEmpty((v.*kMember).view()); };
// Identifiers that strict privacy withholds are printed as such.
template <auto kMember>
constexpr auto IdText = [](const Video& v, Direction) -> std::optional<std::string_view> {
  if (v.youtube_ids_withheld) return "XXX";
  return IfNotEmpty((v.*kMember).view());
};

constexpr ColumnExtras kDerived = {.privacy = Privacy::kDerived};
constexpr ColumnExtras kIdentifier = {
    .absent = "none, or strict privacy", .privacy = Privacy::kContent, .placeholder = "--"};
constexpr ColumnExtras kNotSaid = AbsentAtZero("not said");

constexpr auto kCore = Once<VideoFlow>({
    {"vd_type_cont", type::OneOf<uint8_t>(kVideoTypeCodes), "", Format::kInt32,
     "video by Content-Type: see codes.md", Of<&VideoFlow::content_type>, kDerived},
    {"vd_type_pay", type::OneOf<uint8_t>(kVideoTypeCodes), "", Format::kInt32,
     "video by the first bytes of a body: see codes.md", Of<&VideoFlow::payload_type>, kDerived},
    {"yt_id16_46", type::kText, "", Format::kText,
     "YouTube identifier of 16 or 46 characters; printed as XXX: strict privacy",
     TextOf<&VideoFlow::youtube_id16_46>, kIdentifier, IdText<&VideoFlow::youtube_id16_46>},
    {"yt_itag",
     type::kText,
     "",
     Format::kText,
     "YouTube itag: format and resolution",
     TextOf<&VideoFlow::youtube_itag>,
     {.absent = "none", .privacy = Privacy::kDerived, .placeholder = "--"}},
});

constexpr auto kVideoInfo = Once<VideoFlow>({
    {"vd_dur", type::kReal, "s", Format::kFixed6, "duration, by the container",
     SaidByContainer<&VideoMetadata::duration_s>, kNotSaid, OfMetadata<&VideoMetadata::duration_s>},
    {"vd_rate_tot", type::kReal, "bit/s", Format::kFixed6,
     "data rate, by the container; printed as FLV kbit/s, MP4 bit/s",
     [](const Video& v, Direction) {
       return IfNotZero(v.payload_type == VideoCode::kFlv ? 1000 * v.metadata.rate
                                                          : v.metadata.rate);
     },
     kNotSaid, OfMetadata<&VideoMetadata::rate>},
    {"vd_width", type::kI32, "pixels", Format::kInt32, "width, by the container",
     SaidByContainer<&VideoMetadata::width>, kNotSaid},
    {"vd_height", type::kI32, "pixels", Format::kInt32, "height, by the container",
     SaidByContainer<&VideoMetadata::height>, kNotSaid},
});

constexpr auto kYouTube = Once<VideoFlow>({
    {"yt_id11", type::kText, "", Format::kText,
     "YouTube identifier of 11 characters; printed as XXX: strict privacy",
     TextOf<&VideoFlow::youtube_id11>, kIdentifier, IdText<&VideoFlow::youtube_id11>},
    {"yt_seek", type::kI32, "ms", Format::kInt32, "YouTube: position where playing begins",
     Of<&VideoFlow::youtube_seek_ms>},
    {"yt_red_mode", type::OneOf<uint8_t>(kYoutubeRedirectionCodes), "", Format::kInt32,
     "YouTube: kind of redirection, see codes.md", CodeOf<&VideoFlow::youtube_redirect_mode>},
    {"yt_red_cnt", type::kI32, "", Format::kInt32, "YouTube: redirections",
     Of<&VideoFlow::youtube_redirect_count>},
    {"yt_mobile", type::OneOf<uint8_t>(kYoutubeDeviceCodes), "", Format::kInt32,
     "YouTube: mobile device: 1 other, 2 Apple, 3 Android; 0 no",
     CodeOf<&VideoFlow::youtube_mobile>, kDerived},
    {"yt_stream", type::OneOf<uint8_t>(kYoutubeStreamCodes), "", Format::kInt32,
     "YouTube: kind of stream, see codes.md", CodeOf<&VideoFlow::youtube_stream>},
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
constexpr auto RateCount = [](const Video& v, Direction d) { return v.flow->of(d).rate.*kMember; };
template <uint32_t RateStatistics::*kMember>
constexpr auto RateCountText = [](const Video& v, Direction d) {
  const RateStatistics& rate = v.flow->of(d).rate;
  return HasRates(rate) ? rate.*kMember : 0;
};
template <typename Get>
std::optional<double> RateInKilobits(const Video& video, Direction direction, Get get) {
  const RateStatistics& rate = video.flow->of(direction).rate;
  return HasRates(rate) ? std::optional(kKilobits * get(rate)) : std::nullopt;
}
std::optional<double> DeviationInKilobits(const Video& v, Direction d) {
  return RateInKilobits(v, d, [](const RateStatistics& r) { return RateDeviation(r); });
}

constexpr ColumnExtras kFewSamples = {.absent = "fewer than two samples"};
constexpr Column<VideoFlow> kRates[] = {
    {"rate_smpl",
     type::kU32,
     "",
     Format::kInt32,
     "bit rate samples (periods of one second); printed as 0: fewer than two",
     RateCount<&RateStatistics::samples>,
     {},
     RateCountText<&RateStatistics::samples>},
    {"rate_zero",
     type::kU32,
     "",
     Format::kInt32,
     "periods without data",
     RateCount<&RateStatistics::empty>,
     {},
     RateCountText<&RateStatistics::empty>},
    {"rate_streak",
     type::kU32,
     "",
     Format::kInt32,
     "longest run of periods without data",
     RateCount<&RateStatistics::longest_empty_streak>,
     {},
     RateCountText<&RateStatistics::longest_empty_streak>},
    {"rate_avg", type::kReal, "kbit/s", Format::kFixed3, "mean bit rate",
     [](const Video& v, Direction d) {
       const RateStatistics& rate = v.flow->of(d).rate;
       return HasRates(rate) ? std::optional(kKilobits * rate.sum / rate.samples) : std::nullopt;
     },
     kFewSamples},
    {"rate_std", type::kReal, "kbit/s", Format::kFixed3, "standard deviation of the bit rate",
     [](const Video& v, Direction d) {
       const std::optional<double> deviation = DeviationInKilobits(v, d);
       return deviation.has_value() ? IfFinite(*deviation) : std::nullopt;
     },
     kFewSamples, [](const Video& v, Direction d) { return DeviationInKilobits(v, d); }},
    {"rate_min", type::kReal, "kbit/s", Format::kFixed3, "smallest bit rate of a period with data",
     [](const Video& v, Direction d) {
       return RateInKilobits(v, d, [](const RateStatistics& r) { return r.min; });
     },
     kFewSamples},
    {"rate_max", type::kReal, "kbit/s", Format::kFixed3, "largest bit rate",
     [](const Video& v, Direction d) {
       return RateInKilobits(v, d, [](const RateStatistics& r) { return r.max; });
     },
     kFewSamples},
};

template <size_t kIndex>
constexpr auto FirstBytes =
    [](const Video& v, Direction d) { return v.flow->of(d).rate.first_bytes[kIndex]; };
template <size_t kIndex>
constexpr auto MessageSize =
    [](const Video& v, Direction d) { return v.flow->of(d).message_sizes[kIndex]; };
template <size_t kIndex>
constexpr Column<VideoFlow> FirstPeriod(std::string_view label) {
  return {label,
          type::kU32,
          "bytes",
          Format::kInt32,
          "bytes of the n-th period with or without data",
          FirstBytes<kIndex>};
}
template <size_t kIndex>
constexpr Column<VideoFlow> NthMessage(std::string_view label) {
  return {
      label, type::kU32, "bytes", Format::kInt32, "size of the n-th message", MessageSize<kIndex>};
}

constexpr Column<VideoFlow> kFirstPeriods[] = {
    FirstPeriod<0>("rate1"),  FirstPeriod<1>("rate2"), FirstPeriod<2>("rate3"),
    FirstPeriod<3>("rate4"),  FirstPeriod<4>("rate5"), FirstPeriod<5>("rate6"),
    FirstPeriod<6>("rate7"),  FirstPeriod<7>("rate8"), FirstPeriod<8>("rate9"),
    FirstPeriod<9>("rate10"),
};
constexpr Column<VideoFlow> kMessages[] = {
    {"msg", type::kU32, "", Format::kInt32, "messages: payload that ends with PSH or FIN",
     [](const Video& v, Direction d) { return v.flow->of(d).messages; }},
    NthMessage<0>("msgsize1"),
    NthMessage<1>("msgsize2"),
    NthMessage<2>("msgsize3"),
    NthMessage<3>("msgsize4"),
    NthMessage<4>("msgsize5"),
    NthMessage<5>("msgsize6"),
    NthMessage<6>("msgsize7"),
    NthMessage<7>("msgsize8"),
    NthMessage<8>("msgsize9"),
    NthMessage<9>("msgsize10"),
};
constexpr auto kAdvanced = Concatenate(ClientThenServer(kRates), ClientThenServer(kFirstPeriods),
                                       OfSide(kMessages, Side::kServer));
static_assert(kAdvanced.size() == 45);

const TcpFlow& FlowOf(const VideoFlow& video) { return *video.flow; }

template <const ColumnBlock<TcpFlow>& kBlock, size_t kSize>
ColumnBlock<VideoFlow> Adapt(uint8_t level_bit) {
  return AdaptColumnBlock<VideoFlow, TcpFlow, kBlock, kSize, FlowOf>(level_bit);
}

std::vector<ColumnBlock<VideoFlow>> VideoBlocks() {
  return {Adapt<kTcpCoreBlock, kTcpCoreSize>(0),
          Adapt<kTcpEndToEndBlock, kTcpEndToEndSize>(video_level::kEndToEnd),
          MakeColumnBlock<VideoFlow, kCore>("video", "Video", 0),
          MakeColumnBlock<VideoFlow, kVideoInfo>("videoinfo", "Video information",
                                                 video_level::kVideoInfo),
          MakeColumnBlock<VideoFlow, kYouTube>("youtube", "YouTube", video_level::kYouTube),
          MakeColumnBlock<VideoFlow, kAdvanced>("advanced", "Rates and messages",
                                                video_level::kAdvanced),
          Adapt<kTcpOptionsBlock, kTcpOptionsSize>(video_level::kOptions),
          Adapt<kTcpLayer7Block, kTcpLayer7Size>(video_level::kLayer7)};
}

}  // namespace
}  // namespace tstat::internal

namespace tstat::inline v1 {

const LogTable<VideoFlow>& VideoCompleteTable() {
  static const internal::LogSchema<VideoFlow> table(
      {.name = "video_complete",
       .description = "One row for each complete TCP flow that carried video: RTMP, HTTP with a "
                      "video address, content type or container, TLS to YouTube or Netflix.",
       .level = LevelKind::kVideo,
       .default_level = video_level::kDefault},
      internal::VideoBlocks());
  return table;
}

}  // namespace tstat::inline v1
