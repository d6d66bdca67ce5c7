// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/output_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <optional>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "output/directory_lock.h"
#include "output/files.h"
#include "output/log_directory.h"

namespace tstat::inline v1 {
using namespace internal;
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

// Paths below `directory`, the log directory, are opened below its descriptor.
class FilesOfTree : public FileOpener {
 public:
  explicit FilesOfTree(const std::string* directory) : directory_(*directory) {}

  absl::StatusOr<std::unique_ptr<AppendFile>> OpenForAppend(const std::string& path) override {
    const Place place = Find(path);
    return place.opener->OpenForAppend(place.path);
  }
  absl::StatusOr<std::unique_ptr<AppendFile>> OpenNew(const std::string& path) override {
    const Place place = Find(path);
    return place.opener->OpenNew(place.path);
  }
  absl::StatusOr<std::unique_ptr<FileBatch>> OpenBatch(const std::string& directory) override {
    const Place place = Find(directory);
    return place.opener->OpenBatch(place.path);
  }

  // The log directory is `descriptor` from now on.
  void MoveTo(int descriptor) { below_ = FilesBelow(descriptor); }

 private:
  struct Place {
    FileOpener* opener;
    std::string path;
  };
  Place Find(const std::string& path) const {
    const bool is_below = below_ != nullptr && !directory_.empty() &&
                          path.size() > directory_.size() + 1 && path.starts_with(directory_) &&
                          path[directory_.size()] == '/';
    if (!is_below) return {&SystemFiles(), path};
    return {below_.get(), path.substr(directory_.size() + 1)};
  }

  const std::string& directory_;
  std::unique_ptr<FileOpener> below_;
};

}  // namespace

class OutputTree::Impl {
 public:
  explicit Impl(OutputTreeOptions options) : options_(std::move(options)), files_(&directory_) {
    tzset();
    for (const std::string& path : options_.kept) kept_.insert(CanonicalPath(path));
  }

  void SetTrace(std::string_view name, bool is_stream) {
    trace_ = name;
    is_stream_ = is_stream;
    if (options_.directory.empty()) base_.clear();
  }
  void set_needed(bool needed) { options_.needed = needed; }

  const std::string& directory() const { return directory_; }
  const std::string& base() const { return base_; }
  bool has_made_any() const { return !written_.empty(); }
  FileOpener& files() { return files_; }
  absl::Status status() const { return status_; }
  absl::Status TakeProblem() { return std::exchange(problem_, absl::OkStatus()); }

  absl::StatusOr<bool> MakeBase();
  void OnNewOutput(Timestamp time);
  void set_begun(const OutputStart& output) { begun_ = {output.time, output.order}; }
  bool HasBegun(const OutputStart& output) const {
    return begun_ == std::pair(output.time, output.order);
  }
  absl::Status Restore();
  absl::StatusOr<bool> MakeSubdirectory(const std::string& name);

 private:
  std::string ResolveBase() const;
  bool WrittenByThisRun(const std::string& path) const;
  absl::Status Take(const std::string& path);
  void Fail(absl::Status status);

  OutputTreeOptions options_;
  std::string trace_ = "stdin";
  bool is_stream_ = false;
  std::optional<std::pair<Timestamp, OrderKey>> begun_;  // the present output
  std::string base_;       // resolved; empty: to be resolved at the next directory
  std::string directory_;  // the present one
  FilesOfTree files_;
  DirectoryLock lock_;                       // on directory_
  std::unordered_set<std::string> written_;  // absolute paths of this run's directories
  std::unordered_set<std::string> kept_;     // likewise of OutputTreeOptions::kept
  absl::Status status_;
  absl::Status problem_;
};

// A trace x.pcap cannot be a directory too: x.pcap.out is.
std::string OutputTree::Impl::ResolveBase() const {
  std::string base = options_.directory.empty() ? trace_ : options_.directory;
  std::error_code error;
  const fs::file_status status = fs::status(base, error);
  if (fs::exists(status) && !fs::is_directory(status)) base += ".out";
  return base;
}

bool OutputTree::Impl::WrittenByThisRun(const std::string& path) const {
  return written_.count(CanonicalPath(path)) > 0;
}

void OutputTree::Impl::Fail(absl::Status status) {
  directory_.clear();
  problem_.Update(status);
  status_ = std::move(status);
}

absl::StatusOr<bool> OutputTree::Impl::MakeBase() {
  if (!options_.needed) return false;
  if (base_.empty()) base_ = ResolveBase();
  std::error_code error;
  const bool is_new = fs::create_directories(base_, error);
  if (error) return CreationError(base_, error);
  return is_new;
}

