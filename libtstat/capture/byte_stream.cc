// SPDX-License-Identifier: BSD-3-Clause
#include "capture/byte_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace tstat::internal {
namespace {

// How much of a mapped file has pages at a time: enough that the system calls do not count. A
// multiple of every page size.
constexpr uint64_t kWindowBytes = uint64_t{1} << 20;

// Of what was looked at pages stay for those who read it later; without them it would be fetched
// from the file again.
constexpr uint64_t kKeptBytes = 8 * kWindowBytes;

constexpr int kPauseMs = 1000;

constexpr uint64_t WindowStart(uint64_t position) { return position & ~(kWindowBytes - 1); }

}  // namespace

class FileStream::Mapped {
 public:
  Mapped(void* start, size_t size, MappedRange* range)
      : bytes_(static_cast<uint8_t*>(start), size), range_(range) {
    range_->Set(start, size);
  }
  ~Mapped() {
    range_->Clear();
    munmap(bytes_.data(), bytes_.size());
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  std::span<uint8_t> bytes() const { return bytes_; }

 private:
  std::span<uint8_t> bytes_;
  MappedRange* range_;
};

FileStream::FileStream(int descriptor, std::string name, MappedRange* mapping)
    : descriptor_(descriptor), name_(std::move(name)), mapping_(mapping) {
  struct stat info;
  if (fstat(descriptor_, &info) == 0 && S_ISREG(info.st_mode)) {
    is_pipe_ = false;
    size_ = static_cast<uint64_t>(info.st_size);
    const off_t start = lseek(descriptor_, 0, SEEK_CUR);
    if (start > 0) position_ = static_cast<uint64_t>(start);
    (void)posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
}

FileStream::~FileStream() {
  if (descriptor_ != STDIN_FILENO) close(descriptor_);
}

size_t FileStream::Read(std::span<uint8_t> out) {
  interrupted_ = false;
  if (!status_.ok()) return 0;
  if (reports_pauses_) {
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    const int ready = poll(&waiting, 1, kPauseMs);
    interrupted_ = ready == 0 || (ready < 0 && errno == EINTR);
    if (interrupted_) return 0;
  }
  const ssize_t n = read(descriptor_, out.data(), out.size());
  if (n > 0) {
    position_ += static_cast<uint64_t>(n);
    return static_cast<size_t>(n);
  }
  if (n < 0 && errno == EINTR) {
    interrupted_ = true;
  } else if (n < 0) {
    status_ = absl::AbortedError(absl::StrCat(name_, ": read error: ", strerror(errno)));
  }
  return 0;
}

bool FileStream::Map() {
  if (mapping_ == nullptr || size_ == 0 || size_ > SIZE_MAX || position_ >= size_) return false;
  if (mapped_ == nullptr) {
    void* start = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
    if (start == MAP_FAILED) return false;
    (void)madvise(start, size_, MADV_SEQUENTIAL);
    mapped_ = std::make_shared<Mapped>(start, size_, mapping_);
  }
  view_end_ = dropped_end_ = WindowStart(position_);
  views_ = true;
  return true;
}

void FileStream::DropPages() {
  const uint64_t read = WindowStart(position_);
  if (read < dropped_end_ + 2 * kKeptBytes) return;
  const uint64_t end = read - kKeptBytes;
  (void)madvise(mapped_->bytes().data() + dropped_end_, end - dropped_end_, MADV_DONTNEED);
  dropped_end_ = end;
}

// Read goes on where the views ended.
std::span<const uint8_t> FileStream::EndViews() {
  views_ = false;
  if (lseek(descriptor_, static_cast<off_t>(position_), SEEK_SET) < 0) {
    status_ = absl::AbortedError(absl::StrCat(name_, ": read error: ", strerror(errno)));
  }
  return {};
}

std::span<const uint8_t> FileStream::View(size_t used, size_t count) {
  if (!views_ && !Map()) return {};
  position_ += used;
  if (count > size_ - position_) return EndViews();
  if (position_ + count > view_end_) {
    const uint64_t end = std::min(WindowStart(position_ + count) + kWindowBytes, size_);
    // Missing pages are an error here, and would be a signal when they are touched.
    if (madvise(mapped_->bytes().data() + view_end_, end - view_end_, MADV_POPULATE_READ) != 0) {
      return EndViews();
    }
    view_end_ = end;
  }
  DropPages();
  return std::span<const uint8_t>(mapped_->bytes()).subspan(position_, view_end_ - position_);
}

size_t ReplayStream::Read(std::span<uint8_t> out) {
  if (position_ == start_.size()) return rest_->Read(out);
  const size_t n = std::min(out.size(), start_.size() - position_);
  std::memcpy(out.data(), start_.data() + position_, n);
  position_ += n;
  return n;
}

}  // namespace tstat::internal
