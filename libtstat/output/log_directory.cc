// SPDX-License-Identifier: BSD-3-Clause
#include "output/log_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "histogram/definitions.h"
#include "output/files.h"
#include "tstat/runtime_config.h"

namespace tstat::internal {
namespace {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool AreDigits(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

std::string_view WithoutSuffix(std::string_view name, std::string_view suffix) {
  if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  return name;
}

bool IsLog(std::string_view name) {
  name = WithoutSuffix(name, ".gz");
  for (const LogInfo& log : kLogs) {
    if (name == log.name) return true;
  }
  return name == "log_l3_bitrate";
}

bool IsHistogram(std::string_view name) {
  if (name == "addresses" || name == "addresses2") return true;
  const auto all = HistogramDefinitions();
  return std::any_of(all.begin(), all.end(),
                     [name](const HistogramDefinition& d) { return d.name == name; });
}

// NAME.pcap, NAMEss.pcap, .pcapng, compressed or not, and what was dumped.
bool IsDump(std::string_view name) {
  if (name == "log.txt") return true;
  name = WithoutSuffix(WithoutSuffix(name, ".gz"), ".zst");
  const std::string_view stem = WithoutSuffix(WithoutSuffix(name, ".pcapng"), ".pcap");
  if (stem.size() == name.size()) return false;
  const auto switches = DumpSwitchNames();
  return std::any_of(switches.begin(), switches.end(), [stem](std::string_view known) {
    return stem.starts_with(known) && AreDigits(stem.substr(known.size()));
  });
}

using NameTest = bool (*)(std::string_view);

// Which files a directory in a log directory may hold; null: it is not one of tstat's.
NameTest FilesOf(std::string_view directory) {
  constexpr std::string_view kDumps = "traces";
  if (directory == "LAST" || directory == "GLOBAL") return IsHistogram;
  if (directory.size() >= 3 && AreDigits(directory)) return IsHistogram;
  if (directory.size() >= kDumps.size() + 2 && directory.starts_with(kDumps) &&
      AreDigits(directory.substr(kDumps.size()))) {
    return IsDump;
  }
  return nullptr;
}

// Visits every name in a directory but "." and "..".
template <typename Visit>
absl::Status ForEachName(int directory, Visit visit) {
  // A description of its own: reading moves the place in it.
  const int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return ErrnoStatus(errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(copy), closedir);
  if (stream == nullptr) {
    const int error = errno;
    close(copy);
    return ErrnoStatus(error);
  }
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (absl::Status status = visit(std::string(name)); !status.ok()) return status;
    errno = 0;
  }
  return errno == 0 ? absl::OkStatus() : ErrnoStatus(errno);
}

class Walk {
 public:
  explicit Walk(bool removes) : removes_(removes) {}

  absl::Status LogDirectory(int directory) {
    return ForEachName(directory, [&](const std::string& name) -> absl::Status {
      struct stat info;
      if (fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return Gone(errno);
      if (S_ISREG(info.st_mode) && IsLog(name)) return File(directory, name, info);
      const NameTest files = S_ISDIR(info.st_mode) ? FilesOf(name) : nullptr;
      if (files == nullptr) return Foreign(name);
      return Subdirectory(directory, name, files);
    });
  }

  LogDirectoryContent Take() { return std::move(content_); }

 private:
  // What somebody removed in the meantime is no error.
  static absl::Status Gone(int error) {
    return error == ENOENT ? absl::OkStatus() : ErrnoStatus(error);
  }

  absl::Status Foreign(std::string name) {
    if (content_.foreign.empty()) content_.foreign = std::move(name);
    return absl::OkStatus();
  }

  absl::Status File(int directory, const std::string& name, const struct stat& info) {
    constexpr uint64_t kBlockBytes = 512;
    ++content_.files;
    content_.bytes += static_cast<uint64_t>(info.st_blocks) * kBlockBytes;
    if (!removes_ || unlinkat(directory, name.c_str(), 0) == 0) return absl::OkStatus();
    return Gone(errno);
  }

  absl::Status Subdirectory(int above, const std::string& name, NameTest is_own) {
    const int directory =
        openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0) return Gone(errno);
    absl::Status status = ForEachName(directory, [&](const std::string& file) -> absl::Status {
      struct stat info;
      if (fstatat(directory, file.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return Gone(errno);
      if (S_ISREG(info.st_mode) && is_own(file)) return File(directory, file, info);
      return Foreign(absl::StrCat(name, "/", file));
    });
    close(directory);
    if (!removes_ || !status.ok()) return status;
    if (unlinkat(above, name.c_str(), AT_REMOVEDIR) == 0) return absl::OkStatus();
    return errno == ENOTEMPTY || errno == EEXIST ? absl::OkStatus() : Gone(errno);
  }

  bool removes_;
  LogDirectoryContent content_;
};

}  // namespace

std::string LogDirectoryName(Timestamp time) {
  const time_t seconds = static_cast<time_t>(time.seconds());
  std::tm local{};
  localtime_r(&seconds, &local);
  return absl::StrFormat("%04d_%02d_%02d_%02d_%02d", local.tm_year + 1900, local.tm_mon + 1,
                         local.tm_mday, local.tm_hour, local.tm_min);
}

std::optional<Timestamp> LogDirectoryTime(std::string_view name) {
  constexpr std::string_view kPattern = "dddd_dd_dd_dd_dd";
  constexpr std::string_view kEnd = ".out";
  if (name.size() < kPattern.size() + kEnd.size() || !name.ends_with(kEnd)) return std::nullopt;
  for (size_t i = 0; i < kPattern.size(); ++i) {
    if (kPattern[i] == 'd' ? !IsDigit(name[i]) : name[i] != kPattern[i]) return std::nullopt;
  }
  std::string_view number = name.substr(kPattern.size());
  number.remove_suffix(kEnd.size());
  if (!number.empty() &&
      (number.size() < 2 || number[0] != '_' || number[1] == '0' || !AreDigits(number.substr(1)))) {
    return std::nullopt;
  }
  std::tm local{};
  local.tm_isdst = -1;
  const std::string text(name);
  if (std::sscanf(text.c_str(), "%4d_%2d_%2d_%2d_%2d", &local.tm_year, &local.tm_mon,
                  &local.tm_mday, &local.tm_hour, &local.tm_min) != 5) {
    return std::nullopt;
  }
  local.tm_year -= 1900;
  local.tm_mon -= 1;
  const std::tm asked = local;
  const time_t seconds = std::mktime(&local);
  constexpr time_t kMost = INT64_MAX / 1'000'000'000;
  // mktime makes a date of anything.
  if (asked.tm_mon != local.tm_mon || asked.tm_mday != local.tm_mday || seconds > kMost ||
      seconds < -kMost) {
    return std::nullopt;
  }
  return Timestamp::FromSeconds(seconds);
}

absl::StatusOr<LogDirectoryContent> ListLogDirectory(int directory) {
  Walk walk(/*removes=*/false);
  if (absl::Status status = walk.LogDirectory(directory); !status.ok()) return status;
  return walk.Take();
}

absl::Status EmptyLogDirectory(int directory) {
  return Walk(/*removes=*/true).LogDirectory(directory);
}

}  // namespace tstat::internal
