// SPDX-License-Identifier: BSD-3-Clause
//
// A fresh folder that goes, with what is in it, at the end of a test.
#ifndef TSTAT_TESTS_OUTPUT_TEMPORARY_FOLDER_H_
#define TSTAT_TESTS_OUTPUT_TEMPORARY_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace tstat::internal {

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / "tstat_test_XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string ReadWholeFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_OUTPUT_TEMPORARY_FOLDER_H_
