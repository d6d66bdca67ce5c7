// SPDX-License-Identifier: BSD-3-Clause
//
// What is left of the system to the viewer once it knows its settings: the directories that these
// name (Landlock), and the system calls that answering a request takes (seccomp). A bug that a
// request or a database finds can then not read other files, start programs or open connections.
#ifndef TSTAT_RRD_CGI_SANDBOX_H_
#define TSTAT_RRD_CGI_SANDBOX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tstat-rrd-cgi/configuration.h"

namespace tstat::viewer {

// A file, or a directory with all below it.
struct ReachablePath {
  std::string path;
  bool is_writable = false;  // files below it are made, written, renamed and removed
  bool is_listed = true;     // what is in its directories can be found out

  friend bool operator==(const ReachablePath&, const ReachablePath&) = default;
};

// Those of the settings; none if there are no settings.
[[nodiscard]] std::vector<ReachablePath> PathsOf(const Configuration* settings);
// Changes with them: when other directories are named, and when other ones take their place. It
// can be asked from inside.
[[nodiscard]] std::string StampOf(const Configuration* settings);
// What libraries read: fonts, their settings and cache, locales, time zones; what the environment
// names of these, too.
[[nodiscard]] std::vector<ReachablePath> PathsOfLibraries();

// From now on, for this process and for good, no other files can be opened. Paths that are not
// there are left out: what is made in their place later cannot be reached, either. UNIMPLEMENTED:
// the kernel has no Landlock, and nothing was changed.
[[nodiscard]] absl::Status LimitFiles(const std::vector<ReachablePath>& paths);

// From now on, for this process and for good: no program or other process can be started, no socket
// opened, no memory made executable. Calls that only an intruder tries end the process, others fail
// with ENOSYS. UNIMPLEMENTED: built without libseccomp; another code: the kernel refuses.
[[nodiscard]] absl::Status LimitCalls();

// Both, unless the settings say `sandbox = no`. Without settings (they were not understood): both,
// with no directories. Returns what could not be done, for the log; empty: nothing.
// REQUIRES: this process has one thread.
[[nodiscard]] std::string LockIn(const Configuration* settings);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_SANDBOX_H_
