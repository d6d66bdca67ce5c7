// SPDX-License-Identifier: BSD-3-Clause
//
// Fingerprints: short texts that are the same for hellos of the same program. JA3 and JA3S are MD5
// of the numbers in the order of the hello, JA4 is SHA-256 of sorted ones behind a readable prefix;
// all leave GREASE values out (RFC 8701). HASSH is MD5 of the algorithms that one side of SSH
// offers in its KEXINIT. docs/truth.md describes each.
#ifndef TSTAT_L7_TLS_FINGERPRINT_H_
#define TSTAT_L7_TLS_FINGERPRINT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "l7/tls/client_hello.h"

namespace tstat::internal {

// 32 hexadecimal digits. Of complete hellos only: of others they would be those of no program.
std::string Ja3(const ClientHello& hello);
std::string Ja3s(const ServerHello& hello);
// "t13d1516h2_8daaf6152771_e5627efa2ab1".
std::string Ja4(const ClientHello& hello, HelloCarrier carrier);

// Hexadecimal digits of a digest; empty where the library has no such digest (MD5 may be
// forbidden).
std::string Md5Hex(std::string_view text);
std::string Sha256Hex(std::string_view text);

}  // namespace tstat::internal

#endif  // TSTAT_L7_TLS_FINGERPRINT_H_