// Makes `path` the log directory. AlreadyExists, Unavailable: it must be kept as it is; the message
// says why.
absl::Status OutputTree::Impl::Take(const std::string& path) {
  if (WrittenByThisRun(path)) return absl::AlreadyExistsError("holds output of this run");
  const bool is_new = mkdir(path.c_str(), 0775) == 0;
  if (!is_new && errno != EEXIST) {
    return CreationError(path, std::error_code(errno, std::generic_category()));
  }
  if (!is_new && is_stream_) return absl::AlreadyExistsError("is there already");
  if (!is_new && kept_.count(CanonicalPath(path)) > 0) {
    return absl::AlreadyExistsError("holds output of this program");
  }
  absl::StatusOr<DirectoryLock> lock = DirectoryLock::Below(AT_FDCWD, path);
  if (absl::IsUnavailable(lock.status())) {
    return absl::UnavailableError("is being written by another tstat");
  }
  if (!lock.ok()) return absl::AlreadyExistsError("is not a directory of tstat");
  if (!is_new) {
    const absl::StatusOr<LogDirectoryContent> content = ListLogDirectory(lock->descriptor());
    if (!content.ok() || !content->foreign.empty()) {
      return absl::AlreadyExistsError(absl::StrCat(
          "holds what is not of tstat", content.ok() ? " (" + content->foreign + ")" : ""));
    }
    if (absl::Status status = EmptyLogDirectory(lock->descriptor()); !status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat("Cannot create directory ", path, ": ", status.message()));
    }
  }
  // Another run may have taken its name away since.
  if (!lock->Holds(path)) return absl::UnavailableError("is being written by another tstat");
  lock_ = *std::move(lock);
  files_.MoveTo(lock_.descriptor());
  return absl::OkStatus();
}

void OutputTree::Impl::OnNewOutput(Timestamp time) {
  directory_.clear();
  lock_ = DirectoryLock();
  status_ = absl::OkStatus();
  if (!options_.needed) return;
  if (absl::StatusOr<bool> made = MakeBase(); !made.ok()) return Fail(made.status());

  const std::string stem = absl::StrCat(base_, "/", LogDirectoryName(time));
  std::string path = stem + ".out";
  std::string reason;
  for (int n = 2;; ++n) {
    const absl::Status status = Take(path);
    if (status.ok()) break;
    if (!absl::IsAlreadyExists(status) && !absl::IsUnavailable(status)) return Fail(status);
    if (reason.empty()) reason = absl::StrCat(path, " ", status.message());
    path = absl::StrCat(stem, "_", n, ".out");
  }
  if (!reason.empty() && options_.on_warning) {
    options_.on_warning(absl::StrCat(reason, ", the next goes to ", path));
  }
  directory_ = path;
  written_.insert(CanonicalPath(path));
  if (options_.on_created) options_.on_created(directory_, time);
}

absl::Status OutputTree::Impl::Restore() {
  if (directory_.empty() || lock_.Holds(directory_)) return status_;
  std::error_code error;
  const bool was_removed = fs::create_directories(directory_, error);
  if (error) {
    status_ = CreationError(directory_, error);
    problem_.Update(status_);
    return status_;
  }
  absl::StatusOr<DirectoryLock> lock = DirectoryLock::Below(AT_FDCWD, directory_);
  if (!lock.ok()) {
    // Somebody else made it, and has it.
    Fail(absl::Status(lock.status().code(),
                      absl::StrCat(directory_, ": ", lock.status().message())));
    return status_;
  }
  lock_ = *std::move(lock);
  files_.MoveTo(lock_.descriptor());
  status_ = absl::OkStatus();
  if (was_removed && options_.on_warning) {
    options_.on_warning(absl::StrCat(directory_, " was removed; it is made again"));
  }
  return status_;
}

absl::StatusOr<bool> OutputTree::Impl::MakeSubdirectory(const std::string& name) {
  for (int tries = 0; tries < 2; ++tries) {
    if (mkdirat(lock_.descriptor(), name.c_str(), 0775) == 0) return true;
    const int error = errno;
    struct stat info;
    if (error == EEXIST &&
        fstatat(lock_.descriptor(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(info.st_mode)) {
      return false;
    }
    const bool may_come_back = error == ENOENT && tries == 0 && Restore().ok();
    if (!may_come_back) {
      return CreationError(absl::StrCat(directory_, "/", name),
                           std::error_code(error, std::generic_category()));
    }
  }
  return absl::InternalError("not reached");
}

OutputTree::OutputTree(OutputTreeOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
OutputTree::~OutputTree() = default;

void OutputTree::SetTrace(std::string_view name, bool is_stream) {
  impl_->SetTrace(name, is_stream);
}
void OutputTree::set_needed(bool needed) { impl_->set_needed(needed); }
const std::string& OutputTree::directory() const { return impl_->directory(); }
absl::StatusOr<bool> OutputTree::MakeSubdirectory(const std::string& name) {
  return impl_->MakeSubdirectory(name);
}
absl::StatusOr<bool> OutputTree::MakeBase() { return impl_->MakeBase(); }
const std::string& OutputTree::base() const { return impl_->base(); }
void OutputTree::OnNewOutput(const OutputStart& output) {
  impl_->set_begun(output);
  impl_->OnNewOutput(output.time);
}
bool OutputTree::HasBegun(const OutputStart& output) const { return impl_->HasBegun(output); }
bool OutputTree::has_made_any() const { return impl_->has_made_any(); }
absl::Status OutputTree::Restore() { return impl_->Restore(); }
absl::Status OutputTree::status() const { return impl_->status(); }
absl::Status OutputTree::TakeProblem() { return impl_->TakeProblem(); }
internal::FileOpener& OutputTree::files() const { return impl_->files(); }

}  // namespace tstat::inline v1
