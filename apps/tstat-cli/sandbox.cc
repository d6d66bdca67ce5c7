// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/sandbox.h"

#ifdef TSTAT_WITH_SECCOMP

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "system-calls/filter.h"

namespace tstat::cli {
namespace {

// When calls are allowed.
enum class When { kAlways, kDatabases, kServiceManager, kThreads, kExports, kNetwork };

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
    // Threads that the analysis, exports, name look-ups of libcurl and metrics have; clone stands
    // below.
    {When::kThreads, {"set_robust_list", "rseq"}},
    // What is in a spool is to survive a loss of power.
    {When::kExports, {"fsync", "fdatasync"}},
    {When::kNetwork,
     {"connect", "bind", "sendto", "sendmsg", "sendmmsg", "recvmsg", "recvmmsg", "shutdown",
      "accept4", "accept", "socketpair", "pipe2", "pipe", "eventfd2", "getpeername", "select",
      "pselect6"}},
#ifdef TSTAT_SANITIZED
    // How the sanitizers find out whether memory can be read.
    {When::kAlways, {"pipe", "pipe2", "prlimit64"}},
#endif
};

void AddByArguments(const SystemCallNeeds& needs, SystemCallFilter* filter) {
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
  if (needs.any_threads()) {
    // A thread, not a process. (clone3 says so in memory, where no filter sees it: the C library
    // takes this one then.)
    filter->Add(SCMP_ACT_ALLOW, "clone",
                SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM));
    // Which has a name.
    filter->Add(SCMP_ACT_ALLOW, "prctl", SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
  }
  if (needs.network) {
    // Connections, name look-ups (netlink: which addresses this machine has).
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK}) {
      filter->Add(SCMP_ACT_ALLOW, "socket",
                  SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family), 0));
    }
    for (const int level :
         {int{SOL_SOCKET}, int{IPPROTO_TCP}, int{IPPROTO_IP}, int{IPPROTO_IPV6}}) {
      filter->Add(SCMP_ACT_ALLOW, "setsockopt",
                  SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(level), 0));
    }
    for (const unsigned long request : {FIONBIO, FIONREAD, TIOCOUTQ}) {
      filter->Add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, request));
    }
  } else if (needs.service_manager) {
    filter->Add(SCMP_ACT_ALLOW, "socket", SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
  }
}

}  // namespace

absl::Status LimitSystemCalls(const SystemCallNeeds& needs) {
  SystemCallFilter filter(/*log=*/true);
  for (const CallGroup& group : kAllowed) {
    if (group.when == When::kDatabases && !needs.databases) continue;
    if (group.when == When::kServiceManager && !needs.service_manager) continue;
    if (group.when == When::kThreads && !needs.any_threads()) continue;
    if (group.when == When::kExports && !needs.exports) continue;
    if (group.when == When::kNetwork && !needs.network) continue;
    for (const char* name : group.names) {
      if (name == nullptr) break;
      filter.Add(SCMP_ACT_ALLOW, name);
    }
  }
  AddByArguments(needs, &filter);
  for (const char* name : kDeadlyCalls) filter.Add(SCMP_ACT_KILL_PROCESS, name);
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
