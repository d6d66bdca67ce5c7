// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/trace_index.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "tstat-rrd-cgi/files.h"
#include "tstat-rrd-cgi/notices.h"
#include "tstat-rrd-cgi/query.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

constexpr char kIndexFile[] = "traces.index";
constexpr size_t kMaxIndexBytes = size_t{4} << 20;
constexpr std::string_view kIndexHead = "tstat-rrd-cgi traces 1 ";

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Directory OpenDirectoryAt(int at, const char* name, int more) {
  const int number = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | more);
  if (number < 0) return nullptr;
  DIR* directory = fdopendir(number);
  if (directory == nullptr) close(number);
  return Directory(directory);
}

std::optional<std::string> Resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (real == nullptr) return std::nullopt;
  return std::string(real.get());
}

bool IsBelow(std::string_view path, std::string_view root) {
  return path == root || root == "/" ||
         (path.starts_with(root) && path.size() > root.size() && path[root.size()] == '/');
}

class Walk {
 public:
  explicit Walk(std::string root) : root_(std::move(root)) {}

  void Visit(int at, const char* entry, const std::string& name, int depth, int flags) {
    // The root is not counted.
    if (directories_++ > kMaxDirectories) return;
    const Directory directory = OpenDirectoryAt(at, entry, flags);
    if (directory == nullptr) return;
    struct stat status {};
    const int here = dirfd(directory.get());
    // A link to a directory above would go round for ever.
    if (fstat(here, &status) != 0 || !open_.emplace(status.st_dev, status.st_ino).second) return;
    bool has_databases = false;
    std::vector<std::string> below;
    while (const dirent* item = readdir(directory.get())) {
      const std::string_view file = item->d_name;
      if (file.starts_with('.')) continue;
      if (file.ends_with(".rrd")) has_databases = true;
      if (IsClean(file) && IsDirectory(here, item, name)) below.emplace_back(file);
    }
    if (has_databases) traces_.push_back(name);
    std::ranges::sort(below);
    for (const std::string& child : below) {
      if (depth >= kMaxTraceDepth) break;
      Visit(here, child.c_str(), name.empty() ? child : Cat(name, "/", child), depth + 1, 0);
    }
    open_.erase({status.st_dev, status.st_ino});
  }

  // Whether there were more directories than it has looked into.
  [[nodiscard]] bool IsCut() const { return directories_ > kMaxDirectories + 1; }

  std::vector<std::string> Traces() {
    std::ranges::sort(traces_);
    return std::move(traces_);
  }

 private:
  static bool IsClean(std::string_view file) { return IsCleanTraceName(file); }

  bool IsDirectory(int here, const dirent* item, const std::string& name) const {
    if (item->d_type == DT_DIR) return true;
    if (item->d_type != DT_LNK && item->d_type != DT_UNKNOWN) return false;
    struct stat status {};
    if (fstatat(here, item->d_name, &status, 0) != 0 || !S_ISDIR(status.st_mode)) return false;
    const auto real = Resolved(Cat(root_, "/", name, "/", item->d_name));
    return real && IsBelow(*real, root_);
  }

  std::string root_;
  size_t directories_ = 0;
  std::set<std::pair<dev_t, ino_t>> open_;
  std::vector<std::string> traces_;
};

