// SPDX-License-Identifier: BSD-3-Clause
//
// A filter of system calls, for this process and for good: what is not needed fails, and what only
// an intruder tries ends the process.
//
//   SystemCallFilter filter(/*log=*/true);
//   for (const char* name : {"read", "write", "exit_group"}) filter.Add(SCMP_ACT_ALLOW, name);
//   for (const char* name : kDeadlyCalls) filter.Add(SCMP_ACT_KILL_PROCESS, name);
//   absl::Status status = filter.Load();
#ifndef TSTAT_APPS_SYSTEM_CALLS_FILTER_H_
#define TSTAT_APPS_SYSTEM_CALLS_FILTER_H_

#include <seccomp.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <system_error>

#include "absl/status/status.h"

// GCC says so in one way, clang in another.
#ifdef __SANITIZE_ADDRESS__
#define TSTAT_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TSTAT_SANITIZED
#endif
#endif

namespace tstat {

// No program here and no library of theirs calls these: who does is an intruder.
inline constexpr const char* kDeadlyCalls[] = {
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

// Calls that are not added fail with ENOSYS, as on a kernel that does not have them, so that the C
// library takes the older way where there is one. The first error counts.
class SystemCallFilter {
 public:
  // `log`: what is refused stands in the kernel's log. (What ends the process always does.)
  explicit SystemCallFilter(bool log)
      : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), &seccomp_release) {
    if (context_ == nullptr) {
      error_ = ENOMEM;
      return;
    }
    seccomp_attr_set(context_.get(), SCMP_FLTATR_API_SYSRAWRC, 1);  // the kernel's own errors
    // Kernels before 4.14 cannot.
    if (log) seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_LOG, 1);
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

}  // namespace tstat

#endif  // TSTAT_APPS_SYSTEM_CALLS_FILTER_H_
