// SPDX-License-Identifier: BSD-3-Clause
//
// pcapng files: what libpcap reads is read as libpcap does, and more is.
#include "capture/pcapng_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/capture/trace_bytes.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Builds the blocks of a pcapng file one by one.
class Blocks {
 public:
  explicit Blocks(bool big_endian = false) : big_endian_(big_endian) {}

  Blocks& Block(uint32_t type, const Bytes& body) {
    const size_t padding = (4 - body.size() % 4) % 4;
    const size_t total = 12 + body.size() + padding;
    return Raw(Words().U32(type).U32(total).Raw(body).Raw(Bytes(padding)).U32(total).bytes());
  }
  Blocks& Section(uint16_t major = 1) {
    return Block(0x0a0d0d0a, Words().U32(0x1a2b3c4d).U16(major).U16(0).U32(~0u).U32(~0u).bytes());
  }
  Blocks& Interface(uint16_t link_type, uint32_t snapshot_length = 0, const Bytes& options = {}) {
    return Block(1, Words().U16(link_type).U16(0).U32(snapshot_length).Raw(options).bytes());
  }
  Blocks& Packet(uint32_t interface, uint64_t units, const Bytes& frame, uint32_t original = 0) {
    return Block(6, Words()
                        .U32(interface)
                        .U32(units >> 32)
                        .U32(units & UINT32_MAX)
                        .U32(frame.size())
                        .U32(original != 0 ? original : frame.size())
                        .Raw(frame)
                        .bytes());
  }
  Blocks& Raw(const Bytes& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  ByteWriter Words() const { return ByteWriter(big_endian_); }
  const Bytes& bytes() const { return bytes_; }

 private:
  bool big_endian_;
  Bytes bytes_;
};

std::vector<int64_t> Microseconds(const ReadResult& r) {
  std::vector<int64_t> times;
  for (const ReadPacket& p : r.packets) times.push_back(p.microseconds);
  return times;
}

TraceOptions Libpcap() {
  TraceOptions options;
  options.native_pcap = false;
  return options;
}

// Whatever resolution and offset say, a time is within what can be calculated with, or the packet
// is counted.
TEST(PcapngTimes, AreHeldOrCounted) {
  const uint64_t units[] = {0,
                            1,
                            1'000'000,
                            uint64_t{1} << 32,
                            uint64_t{1} << 62,
                            uint64_t{1} << 63,
                            UINT64_MAX,
                            0x5f00000000000000u};
  const uint64_t offsets[] = {0,
                              1,
                              uint64_t{1} << 31,
                              uint64_t{1} << 40,
                              uint64_t{1} << 62,
                              uint64_t{1} << 63,
                              UINT64_MAX,
                              0 - (uint64_t{1} << 40)};
  for (int resolution = 0; resolution < 256; ++resolution) {
    for (uint64_t offset : offsets) {
      PcapngBuilder file(static_cast<uint8_t>(resolution), offset);
      for (uint64_t u : units) file.Record(u, Frame(60));
      const ReadResult r = ReadTrace(file.bytes());
      ASSERT_TRUE(r.open.ok() && r.status.ok()) << resolution << " " << offset;
      EXPECT_EQ(r.packets.size() + r.skipped.at_time_zero + r.skipped.time_out_of_range,
                std::size(units))
          << resolution << " " << offset;
      for (const ReadPacket& p : r.packets) {
        EXPECT_GE(p.microseconds, Timestamp::EarliestOfPacket().microseconds());
        EXPECT_LE(p.microseconds, Timestamp::LatestOfPacket().microseconds());
      }
    }
  }
}

TEST(PcapngTimes, OffsetAndResolution) {
  const ReadResult r = ReadTrace(PcapngBuilder(9, 5'000'000'000)
                                     .Record(1'500'000'000, Frame(60))
                                     .Record(UINT64_MAX, Frame(60))
                                     .bytes());
  ASSERT_EQ(r.packets.size(), 1u);
  EXPECT_EQ(r.packets[0].microseconds, 5'000'000'001'500'000);
  EXPECT_EQ(r.skipped.time_out_of_range, 1u);
}

TEST(PcapngTimes, UnitsOfAnySize) {
  const auto ns = [](uint8_t resolution, uint64_t units, int64_t offset = 0) {
    const std::optional<Timestamp> time = PcapngClock(resolution, offset).Time(units);
    return time.has_value() ? time->nanoseconds() : -1;
  };
  EXPECT_EQ(ns(0, 7), 7'000'000'000);
  EXPECT_EQ(ns(3, 7), 7'000'000);
  EXPECT_EQ(ns(6, 1'700'000'000'123'456), 1'700'000'000'123'456'000);
  EXPECT_EQ(ns(9, 1'700'000'000'123'456'789), 1'700'000'000'123'456'789);
  EXPECT_EQ(ns(12, 1'234'567'890'123), 1'234'567'890);
  EXPECT_EQ(ns(19, UINT64_MAX), 1'844'674'407);
  EXPECT_EQ(ns(28, UINT64_MAX), 1);
  EXPECT_EQ(ns(29, UINT64_MAX), 0);
  EXPECT_EQ(ns(127, UINT64_MAX), 0);
  EXPECT_EQ(ns(0x80, 7), 7'000'000'000);
  EXPECT_EQ(ns(0x80 | 20, (uint64_t{5} << 20) + (1 << 19)), 5'500'000'000);
  EXPECT_EQ(ns(0x80 | 32, (uint64_t{5} << 32) + 1), 5'000'000'000);  // 0.23 ns
  EXPECT_EQ(ns(0x80 | 63, uint64_t{3} << 62), 1'500'000'000);
  EXPECT_EQ(ns(0x80 | 64, uint64_t{1} << 63), 500'000'000);
  EXPECT_EQ(ns(0x80 | 127, UINT64_MAX), 0);
  EXPECT_EQ(ns(6, 1'500'000, 10), 11'500'000'000);
  EXPECT_EQ(ns(6, 11'500'000, -10), 1'500'000'000);
  EXPECT_EQ(ns(0, UINT64_MAX), -1);
  EXPECT_EQ(ns(0, 0, INT64_MIN), -1);
  EXPECT_EQ(ns(0, UINT64_MAX, INT64_MAX), -1);
}

TEST(PcapngTimes, NanosecondsAreKeptWhereAskedFor) {
  const Bytes file = PcapngBuilder(9).Record(1'700'000'000'123'456'789, Frame(60)).bytes();
  for (const bool keep : {false, true}) {
    TraceOptions options;
    options.nanoseconds = keep;
    auto source = OpenTraceStream(std::make_unique<MemoryStream>(file), "trace", options, false);
    ASSERT_TRUE(source.ok());
    std::vector<Packet> batch(2);
    ASSERT_EQ((*source)->ReadBatch(batch), 1u);
    EXPECT_EQ(batch[0].time.nanoseconds(), 1'700'000'000'123'456'000 + (keep ? 789 : 0));
  }
}

TEST(PcapngTest, DeliversPacketsInBatches) {
  Blocks file;
  file.Section().Interface(1);
  for (uint32_t i = 0; i < 1000; ++i) {
    file.Packet(0, 1500000000000000 + i, Frame(i, 3), i + 10);
  }
  const ReadResult r = ReadTrace(file.bytes(), {}, 1000);
  ASSERT_TRUE(r.status.ok()) << r.status;
  ASSERT_THAT(r.packets, SizeIs(1000));
  for (uint32_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(r.packets[i].microseconds, 1500000000000000 + i);
    EXPECT_EQ(r.packets[i].data, Frame(i, 3));
    EXPECT_EQ(r.packets[i].original_length, i + 10);
  }
  EXPECT_EQ(ReadTrace(file.bytes(), Libpcap()).packets, r.packets);
}

TEST(PcapngTest, InterfacesDiffer) {
  for (const bool big_endian : {false, true}) {
    Blocks file(big_endian);
    const Bytes nanoseconds = file.Words().U16(9).U16(1).Raw({9, 0, 0, 0}).U32(0).bytes();
    file.Section().Interface(1, 100).Interface(101, 65535, nanoseconds).Interface(220);
    file.Packet(0, 2'000'000, Frame(60));
    file.Packet(1, 3'000'000'000, Frame(40));
    file.Interface(113);
    file.Packet(3, 4'000'000, Frame(50));
    file.Packet(2, 5'000'000, Frame(30));
    const ReadResult r = ReadTrace(file.bytes());
    ASSERT_TRUE(r.open.ok() && r.status.ok()) << r.open << r.status;
    EXPECT_THAT(Microseconds(r), ElementsAre(2'000'000, 3'000'000, 4'000'000, 5'000'000));
    EXPECT_EQ(r.packets[0].link_type, LinkType::kEthernet);
    EXPECT_EQ(r.packets[1].link_type, LinkType::kRaw);
    EXPECT_EQ(r.packets[2].link_type, LinkType::kLinuxCooked);
    EXPECT_EQ(static_cast<int>(r.packets[3].link_type), 220);
    EXPECT_EQ(r.note, "");
  }
}

TEST(PcapngTest, SectionsBeginAnew) {
  Bytes file = Blocks().Section().Interface(1).Packet(0, 1'000'000, Frame(60)).bytes();
  const Bytes second =
      Blocks(true).Section().Interface(101).Packet(0, 2'000'000, Frame(40)).bytes();
  file.insert(file.end(), second.begin(), second.end());
  const ReadResult r = ReadTrace(file, {}, 7);
  EXPECT_TRUE(r.status.ok()) << r.status;
  EXPECT_THAT(Microseconds(r), ElementsAre(1'000'000, 2'000'000));
  EXPECT_EQ(r.packets[1].link_type, LinkType::kRaw);
}

// A simple packet has no time: that of the packet before it.
TEST(PcapngTest, SimpleAndObsoletePackets) {
  Blocks file;
  file.Section().Interface(1, 30);
  file.Packet(0, 7'000'000, Frame(20));
  file.Block(3, file.Words().U32(100).Raw(Frame(30)).bytes());
  file.Block(3, file.Words().U32(9).Raw(Frame(9)).bytes());
  file.Block(
      2, file.Words().U16(0).U16(5).U32(0).U32(8'000'000).U32(10).U32(1500).Raw(Frame(10)).bytes());
  const ReadResult r = ReadTrace(file.bytes());
  EXPECT_THAT(Microseconds(r), ElementsAre(7'000'000, 7'000'000, 7'000'000, 8'000'000));
  EXPECT_EQ(r.packets[1].data, Frame(30));
  EXPECT_EQ(r.packets[1].original_length, 100u);
  EXPECT_EQ(r.packets[2].data, Frame(9));
  EXPECT_EQ(r.packets[3].data, Frame(10));
  EXPECT_EQ(r.packets[3].original_length, 1500u);
}

TEST(PcapngTest, PacketsOfNoTimeAreTakenWhereAskedFor) {
  Blocks file;
  file.Section().Interface(1).Block(3, file.Words().U32(60).Raw(Frame(60)).bytes());
  EXPECT_THAT(ReadTrace(file.bytes()).packets, SizeIs(0));
  EXPECT_EQ(ReadTrace(file.bytes()).skipped.at_time_zero, 1u);
  TraceOptions options;
  options.time_zero = true;
  EXPECT_THAT(ReadTrace(file.bytes(), options).packets, SizeIs(1));
}

TEST(PcapngTest, OtherBlocksArePassedOver) {
  Blocks file;
  const Bytes comment = file.Words().U16(1).U16(5).Raw({'h', 'e', 'l', 'l', 'o', 0, 0, 0}).bytes();
  file.Section().Interface(1, 0, comment);
  for (const uint32_t type : {4u, 5u, 9u, 10u, 0xbadu, 0x40000badu, 77u}) {
    file.Block(type, Frame(type % 100));
    file.Packet(0, type, Frame(60));
  }
  file.Block(10, Bytes(3'000'000, 0xaa));
  file.Packet(0, 1, Frame(60));
  for (const size_t chunk : {size_t{13}, size_t{100'000}}) {
    const ReadResult r = ReadTrace(file.bytes(), {}, chunk);
    EXPECT_THAT(r.packets, SizeIs(8));
    EXPECT_TRUE(r.status.ok()) << r.status;
  }
}

TEST(PcapngTest, DamagedPacketsArePassedOverAndTold) {
  Blocks file;
  file.Section().Interface(1);
  file.Packet(9, 1, Frame(60));                                            // of no interface
  file.Block(6, file.Words().U32(0).U32(0).U32(0).U32(5).U32(5).bytes());  // longer than its block
  file.Block(6, Frame(8));                                                 // no room for its fields
  file.Block(1, {});  // an interface of nothing
  file.Packet(0, 2, Frame(60));
  const ReadResult r = ReadTrace(file.bytes());
  EXPECT_THAT(Microseconds(r), ElementsAre(2));
  EXPECT_TRUE(r.status.ok());
  EXPECT_EQ(r.note, "4 damaged blocks were passed over");
}

TEST(PcapngTest, BrokenBlocksEndTheTrace) {
  const auto status_after = [](const Bytes& rest) {
    Blocks file;
    file.Section().Interface(1).Packet(0, 1, Frame(60)).Raw(rest);
    const ReadResult r = ReadTrace(file.bytes());
    EXPECT_THAT(r.packets, SizeIs(1));
    EXPECT_EQ(r.status.code(), absl::StatusCode::kDataLoss);
    return std::string(r.status.message());
  };
  EXPECT_EQ(status_after(ByteWriter().U32(6).U32(8).U32(8).bytes()),
            "block in pcapng dump file has a length of 8 that is too short");
  EXPECT_EQ(status_after(ByteWriter().U32(99).U32(13).U32(0).U32(13).bytes()),
            "block in pcapng dump file has a length of 13 that is not a multiple of 4");
  EXPECT_THAT(status_after(ByteWriter().U32(6).U32(32).Raw(Bytes(20)).U32(28).bytes()),
              HasSubstr("header 32 and trailer 28"));
  EXPECT_THAT(status_after(ByteWriter().U32(99).U32(32).Raw(Bytes(20)).U32(28).bytes()),
              HasSubstr("header 32 and trailer 28"));
  EXPECT_THAT(status_after(Blocks().Section(2).bytes()), HasSubstr("version 2.0"));
  EXPECT_THAT(status_after(ByteWriter().U32(0x0a0d0d0a).U32(28).Raw(Bytes(24)).bytes()),
              HasSubstr("no byte-order magic"));
  EXPECT_EQ(status_after(ByteWriter().U32(99).U32(0xfffffffc).Raw(Bytes(20)).bytes()),
            "truncated pcapng dump file; tried to read 4294967264 bytes, only got 0");
  EXPECT_EQ(status_after(ByteWriter().U32(6).U32(64).Raw(Bytes(20)).bytes()),
            "truncated pcapng dump file; tried to read 56 bytes, only got 20");
}

TEST(PcapngTest, CutAnywhereGivesWhatIsComplete) {
  Blocks file;
  file.Section().Interface(1).Packet(0, 1, Frame(60)).Block(5, Frame(30)).Packet(0, 2, Frame(30));
  const size_t start = 28 + 20;
  for (size_t size = start; size < file.bytes().size(); ++size) {
    const Bytes cut(file.bytes().begin(), file.bytes().begin() + static_cast<ptrdiff_t>(size));
    const ReadResult own = ReadTrace(cut);
    const ReadResult libpcap = ReadTrace(cut, Libpcap());
    ASSERT_TRUE(own.open.ok()) << size;
    EXPECT_EQ(own.packets, libpcap.packets) << size;
    EXPECT_EQ(own.status.ok(), libpcap.status.ok()) << size << own.status << libpcap.status;
  }
}

TEST(PcapngTest, LinkTypesThatCannotBeReadAreRefusedWhenThereIsNothingElse) {
  const auto open = [](const Blocks& file) { return ReadTrace(file.bytes()).open; };
  const absl::Status usb =
      absl::InvalidArgumentError("trace: unsupported link type 189 (USB_LINUX)");
  EXPECT_EQ(open(Blocks().Section().Interface(189)), usb);
  EXPECT_EQ(open(Blocks().Section().Interface(189).Packet(0, 1, Frame(60))), usb);
  // Of the used interfaces none can be read.
  EXPECT_EQ(open(Blocks().Section().Interface(1).Interface(189).Packet(1, 1, Frame(60))), usb);
  EXPECT_TRUE(open(Blocks().Section().Interface(189).Interface(1)).ok());
  EXPECT_TRUE(open(Blocks().Section().Interface(1)).ok());
  EXPECT_TRUE(open(Blocks().Section()).ok());
  EXPECT_EQ(ReadTrace(Blocks().Section(7).bytes()).open,
            absl::InvalidArgumentError("trace: unsupported pcapng savefile version 7.0"));
}

// 9 is TCP's place in no frame of Ethernet, but 6 at byte 9 is, of IPv4.
TEST(PcapngTest, FiltersAreOfEachLinkType) {
  Bytes ip(40);
  ip[0] = 0x45, ip[9] = 6;
  Bytes ethernet(54);
  ethernet[12] = 8, ethernet[14] = 0x45, ethernet[23] = 6;
  Blocks file;
  file.Section().Interface(1).Interface(101).Interface(228);
  file.Packet(0, 1, ethernet).Packet(1, 2, ip).Packet(0, 3, Frame(60)).Packet(1, 4, ip);
  TraceOptions options;
  options.filter = "tcp";
  EXPECT_THAT(Microseconds(ReadTrace(file.bytes(), options)), ElementsAre(1, 2, 4));
  options.filter = "tcp or vlan";
  const ReadResult r = ReadTrace(file.bytes(), options);
  EXPECT_THAT(Microseconds(r), ElementsAre(1));
  EXPECT_THAT(r.note, HasSubstr("the filter means nothing for packets of link type 12 (RAW)"));
  options.filter = "no such thing";
  EXPECT_TRUE(FilterError(ReadTrace(file.bytes(), options).open).has_value());
}

TEST(JoinedFilesTest, AreReadOneAfterTheOther) {
  const Bytes pcap = PcapBuilder().Record(1, 0, Frame(60)).bytes();
  const Bytes swapped = PcapBuilder(true).Record(2, 0, Frame(50)).bytes();
  const Bytes nanoseconds =
      PcapBuilder(false, {.magic = 0xa1b23c4d}).Record(3, 5'000, Frame(40)).bytes();
  const Bytes pcapng = Blocks().Section().Interface(101).Packet(0, 4'000'000, Frame(30)).bytes();
  const auto joined = [](std::initializer_list<Bytes> files) {
    ByteWriter all;
    for (const Bytes& file : files) all.Raw(file);
    return all.bytes();
  };
  for (const size_t chunk : {SIZE_MAX, size_t{1}}) {
    ReadResult r = ReadTrace(joined({pcap, swapped, nanoseconds, pcapng, pcap}), {}, chunk);
    EXPECT_TRUE(r.status.ok()) << r.status;
    EXPECT_THAT(Microseconds(r),
                ElementsAre(1'000'000, 2'000'000, 3'000'005, 4'000'000, 1'000'000));
    EXPECT_EQ(r.note, "5 captures in one file, read one after the other");
  }
  ReadResult r = ReadTrace(joined({pcapng, swapped, pcap}));
  EXPECT_THAT(Microseconds(r), ElementsAre(4'000'000, 2'000'000, 1'000'000));
  r = ReadTrace(joined({pcap, PcapBuilder(false, {.link_type = 189}).bytes()}));
  EXPECT_THAT(Microseconds(r), ElementsAre(1'000'000));
  EXPECT_EQ(r.status,
            absl::DataLossError("capture 2 in the file: unsupported link type 189 (USB_LINUX)"));
  EXPECT_EQ(ReadTrace(pcap).note, "");
}

}  // namespace
}  // namespace tstat::internal
