// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/output_keeper.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "output/directory_lock.h"
#include "output/files.h"
#include "output/log_directory.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

constexpr int64_t kHour = 3600;

// The number in "_2.out", 1 without one: the order within a minute.
int NumberOf(std::string_view name) {
  int number = 1;
  const size_t at = name.rfind('_');
  const std::string_view text = name.substr(at + 1, name.size() - at - 1 - 4);
  constexpr size_t kMinuteEnds = 16;
  if (at >= kMinuteEnds && !absl::SimpleAtoi(View(text), &number)) return INT32_MAX;
  return number;
}

struct Unit {
  char letter;
  int64_t seconds;
  uint64_t bytes;
};
constexpr Unit kUnits[] = {{'h', kHour, 0},
                           {'d', 24 * kHour, 0},
                           {'M', 0, uint64_t{1} << 20},
                           {'G', 0, uint64_t{1} << 30},
                           {'T', 0, uint64_t{1} << 40}};

}  // namespace

absl::StatusOr<KeepLimit> ParseKeepLimit(std::string_view text) {
  constexpr uint64_t kMost = 1000000;
  uint64_t count = 0;
  for (const Unit& unit : kUnits) {
    if (text.empty() || text.back() != unit.letter) continue;
    const std::string_view number = text.substr(0, text.size() - 1);
    const bool is_number = !number.empty() && number.find_first_not_of("0123456789") == number.npos;
    if (!is_number || !absl::SimpleAtoi(View(number), &count) || count < 1 || count > kMost) break;
    KeepLimit limit;
    if (unit.seconds != 0) {
      limit.seconds = static_cast<int64_t>(count) * unit.seconds;
    } else {
      limit.bytes = count * unit.bytes;
    }
    return limit;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "1 to ", kMost, " with a unit is expected: h, d (hours, days) or M, G, T (bytes)"));
}

class OutputKeeper::Impl {
 public:
  explicit Impl(KeepLimit limit) : limit_(limit) {}

  std::optional<std::string> RemoveOldest(const std::string& base, const std::string& present,
                                          Timestamp now);
  std::vector<std::string> TakeProblems() { return std::exchange(problems_, {}); }

 private:
  struct LogDirectory;

  std::vector<LogDirectory> Find(int base, const std::string& present);
  uint64_t BytesOf(int base, const LogDirectory& one);
  bool Remove(int base, const std::string& path, const LogDirectory& one);

  KeepLimit limit_;
  std::map<std::string, uint64_t> bytes_;  // of those that do not change any more
  std::set<std::string> left_;             // cannot be removed
  std::vector<std::string> problems_;
};

struct OutputKeeper::Impl::LogDirectory {
  std::string name;
  int64_t named_s, changed_s;
  int number;
  bool is_open;  // by somebody, or perhaps

  auto order() const { return std::make_tuple(named_s, number); }
};

std::vector<OutputKeeper::Impl::LogDirectory> OutputKeeper::Impl::Find(int base,
                                                                       const std::string& present) {
  std::vector<LogDirectory> all;
  const int copy = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return all;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(copy), closedir);
  if (stream == nullptr) {
    close(copy);
    return all;
  }
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    const std::optional<Timestamp> time = LogDirectoryTime(name);
    struct stat info;
    if (!time.has_value() || left_.count(name) > 0 ||
        fstatat(base, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(info.st_mode)) {
      continue;
    }
    const bool is_open =
        name == present || absl::IsUnavailable(DirectoryLock::Below(base, name).status());
    all.push_back({name, time->seconds(), info.st_mtime, NumberOf(name), is_open});
  }
  std::sort(all.begin(), all.end(),
            [](const LogDirectory& a, const LogDirectory& b) { return a.order() < b.order(); });
  return all;
}

uint64_t OutputKeeper::Impl::BytesOf(int base, const LogDirectory& one) {
  if (const auto known = bytes_.find(one.name); !one.is_open && known != bytes_.end()) {
    return known->second;
  }
  const int directory =
      openat(base, one.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return 0;
  const absl::StatusOr<LogDirectoryContent> content = ListLogDirectory(directory);
  close(directory);
  if (!content.ok()) return 0;
  if (!one.is_open) bytes_[one.name] = content->bytes;
  return content->bytes;
}

std::optional<std::string> OutputKeeper::Impl::RemoveOldest(const std::string& base,
                                                            const std::string& present,
                                                            Timestamp now) {
  const int directory = open(base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return std::nullopt;
  const std::vector<LogDirectory> all = Find(directory, present);
  uint64_t total = 0;
  if (limit_.bytes.has_value()) {
    for (const LogDirectory& one : all) total += BytesOf(directory, one);
  }
  std::optional<std::string> removed;
  for (const LogDirectory& one : all) {
    const bool is_due =
        limit_.bytes.has_value()
            ? total > *limit_.bytes
            : now.seconds() - std::max(one.named_s, one.changed_s) > *limit_.seconds;
    if (one.is_open || !is_due) continue;
    const std::string path = absl::StrCat(base, "/", one.name);
    if (Remove(directory, path, one)) {
      removed = path;
      break;
    }
    if (limit_.bytes.has_value()) total -= std::min(total, BytesOf(directory, one));
  }
  close(directory);
  return removed;
}

// Its lock is held meanwhile: another tstat may begin to use it at any time.
bool OutputKeeper::Impl::Remove(int base, const std::string& path, const LogDirectory& one) {
  absl::StatusOr<DirectoryLock> lock = DirectoryLock::Below(base, one.name);
  if (absl::IsUnavailable(lock.status())) return false;
  absl::Status status = lock.status();
  if (status.ok()) status = EmptyLogDirectory(lock->descriptor());
  bytes_.erase(one.name);
  if (status.ok() && unlinkat(base, one.name.c_str(), AT_REMOVEDIR) != 0) {
    status = ErrnoStatus(errno);
  }
  if (status.ok()) return true;
  left_.insert(one.name);
  std::string reason(status.message());
  if (lock.ok()) {
    const absl::StatusOr<LogDirectoryContent> content = ListLogDirectory(lock->descriptor());
    if (content.ok() && !content->foreign.empty()) {
      reason = absl::StrCat("it holds what is not of tstat (", content->foreign, ")");
    }
  }
  problems_.push_back(absl::StrCat(path, " cannot be removed: ", reason));
  return false;
}

OutputKeeper::OutputKeeper(KeepLimit limit) : impl_(std::make_unique<Impl>(limit)) {}
OutputKeeper::~OutputKeeper() = default;

std::optional<std::string> OutputKeeper::RemoveOldest(const std::string& base,
                                                      const std::string& present, Timestamp now) {
  return impl_->RemoveOldest(base, present, now);
}
std::vector<std::string> OutputKeeper::TakeProblems() { return impl_->TakeProblems(); }

}  // namespace tstat::inline v1
