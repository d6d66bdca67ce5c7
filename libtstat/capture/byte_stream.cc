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

constexpr int kPauseMs = 1000;

constexpr uint64_t WindowStart(uint64_t position) { return position & ~(kWindowBytes - 1); }

}  // namespace

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
  if (!mapped_.empty()) GiveBack();
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
  void* start = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
  if (start == MAP_FAILED) return false;
  (void)madvise(start, size_, MADV_SEQUENTIAL);
  mapped_ = {static_cast<uint8_t*>(start), size_};
  mapping_->Set(start, size_);
  view_end_ = WindowStart(position_);
  return true;
}

void FileStream::GiveBack() {
  mapping_->Clear();
  munmap(mapped_.data(), mapped_.size());
  mapped_ = {};
}

// Read goes on where the views ended.
std::span<const uint8_t> FileStream::Unmap() {
  GiveBack();
  if (lseek(descriptor_, static_cast<off_t>(position_), SEEK_SET) < 0) {
    status_ = absl::AbortedError(absl::StrCat(name_, ": read error: ", strerror(errno)));
  }
  return {};
}

std::span<const uint8_t> FileStream::View(size_t used, size_t count) {
  if (mapped_.empty() && !Map()) return {};
  const uint64_t dropped = WindowStart(position_);  // of an earlier view; pages up to here are gone
  position_ += used;
  if (count > size_ - position_) return Unmap();
  if (position_ + count > view_end_) {
    const uint64_t end = std::min(WindowStart(position_ + count) + kWindowBytes, size_);
    // Missing pages are an error here, and would be a signal when they are touched.
    if (madvise(mapped_.data() + view_end_, end - view_end_, MADV_POPULATE_READ) != 0) {
      return Unmap();
    }
    view_end_ = end;
  }
  const uint64_t done = WindowStart(position_);
  if (done > dropped) (void)madvise(mapped_.data() + dropped, done - dropped, MADV_DONTNEED);
  return std::span<const uint8_t>(mapped_).subspan(position_, view_end_ - position_);
}

size_t ReplayStream::Read(std::span<uint8_t> out) {
  if (position_ == start_.size()) return rest_->Read(out);
  const size_t n = std::min(out.size(), start_.size() - position_);
  std::memcpy(out.data(), start_.data() + position_, n);
  position_ += n;
  return n;
}

}  // namespace tstat::internal
