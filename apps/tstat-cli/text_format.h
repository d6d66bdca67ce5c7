// SPDX-License-Identifier: BSD-3-Clause
//
// Times as messages print them, in the local time zone.
#ifndef TSTAT_APPS_TSTAT_CLI_TEXT_FORMAT_H_
#define TSTAT_APPS_TSTAT_CLI_TEXT_FORMAT_H_

#include <string>

#include "tstat/time.h"

namespace tstat::cli {

// "Fri Jul 14 02:40:00 2017"; "-" for time 0.
std::string TimeStampText(Timestamp time);

// "Fri Jul 14 02:40:00.042164 2017"; "        <the epoch>       " for time 0.
std::string PreciseTimeText(Timestamp time);

// "1:00:00.042163": hours are unlimited, the last digit is that of the double.
std::string ElapsedText(double microseconds);

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_TEXT_FORMAT_H_
