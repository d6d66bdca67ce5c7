// SPDX-License-Identifier: BSD-3-Clause
//
// The line under construction. It is reused: after the first rows nothing is allocated.
#ifndef TSTAT_SCHEMA_ROW_BUFFER_H_
#define TSTAT_SCHEMA_ROW_BUFFER_H_

#include <cassert>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

namespace tstat::internal {

class RowBuffer {
 public:
  RowBuffer() : bytes_(4096) {}

  void Clear() { size_ = 0; }
  std::string_view view() const { return {bytes_.data(), size_}; }
  bool empty() const { return size_ == 0; }
  bool at_line_start() const { return size_ == 0 || bytes_[size_ - 1] == '\n'; }

  // Where to write next, with room for `length` bytes; valid until the next call but Commit.
  char* Reserve(size_t length) {
    if (bytes_.size() - size_ < length) Grow(length);
    return bytes_.data() + size_;
  }
  // How many bytes can be written at `out`, which Reserve gave or which is behind that.
  size_t RoomAt(const char* out) const {
    return static_cast<size_t>(bytes_.data() + bytes_.size() - out);
  }
  // What was written ends at `end`.
  void Commit(const char* end) { size_ = static_cast<size_t>(end - bytes_.data()); }

  void Append(std::string_view text) {
    if (text.empty()) return;  // it may point nowhere, which memcpy does not take
    char* const out = Reserve(text.size());
    std::memcpy(out, text.data(), text.size());
    size_ += text.size();
  }
  // What was written at an earlier place, to be put right. REQUIRES: offset + bytes.size() <=
  // view().size()
  void Overwrite(size_t offset, std::string_view bytes) {
    assert(offset + bytes.size() <= size_);
    std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
  }
  // REQUIRES: !empty()
  void ReplaceLast(char c) {
    assert(!empty());
    bytes_[size_ - 1] = c;
  }

 private:
  void Grow(size_t length) { bytes_.resize(2 * bytes_.size() + length); }

  std::vector<char> bytes_;
  size_t size_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_ROW_BUFFER_H_
