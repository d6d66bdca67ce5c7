// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/spool_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "config/descriptor.h"
#include "output/directory_lock.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

class SystemSpoolFile : public SpoolFile {
 public:
  explicit SystemSpoolFile(int descriptor) : file_(descriptor) {}

  absl::StatusOr<uint64_t> Size() const override {
    struct stat info {};
    if (fstat(file_.get(), &info) != 0) return ErrnoStatus(errno);
    return static_cast<uint64_t>(info.st_size);
  }

  absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t size) const override {
    std::string bytes(size, '\0');
    size_t done = 0;
    while (done < size) {
      const ssize_t count =
          pread(file_.get(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return ErrnoStatus(errno);
      if (count == 0) break;
      done += static_cast<size_t>(count);
    }
    bytes.resize(done);
    return bytes;
  }

  absl::Status WriteAt(uint64_t offset, std::string_view data) override {
    while (!data.empty()) {
      const ssize_t count =
          pwrite(file_.get(), data.data(), data.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return ErrnoStatus(count < 0 ? errno : ENOSPC);
      data.remove_prefix(static_cast<size_t>(count));
      offset += static_cast<uint64_t>(count);
    }
    return absl::OkStatus();
  }

  absl::Status Truncate(uint64_t size) override {
    return ftruncate(file_.get(), static_cast<off_t>(size)) == 0 ? absl::OkStatus()
                                                                 : ErrnoStatus(errno);
  }

  absl::Status Sync() override {
    return fdatasync(file_.get()) == 0 ? absl::OkStatus() : ErrnoStatus(errno);
  }

 private:
  Descriptor file_;
};

class SystemSpoolFolder : public SpoolFolder {
 public:
  explicit SystemSpoolFolder(DirectoryLock lock) : lock_(std::move(lock)) {}

  absl::StatusOr<std::vector<std::string>> Names() const override {
    const int copy = openat(lock_.descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) return ErrnoStatus(errno);
    DIR* const directory = fdopendir(copy);
    if (directory == nullptr) {
      const int error = errno;
      close(copy);
      return ErrnoStatus(error);
    }
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = readdir(directory)) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    const int error = errno;
    closedir(directory);
    if (error != 0) return ErrnoStatus(error);
    std::sort(names.begin(), names.end());
    return names;
  }

  absl::StatusOr<std::unique_ptr<SpoolFile>> Open(const std::string& name) override {
    // Not waiting for the other end, should somebody have put a pipe there.
    return File(
        openat(lock_.descriptor(), name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  }

  absl::StatusOr<std::unique_ptr<SpoolFile>> Create(const std::string& name) override {
    if (unlinkat(lock_.descriptor(), name.c_str(), 0) != 0 && errno != ENOENT) {
      return ErrnoStatus(errno);
    }
    return File(openat(lock_.descriptor(), name.c_str(),
                       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    const int directory = lock_.descriptor();
    return renameat(directory, from.c_str(), directory, to.c_str()) == 0 ? absl::OkStatus()
                                                                         : ErrnoStatus(errno);
  }

  absl::Status Remove(const std::string& name) override {
    return unlinkat(lock_.descriptor(), name.c_str(), 0) == 0 ? absl::OkStatus()
                                                              : ErrnoStatus(errno);
  }

  absl::Status Sync() override {
    return fsync(lock_.descriptor()) == 0 ? absl::OkStatus() : ErrnoStatus(errno);
  }

 private:
  static absl::StatusOr<std::unique_ptr<SpoolFile>> File(int descriptor) {
    if (descriptor < 0) return ErrnoStatus(errno);
    return std::make_unique<SystemSpoolFile>(descriptor);
  }

  DirectoryLock lock_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SpoolFolder>> OpenSpoolFolder(const std::string& path) {
  const auto told = [&path](const absl::Status& status) {
    return absl::Status(status.code(), absl::StrCat("spool ", path, ": ", status.message()));
  };
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return told(ErrnoStatus(errno));
  absl::StatusOr<DirectoryLock> lock = DirectoryLock::Of(path);
  if (absl::IsUnavailable(lock.status())) {
    return told(absl::UnavailableError("another process is using it"));
  }
  if (!lock.ok()) return told(lock.status());
  struct stat info {};
  if (fstat(lock->descriptor(), &info) != 0) return told(ErrnoStatus(errno));
  if (info.st_uid != geteuid()) {
    return told(absl::FailedPreconditionError("belongs to another user"));
  }
  // It is not for tstat to change the mode: it may be a directory named by mistake.
  if ((info.st_mode & 077) != 0) {
    return told(absl::FailedPreconditionError("others have access to it (chmod 700 ends that)"));
  }
  return std::make_unique<SystemSpoolFolder>(*std::move(lock));
}

}  // namespace tstat::internal
