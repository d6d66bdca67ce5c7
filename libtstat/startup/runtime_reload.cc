// SPDX-License-Identifier: BSD-3-Clause
#include "startup/runtime_reload.h"

#include <sys/stat.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "config/absl_text.h"

namespace tstat::cli {

using internal::View;

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

ReloadedFiles::ReloadedFiles(const Settings& settings) {
  const Globals& globals = settings.session.analyzer.globals;
  const ReloadSchedule schedule(globals.runtime_config_idle_s, globals.runtime_mtime_counter);
  if (settings.session.may_reload) {
    files_.push_back({settings.runtime_path, &Session::Reload, "Runtime configuration is changed\n",
                      "Reload runtime configuration...\n", "; the configuration is kept",
                      schedule});
  }
  if (!settings.labels_path.empty()) {
    files_.push_back({settings.labels_path, &Session::ReloadLabels, "Labels are changed\n",
                      "Reload labels...\n", "; the labels are kept", schedule});
  }
  for (File& file : files_) file.schedule.Start(WallClock(), ModificationTime(file.path));
}

void ReloadedFiles::Follow(bool tells_all, Session& session, Console& console) {
  using enum ReloadSchedule::Action;
  for (File& file : files_) {
    const double now = WallClock();
    if (!file.schedule.IsDue(now)) continue;
    switch (file.schedule.Check(now, ModificationTime(file.path))) {
      case kNothing:
        break;
      case kChanged:
        if (tells_all) console.Err(std::string(file.is_changed));
        break;
      case kMissing:
        console.Err(absl::StrCat("err: '", file.path, "' - No such file\n"));
        break;
      case kReload:
        if (tells_all) console.Err(std::string(file.reloads));
        if (const absl::Status status = (session.*file.reload)(file.path); !status.ok()) {
          console.Error(absl::StrCat(status.message(), View(file.keeps)));
        }
        break;
    }
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
