// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "output/destinations/registry.h"
#include "output/destinations/spool.h"
#include "output/exports/export_text.h"
#include "output/exports/name_services.h"
#include "output/formats/record_rows.h"
#include "tstat/exports.h"

namespace tstat::inline v1 {

using internal::Batch;
using internal::BatchWriter;
using internal::ExportPlan;
using internal::RecordRows;
using internal::Spool;
using internal::SpoolOptions;
using std::chrono::steady_clock;

namespace {

// Which column has the port that a label names.
struct PortColumns {
  std::optional<size_t> server, client;
};

std::vector<PortColumns> FindPortColumns() {
  std::vector<PortColumns> columns;
  for (const RowTable& table : RowTables()) {
    columns.push_back({.server = table.Find("s_port"), .client = table.Find("c_port")});
  }
  return columns;
}

SpoolOptions SpoolOptionsOf(const ExportPlan& plan) {
  const ExportSettings& settings = plan.settings;
  SpoolOptions options;
  options.directory = plan.spool_directory;
  options.probe = settings.probe;
  options.max_bytes = settings.max_spool_bytes;
  options.drops_oldest = settings.full == FullSpool::kDropOldest;
  options.sync = settings.sync;
  options.tell = settings.tell;
  return options;
}

}  // namespace

class Export::Impl {
 public:
  Impl(std::string_view text, ExportPlan plan)
      : text_(text),
        plan_(std::move(plan)),
        writer_(plan_.format.get(),
                {.max_bytes = plan_.settings.max_batch_bytes,
                 .max_items = plan_.settings.max_batch_items},
                [this](Batch batch, size_t items) { Keep(std::move(batch), items); }),
        rows_sink_(this),
        destination_name_(plan_.destination->name()) {
    if (plan_.settings.labels != nullptr) port_columns_ = FindPortColumns();
  }

  absl::Status Open() {
    if (spool_ != nullptr || plan_.destination == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(plan_.name, ": was opened before"));
    }
    std::error_code error;
    const std::filesystem::path above =
        std::filesystem::path(plan_.spool_directory).lexically_normal().parent_path();
    if (!above.empty()) std::filesystem::create_directories(above, error);
    if (error) {
      return absl::ErrnoToStatus(error.value(), absl::StrCat("spool ", above.string()));
    }
    absl::StatusOr<std::unique_ptr<Spool>> spool =
        Spool::Open(SpoolOptionsOf(plan_), std::move(plan_.destination));
    if (!spool.ok()) return spool.status();
    spool_ = *std::move(spool);
    return absl::OkStatus();
  }

  bool Append(const TableRow& row, size_t first_item) {
    if (spool_ == nullptr || is_closed_) return false;
    if (writer_.pending_items() == 0) first_pending_ = steady_clock::now();
    bool is_taken = false;
    if (port_columns_.empty()) {
      is_taken = writer_.Append(row, first_item);
    } else {
      TableRow labelled = row;
      labelled.label = LabelOf(row);
      is_taken = writer_.Append(labelled, first_item);
    }
    if (is_taken) Count(rows_, 1);
    return is_taken;
  }

  void FlushOld() {
    if (writer_.pending_items() == 0) return;
    if (steady_clock::now() - first_pending_ >= plan_.settings.batch_time) writer_.Finish();
  }

  void Close(std::chrono::nanoseconds grace) {
    if (std::exchange(is_closed_, true) || spool_ == nullptr) return;
    writer_.Finish();
    spool_->Stop(grace);
    if (plan_.settings.removes_empty_spool) RemoveSpool();
  }

  ExportStatistics statistics() const {
    ExportStatistics result;
    result.rows = rows_.load(std::memory_order_relaxed);
    result.batches = batches_.load(std::memory_order_relaxed);
    result.bytes = bytes_.load(std::memory_order_relaxed);
    if (spool_ != nullptr) result.destination = spool_->statistics();
    result.destination.name = destination_name_;
    result.destination.dropped_batches += refused_batches_.load(std::memory_order_relaxed);
    result.destination.dropped_rows += refused_rows_.load(std::memory_order_relaxed);
    return result;
  }

