// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/record_rows.h"

#include <bit>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/event_tables.h"
#include "schema/row_buffer.h"
#include "schema/row_origin.h"
#include "schema/row_writer.h"
#include "tstat/anonymizer.h"

namespace tstat::internal {
namespace {

// Whether an Anonymizer, or the want of one, may change what is shown of a column.
bool MayBeHidden(const ColumnInfo& info) {
  return info.type.kind == ColumnKind::kAddress || info.privacy != Privacy::kPublic ||
         info.hidden_by_enc;
}

// What is made for the rows of one table.
struct RowMaker {
  const RowTable* table = nullptr;  // null: its rows are not taken
  std::vector<Value> values;
  std::vector<size_t> to_be_shown;  // columns that go through the Anonymizer
  std::vector<ShownValue> shown;    // one for each of these
  // Where the format needs them.
  std::vector<size_t> printed;
  std::vector<std::string_view> cells;
};

// Divides the text of a row, which has a cell for each of `printed`, and its newline.
void SplitCells(std::string_view text, char separator, RowMaker& maker) {
  text.remove_suffix(1);
  for (const size_t column : maker.printed) {
    const size_t end = std::min(text.find(separator), text.size());
    maker.cells[column] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  // A column that the text prints in the place of another one.
  for (size_t i = 0; i < maker.cells.size(); ++i) {
    const RowColumn& column = maker.table->columns[i];
    if (!column.is_repeated || maker.cells[i].data() == nullptr) continue;
    maker.cells[*maker.table->Find(column.name)] = maker.cells[i];
  }
}

// Two have one name, of which rows must not be the same (the later definition is of local flows).
std::string_view OwnNameOf(const HistogramSnapshot::Histogram& histogram) {
  constexpr std::string_view kTwice = "tcp_net_dup_out", kLocal = "local flows";
  const bool is_local = histogram.name == kTwice && histogram.description.ends_with(kLocal);
  return is_local ? "tcp_net_dup_loc" : histogram.name;
}

}  // namespace

class RecordRows::Impl {
 public:
  Impl(const RowOptions& options, const ExportFormat& format, Use use)
      : options_(options),
        levels_(format.selection().defaults().levels),
        needs_cells_(format.needs_cells()),
        use_(std::move(use)) {
    for (const RowTable& table : RowTables()) {
      RowMaker& maker = makers_.emplace_back();
      if (!format.Takes(table) || !table.presence.In(options.profile)) continue;
      maker.table = &table;
      maker.values.resize(table.columns.size());
      for (size_t i = 0; i < table.columns.size(); ++i) {
        if (MayBeHidden(table.columns[i].info)) maker.to_be_shown.push_back(i);
      }
      maker.shown.resize(maker.to_be_shown.size());
      if (!needs_cells_) continue;
      maker.printed = PrintedColumns(table, options.profile, levels_);
      maker.cells.resize(table.columns.size());
    }
  }

  EventMask Wants() const {
    EventMask mask;
    for (const RowMaker& maker : makers_) {
      if (maker.table != nullptr) mask |= maker.table->event;
    }
    return mask;
  }

  HttpUrlLevel http_url_level() const { return options_.http_url_level; }

  // The rows of a record that logs have.
  template <typename Record>
  void Pass(const Record& record) {
    ForEachRow(record, options_.profile,
               [this](const auto& entry, const auto& row) { this->Emit((*entry.table)(), row); });
  }

  template <typename Record>
  void Emit(const LogTable<Record>& table, const Record& record) {
    RowMaker& maker = MakerOf(table);
    if (maker.table == nullptr) return;
    ReadRow(table, record, maker.values.data());
    for (size_t i = 0; i < maker.to_be_shown.size(); ++i) {
      Value& value = maker.values[maker.to_be_shown[i]];
      value = ShownBy(options_.anonymizer.get(), maker.table->columns[maker.to_be_shown[i]].info,
                      value, &maker.shown[i]);
    }
    TableRow row{.table = maker.table, .values = maker.values, .flow_number = {}, .cells = {}};
    if (const uint64_t number = FlowNumberOf(record); number != 0) row.flow_number = number;
    if (needs_cells_ && !maker.printed.empty()) {
      WriteCells(table, record, maker);
      row.cells = maker.cells;
    }
    use_(row);
  }

 private:
  // A search by name for each row would cost as much as some columns.
  template <typename Record>
  RowMaker& MakerOf(const LogTable<Record>& table) {
    for (const auto& [known, index] : indices_) {
      if (known == &table) return makers_[index];
    }
    indices_.emplace_back(&table, RowTableOf(table).index);
    return makers_[indices_.back().second];
  }

