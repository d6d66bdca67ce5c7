// SPDX-License-Identifier: BSD-3-Clause
//
// The system calls that a live capture still needs once it runs, as a filter in the kernel
// (seccomp). A bug that a packet finds can then not start programs, open connections or make memory
// executable. What is allowed and why: docs/live.md.
//
//   absl::Status status = LimitSystemCalls({.databases = true});
//   if (!status.ok()) Tell(status);        // nothing was changed
#ifndef TSTAT_APPS_TSTAT_CLI_SANDBOX_H_
#define TSTAT_APPS_TSTAT_CLI_SANDBOX_H_

#include "absl/status/status.h"

namespace tstat::cli {

// What the run's options need beside capture, logs and histograms.
struct SystemCallNeeds {
  bool databases = false;        // librrd maps and locks files
  bool service_manager = false;  // messages to the socket of NOTIFY_SOCKET
  bool threads = false;          // of the analysis
  bool exports = false;          // a thread each that sends, and a spool
  bool network = false;          // connections, of exports; answers to who asks for metrics
  bool any_threads() const { return threads || exports || network; }
};

// From now on, for this process and for good, other calls fail with ENOSYS, as on a kernel that
// does not have them, so that the C library takes the older way where there is one. Those that only
// an intruder tries (execve, ptrace, ...) end the process. kUnimplemented: built without
// libseccomp, another code: the kernel refuses. REQUIRES: one thread, and every library is loaded.
absl::Status LimitSystemCalls(const SystemCallNeeds& needs);

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_SANDBOX_H_
