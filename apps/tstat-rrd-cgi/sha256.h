// SPDX-License-Identifier: BSD-3-Clause
//
// SHA-256 and HMAC with it (RFC 2104), by libcrypto.
#ifndef TSTAT_RRD_CGI_SHA256_H_
#define TSTAT_RRD_CGI_SHA256_H_

#include <string>
#include <string_view>

namespace tstat::viewer {

// 32 bytes.
[[nodiscard]] std::string Sha256(std::string_view text);
[[nodiscard]] std::string HmacSha256(std::string_view key, std::string_view text);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_SHA256_H_