  template <typename Record>
  void WriteCells(const LogTable<Record>& table, const Record& record, RowMaker& maker) {
    const TableInfo& info = table.info();
    text_.Clear();
    const RowContext context{.profile = &options_.profile,
                             .anonymizer = options_.anonymizer.get(),
                             .separator = info.separator,
                             .encrypt_names = info.enc_hides_names &&
                                              options_.anonymizer != nullptr &&
                                              options_.anonymizer->options().encrypt_names};
    for (const ColumnBlock<Record>& block : TextOf(table).blocks) {
      if (LevelHas(levels_.Of(info), block)) block.write(record, context, text_);
    }
    text_.ReplaceLast('\n');
    SplitCells(text_.view(), info.separator, maker);
  }

  RowOptions options_;
  LogLevels levels_;
  bool needs_cells_;
  Use use_;
  std::vector<RowMaker> makers_;                         // by RowTable::index
  std::vector<std::pair<const void*, size_t>> indices_;  // of tables that had rows
  RowBuffer text_;
};

RecordRows::RecordRows(const RowOptions& options, const ExportFormat& format, Use use)
    : impl_(std::make_unique<Impl>(options, format, std::move(use))) {}
RecordRows::~RecordRows() = default;

EventMask RecordRows::Wants() const { return impl_->Wants(); }
void RecordRows::OnTcpFlow(const TcpFlow& flow) { impl_->Pass(flow); }
// The flow of a tunnel's own datagrams counts in no sum: what is inside does.
void RecordRows::OnUdpFlow(const UdpFlow& flow) {
  if (!flow.tunnel.is_outer) impl_->Pass(flow);
}
void RecordRows::OnMediaFlow(const MediaFlow& flow) { impl_->Pass(flow); }
void RecordRows::OnSkypeFlow(const SkypeFlow& flow) { impl_->Pass(flow); }
void RecordRows::OnVideoFlow(const VideoFlow& flow) { impl_->Pass(flow); }
void RecordRows::OnChatFlow(const ChatFlow& flow) { impl_->Pass(flow); }
void RecordRows::OnChatMessage(const ChatMessage& message) { impl_->Pass(message); }
void RecordRows::OnTcpPeriod(const TcpPeriod& period) { impl_->Pass(period); }
void RecordRows::OnUdpPeriod(const UdpPeriod& period) { impl_->Pass(period); }
void RecordRows::OnDnsEntry(const DnsEntry& entry) { impl_->Pass(entry); }
void RecordRows::OnHttpMessage(const HttpMessage& message) {
  const HttpMessage shown = AtUrlLevel(message, impl_->http_url_level());
  if (!shown.suppressed) impl_->Pass(shown);
}
void RecordRows::OnTlsHandshake(const TlsHandshake& handshake) {
  impl_->Emit(TlsHandshakeTable(), handshake);
}
void RecordRows::OnDnsResolution(const DnsResolution& resolution) {
  impl_->Emit(DnsResolutionTable(), resolution);
}

void RecordRows::OnHistograms(const HistogramSnapshot& snapshot) {
  for (const HistogramSnapshot::Histogram& histogram : snapshot.histograms) {
    const std::string_view name = OwnNameOf(histogram);
    histogram.ForEachNonZero([&](size_t cell, int64_t count) {
      impl_->Emit(HistogramBinTable(), HistogramBin{.time = snapshot.time,
                                                    .interval = snapshot.index,
                                                    .name = name,
                                                    .label = histogram.LabelOf(cell),
                                                    .count = count});
    });
  }
  const auto emit_networks = [&](const std::vector<HistogramSnapshot::Address>& networks,
                                 uint32_t mask, bool internal) {
    for (const HistogramSnapshot::Address& network : networks) {
      impl_->Emit(HistogramNetworkTable(),
                  HistogramNetwork{.time = snapshot.time,
                                   .interval = snapshot.index,
                                   .internal = internal,
                                   .prefix_length = static_cast<uint8_t>(std::popcount(mask)),
                                   .network = IpAddress::V4(network.network),
                                   .counts = network});
    }
  };
  if (snapshot.has_addresses) emit_networks(snapshot.addresses, snapshot.address_mask, false);
  if (snapshot.has_internal_addresses) {
    emit_networks(snapshot.internal_addresses, snapshot.internal_address_mask, true);
  }
}

}  // namespace tstat::internal
