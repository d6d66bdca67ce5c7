// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/file_destination.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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
#include "output/destinations/ipfix_session.h"
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

  absl::Status Attach(const std::optional<std::string>& earlier, uint64_t waiting,
                      SaveState save) override;
  std::string State() const override { return is_regular_ ? position_.ToString() : ""; }
  Outcome Send(const Batch& batch, const std::stop_token& stop) override;
  absl::Status Sync() override;
  void Close() override { file_.reset(); }

 private:
  absl::Status Open();
  absl::Status OpenNew(int descriptor);
  absl::Status Lock();
  absl::Status GoOnAt(uint64_t length);
  absl::StatusOr<bool> IsThere(const Batch& batch);
  absl::Status GoBehindOthers(uint64_t length);
  bool HasHeader(const std::string& header);
  std::string Read(uint64_t offset, size_t size) const;
  std::string TextOf(const Batch& batch) const;
  // What comes next begins on a line of its own; where there are lines.
  bool BreaksLine(const Batch& batch) const {
    return breaks_line_ && batch.content_type != kIpfixContentType;
  }
  absl::Status Rotate();
  absl::Status LookAgain();
  std::string EarlierName(uint64_t number) const;
  bool IsDue(size_t bytes) const;
  absl::Status Write(std::string_view data, const std::stop_token& stop);
  absl::Status CutBack();
  Outcome Delivered();
  Outcome Failed(const absl::Status& status);

  const FileDestinationOptions options_;
  const std::function<int64_t()> wall_seconds_;
  SaveState save_;
  std::optional<Descriptor> file_;
  bool is_regular_ = true;
  bool is_dirty_ = false;   // written to since Sync
  bool is_ragged_ = false;  // written_ bytes of a batch stand behind the last one
  FilePosition position_;
  uint64_t written_ = 0;               // behind position_.length
  bool breaks_line_ = false;           // what is there does not end with a newline
  std::optional<std::string> header_;  // of the file, when it is known
  std::optional<FilePosition> earlier_;
  // What an earlier process left: batches that it may have begun to write, and what stands behind
  // position_.length, whoever wrote that.
  uint64_t waiting_ = 0, tail_bytes_ = 0;
  std::string note_;       // to be told
  std::string half_sent_;  // id of a batch of which a pipe has taken written_ bytes
};

absl::Status FileDestination::Attach(const std::optional<std::string>& earlier, uint64_t waiting,
                                     SaveState save) {
  save_ = std::move(save);
  waiting_ = waiting;
  earlier_.reset();
  if (earlier.has_value()) earlier_ = FilePosition::Parse(*earlier);
  if (earlier_.has_value()) position_.rotated = earlier_->rotated;
  struct stat info {};
  const bool is_there = lstat(options_.path.c_str(), &info) == 0;
  if (is_there && earlier_.has_value() && info.st_dev == earlier_->device &&
      info.st_ino == earlier_->inode && static_cast<uint64_t>(info.st_size) < earlier_->length) {
    return absl::DataLossError(absl::StrCat("has ", info.st_size, " bytes, not the ",
                                            earlier_->length, " that were written"));
  }
  // A pipe is not opened for nothing: its reader would see the end of it.
  if (is_there && !S_ISREG(info.st_mode)) return absl::OkStatus();
  // What else is wrong may be mended while there are batches.
  const absl::Status status = Open();
  return absl::IsUnavailable(status) ? status : absl::OkStatus();
}

Outcome FileDestination::Send(const Batch& batch, const std::stop_token& stop) {
  absl::Status status = LookAgain();
  if (status.ok() && !file_.has_value()) status = Open();
  if (status.ok() && is_regular_ && is_ragged_) status = CutBack();
  if (status.ok() && is_regular_ && tail_bytes_ > 0) {
    const absl::StatusOr<bool> is_there = IsThere(batch);
    if (is_there.ok() && *is_there) return Delivered();
    status = is_there.status();
  }
  const size_t bytes = batch.header.size() + batch.body.size();
  if (status.ok() && is_regular_ && !HasHeader(batch.header)) {
    status = Rotate();
    if (status.ok()) {
      note_ = absl::StrCat("begins anew, with another header line; what was there is ",
                           EarlierName(position_.rotated));
    }
  }
  if (status.ok() && is_regular_ && IsDue(bytes)) status = Rotate();
  if (!status.ok()) return Failed(status);
  // A copy only where something comes before the rows.
  const bool is_joined = BreaksLine(batch) || (position_.length == 0 && !batch.header.empty());
  const std::string joined = is_joined ? TextOf(batch) : "";
  const std::string_view text = is_joined ? std::string_view(joined) : batch.body;
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
  if (position_.length == 0) header_ = batch.header;
  position_.length += text.size();
  written_ = 0;
  half_sent_.clear();
  return Delivered();
}

Outcome FileDestination::Delivered() {
  breaks_line_ = false;
  is_dirty_ = true;
  Outcome outcome = Outcome::Delivered();
  outcome.why = std::exchange(note_, "");
  return outcome;
}

Outcome FileDestination::Failed(const absl::Status& status) {
  return Outcome::TryAgain(std::string(status.message()));
}

std::string FileDestination::TextOf(const Batch& batch) const {
  if (position_.length == 0) return batch.header + batch.body;
  return (BreaksLine(batch) ? "\n" : "") + batch.body;
}

