// SPDX-License-Identifier: BSD-3-Clause
#include "output/session_keeper.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "output/directory_lock.h"
#include "output/files.h"
#include "output/session_directory.h"

namespace tstat::internal {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

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

struct SessionKeeper::Session {
  std::string name;
  int64_t named_s, changed_s;
  int number;
  bool is_open;  // by somebody, or perhaps

  auto order() const { return std::make_tuple(named_s, number); }
};

std::vector<SessionKeeper::Session> SessionKeeper::Find(int base, const std::string& present) {
  std::vector<Session> sessions;
  const int copy = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return sessions;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(copy), closedir);
  if (stream == nullptr) {
    close(copy);
    return sessions;
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
    sessions.push_back({name, time->seconds(), info.st_mtime, NumberOf(name), is_open});
  }
  std::sort(sessions.begin(), sessions.end(),
            [](const Session& a, const Session& b) { return a.order() < b.order(); });
  return sessions;
}

uint64_t SessionKeeper::BytesOf(int base, const Session& session) {
  if (const auto known = bytes_.find(session.name); !session.is_open && known != bytes_.end()) {
    return known->second;
  }
  const int directory =
      openat(base, session.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return 0;
  const absl::StatusOr<SessionContent> content = ListSession(directory);
  close(directory);
  if (!content.ok()) return 0;
  if (!session.is_open) bytes_[session.name] = content->bytes;
  return content->bytes;
}

std::optional<std::string> SessionKeeper::RemoveOldest(const std::string& base,
                                                       const std::string& present, Timestamp now) {
  const int directory = open(base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return std::nullopt;
  const std::vector<Session> sessions = Find(directory, present);
  uint64_t total = 0;
  if (limit_.bytes.has_value()) {
    for (const Session& session : sessions) total += BytesOf(directory, session);
  }
  std::optional<std::string> removed;
  for (const Session& session : sessions) {
    const bool is_due =
        limit_.bytes.has_value()
            ? total > *limit_.bytes
            : now.seconds() - std::max(session.named_s, session.changed_s) > *limit_.seconds;
    if (session.is_open || !is_due) continue;
    const std::string path = absl::StrCat(base, "/", session.name);
    if (Remove(directory, path, session)) {
      removed = path;
      break;
    }
    if (limit_.bytes.has_value()) total -= std::min(total, BytesOf(directory, session));
  }
  close(directory);
  return removed;
}

// Its lock is held meanwhile: another tstat may begin to use it at any time.
bool SessionKeeper::Remove(int base, const std::string& path, const Session& session) {
  absl::StatusOr<DirectoryLock> lock = DirectoryLock::Below(base, session.name);
  if (absl::IsUnavailable(lock.status())) return false;
  absl::Status status = lock.status();
  if (status.ok()) status = EmptySession(lock->descriptor());
  bytes_.erase(session.name);
  if (status.ok() && unlinkat(base, session.name.c_str(), AT_REMOVEDIR) != 0) {
    status = ErrnoStatus(errno);
  }
  if (status.ok()) return true;
  left_.insert(session.name);
  std::string reason(status.message());
  if (lock.ok()) {
    const absl::StatusOr<SessionContent> content = ListSession(lock->descriptor());
    if (content.ok() && !content->foreign.empty()) {
      reason = absl::StrCat("it holds what is not of tstat (", content->foreign, ")");
    }
  }
  problems_.push_back(absl::StrCat(path, " cannot be removed: ", reason));
  return false;
}

std::vector<std::string> SessionKeeper::TakeProblems() { return std::exchange(problems_, {}); }

}  // namespace tstat::internal
