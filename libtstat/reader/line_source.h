// SPDX-License-Identifier: BSD-3-Clause
//
// The lines of a file, plain or gzip, that may still grow.
//
//   absl::StatusOr<LineSource> lines = LineSource::Open(path, max_line_bytes);
//   absl::StatusOr<std::optional<LineSource::Line>> line = lines->Next(/*take_last=*/false);
#ifndef TSTAT_READER_LINE_SOURCE_H_
#define TSTAT_READER_LINE_SOURCE_H_

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tstat::internal {

class LineSource {
 public:
  static absl::StatusOr<LineSource> Open(const std::string& path, size_t max_line_bytes);
  ~LineSource();
  LineSource(LineSource&& other) noexcept;
  LineSource& operator=(LineSource&&) = delete;

  struct Line {
    std::string_view text;     // without its newline; valid until the next call
    bool is_too_long = false;  // `text` is empty
  };
  // The next line; nullopt: none is complete yet. `take_last`: what is behind the last newline is
  // one.
  absl::StatusOr<std::optional<Line>> Next(bool take_last);
  // Goes on at this offset of the uncompressed file, where a line begins; compressed files are read
  // up to there. FailedPrecondition: the file is shorter.
  absl::Status Seek(uint64_t offset);

  // Of the first byte that no line had, uncompressed.
  [[nodiscard]] uint64_t offset() const { return offset_; }
  [[nodiscard]] uint64_t inode() const { return inode_; }
  // After Next gave nothing: there is something that is no whole line.
  [[nodiscard]] bool has_open_line() const { return begin_ != end_ || is_skipping_; }
  // Likewise: a compressed file ends within a member.
  [[nodiscard]] bool has_open_member() const { return inflater_ != nullptr && !member_ended_; }

 private:
  LineSource(std::string path, int fd, uint64_t inode, size_t max_line_bytes);

  // Appends what the file has to `bytes_`; false: nothing for now.
  absl::StatusOr<bool> Fill();
  absl::StatusOr<size_t> ReadFile(char* out, size_t size);
  absl::StatusOr<bool> Inflate();
  absl::Status Rewind();
  absl::Status Error(std::string_view what) const;

  std::string path_;
  int fd_ = -1;
  uint64_t inode_ = 0;
  size_t max_line_bytes_;
  std::optional<bool> is_gzip_;  // known when two bytes were read

  // Bytes of the uncompressed file: those from begin_ to end_ are not taken yet, and there is no
  // newline before scanned_.
  std::vector<char> bytes_;
  size_t begin_ = 0, end_ = 0, scanned_ = 0;
  uint64_t offset_ = 0;       // of begin_
  bool is_skipping_ = false;  // the rest of a line that is too long
  uint64_t file_offset_ = 0;  // bytes of the file that were read

  std::unique_ptr<z_stream> inflater_;
  std::vector<char> compressed_;
  bool member_ended_ = false;  // what follows is another member
};

}  // namespace tstat::internal

#endif  // TSTAT_READER_LINE_SOURCE_H_
