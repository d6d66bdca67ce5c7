// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/sandbox.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string_view>
#include <utility>

#ifdef TSTAT_WITH_SECCOMP
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>

#include "system-calls/filter.h"
#endif

#include "tstat-rrd-cgi/files.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

// Landlock, as Linux's landlock(7) has it: older headers do not know all of it, and the C library
// has no functions for it. The numbers of the calls are the same on all processors.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr unsigned kAskVersion = 1;
constexpr int kPathBeneath = 1;
struct RulesetAttributes {
  uint64_t files = 0;
  uint64_t network = 0;  // from version 4
  uint64_t scoped = 0;   // from version 6
};
struct __attribute__((packed)) PathBeneath {
  uint64_t allowed = 0;
  int32_t parent = -1;
};

constexpr uint64_t kWriteFile = 1 << 1, kReadFile = 1 << 2, kReadDirectory = 1 << 3,
                   kRemoveFile = 1 << 5, kMakeFile = 1 << 8, kTruncate = 1 << 14;
// What a rule about a file, not a directory, may hold.
constexpr uint64_t kOfFiles = kWriteFile | kReadFile | kTruncate;
// How many kinds of access to files each version knows: these are bits from the lowest on.
constexpr int kKindsOfVersion[] = {0, 13, 14, 15, 15, 16};
constexpr int kVersionOfNetwork = 4, kVersionOfScopes = 6;
constexpr uint64_t kBindAndConnect = 3;
constexpr uint64_t kAbstractSocketsAndSignals = 3;

absl::Status ErrorOfKernel(std::string_view what) {
  const std::string message = Cat(what, ": ", std::strerror(errno));
  // Built without it; not among those that the kernel was started with.
  return errno == ENOSYS || errno == EOPNOTSUPP ? absl::UnimplementedError(message)
                                                : absl::FailedPreconditionError(message);
}

void Add(std::string_view path, std::vector<ReachablePath>& paths) {
  if (!path.empty()) paths.push_back({std::string(path), false});
}

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

constexpr std::string_view kLibraryPaths[] = {
    "/etc/fonts", "/usr/share/fonts", "/usr/local/share/fonts", "/var/cache/fontconfig",
    "/usr/share/X11/fonts",
    // Locales and time zones.
    "/usr/lib/locale", "/usr/share/locale", "/usr/share/zoneinfo", "/etc/localtime"};

// What could be in fontconfig's settings. Links in /etc/fonts lead to what is. If it could be
// listed, fontconfig would read all of it, too, to describe it: most of the time that it takes.
constexpr char kFontTemplates[] = "/usr/share/fontconfig";

}  // namespace

std::vector<ReachablePath> PathsOf(const Configuration* settings) {
  if (settings == nullptr) return {};
  std::vector<ReachablePath> paths = {
      {settings->data_root, false}, {settings->image_dir, true}, {settings->gallery_dir, true}};
  // A plain name is below the data root.
  if (settings->statistics_file.find('/') != std::string::npos) {
    paths.push_back({settings->statistics_file, false});
  }
  return paths;
}

std::string StampOf(const Configuration* settings) {
  std::string stamp = settings == nullptr ? "none" : settings->sandbox ? "yes" : "no";
  for (const ReachablePath& one : PathsOf(settings)) {
    struct stat status {};
    if (stat(one.path.c_str(), &status) != 0) status = {};
    stamp += Cat("\n", one.path, " ", status.st_dev, " ", status.st_ino);
  }
  return stamp;
}