// Others may have moved the file away, cut it (logrotate's copytruncate) or appended to it.
absl::Status FileDestination::LookAgain() {
  if (!file_.has_value() || !is_regular_) return absl::OkStatus();
  struct stat info {};
  if (stat(options_.path.c_str(), &info) != 0 || info.st_dev != position_.device ||
      info.st_ino != position_.inode) {
    file_.reset();
    return absl::OkStatus();
  }
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size < position_.length) return GoOnAt(size);
  if (tail_bytes_ > 0) {
    tail_bytes_ = size - position_.length;
  } else if (size > position_.length + (is_ragged_ ? written_ : 0)) {
    return GoBehindOthers(size);
  }
  return absl::OkStatus();
}

// The next batch comes behind so many bytes. Noted before anything is written.
absl::Status FileDestination::GoOnAt(uint64_t length) {
  position_.length = length;
  header_.reset();
  tail_bytes_ = 0;
  is_ragged_ = false;
  const std::string last = length > 0 ? Read(length - 1, 1) : "";
  breaks_line_ = !last.empty() && last != "\n";
  return save_ ? save_(position_.ToString()) : absl::OkStatus();
}

absl::Status FileDestination::GoBehindOthers(uint64_t length) {
  note_ = absl::StrCat(length - position_.length,
                       " bytes behind its last batch are somebody else's; they stay");
  return GoOnAt(length);
}

// The rows of a batch belong under the header line that the file has.
bool FileDestination::HasHeader(const std::string& header) {
  if (header.empty() || position_.length == 0) return true;
  if (!header_.has_value()) {
    header_ = Read(0, header.size());
    if (header_->empty()) header_ = header;  // it cannot be read
  }
  return *header_ == header;
}

// Up to `size` bytes at `offset`; none where the file may not be read.
std::string FileDestination::Read(uint64_t offset, size_t size) const {
  const Descriptor file(
      open(options_.path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0 || info.st_dev != position_.device ||
      info.st_ino != position_.inode) {
    return {};
  }
  std::string text(size, '\0');
  size_t length = 0;
  while (length < size) {
    const ssize_t count =
        pread(file.get(), text.data() + length, size - length, static_cast<off_t>(offset + length));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    length += static_cast<size_t>(count);
  }
  text.resize(length);
  return text;
}

// Whether an earlier process has written the batch, which waited when it died. If it came to its
// begin only, that is cut off: zeros are bytes that a loss of power took away.
absl::StatusOr<bool> FileDestination::IsThere(const Batch& batch) {
  const std::string text = TextOf(batch);
  const std::string found = Read(position_.length, std::min<size_t>(text.size(), tail_bytes_));
  const bool may_be_ours = waiting_ > 0 && !found.empty();
  if (may_be_ours && found == text) {
    --waiting_;
    position_.length += text.size();
    tail_bytes_ -= text.size();
    return true;
  }
  const bool is_begin =
      may_be_ours && found.size() == tail_bytes_ &&
      std::equal(found.begin(), found.end(), text.begin(),
                 [](char found_byte, char byte) { return found_byte == byte || found_byte == 0; });
  absl::Status status = is_begin ? CutBack() : GoBehindOthers(position_.length + tail_bytes_);
  if (!status.ok()) return status;
  tail_bytes_ = 0;
  return false;
}

std::string FileDestination::EarlierName(uint64_t number) const {
  return absl::StrFormat("%s.%06d", options_.path, number);
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
  is_ragged_ = breaks_line_ = false;
  tail_bytes_ = 0;
  struct stat info {};
  absl::Status status = fstat(descriptor, &info) == 0 ? absl::OkStatus() : ErrnoStatus(errno);
  is_regular_ = S_ISREG(info.st_mode);
  if (status.ok() && is_regular_) status = Lock();
  // Its length now that nobody else writes.
  if (status.ok() && fstat(descriptor, &info) != 0) status = ErrnoStatus(errno);
  if (!status.ok()) {
    file_.reset();
    return status;
  }
  if (!is_regular_) {
    position_.length = 0;
    return absl::OkStatus();
  }
  position_.device = info.st_dev;
  position_.inode = info.st_ino;
  const auto size = static_cast<uint64_t>(info.st_size);
  const std::optional<FilePosition> earlier = std::exchange(earlier_, std::nullopt);
  if (earlier.has_value() && earlier->device == position_.device &&
      earlier->inode == position_.inode && earlier->length <= size) {
    position_ = *earlier;
    status = GoOnAt(position_.length);
    tail_bytes_ = size - position_.length;
  } else {
    position_.begun_s = wall_seconds_();
    status = GoOnAt(size);
  }
  if (!status.ok()) file_.reset();
  return status;
}

// No other export, of this process or another one, is to write to it.
absl::Status FileDestination::Lock() {
  int result;
  do {
    result = flock(file_->get(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  // A file system without locks has none.
  if (result == 0 || errno != EWOULDBLOCK) return absl::OkStatus();
  return absl::UnavailableError("another export, of this process or another one, writes to it");
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
  uint64_t number = position_.rotated + 1;
  while (renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, EarlierName(number).c_str(),
                   RENAME_NOREPLACE) != 0) {
    // EINVAL: of a file system that cannot do that.
    if (errno == EINVAL && access(EarlierName(number).c_str(), F_OK) != 0) {
      if (rename(path.c_str(), EarlierName(number).c_str()) == 0) break;
    }
    if (errno != EEXIST && errno != EINVAL) return ErrnoStatus(errno);
    ++number;
  }
  file_.reset();
  position_.rotated = number;
  if (options_.keep != 0 && number > options_.keep) {
    // One more each time; further ones are those of other settings.
    (void)unlink(EarlierName(number - options_.keep).c_str());
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
