// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/parquet_destination.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "config/descriptor.h"
#include "output/destinations/dead_letters.h"
#include "output/destinations/duckdb_library.h"
#include "output/destinations/parquet_writer.h"
#include "output/destinations/sections.h"
#include "output/destinations/typed_rows.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

// The partition of the rows without a time: behind all others.
constexpr int64_t kNoHour = std::numeric_limits<int64_t>::max();
constexpr int64_t kNanosecondsOfHour = 3600 * int64_t{1000000000};
constexpr int64_t kHoursOfDay = 24;
// What readers take for no value in a path.
constexpr const char* kHiveNull = "__HIVE_DEFAULT_PARTITION__";

int64_t HourOf(int64_t time_ns) {
  const int64_t hour = time_ns / kNanosecondsOfHour;
  return time_ns % kNanosecondsOfHour < 0 ? hour - 1 : hour;
}

absl::Status ParquetError(const std::string& path, int error) {
  const absl::Status status = ErrnoStatus(error);
  return absl::Status(status.code(), absl::StrCat(CleanText(path), ": ", status.message()));
}

// What was written to the file or directory survives a loss of power.
absl::Status SyncPath(const std::string& path, int flags) {
  Descriptor file(open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0 || fsync(file.get()) != 0) return ParquetError(path, errno);
  return absl::OkStatus();
}

struct PlacedRow {
  int64_t hour;
  std::string_view row;
};

// Rows with the hour that each is of, in the order of hours; DataLoss when `bytes` are cut.
absl::StatusOr<std::vector<PlacedRow>> PlaceRows(const TypedTable& table, std::string_view bytes) {
  std::vector<PlacedRow> rows;
  while (const std::optional<std::string_view> row = NextTypedRow(&bytes)) {
    TypedRowReader reader(*row, table.columns.size());
    // The first column is the time of the row.
    rows.push_back(
        {.hour = reader.Has(0) ? HourOf(reader.Bytes8<int64_t>()) : kNoHour, .row = *row});
  }
  if (!bytes.empty()) return absl::DataLossError("its rows are cut");
  std::stable_sort(rows.begin(), rows.end(),
                   [](const PlacedRow& a, const PlacedRow& b) { return a.hour < b.hour; });
  return rows;
}

class ParquetDestination : public Destination {
 public:
  ParquetDestination(std::string directory, const DuckDbFunctions& functions)
      : directory_(std::move(directory)), writer_(functions) {}

  std::string name() const override { return directory_; }
  Outcome Send(const Batch& batch, const std::stop_token& stop) override;
  // Between batches, which are minutes from each other, memory is others'.
  std::chrono::nanoseconds idle_interval() const override { return std::chrono::seconds(5); }
  void Idle() override { writer_.Close(); }
  void Close() override { writer_.Close(); }

 private:
  absl::Status SendSection(const Batch& batch, std::string_view section,
                           const std::stop_token& stop);
  absl::Status WriteFile(const Batch& batch, const TypedTable& table,
                         std::span<const PlacedRow> rows);
  absl::Status MakeFolders(std::string_view below);

  const std::string directory_;
  ParquetWriter writer_;
  std::vector<std::string_view> rows_;  // of the file that is being written
};

// One directory; a new one is in that above it on the disk.
absl::Status MakeFolder(const std::string& path) {
  constexpr mode_t kMode = 0777;  // less what the umask says
  if (mkdir(path.c_str(), kMode) == 0) {
    const std::string above = std::filesystem::path(path).parent_path();
    return SyncPath(above.empty() ? "." : above, O_RDONLY | O_DIRECTORY);
  }
  return errno == EEXIST ? absl::OkStatus() : ParquetError(path, errno);
}

// The directory, and `below` in it.
absl::Status ParquetDestination::MakeFolders(std::string_view below) {
  std::string path = directory_;
  absl::Status status = MakeFolder(path);
  while (status.ok() && !below.empty()) {
    const size_t end = std::min(below.find('/'), below.size());
    absl::StrAppend(&path, "/", std::string(below.substr(0, end)));
    below.remove_prefix(std::min(end + 1, below.size()));
    status = MakeFolder(path);
  }
  return status;
}

