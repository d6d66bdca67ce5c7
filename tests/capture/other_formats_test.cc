// SPDX-License-Identifier: BSD-3-Clause
//
// Formats beside pcap and pcapng: snoop, ERF; archives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/erf_format.h"
#include "capture/snoop_format.h"
#include "tests/capture/trace_bytes.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

Bytes SnoopHeader(uint32_t hardware, uint32_t version = 2) {
  return ByteWriter(true)
      .Raw({'s', 'n', 'o', 'o', 'p', 0, 0, 0})
      .U32(version)
      .U32(hardware)
      .bytes();
}
Bytes SnoopRecord(uint32_t seconds, uint32_t microseconds, const Bytes& frame, uint32_t original) {
  Bytes padded = frame;
  padded.resize((frame.size() + 3) / 4 * 4);
  return ByteWriter(true)
      .U32(original)
      .U32(frame.size())
      .U32(24 + padded.size())
      .U32(0)
      .U32(seconds)
      .U32(microseconds)
      .Raw(padded)
      .bytes();
}

TEST(SnoopTest, ReadsEthernet) {
  const ReadResult r = ReadTrace(ByteWriter()
                                     .Raw(SnoopHeader(4))
                                     .Raw(SnoopRecord(1500000000, 42164, Frame(61), 1000))
                                     .Raw(SnoopRecord(1500000001, 0, Frame(20), 20))
                                     .bytes());
  ASSERT_TRUE(r.open.ok()) << r.open;
  ASSERT_THAT(r.packets, SizeIs(2));
  EXPECT_EQ(r.packets[0].microseconds, 1500000000042164);
  EXPECT_EQ(r.packets[0].data, Frame(61));
  EXPECT_EQ(r.packets[0].original_length, 1000u);
  EXPECT_TRUE(r.status.ok());
  EXPECT_EQ(r.note, "");
}

TEST(SnoopTest, MapsHardwareTypes) {
  ReadResult r =
      ReadTrace(ByteWriter().Raw(SnoopHeader(0x12)).Raw(SnoopRecord(1, 0, Frame(40), 40)).bytes());
  ASSERT_THAT(r.packets, SizeIs(1));
  EXPECT_EQ(r.packets[0].link_type, LinkType::kAtmRfc1483);
  EXPECT_EQ(r.packets[0].data, Frame(36, 4));  // without the cell header
  EXPECT_EQ(r.packets[0].original_length, 36u);
  r = ReadTrace(ByteWriter().Raw(SnoopHeader(8)).Raw(SnoopRecord(1, 0, Frame(40), 40)).bytes());
  EXPECT_EQ(r.packets[0].link_type, LinkType::kFddi);
  r = ReadTrace(SnoopHeader(99));
  EXPECT_EQ(r.open, absl::InvalidArgumentError("trace: snoop hardware type 99 not understood"));
  EXPECT_EQ(ReadTrace(SnoopHeader(4, 3)).note, "snoop version 3, expected 2");
}

TEST(SnoopTest, CutAnywhereKeepsCompleteRecords) {
  const Bytes whole = ByteWriter()
                          .Raw(SnoopHeader(4))
                          .Raw(SnoopRecord(1, 0, Frame(30), 30))
                          .Raw(SnoopRecord(2, 0, Frame(10), 10))
                          .bytes();
  for (size_t size = 16; size <= whole.size(); ++size) {
    const ReadResult r = ReadTrace(Bytes(whole.begin(), whole.begin() + size));
    EXPECT_THAT(r.packets, SizeIs(size < 72 ? 0 : size < whole.size() ? 1 : 2)) << size;
    EXPECT_EQ(r.status.ok(), size == 16 || size == 72 || size == whole.size()) << size;
  }
}

TEST(SnoopTest, LengthsThatContradictEndTheTrace) {
  Bytes file = ByteWriter().Raw(SnoopHeader(4)).Raw(SnoopRecord(1, 0, Frame(30), 30)).bytes();
  file[16 + 4 + 3] = 200;  // captured length beyond the record
  EXPECT_EQ(ReadTrace(file).status.code(), absl::StatusCode::kDataLoss);
  file[16 + 8 + 3] = 10;  // record shorter than its header
  EXPECT_EQ(ReadTrace(file).status.code(), absl::StatusCode::kDataLoss);
}

Bytes ErfRecord(uint32_t seconds, uint32_t fraction, uint8_t type, const Bytes& body,
                uint16_t wire_length, uint8_t flags = 0x04) {
  ByteWriter w;
  w.U32(fraction).U32(seconds).Raw({type, flags});
  w.Raw(ByteWriter(true).U16(16 + body.size()).U16(0).U16(wire_length).bytes()).Raw(body);
  return w.bytes();
}

