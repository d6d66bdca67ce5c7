// SPDX-License-Identifier: BSD-3-Clause
#include "output/dump_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "output/dump_comment.h"
#include "tests/output/failing_files.h"
#include "tests/output/unpack.h"
#include "tstat/codes.h"
#include "tstat/packet_source.h"
#include "tstat/tcp_flow.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;

constexpr char kPath[] = "traces00/udp_dns.pcap";
constexpr size_t kHeader = 24, kRecord = 16 + 14;

std::vector<uint8_t> Bytes(size_t count) { return std::vector<uint8_t>(count, 0x45); }

uint32_t Number(const std::string& text, size_t at) {
  uint32_t value = 0;
  std::memcpy(&value, text.data() + at, sizeof(value));
  return value;
}

class DumpFileTest : public ::testing::Test {
 protected:
  void Open(const DumpFileOptions& options = {}) {
    ASSERT_TRUE(file_.Open(files_, kPath, options).ok());
  }
  absl::Status Write(size_t bytes, uint32_t length, bool is_v6 = false,
                     std::string_view comment = {}) {
    const std::vector<uint8_t> packet = Bytes(bytes);
    return file_.Write({.time = Timestamp::FromNanoseconds(1'500'000'001'000'002'003),
                        .bytes = packet,
                        .original_length = length,
                        .is_v6 = is_v6,
                        .comment = comment});
  }
  const std::string& content() { return files_.contents[kPath]; }

  FailingFiles files_;
  DumpFile file_;
};

TEST_F(DumpFileTest, AFileIsAsTstatWritesIt) {
  Open();
  ASSERT_TRUE(Write(3, 40).ok());
  ASSERT_TRUE(Write(2, 60, /*is_v6=*/true).ok());
  ASSERT_TRUE(file_.Close().ok());
  EXPECT_FALSE(file_.is_open());
  const std::string& text = content();
  ASSERT_EQ(text.size(), kHeader + 2 * kRecord + 5);
  EXPECT_EQ(Number(text, 0), 0xA1B2C3D4u);
  EXPECT_EQ(Number(text, 4), 2u | 4u << 16);
  EXPECT_EQ(Number(text, 8), 0u);
  EXPECT_EQ(Number(text, 12), 0u);
  EXPECT_EQ(Number(text, 16), 1'000'000u);
  EXPECT_EQ(Number(text, 20), 1u);
  EXPECT_EQ(Number(text, 24), 1'500'000'001u);
  EXPECT_EQ(Number(text, 28), 2u);  // microseconds
  EXPECT_EQ(Number(text, 32), 17u);
  EXPECT_EQ(Number(text, 36), 54u);
  EXPECT_EQ(text.substr(40, 17), std::string(12, '\0') + "\x08" + std::string(1, '\0') + "EEE");
  EXPECT_EQ(text.substr(57 + 16 + 12, 4),
            "\x86\xDD"
            "EE");
}

TEST_F(DumpFileTest, PacketsAreCutAtTheSnapLength) {
  Open({.snap_len = 4});
  ASSERT_TRUE(Write(100, 90).ok());
  ASSERT_TRUE(Write(3, 90).ok());
  ASSERT_TRUE(file_.Close().ok());
  EXPECT_EQ(content().size(), kHeader + 2 * kRecord + 7);
  EXPECT_EQ(Number(content(), 32), 18u);
  EXPECT_EQ(Number(content(), 36), 104u);
}

TEST_F(DumpFileTest, APacketIsInTheFileWhenItIsFlushed) {
  Open();
  ASSERT_TRUE(Write(3, 3).ok());
  EXPECT_EQ(content(), "");
  ASSERT_TRUE(file_.Flush().ok());
  EXPECT_EQ(content().size(), kHeader + kRecord + 3);
  ASSERT_TRUE(file_.Close().ok());
  EXPECT_EQ(content().size(), kHeader + kRecord + 3);
}

TEST_F(DumpFileTest, CompressedItHoldsTheSame) {
  Open();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(Write(1000, 1000).ok());
  ASSERT_TRUE(file_.Close().ok());
  const std::string plain = content();
  for (const DumpCompression way : {DumpCompression::kGzip, DumpCompression::kZstd}) {
    Open({.compression = way, .buffer_bytes = 5000});
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(Write(1000, 1000).ok());
      if (i == 100) {
        ASSERT_TRUE(file_.Flush().ok());
      }
    }
    ASSERT_TRUE(file_.Close().ok());
    EXPECT_LT(content().size(), plain.size() / 10);
    const std::string unpacked =
        way == DumpCompression::kGzip ? UnpackGzip(content()) : UnpackZstd(content());
    EXPECT_EQ(unpacked, plain);
  }
}

