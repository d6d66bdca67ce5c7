// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/databases.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <utility>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/query.h"

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

// librrd could draw nothing that ends then.
TEST_F(DatabasesTest, LastUpdatesThatCannotBeAreNoDatabase) {
  Make("Lab", "ip_len_in.avg.rrd");
  std::string bytes;
  {
    std::ifstream file(path_, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto with = [&](int64_t time) {
    std::memcpy(bytes.data() + 128 + 120 + 120, &time, sizeof(time));
    Touch("Lab", "ip_len_in.avg.rrd", bytes);
    Later();
    return LastUpdate();
  };
  for (const int64_t time : {int64_t{0}, int64_t{100}, int64_t{-1}, kMinTime - 1, kMaxTime + 1,
                             int64_t{1} << 62, INT64_MIN}) {
    EXPECT_EQ(with(time), std::nullopt) << time;
  }
  for (const int64_t time : {kMinTime, kLastUpdate, kMaxTime}) EXPECT_EQ(with(time), time);
}

// What librrd reads of the same file.
class ReadingsOfLibrrd : public DatabasesTest {
 protected:
  // A source with values in several archives, until that time.
  void MakeArchives(int64_t last) {
    std::filesystem::create_directories(settings_.data_root + "/Lab");
    const char* layout[] = {"DS:other:GAUGE:600:U:U", "DS:ip_len_in:GAUGE:600:U:U",
                            "RRA:MAX:0.5:1:50",       "RRA:AVERAGE:0.5:1:40",
                            "RRA:AVERAGE:0.5:6:50",   "RRA:AVERAGE:0.5:24:30"};
    ASSERT_EQ(rrd_create_r(path_.c_str(), 300, last - 300 * 500, 6, layout), 0) << rrd_get_error();
    for (int64_t time = last - 300 * 499; time <= last; time += 300) {
      const int64_t value = (time / 300 * 7919) % 1009;
      std::string text = std::to_string(time) + ":1:" + std::to_string(value);
      if (value % 10 == 0) text = std::to_string(time) + ":1:U";
      const char* values[] = {text.c_str()};
      ASSERT_EQ(rrd_update_r(path_.c_str(), nullptr, 1, values), 0) << rrd_get_error();
    }
  }
  void ExpectTheSame(int64_t start, int64_t end) {
    time_t from = start, to = end;
    unsigned long step = 1, sources = 0;
    char** names = nullptr;
    rrd_value_t* values = nullptr;
    ASSERT_EQ(rrd_fetch_r(path_.c_str(), "AVERAGE", &from, &to, &step, &sources, &names, &values),
              0);
    ASSERT_EQ(sources, 2u);
    const auto read = ReadAverages(path_, "ip_len_in", start, end);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->start, from);
    EXPECT_EQ(read->step, static_cast<int64_t>(step));
    const auto count = static_cast<size_t>((end - from) / static_cast<int64_t>(step));
    ASSERT_EQ(read->values.size(), count);
    for (size_t i = 0; i < count; ++i) {
      const double wanted = values[i * 2 + 1];
      if (std::isnan(wanted)) {
        EXPECT_TRUE(std::isnan(read->values[i])) << start << " " << end << " " << i;
      } else {
        EXPECT_EQ(read->values[i], wanted) << start << " " << end << " " << i;
      }
    }
    for (unsigned long i = 0; i < sources; ++i) rrd_freemem(names[i]);
    rrd_freemem(names);
    rrd_freemem(values);
  }
};

TEST_F(ReadingsOfLibrrd, AreTheSame) {
  for (const int64_t last : {kLastUpdate, kLastUpdate + 1, kLastUpdate + 299}) {
    std::filesystem::remove(path_);
    MakeArchives(last);
    std::mt19937 dice(static_cast<unsigned>(last));
    for (int i = 0; i < 200; ++i) {
      const int64_t end = last - static_cast<int64_t>(dice() % 300'000) + 20'000;
      ExpectTheSame(end - static_cast<int64_t>(dice() % 400'000), end);
    }
    ExpectTheSame(last - 3600, last);
    ExpectTheSame(last, last);
  }
}

TEST_F(ReadingsOfLibrrd, AreNoneWhereThereAreNone) {
  MakeArchives(kLastUpdate);
  EXPECT_TRUE(ReadAverages(path_, "ip_len_in", kLastUpdate - 3600, kLastUpdate).has_value());
  EXPECT_FALSE(ReadAverages(path_, "ip_len_out", kLastUpdate - 3600, kLastUpdate).has_value());
  EXPECT_FALSE(ReadAverages(path_, "ip_len_in", kLastUpdate, kLastUpdate - 1).has_value());
  EXPECT_FALSE(ReadAverages(path_, "ip_len_in", -1, kLastUpdate).has_value());
  EXPECT_FALSE(ReadAverages(path_ + "x", "ip_len_in", 0, kLastUpdate).has_value());
  // Of two-hour steps more than a million.
  EXPECT_FALSE(ReadAverages(path_, "ip_len_in", 0, int64_t{1'000'002} * 7200).has_value());
  EXPECT_TRUE(ReadAverages(path_, "ip_len_in", 0, int64_t{999'999} * 7200).has_value());
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
