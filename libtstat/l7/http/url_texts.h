// SPDX-License-Identifier: BSD-3-Clause
//
// Lists of URL parts that both GET and POST rules use.
#ifndef TSTAT_L7_HTTP_URL_TEXTS_H_
#define TSTAT_L7_HTTP_URL_TEXTS_H_

#include <string_view>

namespace tstat::internal {

inline constexpr std::string_view kPageTexts[] = {
    "activity/", "application/", "community/", "image/", "listing/",  "main/",
    "message/",  "micrologin/",  "misc/",      "share/", "timeline/", "user/",
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_URL_TEXTS_H_
