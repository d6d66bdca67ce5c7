// SPDX-License-Identifier: BSD-3-Clause
//
// A sequence of bytes read front to back: a file, a pipe, or another stream being decompressed.
//
//   std::unique_ptr<ByteStream> in = std::make_unique<FileStream>(fd, name);
//   while (size_t n = in->Read(buffer)) Use(buffer.first(n));
//   absl::Status end = in->status();   // OK at a clean end
//
// A stream that has its bytes in memory can be looked at in place instead, as long as it likes:
//
//   for (size_t used = 0;; used = 100) {
//     std::span<const uint8_t> view = in->View(used, 100);
//     if (view.empty()) break;  // the rest comes from Read
//     Use(view.first(100));
//   }
#ifndef TSTAT_CAPTURE_BYTE_STREAM_H_
#define TSTAT_CAPTURE_BYTE_STREAM_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tstat/mapped_range.h"

namespace tstat::internal {

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Fills the front of `out` (not empty) and returns how many bytes; blocks until there is at least
  // one. 0 means the end (status() says which) or, with interrupted() true, that a signal came
  // while waiting: read again.
  [[nodiscard]] virtual size_t Read(std::span<uint8_t> out) = 0;

  // Drops the first `used` bytes of the last view, and gives a view of at least the next `count`.
  // The bytes of all views stay as they are while the stream, or what ViewOwner() gave, lives.
  // Empty when the stream cannot: then everything that follows the dropped bytes comes from Read.
  virtual std::span<const uint8_t> View(size_t used, size_t count) { return {}; }
  virtual std::shared_ptr<const void> ViewOwner() const { return nullptr; }

  // OK while reading and at a clean end. Errors begin with the file's name.
  virtual absl::Status status() const { return absl::OkStatus(); }

  virtual bool interrupted() const { return false; }

  // While on: of what can keep its reader waiting, Read also comes back, as if interrupted, when
  // nothing came for a second.
  virtual void ReportPauses(bool on) {}

  // Bytes read (or viewed) of the file below, and its size; size 0 when that is not known (pipes).
  virtual uint64_t file_position() const { return 0; }
  virtual uint64_t file_size() const { return 0; }
};

// An open file, pipe or terminal. Owns the descriptor unless it is standard input. With a `mapping`
// views of a regular file are windows of a mapping whose pages are there already: a file that was
// cut, a failing disk or a file system without mappings lead back to Read, which tells what is
// wrong. Only bytes of windows (1 MB each) that were looked at, and are cut off before they are
// read, raise SIGBUS.
class FileStream final : public ByteStream {
 public:
  // `name` is only for messages. `mapping`, which must outlive the stream, is told what is mapped;
  // without one there are no views.
  FileStream(int descriptor, std::string name, MappedRange* mapping = nullptr);
  ~FileStream() override;
  FileStream(const FileStream&) = delete;
  FileStream& operator=(const FileStream&) = delete;

  size_t Read(std::span<uint8_t> out) override;
  std::span<const uint8_t> View(size_t used, size_t count) override;
  std::shared_ptr<const void> ViewOwner() const override { return mapped_; }
  absl::Status status() const override { return status_; }
  bool interrupted() const override { return interrupted_; }
  void ReportPauses(bool on) override { reports_pauses_ = on && is_pipe_; }
  uint64_t file_position() const override { return views_ ? view_end_ : position_; }
  uint64_t file_size() const override { return size_; }

 private:
  // The whole file, most of it without pages.
  class Mapped;

  bool Map();
  void DropPages();
  std::span<const uint8_t> EndViews();

  int descriptor_;
  std::string name_;
  MappedRange* mapping_;
  absl::Status status_;
  bool interrupted_ = false;
  bool is_pipe_ = true;  // or a terminal
  bool reports_pauses_ = false;
  uint64_t position_ = 0;  // of the next byte that Read gives, or of the view's first
  uint64_t size_ = 0;
  std::shared_ptr<Mapped> mapped_;
  bool views_ = false;        // what comes next is looked at there
  uint64_t view_end_ = 0;     // how far its pages are there
  uint64_t dropped_end_ = 0;  // and how far they are gone again
};

// Bytes in memory, for tests and fuzzers. Gives at most `chunk` bytes a call.
class MemoryStream final : public ByteStream {
 public:
  explicit MemoryStream(std::vector<uint8_t> bytes, size_t chunk = SIZE_MAX)
      : bytes_(std::move(bytes)), chunk_(chunk) {}

  size_t Read(std::span<uint8_t> out) override {
    const size_t n = std::min({out.size(), chunk_, bytes_.size() - position_});
    if (n != 0) std::memcpy(out.data(), bytes_.data() + position_, n);
    position_ += n;
    return n;
  }
  uint64_t file_position() const override { return position_; }
  uint64_t file_size() const override { return bytes_.size(); }

 private:
  std::vector<uint8_t> bytes_;
  size_t chunk_;
  size_t position_ = 0;
};

// Gives bytes that were already read from another stream, then what follows in it.
class ReplayStream final : public ByteStream {
 public:
  ReplayStream(std::vector<uint8_t> start, std::unique_ptr<ByteStream> rest)
      : start_(std::move(start)), rest_(std::move(rest)) {}

  size_t Read(std::span<uint8_t> out) override;
  absl::Status status() const override { return rest_->status(); }
  bool interrupted() const override { return rest_->interrupted(); }
  void ReportPauses(bool on) override { rest_->ReportPauses(on); }
  uint64_t file_position() const override {
    return rest_->file_position() - (start_.size() - position_);
  }
  uint64_t file_size() const override { return rest_->file_size(); }

 private:
  std::vector<uint8_t> start_;
  size_t position_ = 0;
  std::unique_ptr<ByteStream> rest_;
};

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_BYTE_STREAM_H_
