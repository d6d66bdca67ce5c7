// SPDX-License-Identifier: BSD-3-Clause
//
// --check-config: what is left to be read once the options are understood, and a summary of what
// is in force.
#ifndef TSTAT_APPS_TSTAT_CLI_CHECK_CONFIG_H_
#define TSTAT_APPS_TSTAT_CLI_CHECK_CONFIG_H_

#include "startup/console.h"
#include "startup/settings.h"

namespace tstat::cli {

// Prints the summary, or what is wrong with the packet filter. Returns the exit status.
int CheckConfiguration(const Settings& settings, Console& console);

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_CHECK_CONFIG_H_
