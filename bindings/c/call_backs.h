// SPDX-License-Identifier: BSD-3-Clause
//
// The functions that a session of tstat.h was given, and the sink that calls them.
//
//   CallBacks call_backs;
//   int status = call_backs.AddRows("tcp_complete", on_row, user);
//   std::unique_ptr<EventSink> sink = MakeSessionSink(&call_backs, row_options);
//   session.AddSink(sink.get());
//   ...
//   if (call_backs.stopped()) return TSTAT_STOPPED;
#ifndef TSTAT_BINDINGS_C_CALL_BACKS_H_
#define TSTAT_BINDINGS_C_CALL_BACKS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "schema_registry.h"
#include "tstat.h"
#include "tstat/column_batch.h"
#include "tstat/event_sink.h"
#include "tstat/histogram.h"
#include "tstat/schema.h"

namespace tstat::internal {

class CallBacks {
 public:
  template <typename Function>
  struct Entry {
    Function function = nullptr;
    void* user = nullptr;
  };
  struct BatchEntry {
    const tstat_table* table = nullptr;
    size_t rows = 0;
    Entry<tstat_batch_function> call;
  };

  CallBacks() : rows(SchemaRegistry::Get().tables().size()) {}

  // For a table, the tables of a log, or all (null). TSTAT_NOT_FOUND: there is none.
  int AddRows(const char* name, tstat_row_function function, void* user);

  std::vector<std::vector<Entry<tstat_row_function>>> rows;  // by table
  std::vector<std::string> names;                            // of AddRows
  std::vector<BatchEntry> batches;
  std::vector<Entry<tstat_snapshot_function>> histograms;
  std::vector<Entry<tstat_event_function>> events;
  std::vector<Entry<tstat_tls_function>> tls;
  std::vector<Entry<tstat_flow_packet_function>> packets;

  // The logs that functions want rows of.
  [[nodiscard]] LogSet logs() const;
  // The first table or log that was asked for by its name and has no rows in the profile; "": none.
  [[nodiscard]] std::string NameWithoutRows(const CompatProfile& profile) const;

  [[nodiscard]] bool stopped() const { return stop_value_ != 0; }
  [[nodiscard]] int stop_value() const { return stop_value_; }

  // Calls the function unless one before it asked to stop.
  template <typename Function, typename Subject>
  void Call(const Entry<Function>& entry, const Subject& subject) {
    if (!stopped()) stop_value_ = entry.function(&subject, entry.user);
  }

 private:
  int stop_value_ = 0;
};

// Rows of one table that wait for their call-back.
class RowGatherer {
 public:
  virtual ~RowGatherer() = default;
  [[nodiscard]] virtual size_t rows() const = 0;
  // By the column's number in the table. Null: the profile does not have it.
  [[nodiscard]] virtual const ColumnData* column(size_t index) const = 0;
  virtual void Clear() = 0;
};

// `call_backs` outlives it, and gets no further functions.
std::unique_ptr<EventSink> MakeSessionSink(CallBacks* call_backs, const RowOptions& options);

}  // namespace tstat::internal

struct tstat_batch {
  const tstat_table* table = nullptr;
  const tstat::internal::RowGatherer* rows = nullptr;
};

struct tstat_snapshot {
  const tstat::HistogramSnapshot* snapshot = nullptr;
};

#endif  // TSTAT_BINDINGS_C_CALL_BACKS_H_
