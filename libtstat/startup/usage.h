// SPDX-License-Identifier: BSD-3-Clause
//
// The texts that describe the command: help, version, banner.
#ifndef TSTAT_STARTUP_USAGE_H_
#define TSTAT_STARTUP_USAGE_H_

#include <string>

#include "tstat/options.h"

namespace tstat::cli {

// The help text, with `globals` as a globals.conf.
std::string UsageText(const Globals& globals);

// Two lines for those who mistyped an option.
std::string ShortUsage();

// One line, without newline.
std::string Banner();
std::string VersionText();

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_USAGE_H_
