// SPDX-License-Identifier: BSD-3-Clause
//
// Reading a text file whole, as all configuration files are read, and showing a piece of it.
//
//   absl::StatusOr<std::string> text = tstat::ReadTextFile("filter");
//   if (!text.ok()) return text.status();       // "filter: No such file or directory"
#ifndef TSTAT_TEXT_FILE_H_
#define TSTAT_TEXT_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tstat/export.h"

namespace tstat::inline v1 {

// The whole file, without a byte order mark. Errors: NotFound, PermissionDenied ... with the
// system's text, the name first; InvalidArgument for a directory and for what is no text (a NUL, a
// line of more than 64 KiB); ResourceExhausted for more than kMaxTextFileBytes. `kRegular`:
// InvalidArgument for a FIFO or a device, too, without waiting for anybody at its other end.
enum class TextSource : uint8_t { kAny, kRegular };
inline constexpr size_t kMaxTextFileBytes = size_t{256} << 20;
TSTAT_EXPORT absl::StatusOr<std::string> ReadTextFile(const std::string& path,
                                                      TextSource source = TextSource::kAny);

// What of `text` an error shows: its start, control bytes as \xNN.
[[nodiscard]] TSTAT_EXPORT std::string Shown(std::string_view text);

}  // namespace tstat::inline v1

#endif  // TSTAT_TEXT_FILE_H_