  // The rows of an analysis; what is left at the end of a trace goes out with it.
  class Rows final : public RecordRows {
   public:
    explicit Rows(Export::Impl* impl)
        : RecordRows({.profile = impl->plan_.settings.profile,
                      .http_url_level = impl->plan_.settings.http_url_level,
                      .anonymizer = impl->plan_.settings.anonymizer},
                     *impl->plan_.format, [impl](const TableRow& row) { impl->Append(row, 0); }),
          impl_(impl) {}
    void OnTraceEnd(const TraceEnd&) override { impl_->writer_.Finish(); }

   private:
    Export::Impl* const impl_;
  };

  const std::string text_;
  ExportPlan plan_;
  std::unique_ptr<Spool> spool_;
  BatchWriter writer_;
  Rows rows_sink_;

 private:
  static void Count(std::atomic<uint64_t>& counter, uint64_t more) {
    counter.fetch_add(more, std::memory_order_relaxed);
  }

  std::string_view LabelOf(const TableRow& row) const {
    const PortColumns& columns = port_columns_[row.table->index];
    for (const std::optional<size_t>& column : {columns.server, columns.client}) {
      if (!column.has_value() || row.values[*column].kind() != Value::Kind::kUnsigned) continue;
      const uint64_t port = row.values[*column].unsigned_number();
      const PortLabels& labels = *plan_.settings.labels;
      const auto found =
          std::lower_bound(labels.begin(), labels.end(), port,
                           [](const auto& label, uint64_t wanted) { return label.first < wanted; });
      if (found != labels.end() && found->first == port) return found->second;
    }
    return {};
  }

  void Keep(Batch batch, size_t items) {
    const ExportSettings& settings = plan_.settings;
    const size_t bytes = batch.header.size() + batch.body.size();
    // Rows may be appended by many calls until the next batch begins within one of them.
    first_pending_ = steady_clock::now();
    WaitForRoom(bytes);
    if (settings.on_batch) {
      const absl::Status status = settings.on_batch({.number = spool_->next_number(),
                                                     .items = items,
                                                     .rows = batch.rows,
                                                     .open_row_items = writer_.open_row_items(),
                                                     .bytes = bytes});
      if (!status.ok()) {
        Count(refused_batches_, 1);
        Count(refused_rows_, batch.rows);
        Tell(std::string(status.message()));
        return writer_.Reuse(std::move(batch.body));
      }
    }
    // What is lost is told, and counted.
    spool_->Add(std::move(batch)).IgnoreError();
    writer_.Reuse(spool_->TakeRoom());
    Count(batches_, 1);
    Count(bytes_, bytes);
  }

  void WaitForRoom(size_t bytes) {
    const ExportSettings& settings = plan_.settings;
    if (settings.full != FullSpool::kWait) return;
    constexpr std::chrono::milliseconds kPause(2), kSilence(1000);
    uint64_t settled = Settled();
    if (gave_up_at_.has_value() && *gave_up_at_ == settled) return;
    gave_up_at_.reset();
    const steady_clock::time_point begin = steady_clock::now();
    steady_clock::time_point progress = begin;
    while (!spool_->HasRoomFor(bytes)) {
      if (settings.may_wait && !settings.may_wait()) return;
      std::this_thread::sleep_for(kPause);
      const steady_clock::time_point now = steady_clock::now();
      if (const uint64_t settled_now = Settled(); settled_now != settled) {
        settled = settled_now;
        progress = now;
      }
      if (now - begin >= kSilence && !std::exchange(is_wait_told_, true)) {
        Tell(absl::StrCat("the spool ", plan_.spool_directory,
                          " is full; the analysis waits until there is room in it"));
      }
      if (now - progress < settings.longest_wait) continue;
      gave_up_at_ = settled;
      is_wait_told_ = false;
      return Tell(absl::StrCat(
          "has taken nothing for ",
          std::chrono::duration_cast<std::chrono::seconds>(settings.longest_wait).count(),
          " s; the analysis waits no longer, and rows for which its spool has no room are "
          "dropped"));
    }
  }

