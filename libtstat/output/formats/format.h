// SPDX-License-Identifier: BSD-3-Clause
//
// What rows look like outside: JSON lines, CSV, InfluxDB line protocol, NetSage messages. A format
// makes items (a line, a message's element) of rows; a BatchWriter puts them together to batches,
// which is what destinations carry.
//
//   absl::StatusOr<ExportOptions> options = ExportOptions::Parse("logs=tcp&codes=names");
//   auto format = MakeExportFormat("json", defaults, &*options);   // takes the options it knows
//   BatchWriter writer(format->get(), {.max_bytes = 1 << 20},
//                      [](Batch batch, size_t items) { Use(batch, items); });
//   writer.Append(row);                                            // from RecordRows, LogReader,
//   ... writer.Finish();                                               // the last batch
//
// A new format is a file with its class and a row in the table of format.cc.
#ifndef TSTAT_OUTPUT_FORMATS_FORMAT_H_
#define TSTAT_OUTPUT_FORMATS_FORMAT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "output/destinations/batch.h"
#include "output/formats/export_options.h"
#include "output/formats/export_selection.h"
#include "schema/row_buffer.h"
#include "tstat/exports.h"
#include "tstat/table_row.h"

namespace tstat::internal {

// Not thread-safe: it may keep what it found out about the last row.
class ExportFormat {
 public:
  explicit ExportFormat(ExportSelection selection) : selection_(std::move(selection)) {}
  virtual ~ExportFormat() = default;
  ExportFormat(const ExportFormat&) = delete;
  ExportFormat& operator=(const ExportFormat&) = delete;

  // The media type of a batch.
  [[nodiscard]] virtual std::string_view content_type() const = 0;
  // "jsonl": what names of files end in.
  [[nodiscard]] virtual std::string_view extension() const = 0;
  // Which rows it takes; never others than the selection has.
  [[nodiscard]] virtual bool Takes(const RowTable& table) const { return selection_.Has(table); }
  // Whether it writes TableRow::cells, and rows are to have them; whether it does not look at
  // TableRow::values.
  [[nodiscard]] virtual bool needs_cells() const { return false; }
  [[nodiscard]] virtual bool needs_values() const { return true; }
  // Whether it looks at this one of TableRow::values.
  [[nodiscard]] virtual bool NeedsColumn(const RowTable& table, size_t column) const {
    (void)table;
    (void)column;
    return true;
  }

  // What a stream begins with, before its first batch: a file, a connection; the header line of
  // CSV. A batch that goes out by itself (a message, a request) has it at its begin.
  [[nodiscard]] virtual std::string StreamHeader() const { return {}; }
  // What stands around the items of a batch, and between them.
  struct Frame {
    std::string_view begin, between, end;
  };
  [[nodiscard]] virtual Frame frame() const { return {}; }
  // Each item is a line, where there is no frame: a batch can be cut between any two.
  [[nodiscard]] virtual bool has_lines() const { return true; }
  // Kinds of rows that a receiver wants apart (destinations/sections.h): how many sections a batch
  // has at most, in which one the rows of a table are, and what stands before them. 0: a batch has
  // none.
  [[nodiscard]] virtual size_t section_count() const { return 0; }
  [[nodiscard]] virtual size_t SectionOf(const RowTable& table) const {
    (void)table;
    return 0;
  }
  [[nodiscard]] virtual std::string_view SectionHead(size_t section) const {
    (void)section;
    return {};
  }
  // How large a batch should be where nobody says; 0: as others are.
  [[nodiscard]] virtual size_t batch_bytes() const { return 0; }
  // Likewise, how old its first row may get; 0: as others'. With one, a batch has rows of more than
  // one log.
  [[nodiscard]] virtual std::chrono::seconds batch_time() const { return std::chrono::seconds(0); }
  // What its batches are for: sections go to an HTTP server each, or are files below a directory.
  enum class Receiver : uint8_t { kAny, kHttp, kParquetDirectory };
  [[nodiscard]] virtual Receiver receiver() const {
    return section_count() > 0 ? Receiver::kHttp : Receiver::kAny;
  }
  // What a server needs before the first batch: statements that make tables.
  [[nodiscard]] virtual std::string Schema() const { return {}; }
  // The name of the measuring point, before the first row.
  virtual void SetProbe(std::string_view probe) { (void)probe; }
  // Items of a batch at most.
  [[nodiscard]] virtual size_t max_items() const { return std::numeric_limits<size_t>::max(); }

  // How many items a row gives: 0 where the format leaves it out. REQUIRES: Takes(*row.table).
  [[nodiscard]] virtual size_t ItemsOf(const TableRow& row) {
    (void)row;
    return 1;
  }
  // Appends item `item` of the row of the last ItemsOf.
  virtual void AppendItem(const TableRow& row, size_t item, RowBuffer& out) = 0;

  [[nodiscard]] const ExportSelection& selection() const { return selection_; }

 private:
  ExportSelection selection_;
};

// The format of this name, by the options that are its own, which are taken: those that are left
// are the destination's, if it knows them (ExportOptions::ExpectNone). InvalidArgument: no such
// format, an option that cannot be; both say what can.
absl::StatusOr<std::unique_ptr<ExportFormat>> MakeExportFormat(std::string_view name,
                                                               const ExportDefaults& defaults,
                                                               ExportOptions* options);
class BatchWriter {
 public:
  struct Limits {
    // A batch is ended by the item with which it has so many bytes, or items; the format's own
    // limit of items holds, too.
    size_t max_bytes = size_t{1} << 20;
    size_t max_items = std::numeric_limits<size_t>::max();
  };
  // Takes a batch of so many whole items, and of the rows whose last item is in it; its id is the
  // spool's to give.
  using Sink = std::function<void(Batch batch, size_t items)>;

  // `format` must outlive the writer.
  BatchWriter(ExportFormat* format, const Limits& limits, Sink sink);

  // Appends a row; calls the sink for each batch that is full. False: the format leaves it out.
  // Of one whose first items went out before, by another process perhaps, the others.
  bool Append(const TableRow& row, size_t first_item = 0);
  // Hands on what there is; an empty batch is none.
  void Finish();
  // The next batch may stand where one stood whose body nobody needs any more, on pages that are
  // there already.
  void Reuse(std::string body) { room_ = std::move(body); }

  // Of the row that is being appended, as the sink sees it: those that are out by then, while there
  // are more.
  [[nodiscard]] size_t open_row_items() const { return open_row_items_; }
  [[nodiscard]] size_t pending_items() const { return items_; }
  [[nodiscard]] size_t pending_rows() const { return rows_; }
  [[nodiscard]] size_t pending_bytes() const { return items_ > 0 ? Bytes() : 0; }

 private:
  // Of all sections.
  [[nodiscard]] size_t Bytes() const;
  std::string TakeBody();

  ExportFormat* format_;
  Limits limits_;
  ExportFormat::Frame frame_;
  Sink sink_;
  std::vector<RowBuffer> bytes_;  // of each section; one, where there are none
  std::string room_;              // for the body of the next batch
  std::string stream_header_;
  size_t items_ = 0, rows_ = 0;
  size_t open_row_items_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_FORMAT_H_
