// SPDX-License-Identifier: BSD-3-Clause
//
// How text stands in addresses and forms.
#ifndef TSTAT_RRD_CGI_ENCODING_H_
#define TSTAT_RRD_CGI_ENCODING_H_

#include <string>
#include <string_view>

namespace tstat::viewer {

// "a%20b" or "a+b": false, if a percent sign has no two digits behind it.
[[nodiscard]] bool PercentDecode(std::string_view text, std::string& decoded);

// For a query string.
[[nodiscard]] std::string PercentEncode(std::string_view text);

// Whether it is UTF-8: neither overlong forms nor surrogates.
[[nodiscard]] bool IsUtf8(std::string_view text);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_ENCODING_H_
