// SPDX-License-Identifier: BSD-3-Clause
//
// Reading files, and writing them so that nobody sees half of one.
#ifndef TSTAT_RRD_CGI_FILES_H_
#define TSTAT_RRD_CGI_FILES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tstat::viewer {

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool ok() const { return number_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

// A regular file of at most `limit` bytes. NOT_FOUND, or another error with the cause.
[[nodiscard]] absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit);
// The same below an open directory; symbolic links are not followed.
[[nodiscard]] absl::StatusOr<std::string> ReadFileAt(int directory, const std::string& name,
                                                     size_t limit);
// At most the last `limit` bytes of one that may be larger.
[[nodiscard]] absl::StatusOr<std::string> ReadTail(const std::string& path, size_t limit);
[[nodiscard]] absl::StatusOr<std::string> ReadTailAt(int directory, const std::string& name,
                                                     size_t limit);

// Writes under another name in the same directory first: readers find the old file or the new one.
// What stands there, a symbolic link too, is replaced, not written to.
[[nodiscard]] absl::Status ReplaceFileAt(int directory, const std::string& name,
                                         std::string_view content, unsigned mode = 0644);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_FILES_H_
