// SPDX-License-Identifier: BSD-3-Clause
//
// What the command prints about directories, files and runtime.conf while a session works.
#ifndef TSTAT_STARTUP_NOTICES_H_
#define TSTAT_STARTUP_NOTICES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "startup/console.h"
#include "tstat/options.h"
#include "tstat/session.h"
#include "tstat/time.h"

namespace tstat::cli {

// `ticks`: -t, whose lines end with a carriage return.
void TellNotice(const SessionNotice& notice, bool ticks, Console& console);

// -Q: one line without newline, and what prints it.
std::string DnsCacheText(bool is_v6, uint32_t size, Timestamp time);
void TellOfDnsCache(Console& console, AnalyzerOptions* options);

// What became of the rows of exports, at the end.
void TellExports(const std::vector<SessionExport>& exports, Console& console);

// What did not reach the disk, a line each.
void TellLosses(const SessionLosses& losses, Console& console);

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_NOTICES_H_
