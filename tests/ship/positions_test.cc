// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/positions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/ship/files.h"

namespace tstat::ship {
namespace {

Position At(uint64_t offset, uint64_t items = 0) {
  Position position;
  position.log = {.offset = offset, .line = offset + 1, .header_offset = 3, .inode = 4};
  position.items = items;
  position.size = 6;
  position.begin_bytes = 7;
  position.begin_check = 0xfffffff8;
  return position;
}

class PositionsFile : public ::testing::Test {
 protected:
  Positions Open(uint64_t last_batch, bool syncs = false) {
    auto positions = Positions::Open(path_, last_batch, syncs);
    EXPECT_TRUE(positions.ok()) << positions.status();
    return *std::move(positions);
  }
  static void Note(Positions& positions, uint64_t batch, const std::string& key, uint64_t offset) {
    EXPECT_TRUE(positions.Note(batch, std::vector<Positions::Entry>{{key, At(offset)}}).ok());
  }
  TestFolder folder_;
  std::string path_ = folder_ / "positions";
};

TEST_F(PositionsFile, KeepsAllOfAPosition) {
  const std::string key = "/a b/%0A\n%25/log";
  for (const bool syncs : {false, true}) {
    {
      Positions positions = Open(0, syncs);
      EXPECT_EQ(positions.Find(key), nullptr);
      const std::vector<Positions::Entry> entries = {{key, At(17, 5)}, {"/b", At(18)}};
      ASSERT_TRUE(positions.Note(1, entries).ok());
    }
    Position expected = At(17, 5);
    expected.batch = 1;
    for (int round = 0; round < 2; ++round) {
      const Positions positions = Open(1);
      ASSERT_NE(positions.Find(key), nullptr);
      EXPECT_TRUE(*positions.Find(key) == expected);
      EXPECT_EQ(positions.Find("/b")->log.offset, 18u);
      EXPECT_EQ(positions.size(), 2u);
    }
    std::filesystem::remove(path_);
  }
}

// The process died between the note and the batch.
TEST_F(PositionsFile, WhatTheSpoolDoesNotHaveDoesNotCount) {
  {
    Positions positions = Open(0);
    Note(positions, 1, "/a", 10);
    Note(positions, 2, "/a", 20);
    Note(positions, 2, "/b", 25);
  }
  {
    Positions positions = Open(1);
    EXPECT_EQ(positions.Find("/a")->log.offset, 10u);
    EXPECT_EQ(positions.Find("/b"), nullptr);
  }
  // It is gone for good: another batch will have the number.
  Positions positions = Open(2);
  EXPECT_EQ(positions.Find("/a")->log.offset, 10u);
}

TEST_F(PositionsFile, HalfALineIsNone) {
  {
    Positions positions = Open(0);
    Note(positions, 1, "/a", 10);
    Note(positions, 1, "/abc", 20);
  }
  const std::string text = ReadAll(path_);
  const size_t second = text.find("/abc");
  for (size_t size = text.find('\n') + 1; size < text.size(); ++size) {
    WriteAll(path_, text.substr(0, size));
    Positions positions = Open(1);
    EXPECT_EQ(positions.size(), size < text.find("/a\n") + 3 ? 0u : 1u) << size;
    // What follows is not joined to it.
    Note(positions, 1, "/next", 30);
    EXPECT_EQ(Open(1).Find("/next")->log.offset, 30u);
  }
  EXPECT_LT(second, text.size());
}

TEST_F(PositionsFile, AnotherFileIsNoFileOfPositions) {
  WriteAll(path_, "something else\n");
  EXPECT_TRUE(absl::IsDataLoss(Positions::Open(path_, 0, false).status()));
  EXPECT_EQ(ReadAll(path_), "something else\n");
}

TEST_F(PositionsFile, StaysShort) {
  Positions positions = Open(0);
  const std::string key(1000, 'k');
  for (uint64_t batch = 1; batch <= 5000; ++batch) Note(positions, batch, key, batch);
  EXPECT_LT(std::filesystem::file_size(path_), uint64_t{2} << 20);
  EXPECT_EQ(Open(5000).Find(key)->log.offset, 5000u);
  // Right behind it was written anew, too, the last batch is in doubt.
  EXPECT_EQ(positions.Find(key)->log.offset, 5000u);
}

TEST_F(PositionsFile, TheBatchInDoubtStaysInDoubtWhenTheFileIsWrittenAnew) {
  const std::string key(60000, 'k');
  for (uint64_t last = 10; last < 40; ++last) {
    std::filesystem::remove(path_);
    {
      Positions positions = Open(0);
      for (uint64_t batch = 1; batch <= last; ++batch) Note(positions, batch, key, batch);
    }
    Positions positions = Open(last - 1);
    ASSERT_NE(positions.Find(key), nullptr) << last;
    EXPECT_EQ(positions.Find(key)->log.offset, last - 1);
  }
}

TEST(CheckOfBegin, IsThatOfWhatIsUncompressed) {
  const TestFolder folder;
  WriteAll(folder / "a", "0123456789");
  WriteGzip(folder / "b.gz", "0123456789");
  WriteAll(folder / "c", "0123x");
  uint32_t bytes = 5;
  const auto plain = CheckOfBegin(folder / "a", &bytes);
  EXPECT_EQ(bytes, 5u);
  const auto compressed = CheckOfBegin(folder / "b.gz", &bytes);
  EXPECT_EQ(*plain, *compressed);
  EXPECT_NE(*CheckOfBegin(folder / "c", &bytes), *plain);
  bytes = 100;
  EXPECT_TRUE(CheckOfBegin(folder / "b.gz", &bytes).ok());
  EXPECT_EQ(bytes, 10u);
  EXPECT_FALSE(CheckOfBegin(folder / "none", &bytes).ok());
}

TEST(ExtendBegin, OnlyOfTheSameLog) {
  const TestFolder folder;
  WriteAll(folder / "a", "0123456789");
  WriteAll(folder / "b", "012x456789");
  Position position;
  ExtendBegin(folder / "a", 5, &position);
  EXPECT_EQ(position.begin_bytes, 5u);
  uint32_t bytes = 5;
  EXPECT_EQ(position.begin_check, *CheckOfBegin(folder / "a", &bytes));
  const Position before = position;
  ExtendBegin(folder / "b", 10, &position);
  ExtendBegin(folder / "a", 11, &position);
  ExtendBegin(folder / "none", 10, &position);
  EXPECT_TRUE(position == before);
  ExtendBegin(folder / "a", 10, &position);
  EXPECT_EQ(position.begin_bytes, 10u);
}

}  // namespace
}  // namespace tstat::ship
