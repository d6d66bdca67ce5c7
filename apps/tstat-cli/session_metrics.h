// SPDX-License-Identifier: BSD-3-Clause
//
// What --metrics shows of a run: a family of metrics each for packets, flows, rows, exports, and
// histograms of the flows that ended.
//
//   SessionMetrics metrics(session);        // before the first trace: it is a sink, too
//   metrics.SetSource(source.get());        // whose drops are shown
//   server.Publish(metrics.Text());         // on the thread of the analysis
//
// A new family is a line in one of the functions of session_metrics.cc, or comes from outside by
// registry().
#ifndef TSTAT_APPS_TSTAT_CLI_SESSION_METRICS_H_
#define TSTAT_APPS_TSTAT_CLI_SESSION_METRICS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tstat/metrics.h"
#include "tstat/packet_source.h"
#include "tstat/schema.h"
#include "tstat/session.h"
#include "tstat/tcp_flow.h"
#include "tstat/udp_flow.h"

namespace tstat::cli {

class SessionMetrics final : public RowSink<SessionMetrics> {
 public:
  // Adds itself to the session, which must outlive it.
  explicit SessionMetrics(Session& session);

  // Null: none.
  void SetSource(const PacketSource* source) { source_ = source; }
  [[nodiscard]] std::string Text();
  [[nodiscard]] MetricRegistry& registry() { return registry_; }

  template <typename Record>
  void OnRow(const LogTable<Record>& table, const Record& record) {
    CountRow(&table, table.info().name);
    if constexpr (std::is_same_v<Record, TcpFlow> || std::is_same_v<Record, UdpFlow>) {
      AddFlow(record);
    }
  }

 private:
  struct RowCount {
    const void* table;
    std::string_view name;
    uint64_t rows;
  };
  // Payload of flows that ended, by sender.
  struct Bytes {
    uint64_t client = 0, server = 0;
  };
  using Collect = MetricRegistry::Collect;

  void Add(std::string name, MetricType type, std::string help, Collect collect);
  void AddPackets();
  void AddFlows();
  void AddTables();
  void AddRows();
  void AddExports();
  void AddHistograms();

  void CountRow(const void* table, std::string_view name);
  void AddFlow(const TcpFlow& flow);
  void AddFlow(const UdpFlow& flow);

  Session& session_;
  const PacketSource* source_ = nullptr;
  MetricRegistry registry_;
  std::vector<RowCount> rows_;
  Bytes tcp_bytes_, udp_bytes_;
  MetricHistogram tcp_duration_, udp_duration_, client_rtt_, server_rtt_, tcp_size_, udp_size_;
  // Of the text that is being made.
  Statistics statistics_;
  std::optional<CaptureStatistics> capture_;
  SessionLosses losses_;
  std::vector<SessionExport> exports_;
};

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_SESSION_METRICS_H_
