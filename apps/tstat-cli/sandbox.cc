// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/sandbox.h"

#ifdef TSTAT_WITH_SECCOMP

#include <net/if.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"

// GCC says so in one way, clang in another.
#ifdef __SANITIZE_ADDRESS__
#define TSTAT_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TSTAT_SANITIZED
#endif
#endif

namespace tstat::cli {
namespace {

// When calls are allowed.
enum class When { kAlways, kDatabases, kServiceManager };

struct CallGroup {
  When when;
  const char* names[24];  // up to the first null
};

// Allowed whatever their arguments are. Older and newer names of a call stand together: which one
// is used depends on the C library and the processor.
constexpr CallGroup kAllowed[] = {
    // Memory; mmap and mprotect stand below.
    {When::kAlways, {"brk", "munmap", "mremap", "madvise"}},
    // Files: logs, histograms, runtime.conf, the interface's statistics in /sys, the time zone.
    {When::kAlways,
     {"open",     "openat",    "close",      "read",       "pread64", "write",    "writev",
      "pwrite64", "lseek",     "fstat",      "newfstatat", "stat",    "lstat",    "statx",
      "access",   "faccessat", "faccessat2", "fcntl",      "flock",   "ftruncate"}},
    // Directories, and what of an output has to go.
    {When::kAlways,
     {"mkdir", "mkdirat", "getdents64", "getcwd", "readlink", "readlinkat", "rename", "renameat",
      "renameat2", "unlink", "unlinkat", "rmdir"}},
    // The interface.
    {When::kAlways, {"poll", "ppoll", "recvfrom", "getsockopt", "getsockname"}},
    // Time.
    {When::kAlways,
     {"clock_gettime", "clock_getres", "gettimeofday", "time", "clock_nanosleep", "nanosleep"}},
    // Signals, and the end.
    {When::kAlways,
     {"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
      "exit_group", "exit"}},
    // What the process knows of itself; locks of the C library.
    {When::kAlways,
     {"getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "sysinfo", "uname",
      "sched_yield", "sched_getaffinity", "futex", "getrandom"}},
    // A new database is made under a temporary name, with all its bytes. A process of its own may
    // have been started for that: it is talked to, and waited for at the end.
    {When::kDatabases,
     {"chmod", "fchmod", "fchmodat", "fallocate", "fadvise64", "msync", "sendto", "wait4"}},
    {When::kServiceManager, {"sendto"}},
#ifdef TSTAT_SANITIZED
    // How the sanitizers find out whether memory can be read.
    {When::kAlways, {"pipe", "pipe2", "prlimit64"}},
#endif
};

// Nothing of tstat or its libraries calls these: who does is not tstat any more.
constexpr const char* kDeadly[] = {
    "execve",
    "execveat",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "setns",
    "unshare",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "capset",
    "reboot",
    "io_uring_setup",
};

// Builds the filter; the first error counts.
class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), &seccomp_release) {
    if (context_ == nullptr) {
      error_ = ENOMEM;
      return;
    }
    seccomp_attr_set(context_.get(), SCMP_FLTATR_API_SYSRAWRC, 1);  // the kernel's own errors
    // What is refused stands in the kernel's log. Kernels before 4.14 cannot.
    seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_LOG, 1);
    // A tree, not a list: it is asked at each call.
    seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  }

  // Names that this processor does not have are left out.
  template <typename... Conditions>
  void Add(uint32_t action, const char* name, Conditions... conditions) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR || error_ != 0) return;
    const int result =
        seccomp_rule_add(context_.get(), action, call, sizeof...(conditions), conditions...);
    // -EDOM: a call of another processor's.
    if (result != 0 && result != -EDOM) error_ = -result;
  }

  absl::Status Load() {
    if (error_ == 0) error_ = -seccomp_load(context_.get());
    if (error_ == 0) return absl::OkStatus();
    return absl::FailedPreconditionError(
        std::error_code(error_, std::generic_category()).message());
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  int error_ = 0;
};

void AddByArguments(const SystemCallNeeds& needs, Filter* filter) {
  // Memory that can be written is never executed, and nothing new becomes executable.
  for (const char* call : {"mmap", "mprotect"}) {
    filter->Add(SCMP_ACT_ALLOW, call, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  }
  // stdio asks whether it writes to a terminal, and libpcap whether the interface is still there.
  for (const unsigned long request : {TCGETS, SIOCGIFFLAGS}) {
    filter->Add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, request));
  }
  // libpcap gives the ring back.
  filter->Add(SCMP_ACT_ALLOW, "setsockopt", SCMP_A1(SCMP_CMP_EQ, SOL_PACKET, 0));
  // abort, and a signal that acts in the default way.
  const auto self = static_cast<scmp_datum_t>(getpid());
  filter->Add(SCMP_ACT_ALLOW, "kill", SCMP_A0(SCMP_CMP_EQ, self, 0));
  filter->Add(SCMP_ACT_ALLOW, "tgkill", SCMP_A0(SCMP_CMP_EQ, self, 0));
  // The limits can be read, not set.
  filter->Add(SCMP_ACT_ALLOW, "prlimit64", SCMP_A2(SCMP_CMP_EQ, 0, 0));
  if (needs.service_manager) {
    filter->Add(SCMP_ACT_ALLOW, "socket", SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
  }
}

}  // namespace

absl::Status LimitSystemCalls(const SystemCallNeeds& needs) {
  Filter filter;
  for (const CallGroup& group : kAllowed) {
    if (group.when == When::kDatabases && !needs.databases) continue;
    if (group.when == When::kServiceManager && !needs.service_manager) continue;
    for (const char* name : group.names) {
      if (name == nullptr) break;
      filter.Add(SCMP_ACT_ALLOW, name);
    }
  }
  AddByArguments(needs, &filter);
  for (const char* name : kDeadly) filter.Add(SCMP_ACT_KILL_PROCESS, name);
  return filter.Load();
}

}  // namespace tstat::cli

#else

namespace tstat::cli {

absl::Status LimitSystemCalls(const SystemCallNeeds&) {
  return absl::UnimplementedError("built without libseccomp");
}

}  // namespace tstat::cli

#endif
