// SPDX-License-Identifier: BSD-3-Clause
//
// Rows in other forms than text logs, sent to where people use them (docs/exports.md). An export is
// a format and a destination, written as FORMAT=DESTINATION#OPTIONS, with a spool on disk between:
// who feeds it never waits for the network, and what was kept outlives the process.
//
//   auto made = tstat::Export::Create("influx=http://127.0.0.1:8086/write?db=tstat#points=full",
//                                     {.spool_dir = "/var/spool/tstat"});
//   if (!made.ok()) return made.status();                // what is wrong, and what is allowed
//   tstat::Export& out = **made;
//   if (absl::Status status = out.Open(); !status.ok()) return status;  // the spool
//   if (absl::Status status = out.Start(); !status.ok()) return status; // the thread that sends
//   analyzer.AddSink(&out.sink());                       // rows of an analysis
//   out.Append(log_reader.row());                        // or of a log
//   out.Close(std::chrono::seconds(30));                 // what is left waits for the next time
#ifndef TSTAT_EXPORTS_H_
#define TSTAT_EXPORTS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat/event_sink.h"
#include "tstat/export.h"
#include "tstat/http_message.h"
#include "tstat/options.h"
#include "tstat/schema.h"
#include "tstat/table_row.h"
#include "tstat/text_logs.h"

namespace tstat::inline v1 {

class Anonymizer;

// What is known of a format without one.
struct ExportFormatInfo {
  std::string_view name;                      // "json"
  std::string_view description;               // a line for help
  std::span<const std::string_view> options;  // all that it takes
};
[[nodiscard]] TSTAT_EXPORT std::span<const ExportFormatInfo> ExportFormats();

// What a full spool does with a batch.
enum class FullSpool : uint8_t {
  kDropOldest,  // those that wait longest make room
  kDropNewest,  // it is dropped
  kWait,        // who feeds the export waits until there is room: of what can be read again only
};

// What of a spool survives a loss of power; nothing in it matters to the death of the process
// alone.
enum class SpoolSync : uint8_t {
  kNever,        // what the system had written by itself
  kEverySecond,  // all but the last second, or the last try to send if that takes longer
  kEveryBatch,   // everything: a batch waits for the disk
};

// Names of ports, which are a column "label" of exports: that of the server's port, else the
// client's. Sorted by port.
using PortLabels = std::vector<std::pair<uint16_t, std::string>>;

// A batch that is about to be kept.
struct ExportBatchInfo {
  uint64_t number = 0;  // in the spool, from 1, over restarts, too
  size_t items = 0;     // lines, points, messages' elements
  size_t rows = 0;      // whose last item is in it
  // Of the row that is being appended: items that are out with this batch, while it has more.
  size_t open_row_items = 0;
  size_t bytes = 0;
};

// What holds where the options of an export say nothing.
struct ExportSettings {
  // Rows and columns: those that the text logs have.
  CompatProfile profile = {};
  // The rows are those of logs, of whatever versions and column sets (TableRow::cells): `profile`
  // and the levels do not count. `logs` and `columns` know what any version has, `columns=default`
  // are the columns that the row's log has; in CSV, with its one header line, those of any version.
  bool of_logs = false;
  LogSet logs = DefaultTextLogs();
  uint8_t tcp_level = tcp_level::kDefault;
  uint8_t video_level = video_level::kDefault;
  uint8_t udp_level = udp_level::kDefault;
  HttpUrlLevel http_url_level = HttpUrlLevel::kNone;
  std::shared_ptr<Anonymizer> anonymizer = nullptr;  // null: addresses and names as they are
  std::shared_ptr<const PortLabels> labels = nullptr;
  // Of IPFIX: the private enterprise number of the elements that are not IANA's. Without one of its
  // own, a site has that of documentation (RFC 5612).
  uint32_t ipfix_pen = 32473;

  std::string spool_dir = "tstat-spool";  // below it each export has a directory of its own
  std::string probe = {};                 // name of the measuring point; empty: the host's
  FullSpool full = FullSpool::kDropOldest;
  SpoolSync sync = SpoolSync::kEverySecond;
  uint64_t max_spool_bytes = uint64_t{256} << 20;
  size_t max_batch_bytes = size_t{1} << 20;  // a batch ends with the item that reaches it
  size_t max_batch_items = SIZE_MAX;
  std::chrono::milliseconds batch_time{1000};  // FlushOld: a batch does not wait longer
  // The spool goes at the end when nothing waits in it.
  bool removes_empty_spool = false;

