// SPDX-License-Identifier: BSD-3-Clause
//
// What does not fit does not compile; what fits keeps its type on the way to the value and to the
// text. tests/schema/compile_fail/ has the same mistakes in whole tables.
#include "schema/column.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "schema/log_schema.h"
#include "schema/row_writer.h"
#include "tests/schema/row.h"
#include "tstat/codes.h"

namespace tstat::internal {
namespace {

struct Record {
  uint32_t count = 0;
  double real = 0;
  std::optional<uint16_t> small;
  std::string text;
  Timestamp time;
  Duration duration{0};
};

constexpr auto kCount = [](const Record& r, Direction) { return r.count; };
constexpr auto kReal = [](const Record& r, Direction) { return r.real; };
constexpr auto kSmall = [](const Record& r, Direction) { return r.small; };
constexpr auto kText = [](const Record& r, Direction) { return std::string_view(r.text); };
constexpr auto kTime = [](const Record& r, Direction) { return r.time; };
constexpr auto kDuration = [](const Record& r, Direction) { return r.duration; };

template <typename Tag, typename Reader>
constexpr bool Compiles = std::is_constructible_v<Column<Record>, const char*, Tag, const char*,
                                                  Format, const char*, Reader>;

template <const auto& kTag, const auto& kReader>
constexpr bool Fits =
    Compiles<std::remove_cvref_t<decltype(kTag)>, std::remove_cvref_t<decltype(kReader)>>;

TEST(Column, TakesReadersOfItsTypeOnly) {
  static_assert(Fits<type::kU32, kCount>);
  static_assert(!Fits<type::kU64, kCount>);
  static_assert(!Fits<type::kI32, kCount>);
  static_assert(!Fits<type::kReal, kCount>);
  static_assert(!Fits<type::kText, kCount>);
  static_assert(!Fits<type::kBool, kCount>);
  static_assert(Fits<type::kReal, kReal>);
  static_assert(!Fits<type::kU32, kReal>);
  static_assert(!Fits<type::kTime, kReal>);
  static_assert(Fits<type::kU16, kSmall>);  // optional
  static_assert(!Fits<type::kU32, kSmall>);
  static_assert(Fits<type::kText, kText>);
  static_assert(!Fits<type::kAddress, kText>);
  static_assert(Fits<type::kTime, kTime>);
  static_assert(!Fits<type::kDuration, kTime>);
  static_assert(!Fits<type::kTime, kDuration>);
}

TEST(Column, FormatsPrintValuesForWhatTheyAre) {
  static_assert(FormatFits<uint32_t>(Format::kInt32));
  static_assert(FormatFits<bool>(Format::kInt32));
  static_assert(!FormatFits<uint32_t>(Format::kFixed6));
  static_assert(!FormatFits<uint32_t>(Format::kText));
  static_assert(FormatFits<std::optional<double>>(Format::kGeneral));
  static_assert(!FormatFits<double>(Format::kInt32));
  static_assert(FormatFits<Timestamp>(Format::kFixed6));
  static_assert(!FormatFits<Timestamp>(Format::kUint64));
  static_assert(FormatFits<std::string_view>(Format::kName));
  static_assert(!FormatFits<std::string_view>(Format::kAddress));
  static_assert(FormatFits<AddressView>(Format::kAddress));
  static_assert(!FormatFits<AddressView>(Format::kText));
}

constexpr Column<Record> kColumns[] = {
    {"count", type::kU32, "", Format::kInt32, "", kCount},
    {"real", type::kReal, "m", Format::kFixed3, "", kReal},
    {"small", type::kU16, "bytes", Format::kUint32, "", kSmall, Absent("never")},
    {"dash", type::kU16, "", Format::kUint32, "", kSmall, Absent("never", "-")},
    {"text", type::kText, "", Format::kText, "", kText, Is(Privacy::kContent)},
    {"time", type::kTime, "ms", Format::kFixed6, "", kTime},
    {"time_s", type::kTime, "s", Format::kFixed6, "", kTime},
    {"lasted", type::kDuration, "ms", Format::kFixed6, "", kDuration},
    {"narrow",
     type::kU32,
     "",
     Format::kUint32,
     "",
     kCount,
     {},
     [](const Record& r, Direction) { return static_cast<uint8_t>(r.count); }},
    Column<Record>::TextOnly("letter", "", Format::kText, "",
                             [](const Record&, Direction) { return std::string_view("T"); }),
    Column<Record>::WithoutText("hidden", type::kU32, "", "", kCount),
};
constexpr auto kTable = Once(kColumns);

const LogSchema<Record>& Schema() {
  static const LogSchema<Record> log({.name = "test", .description = ""},
                                     {MakeColumnBlock<Record, kTable>("core", "Core", 0)});
  return log;
}

Record Sample() {
  Record record;
  record.count = 300;
  record.real = 1.5;
  record.text = "a";
  record.time = Timestamp::FromNanoseconds(1500000000123456789);
  record.duration = Duration(1500999);
  return record;
}

TEST(Column, TextAndValueArePartsOfTheirOwn) {
  EXPECT_EQ(LogHeader(Schema(), 0, {}),
            "#count:1 real:2 small:3 dash:4 text:5 time:6 time_s:7 lasted:8 narrow:9 letter:10\n");
  Record record = Sample();
  EXPECT_EQ(RowOf(Schema(), record),
            "300 1.500 0 - a 1500000000123.456055 1500000000.123456 1.500000 44 T\n");
  record.small = 7;
  EXPECT_EQ(RowOf(Schema(), record),
            "300 1.500 7 7 a 1500000000123.456055 1500000000.123456 1.500000 44 T\n");

  ASSERT_EQ(Schema().columns().size(), 10u);  // without the letter
  const auto value = [&](size_t i) { return Schema().columns()[i].read(record); };
  EXPECT_EQ(value(0).kind(), Value::Kind::kUnsigned);
  EXPECT_EQ(value(0).unsigned_number(), 300u);
  EXPECT_EQ(value(1).real(), 1.5);
  EXPECT_EQ(value(2).unsigned_number(), 7u);
  EXPECT_EQ(value(4).text(), "a");
  EXPECT_EQ(value(5).timestamp(), record.time);
  EXPECT_EQ(value(7).duration(), record.duration);
  EXPECT_EQ(value(8).unsigned_number(), 300u);  // the text alone has 8 bits
  EXPECT_EQ(Schema().columns()[9].info.Name(), "hidden");
  record.small.reset();
  EXPECT_TRUE(value(2).is_absent());
  EXPECT_TRUE(value(3).is_absent());
}

TEST(Column, InfoSaysWhatTheRowSays) {
  const ColumnInfo& small = Schema().columns()[2].info;
  EXPECT_EQ(small.type.Name(), "uint16");
  EXPECT_EQ(small.unit, "bytes");
  EXPECT_EQ(small.absent, "never");
  EXPECT_TRUE(small.nullable());
  const ColumnInfo& time = Schema().columns()[5].info;
  EXPECT_EQ(time.type.Name(), "time");
  EXPECT_EQ(time.unit, "ns");
  EXPECT_FALSE(time.nullable());
  EXPECT_EQ(Schema().columns()[4].info.privacy, Privacy::kContent);
}

}  // namespace
}  // namespace tstat::internal