absl::Status ParquetDestination::WriteFile(const Batch& batch, const TypedTable& table,
                                           std::span<const PlacedRow> rows) {
  rows_.clear();
  for (const PlacedRow& placed : rows) rows_.push_back(placed.row);
  const int64_t hour = rows.front().hour;
  const std::string below = absl::StrCat(
      table.name, "/", PartitionOf(hour == kNoHour ? std::nullopt : std::optional(hour)));
  const std::string folder = absl::StrCat(directory_, "/", below);
  absl::Status status = MakeFolders(below);
  if (!status.ok()) return status;
  const std::string name =
      absl::StrFormat("%s-%s-%06u", batch.id.probe, batch.id.run, batch.id.sequence);
  // No pattern of readers matches it, and the next try writes to the same.
  const std::string part = absl::StrCat(folder, "/.", name, ".part");
  const std::string whole = absl::StrCat(folder, "/", name, ".parquet");
  // Of a try before this one, which did not get to the batch's last hour.
  if (std::error_code error; std::filesystem::is_regular_file(whole, error)) {
    return SyncPath(folder, O_RDONLY | O_DIRECTORY);
  }
  (void)unlink(part.c_str());
  status = writer_.Write(table, rows_, {"probe", batch.id.probe}, part);
  if (status.ok()) status = SyncPath(part, O_RDWR);
  if (status.ok() && rename(part.c_str(), whole.c_str()) != 0) status = ParquetError(whole, errno);
  if (!status.ok()) {
    (void)unlink(part.c_str());
    return status;
  }
  return SyncPath(folder, O_RDONLY | O_DIRECTORY);
}

absl::Status ParquetDestination::SendSection(const Batch& batch, std::string_view section,
                                             const std::stop_token& stop) {
  const std::optional<TypedTable> table = ReadTypedHead(&section);
  if (!table.has_value()) return absl::DataLossError("has no rows for Parquet");
  const absl::StatusOr<std::vector<PlacedRow>> rows = PlaceRows(*table, section);
  if (!rows.ok()) return rows.status();
  for (auto begin = rows->begin(); begin != rows->end();) {
    if (stop.stop_requested()) return absl::CancelledError("not written yet");
    const auto end = std::find_if(
        begin, rows->end(), [&](const PlacedRow& placed) { return placed.hour != begin->hour; });
    absl::Status status = WriteFile(batch, *table, {begin, end});
    if (!status.ok()) return status;
    begin = end;
  }
  return absl::OkStatus();
}

// Files of a batch that were written before, by another try, are left alone: they are the same.
Outcome ParquetDestination::Send(const Batch& batch, const std::stop_token& stop) {
  if (batch.content_type != kSectionsType) return Outcome::Rejected("has no rows for Parquet");
  SectionReader sections(batch.body);
  while (const std::optional<std::string_view> section = sections.Next()) {
    const absl::Status status = SendSection(batch, *section, stop);
    if (absl::IsDataLoss(status)) return Outcome::Rejected(std::string(status.message()));
    if (!status.ok()) return Outcome::TryAgain(CleanText(std::string(status.message())));
  }
  if (!sections.at_end()) return Outcome::Rejected("its rows are cut");
  return Outcome::Delivered();
}

}  // namespace

std::string PartitionOf(std::optional<int64_t> hour) {
  if (!hour.has_value()) return absl::StrCat("day=", kHiveNull, "/hour=", kHiveNull);
  const auto days = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::hours>(std::chrono::hours(*hour)));
  const std::chrono::year_month_day day{days};
  return absl::StrFormat("day=%04d-%02u-%02u/hour=%02d", static_cast<int>(day.year()),
                         static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                         *hour - days.time_since_epoch().count() * kHoursOfDay);
}

absl::StatusOr<std::unique_ptr<Destination>> MakeParquetDestination(const std::string& directory) {
  const absl::StatusOr<const DuckDbFunctions*> duckdb = LoadDuckDb();
  if (!duckdb.ok()) return duckdb.status();
  return std::make_unique<ParquetDestination>(directory, **duckdb);
}

}  // namespace tstat::internal
