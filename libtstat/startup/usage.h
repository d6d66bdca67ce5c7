// SPDX-License-Identifier: BSD-3-Clause
//
// The texts that describe the command: help, version, banner.
#ifndef TSTAT_STARTUP_USAGE_H_
#define TSTAT_STARTUP_USAGE_H_

#include <string>

#include "tstat/options.h"

namespace tstat::cli {

// The help text, with `globals` as a globals.conf.
std::string UsageText(const Globals& globals, const CompatProfile& profile);

// Two lines for those who mistyped an option.
std::string ShortUsage();

// One line, without newline: this program, and the version of Tstat that `profile` stands for.
std::string Banner(const CompatProfile& profile);
// That, and what Tstat says of what it was built with, ended by an empty line.
std::string VersionText(const CompatProfile& profile);

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_USAGE_H_