  // Told once for each change of state of the destination: a line without end. On any thread, one
  // at a time; it must not call the export.
  std::function<void(std::string_view line)> tell = nullptr;
  // With FullSpool::kWait: asked again and again; false ends the wait, and the batch is dropped.
  std::function<bool()> may_wait = nullptr;
  // Likewise, when the destination has taken nothing for so long; until it takes something again,
  // what comes then does not wait.
  std::chrono::nanoseconds longest_wait = std::chrono::nanoseconds::max();
  // Called before each batch is kept, on the thread that appends: what a program notes here (and
  // Export::next_batch tells after its death whether it was kept) makes a log go out once. An error
  // is told, and the batch is dropped.
  std::function<absl::Status(const ExportBatchInfo& batch)> on_batch = nullptr;
};

// Of a destination since the start of this process, but what is queued and on disk.
struct DestinationStatistics {
  std::string name;  // without secrets
  uint64_t queued_batches = 0, queued_rows = 0;
  uint64_t bytes_on_disk = 0;
  uint64_t dead_letter_bytes = 0;                                   // on disk, too
  uint64_t sent_batches = 0, sent_rows = 0, sent_bytes = 0;         // a batch in parts counts once
  uint64_t split_batches = 0;                                       // were too large for the server
  uint64_t failed_tries = 0;                                        // were followed by another one
  uint64_t dead_letters = 0, dead_letter_rows = 0;                  // refused for good, and kept
  uint64_t dead_letters_dropped = 0, dead_letter_rows_dropped = 0;  // and not kept: full
  uint64_t dropped_batches = 0, dropped_rows = 0;                   // for want of room in the spool
  uint64_t unwritten_batches = 0, unwritten_rows = 0;  // for an error of the disk: lost
  uint64_t lost_batches = 0;                           // in files that are broken
  bool is_down = false;
  int64_t state_since_s = 0;  // when is_down became what it is, seconds since 1970
  std::string last_error;     // of the last try that failed, also when others were delivered since

  // Rows that no destination will ever have, and that are not kept either.
  [[nodiscard]] uint64_t rows_gone() const {
    return dropped_rows + unwritten_rows + dead_letter_rows_dropped;
  }
};

struct ExportStatistics {
  uint64_t rows = 0;     // that the format took
  uint64_t batches = 0;  // that were given to the spool
  uint64_t bytes = 0;    // in them
  DestinationStatistics destination;
};

// One thread feeds it; statistics() may be asked for by any.
class TSTAT_EXPORT Export {
 public:
  // Reads FORMAT=DESTINATION#OPTIONS, and the secrets that it names, and loads what it needs;
  // nothing is connected or written yet. Errors, which begin with the text up to its options:
  // InvalidArgument for what is no format, address, option, log or column (it names what is
  // allowed); those of secrets; Unimplemented when a library is missing.
  static absl::StatusOr<std::unique_ptr<Export>> Create(std::string_view text,
                                                        const ExportSettings& settings);
  ~Export();  // Close(0)
  Export(const Export&) = delete;
  Export& operator=(const Export&) = delete;

  // The option `name`, or what is made of format and address; that of its directory in the spool.
  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] const std::string& text() const;   // as it was given
  [[nodiscard]] const std::string& spool() const;  // its directory
  [[nodiscard]] bool is_stdout() const;
  // What the server needs before the first row: statements that make tables, each with ";" and a
  // newline at its end. Empty: nothing.
  [[nodiscard]] std::string schema() const;
  // It opens sockets, of whatever kind.
  [[nodiscard]] bool needs_network() const;
  // Of a file, the directory that it is in; else empty.
  [[nodiscard]] std::string file_directory() const;

  // Opens the spool, with what an earlier process left in it. Errors: Unavailable when another
  // process has it; of the disk.
  absl::Status Open();
  // Makes the thread that sends. REQUIRES: Open.
  absl::Status Start();

  // A sink of the rows that the format takes. What it wants never changes.
  EventSink& sink();
  [[nodiscard]] bool Takes(const RowTable& table) const;
  // False: it is made of what the text log prints, TableRow::cells, and rows may come without
  // values (LogReaderOptions::values).
  [[nodiscard]] bool needs_values() const;
  // False: rows may come without this column's value (LogReaderOptions::needs_column).
  // REQUIRES: Takes(table).
  [[nodiscard]] bool NeedsColumn(const RowTable& table, size_t column) const;
  // Appends a row; `first_item`: how many of its items went out before (open_row_items). False: the
  // format leaves it out. REQUIRES: Open.
  bool Append(const TableRow& row, size_t first_item = 0);
  // Its batches are better large: of logs that are over, too, FlushOld is enough until the last
  // one.
  [[nodiscard]] bool gathers() const;
  // Gives the spool what there is; FlushOld: if its first row is older than batch_time.
  void Flush();
  void FlushOld();
  // The number that the next batch gets: one more than that of the last one that was kept, by an
  // earlier process, too. REQUIRES: Open.
  [[nodiscard]] uint64_t next_batch() const;

  // Gives the spool what there is, sends for at most `grace` and not beyond the first failure, and
  // ends the thread. A further call does nothing.
  void Close(std::chrono::nanoseconds grace);

  [[nodiscard]] ExportStatistics statistics() const;

 private:
  class TSTAT_NO_EXPORT Impl;
  explicit Export(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// For programs that limit their system calls, or their view of the file system, before the first
// export that needs the network is made: loads the libraries for that, as far as they are there.
TSTAT_EXPORT void LoadExportLibraries();

}  // namespace tstat::inline v1

#endif  // TSTAT_EXPORTS_H_