TEST_F(DumpFileTest, ADiskThatFillsLeavesWholePackets) {
  // Each place where it may be full.
  for (size_t free = 0; free < kHeader + 4 * (kRecord + 10); ++free) {
    DumpFile file;
    files_.free_bytes = free;
    ASSERT_TRUE(file.Open(files_, kPath, {}).ok());
    const std::vector<uint8_t> packet = Bytes(10);
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(file.Write({.time = {}, .bytes = packet, .original_length = 10}).ok());
    }
    const absl::Status status = file.Close();
    EXPECT_EQ(status.message(), std::string(kPath) + ": No space left on device");
    EXPECT_FALSE(file.is_open());
    const size_t whole = free < kHeader ? 0 : (free - kHeader) / (kRecord + 10);
    EXPECT_EQ(content().size(), free < kHeader ? 0 : kHeader + whole * (kRecord + 10)) << free;
    EXPECT_EQ(file.lost_packets(), 4 - whole) << free;
  }
}

TEST_F(DumpFileTest, PacketsInTheFileAreNotLostWithTheNextOnes) {
  Open({.buffer_bytes = 1});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Write(10, 10).ok());
  files_.free_bytes = 5;
  EXPECT_FALSE(Write(10, 10).ok());
  EXPECT_EQ(content().size(), kHeader + 3 * (kRecord + 10));
  EXPECT_EQ(file_.lost_packets(), 1u);
}

TEST_F(DumpFileTest, ARemovedFileIsNoticed) {
  Open();
  files_.RemoveAll();
  ASSERT_TRUE(Write(10, 10).ok());
  EXPECT_THAT(std::string(file_.Flush().message()), HasSubstr("the file was removed"));
  EXPECT_EQ(file_.lost_packets(), 1u);
}

TEST_F(DumpFileTest, WhatCannotBeMadeSaysWhy) {
  files_.refused_path = kPath;
  EXPECT_EQ(file_.Open(files_, kPath, {}).message(),
            "Could not open file traces00/udp_dns.pcap: Permission denied");
  EXPECT_FALSE(file_.is_open());
}

TEST_F(DumpFileTest, WhatWasThereBeforeIsGone) {
  files_.contents[kPath] = "of an earlier run";
  Open();
  ASSERT_TRUE(file_.Close().ok());
  EXPECT_EQ(content().size(), kHeader);
}

TEST_F(DumpFileTest, PcapngHasBlocksOfWholeWords) {
  Open({.format = DumpFormat::kPcapng, .snap_len = 96});
  ASSERT_TRUE(Write(5, 40, false, "udp flow 1 c2s dns").ok());
  ASSERT_TRUE(Write(4, 40).ok());
  ASSERT_TRUE(file_.Close().ok());
  const std::string& text = content();
  std::vector<uint32_t> types;
  size_t at = 0, comments = 0;
  while (at + 12 <= text.size()) {
    const uint32_t length = Number(text, at + 4);
    types.push_back(Number(text, at));
    ASSERT_EQ(length % 4, 0u);
    ASSERT_LE(at + length, text.size());
    EXPECT_EQ(Number(text, at + length - 4), length);
    if (types.back() == 6) {
      const uint64_t time = uint64_t{Number(text, at + 12)} << 32 | Number(text, at + 16);
      EXPECT_EQ(time, 1'500'000'001'000'002'003u);
      EXPECT_EQ(Number(text, at + 24), 40u);
      comments += text.substr(at, length).find("udp flow 1 c2s dns") != std::string::npos ? 1 : 0;
    }
    at += length;
  }
  EXPECT_EQ(at, text.size());
  EXPECT_EQ(types, (std::vector<uint32_t>{0x0A0D0D0A, 1, 6, 6}));
  EXPECT_EQ(comments, 1u);
}

TEST(DumpSuffixTest, ItSaysFormatAndCompression) {
  EXPECT_EQ(DumpSuffix(DumpFormat::kPcap, DumpCompression::kNone), ".pcap");
  EXPECT_EQ(DumpSuffix(DumpFormat::kPcap, DumpCompression::kGzip), ".pcap.gz");
  EXPECT_EQ(DumpSuffix(DumpFormat::kPcapng, DumpCompression::kZstd), ".pcapng.zst");
}

std::string CommentOf(const FlowPacket& packet) {
  std::string comment;
  AppendDumpComment(packet, &comment);
  return comment;
}

TEST(DumpCommentTest, ItTellsFlowDirectionAndClass) {
  const Endpoints endpoints;
  FlowPacket packet;
  packet.result = PacketResult::kDuplicate;
  EXPECT_EQ(CommentOf(packet), "duplicate");
  packet.result = PacketResult::kCounted;
  EXPECT_EQ(CommentOf(packet), "not measured");
  packet.endpoints = &endpoints;
  packet.flow_number = 12;
  packet.tcp.emplace();
  EXPECT_EQ(CommentOf(packet), "tcp flow 12 c2s unknown");
  packet.tcp->connection_type = connection_type::kHttp | connection_type::kP2p;
  packet.tcp->video_content = VideoCode::kMp4;
  packet.direction = Direction::kServerToClient;
  EXPECT_EQ(CommentOf(packet), "tcp flow 12 s2c http+p2p video mp4");
  packet.tcp.reset();
  packet.udp.emplace();
  packet.udp->side[1].type = UdpType::kDns;
  EXPECT_EQ(CommentOf(packet), "udp flow 12 s2c dns");
}

}  // namespace
}  // namespace tstat::internal