std::vector<ReachablePath> PathsOfLibraries() {
  std::vector<ReachablePath> paths;
  for (std::string_view path : kLibraryPaths) Add(path, paths);
  paths.push_back({kFontTemplates, false, /*is_listed=*/false});
#ifdef TSTAT_SANITIZED
  Add("/proc", paths);  // the sanitizers look for threads and memory
#endif
  for (const char* name : {"FONTCONFIG_FILE", "FONTCONFIG_PATH", "TZDIR", "LOCPATH"}) {
    Add(Variable(name), paths);
  }
  for (std::string_view zone = Variable("TZ"); zone.starts_with(':') || zone.starts_with('/');) {
    if (zone.starts_with('/')) {
      Add(zone, paths);
      break;
    }
    zone.remove_prefix(1);
  }
  // Fonts of the user's own.
  const std::string_view home = Variable("HOME"), data = Variable("XDG_DATA_HOME"),
                         cache = Variable("XDG_CACHE_HOME"), config = Variable("XDG_CONFIG_HOME");
  if (!data.empty()) Add(Cat(data, "/fonts"), paths);
  if (!cache.empty()) Add(Cat(cache, "/fontconfig"), paths);
  if (!config.empty()) Add(Cat(config, "/fontconfig"), paths);
  if (!home.empty()) {
    for (const char* below : {"/.fonts", "/.fonts.conf", "/.fontconfig", "/.local/share/fonts",
                              "/.cache/fontconfig", "/.config/fontconfig"}) {
      Add(Cat(home, below), paths);
    }
  }
  return paths;
}

