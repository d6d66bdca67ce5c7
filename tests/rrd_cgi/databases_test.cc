// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/databases.h"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "tests/rrd_cgi/fixture.h"

namespace tstat::viewer {
namespace {

class DatabasesTest : public ViewerTest {
 protected:
  // As if it happened a second later.
  void Later() {
    time_ += std::chrono::seconds(1);
    std::filesystem::last_write_time(path_, time_);
  }
  std::optional<int64_t> LastUpdate(const std::string& source = "ip_len_in") const {
    return reader_.LastUpdate(path_, source);
  }

  const std::string path_ = settings_.data_root + "/Lab/ip_len_in.avg.rrd";
  std::filesystem::file_time_type time_ = std::filesystem::file_time_type::clock::now();
};

TEST_F(DatabasesTest, TheLastUpdateOfASource) {
  EXPECT_EQ(LastUpdate(), std::nullopt);
  Make("Lab", "ip_len_in.avg.rrd");
  EXPECT_EQ(LastUpdate(), kLastUpdate);
  EXPECT_EQ(LastUpdate("ip_len_out"), std::nullopt);
  EXPECT_EQ(LastUpdate(""), std::nullopt);
}

TEST_F(DatabasesTest, IsReadAgainWhenTheFileHasChanged) {
  Make("Lab", "ip_len_in.avg.rrd");
  Later();
  ASSERT_EQ(LastUpdate(), kLastUpdate);
  const std::string value = std::to_string(kLastUpdate + 300) + ":7";
  const char* values[] = {value.c_str()};
  ASSERT_EQ(rrd_update_r(path_.c_str(), nullptr, 1, values), 0) << rrd_get_error();
  Later();
  EXPECT_EQ(LastUpdate(), kLastUpdate + 300);
  Touch("Lab", "ip_len_in.avg.rrd", "no database");
  Later();
  EXPECT_EQ(LastUpdate(), std::nullopt);
  Make("Lab", "ip_len_in.avg.rrd");
  Later();
  EXPECT_EQ(LastUpdate(), kLastUpdate);
  std::filesystem::remove(path_);
  EXPECT_EQ(LastUpdate(), std::nullopt);
}

// librrd would divide by zero, or read beyond the file.
TEST_F(DatabasesTest, HeadsThatCannotBeAreNoDatabase) {
  Make("Lab", "ip_len_in.avg.rrd");
  Later();
  ASSERT_EQ(LastUpdate(), kLastUpdate);
  std::string sound;
  {
    std::ifstream file(path_, std::ios::binary);
    sound.assign(std::istreambuf_iterator<char>(file), {});
  }
  // Where numbers stand in a database of one source (rrd_format.h of librrd).
  constexpr size_t kSources = 24, kArchives = 32, kStep = 40, kSourceName = 128, kSourceKind = 148,
                   kArchiveKind = 248, kRows = 272, kSteps = 280;
  constexpr uint64_t kAll = ~uint64_t{0};
  const auto refuses = [&](const std::string& bytes) {
    Touch("Lab", "ip_len_in.avg.rrd", bytes);
    Later();
    return LastUpdate() == std::nullopt &&
           reader_.Read(path_, "ip_len_in", kLastUpdate, 3600) == nullptr;
  };
  for (const size_t at : {kSources, kArchives, kStep, kRows, kSteps}) {
    for (const uint64_t number : {uint64_t{0}, kAll, uint64_t{1} << 62, uint64_t{1} << 63}) {
      std::string bytes = sound;
      std::memcpy(bytes.data() + at, &number, sizeof(number));
      EXPECT_TRUE(refuses(bytes)) << at << " " << number;
    }
  }
  // Not text that ends; kinds that calculate.
  for (const auto& [at, text] : {std::pair<size_t, std::string>{kSourceName, std::string(20, 'x')},
                                 {kSourceName, std::string(20, '\0')},
                                 {kSourceKind, std::string("COMPUTE\0", 8)},
                                 {kArchiveKind, std::string("FAILURES\0", 9)},
                                 {0, "XXX"},
                                 {4, "9"},
                                 {16, "12345678"}}) {
    std::string bytes = sound;
    EXPECT_TRUE(refuses(bytes.replace(at, text.size(), text))) << at;
  }
  for (const size_t size : {size_t{0}, size_t{3}, size_t{127}, size_t{128}, size_t{300},
                            sound.size() / 2, sound.size() - 1}) {
    EXPECT_TRUE(refuses(sound.substr(0, size))) << size;
  }
  EXPECT_FALSE(refuses(sound));
}

// An archive's present row is one that it has.
TEST_F(DatabasesTest, PresentRowsBeyondTheirArchiveAreNoDatabase) {
  Make("Lab", "ip_len_in.avg.rrd");
  std::string bytes;
  {
    std::ifstream file(path_, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  uint64_t archives = 0, rows = 0;
  std::memcpy(&archives, bytes.data() + 32, sizeof(archives));
  std::memcpy(&rows, bytes.data() + 272, sizeof(rows));
  const size_t present = 128 + 120 + archives * 120 + 16 + 112 + archives * 80;
  const auto with = [&](uint64_t row) {
    std::memcpy(bytes.data() + present, &row, sizeof(row));
    Touch("Lab", "ip_len_in.avg.rrd", bytes);
    Later();
    return LastUpdate();
  };
  EXPECT_EQ(with(rows - 1), kLastUpdate);
  EXPECT_EQ(with(rows), std::nullopt);
}

}  // namespace
}  // namespace tstat::viewer
