// SPDX-License-Identifier: BSD-3-Clause
#include "output/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tstat::internal {
namespace {

constexpr mode_t kMode = 0664;
constexpr int kToAppend = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
constexpr int kNewFile = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;

absl::Status WriteAll(int descriptor, std::string_view* data) {
  while (!data->empty()) {
    const ssize_t written = write(descriptor, data->data(), data->size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return ErrnoStatus(written < 0 ? errno : ENOSPC);
    data->remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// The descriptor is gone whatever close says; deferred write errors (quota, NFS) show here.
absl::Status CloseFile(int descriptor) {
  return close(descriptor) == 0 || errno == EINTR ? absl::OkStatus() : ErrnoStatus(errno);
}

// The descriptor of a new file, or -1 and errno.
int CreateFile(int directory, const char* path) {
  const int descriptor = openat(directory, path, kNewFile, kMode);
  if (descriptor >= 0 || errno != EEXIST) return descriptor;
  unlinkat(directory, path, 0);
  return openat(directory, path, kNewFile, kMode);
}

// A file that nobody else has had time to remove.
class NewSystemFile : public AppendFile {
 public:
  explicit NewSystemFile(int descriptor) : descriptor_(descriptor) {}
  ~NewSystemFile() override { (void)NewSystemFile::Close(); }

  absl::Status Append(std::string_view* data) override { return WriteAll(descriptor_, data); }

  absl::Status CutBack(uint64_t bytes) override {
    struct stat info;
    if (fstat(descriptor_, &info) != 0) return ErrnoStatus(errno);
    const auto cut = static_cast<off_t>(bytes);
    if (cut > info.st_size) return ErrnoStatus(EINVAL);
    return ftruncate(descriptor_, info.st_size - cut) == 0 ? absl::OkStatus() : ErrnoStatus(errno);
  }

  absl::Status Close() override {
    if (descriptor_ < 0) return absl::OkStatus();
    return CloseFile(std::exchange(descriptor_, -1));
  }

 protected:
  int descriptor_;
};

// A file that is open for long, and may have been there before.
class SystemFile : public NewSystemFile {
 public:
  explicit SystemFile(int descriptor) : NewSystemFile(descriptor) {
    struct stat info;
    is_new_ = fstat(descriptor_, &info) != 0 || info.st_size == 0;
  }

  absl::Status Append(std::string_view* data) override {
    if (!data->empty() && is_removed()) return absl::NotFoundError("the file was removed");
    return NewSystemFile::Append(data);
  }
  bool is_new() const override { return is_new_; }
  bool is_removed() const override {
    struct stat info;
    return fstat(descriptor_, &info) == 0 && info.st_nlink == 0;
  }

 private:
  bool is_new_;
};

std::string PathIn(const std::string& directory, std::string_view name) {
  return absl::StrCat(directory, "/", absl::string_view(name.data(), name.size()));
}

// A batch for openers that have no better way.
class PlainBatch : public FileBatch {
 public:
  PlainBatch(FileOpener& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  absl::Status Write(std::string_view name, std::string_view text) override {
    const std::string path = PathIn(directory_, name);
    absl::StatusOr<std::unique_ptr<AppendFile>> file = files_.OpenNew(path);
    if (!file.ok()) return CannotOpen(path, file.status());
    absl::Status status = (*file)->Append(&text);
    status.Update((*file)->Close());
    return status.ok() ? status : CannotWrite(path, status);
  }

 private:
  FileOpener& files_;
  std::string directory_;
};

// Looks the directory up once, and each name in it only to make it.
class SystemBatch : public FileBatch {
 public:
  SystemBatch(int descriptor, std::string directory)
      : descriptor_(descriptor), directory_(std::move(directory)) {}
  ~SystemBatch() override { close(descriptor_); }
  SystemBatch(const SystemBatch&) = delete;
  SystemBatch& operator=(const SystemBatch&) = delete;

  absl::Status Write(std::string_view name, std::string_view text) override {
    name_ = name;
    const int file = CreateFile(descriptor_, name_.c_str());
    if (file < 0) return CannotOpen(PathIn(directory_, name), ErrnoStatus(errno));
    absl::Status status = WriteAll(file, &text);
    status.Update(CloseFile(file));
    return status.ok() ? status : CannotWrite(PathIn(directory_, name), status);
  }

 private:
  int descriptor_;
  std::string directory_;
  std::string name_;  // with its end
};

class SystemFileOpener : public FileOpener {
 public:
  explicit SystemFileOpener(int directory) : directory_(directory) {}

  absl::StatusOr<std::unique_ptr<AppendFile>> OpenForAppend(const std::string& path) override {
    const int descriptor = openat(directory_, path.c_str(), kToAppend, kMode);
    if (descriptor < 0) return ErrnoStatus(errno);
    return std::make_unique<SystemFile>(descriptor);
  }
  absl::StatusOr<std::unique_ptr<AppendFile>> OpenNew(const std::string& path) override {
    const int descriptor = CreateFile(directory_, path.c_str());
    if (descriptor < 0) return ErrnoStatus(errno);
    return std::make_unique<NewSystemFile>(descriptor);
  }
  absl::StatusOr<std::unique_ptr<FileBatch>> OpenBatch(const std::string& directory) override {
    const int descriptor =
        openat(directory_, directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return ErrnoStatus(errno);
    return std::make_unique<SystemBatch>(descriptor, directory);
  }

 private:
  int directory_;
};

}  // namespace

absl::Status CannotOpen(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat("Could not open file ", path, ": ", status.message()));
}

absl::Status CannotWrite(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

absl::Status ErrnoStatus(int error) {
  return absl::Status(absl::ErrnoToStatusCode(error),
                      std::error_code(error, std::generic_category()).message());
}

absl::StatusOr<std::unique_ptr<FileBatch>> FileOpener::OpenBatch(const std::string& directory) {
  return std::make_unique<PlainBatch>(*this, directory);
}

FileOpener& SystemFiles() {
  static SystemFileOpener files(AT_FDCWD);  // stateless
  return files;
}

std::unique_ptr<FileOpener> FilesBelow(int descriptor) {
  return std::make_unique<SystemFileOpener>(descriptor);
}

}  // namespace tstat::internal
