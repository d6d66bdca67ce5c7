// SPDX-License-Identifier: BSD-3-Clause
//
// Traces: the directories below the data root that hold databases.
#ifndef TSTAT_RRD_CGI_TRACE_INDEX_H_
#define TSTAT_RRD_CGI_TRACE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/configuration.h"

namespace tstat::viewer {

inline constexpr int kMaxTraceDepth = 8;
inline constexpr size_t kMaxDirectories = 10000;  // below the root
inline constexpr int kIndexSeconds = 60;
inline constexpr size_t kMaxDatabases = 20000;  // of one trace

// Their names, sorted: paths below the root; databases in the root itself make one with an empty
// name. Symbolic links count where they lead below the root. UNAVAILABLE if the root cannot be
// read.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> WalkTraces(const std::string& root);

// The same, from a file in the image directory that is at most kIndexSeconds old; it is made anew
// if it is older, or of another root, and done without where it cannot be written.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> ListTraces(const Configuration& settings);
// When it is `now`, in Unix time.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> ListTracesAt(const Configuration& settings,
                                                                    int64_t now);

// A trace whose directory was found below the root.
struct Trace {
  std::string name;
  std::string path;                            // resolved
  std::vector<std::string> files;              // sorted names of databases
  std::map<int, std::string> vlan_names = {};  // of the configuration

  [[nodiscard]] bool Has(std::string_view file) const;
  [[nodiscard]] std::string PathOf(std::string_view file) const;
};
// NOT_FOUND if there is none, or if it is not below the root. `name` has to be a clean one, or
// empty.
[[nodiscard]] absl::StatusOr<Trace> OpenTrace(const std::string& root, const std::string& name);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_TRACE_INDEX_H_
