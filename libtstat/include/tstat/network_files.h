// SPDX-License-Identifier: BSD-3-Clause
//
// The files that say what is inside; tstat-networks(5). Lists of networks: internal (-N), cloud
// (-C), encrypted (-Y), exempt from it (-W). Lists of internal MAC addresses (-M).
//
//   absl::StatusOr<NetworkFile> file = ReadNetworkFile("nets.conf", NetworkListKind::kInternal);
//   if (!file.ok()) return file.status();   // nets.conf:3: "10.0.0.0/33": prefix length must ...
//   options.internal = file->networks;
//
// Grammar of networks: one entry a line, '#' starts a comment, empty lines are skipped.
//   10.0.0.0/8             IPv4 prefix; 0.0.0.0 means everything, whatever the length (a quirk,
//                          warned of)
//   10.0.0.0/255.0.0.0     IPv4 with a bit mask, any classic notation, holes allowed
//   2001:db8::/32          IPv6 prefix
//   10.0.0.0               address and mask on two lines, any classic notation
//   255.0.0.0
// Grammar of MAC addresses: one a line, six hexadecimal bytes of one or two digits between ':';
// '#' starts a comment, what follows the address is ignored. An empty list is legal: nothing is
// internal then.
// Blanks and carriage returns at the end of a line are harmless; there is no limit on entries.
#ifndef TSTAT_NETWORK_FILES_H_
#define TSTAT_NETWORK_FILES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/export.h"
#include "tstat/networks.h"
#include "tstat/options.h"

namespace tstat::inline v1 {

enum class NetworkListKind : uint8_t { kInternal, kCloud, kEncrypted, kExempt };
// "internal", "cloud", "crypto", "whitelisted": the names that Tstat's messages use.
[[nodiscard]] TSTAT_EXPORT std::string_view NetworkListKindName(NetworkListKind kind);

struct NetworkFile {
  // An accepted entry, as written, for messages.
  struct Entry {
    std::string address, mask;
  };
  NetworkList networks;
  std::vector<Entry> entries;
  std::vector<std::string> warnings;  // may hold newlines
};

// Errors: those of ReadTextFile; InvalidArgument with file, line and the offending text.
TSTAT_EXPORT absl::StatusOr<NetworkFile> ReadNetworkFile(const std::string& path,
                                                         NetworkListKind kind);

// The same for a text; `name` stands in the messages.
TSTAT_EXPORT absl::StatusOr<NetworkFile> ParseNetworkFile(std::string_view text,
                                                          std::string_view name,
                                                          NetworkListKind kind);

// What -N makes of a list that lacks one family: all of IPv4 is internal then; all of IPv6 is in
// the 3.3 profile only. Says so, a message for each, of two lines without newline at the end.
[[nodiscard]] TSTAT_EXPORT std::vector<std::string> CompleteInternalNetworks(
    const CompatProfile& profile, NetworkList* networks);

using MacAddress = std::array<uint8_t, 6>;

// Errors: those of ReadTextFile; InvalidArgument with file, line and the offending text.
TSTAT_EXPORT absl::StatusOr<std::vector<MacAddress>> ReadMacFile(const std::string& path);

// The same for a text; `name` stands in the messages.
TSTAT_EXPORT absl::StatusOr<std::vector<MacAddress>> ParseMacFile(std::string_view text,
                                                                  std::string_view name);

}  // namespace tstat::inline v1

#endif  // TSTAT_NETWORK_FILES_H_
