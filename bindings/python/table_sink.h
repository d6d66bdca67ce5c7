// SPDX-License-Identifier: BSD-3-Clause
//
// The sink of an analysis that gathers rows as Columns.
//
//   TableSink sink(row_options, {"tcp", "udp"}, /*chunk_rows=*/0);
//   session.AddSink(&sink);
//   ...
//   for (auto& columns : sink.TakeFull()) Use(columns);      // those of chunk_rows rows
//   for (auto& columns : sink.TakeWatched()) Use(columns);   // what there is of the tables of
//   Watch for (auto& columns : sink.TakeRest()) Use(columns);      // what there is of each table
#ifndef TSTAT_BINDINGS_PYTHON_TABLE_SINK_H_
#define TSTAT_BINDINGS_PYTHON_TABLE_SINK_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "columns.h"
#include "tstat/schema.h"

namespace tstat::python {

class TableSink final : public RowSink<TableSink> {
 public:
  // `tables` are Python's names, known ones; `chunk_rows` 0: no limit.
  TableSink(const RowOptions& options, const std::vector<std::string>& tables, size_t chunk_rows);
  ~TableSink() override;

  EventMask Wants() const override;
  void OnTlsHandshake(const TlsHandshake& handshake) override;
  void OnDnsResolution(const DnsResolution& resolution) override;
  template <typename Record>
  void OnRow(const LogTable<Record>& table, const Record& record);

  // False: there is no such table.
  bool Watch(const std::string& table);
  // Of tables of Watch, not taken yet.
  [[nodiscard]] bool has_watched() const { return watched_rows_ > 0; }
  [[nodiscard]] bool has_full() const { return !full_.empty(); }
  std::vector<std::shared_ptr<Columns>> TakeFull();
  std::vector<std::shared_ptr<Columns>> TakeWatched();
  // Full ones, too. Of tables without rows only if `with_empty`.
  std::vector<std::shared_ptr<Columns>> TakeRest(bool with_empty);

 private:
  struct Gatherer;
  class Feed;
  template <typename Record>
  class FeedOf;
  template <typename Record>
  void AddFeed(Gatherer& gatherer, const LogTable<Record>& table);
  template <typename Record>
  void Append(const LogTable<Record>& table, const Record& record);

  std::vector<std::unique_ptr<Gatherer>> gatherers_;  // one for each table of Python's
  std::vector<std::unique_ptr<Feed>> feeds_;          // one for each table of the schema
  std::vector<std::shared_ptr<Columns>> full_;
  size_t chunk_rows_;
  size_t watched_rows_ = 0;
  EventMask events_;
  ShownValue shown_;
};

}  // namespace tstat::python

#endif  // TSTAT_BINDINGS_PYTHON_TABLE_SINK_H_
