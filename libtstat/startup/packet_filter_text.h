// SPDX-License-Identifier: BSD-3-Clause
//
// The packet filter that the options ask for: the file of -f and the expression of --bpf.
#ifndef TSTAT_STARTUP_PACKET_FILTER_TEXT_H_
#define TSTAT_STARTUP_PACKET_FILTER_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "startup/settings.h"

namespace tstat::cli {

// An expression of libpcap; empty: everything. Errors: those of ReadTextFile.
absl::StatusOr<std::string> PacketFilterText(const Settings& settings);

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_PACKET_FILTER_TEXT_H_
