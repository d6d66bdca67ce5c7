// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/format.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "output/destinations/sections.h"
#include "output/formats/clickhouse_format.h"
#include "output/formats/csv_format.h"
#include "output/formats/influx_format.h"
#include "output/formats/ipfix_format.h"
#include "output/formats/json_format.h"
#include "output/formats/netsage_format.h"
#include "output/formats/parquet_format.h"

namespace tstat::internal {
namespace {

struct FormatEntry {
  ExportFormatInfo info;
  absl::StatusOr<std::unique_ptr<ExportFormat>> (*make)(const ExportDefaults& defaults,
                                                        ExportOptions* options);
};
// The registry of formats.
constexpr FormatEntry kExportFormats[] = {
    {{"json", "JSON lines: an object a row", kJsonOptions}, &MakeJsonFormat},
    {{"csv", "CSV with a header line; one kind of rows a stream", kCsvOptions}, &MakeCsvFormat},
    {{"influx", "InfluxDB line protocol", kInfluxOptions}, &MakeInfluxFormat},
    {{"netsage", "messages of the NetSage pipeline", kNetsageOptions}, &MakeNetsageFormat},
    {{"clickhouse", "rows for ClickHouse's HTTP interface, a table for each kind",
      kClickHouseOptions},
     &MakeClickHouseFormat},
    {{"parquet", "Parquet files below a directory, by DuckDB; of tstat-ship", kParquetOptions},
     &MakeParquetFormat},
    {{"ipfix", "IPFIX messages (RFC 7011) of flows, or of what is asked for", kIpfixOptions},
     &MakeIpfixFormat},
};
constexpr auto kExportFormatInfos = [] {
  std::array<ExportFormatInfo, std::size(kExportFormats)> infos;
  for (size_t i = 0; i < infos.size(); ++i) infos[i] = kExportFormats[i].info;
  return infos;
}();

const FormatEntry* FindFormat(std::string_view name) {
  for (const FormatEntry& entry : kExportFormats) {
    if (entry.info.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExportFormat>> MakeExportFormat(std::string_view name,
                                                               const ExportDefaults& defaults,
                                                               ExportOptions* options) {
  if (const FormatEntry* const entry = FindFormat(name)) return entry->make(defaults, options);
  std::vector<std::string_view> known;
  for (const FormatEntry& entry : kExportFormats) known.push_back(entry.info.name);
  return UnknownWord(name, "format", known);
}

BatchWriter::BatchWriter(ExportFormat* format, const Limits& limits, Sink sink)
    : format_(format),
      limits_(limits),
      frame_(format->frame()),
      sink_(std::move(sink)),
      bytes_(std::max<size_t>(format->section_count(), 1)),
      stream_header_(format->StreamHeader()) {
  limits_.max_items = std::min(limits_.max_items, format->max_items());
}

bool BatchWriter::Append(const TableRow& row, size_t first_item) {
  if (!format_->Takes(*row.table)) return false;
  const size_t count = format_->ItemsOf(row);
  RowBuffer& bytes = bytes_[bytes_.size() == 1 ? 0 : format_->SectionOf(*row.table)];
  for (size_t item = first_item; item < count; ++item) {
    bytes.Append(items_ == 0 ? frame_.begin : frame_.between);
    format_->AppendItem(row, item, bytes);
    ++items_;
    const bool is_last = item + 1 == count;
    if (is_last) ++rows_;
    open_row_items_ = is_last ? 0 : item + 1;
    if (items_ >= limits_.max_items || Bytes() >= limits_.max_bytes) Finish();
  }
  return count > 0;
}

size_t BatchWriter::Bytes() const {
  size_t bytes = 0;
  for (const RowBuffer& section : bytes_) bytes += section.view().size();
  return bytes;
}

std::string BatchWriter::TakeBody() {
  std::string body = std::exchange(room_, {});
  if (format_->section_count() == 0) {
    bytes_.front().Append(frame_.end);
    body = bytes_.front().view();
  } else {
    body.clear();
    for (size_t i = 0; i < bytes_.size(); ++i) {
      if (!bytes_[i].empty()) AppendSection(format_->SectionHead(i), bytes_[i].view(), &body);
    }
  }
  for (RowBuffer& section : bytes_) section.Clear();
  return body;
}

void BatchWriter::Finish() {
  if (items_ == 0) return;
  Batch batch;
  batch.rows = static_cast<uint32_t>(rows_);
  const bool has_sections = format_->section_count() > 0;
  batch.content_type = std::string(has_sections ? kSectionsType : format_->content_type());
  batch.header = stream_header_;
  batch.body = TakeBody();
  batch.splits_by_lines = format_->has_lines() && !has_sections && frame_.begin.empty() &&
                          frame_.between.empty() && frame_.end.empty();
  const size_t items = items_;
  items_ = rows_ = 0;
  sink_(std::move(batch), items);
}

}  // namespace tstat::internal

namespace tstat::inline v1 {

std::span<const ExportFormatInfo> ExportFormats() { return internal::kExportFormatInfos; }

}  // namespace tstat::inline v1
