// SPDX-License-Identifier: BSD-3-Clause
#include "startup/runtime_reload.h"

#include <sys/stat.h>

#include <chrono>

namespace tstat::cli {

void ReloadSchedule::Start(double now_s, std::optional<int64_t> modified_ns) {
  last_check_s_ = now_s;
  modified_ns_ = modified_ns.value_or(0);
}

ReloadSchedule::Action ReloadSchedule::Check(double now_s, std::optional<int64_t> modified_ns) {
  last_check_s_ = now_s;
  if (!modified_ns.has_value()) {
    const int tolerated = seen_ ? kTolerated : kToleratedAtFirst;
    return ++missing_ == tolerated + 1 ? Action::kMissing : Action::kNothing;
  }
  seen_ = true;
  missing_ = 0;
  if (*modified_ns != modified_ns_) {
    modified_ns_ = *modified_ns;
    countdown_ = checks_;
    return Action::kChanged;
  }
  if (countdown_ == 0 || --countdown_ != 0) return Action::kNothing;
  return Action::kReload;
}

std::optional<int64_t> ModificationTime(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return std::nullopt;
  return int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

double WallClock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace tstat::cli
