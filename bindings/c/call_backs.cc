// SPDX-License-Identifier: BSD-3-Clause
#include "call_backs.h"

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "flow_struct.h"
#include "privacy/packet_anonymizer.h"
#include "tstat/anonymizer.h"
#include "tstat/flow_packet.h"
#include "tstat/tls.h"

namespace tstat::internal {

int CallBacks::AddRows(const char* name, tstat_row_function function, void* user) {
  const std::string_view wanted = name != nullptr ? name : "";
  bool found = false;
  for (const auto& table : SchemaRegistry::Get().tables()) {
    if (name != nullptr && table->name != wanted && table->log_name != wanted) continue;
    rows[table->index].push_back({function, user});
    found = true;
  }
  if (found && name != nullptr) names.emplace_back(name);
  return found ? TSTAT_OK : TSTAT_NOT_FOUND;
}

std::string CallBacks::NameWithoutRows(const CompatProfile& profile) const {
  const auto has_rows = [&profile](const std::string& name) {
    const auto& tables = SchemaRegistry::Get().tables();
    return std::any_of(tables.begin(), tables.end(), [&](const auto& table) {
      return (table->name == name || table->log_name == name) && table->presence.In(profile);
    });
  };
  for (const std::string& name : names) {
    if (!has_rows(name)) return name;
  }
  for (const BatchEntry& batch : batches) {
    if (!has_rows(batch.table->name)) return batch.table->name;
  }
  return "";
}

LogSet CallBacks::logs() const {
  LogSet logs = LogSet::None();
  for (const auto& table : SchemaRegistry::Get().tables()) {
    if (!rows[table->index].empty()) logs.set(table->log, true);
  }
  for (const BatchEntry& batch : batches) logs.set(batch.table->log, true);
  return logs;
}

namespace {

template <typename Record>
class GathererOf final : public RowGatherer {
 public:
  GathererOf(const LogTable<Record>& table, const RowOptions& options)
      : batch_(table, options.profile, options.anonymizer.get()) {
    size_t next = 0;
    for (const LogColumn<Record>& column : table.columns()) {
      places_.push_back(column.info.presence.In(options.profile) ? next++ : TSTAT_NO_COLUMN);
    }
  }

  void Append(const Record& record) { batch_.Append(record); }
  size_t rows() const override { return batch_.rows(); }
  const ColumnData* column(size_t index) const override {
    const size_t place = index < places_.size() ? places_[index] : TSTAT_NO_COLUMN;
    return place != TSTAT_NO_COLUMN ? &batch_.columns()[place] : nullptr;
  }
  void Clear() override { batch_.Clear(); }

 private:
  RecordBatch<Record> batch_;
  std::vector<size_t> places_;  // in the batch, by the column's number in the table
};

class SessionSink final : public RowSink<SessionSink> {
 public:
  SessionSink(CallBacks* call_backs, const RowOptions& options)
      : RowSink(options), call_backs_(*call_backs) {
    for (const CallBacks::BatchEntry& batch : call_backs_.batches) {
      std::unique_ptr<RowGatherer>& gatherer = gatherers_.emplace_back();
      ForEachLog([&](const auto& entry) {
        if (!entry.table.has_value()) return;
        const auto& table = (*entry.table)();
        if (&table != batch.table->source) return;
        using Record = typename std::decay_t<decltype(entry)>::Record;
        gatherer = std::make_unique<GathererOf<Record>>(table, options);
      });
    }
  }

  EventMask Wants() const override {
    EventMask mask = RowSink::Wants();
    if (!call_backs_.histograms.empty()) mask |= Event::kHistograms;
    if (!call_backs_.tls.empty()) mask |= Event::kTlsHandshake;
    if (!call_backs_.packets.empty()) mask |= Event::kFlowPacket;
    return mask;
  }

  void OnNewOutput(const OutputStart& output) override { Tell(TSTAT_NEW_OUTPUT, output.time, 0); }
  void OnIntervalEnd(const IntervalEnd& interval) override {
    Tell(TSTAT_INTERVAL_END, interval.time, interval.index);
  }
  void OnTraceEnd(const TraceEnd& trace) override {
    for (size_t i = 0; i < gatherers_.size(); ++i) {
      if (gatherers_[i]->rows() > 0) Deliver(i);
    }
    Tell(TSTAT_TRACE_END, trace.time, 0);
  }

  void OnHistograms(const HistogramSnapshot& snapshot) override {
    const tstat_snapshot subject{&snapshot};
    for (const auto& entry : call_backs_.histograms) call_backs_.Call(entry, subject);
  }

