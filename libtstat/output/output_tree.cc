// SPDX-License-Identifier: BSD-3-Clause
#include "output/output_tree.h"

#include <sys/stat.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tstat {
namespace {

namespace fs = std::filesystem;

// One spelling for each directory, whatever path names it.
std::string CanonicalPath(const std::string& path) {
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(path, error);
  return error ? path : canonical.string();
}

absl::Status CreationError(const std::string& path, std::error_code error) {
  return absl::Status(absl::ErrnoToStatusCode(error.value()),
                      absl::StrCat("Cannot create directory ", path, ": ", error.message()));
}

}  // namespace

std::string LogDirectoryName(Timestamp time) {
  const time_t seconds = static_cast<time_t>(time.seconds());
  std::tm local{};
  localtime_r(&seconds, &local);
  return absl::StrFormat("%04d_%02d_%02d_%02d_%02d", local.tm_year + 1900, local.tm_mon + 1,
                         local.tm_mday, local.tm_hour, local.tm_min);
}

OutputTree::OutputTree(OutputTreeOptions options) : options_(std::move(options)) { tzset(); }

void OutputTree::SetTrace(std::string_view name) {
  trace_ = name;
  if (options_.directory.empty()) base_.clear();
}

// A trace x.pcap cannot be a directory too: x.pcap.out is.
std::string OutputTree::ResolveBase() const {
  std::string base = options_.directory.empty() ? trace_ : options_.directory;
  std::error_code error;
  const fs::file_status status = fs::status(base, error);
  if (fs::exists(status) && !fs::is_directory(status)) base += ".out";
  return base;
}

bool OutputTree::WrittenByThisRun(const std::string& path) const {
  return written_.count(CanonicalPath(path)) > 0;
}

void OutputTree::Fail(absl::Status status) {
  directory_.clear();
  problem_.Update(status);
  status_ = std::move(status);
}

absl::StatusOr<bool> OutputTree::MakeBase() {
  if (!options_.needed) return false;
  if (base_.empty()) base_ = ResolveBase();
  std::error_code error;
  const bool is_new = fs::create_directories(base_, error);
  if (error) return CreationError(base_, error);
  return is_new;
}

void OutputTree::OnNewOutput(Timestamp time) {
  directory_.clear();
  status_ = absl::OkStatus();
  if (!options_.needed) return;
  if (absl::StatusOr<bool> made = MakeBase(); !made.ok()) return Fail(made.status());

  const std::string stem = absl::StrCat(base_, "/", LogDirectoryName(time));
  std::string path = stem + ".out";
  for (int n = 2; WrittenByThisRun(path); ++n) path = absl::StrCat(stem, "_", n, ".out");
  if (path != stem + ".out" && options_.on_warning) {
    options_.on_warning(
        absl::StrCat(stem, ".out holds output of this run, the next goes to ", path));
  }
  std::error_code error;
  if (fs::is_directory(path, error)) {
    fs::remove_all(path, error);
    if (error) return Fail(CreationError(path, error));
  }
  if (mkdir(path.c_str(), 0775) != 0) {
    return Fail(CreationError(path, std::error_code(errno, std::generic_category())));
  }
  directory_ = path;
  written_.insert(CanonicalPath(path));
  if (options_.on_created) options_.on_created(directory_, time);
}

absl::Status OutputTree::Restore() {
  std::error_code error;
  if (directory_.empty() || fs::is_directory(directory_, error)) return status_;
  fs::create_directories(directory_, error);
  status_ = error ? CreationError(directory_, error) : absl::OkStatus();
  problem_.Update(status_);
  if (status_.ok() && options_.on_warning) {
    options_.on_warning(absl::StrCat(directory_, " was removed; it is made again"));
  }
  return status_;
}

}  // namespace tstat
