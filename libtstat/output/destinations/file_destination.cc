// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/file_destination.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "config/descriptor.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

constexpr int kFilePollMs = 100;
constexpr int kFileMostPolls = 300;  // half a minute without a reader that reads
constexpr size_t kFilePieceBytes = size_t{64} << 10;

// What is noted with each batch.
struct FilePosition {
  uint64_t device = 0, inode = 0;
  uint64_t length = 0;   // of the file, up to the last batch
  uint64_t rotated = 0;  // number of the last earlier file
  int64_t begun_s = 0;   // when it was begun

  std::string ToString() const {
    return absl::StrCat(device, " ", inode, " ", length, " ", rotated, " ", begun_s);
  }
  static std::optional<FilePosition> Parse(const std::string& text) {
    const std::vector<std::string> cells = absl::StrSplit(text, ' ');
    FilePosition position;
    if (cells.size() != 5 || !absl::SimpleAtoi(cells[0], &position.device) ||
        !absl::SimpleAtoi(cells[1], &position.inode) ||
        !absl::SimpleAtoi(cells[2], &position.length) ||
        !absl::SimpleAtoi(cells[3], &position.rotated) ||
        !absl::SimpleAtoi(cells[4], &position.begun_s)) {
      return std::nullopt;
    }
    return position;
  }
};

class FileDestination : public Destination {
 public:
  FileDestination(const FileDestinationOptions& options, std::function<int64_t()> wall_seconds)
      : options_(options), wall_seconds_(std::move(wall_seconds)) {}

  std::string name() const override { return options_.path; }

  absl::Status Attach(const std::optional<std::string>& earlier, SaveState save) override;
  std::string State() const override { return is_regular_ ? position_.ToString() : ""; }
  Outcome Send(const Batch& batch, const std::stop_token& stop) override;
  absl::Status Sync() override;
  void Close() override { file_.reset(); }

 private:
  absl::Status Open();
  absl::Status OpenNew(int descriptor);
  absl::Status Rotate();
  absl::Status LookAgain();
  bool IsDue(size_t bytes) const;
  absl::Status Write(std::string_view data, const std::stop_token& stop);
  absl::Status CutBack();
  Outcome Failed(const absl::Status& status);

  const FileDestinationOptions options_;
  const std::function<int64_t()> wall_seconds_;
  SaveState save_;
  std::optional<Descriptor> file_;
  bool is_regular_ = true;
  bool is_dirty_ = false;   // written to since Sync
  bool is_ragged_ = false;  // something stands behind the last batch
  FilePosition position_;
  uint64_t written_ = 0;  // behind position_.length
  std::optional<FilePosition> earlier_;
  std::string half_sent_;  // id of a batch of which a pipe has taken written_ bytes
};

absl::Status FileDestination::Attach(const std::optional<std::string>& earlier, SaveState save) {
  save_ = std::move(save);
  earlier_.reset();
  if (!earlier.has_value()) return absl::OkStatus();
  earlier_ = FilePosition::Parse(*earlier);
  if (!earlier_.has_value()) return absl::OkStatus();
  position_.rotated = earlier_->rotated;
  struct stat info {};
  if (stat(options_.path.c_str(), &info) == 0 && info.st_dev == earlier_->device &&
      info.st_ino == earlier_->inode && static_cast<uint64_t>(info.st_size) < earlier_->length) {
    return absl::DataLossError(absl::StrCat("has ", info.st_size, " bytes, not the ",
                                            earlier_->length, " that were written"));
  }
  return absl::OkStatus();
}

Outcome FileDestination::Send(const Batch& batch, const std::stop_token& stop) {
  absl::Status status = LookAgain();
  if (status.ok() && !file_.has_value()) status = Open();
  if (status.ok() && is_regular_ && is_ragged_) status = CutBack();
  const size_t bytes = batch.header.size() + batch.body.size();
  if (status.ok() && is_regular_ && IsDue(bytes)) status = Rotate();
  if (!status.ok()) return Failed(status);
  const bool has_header = position_.length == 0 && !batch.header.empty();
  const std::string joined = has_header ? batch.header + batch.body : "";
  const std::string_view text = has_header ? joined : batch.body;
  if (is_regular_) {
    written_ = 0;
  } else if (std::string id = batch.id.ToString(); id != half_sent_) {
    half_sent_ = std::move(id);
    written_ = 0;
  }
  status = Write(text.substr(std::min<size_t>(written_, text.size())), stop);
  if (!status.ok()) {
    is_ragged_ = true;
    if (is_regular_ && file_.has_value()) (void)CutBack();  // no reader is to see half a row
    return Failed(status);
  }
  position_.length += text.size();
  written_ = 0;
  half_sent_.clear();
  is_dirty_ = true;
  return Outcome::Delivered();
}

Outcome FileDestination::Failed(const absl::Status& status) {
  return Outcome::TryAgain(std::string(status.message()));
}

// Others may have moved the file away, or cut it (logrotate's copytruncate).
absl::Status FileDestination::LookAgain() {
  if (!file_.has_value() || !is_regular_) return absl::OkStatus();
  struct stat info {};
  if (stat(options_.path.c_str(), &info) != 0 || info.st_dev != position_.device ||
      info.st_ino != position_.inode) {
    file_.reset();
  } else if (static_cast<uint64_t>(info.st_size) < position_.length) {
    position_.length = static_cast<uint64_t>(info.st_size);
    return save_ ? save_(position_.ToString()) : absl::OkStatus();
  }
  return absl::OkStatus();
}

