// SPDX-License-Identifier: BSD-3-Clause
//
// The files that list networks: internal (-N), cloud (-C), encrypted (-Y), exempt from it (-W).
//
//   absl::StatusOr<NetworkFile> file = ReadNetworkFile("nets.conf", NetworkListKind::kInternal);
//   if (!file.ok()) return file.status();   // nets.conf:3: "10.0.0.0/33": prefix length must ...
//   options.internal = file->networks;
//
// Grammar: one entry a line, '#' starts a comment, empty lines are skipped.
//   10.0.0.0/8        IPv4 prefix; 0.0.0.0 means everything whatever the length (a quirk, warned
//   of) 10.0.0.0/255.0.0.0  IPv4 with a bit mask, any classic notation, holes allowed 2001:db8::/32
//   IPv6 prefix 10.0.0.0 newline 255.0.0.0   address and mask on two lines, any classic notation
// Blanks and carriage returns at the end of a line are harmless; there is no limit on entries.
#ifndef TSTAT_CONFIG_NETWORK_FILE_H_
#define TSTAT_CONFIG_NETWORK_FILE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/networks.h"

namespace tstat::internal {

enum class NetworkListKind { kInternal, kCloud, kEncrypted, kExempt };
// "internal", "cloud", "crypto", "whitelisted": the names that Tstat's messages use.
std::string_view NetworkListKindName(NetworkListKind kind);

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
absl::StatusOr<NetworkFile> ReadNetworkFile(const std::string& path, NetworkListKind kind);

// The same for a text; `name` stands in the messages.
absl::StatusOr<NetworkFile> ParseNetworks(std::string_view text, std::string_view name,
                                          NetworkListKind kind);

}  // namespace tstat::internal

#endif  // TSTAT_CONFIG_NETWORK_FILE_H_
