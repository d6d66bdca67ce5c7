// SPDX-License-Identifier: BSD-3-Clause
#include "table_sink.h"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

#include "schema/event_tables.h"
#include "schema/row_origin.h"
#include "table_names.h"

namespace tstat::python {
namespace {

// The logs of these tables.
LogSet LogsOf(const std::vector<std::string>& tables) {
  LogSet logs = LogSet::None();
  for (const std::string& name : tables) {
    for (const RowTable* const table : TablesOf(name)) {
      if (table->text_log.has_value()) logs.set(*table->text_log, true);
    }
  }
  return logs;
}

RowOptions WithLogs(RowOptions options, LogSet logs) {
  options.logs = logs;
  return options;
}

}  // namespace

// The rows of one table of Python's that are not full yet.
struct TableSink::Gatherer {
  std::string name;
  std::vector<const ColumnInfo*> infos;
  std::shared_ptr<Columns> columns;
  bool is_watched = false;

  void Begin() {
    columns = std::make_shared<Columns>(name);
    for (const ColumnInfo* const info : infos) columns->Add(*info);
  }
};

class TableSink::Feed {
 public:
  Feed(Gatherer* gatherer, const void* source) : gatherer_(*gatherer), source_(source) {}
  virtual ~Feed() = default;

  [[nodiscard]] const void* source() const { return source_; }
  [[nodiscard]] Gatherer& gatherer() { return gatherer_; }

 private:
  Gatherer& gatherer_;
  const void* source_;
};

template <typename Record>
class TableSink::FeedOf final : public Feed {
 public:
  FeedOf(Gatherer* gatherer, const LogTable<Record>& table) : Feed(gatherer, &table) {
    readers_.resize(gatherer->infos.size());
    for (size_t i = 0; i < gatherer->infos.size(); ++i) {
      for (const LogColumn<Record>& column : table.columns()) {
        if (column.info.Name() == gatherer->infos[i]->Name()) readers_[i] = column.read;
      }
    }
  }

  void Append(const Record& record, Anonymizer* anonymizer, ShownValue* shown) {
    Columns& columns = *gatherer().columns;
    for (size_t i = 0; i < readers_.size(); ++i) {
      ColumnData& column = columns.data[i];
      if (readers_[i] == nullptr) {
        column.Append(Value());
        continue;
      }
      const Value value = readers_[i](record);
      // ShownBy without the copies that most values do not need.
      if (anonymizer == nullptr && value.kind() != Value::Kind::kAddress) {
        column.Append(value);
      } else {
        column.Append(ShownBy(anonymizer, column.info(), value, shown));
      }
    }
    columns.flow_numbers.push_back(internal::FlowNumberOf(record));
    columns.packet_numbers.push_back(internal::PacketNumberOf(record));
    ++columns.rows;
  }

 private:
  std::vector<Value (*)(const Record& record)> readers_;  // null: of another table
};

template <typename Record>
void TableSink::AddFeed(Gatherer& gatherer, const LogTable<Record>& table) {
  feeds_.push_back(std::make_unique<FeedOf<Record>>(&gatherer, table));
}

TableSink::TableSink(const RowOptions& options, const std::vector<std::string>& tables,
                     size_t chunk_rows)
    : RowSink(WithLogs(options, LogsOf(tables))), chunk_rows_(chunk_rows) {
  for (const std::string& name : tables) {
    auto gatherer = std::make_unique<Gatherer>();
    gatherer->name = name;
    for (const TableColumn& column : ColumnsOf(name)) {
      const bool has_table =
          std::any_of(column.tables.begin(), column.tables.end(),
                      [&](const RowTable* table) { return table->presence.In(options.profile); });
      if (has_table && column.column->info.presence.In(options.profile)) {
        gatherer->infos.push_back(&column.column->info);
      }
    }
    gatherer->Begin();
    for (const RowTable* const table : TablesOf(name)) {
      if (!table->presence.In(options.profile)) continue;
      ForEachLog([&](const auto& entry) {
        if (!entry.table.has_value()) return;
        const auto& source = (*entry.table)();
        if (source.info().name == table->name) AddFeed(*gatherer, source);
      });
      if (table->event == Event::kTlsHandshake) AddFeed(*gatherer, internal::TlsHandshakeTable());
      if (table->event == Event::kDnsResolution) AddFeed(*gatherer, internal::DnsResolutionTable());
      events_ |= table->event;
    }
    gatherers_.push_back(std::move(gatherer));
  }
}

TableSink::~TableSink() = default;

EventMask TableSink::Wants() const { return events_; }

template <typename Record>
void TableSink::Append(const LogTable<Record>& table, const Record& record) {
  for (const std::unique_ptr<Feed>& feed : feeds_) {
    if (feed->source() != &table) continue;
    static_cast<FeedOf<Record>&>(*feed).Append(record, row_options().anonymizer.get(), &shown_);
    Gatherer& gatherer = feed->gatherer();
    if (gatherer.is_watched) ++watched_rows_;
    if (chunk_rows_ == 0 || gatherer.columns->rows < chunk_rows_) continue;
    full_.push_back(std::move(gatherer.columns));
    gatherer.Begin();
  }
}

template <typename Record>
void TableSink::OnRow(const LogTable<Record>& table, const Record& record) {
  Append(table, record);
}

void TableSink::OnTlsHandshake(const TlsHandshake& handshake) {
  Append(internal::TlsHandshakeTable(), handshake);
}

void TableSink::OnDnsResolution(const DnsResolution& resolution) {
  Append(internal::DnsResolutionTable(), resolution);
}

bool TableSink::Watch(const std::string& table) {
  bool found = false;
  for (const std::unique_ptr<Gatherer>& gatherer : gatherers_) {
    if (gatherer->name == table) found = gatherer->is_watched = true;
  }
  return found;
}

std::vector<std::shared_ptr<Columns>> TableSink::TakeFull() { return std::exchange(full_, {}); }

std::vector<std::shared_ptr<Columns>> TableSink::TakeWatched() {
  std::vector<std::shared_ptr<Columns>> taken;
  for (const std::unique_ptr<Gatherer>& gatherer : gatherers_) {
    if (!gatherer->is_watched || gatherer->columns->rows == 0) continue;
    taken.push_back(std::move(gatherer->columns));
    gatherer->Begin();
  }
  watched_rows_ = 0;
  return taken;
}

std::vector<std::shared_ptr<Columns>> TableSink::TakeRest(bool with_empty) {
  std::vector<std::shared_ptr<Columns>> taken = TakeFull();
  for (const std::unique_ptr<Gatherer>& gatherer : gatherers_) {
    if (gatherer->columns->rows == 0 && !with_empty) continue;
    taken.push_back(std::move(gatherer->columns));
    gatherer->Begin();
  }
  watched_rows_ = 0;
  return taken;
}

}  // namespace tstat::python
