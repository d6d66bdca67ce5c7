// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/live_rights.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "tstat-cli/privileges.h"
#include "tstat-cli/sandbox.h"

namespace tstat::cli {
namespace {

// Those of spools are made; a file needs one that is there.
absl::Status AddExportDirectories(const Session& session, PrivilegeNeeds* needs) {
  for (const std::string& directory : session.export_directories()) {
    std::error_code error;
    if (std::filesystem::create_directories(directory, error)) needs->made.push_back(directory);
    if (error) return absl::ErrnoToStatus(error.value(), directory);
    needs->written.push_back(directory);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> GiveUpRights(const Settings& settings, Session& session) {
  PrivilegeNeeds needs;
  needs.user = settings.user;
  absl::StatusOr<bool> made = session.MakeBaseDirectory();
  if (!made.ok()) return made.status();
  if (const std::string& base = session.base_directory(); !base.empty()) {
    needs.written.push_back(base);
    if (*made) needs.made.push_back(base);
  }
  if (!settings.session.rrd_dir.empty()) {
    needs.written.push_back(settings.session.rrd_dir);
    if (settings.rrd_dir_made) needs.made.push_back(settings.session.rrd_dir);
    std::error_code ignored;  // an unreadable directory is told of by the check
    for (const auto& entry :
         std::filesystem::directory_iterator(settings.session.rrd_dir, ignored)) {
      if (entry.path().extension() == ".rrd") needs.updated.push_back(entry.path().string());
    }
  }
  if (absl::Status status = AddExportDirectories(session, &needs); !status.ok()) return status;
  // What is read again while the run lasts.
  for (const std::string& path :
       {settings.runtime_path, settings.session.dump_filter, settings.labels_path}) {
    if (!path.empty()) needs.read.push_back(path);
  }
  return DropPrivileges(needs);
}

std::string EnterSandbox(const Settings& settings, const Session& session,
                         const ServiceManager& manager) {
  if (!settings.sandbox) return "";
  const absl::Status status = LimitSystemCalls(
      {.databases = !settings.session.rrd_dir.empty(),
       .service_manager = manager.is_there(),
       .threads = settings.session.analyzer.threads > 1 || HasReaderThreads(settings.capture),
       .exports = session.may_export(),
       .network = session.may_export_to_network() || settings.metrics.has_value()});
  if (status.ok()) return "";
  return absl::StrCat("goes on without a filter of system calls: ", status.message(),
                      " (--no-sandbox asks for that)");
}

}  // namespace tstat::cli