// The list in the index file, if it is of this root and new enough.
std::optional<std::vector<std::string>> ReadIndex(int images, const std::string& head,
                                                  int64_t now) {
  struct stat status {};
  if (fstatat(images, kIndexFile, &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  const int64_t age = now - status.st_mtime;
  // File systems may have finer clocks than time(), which is a few milliseconds behind then.
  if (age < -1 || age > kIndexSeconds) return std::nullopt;
  const absl::StatusOr<std::string> text = ReadFileAt(images, kIndexFile, kMaxIndexBytes);
  if (!text.ok() || !text->starts_with(head)) return std::nullopt;
  std::vector<std::string> traces;
  std::string_view rest = std::string_view(*text).substr(head.size());
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view name = rest.substr(0, end);
    if (!name.empty() && !IsCleanTraceName(name)) return std::nullopt;
    traces.emplace_back(name);
    rest.remove_prefix(end + 1);
  }
  return traces;
}

// The cause: temporary names differ each time.
std::string_view WithoutTemporary(std::string_view message) {
  const size_t colon = message.rfind(": ");
  return colon == std::string_view::npos ? message : message.substr(colon + 2);
}

// The names in directories that have not changed since: a responder that stays is asked for the
// same one by a page and by all of its pictures.
class KeptNames {
 public:
  [[nodiscard]] const std::vector<std::string>* Find(const std::string& path,
                                                     const struct stat& status) const {
    const auto found = kept_.find(path);
    return found != kept_.end() && found->second.stamp == StampOf(status) ? &found->second.names
                                                                          : nullptr;
  }
  void Keep(const std::string& path, const struct stat& status, std::vector<std::string> names) {
    // What comes at the moment of a change may not change the time again.
    if (std::time(nullptr) - status.st_mtime < kSettledSeconds) return;
    if (kept_.size() >= kMost) kept_.clear();
    kept_[path] = {StampOf(status), std::move(names)};
  }

 private:
  static constexpr size_t kMost = 16;
  static constexpr time_t kSettledSeconds = 3;
  using Stamp = std::array<int64_t, 4>;
  struct Listing {
    Stamp stamp{};
    std::vector<std::string> names;
  };
  static Stamp StampOf(const struct stat& status) {
    return {static_cast<int64_t>(status.st_dev), static_cast<int64_t>(status.st_ino),
            status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  }
  std::map<std::string, Listing> kept_;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> WalkTraces(const std::string& root) {
  const std::optional<std::string> real = Resolved(root);
  struct stat status {};
  if (!real || stat(real->c_str(), &status) != 0) {
    return absl::UnavailableError(Cat(root, ": ", std::strerror(errno)));
  }
  if (!S_ISDIR(status.st_mode)) return absl::UnavailableError(Cat(root, ": not a directory"));
  Walk walk(*real);
  walk.Visit(AT_FDCWD, real->c_str(), "", 0, 0);
  if (walk.IsCut()) {
    Notice(Cat(root, ": more than ", kMaxDirectories,
               " directories: traces in the others are not shown"));
  }
  return walk.Traces();
}

absl::StatusOr<std::vector<std::string>> ListTraces(const Configuration& settings) {
  return ListTracesAt(settings, std::time(nullptr));
}

absl::StatusOr<std::vector<std::string>> ListTracesAt(const Configuration& settings, int64_t now) {
  const std::string root = Resolved(settings.data_root).value_or(settings.data_root);
  const std::string head = Cat(kIndexHead, PercentEncode(root), "\n");
  const Descriptor images(open(settings.image_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (images.ok()) {
    if (auto traces = ReadIndex(images.get(), head, now)) return *std::move(traces);
  }
  const std::string why = images.ok() ? "" : std::strerror(errno);
  absl::StatusOr<std::vector<std::string>> traces = WalkTraces(root);
  if (!images.ok()) {
    Notice(Cat("image_dir, which is done without: ", settings.image_dir, ": ", why));
  } else if (traces.ok()) {
    std::string text = head;
    for (const std::string& name : *traces) text += name + "\n";
    if (const absl::Status status = ReplaceFileAt(images.get(), kIndexFile, text); !status.ok()) {
      Notice(Cat("image_dir, which is done without: ", settings.image_dir, ": ",
                 WithoutTemporary(std::string(status.message()))));
    }
  }
  return traces;
}

bool Trace::Has(std::string_view file) const {
  return std::ranges::binary_search(files, file, {},
                                    [](const std::string& s) { return std::string_view(s); });
}

std::string Trace::PathOf(std::string_view file) const { return Cat(path, "/", file); }

absl::StatusOr<Trace> OpenTrace(const std::string& root, const std::string& name) {
  if (!name.empty() && !IsCleanTraceName(name)) return absl::NotFoundError("no such trace");
  const std::optional<std::string> real_root = Resolved(root);
  const std::optional<std::string> real = Resolved(name.empty() ? root : Cat(root, "/", name));
  if (!real_root || !real || !IsBelow(*real, *real_root)) {
    return absl::NotFoundError("no such trace");
  }
  const Directory directory = OpenDirectoryAt(AT_FDCWD, real->c_str(), O_NOFOLLOW);
  struct stat status {};
  if (directory == nullptr || fstat(dirfd(directory.get()), &status) != 0) {
    return absl::NotFoundError("no such trace");
  }
  static KeptNames kept;
  Trace trace{name, *real, {}};
  if (const auto* names = kept.Find(*real, status)) {
    trace.files = *names;
    return trace;
  }
  bool has_links = false;
  while (const dirent* item = readdir(directory.get())) {
    if (!std::string_view(item->d_name).ends_with(".rrd")) continue;
    // To open a pipe could take for ever.
    if (item->d_type != DT_REG && item->d_type != DT_LNK && item->d_type != DT_UNKNOWN) continue;
    if (item->d_type == DT_LNK || item->d_type == DT_UNKNOWN) {
      has_links = true;
      const auto target = Resolved(Cat(*real, "/", item->d_name));
      if (!target || !IsBelow(*target, *real_root)) continue;
    }
    if (trace.files.size() == kMaxDatabases) break;
    trace.files.emplace_back(item->d_name);
  }
  std::ranges::sort(trace.files);
  // Where a link leads may change elsewhere.
  if (!has_links) kept.Keep(*real, status, trace.files);
  return trace;
}

}  // namespace tstat::viewer
