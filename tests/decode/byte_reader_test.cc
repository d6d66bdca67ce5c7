// SPDX-License-Identifier: BSD-3-Clause
#include "decode/byte_reader.h"

#include <gtest/gtest.h>

#include <array>

namespace tstat::internal {
namespace {

constexpr std::array<uint8_t, 8> kBytes = {1, 2, 3, 4, 5, 6, 7, 8};

TEST(ByteReaderTest, ReadsBothByteOrders) {
  const ByteReader r(kBytes);
  EXPECT_EQ(r.U8(7), 8);
  EXPECT_EQ(r.U16(0), 0x0102);
  EXPECT_EQ(r.U24(1), 0x020304u);
  EXPECT_EQ(r.U32(4), 0x05060708u);
  EXPECT_EQ(r.U64(0), 0x0102030405060708u);
  EXPECT_EQ(r.U16Le(0), 0x0201);
  EXPECT_EQ(r.U32Le(4), 0x08070605u);
}

TEST(ByteReaderTest, ReadsOutsideGiveZero) {
  const ByteReader r(kBytes);
  EXPECT_EQ(r.U8(8), 0);
  EXPECT_EQ(r.U16(7), 0);
  EXPECT_EQ(r.U24(6), 0u);
  EXPECT_EQ(r.U32(5), 0u);
  EXPECT_EQ(r.U64(1), 0u);
  EXPECT_EQ(r.U16Le(7), 0);
  EXPECT_EQ(r.U32Le(5), 0u);
  EXPECT_EQ(r.U32(SIZE_MAX), 0u);
  EXPECT_EQ(ByteReader().U8(0), 0);
}

TEST(ByteReaderTest, HasDoesNotOverflow) {
  const ByteReader r(kBytes);
  EXPECT_TRUE(r.Has(0, 8));
  EXPECT_TRUE(r.Has(8, 0));
  EXPECT_FALSE(r.Has(0, 9));
  EXPECT_FALSE(r.Has(SIZE_MAX, 2));
  EXPECT_FALSE(r.Has(2, SIZE_MAX));
}

TEST(ByteReaderTest, SubStaysInside) {
  const ByteReader r(kBytes);
  EXPECT_EQ(r.Sub(3).size(), 5u);
  EXPECT_EQ(r.Sub(3, 2).U16(0), 0x0405);
  EXPECT_EQ(r.Sub(6, 100).size(), 2u);
  EXPECT_TRUE(r.Sub(8).empty());
  EXPECT_TRUE(r.Sub(SIZE_MAX, SIZE_MAX).empty());
}

TEST(ByteReaderTest, Text) {
  constexpr std::array<uint8_t, 5> kText = {'G', 'E', 'T', ' ', '/'};
  const ByteReader r(kText);
  EXPECT_TRUE(r.StartsWith("GET "));
  EXPECT_TRUE(r.StartsWith("/", 4));
  EXPECT_FALSE(r.StartsWith("GET /x"));
  EXPECT_FALSE(r.StartsWith("/", 5));
  EXPECT_EQ(r.Text(4), "/");
  EXPECT_EQ(r.Text(9), "");
}

TEST(ByteReader, HeaderOfAFixedLength) {
  const std::array<uint8_t, 6> bytes = {1, 2, 3, 4, 5, 6};
  const HeaderReader<6> header = ByteReader(bytes).Header<6>();
  EXPECT_EQ(header.U8<5>(), 6);
  EXPECT_EQ(header.U16<0>(), 0x0102);
  EXPECT_EQ(header.U32<2>(), 0x03040506u);
  EXPECT_EQ(header.U32Le<2>(), 0x06050403u);
}

// As every accessor, it never reads outside the view.
TEST(ByteReader, AHeaderThatIsNotThereIsZeros) {
  const std::array<uint8_t, 7> bytes = {1, 2, 3, 4, 5, 6, 7};
  const HeaderReader<8> header = ByteReader(bytes).Header<8>();
  EXPECT_EQ(header.U32<0>(), 0u);
  EXPECT_EQ(header.U32<4>(), 0u);
  EXPECT_EQ(ByteReader().Header<2>().U16<0>(), 0);
}

}  // namespace
}  // namespace tstat::internal
