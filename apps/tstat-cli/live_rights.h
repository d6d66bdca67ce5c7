// SPDX-License-Identifier: BSD-3-Clause
//
// The end of a live capture's start: the base directory is made while the rights to do so are
// there, then they are given up, and with them the system calls that are not needed any more.
#ifndef TSTAT_APPS_TSTAT_CLI_LIVE_RIGHTS_H_
#define TSTAT_APPS_TSTAT_CLI_LIVE_RIGHTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "startup/settings.h"
#include "tstat-cli/service_manager.h"
#include "tstat/session.h"

namespace tstat::cli {

// What the user should be told about it, or nothing. An error: the run cannot begin.
absl::StatusOr<std::string> GiveUpRights(const Settings& settings, Session& session);

// Limits the system calls (sandbox.h) unless the user does not want that; what he should be told
// about it, or nothing.
std::string EnterSandbox(const Settings& settings, const Session& session,
                         const ServiceManager& manager);

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_LIVE_RIGHTS_H_
