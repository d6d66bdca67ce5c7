// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers as people read them. The same text in every locale.
#ifndef TSTAT_RRD_CGI_HUMAN_H_
#define TSTAT_RRD_CGI_HUMAN_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tstat::viewer {

// "12.3 Mbit/s": three digits, powers of 1000.
[[nodiscard]] std::string BitrateText(double bits_per_second);
// "1,234,567"; below ten with a decimal where there is one: "2.5".
[[nodiscard]] std::string CountText(double count);
// "12.3 %"; two decimals below one per cent, "less than 0.01 %" for what is not quite nothing.
[[nodiscard]] std::string ShareText(double share);
// "40 seconds", "5 minutes", "3 hours", "2 days", "5 months", "2 years".
[[nodiscard]] std::string AgeText(int64_t seconds);
// "2017-07-14 04:32 UTC": local time and its zone; `time` is a Unix time.
[[nodiscard]] std::string MomentText(int64_t time);
// "1 gap", "2,000 gaps": the count with its noun.
[[nodiscard]] std::string Counted(int64_t count, std::string_view one, std::string_view many);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_HUMAN_H_
