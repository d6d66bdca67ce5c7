// SPDX-License-Identifier: BSD-3-Clause
#include "reader/line_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "config/absl_text.h"

namespace tstat::internal {
namespace {

constexpr size_t kReadSize = size_t{256} << 10;
constexpr int kGzipOnly = 16 + MAX_WBITS;

}  // namespace

absl::StatusOr<LineSource> LineSource::Open(const std::string& path, size_t max_line_bytes) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  struct stat status {};
  if (fstat(fd, &status) != 0 || S_ISDIR(status.st_mode)) {
    const int error = S_ISDIR(status.st_mode) ? EISDIR : errno;
    close(fd);
    return absl::ErrnoToStatus(error, path);
  }
  return LineSource(path, fd, status.st_ino, max_line_bytes);
}

LineSource::LineSource(std::string path, int fd, uint64_t inode, size_t max_line_bytes)
    : path_(std::move(path)),
      fd_(fd),
      inode_(inode),
      max_line_bytes_(max_line_bytes),
      bytes_(2 * kReadSize) {}

LineSource::~LineSource() {
  if (inflater_ != nullptr) inflateEnd(inflater_.get());
  if (fd_ >= 0) close(fd_);
}

LineSource::LineSource(LineSource&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      inode_(other.inode_),
      max_line_bytes_(other.max_line_bytes_),
      is_gzip_(other.is_gzip_),
      bytes_(std::move(other.bytes_)),
      begin_(other.begin_),
      end_(other.end_),
      scanned_(other.scanned_),
      offset_(other.offset_),
      is_skipping_(other.is_skipping_),
      file_offset_(other.file_offset_),
      inflater_(std::move(other.inflater_)),
      compressed_(std::move(other.compressed_)),
      member_ended_(other.member_ended_) {}

absl::Status LineSource::Error(std::string_view what) const {
  return absl::DataLossError(absl::StrCat(path_, ": ", View(what)));
}

absl::StatusOr<std::optional<LineSource::Line>> LineSource::Next(bool take_last) {
  while (true) {
    const auto* const newline =
        static_cast<const char*>(std::memchr(bytes_.data() + scanned_, '\n', end_ - scanned_));
    const size_t line_end =
        newline != nullptr ? static_cast<size_t>(newline - bytes_.data()) : end_;
    const size_t length = line_end - begin_;
    if (newline == nullptr && length <= max_line_bytes_) {
      scanned_ = end_;
      absl::StatusOr<bool> more = Fill();
      if (!more.ok()) return more.status();
      if (*more) continue;
      if (!take_last || (begin_ == end_ && !is_skipping_)) return std::nullopt;
    }
    const bool is_whole = newline != nullptr || length <= max_line_bytes_;
    Line line;
    line.is_too_long = is_skipping_ || length > max_line_bytes_;
    if (!line.is_too_long) line.text = std::string_view(bytes_.data() + begin_, length);
    const size_t taken = length + (newline != nullptr ? 1 : 0);
    begin_ += taken;
    offset_ += taken;
    scanned_ = begin_;
    is_skipping_ = !is_whole;
    if (is_whole) return line;
  }
}

absl::StatusOr<bool> LineSource::Fill() {
  if (begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  if (bytes_.size() - end_ < kReadSize) bytes_.resize(end_ + kReadSize);
  if (is_gzip_.value_or(false)) return Inflate();
  if (offset_ > 0) is_gzip_ = false;  // its first byte was a line
  absl::StatusOr<size_t> read = ReadFile(bytes_.data() + end_, bytes_.size() - end_);
  if (!read.ok()) return read.status();
  end_ += *read;
  if (!is_gzip_.has_value() && end_ >= 2) {
    is_gzip_ = bytes_[0] == '\x1f' && bytes_[1] == '\x8b';
    if (*is_gzip_) {
      compressed_.assign(bytes_.begin(), bytes_.begin() + static_cast<ptrdiff_t>(end_));
      end_ = scanned_ = 0;
      inflater_ = std::make_unique<z_stream>();
      if (inflateInit2(inflater_.get(), kGzipOnly) != Z_OK) return Error("zlib does not work");
      return Inflate();
    }
  }
  return *read > 0;
}

absl::StatusOr<size_t> LineSource::ReadFile(char* out, size_t size) {
  ssize_t count = 0;
  do {
    count = read(fd_, out, size);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return absl::ErrnoToStatus(errno, path_);
  file_offset_ += static_cast<uint64_t>(count);
  struct stat status {};
  if (count == 0 && fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) &&
      static_cast<uint64_t>(status.st_size) < file_offset_) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, ": is shorter than what was read of it"));
  }
  return static_cast<size_t>(count);
}