absl::Status LimitFiles(const std::vector<ReachablePath>& paths) {
  const long version = syscall(kCreateRuleset, nullptr, size_t{0}, kAskVersion);
  if (version < 1) return ErrorOfKernel("Landlock");
  constexpr long kNewest = std::size(kKindsOfVersion) - 1;
  const int kinds = kKindsOfVersion[version < kNewest ? version : kNewest];
  RulesetAttributes attributes;
  attributes.files = (uint64_t{1} << kinds) - 1;
  // Older kernels take the larger structure as long as the rest of it is zero.
  if (version >= kVersionOfNetwork) attributes.network = kBindAndConnect;
  if (version >= kVersionOfScopes) attributes.scoped = kAbstractSocketsAndSignals;
  const Descriptor rules(
      static_cast<int>(syscall(kCreateRuleset, &attributes, sizeof(attributes), 0U)));
  if (!rules.ok()) return ErrorOfKernel("Landlock");
  for (const ReachablePath& one : paths) {
    const Descriptor file(open(one.path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!file.ok() || fstat(file.get(), &status) != 0) continue;
    PathBeneath rule{kReadFile, file.get()};
    if (one.is_listed) rule.allowed |= kReadDirectory;
    if (one.is_writable) rule.allowed |= kWriteFile | kMakeFile | kRemoveFile | kTruncate;
    rule.allowed &= attributes.files & (S_ISDIR(status.st_mode) ? UINT64_MAX : kOfFiles);
    if (syscall(kAddRule, rules.get(), kPathBeneath, &rule, 0U) != 0) {
      return ErrorOfKernel(Cat("Landlock, ", one.path));
    }
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(kRestrictSelf, rules.get(), 0U) != 0) {
    return ErrorOfKernel("Landlock");
  }
  return absl::OkStatus();
}

#ifdef TSTAT_WITH_SECCOMP

namespace {

// Whatever their arguments are. Older and newer names of a call stand together: which one is used
// depends on the C library and the processor.
struct CallGroup {
  const char* names[32];  // up to the first null
};
constexpr CallGroup kAllowedCalls[] = {
    // Memory; mmap and mprotect stand below.
    {{"brk", "munmap", "mremap", "madvise", "mincore", "msync", "memfd_create"}},
    // Files and directories: databases, pictures, fonts.
    {{"open",      "openat",     "close", "read",       "readv",     "pread64",  "write", "writev",
      "pwrite64",  "lseek",      "fstat", "newfstatat", "stat",      "lstat",    "statx", "access",
      "faccessat", "faccessat2", "fcntl", "flock",      "ftruncate", "fadvise64"}},
    {{"getdents64", "getcwd", "readlink", "readlinkat", "rename", "renameat", "renameat2", "unlink",
      "unlinkat", "statfs", "fstatfs", "dup", "fsync", "fdatasync"}},
    // The inherited socket: connections that others open.
    {{"accept", "accept4", "recvfrom", "sendto", "shutdown", "getsockname", "getpeername",
      "getsockopt", "poll", "ppoll", "select", "pselect6", "_newselect"}},
    // Time, and its limit.
    {{"clock_gettime", "clock_getres", "gettimeofday", "time", "clock_nanosleep", "nanosleep",
      "alarm", "setitimer"}},
    // Signals, and the end.
    {{"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
      "exit_group", "exit"}},
    // Threads of the libraries: pango finds fonts in one.
    {{"futex", "futex_time64", "set_robust_list", "rseq", "gettid", "sched_yield",
      "sched_getaffinity", "sched_getattr", "sched_getparam", "sched_getscheduler"}},
    // What the process knows of itself.
    {{"getpid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "sysinfo",
      "uname", "getrandom"}},
#ifdef TSTAT_SANITIZED
    // How the sanitizers find out whether memory can be read, and look for leaks.
    {{"pipe", "pipe2", "prctl", "ptrace", "clone", "wait4"}},
#endif
};

}  // namespace

absl::Status LimitCalls() {
  SystemCallFilter filter(/*log=*/false);
  for (const CallGroup& group : kAllowedCalls) {
    for (const char* name : group.names) {
      if (name != nullptr) filter.Add(SCMP_ACT_ALLOW, name);
    }
  }
  // Memory that can be written is never executed, and nothing new becomes executable.
  for (const char* name : {"mmap", "mmap2", "mprotect"}) {
    filter.Add(SCMP_ACT_ALLOW, name, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  }
  // A thread, not a process. (clone3 keeps its flags where a filter cannot see them: it is refused,
  // and the C library takes clone.)
  filter.Add(SCMP_ACT_ALLOW, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  // libfcgi sends at once; stdio asks whether it writes to a terminal.
  filter.Add(SCMP_ACT_ALLOW, "setsockopt", SCMP_A1(SCMP_CMP_NE, SOL_SOCKET, 0));
  filter.Add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, TCGETS));
#ifndef TSTAT_SANITIZED
  filter.Add(SCMP_ACT_ALLOW, "prctl", SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
#endif
  // abort, and a signal that acts in the default way.
  const auto self = static_cast<scmp_datum_t>(getpid());
  filter.Add(SCMP_ACT_ALLOW, "kill", SCMP_A0(SCMP_CMP_EQ, self, 0));
  filter.Add(SCMP_ACT_ALLOW, "tgkill", SCMP_A0(SCMP_CMP_EQ, self, 0));
  // The limits can be read, not set.
  filter.Add(SCMP_ACT_ALLOW, "prlimit64", SCMP_A2(SCMP_CMP_EQ, 0, 0));
  for (const char* name : kDeadlyCalls) {
#ifdef TSTAT_SANITIZED
    if (std::string_view(name) == "ptrace") continue;
#endif
    filter.Add(SCMP_ACT_KILL_PROCESS, name);
  }
  return filter.Load();
}

#else

absl::Status LimitCalls() { return absl::UnimplementedError("built without libseccomp"); }

#endif

std::string LockIn(const Configuration* settings) {
  if (settings != nullptr && !settings->sandbox) return "";
  std::vector<ReachablePath> paths = PathsOf(settings);
  for (ReachablePath& path : PathsOfLibraries()) paths.push_back(std::move(path));
  // It is read with each request.
  paths.push_back({ConfigurationPath()});
  std::string missing;
  for (const absl::Status& status : {LimitFiles(paths), LimitCalls()}) {
    if (status.ok()) continue;
    if (!missing.empty()) missing += "; ";
    missing += std::string(status.message());
  }
  return missing;
}

}  // namespace tstat::viewer

// cairo draws EPS into a temporary file, for which no directory is left: it is in memory. (What the
// C library has under these names is called by none of the libraries then; CMakeLists.txt exports
// them.)
#define TSTAT_EXPORTED extern "C" __attribute__((visibility("default")))
TSTAT_EXPORTED FILE* tmpfile() {
  const int file = memfd_create("tstat_rrd.cgi", MFD_CLOEXEC);
  if (file < 0) return nullptr;
  FILE* stream = fdopen(file, "w+");
  if (stream == nullptr) close(file);
  return stream;
}
TSTAT_EXPORTED FILE* tmpfile64() { return tmpfile(); }
