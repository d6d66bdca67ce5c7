// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/checksum.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

namespace tstat::internal {
namespace {

TEST(Crc32, IsTheUsualOne) {
  EXPECT_EQ(Crc32(""), 0u);
  EXPECT_EQ(Crc32("123456789"), 0xcbf43926u);
  EXPECT_EQ(Crc32(std::string(1000, '\0')), 0x060b1780u);
}

// All lengths around those where another way of computing begins, at all alignments.
TEST(Crc32, IsThatOfZlib) {
  std::mt19937 random(1);
  std::string bytes(2000, '\0');
  std::generate(bytes.begin(), bytes.end(), [&random] { return static_cast<char>(random()); });
  for (size_t begin = 0; begin < 17; ++begin) {
    for (size_t size = 0; size < 700; ++size) {
      const std::string_view part = std::string_view(bytes).substr(begin, size);
      const auto before = static_cast<uint32_t>(size % 3 == 0 ? 0 : random());
      ASSERT_EQ(Crc32(part, before),
                crc32_z(before, reinterpret_cast<const Bytef*>(part.data()), part.size()))
          << size << " bytes from " << begin;
    }
  }
}

TEST(Crc32, GoesOn) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += std::to_string(i);
  const std::string_view view = bytes;
  for (const size_t cut : {size_t{0}, size_t{1}, size_t{127}, size_t{4000}, bytes.size()}) {
    EXPECT_EQ(Crc32(view.substr(cut), Crc32(view.substr(0, cut))), Crc32(view));
  }
}

}  // namespace
}  // namespace tstat::internal
