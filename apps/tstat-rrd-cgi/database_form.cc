// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/database_form.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace tstat::viewer {
namespace {

// Sizes of the parts, in bytes, and where the numbers are in them; all are eight bytes long, in the
// order of the machine.
constexpr size_t kHead = 128, kSource = 120, kArchive = 120, kPreparedSource = 112,
                 kPreparedCell = 80, kWord = 8;
constexpr size_t kCookieAt = 0, kVersionAt = 4, kNumberCookieAt = 16, kSourcesAt = 24,
                 kArchivesAt = 32, kStepAt = 40;
constexpr size_t kNameSize = 20, kSourceKindAt = 20, kRowsAt = 24, kStepsAt = 32;
constexpr double kNumberCookie = 8.642135E130;  // tells machines with other numbers

constexpr uint64_t kMostSources = 1000, kMostArchives = 1000, kMostRows = 100'000'000,
                   kMostStep = 366 * 86400, kMostSpan = uint64_t{1} << 40;  // seconds

constexpr std::string_view kSourceKinds[] = {"GAUGE",    "COUNTER", "DERIVE",
                                             "ABSOLUTE", "DDERIVE", "DCOUNTER"};
constexpr std::string_view kArchiveKinds[] = {"AVERAGE", "MIN", "MAX", "LAST"};

uint64_t NumberAt(const std::vector<char>& bytes, size_t at) {
  uint64_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

// A text that ends within its place.
std::optional<std::string_view> NameAt(const std::vector<char>& bytes, size_t at) {
  const std::string_view place(bytes.data() + at, kNameSize);
  const size_t end = place.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  return place.substr(0, end);
}

template <typename Kinds>
bool IsOneOf(std::optional<std::string_view> name, const Kinds& kinds) {
  return name.has_value() && std::ranges::find(kinds, *name) != std::end(kinds);
}

class File {
 public:
  explicit File(const std::string& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // 0 if it is no file, or cannot be read.
  [[nodiscard]] uint64_t Size() const {
    struct stat status {};
    if (descriptor_ < 0 || fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    return static_cast<uint64_t>(status.st_size);
  }
  // All of them, or nothing.
  [[nodiscard]] std::optional<std::vector<char>> Bytes(size_t at, size_t count) const {
    std::vector<char> bytes(count);
    const ssize_t got = pread(descriptor_, bytes.data(), count, static_cast<off_t>(at));
    if (got < 0 || static_cast<size_t>(got) != count) return std::nullopt;
    return bytes;
  }

 private:
  const int descriptor_;
};

struct Sizes {
  uint64_t sources = 0, archives = 0, step = 0;
  size_t live = 0;  // bytes of what changes with each update
};

std::optional<Sizes> SizesOf(const std::vector<char>& head) {
  const std::string_view text(head.data(), head.size());
  if (!text.substr(kCookieAt).starts_with(std::string_view("RRD\0", 4))) return std::nullopt;
  const std::string_view version = text.substr(kVersionAt, 5);
  constexpr std::string_view kVersions[] = {{"0003\0", 5}, {"0004\0", 5}, {"0005\0", 5}};
  if (std::ranges::find(kVersions, version) == std::end(kVersions)) return std::nullopt;
  double cookie = 0;
  std::memcpy(&cookie, head.data() + kNumberCookieAt, sizeof(cookie));
  if (cookie != kNumberCookie) return std::nullopt;
  const Sizes sizes{.sources = NumberAt(head, kSourcesAt),
                    .archives = NumberAt(head, kArchivesAt),
                    .step = NumberAt(head, kStepAt),
                    .live = 2 * kWord};
  const auto is_between = [](uint64_t value, uint64_t most) { return value > 0 && value <= most; };
  if (!is_between(sizes.sources, kMostSources) || !is_between(sizes.archives, kMostArchives) ||
      !is_between(sizes.step, kMostStep)) {
    return std::nullopt;
  }
  return sizes;
}

// The rows of each archive; none if one cannot be.
std::vector<uint64_t> RowsOf(const std::vector<char>& definitions, const Sizes& sizes) {
  std::vector<uint64_t> rows;
  for (size_t i = 0; i < sizes.archives; ++i) {
    const size_t at = sizes.sources * kSource + i * kArchive;
    const uint64_t count = NumberAt(definitions, at + kRowsAt);
    const uint64_t steps = NumberAt(definitions, at + kStepsAt);
    if (!IsOneOf(NameAt(definitions, at), kArchiveKinds) || count == 0 || count > kMostRows ||
        steps == 0 || steps > kMostSpan / sizes.step / count) {
      return {};
    }
    rows.push_back(count);
  }
  return rows;
}

}  // namespace

bool IsSoundDatabase(const std::string& path) {
  const File file(path);
  const uint64_t size = file.Size();
  if (size < kHead) return false;
  const auto head = file.Bytes(0, kHead);
  if (!head.has_value()) return false;
  const std::optional<Sizes> sizes = SizesOf(*head);
  if (!sizes.has_value()) return false;
  const size_t definitions_size = sizes->sources * kSource + sizes->archives * kArchive;
  if (size < kHead + definitions_size) return false;
  const auto definitions = file.Bytes(kHead, definitions_size);
  if (!definitions.has_value()) return false;
  for (size_t i = 0; i < sizes->sources; ++i) {
    const auto name = NameAt(*definitions, i * kSource);
    if (!name.has_value() || name->empty() ||
        !IsOneOf(NameAt(*definitions, i * kSource + kSourceKindAt), kSourceKinds)) {
      return false;
    }
  }
  const std::vector<uint64_t> rows = RowsOf(*definitions, *sizes);
  if (rows.empty()) return false;
  const size_t rows_at = kHead + definitions_size + sizes->live +
                         sizes->sources * (kPreparedSource + sizes->archives * kPreparedCell);
  uint64_t wanted = rows_at + sizes->archives * kWord;
  for (const uint64_t count : rows) wanted += count * sizes->sources * kWord;
  if (size < wanted) return false;
  // Which row of each archive is the present one.
  const auto present = file.Bytes(rows_at, sizes->archives * kWord);
  if (!present.has_value()) return false;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (NumberAt(*present, i * kWord) >= rows[i]) return false;
  }
  return true;
}

}  // namespace tstat::viewer
