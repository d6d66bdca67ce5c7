// SPDX-License-Identifier: BSD-3-Clause
//
// The lists of codes know every code that a row can have.
#include "tstat/codes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "decode/byte_reader.h"
#include "l7/p2p/ed2k.h"
#include "l7/udp/type_index.h"
#include "tstat/histogram_codes.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {
namespace {

std::set<uint32_t> Values(std::string_view title) {
  std::set<uint32_t> values;
  for (const CodeTable* const list : CodeTables()) {
    if (list->title != title) continue;
    for (const Code& code : list->codes) values.insert(code.value);
  }
  EXPECT_FALSE(values.empty()) << title;
  return values;
}

// 0, 1, 2, ... `last`.
std::set<uint32_t> UpTo(uint32_t last) {
  std::set<uint32_t> values;
  for (uint32_t i = 0; i <= last; ++i) values.insert(i);
  return values;
}

TEST(Codes, RiseInEachListAndHaveAMeaning) {
  for (const CodeTable* const list : CodeTables()) {
    ASSERT_FALSE(list->codes.empty()) << list->title;
    for (size_t i = 0; i < list->codes.size(); ++i) {
      EXPECT_FALSE(list->codes[i].meaning.empty()) << list->title;
      if (i > 0) EXPECT_LT(list->codes[i - 1].value, list->codes[i].value) << list->title;
    }
  }
}

TEST(Codes, ListsWithoutGaps) {
  EXPECT_EQ(Values("HTTP contents"), UpTo(27));
  EXPECT_EQ(Values("UDP protocols"), UpTo(31));
  EXPECT_EQ(Values("Video types"), UpTo(13));
  EXPECT_EQ(Values("Applications"), UpTo(49));
  EXPECT_EQ(Values("HTTP contents in histograms"), UpTo(20));
  EXPECT_EQ(Values("Web categories"), UpTo(7));
  EXPECT_EQ(Values("TLS services"), UpTo(8));
}

TEST(Codes, NamesAreWordsOfTheirOwn) {
  for (const CodeTable* const list : CodeTables()) {
    std::set<std::string_view> names;
    const bool named = !list->codes.front().name.empty();
    for (const Code& code : list->codes) {
      EXPECT_EQ(!code.name.empty(), named) << list->title << " " << code.value;
      if (!named) continue;
      EXPECT_TRUE(names.insert(code.name).second) << list->title << " " << code.name;
      EXPECT_EQ(code.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
                std::string_view::npos)
          << code.name;
    }
  }
}

TEST(Codes, SetsAreOfBits) {
  for (const CodeTable* const list : CodeTables()) {
    if (!list->is_set) continue;
    for (const Code& code : list->codes) {
      EXPECT_EQ(code.value & (code.value - 1), 0u) << list->title << " " << code.value;
    }
  }
}

TEST(Codes, AreFoundByValue) {
  ASSERT_NE(kUdpTypeCodes.Find(27), nullptr);
  EXPECT_EQ(kUdpTypeCodes.Find(27)->name, "quic");
  EXPECT_EQ(kUdpTypeCodes.Find(200), nullptr);
  EXPECT_EQ(kTlsServiceCodes.Find(8)->meaning, "Instagram (3.3)");
}

TEST(Codes, EveryBitOfConnectionTypes) {
  std::set<uint32_t> bits = {0};
  for (uint32_t bit = 1; bit <= 262144; bit *= 2) bits.insert(bit);
  EXPECT_EQ(Values("Connection types"), bits);
}

// Messages that go on in the next segment are believed by their opcode: those have names.
TEST(Codes, EveryListedMessageOfEd2kHasItsSubtype) {
  const std::set<uint32_t> subtypes = Values("P2P subtypes");
  int found = 0;
  for (const int protocol : {0xE3, 0xC5, 0xD4}) {
    for (int opcode = 0; opcode < 256; ++opcode) {
      const std::vector<uint8_t> start = {static_cast<uint8_t>(protocol), 0xFF, 0xFF, 0, 0,
                                          static_cast<uint8_t>(opcode)};
      const std::optional<Ed2kMessage> message = Ed2kMessage::Parse(ByteReader(start), 1000);
      if (!message.has_value()) continue;
      ++found;
      EXPECT_TRUE(subtypes.contains(message->subtype)) << protocol << " " << opcode;
    }
  }
  EXPECT_GT(found, 100);
}

TEST(Codes, AreFoundByTheirNames) {
  static_assert(ConnectionTypeNamed("ssh") == connection_type::kSsh);
  static_assert(ConnectionTypeNamed("unknown") == 0);
  static_assert(UdpTypeNamed("quic") == UdpType::kQuic);
  EXPECT_EQ(kUdpTypeCodes.Find(static_cast<uint32_t>(UdpTypeNamed("dns")))->meaning, "DNS");
}

}  // namespace
}  // namespace tstat::internal
