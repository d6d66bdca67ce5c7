// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/progress_file.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tstat::ship {

absl::StatusOr<ProgressFile> ProgressFile::Make(const std::string& directory,
                                                std::string_view start, std::string_view end) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return absl::ErrnoToStatus(error.value(), directory);
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::array<char, 64> name{};
  std::strftime(name.data(), name.size(), "progress_%Y-%m-%d_%H:%M:%S.txt", &parts);
  std::string path = absl::StrCat(directory, "/", name.data());
  std::FILE* const file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return absl::ErrnoToStatus(errno, path);
  ProgressFile progress(std::move(path), file);
  progress.Put(
      absl::StrCat("Processing from ", std::string(start), " to ", std::string(end), "\n"));
  return progress;
}

// At once: it is read while the run goes on.
void ProgressFile::Put(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), file_.get());
  std::fflush(file_.get());
}

void ProgressFile::NoteShortRow(uint64_t line, std::string_view path) {
  Put(absl::StrCat("#line number: ", line, " in ", std::string(path), "\n ", std::string(kShortRow),
                   ".\n"));
}

void ProgressFile::NoteFailedRequest(std::string_view what) {
  Put(absl::StrCat("The insert curl command occurs error! The command is below\n",
                   std::string(what), "\n"));
}

}  // namespace tstat::ship
