// SPDX-License-Identifier: BSD-3-Clause
#include "startup/runtime_reload.h"

#include <sys/stat.h>

#include <chrono>

#include "absl/strings/str_cat.h"

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

void ReloadSchedule::Follow(const std::string& path, bool tells_all, Session& session,
                            Console& console) {
  const double now = WallClock();
  if (!IsDue(now)) return;
  switch (Check(now, ModificationTime(path))) {
    case Action::kNothing:
      break;
    case Action::kChanged:
      if (tells_all) console.Err("Runtime configuration is changed\n");
      break;
    case Action::kMissing:
      console.Err(absl::StrCat("err: '", path, "' - No such file\n"));
      break;
    case Action::kReload:
      if (tells_all) console.Err("Reload runtime configuration...\n");
      if (const absl::Status status = session.Reload(path); !status.ok()) {
        console.Error(absl::StrCat(status.message(), "; the configuration is kept"));
      }
      break;
  }
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
