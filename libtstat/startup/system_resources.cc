// SPDX-License-Identifier: BSD-3-Clause
#include "startup/system_resources.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace tstat::cli {
namespace {

// A group whose limits hold: its own directory, or that of one above it.
using VisitGroup = absl::FunctionRef<void(const std::string& directory, bool is_version_2)>;

// Those of this process that `controller` has a say in. In a container the groups above, or the
// path, may not be there.
void ForEachGroup(const std::string& root, std::string_view controller, VisitGroup visit) {
  // hierarchy:controllers:path (cgroups(7)); version 2 has no number and no controllers.
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(parts[1], ',');
    const bool is_version_2 = parts[0] == "0" && parts[1].empty();
    if (!is_version_2 &&
        std::find(controllers.begin(), controllers.end(), controller) == controllers.end()) {
      continue;
    }
    std::string mount = root + "/sys/fs/cgroup";
    if (!is_version_2) mount.append("/").append(controller);
    for (std::string path = parts[2];;) {
      visit(mount + path + "/", is_version_2);
      const size_t slash = path.rfind('/');
      if (slash == std::string::npos) break;
      path.resize(slash);
    }
  }
}

// The number that a file begins with, or behind that the second one; without one (`max`, -1) there
// is no limit.
std::optional<uint64_t> NumberIn(const std::string& path, int place = 0) {
  std::ifstream file(path);
  int64_t number = -1;
  for (int i = 0; i <= place; ++i) {
    if (!(file >> number) || number < 0) return std::nullopt;
  }
  return static_cast<uint64_t>(number);
}

uint64_t AllowedProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return static_cast<uint64_t>(CPU_COUNT(&set));
  // There are more than fit in the set.
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<uint64_t>(online) : 1;
}

}  // namespace

uint64_t SystemMemory(const std::string& root) {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  uint64_t bytes = pages > 0 && page > 0
                       ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page)
                       : uint64_t{1} << 30;
  ForEachGroup(root, "memory", [&bytes](const std::string& directory, bool is_version_2) {
    const char* const file = is_version_2 ? "memory.max" : "memory.limit_in_bytes";
    bytes = std::min(bytes, NumberIn(directory + file).value_or(UINT64_MAX));
  });
  return bytes;
}

unsigned SystemProcessors(const std::string& root) {
  uint64_t processors = AllowedProcessors();
  ForEachGroup(root, "cpu", [&processors](const std::string& directory, bool is_version_2) {
    // Microseconds of processor time in each period.
    const auto quota = NumberIn(directory + (is_version_2 ? "cpu.max" : "cpu.cfs_quota_us"));
    const auto period = is_version_2 ? NumberIn(directory + "cpu.max", 1)
                                     : NumberIn(directory + "cpu.cfs_period_us");
    if (!quota.has_value() || !period.has_value() || *period == 0) return;
    processors = std::min(processors, *quota / *period);
  });
  return static_cast<unsigned>(std::clamp<uint64_t>(processors, 1, UINT32_MAX));
}

std::optional<uint64_t> ParseMemorySize(std::string_view text) {
  constexpr std::string_view kUnits = "KMGT";
  unsigned shift = 0;
  if (!text.empty()) {
    const size_t unit = kUnits.find(absl::ascii_toupper(static_cast<unsigned char>(text.back())));
    if (unit != std::string_view::npos) {
      shift = 10 * (static_cast<unsigned>(unit) + 1);
      text.remove_suffix(1);
    }
  }
  uint64_t number = 0;
  const bool is_number =
      !text.empty() &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isdigit(c); });
  if (!is_number || !absl::SimpleAtoi(std::string(text), &number)) return std::nullopt;
  if (number > UINT64_MAX >> shift) return std::nullopt;
  return number << shift;
}

}  // namespace tstat::cli