  // Changes with everything that the destination takes or refuses.
  uint64_t Settled() const {
    const DestinationStatistics now = spool_->statistics();
    return now.sent_rows + now.sent_batches + now.dead_letters + now.dead_letters_dropped;
  }

  void Tell(const std::string& text) const {
    if (plan_.settings.tell) plan_.settings.tell(absl::StrCat(destination_name_, ": ", text));
  }

  // Nothing waits in it, and nothing is kept that somebody has to look at.
  void RemoveSpool() const {
    const DestinationStatistics now = spool_->statistics();
    if (now.queued_batches > 0 || now.dead_letter_bytes > 0 || now.unwritten_batches > 0) return;
    spool_->RemoveFiles();
    std::error_code ignored;
    std::filesystem::remove(plan_.spool_directory, ignored);
    // And the one above, when it was the last: it fails where there are others.
    std::filesystem::remove(plan_.settings.spool_dir, ignored);
  }

  const std::string destination_name_;
  std::vector<PortColumns> port_columns_;  // by RowTable::index; empty: no labels
  steady_clock::time_point first_pending_;
  bool is_closed_ = false;
  bool is_wait_told_ = false;
  std::optional<uint64_t> gave_up_at_;  // Settled(), when waiting for room was in vain
  std::atomic<uint64_t> rows_{0}, batches_{0}, bytes_{0}, refused_batches_{0}, refused_rows_{0};
};

Export::Export(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Export::~Export() { impl_->Close(std::chrono::nanoseconds(0)); }

absl::StatusOr<std::unique_ptr<Export>> Export::Create(std::string_view text,
                                                       const ExportSettings& settings) {
  absl::StatusOr<ExportPlan> plan = internal::ReadExportText(text, settings);
  if (!plan.ok()) return plan.status();
  return std::unique_ptr<Export>(new Export(std::make_unique<Impl>(text, *std::move(plan))));
}

const std::string& Export::name() const { return impl_->plan_.name; }
const std::string& Export::text() const { return impl_->text_; }
const std::string& Export::spool() const { return impl_->plan_.spool_directory; }
std::string Export::schema() const { return impl_->plan_.format->Schema(); }
bool Export::is_stdout() const { return impl_->plan_.address == "-"; }
bool Export::needs_network() const {
  const std::string& address = impl_->plan_.address;
  return !is_stdout() && !internal::FilePathOf(address).has_value();
}
std::string Export::file_directory() const {
  const std::optional<std::string> path = internal::FilePathOf(impl_->plan_.address);
  if (!path.has_value()) return {};
  const std::string folder = std::filesystem::path(*path).parent_path();
  return folder.empty() ? "." : folder;
}

absl::Status Export::Open() { return impl_->Open(); }
absl::Status Export::Start() {
  if (impl_->spool_ == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(name(), ": is not open"));
  }
  return impl_->spool_->Start();
}

EventSink& Export::sink() { return impl_->rows_sink_; }
bool Export::Takes(const RowTable& table) const { return impl_->plan_.format->Takes(table); }
bool Export::needs_values() const { return impl_->plan_.format->needs_values(); }
bool Export::NeedsColumn(const RowTable& table, size_t column) const {
  return impl_->plan_.format->NeedsColumn(table, column);
}
bool Export::Append(const TableRow& row, size_t first_item) {
  return impl_->Append(row, first_item);
}
bool Export::gathers() const { return impl_->plan_.format->batch_time().count() > 0; }
void Export::Flush() { impl_->writer_.Finish(); }
void Export::FlushOld() { impl_->FlushOld(); }
uint64_t Export::next_batch() const {
  return impl_->spool_ == nullptr ? 0 : impl_->spool_->next_number();
}
void Export::Close(std::chrono::nanoseconds grace) { impl_->Close(grace); }
ExportStatistics Export::statistics() const { return impl_->statistics(); }

void LoadExportLibraries() {
  for (const char* const address :
       {"https://localhost/", "amqps://localhost/", "kafkas://localhost/none"}) {
    // What is missing is told by who needs it.
    internal::OpenDestination(address, {{"queue", "none"}}).IgnoreError();
    internal::OpenDestination(address, {}).IgnoreError();
  }
  internal::LoadNameServices();
}

}  // namespace tstat::inline v1