absl::StatusOr<bool> LineSource::Inflate() {
  z_stream& stream = *inflater_;
  while (true) {
    if (compressed_.empty()) {
      compressed_.resize(kReadSize);
      absl::StatusOr<size_t> read = ReadFile(compressed_.data(), compressed_.size());
      compressed_.resize(read.value_or(0));
      if (!read.ok()) return read.status();
      if (*read == 0) return false;
    }
    if (std::exchange(member_ended_, false)) inflateReset(&stream);
    stream.next_in = reinterpret_cast<Bytef*>(compressed_.data());
    stream.avail_in = static_cast<uInt>(compressed_.size());
    stream.next_out = reinterpret_cast<Bytef*>(bytes_.data() + end_);
    const size_t room = bytes_.size() - end_;
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      return Error("is no gzip file, or a damaged one");
    }
    member_ended_ = result == Z_STREAM_END;
    compressed_.erase(compressed_.begin(),
                      compressed_.end() - static_cast<ptrdiff_t>(stream.avail_in));
    const size_t made = room - stream.avail_out;
    end_ += made;
    if (made > 0) return true;
  }
}

absl::Status LineSource::Rewind() {
  if (lseek(fd_, 0, SEEK_SET) != 0) return absl::ErrnoToStatus(errno, path_);
  begin_ = end_ = scanned_ = 0;
  offset_ = file_offset_ = 0;
  is_skipping_ = member_ended_ = false;
  compressed_.clear();
  if (inflater_ != nullptr) inflateReset(inflater_.get());
  return absl::OkStatus();
}

absl::Status LineSource::Seek(uint64_t offset) {
  const absl::Status too_short = absl::FailedPreconditionError(
      absl::StrCat(path_, ": is shorter than the ", offset, " bytes to go on behind"));
  // The first bytes say whether the file is compressed.
  while (!is_gzip_.has_value()) {
    absl::StatusOr<bool> more = Fill();
    if (!more.ok()) return more.status();
    if (*more) continue;
    return offset <= end_ ? Rewind() : too_short;
  }
  if (offset < offset_ || !*is_gzip_) {
    if (absl::Status status = Rewind(); !status.ok()) return status;
  }
  if (!*is_gzip_) {
    struct stat status {};
    if (fstat(fd_, &status) != 0) return absl::ErrnoToStatus(errno, path_);
    if (static_cast<uint64_t>(status.st_size) < offset) return too_short;
    if (lseek(fd_, static_cast<off_t>(offset), SEEK_SET) < 0) {
      return absl::ErrnoToStatus(errno, path_);
    }
    offset_ = file_offset_ = offset;
    return absl::OkStatus();
  }
  while (offset_ < offset) {
    if (begin_ == end_) {
      absl::StatusOr<bool> more = Fill();
      if (!more.ok()) return more.status();
      if (!*more) return too_short;
    }
    const uint64_t taken = std::min<uint64_t>(offset - offset_, end_ - begin_);
    begin_ += taken;
    offset_ += taken;
  }
  scanned_ = begin_;
  return absl::OkStatus();
}

}  // namespace tstat::internal