bool FileDestination::IsDue(size_t bytes) const {
  if (position_.length == 0) return false;
  return (options_.rotate_bytes != 0 && position_.length + bytes > options_.rotate_bytes) ||
         (options_.rotate_seconds != 0 &&
          wall_seconds_() - position_.begun_s >= options_.rotate_seconds);
}

absl::Status FileDestination::Open() {
  // A pipe without a reader is an error, not a wait.
  return OpenNew(
      open(options_.path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0664));
}

absl::Status FileDestination::OpenNew(int descriptor) {
  if (descriptor < 0) return ErrnoStatus(errno);
  file_.emplace(descriptor);
  is_ragged_ = false;
  struct stat info {};
  if (fstat(descriptor, &info) != 0) {
    absl::Status status = ErrnoStatus(errno);
    file_.reset();
    return status;
  }
  is_regular_ = S_ISREG(info.st_mode);
  if (!is_regular_) {
    position_.length = 0;
    return absl::OkStatus();
  }
  position_.device = info.st_dev;
  position_.inode = info.st_ino;
  const std::optional<FilePosition> earlier = std::exchange(earlier_, std::nullopt);
  if (earlier.has_value() && earlier->device == position_.device &&
      earlier->inode == position_.inode && earlier->length <= static_cast<uint64_t>(info.st_size)) {
    position_ = *earlier;
    is_ragged_ = earlier->length < static_cast<uint64_t>(info.st_size);
    return absl::OkStatus();
  }
  position_.length = static_cast<uint64_t>(info.st_size);
  position_.begun_s = wall_seconds_();
  // Before anything is written: what is behind this length then is ours to cut off.
  absl::Status status = save_ ? save_(position_.ToString()) : absl::OkStatus();
  if (!status.ok()) file_.reset();
  return status;
}

absl::Status FileDestination::CutBack() {
  if (ftruncate(file_->get(), static_cast<off_t>(position_.length)) != 0) return ErrnoStatus(errno);
  is_ragged_ = false;
  return absl::OkStatus();
}

absl::Status FileDestination::Rotate() {
  absl::Status status = Sync();
  if (!status.ok()) return status;
  const std::string& path = options_.path;
  const auto earlier_name = [&path](uint64_t number) {
    return absl::StrFormat("%s.%06d", path, number);
  };
  uint64_t number = position_.rotated + 1;
  while (renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, earlier_name(number).c_str(),
                   RENAME_NOREPLACE) != 0) {
    // EINVAL: of a file system that cannot do that.
    if (errno == EINVAL && access(earlier_name(number).c_str(), F_OK) != 0) {
      if (rename(path.c_str(), earlier_name(number).c_str()) == 0) break;
    }
    if (errno != EEXIST && errno != EINVAL) return ErrnoStatus(errno);
    ++number;
  }
  file_.reset();
  position_.rotated = number;
  if (options_.keep != 0 && number > options_.keep) {
    // One more each time; further ones are those of other settings.
    (void)unlink(earlier_name(number - options_.keep).c_str());
  }
  return Open();
}

absl::Status FileDestination::Write(std::string_view data, const std::stop_token& stop) {
  int polls = 0;
  while (!data.empty()) {
    const std::string_view piece = data.substr(0, kFilePieceBytes);
    const ssize_t count = is_regular_ ? pwrite(file_->get(), piece.data(), piece.size(),
                                               static_cast<off_t>(position_.length + written_))
                                      : write(file_->get(), piece.data(), piece.size());
    if (count > 0) {
      data.remove_prefix(static_cast<size_t>(count));
      written_ += static_cast<uint64_t>(count);
      polls = 0;
    } else if (count < 0 && errno == EAGAIN) {
      pollfd waited{.fd = file_->get(), .events = POLLOUT, .revents = 0};
      (void)poll(&waited, 1, kFilePollMs);
      if (stop.stop_requested() || ++polls > kFileMostPolls) {
        return absl::UnavailableError("nobody reads");
      }
    } else if (count == 0 || errno != EINTR) {
      absl::Status status = ErrnoStatus(count < 0 ? errno : ENOSPC);
      if (!is_regular_) {
        file_.reset();
        half_sent_.clear();
      }
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status FileDestination::Sync() {
  if (!is_dirty_ || !file_.has_value() || !is_regular_) return absl::OkStatus();
  if (fdatasync(file_->get()) != 0) return ErrnoStatus(errno);
  // Its name, too.
  std::filesystem::path folder = std::filesystem::path(options_.path).parent_path();
  if (folder.empty()) folder = ".";
  const Descriptor directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0 && fsync(directory.get()) != 0 && errno != EINVAL) {
    return ErrnoStatus(errno);
  }
  is_dirty_ = false;
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<Destination> MakeFileDestination(const FileDestinationOptions& options,
                                                 std::function<int64_t()> wall_seconds) {
  return std::make_unique<FileDestination>(options, std::move(wall_seconds));
}

}  // namespace tstat::internal
