// SPDX-License-Identifier: BSD-3-Clause
#include "capture/pcap_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/capture/trace_bytes.h"

namespace tstat::internal {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const TraceOptions kLibpcap = {.native_pcap = false};

// Reads with the own reader and with libpcap, expects the same, and returns it.
ReadResult ReadBoth(const Bytes& bytes) {
  ReadResult own = ReadTrace(bytes);
  const ReadResult reference = ReadTrace(bytes, kLibpcap);
  EXPECT_EQ(own.open, reference.open);
  EXPECT_EQ(own.status, reference.status);
  EXPECT_EQ(own.note, reference.note);
  EXPECT_EQ(own.packets, reference.packets);
  return own;
}

TEST(PcapFormatTest, ReadsBothByteOrdersAndAllMagics) {
  struct Case {
    uint32_t magic;
    uint32_t sub_second;
  };
  for (const Case& c :
       {Case{0xa1b2c3d4, 42164}, Case{0xa1b23c4d, 42164999}, Case{0xa1b2cd34, 42164}}) {
    for (bool big_endian : {false, true}) {
      SCOPED_TRACE(testing::Message() << std::hex << c.magic << " big endian " << big_endian);
      const PcapBuilder::Header header{.magic = c.magic};
      const ReadResult r = ReadBoth(PcapBuilder(big_endian, header)
                                        .Record(1500000000, c.sub_second, Frame(60), 60, 1514)
                                        .bytes());
      ASSERT_THAT(r.packets, SizeIs(1));
      EXPECT_EQ(r.packets[0].microseconds, 1500000000042164);
      EXPECT_EQ(r.packets[0].data, Frame(60));
      EXPECT_EQ(r.packets[0].original_length, 1514u);
      EXPECT_EQ(r.packets[0].link_type, LinkType::kEthernet);
      EXPECT_TRUE(r.status.ok());
    }
  }
}

TEST(PcapFormatTest, SecondsAreUnsigned) {
  for (bool big_endian : {false, true}) {
    for (uint32_t seconds : {0x7fffffffu, 0x80000000u, 0xffffffffu}) {
      const ReadResult r = ReadBoth(PcapBuilder(big_endian).Record(seconds, 5, Frame(20)).bytes());
      ASSERT_THAT(r.packets, SizeIs(1));
      EXPECT_EQ(r.packets[0].microseconds, int64_t{seconds} * 1'000'000 + 5);
    }
  }
}

TEST(PcapFormatTest, OddTimeFieldsAreReadAsLibpcapDoes) {
  for (bool big_endian : {false, true}) {
    for (uint32_t magic : {0xa1b2c3d4u, 0xa1b23c4du}) {
      const PcapBuilder::Header header{.magic = magic};
      ReadBoth(PcapBuilder(big_endian, header)
                   .Record(0xffffffff, 0xffffffff, Frame(20))
                   .Record(0x80000000, 0x80000000, Frame(20))
                   .Record(5, 4000000000, Frame(20))
                   .bytes());
    }
  }
}

TEST(PcapFormatTest, NanosecondsInMicrosecondFieldsAreAdaptedFromThenOn) {
  const ReadResult r = ReadBoth(PcapBuilder()
                                    .Record(10, 999999, Frame(20))
                                    .Record(11, 1000000, Frame(20))
                                    .Record(12, 5000, Frame(20))
                                    .bytes());
  ASSERT_THAT(r.packets, SizeIs(3));
  EXPECT_EQ(r.packets[0].microseconds, 10999999);
  EXPECT_EQ(r.packets[1].microseconds, 11001000);
  EXPECT_EQ(r.packets[2].microseconds, 12000005);
  EXPECT_EQ(r.note, "tcpdump: attempting to adapt to bogus nanosecond timestamps");
}

TEST(PcapFormatTest, ZeroTimesAreSkippedOnlyAtTheStart) {
  const ReadResult r = ReadBoth(PcapBuilder()
                                    .Record(0, 0, Frame(20, 1))
                                    .Record(0, 0, Frame(20, 2))
                                    .Record(7, 0, Frame(20, 3))
                                    .Record(0, 0, Frame(20, 4))
                                    .bytes());
  ASSERT_THAT(r.packets, SizeIs(2));
  EXPECT_EQ(r.packets[0].data[0], 3);
  EXPECT_EQ(r.packets[1].data[0], 4);
  EXPECT_EQ(r.skipped.at_time_zero, 2u);
  EXPECT_EQ(r.skipped.time_out_of_range, 0u);
}

TEST(PcapFormatTest, OldVersionsSwapTheLengths) {
  for (uint16_t minor : {2, 3}) {
    const PcapBuilder::Header header{.minor = minor};
    const ReadResult r =
        ReadBoth(PcapBuilder(false, header).Record(1, 0, Frame(20), 100, 20).bytes());
    ASSERT_THAT(r.packets, SizeIs(1)) << minor;
    EXPECT_EQ(r.packets[0].original_length, 100u);
    EXPECT_THAT(r.packets[0].data, SizeIs(20));
  }
}

TEST(PcapFormatTest, RecordAboveTheSnapshotLengthIsCut) {
  const PcapBuilder::Header header{.snapshot_length = 64};
  const ReadResult r =
      ReadBoth(PcapBuilder(false, header).Record(1, 0, Frame(100)).Record(2, 0, Frame(64)).bytes());
  ASSERT_THAT(r.packets, SizeIs(2));
  EXPECT_EQ(r.packets[0].data, Frame(64));
  EXPECT_EQ(r.packets[0].original_length, 100u);
}

TEST(PcapFormatTest, ModifiedFilesMayHoldFourteenBytesMore) {
  const PcapBuilder::Header header{.magic = 0xa1b2cd34, .snapshot_length = 64};
  const ReadResult r = ReadBoth(PcapBuilder(false, header).Record(1, 0, Frame(100)).bytes());
  ASSERT_THAT(r.packets, SizeIs(1));
  EXPECT_THAT(r.packets[0].data, SizeIs(78));
}

TEST(PcapFormatTest, ImpossibleLengthEndsTheTrace) {
  const ReadResult r = ReadBoth(PcapBuilder()
                                    .Record(1, 0, Frame(60))
                                    .Record(2, 0, Frame(60), 0x7fffffff, 60)
                                    .Record(3, 0, Frame(60))
                                    .bytes());
  EXPECT_THAT(r.packets, SizeIs(1));
  EXPECT_EQ(r.status,
            absl::DataLossError(
                "invalid packet capture length 2147483647, bigger than snaplen of 65535"));

  const PcapBuilder::Header header{.snapshot_length = 1000000};
  EXPECT_EQ(
      ReadBoth(PcapBuilder(false, header).Record(1, 0, Frame(6), 900000, 6).bytes()).status,
      absl::DataLossError("invalid packet capture length 900000, bigger than maximum of 262144"));
}

TEST(PcapFormatTest, LargestRecordIsRead) {
  const PcapBuilder::Header header{.snapshot_length = 0};
  const ReadResult r = ReadBoth(PcapBuilder(false, header)
                                    .Record(1, 0, Frame(10))
                                    .Record(2, 0, Frame(262144))
                                    .Record(3, 0, Frame(262144))
                                    .Record(4, 0, Frame(0))
                                    .bytes());
  ASSERT_THAT(r.packets, SizeIs(4));
  EXPECT_EQ(r.packets[2].data, Frame(262144));
  EXPECT_THAT(r.packets[3].data, IsEmpty());
  EXPECT_TRUE(r.status.ok());
}

TEST(PcapFormatTest, CutAnywhereGivesWhatIsCompleteAndLibpcapsText) {
  for (uint32_t snapshot : {65535u, 30u}) {
    const PcapBuilder::Header header{.snapshot_length = snapshot};
    const Bytes whole = PcapBuilder(false, header)
                            .Record(1, 0, Frame(60))
                            .Record(2, 0, Frame(0))
                            .Record(3, 0, Frame(42))
                            .bytes();
    for (size_t size = 24; size <= whole.size(); ++size) {
      SCOPED_TRACE(size);
      const ReadResult r = ReadBoth(Bytes(whole.begin(), whole.begin() + size));
      EXPECT_TRUE(r.open.ok());
      const size_t complete = size < 100 ? 0 : size < 116 ? 1 : size < 174 ? 2 : 3;
      EXPECT_THAT(r.packets, SizeIs(complete));
      const bool clean = size == 24 || size == 100 || size == 116 || size == 174;
      EXPECT_EQ(r.status.ok(), clean) << r.status;
    }
    EXPECT_EQ(ReadTrace(Bytes(whole.begin(), whole.begin() + 50)).status,
              absl::DataLossError(snapshot == 30 ? "truncated dump file; tried to read 30 captured "
                                                   "bytes, only got 10"
                                                 : "truncated dump file; tried to read 60 captured "
                                                   "bytes, only got 10"));
    EXPECT_EQ(
        ReadTrace(Bytes(whole.begin(), whole.begin() + 30)).status,
        absl::DataLossError("truncated dump file; tried to read 16 header bytes, only got 6"));
  }
}

TEST(PcapFormatTest, CutFileHeaderIsRefusedWithLibpcapsText) {
  const Bytes whole = PcapBuilder().bytes();
  for (size_t size = 4; size < 24; ++size) {
    const ReadResult r = ReadBoth(Bytes(whole.begin(), whole.begin() + size));
    EXPECT_EQ(r.open.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(r.open.message()), testing::HasSubstr("truncated dump file"));
  }
}

TEST(PcapFormatTest, UnknownVersionIsRefused) {
  const PcapBuilder::Header header{.major = 3};
  EXPECT_EQ(ReadBoth(PcapBuilder(false, header).bytes()).open.code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(PcapFormatTest, ArbitraryDamageIsReadAsByLibpcap) {
  Bytes whole = PcapBuilder()
                    .Record(1, 0, Frame(60))
                    .Record(2, 999999, Frame(5))
                    .Record(3, 0, Frame(42))
                    .Record(4, 0, Frame(300))
                    .bytes();
  for (size_t at = 4; at < whole.size(); ++at) {
    if (at == 24 + 16) at = 24 + 16 + 60;  // frame bytes mean nothing here
    for (uint8_t value : {0x00, 0x01, 0x10, 0x7f, 0x80, 0xff}) {
      SCOPED_TRACE(testing::Message() << "byte " << at << " = " << int{value});
      Bytes damaged = whole;
      damaged[at] = value;
      ReadBoth(damaged);
    }
  }
}

TEST(PcapFormatTest, TranslatesLinkTypesOfFiles) {
  const std::pair<uint32_t, LinkType> kCases[] = {
      {101, LinkType::kRaw},         {12, LinkType::kRaw},   {100, LinkType::kAtmRfc1483},
      {113, LinkType::kLinuxCooked}, {228, LinkType::kIpv4}, {276, LinkType::kLinuxCooked2},
  };
  for (const auto& [in_file, link_type] : kCases) {
    const PcapBuilder::Header header{.link_type = in_file};
    const ReadResult r = ReadBoth(PcapBuilder(false, header).Record(1, 0, Frame(20)).bytes());
    ASSERT_THAT(r.packets, SizeIs(1)) << in_file;
    EXPECT_EQ(r.packets[0].link_type, link_type) << in_file;
  }
}

TEST(PcapFormatTest, UnsupportedLinkTypeIsNamed) {
  const PcapBuilder::Header usb{.link_type = 189};
  EXPECT_EQ(ReadBoth(PcapBuilder(false, usb).bytes()).open,
            absl::InvalidArgumentError("trace: unsupported link type 189 (USB_LINUX)"));
  const PcapBuilder::Header unknown{.link_type = 60000};
  EXPECT_EQ(ReadBoth(PcapBuilder(false, unknown).bytes()).open,
            absl::InvalidArgumentError("trace: unsupported link type 60000 (unknown)"));
}

TEST(PcapFormatTest, FilterSelectsAndKeepsTheClock) {
  Bytes ipv4 = Frame(60);
  ipv4[12] = 0x08, ipv4[13] = 0x00;
  const Bytes bytes = PcapBuilder()
                          .Record(1, 2000000, Frame(60))  // filtered: does not turn on the repair
                          .Record(2, 3000, ipv4)
                          .bytes();
  for (bool native : {true, false}) {
    const ReadResult r = ReadTrace(bytes, {.filter = "ip", .native_pcap = native});
    ASSERT_THAT(r.packets, SizeIs(1));
    EXPECT_EQ(r.packets[0].microseconds, 2003000);
    EXPECT_EQ(ReadTrace(bytes, {.filter = " \n", .native_pcap = native}).packets.size(), 2u);
    const ReadResult bad = ReadTrace(bytes, {.filter = "nonsense (", .native_pcap = native});
    EXPECT_EQ(bad.open.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(bad.open.message()), testing::HasSubstr("trace: pcap_compile: "));
    EXPECT_EQ("trace: " + FilterError(bad.open).value_or(""), std::string(bad.open.message()));
  }
}

TEST(PcapFormatTest, FiltersAreJudgedWithoutATrace) {
  EXPECT_TRUE(CheckFilter("tcp port 80").ok());
  EXPECT_TRUE(CheckFilter("").ok());
  const absl::Status bad = CheckFilter("tcp prot 80");
  EXPECT_EQ(bad.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FilterError(bad), std::string(bad.message()));
  EXPECT_EQ(FilterError(absl::InvalidArgumentError("pcap_compile: said by somebody else")),
            std::nullopt);
}

TEST(PcapFormatTest, BatchesKeepTheirBytesWhateverTheChunks) {
  PcapBuilder builder;
  for (uint32_t i = 0; i < 5000; ++i)
    builder.Record(i + 1, 0, Frame(i % 1500, static_cast<uint8_t>(i)));
  for (size_t chunk : {size_t{1} << 30, size_t{4096}, size_t{777}}) {
    ReadResult result;
    auto source =
        OpenTraceStream(std::make_unique<MemoryStream>(builder.bytes(), chunk), "trace", {}, false);
    ASSERT_TRUE(source.ok());
    ReadAll(**source, result, 100);
    ASSERT_THAT(result.packets, SizeIs(5000));
    for (uint32_t i = 0; i < 5000; ++i) {
      ASSERT_EQ(result.packets[i].data, Frame(i % 1500, static_cast<uint8_t>(i)));
    }
    EXPECT_EQ((*source)->progress(), 1.0);
  }
}

}  // namespace
}  // namespace tstat::internal
