// SPDX-License-Identifier: BSD-3-Clause
//
// Content types, container signatures and metadata, and the record of a video flow.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "l7/video/container.h"
#include "l7/video/content_type.h"
#include "l7/video/metadata.h"
#include "l7/video/video_state.h"

namespace tstat::internal {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;

ByteReader Bytes(std::string_view text) {
  return ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string Be(uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}
std::string Le(uint32_t value) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

int MediaType(std::string_view value) { return static_cast<int>(MediaTypeCode(value)); }
int ContentType(std::string_view payload) {
  return static_cast<int>(ContentTypeCode(Bytes(payload)));
}
int Container(std::string_view data) {
  const auto container = VideoContainer::Parse(Bytes(data));
  return container ? static_cast<int>(container->code) : 0;
}

TEST(VideoContentTypeTest, Codes) {
  EXPECT_EQ(MediaType("video/mp4"), 2);
  EXPECT_EQ(MediaType("videoXmp4"), 2);
  EXPECT_EQ(MediaType("video/x-flv"), 1);
  EXPECT_EQ(MediaType("video/x-ms-asf"), 10);
  EXPECT_EQ(MediaType("video/x-ms-wmv"), 4);
  EXPECT_EQ(MediaType("video/x-ms"), 3);
  EXPECT_EQ(MediaType("video/x"), 2);
  EXPECT_EQ(MediaType("video/m"), 2);
  EXPECT_EQ(MediaType("video/"), 0);
  EXPECT_EQ(MediaType("video/x-matroska"), 11);
  EXPECT_EQ(MediaType("VIDEO/mp4"), 0);
  EXPECT_EQ(MediaType("application/x-m"), 4);
  EXPECT_EQ(MediaType("application/x-mpegurl"), 0);
  EXPECT_EQ(MediaType("application/x-mpegURL"), 12);
  EXPECT_EQ(MediaType("application/vnd.apple.mpegurl"), 12);
  EXPECT_EQ(MediaType("audio/mpeg"), 0);
  EXPECT_EQ(MediaType("audio/mp4"), 2);
  EXPECT_EQ(MediaType("f"), 1);
  EXPECT_EQ(MediaType("flv-application/octet-stream"), 1);
  EXPECT_EQ(MediaType("text/html"), 0);
  EXPECT_EQ(MediaType(""), 0);
}

TEST(VideoContentTypeTest, Header) {
  EXPECT_EQ(ContentType("HTTP/1.1 200 OK\r\nContent-Type: video/webm;codecs=vp8\r\n\r\n"), 6);
  EXPECT_EQ(ContentType("HTTP/1.1 200 OK\r\ncontent-TYPE: \"video/mp4\"\r\n\r\n"), 2);
  EXPECT_EQ(ContentType("HTTP/1.1 200 OK\r\nX-Content-Type: video/mp4\r\n\r\n"), 2);
  EXPECT_EQ(ContentType("HTTP/1.1 200 OK\r\nContent-Type:video/mp4\r\n\r\n"), 0);
  EXPECT_EQ(ContentType("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Type: video/mp4"),
            0);
  EXPECT_EQ(ContentType("HTTP 1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n"), 0);
  EXPECT_EQ(ContentType("abcd/Content-Type: video/mp4"), 2);
  EXPECT_EQ(ContentType("HTTP/1.1\r\nContent-Type: \"\r\n"), 0);
}

TEST(VideoContainerTest, Signatures) {
  const std::string filler(400, '\1');
  EXPECT_EQ(Container("FLV\1" + filler), 1);
  EXPECT_EQ(Container("FLV\1" + filler.substr(0, 22)), 0);
  EXPECT_EQ(Container("FLV\2" + filler), 0);
  EXPECT_EQ(Container("\x12\0\x03K"s.append(filler)), 1);
  EXPECT_EQ(Container("RIFF....AVI LIST"), 3);
  EXPECT_EQ(Container("RIFF....WAVEfmt "), 0);
  EXPECT_EQ(Container("\x30\x26\xB2\x75\x8E\x66\xCF\x11"), 4);
  EXPECT_EQ(Container("\xA6\xD9\0\xAA\0\x62\xCE\x6C"sv), 4);
  EXPECT_EQ(Container("\x1A\x45\xDF\xA3" + filler.substr(0, 20) + "webm"), 6);
  EXPECT_EQ(Container("\x1A\x45\xDF\xA3" + filler.substr(0, 27) + "webm"), 0);  // 35 bytes
  EXPECT_EQ(Container("\x1A\x45\xDF\xA3" + filler.substr(0, 27) + "webm!"), 6);
  EXPECT_EQ(Container("OggS\0\2\0\0"sv), 8);
  EXPECT_EQ(Container("OggS\0\1\0\0"sv), 0);
  EXPECT_EQ(Container("\0\0\0\x14"s.append("ftyp3gp4")), 7);
  EXPECT_EQ(Container("\0\0\0\x20"s.append("ftypisom")), 2);
  EXPECT_EQ(Container("\0\0\0\x20"s.append("ftypiso")), 0);  // 11 bytes
  EXPECT_EQ(Container("....moof"), 2);
  EXPECT_EQ(Container("\0\0\1\xBA."sv), 5);
  EXPECT_EQ(Container("\0\0\1\xB3"sv), 0);  // 4 bytes
  EXPECT_EQ(Container("$M..........play"), 4);
  std::string ts(400, '\0');
  ts[0] = ts[188] = ts[376] = 'G';
  EXPECT_EQ(Container(ts), 12);
  EXPECT_EQ(Container(ts.substr(0, 399)), 0);
  EXPECT_EQ(Container("\x47\x1F\xFF\x10NDS File...."), 13);
  EXPECT_EQ(Container("<html>"), 0);
}

// --- FLV

std::string Name(std::string_view name) { return Be(name.size(), 2).append(name); }
std::string NumberValue(std::string_view name, double value) {
  return Name(name) + '\0' + Be(std::bit_cast<uint64_t>(value), 8);
}
std::string FlvFile(uint32_t count, const std::string& values) {
  return "FLV\1\5\0\0\0\x09\0\0\0\0\x12......."s + "\2\0\x0AonMetaData\x08"s + Be(count, 4) +
         values + std::string(40, '\0');
}
VideoMetadata ParseFlv(const std::string& data) {
  VideoMetadataState state;
  state.Take(FlvMetadata::Parse(Bytes(data)).value_or(FlvMetadata()));
  return state.shown;
}

TEST(FlvMetadataTest, Values) {
  const VideoMetadata m = ParseFlv(FlvFile(
      5, NumberValue("duration", 10.5) + NumberValue("width", 320.7) + NumberValue("height", 240) +
             NumberValue("videodatarate", 500) + NumberValue("audiodatarate", 64)));
  EXPECT_DOUBLE_EQ(m.duration_s, 10.5);
  EXPECT_DOUBLE_EQ(m.rate, 564);
  EXPECT_EQ(m.width, 320);
  EXPECT_EQ(m.height, 240);
}

TEST(FlvMetadataTest, RateFromSize) {
  const VideoMetadata m =
      ParseFlv(FlvFile(2, NumberValue("duration", 10.5) + NumberValue("filesize", 1000000.9)));
  EXPECT_NEAR(m.rate, 761.904762, 1e-6);
}

TEST(FlvMetadataTest, BitsPerSecondBecomeKilobits) {
  EXPECT_DOUBLE_EQ(ParseFlv(FlvFile(1, NumberValue("videodatarate", 500000))).rate, 500);
  EXPECT_DOUBLE_EQ(ParseFlv(FlvFile(1, NumberValue("videodatarate", 100000))).rate, 100000);
}

TEST(FlvMetadataTest, OtherTypesAreStepped) {
  const std::string values = NumberValue("height", 7) + Name("canSeekToEnd") + "\1\1" +  // boolean
                             Name("encoder") + "\2"s + Name("Lavf") +                    // string
                             Name("width") + "\2"s + Name("x") +               // takes the 7
                             Name("keyframes") + "\x0A\0\0\0\0"s +             // empty array
                             Name("date") + "\x0B"s + std::string(10, '\0') +  //
                             NumberValue("duration", 3);
  const VideoMetadata m = ParseFlv(FlvFile(7, values));
  EXPECT_EQ(m.width, 7);
  EXPECT_DOUBLE_EQ(m.duration_s, 3);
}

TEST(FlvMetadataTest, OddNumbers) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  VideoMetadata m = ParseFlv(FlvFile(
      3, NumberValue("duration", -nan) + NumberValue("width", 1e10) + NumberValue("height", -1.5)));
  EXPECT_TRUE(std::isnan(m.duration_s) && std::signbit(m.duration_s));
  EXPECT_EQ(m.width, INT32_MIN);
  EXPECT_EQ(m.height, -2);
  m = ParseFlv(FlvFile(2, NumberValue("duration", 8) + NumberValue("filesize", 1e30)));
  EXPECT_DOUBLE_EQ(m.rate, 0);
  m = ParseFlv(FlvFile(2, NumberValue("duration", 8) + NumberValue("filesize", -1000)));
  EXPECT_DOUBLE_EQ(m.rate, 4294966.296);
}

TEST(FlvMetadataTest, EveryTruncationIsHarmless) {
  const std::string duration = NumberValue("duration", 1);
  const std::string file = FlvFile(0xffff, duration + Name("s") + "\2\xff\xff"s);
  const size_t behind_duration = file.find(duration) + duration.size();
  for (size_t size = 0; size <= file.size(); ++size) {
    const VideoMetadata m = ParseFlv(file.substr(0, size));
    EXPECT_DOUBLE_EQ(m.duration_s, size < behind_duration ? 0 : 1) << size;
    EXPECT_DOUBLE_EQ(m.rate, 0) << size;
    EXPECT_EQ(m.width, 0) << size;
    EXPECT_EQ(m.height, 0) << size;
  }
}

// --- MP4, AVI

std::string Mp4File() {
  std::string tkhd =
      "tkhd" + std::string(76, '\0') + Be(1920, 2) + Be(0, 2) + Be(1080, 2) + Be(0, 2);
  return Be(0x20, 4) + "ftypisom" + std::string(20, '\0') + "mvhd" + std::string(12, '\0') +
         Be(90000, 4) + Be(1350090, 4) + std::string(30, '\0') + tkhd + std::string(9, '\0') +
         "btrt" + std::string(8, '\0') + Be(249176, 4);
}

TEST(Mp4MetadataTest, Boxes) {
  const std::string file = Mp4File();
  EXPECT_EQ(VideoContainer::Parse(Bytes(file))->head, VideoContainer::Head::kMp4);
  const Mp4Metadata metadata = Mp4Metadata::Parse(Bytes(file)).value();
  EXPECT_NEAR(*metadata.duration_s, 15.001, 1e-9);
  EXPECT_EQ(metadata.width, 1920);
  EXPECT_EQ(metadata.height, 1080);
  EXPECT_EQ(metadata.rate, 249176);
}

TEST(Mp4MetadataTest, Truncated) {
  const std::string file = Mp4File();
  const size_t height = file.find("tkhd") + 84;
  const auto cut = [&](size_t size) {
    return Mp4Metadata::Parse(Bytes(std::string_view(file).substr(0, size)));
  };
  EXPECT_EQ(cut(height)->width, 1920);
  EXPECT_EQ(cut(height)->height, 0);
  EXPECT_EQ(cut(height + 1)->height, 0x0400);  // the low byte is missing
  const size_t movie_end = file.find("mvhd") + 24;
  for (size_t size = 0; size <= file.size(); ++size) {
    EXPECT_EQ(cut(size).has_value(), size >= movie_end);
    EXPECT_EQ(cut(size) && cut(size)->rate, size == file.size());
  }
}

TEST(AviMetadataTest, Headers) {
  const std::string file = "RIFF....AVI LIST....hdrl" + "avih"s + std::string(20, '\0') + Le(250) +
                           std::string(12, '\0') + Le(640) + Le(480) + std::string(20, '\0') +
                           "strh" + std::string(24, '\0') + Le(1) + Le(25);
  EXPECT_EQ(VideoContainer::Parse(Bytes(file))->head, VideoContainer::Head::kAvi);
  const AviMetadata metadata = AviMetadata::Parse(Bytes(file)).value();
  EXPECT_EQ(metadata.duration_s, 10);
  EXPECT_EQ(metadata.width, 640);
  EXPECT_EQ(metadata.height, 480);
  EXPECT_FALSE(metadata.rate.has_value());
  const size_t header_end = file.find("avih") + 48;
  for (size_t size = 0; size <= file.size(); ++size) {
    const auto cut = AviMetadata::Parse(Bytes(std::string_view(file).substr(0, size)));
    EXPECT_EQ(cut.has_value(), size >= header_end);
    EXPECT_EQ(cut && cut->duration_s, size == file.size());
  }
}

TEST(VideoMetadataTest, ValuesAddUpOverHeads) {
  VideoMetadataState state;
  Mp4Metadata mp4;
  mp4.width = 320;
  mp4.rate = 5;
  state.Take(mp4);
  mp4 = Mp4Metadata();
  mp4.height = 200;
  mp4.rate = 6;
  state.Take(mp4);
  EXPECT_EQ(state.shown.width, 320);
  EXPECT_EQ(state.shown.height, 200);
  EXPECT_DOUBLE_EQ(state.shown.rate, 6);

  VideoMetadataState flv;
  flv.Take(FlvMetadata::Parse(Bytes(FlvFile(2, NumberValue("videodatarate", 500) +
                                                   NumberValue("audiodatarate", 64))))
               .value());
  EXPECT_DOUBLE_EQ(flv.shown.rate, 564);
  flv.Take(FlvMetadata());  // the rate of sound is added again (as in Tstat)
  EXPECT_DOUBLE_EQ(flv.shown.rate, 628);
}

// --- Tracker and record

TEST(VideoStateTest, HeadAndBodyInOneSegment) {
  VideoState state;
  EXPECT_FALSE(InspectVideoSegment(
      Bytes("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n" + Mp4File()), &state));
  EXPECT_EQ(state.content_type, VideoCode::kMp4);
  EXPECT_EQ(state.payload_type, VideoCode::kMp4);
}

TEST(VideoStateTest, BodyInLaterSegments) {
  VideoState state;
  EXPECT_TRUE(InspectVideoSegment(
      Bytes("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"), &state));
  EXPECT_EQ(state.payload_type, VideoCode::kNone);
  EXPECT_TRUE(InspectVideoSegment(Bytes("....moof"), &state));
  EXPECT_EQ(state.payload_type, VideoCode::kMp4);
  // The payload code may change; the fifth segment is the last one.
  EXPECT_TRUE(InspectVideoSegment(Bytes("OggS\0\2\0\0"sv), &state));
  EXPECT_EQ(state.payload_type, VideoCode::kOgg);
  EXPECT_TRUE(InspectVideoSegment(Bytes("......"), &state));
  EXPECT_FALSE(InspectVideoSegment(Bytes("......"), &state));
  EXPECT_EQ(state.payload_type, VideoCode::kOgg);
}

TEST(VideoFlowTest, Selection) {
  TcpLayer7 layer7;
  EXPECT_FALSE(IsVideoFlow(layer7, nullptr));
  layer7.connection_type = connection_type::kRtmp;
  EXPECT_TRUE(IsVideoFlow(layer7, nullptr));
  layer7.connection_type = connection_type::kHttp;
  EXPECT_FALSE(IsVideoFlow(layer7, nullptr));
  layer7.http_content = http_content::kNetflix;
  EXPECT_TRUE(IsVideoFlow(layer7, nullptr));
  layer7.http_content = 0;
  VideoState state;
  EXPECT_FALSE(IsVideoFlow(layer7, &state));
  state.payload_type = VideoCode::kFlv;
  EXPECT_TRUE(IsVideoFlow(layer7, &state));
  layer7.connection_type = connection_type::kTls;
  EXPECT_FALSE(IsVideoFlow(layer7, &state));
  for (const char* name : {"www.youtube.com", "xgooglevideo.com", "gvt1.com", "a.nflxvideo.net"}) {
    layer7.tls_server_name = name;
    EXPECT_TRUE(IsVideoFlow(layer7, nullptr)) << name;
  }
  for (const char* name : {"youtube.com", "www.YouTube.com", "nflxvideo.net", "gvt1.com.x"}) {
    layer7.tls_server_name = name;
    EXPECT_FALSE(IsVideoFlow(layer7, nullptr)) << name;
  }
}

TEST(VideoFlowTest, Identifiers) {
  TcpFlow flow;
  flow.layer7.connection_type = connection_type::kHttp;
  flow.layer7.http_content = http_content::kYoutubeVideo;
  VideoState state;
  state.youtube.id.Set("dQw4w9WgXcQ");
  state.youtube.itag.Set("34");
  state.youtube.mobile = 3;
  VideoFlow video = MakeVideoFlow(flow, &state, false);
  EXPECT_EQ(video.youtube_id16_46.view(), "750c38c3d5a05dc4");
  EXPECT_EQ(video.youtube_id11.view(), "dQw4w9WgXcQ");
  EXPECT_EQ(video.youtube_itag.view(), "34");
  EXPECT_EQ(video.youtube_mobile, 3);

  state.youtube.id.Set("0123456789abcdef");
  video = MakeVideoFlow(flow, &state, false);
  EXPECT_EQ(video.youtube_id16_46.view(), "0123456789abcdef");
  EXPECT_EQ(video.youtube_id11.view(), "ASNFZ4mrze8");

  const std::string id46 = "o-" + std::string(44, 'A');
  state.youtube.id.Set(id46);
  video = MakeVideoFlow(flow, &state, false);
  EXPECT_EQ(video.youtube_id16_46.view(), id46);
  EXPECT_EQ(video.youtube_id11.view(), "");

  flow.layer7.http_content = http_content::kYoutubeSite;
  state.youtube.id.Set("dQw4w9WgXcQ");
  video = MakeVideoFlow(flow, &state, false);
  EXPECT_EQ(video.youtube_id16_46.view(), "750c38c3d5a05dc4");
  EXPECT_EQ(video.youtube_itag.view(), "");
  EXPECT_EQ(video.youtube_mobile, 0);

  video = MakeVideoFlow(flow, nullptr, true);
  EXPECT_TRUE(video.youtube_ids_withheld);
  EXPECT_EQ(video.youtube_id16_46.view(), "");
  EXPECT_EQ(video.youtube_id11.view(), "");
  flow.layer7.http_content = http_content::kNetflix;
  EXPECT_EQ(MakeVideoFlow(flow, &state, true).youtube_id11.view(), "");
}

TEST(VideoFlowTest, HistogramIndex) {
  EXPECT_EQ(VideoHistogramIndex(VideoCode::kNone, VideoCode::kNone), 0);
  EXPECT_EQ(VideoHistogramIndex(VideoCode::kMp4, VideoCode::kFlv), 1);
  EXPECT_EQ(VideoHistogramIndex(VideoCode::k3gpp, VideoCode::kNone), 9);
}

}  // namespace
}  // namespace tstat::internal
