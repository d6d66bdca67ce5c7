// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/format.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "output/formats/csv_format.h"
#include "output/formats/influx_format.h"
#include "output/formats/json_format.h"
#include "output/formats/netsage_format.h"

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

std::span<const ExportFormatInfo> ExportFormats() { return kExportFormatInfos; }

absl::StatusOr<std::unique_ptr<ExportFormat>> MakeExportFormat(std::string_view name,
                                                               const ExportDefaults& defaults,
                                                               ExportOptions* options) {
  if (const FormatEntry* const entry = FindFormat(name)) return entry->make(defaults, options);
  std::vector<std::string_view> known;
  for (const FormatEntry& entry : kExportFormats) known.push_back(entry.info.name);
  return UnknownWord(name, "format", known);
}

BatchWriter::BatchWriter(ExportFormat* format, const Limits& limits, Sink sink)
    : format_(format), limits_(limits), frame_(format->frame()), sink_(std::move(sink)) {
  limits_.max_items = std::min(limits_.max_items, format->max_items());
}

bool BatchWriter::Append(const TableRow& row) {
  if (!format_->Takes(*row.table)) return false;
  const size_t count = format_->ItemsOf(row);
  for (size_t item = 0; item < count; ++item) {
    bytes_.Append(items_ == 0 ? frame_.begin : frame_.between);
    format_->AppendItem(row, item, bytes_);
    ++items_;
    if (item + 1 == count) ++rows_;
    if (items_ >= limits_.max_items || bytes_.view().size() >= limits_.max_bytes) Finish();
  }
  return count > 0;
}

void BatchWriter::Finish() {
  if (items_ == 0) return;
  bytes_.Append(frame_.end);
  sink_({.bytes = bytes_.view(), .items = items_, .rows = rows_});
  bytes_.Clear();
  items_ = rows_ = 0;
}

}  // namespace tstat::internal
