// SPDX-License-Identifier: BSD-3-Clause
//
// The way of logs to one destination. Every row goes out once: where reading stands is noted with
// each batch (positions.h), over the end of the process, too.
//
//   absl::StatusOr<std::unique_ptr<Shipment>> shipment = Shipment::Open(std::move(options));
//   status = (*shipment)->Start();            // the thread that sends
//   status = (*shipment)->Read(file);         // what it has and is not out yet
//   status = (*shipment)->Flush();            // of what was read, a batch
//   (*shipment)->Close(std::chrono::seconds(60));
#ifndef TSTAT_SHIP_SHIPMENT_H_
#define TSTAT_SHIP_SHIPMENT_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat-ship/log_tree.h"
#include "tstat-ship/positions.h"
#include "tstat/exports.h"
#include "tstat/log_reader.h"

namespace tstat::ship {

struct ShipmentOptions {
  std::string text = {};       // FORMAT=DESTINATION#OPTIONS
  std::string state_dir = {};  // for spool and positions
  std::string probe = {};      // empty: the host's name
  std::shared_ptr<const PortLabels> labels = nullptr;
  uint32_t ipfix_pen = ExportSettings{}.ipfix_pen;
  std::set<std::string>* names = nullptr;  // of other exports: each needs one of its own
  SpoolSync sync = SpoolSync::kEveryBatch;
  size_t max_batch_items = SIZE_MAX;
  size_t max_batch_bytes = size_t{1} << 20;
  bool again = false;    // what went out before does not count
  bool follows = false;  // logs are kept open, and a full spool is waited for as long as it takes
  // How long a full spool is waited for else, while the destination is away.
  std::chrono::seconds patience{60};
  const std::atomic<bool>* stop = nullptr;  // ends everything soon
  std::function<void(std::string_view line)> tell = [](std::string_view) {};
  std::function<void(const LogFile& file, const LogProblem& problem)> on_problem = nullptr;
  // False: the row does not go out.
  std::function<bool(const LogFile& file, const TableRow& row, uint64_t line)> accepts = nullptr;
  std::function<void(const ExportBatchInfo& batch)> on_batch = nullptr;
};

class Shipment {
 public:
  // Errors: those of Export::Create and Open, and of Positions::Open; AlreadyExists when another
  // export has the name.
  static absl::StatusOr<std::unique_ptr<Shipment>> Open(ShipmentOptions options);
  ~Shipment();

  // What was kept begins to go out.
  absl::Status Start() { return export_->Start(); }
  // Whether rows of such logs go out.
  bool Takes(Log log) const;

  // Gives the spool the rows of `file` that are not out, as far as there are any. A problem of one
  // log is told (HasAllOf says it, too), and no error. When it is to stop, some of it. Errors:
  // after them nothing more can be done; Aborted, when the spool stays full.
  absl::Status Read(const LogFile& file);
  // What was read becomes a batch. Errors: as those of Read.
  absl::Status Flush();
  // The same after a log or a look at all of them, but where batches are better large (Parquet): if
  // it waited long enough.
  absl::Status FlushWhenDue();
  // Logs that are open, and did not change since then, are closed.
  void CloseLogs(int64_t changed_before_s);

  // Whether the last Read of `file` had all of it: it could be read, is no damaged or cut gzip
  // file, and its last line has an end or was taken without one.
  bool HasAllOf(const LogFile& file) const { return !incomplete_.contains(file.key); }
  // Logs that could not be read, or not to their end; a last line that may go on does not count.
  size_t broken_logs() const;

  // Whether all of `file`, as it is now, is in the spool.
  bool IsOut(const LogFile& file) const;
  // Batches up to this one were delivered, or refused for good.
  uint64_t settled_batch() const;
  uint64_t last_batch() const { return export_->next_batch() - 1; }
  ExportStatistics statistics() const { return export_->statistics(); }
  const std::string& name() const { return export_->name(); }
  const std::string& spool() const { return export_->spool(); }

  // Sends what waits, for so long at most, and not beyond the first failure.
  void Close(std::chrono::nanoseconds grace) { export_->Close(grace); }

 private:
  // A log that is being read.
  struct OpenLog {
    LogFile file;
    LogReader reader;
    LogPosition before_row;   // where the row begins that is being appended
    uint64_t first_item = 0;  // of the next row: so many items are out
    uint32_t begin_bytes = 0, begin_check = 0;
    uint64_t problems = 0;  // that were told
    // Where a last line begins that is no row: nothing of it counts as read.
    std::optional<LogPosition> cut_at = std::nullopt;
  };
  // A log that was not read as a whole, as it was then.
  struct Incomplete {
    LogFile file;
    std::string why;          // empty: its last line may go on
    bool is_of_file = false;  // it cannot even be opened, which may change without the file
  };

  explicit Shipment(ShipmentOptions options) : options_(std::move(options)) {}
  absl::StatusOr<OpenLog*> OpenLogOf(const LogFile& file);
  absl::StatusOr<Position> StartOf(const LogFile& file);
  std::optional<Position> TakeMoved(const LogFile& file);
  absl::StatusOr<bool> ReadRows(OpenLog& log);
  absl::StatusOr<bool> NextRow(OpenLog& log);
  void NoteEnd(const OpenLog& log, const absl::StatusOr<bool>& is_at_end);
  void NoteIncomplete(const LogFile& file, std::string why, bool is_of_file);
  absl::Status OnBatch(const ExportBatchInfo& batch);
  absl::Status CheckKept();
  void OnProblem(const LogFile& file, const LogProblem& problem);
  Position PositionOf(OpenLog& log, uint64_t open_row_items) const;
  const Position* Known(const std::string& key) const;
  void Touch(const std::string& key, const Position& position);
  bool MayWait();

  ShipmentOptions options_;
  std::vector<bool> takes_;  // by Log
  std::unique_ptr<Export> export_;
  std::unique_ptr<Positions> positions_;
  std::map<std::string, std::unique_ptr<OpenLog>> open_;  // by key
  std::map<std::string, Incomplete> incomplete_;          // by key
  OpenLog* current_ = nullptr;
  // Logs that were read since the last batch.
  std::vector<Positions::Entry> touched_;
  uint64_t noted_batch_ = 0;    // the last one whose positions were noted
  uint64_t checked_batch_ = 0;  // likewise, when CheckKept was called last
  absl::Status failure_;
  std::chrono::steady_clock::time_point waits_since_{};
};

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_SHIPMENT_H_
