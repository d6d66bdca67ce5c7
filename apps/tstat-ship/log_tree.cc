// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/log_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tstat::ship {
namespace {

namespace fs = std::filesystem;

constexpr const char* kGzipSuffix = ".gz";

bool StatLog(LogFile* file) {
  struct stat info {};
  if (stat(file->path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  file->size = static_cast<uint64_t>(info.st_size);
  file->inode = info.st_ino;
  file->changed_s = info.st_mtim.tv_sec;
  return true;
}

std::string AbsolutePath(const std::string& path) {
  std::error_code error;
  fs::path absolute = fs::weakly_canonical(path, error);
  if (error) absolute = fs::absolute(path, error);
  return error ? path : absolute.string();
}

// `directory` and those below it.
void AppendDirectories(const fs::path& directory, std::vector<std::string>* found,
                       std::vector<std::string>* unreadable) {
  found->push_back(directory.string());
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    const fs::file_status status = entry->symlink_status(ignored);
    if (fs::is_directory(status)) AppendDirectories(entry->path(), found, unreadable);
  }
  if (error) unreadable->push_back(absl::StrCat(directory.string(), ": ", error.message()));
}

}  // namespace

std::vector<LogFile> LogsOf(const std::string& directory) {
  std::vector<LogFile> logs;
  const std::string absolute = AbsolutePath(directory);
  for (const LogInfo& info : kLogs) {
    const std::string name(info.name);
    LogFile file;
    file.log = info.log;
    file.key = absl::StrCat(absolute, "/", name);
    for (const char* const suffix : {"", kGzipSuffix}) {
      file.path = absl::StrCat(directory, "/", name, suffix);
      if (!StatLog(&file)) continue;
      logs.push_back(file);
      break;
    }
  }
  return logs;
}

bool Refresh(LogFile* file) {
  if (StatLog(file)) return true;
  // It may have been compressed meanwhile.
  LogFile compressed = *file;
  compressed.path += kGzipSuffix;
  if (file->path.ends_with(kGzipSuffix) || !StatLog(&compressed)) return false;
  *file = std::move(compressed);
  return true;
}

absl::StatusOr<std::vector<Session>> FindSessions(const std::string& root,
                                                  std::vector<std::string>* unreadable,
                                                  std::vector<std::string>* without_logs) {
  std::error_code error;
  const fs::directory_iterator readable(root, error);
  if (error) return absl::ErrnoToStatus(error.value(), root);
  std::vector<std::string> directories;
  std::string trimmed = root;
  while (trimmed.size() > 1 && trimmed.ends_with('/')) trimmed.pop_back();
  AppendDirectories(trimmed, &directories, unreadable);
  std::sort(directories.begin(), directories.end());
  std::vector<Session> sessions;
  std::map<std::string, size_t> newest;  // by parent
  for (const std::string& directory : directories) {
    Session session{.path = directory, .parent = {}, .logs = LogsOf(directory)};
    if (session.logs.empty()) {
      if (without_logs != nullptr) without_logs->push_back(directory);
      continue;
    }
    for (const LogFile& file : session.logs) {
      session.changed_s = std::max(session.changed_s, file.changed_s);
    }
    session.parent = fs::path(AbsolutePath(directory)).parent_path().string();
    newest[session.parent] = sessions.size();
    sessions.push_back(std::move(session));
  }
  for (const auto& [parent, index] : newest) sessions[index].is_newest = true;
  return sessions;
}

}  // namespace tstat::ship
