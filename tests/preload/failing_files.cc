// SPDX-License-Identifier: BSD-3-Clause
//
// Loaded before the command's libraries: a file system that fails, below the folder
// TSTAT_FAIL_BELOW. TSTAT_FAIL is CALL:NUMBER:ERROR:TIMES, such as write:17:ENOSPC:3: from its 17th
// call on, three fail. CALL is write, open, close, ftruncate or rename; ERROR is ENOSPC, EIO or
// EINTR, or `short` of a write, which then takes the half. How many calls there were is written to
// TSTAT_FAIL_CALLS.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct Plan {
  std::string below, call;
  long first = LONG_MAX, times = 0;
  int error = 0;  // 0: short
  bool is_full = false;
};

const Plan& ThePlan() {
  static const Plan plan = [] {
    Plan p;
    const char* below = std::getenv("TSTAT_FAIL_BELOW");
    const char* text = std::getenv("TSTAT_FAIL");
    char call[16], error[16];
    if (below == nullptr || text == nullptr ||
        std::sscanf(text, "%15[a-z]:%ld:%15[A-Za-z]:%ld", call, &p.first, error, &p.times) != 4) {
      return p;
    }
    p.below = below;
    p.call = call;
    const std::string name = error;
    p.is_full = name == "full";
    p.error = name == "ENOSPC" || p.is_full ? ENOSPC
              : name == "EIO"               ? EIO
              : name == "EINTR"             ? EINTR
                                            : 0;
    return p;
  }();
  return plan;
}

std::atomic<long> calls = 0;

enum class Fate { kWorks, kFails, kFailsFirst };

// Of the next call of this kind.
Fate FateOf(const char* call, bool is_below) {
  const Plan& plan = ThePlan();
  if (!is_below || plan.call != call) return Fate::kWorks;
  const long number = ++calls;
  if (number < plan.first || number - plan.first >= plan.times) return Fate::kWorks;
  return number == plan.first ? Fate::kFailsFirst : Fate::kFails;
}
bool Fails(const char* call, bool is_below) { return FateOf(call, is_below) != Fate::kWorks; }

bool IsBelow(const char* path) {
  const std::string& below = ThePlan().below;
  return !below.empty() && std::strncmp(path, below.c_str(), below.size()) == 0;
}

bool IsBelow(int descriptor) {
  if (ThePlan().below.empty()) return false;
  char link[64], path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  struct stat info;
  return IsBelow(path) && fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
}

bool IsBelow(int directory, const char* path) {
  if (path[0] == '/') return IsBelow(path);
  char link[64], folder[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
  const ssize_t size =
      readlink(directory == AT_FDCWD ? "/proc/self/cwd" : link, folder, sizeof folder - 1);
  if (size <= 0) return false;
  folder[size] = '\0';
  return IsBelow((std::string(folder) + "/" + path).c_str());
}

int Failed() {
  errno = ThePlan().error;
  return -1;
}

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

__attribute__((destructor)) void TellCalls() {
  const char* path = std::getenv("TSTAT_FAIL_CALLS");
  if (path == nullptr) return;
  if (std::FILE* file = std::fopen(path, "w"); file != nullptr) {
    std::fprintf(file, "%ld\n", calls.load());
    std::fclose(file);
  }
}

}  // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED ssize_t write(int descriptor, const void* bytes, size_t size) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t)>("write");
  const Fate fate = FateOf("write", IsBelow(descriptor));
  if (fate == Fate::kWorks) return next(descriptor, bytes, size);
  const Plan& plan = ThePlan();
  const bool is_short = plan.error == 0 || (plan.is_full && fate == Fate::kFailsFirst);
  return is_short ? next(descriptor, bytes, (size + 1) / 2) : Failed();
}

EXPORTED int openat(int directory, const char* path, int flags, ...) {
  static const auto next = Next<int (*)(int, const char*, int, ...)>("openat");
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  if ((flags & O_ACCMODE) != O_RDONLY && Fails("open", IsBelow(directory, path))) return Failed();
  return next(directory, path, flags, mode);
}

EXPORTED int close(int descriptor) {
  static const auto next = Next<int (*)(int)>("close");
  const bool fails = Fails("close", IsBelow(descriptor));
  const int result = next(descriptor);
  return fails ? Failed() : result;
}

EXPORTED int rename(const char* from, const char* to) noexcept {
  static const auto next = Next<int (*)(const char*, const char*)>("rename");
  return Fails("rename", IsBelow(AT_FDCWD, to)) ? Failed() : next(from, to);
}
