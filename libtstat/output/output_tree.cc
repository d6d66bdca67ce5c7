// SPDX-License-Identifier: BSD-3-Clause
#include "output/output_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tstat::internal {
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

// Paths below the log directory are opened below its descriptor.
class OutputTree::Files : public FileOpener {
 public:
  explicit Files(const OutputTree& tree) : tree_(tree) {}

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
    const std::string& directory = tree_.directory();
    const bool is_below = below_ != nullptr && !directory.empty() &&
                          path.size() > directory.size() + 1 && path.starts_with(directory) &&
                          path[directory.size()] == '/';
    if (!is_below) return {&SystemFiles(), path};
    return {below_.get(), path.substr(directory.size() + 1)};
  }

  const OutputTree& tree_;
  std::unique_ptr<FileOpener> below_;
};

OutputTree::OutputTree(OutputTreeOptions options)
    : options_(std::move(options)), files_(std::make_unique<Files>(*this)) {
  tzset();
}

OutputTree::~OutputTree() = default;

FileOpener& OutputTree::files() const { return *files_; }

void OutputTree::SetTrace(std::string_view name, bool is_stream) {
  trace_ = name;
  is_stream_ = is_stream;
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

// Makes `path` the log directory. AlreadyExists, Unavailable: it must be kept as it is; the message
// says why.
absl::Status OutputTree::Take(const std::string& path) {
  if (WrittenByThisRun(path)) return absl::AlreadyExistsError("holds output of this run");
  const bool is_new = mkdir(path.c_str(), 0775) == 0;
  if (!is_new && errno != EEXIST) {
    return CreationError(path, std::error_code(errno, std::generic_category()));
  }
  if (!is_new && is_stream_) return absl::AlreadyExistsError("is there already");
  absl::StatusOr<DirectoryLock> lock = DirectoryLock::Below(AT_FDCWD, path);
  if (absl::IsUnavailable(lock.status())) {
    return absl::UnavailableError("is being written by another tstat");
  }
  if (!lock.ok()) return absl::AlreadyExistsError("is not a directory of tstat");
  if (!is_new) {
    const absl::StatusOr<SessionContent> content = ListSession(lock->descriptor());
    if (!content.ok() || !content->foreign.empty()) {
      return absl::AlreadyExistsError(absl::StrCat(
          "holds what is not of tstat", content.ok() ? " (" + content->foreign + ")" : ""));
    }
    if (absl::Status status = EmptySession(lock->descriptor()); !status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat("Cannot create directory ", path, ": ", status.message()));
    }
  }
  // Another run may have taken its name away since.
  if (!lock->Holds(path)) return absl::UnavailableError("is being written by another tstat");
  lock_ = *std::move(lock);
  files_->MoveTo(lock_.descriptor());
  return absl::OkStatus();
}

void OutputTree::OnNewOutput(Timestamp time) {
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

absl::Status OutputTree::Restore() {
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
  files_->MoveTo(lock_.descriptor());
  status_ = absl::OkStatus();
  if (was_removed && options_.on_warning) {
    options_.on_warning(absl::StrCat(directory_, " was removed; it is made again"));
  }
  return status_;
}

absl::StatusOr<bool> OutputTree::MakeSubdirectory(const std::string& name) {
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

}  // namespace tstat::internal
