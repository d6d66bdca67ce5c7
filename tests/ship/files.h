// SPDX-License-Identifier: BSD-3-Clause
//
// Logs for tests of tstat-ship, in a directory that goes with the test.
#ifndef TSTAT_TESTS_SHIP_FILES_H_
#define TSTAT_TESTS_SHIP_FILES_H_

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tstat/table_row.h"

namespace tstat::ship {

class TestFolder {
 public:
  TestFolder() {
    std::string name = ::testing::TempDir() + "tstat-ship-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void WriteAll(const std::string& path, const std::string& text, mode_t mode = 0644) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
  chmod(path.c_str(), mode);
}

inline void AppendAll(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::app) << text;
}

inline void WriteGzip(const std::string& path, const std::string& text) {
  const gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
            static_cast<int>(text.size()));
  gzclose(file);
}

// As if it had been written so many seconds ago.
inline void SetAge(const std::string& path, int64_t seconds) {
  std::filesystem::last_write_time(
      path, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
}

inline const std::string kLogHeader = "#15#c_ip:1 c_port:2 c_bytes_all:9 s_ip:15 s_port:16\n";
inline std::string RowText(uint64_t number) {
  return "10.0.0.1 4000 " + std::to_string(number) + " 10.0.0.2 80\n";
}
inline std::string RowTexts(uint64_t first, uint64_t count) {
  std::string text;
  for (uint64_t i = 0; i < count; ++i) text += RowText(first + i);
  return text;
}

// A log of as many columns as tstat's own have, whose header line alone is longer than most rows.
class FullLog {
 public:
  FullLog() {
    const RowTable& table = *FindRowTable("tcp_complete");
    for (size_t i = 0; i < 130; ++i) {
      const std::string& name = table.columns[i].name;
      header_ += (i == 0 ? "#15#" : " ") + name + ":" + std::to_string(i + 1);
      row_ += i == 0 ? "" : " ";
      if (name == "c_bytes_all") number_at_ = row_.size();
      const bool is_address = table.columns[i].info.type.kind == ColumnKind::kAddress;
      if (name != "c_bytes_all") row_ += is_address ? "10.0.0.1" : "0";
    }
    header_ += "\n";
  }
  const std::string& header() const { return header_; }
  std::string Rows(uint64_t first, uint64_t count) const {
    std::string text;
    for (uint64_t i = 0; i < count; ++i) {
      text += std::string(row_).insert(number_at_, std::to_string(first + i)) + "\n";
    }
    return text;
  }

 private:
  std::string header_, row_;
  size_t number_at_ = 0;
};

// The numbers of the rows in a file of "csv=PATH#logs=tcp&columns=c_bytes_all".
inline std::vector<uint64_t> NumbersIn(const std::string& path) {
  std::ifstream file(path);
  std::vector<uint64_t> numbers;
  for (std::string line; std::getline(file, line);) {
    if (line != "c_bytes_all") numbers.push_back(std::strtoull(line.c_str(), nullptr, 10));
  }
  return numbers;
}

inline std::vector<uint64_t> From(uint64_t first, uint64_t count) {
  std::vector<uint64_t> numbers;
  for (uint64_t i = 0; i < count; ++i) numbers.push_back(first + i);
  return numbers;
}

}  // namespace tstat::ship

#endif  // TSTAT_TESTS_SHIP_FILES_H_
