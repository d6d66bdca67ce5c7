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
#include <limits>
#include <string_view>

#include "tstat-rrd-cgi/files.h"
#include "tstat-rrd-cgi/query.h"

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

// Of one look at a database.
constexpr int64_t kMostValues = 1'000'000;
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

  // 0 if it is no file, or cannot be read.
  [[nodiscard]] uint64_t Size() const {
    struct stat status {};
    if (fstat(descriptor_.get(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    return static_cast<uint64_t>(status.st_size);
  }
  // All of them, or false.
  bool Read(uint64_t at, size_t count, void* bytes) const {
    const ssize_t got = pread(descriptor_.get(), bytes, count, static_cast<off_t>(at));
    return got >= 0 && static_cast<size_t>(got) == count;
  }
  // All of them, or nothing.
  [[nodiscard]] std::optional<std::vector<char>> Bytes(uint64_t at, size_t count) const {
    std::vector<char> bytes(count);
    if (!Read(at, count, bytes.data())) return std::nullopt;
    return bytes;
  }

 private:
  const Descriptor descriptor_;
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

// False if one cannot be.
bool AddArchives(const std::vector<char>& definitions, const Sizes& sizes, DatabaseForm& form) {
  for (size_t i = 0; i < sizes.archives; ++i) {
    const size_t at = sizes.sources * kSource + i * kArchive;
    const uint64_t rows = NumberAt(definitions, at + kRowsAt);
    const uint64_t steps = NumberAt(definitions, at + kStepsAt);
    const std::optional<std::string_view> kind = NameAt(definitions, at);
    if (!IsOneOf(kind, kArchiveKinds) || rows == 0 || rows > kMostRows || steps == 0 ||
        steps > kMostSpan / sizes.step / rows) {
      return false;
    }
    // Of a single step the average is what the other kinds have, too.
    form.archives.push_back({.is_average = kind == kArchiveKinds[0] || steps == 1,
                             .rows = static_cast<int64_t>(rows),
                             .seconds = static_cast<int64_t>(steps * sizes.step)});
  }
  return true;
}

bool AddSources(const std::vector<char>& definitions, const Sizes& sizes, DatabaseForm& form) {
  for (size_t i = 0; i < sizes.sources; ++i) {
    const auto name = NameAt(definitions, i * kSource);
    if (!name.has_value() || name->empty() ||
        !IsOneOf(NameAt(definitions, i * kSource + kSourceKindAt), kSourceKinds)) {
      return false;
    }
    form.sources.emplace_back(*name);
  }
  return true;
}

std::optional<DatabaseForm> FormOf(const File& file) {
  const uint64_t size = file.Size();
  if (size < kHead) return std::nullopt;
  const auto head = file.Bytes(0, kHead);
  if (!head.has_value()) return std::nullopt;
  const std::optional<Sizes> sizes = SizesOf(*head);
  if (!sizes.has_value()) return std::nullopt;
  const size_t definitions_size = sizes->sources * kSource + sizes->archives * kArchive;
  if (size < kHead + definitions_size) return std::nullopt;
  const auto definitions = file.Bytes(kHead, definitions_size);
  DatabaseForm form;
  if (!definitions.has_value() || !AddSources(*definitions, *sizes, form) ||
      !AddArchives(*definitions, *sizes, form)) {
    return std::nullopt;
  }
  const uint64_t live_at = kHead + definitions_size;
  const uint64_t present_at =
      live_at + sizes->live + sizes->sources * (kPreparedSource + sizes->archives * kPreparedCell);
  uint64_t at = present_at + sizes->archives * kWord;
  for (DatabaseForm::Archive& archive : form.archives) {
    archive.at = at;
    at += static_cast<uint64_t>(archive.rows) * sizes->sources * kWord;
  }
  if (size < at) return std::nullopt;
  const auto live = file.Bytes(live_at, kWord);
  const auto present = file.Bytes(present_at, sizes->archives * kWord);
  if (!live.has_value() || !present.has_value()) return std::nullopt;
  form.last_update = static_cast<int64_t>(NumberAt(*live, 0));
  if (form.last_update < kMinTime || form.last_update > kMaxTime) return std::nullopt;
  for (size_t i = 0; i < form.archives.size(); ++i) {
    const uint64_t row = NumberAt(*present, i * kWord);
    if (row >= static_cast<uint64_t>(form.archives[i].rows)) return std::nullopt;
    form.archives[i].present = static_cast<int64_t>(row);
  }
  return form;
}

// When its present row ends.
int64_t EndOf(const DatabaseForm& form, const DatabaseForm::Archive& archive) {
  return form.last_update - form.last_update % archive.seconds;
}

const DatabaseForm::Archive* ArchiveFor(const DatabaseForm& form, int64_t start) {
  const DatabaseForm::Archive* best = nullptr;
  int64_t best_begin = 0;
  for (const DatabaseForm::Archive& archive : form.archives) {
    if (!archive.is_average) continue;
    const int64_t begin = std::max(start, EndOf(form, archive) - archive.rows * archive.seconds);
    if (best == nullptr || begin < best_begin ||
        (begin == best_begin && archive.seconds < best->seconds)) {
      best = &archive;
      best_begin = begin;
    }
  }
  return best;
}

}  // namespace

std::optional<DatabaseForm> ReadForm(const std::string& path) { return FormOf(File(path)); }

std::optional<Readings> ReadAverages(const std::string& path, const std::string& source,
                                     int64_t start, int64_t end) {
  const File file(path);
  const std::optional<DatabaseForm> form = FormOf(file);
  if (!form.has_value() || start < 0 || end < start) return std::nullopt;
  const auto found = std::ranges::find(form->sources, source);
  const DatabaseForm::Archive* archive = ArchiveFor(*form, start);
  if (found == form->sources.end() || archive == nullptr) return std::nullopt;
  const auto column = static_cast<size_t>(found - form->sources.begin());
  const int64_t step = archive->seconds, last = EndOf(*form, *archive);
  Readings readings{.start = start - start % step, .step = step, .values = {}};
  const int64_t count = (end - readings.start) / step;
  if (count > kMostValues) return std::nullopt;
  readings.values.assign(static_cast<size_t>(count), std::numeric_limits<double>::quiet_NaN());
  // The rows that are wanted, from the first to the last: a ring, so in two pieces at most.
  const size_t width = form->sources.size();
  const int64_t known = (last - readings.start) / step;
  int64_t at = std::max<int64_t>(0, known - archive->rows);
  const int64_t stop = std::min(count, known);
  std::vector<double> rows;
  while (at < stop) {
    const int64_t rows_until_present = known - 1 - at;
    const int64_t row = (archive->present - rows_until_present + archive->rows) % archive->rows;
    const int64_t piece = std::min(stop - at, archive->rows - row);
    rows.resize(static_cast<size_t>(piece) * width);
    if (!file.Read(archive->at + static_cast<uint64_t>(row) * width * kWord,
                   rows.size() * sizeof(double), rows.data())) {
      return std::nullopt;
    }
    for (int64_t i = 0; i < piece; ++i) {
      readings.values[static_cast<size_t>(at + i)] = rows[static_cast<size_t>(i) * width + column];
    }
    at += piece;
  }
  return readings;
}

}  // namespace tstat::viewer
