// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: the input is a byte that chooses the log, one that says how much of the rest is
// there at first, and the file, which then grows by what was left. Each row goes through every
// format: lines are one line, objects are JSON. A reader that goes on at a position reads the rows
// that are behind it.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "output/formats/format.h"
#include "tstat/log_reader.h"

namespace tstat {
using namespace internal;

namespace {

void Expect(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

std::unique_ptr<ExportFormat> FormatOf(std::string_view name, std::string_view options_text) {
  ExportOptions options = *ExportOptions::Parse(options_text);
  ExportDefaults defaults;
  defaults.profile = CompatProfile::Tstat33();
  return *MakeExportFormat(name, defaults, &options);
}

void WriteInEveryFormat(const TableRow& row) {
  static const std::unique_ptr<ExportFormat> formats[] = {
      FormatOf("json", "logs=all&columns=all"), FormatOf("influx", "points=full&logs=all"),
      FormatOf("influx", "points=roll"), FormatOf("netsage", "threshold=0")};
  for (const auto& format : formats) {
    if (!format->Takes(*row.table)) continue;
    const size_t count = format->ItemsOf(row);
    for (size_t i = 0; i < count; ++i) {
      RowBuffer out;
      format->AppendItem(row, i, out);
      const std::string_view item = out.view();
      const bool is_json = item.front() == '{';
      const size_t newlines = static_cast<size_t>(std::count(item.begin(), item.end(), '\n'));
      Expect(newlines == (format->frame().between.empty() ? 1 : 0), "an item is not one line");
      Expect(!is_json || nlohmann::json::accept(item), "no JSON");
    }
  }
}

// The rows from a position on.
size_t ReadAll(const std::string& path, const LogReaderOptions& options, LogPosition* middle) {
  absl::StatusOr<LogReader> reader = LogReader::Open(path, options);
  if (!reader.ok()) return 0;
  size_t rows = 0;
  while (true) {
    const absl::StatusOr<bool> next = reader->Next();
    if (!next.ok() || !*next) break;
    ++rows;
    Expect(reader->row().values.size() == reader->row().table->columns.size(), "values");
    WriteInEveryFormat(reader->row());
    if (middle != nullptr && rows == 2) *middle = reader->position();
  }
  return rows;
}

}  // namespace
}  // namespace tstat

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tstat;  // NOLINT
  if (size < 2) return 0;
  const int fd = memfd_create("log", MFD_CLOEXEC);
  if (fd < 0) std::abort();
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const auto write_all = [fd](const uint8_t* bytes, size_t count) {
    Expect(write(fd, bytes, count) == static_cast<ssize_t>(count), "memory file");
  };
  LogReaderOptions options;
  options.log = static_cast<Log>(data[0] % kLogCount);
  options.max_line_bytes = 4096;
  const size_t first = (size - 2) * data[1] / 255;
  write_all(data + 2, first);
  absl::StatusOr<LogReader> growing = LogReader::Open(path, options);
  size_t rows = 0;
  const auto read = [&] {
    while (growing.ok()) {
      const absl::StatusOr<bool> next = growing->Next();
      if (!next.ok() || !*next) break;
      ++rows;
    }
  };
  read();
  write_all(data + 2 + first, size - 2 - first);
  read();

  LogPosition middle;
  const size_t all = ReadAll(path, options, &middle);
  const bool is_gzip = size > 3 && data[2] == 0x1f && data[3] == 0x8b;
  Expect(is_gzip || rows == all, "a growing log has other rows");
  if (middle.offset > 0 && !is_gzip) {
    options.start = middle;
    Expect(ReadAll(path, options, nullptr) == all - 2, "rows behind a position");
  }
  close(fd);
  return 0;
}
