// SPDX-License-Identifier: BSD-3-Clause
//
// What a live capture needs rights for is the opening of the interface. Afterwards it parses the
// packets of strangers, and does so without them: root becomes another user, and capabilities are
// given up.
//
//   absl::StatusOr<std::string> note = DropPrivileges({.user = "tstat", .written = {"out"}});
//   if (!note.ok()) ...                    // nothing was changed
//   if (!note->empty()) Tell(*note);       // it stays root, and why
#ifndef TSTAT_APPS_TSTAT_CLI_PRIVILEGES_H_
#define TSTAT_APPS_TSTAT_CLI_PRIVILEGES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tstat::cli {

// The users that root becomes without --user: the first that exists.
inline constexpr const char* kServiceUsers[] = {"tstat", "nobody"};

struct PrivilegeNeeds {
  std::string user;                  // --user; empty: the first of kServiceUsers
  std::vector<std::string> made;     // directories that this run made: they are handed over
  std::vector<std::string> written;  // directories that the user must be able to write to
  std::vector<std::string> updated;  // files likewise
  std::vector<std::string> read;     // files that the user must be able to read
};

// As root: becomes the user, for good. When the user cannot write or read what the run needs, that
// is an error with --user, and without it the process stays root and keeps only the capabilities to
// write files; the reason is returned, for the user to know. "root" as user asks for that.
// Not as root: gives up all capabilities (of setcap or systemd). An empty result: there is nothing
// to tell. REQUIRES: one thread.
absl::StatusOr<std::string> DropPrivileges(const PrivilegeNeeds& needs);

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_PRIVILEGES_H_