  void OnTlsHandshake(const TlsHandshake& handshake) override {
    if (call_backs_.stopped()) return;
    const TlsHandshake shown = AsShown(handshake);
    const tstat_tls told = TlsStruct(shown);
    for (const auto& entry : call_backs_.tls) call_backs_.Call(entry, told);
  }

  void OnFlowPacket(const FlowPacket& packet) override {
    if (call_backs_.stopped()) return;
    const tstat_flow_packet told = AsShown(packet);
    for (const auto& entry : call_backs_.packets) call_backs_.Call(entry, told);
  }

  template <typename Record>
  void OnRow(const LogTable<Record>& source, const Record& record) {
    if (call_backs_.stopped()) return;
    const tstat_table* const table = SchemaRegistry::Get().TableOf(&source);
    shown_.clear();
    const tstat_row row{table, &record, &row_options(), &shown_};
    for (const auto& entry : call_backs_.rows[table->index]) call_backs_.Call(entry, row);
    for (size_t i = 0; i < gatherers_.size(); ++i) {
      if (call_backs_.batches[i].table != table) continue;
      static_cast<GathererOf<Record>&>(*gatherers_[i]).Append(record);
      if (gatherers_[i]->rows() >= call_backs_.batches[i].rows) Deliver(i);
    }
  }

 private:
  // As the columns of TCP flows show the same.
  TlsHandshake AsShown(const TlsHandshake& handshake) const {
    TlsHandshake shown = handshake;
    Anonymizer* const anonymizer = row_options().anonymizer.get();
    if (anonymizer == nullptr) return shown;
    const tstat_table& table = *SchemaRegistry::Get().TableOf(&TcpCompleteTable());
    const auto show = [&](const char* column, std::string_view text) {
      ShownValue storage;
      const Value value =
          anonymizer->Shown(table.columns[table.Find(column)].info, Value::Of(text), &storage);
      return value.is_absent() ? std::string() : std::string(value.text());
    };
    shown.server_name = show("c_tls_SNI", handshake.server_name);
    shown.common_name = show("s_tls_SCN", handshake.common_name);
    for (Endpoint* const end : {&shown.endpoints.client, &shown.endpoints.server}) {
      if (end->encrypted) end->address = anonymizer->Anonymize(end->address);
    }
    if (const auto& resolution = handshake.endpoints.resolution; resolution != nullptr) {
      auto renamed = std::make_shared<DnsResolution>(*resolution);
      renamed->name = show("fqdn", resolution->name);
      shown.endpoints.resolution = std::move(renamed);
    }
    return shown;
  }
  // As dumps show its bytes, and rows its addresses.
  tstat_flow_packet AsShown(const FlowPacket& packet) {
    Anonymizer* const anonymizer = row_options().anonymizer.get();
    tstat_flow_packet out = FlowPacketStruct(packet);
    if (anonymizer == nullptr) return out;
    if (anonymizer->options().strict) {
      out.captured_length = PacketAnonymizer(anonymizer).Rewrite(packet.bytes, kept_);
      out.bytes = kept_.data();
    }
    if (out.protocol == TSTAT_NO_FLOW) return out;
    const auto show = [anonymizer](const Endpoint& end, tstat_address* address) {
      if (end.encrypted) *address = AddressStruct(anonymizer->Anonymize(end.address), true);
    };
    show(packet.endpoints->client, &out.client);
    show(packet.endpoints->server, &out.server);
    return out;
  }
  void Tell(int kind, Timestamp time, uint32_t interval) {
    const tstat_event event = {.struct_size = sizeof(tstat_event),
                               .kind = kind,
                               .time = time.nanoseconds(),
                               .interval = interval};
    for (const auto& entry : call_backs_.events) call_backs_.Call(entry, event);
  }
  void Deliver(size_t index) {
    const CallBacks::BatchEntry& batch = call_backs_.batches[index];
    call_backs_.Call(batch.call, tstat_batch{batch.table, gatherers_[index].get()});
    gatherers_[index]->Clear();
  }

  CallBacks& call_backs_;
  std::vector<std::unique_ptr<RowGatherer>> gatherers_;     // as CallBacks::batches
  std::deque<ShownValue> shown_;                            // of the present row
  std::array<uint8_t, PacketAnonymizer::kMostBytes> kept_;  // of the present packet
};

}  // namespace

std::unique_ptr<EventSink> MakeSessionSink(CallBacks* call_backs, const RowOptions& options) {
  return std::make_unique<SessionSink>(call_backs, options);
}

}  // namespace tstat::internal
