// SPDX-License-Identifier: BSD-3-Clause
//
// SIP by its start line (RFC 3261, 7).
#include <algorithm>
#include <array>
#include <string_view>

#include "l7/udp/signatures.h"

namespace tstat::internal {
namespace {

constexpr std::array<std::string_view, 15> kStarts = {
    "SIP/2.0",     "REGISTER sip:", "ACK sip:",    "INVITE sip:", "PRACK sip:",
    "BYE sip:",    "OPTIONS sip:",  "CANCEL sip:", "UPDATE sip:", "SUBSCRIBE sip:",
    "NOTIFY sip:", "PUBLISH sip:",  "INFO sip:",   "REFER sip:",  "MESSAGE sip:",
};

}  // namespace

bool IsSip(const UdpPayload& p) {
  return std::any_of(kStarts.begin(), kStarts.end(),
                     [&](std::string_view start) { return p.bytes.StartsWith(start); });
}

}  // namespace tstat::internal
