// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/typed_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "output/destinations/parquet_destination.h"

namespace tstat::internal {
namespace {

std::string TypedRow(uint64_t number, int64_t other, double real, const std::string& text) {
  constexpr size_t kColumns = 9;
  std::string row(RoomForTypedRow(kColumns) + text.size(), '\0');
  TypedRowWriter writer(kColumns, row.data());
  writer.Unsigned(0, number);
  writer.Signed(1, other);
  writer.Bytes8(3, real);
  // A text may be much shorter than its room.
  writer.Text(8, text.size() + 1000, [&](char* out) { return std::ranges::copy(text, out).out; });
  row.resize(static_cast<size_t>(writer.End() - row.data()));
  return row;
}

TEST(TypedRows, AHeadIsReadBack) {
  TypedTable table{.name = "tcp_complete", .columns = {}};
  for (size_t i = 0; i < kTypedKinds; ++i) {
    table.columns.push_back(
        {.name = "a column " + std::to_string(i), .kind = static_cast<TypedKind>(i)});
  }
  const std::string head = TypedHead(table);
  const std::string bytes = head + "rows";
  std::string_view rest = bytes;
  EXPECT_EQ(ReadTypedHead(&rest), table);
  EXPECT_EQ(rest, "rows");
  for (size_t length = 0; length < head.size(); ++length) {
    std::string_view cut = std::string_view(head).substr(0, length);
    EXPECT_FALSE(ReadTypedHead(&cut).has_value()) << length;
  }
  for (const std::string wrong : {"tstat rows 2\nt\n\n", "tstat rows 1\nt\nc\n\n",
                                  "tstat rows 1\nt\nc u128\n\n", "INSERT INTO t\n"}) {
    std::string_view view = wrong;
    EXPECT_FALSE(ReadTypedHead(&view).has_value()) << wrong;
  }
}

TEST(TypedRows, ValuesAreReadBackAndOthersAreAbsent) {
  for (const uint64_t number : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{1} << 35,
                                std::numeric_limits<uint64_t>::max()}) {
    for (const int64_t other : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0},
                                int64_t{64}, std::numeric_limits<int64_t>::max()}) {
      for (const std::string& text : {std::string(), std::string("x"), std::string(500, 'y')}) {
        const std::string bytes = TypedRow(number, other, 0.1, text) + "next";
        std::string_view rest = bytes;
        const std::optional<std::string_view> row = NextTypedRow(&rest);
        ASSERT_TRUE(row.has_value());
        EXPECT_EQ(rest, "next");
        TypedRowReader reader(*row, 9);
        std::vector<bool> has;
        for (size_t i = 0; i < 9; ++i) has.push_back(reader.Has(i));
        EXPECT_EQ(has, (std::vector<bool>{1, 1, 0, 1, 0, 0, 0, 0, 1}));
        EXPECT_EQ(reader.Unsigned(), number);
        EXPECT_EQ(reader.Signed(), other);
        EXPECT_EQ(reader.Bytes8<double>(), 0.1);
        EXPECT_EQ(reader.Text(), text);
        EXPECT_TRUE(reader.is_good() && reader.at_end());
      }
    }
  }
}

TEST(TypedRows, WhatIsCutIsNoRow) {
  const std::string whole = TypedRow(300, -300, 1, "text");
  for (size_t length = 0; length < whole.size(); ++length) {
    std::string_view cut = std::string_view(whole).substr(0, length);
    EXPECT_FALSE(NextTypedRow(&cut).has_value()) << length;
    // As if the length were that of what is there.
    if (length < kTypedLengthBytes) continue;
    TypedRowReader reader(
        std::string_view(whole).substr(kTypedLengthBytes, length - kTypedLengthBytes), 9);
    (void)reader.Unsigned();
    (void)reader.Signed();
    (void)reader.Bytes8<double>();
    (void)reader.Text();
    EXPECT_FALSE(reader.is_good()) << length;
  }
  // A number without an end.
  const std::string endless(20, '\xff');
  TypedRowReader reader(endless, 8);
  (void)reader.Unsigned();
  EXPECT_FALSE(reader.is_good());
}

TEST(ParquetPartitions, AreHoursOfDays) {
  EXPECT_EQ(PartitionOf(0), "day=1970-01-01/hour=00");
  EXPECT_EQ(PartitionOf(416666), "day=2017-07-14/hour=02");
  EXPECT_EQ(PartitionOf(-1), "day=1969-12-31/hour=23");
  EXPECT_EQ(PartitionOf(-2562048), "day=1677-09-21/hour=00");
  EXPECT_EQ(PartitionOf(2562047), "day=2262-04-11/hour=23");
  EXPECT_EQ(PartitionOf(std::nullopt),
            "day=__HIVE_DEFAULT_PARTITION__/hour=__HIVE_DEFAULT_PARTITION__");
}

}  // namespace
}  // namespace tstat::internal
