// SPDX-License-Identifier: BSD-3-Clause
//
// The file that lists internal MAC addresses (-M): one address a line, six
// hexadecimal bytes of one or two digits separated by ':'. '#' starts a comment; what follows the
// address is ignored. An empty list is legal: nothing is internal then.
#ifndef TSTAT_CONFIG_MAC_FILE_H_
#define TSTAT_CONFIG_MAC_FILE_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tstat::internal {

using MacAddress = std::array<uint8_t, 6>;

// Errors: those of ReadTextFile; InvalidArgument with file, line and the offending text.
absl::StatusOr<std::vector<MacAddress>> ReadMacFile(const std::string& path);

// The same for a text; `name` stands in the messages.
absl::StatusOr<std::vector<MacAddress>> ParseMacs(std::string_view text, std::string_view name);

}  // namespace tstat::internal

#endif  // TSTAT_CONFIG_MAC_FILE_H_