TEST(ErfTest, ReadsEthernetWithoutPadAndCheckSequence) {
  const Bytes body = ByteWriter().Raw({0, 0}).Raw(Frame(64)).bytes();
  const ReadResult r = ReadTrace(ByteWriter()
                                     .Raw(ErfRecord(1500000000, 0x80000000, 2, body, 64))
                                     .Raw(ErfRecord(1500000001, 0xffffffff, 2, body, 1518))
                                     .bytes());
  ASSERT_TRUE(r.open.ok()) << r.open;
  ASSERT_THAT(r.packets, SizeIs(2));
  EXPECT_EQ(r.packets[0].microseconds, 1500000000500000);
  EXPECT_EQ(r.packets[0].data, Frame(60));
  EXPECT_EQ(r.packets[0].original_length, 60u);
  EXPECT_EQ(r.packets[1].microseconds, 1500000001999999);
  EXPECT_EQ(r.packets[1].data, Frame(64));
  EXPECT_EQ(r.packets[1].original_length, 1514u);
}

TEST(ErfTest, LinkTypesAndExtensionHeaders) {
  Bytes ppp = Frame(40);
  ppp[0] = 0xff, ppp[1] = 0x03;
  const Bytes extended = ByteWriter().Raw(Bytes(8, 0)).Raw({0, 0}).Raw(Frame(64)).bytes();
  const ReadResult r = ReadTrace(ByteWriter()
                                     .Raw(ErfRecord(1, 0, 1, ppp, 44))
                                     .Raw(ErfRecord(2, 0, 1, Frame(40), 44))
                                     .Raw(ErfRecord(3, 0, 3, Frame(52), 52))
                                     .Raw(ErfRecord(4, 0, 0x82, extended, 68))
                                     .Raw(ErfRecord(5, 0, 21, Frame(52), 52))  // unknown: skipped
                                     .bytes());
  ASSERT_THAT(r.packets, SizeIs(4));
  EXPECT_EQ(r.packets[0].link_type, LinkType::kPpp);
  EXPECT_EQ(r.packets[1].link_type, LinkType::kCiscoHdlc);
  EXPECT_EQ(r.packets[2].link_type, LinkType::kAtmRfc1483);
  EXPECT_EQ(r.packets[2].data[0], 4);
  EXPECT_EQ(r.packets[3].link_type, LinkType::kEthernet);
  EXPECT_EQ(r.packets[3].data, Frame(64));
}

TEST(ErfTest, DetectionIsStrict) {
  const Bytes one = ErfRecord(10, 0, 2, Frame(20), 20);
  EXPECT_TRUE(ReadTrace(one).open.ok());
  const Bytes cut(one.begin(), one.end() - 30);
  const absl::Status refused = absl::InvalidArgumentError("trace: not a capture file");
  EXPECT_EQ(ReadTrace(cut).open, refused);
  EXPECT_EQ(ReadTrace(ErfRecord(10, 0, 5, Frame(20), 20)).open, refused);
  EXPECT_EQ(ReadTrace(ErfRecord(10, 0, 2, Frame(20), 20, 0x40)).open, refused);
  const Bytes backwards = ByteWriter().Raw(one).Raw(ErfRecord(9, 0, 2, Frame(20), 20)).bytes();
  EXPECT_EQ(ReadTrace(backwards).open, refused);
  EXPECT_TRUE(ReadTrace(backwards, {.erf_records_to_check = 1}).open.ok());
}

TEST(ErfTest, FilterAppliesPerLinkType) {
  Bytes ipv4 = ByteWriter().Raw({0, 0}).Raw(Frame(64)).bytes();
  ipv4[14] = 0x08, ipv4[15] = 0x00;
  const Bytes file =
      ByteWriter().Raw(ErfRecord(1, 0, 2, ipv4, 68)).Raw(ErfRecord(2, 0, 2, Frame(66), 68)).bytes();
  EXPECT_THAT(ReadTrace(file, {.filter = "ip"}).packets, SizeIs(1));
  EXPECT_EQ(ReadTrace(file, {.filter = "("}).open.code(), absl::StatusCode::kInvalidArgument);
}

TEST(ArchiveTest, IsNamed) {
  const auto message = [](std::string_view start) {
    Bytes bytes(start.begin(), start.end());
    bytes.resize(200, 7);
    return std::string(ReadTrace(bytes).open.message());
  };
  EXPECT_EQ(message("7z\xbc\xaf\x27\x1c"),
            "trace: not a capture file, but a 7z archive: unpack it first");
  EXPECT_THAT(message("PK\x03\x04"), HasSubstr("a zip archive"));
  EXPECT_THAT(message("Rar!\x1a\x07"), HasSubstr("a rar archive"));
  EXPECT_THAT(message("\x02\x21\x4c\x18"), HasSubstr("lz4 data of the legacy format"));
  EXPECT_EQ(message("<html>"), "trace: not a capture file");
}

}  // namespace
}  // namespace tstat::internal
