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

// Two lower-case digits for each byte.
[[nodiscard]] std::string HexText(std::string_view bytes);

// Whether it is UTF-8: neither overlong forms nor surrogates.
[[nodiscard]] bool IsUtf8(std::string_view text);

// What a file of anybody's says, as it can stand in a page: UTF-8 as it is, anything else taken as
// ISO-8859-1, which the original's pages were in; U+FFFD for control characters that are no blanks.
[[nodiscard]] std::string PageText(std::string_view text);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_ENCODING_H_
