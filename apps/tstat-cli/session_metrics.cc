// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/session_metrics.h"

#include <chrono>
#include <span>

#include "tstat-cli/stats_file.h"
#include "tstat/version.h"

namespace tstat::cli {
namespace {

// Seconds; bytes.
constexpr double kDurations[] = {0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 1800, 3600};
constexpr double kRtts[] = {0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02,
                            0.05,   0.1,    0.2,   0.5,   1,     2,    5};
constexpr double kSizes[] = {0, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11};

// What the text logs have, and all flows, for the histograms.
RowOptions RowsOf(const Session& session) {
  const SessionOptions& options = session.options();
  RowOptions rows;
  rows.profile = options.analyzer.profile;
  rows.logs = LogSet::None();
  for (const LogInfo& log : kLogs) {
    const bool is_there = log.log != Log::kSkypeComplete || options.analyzer.bayes;
    rows.logs.set(log.log, options.runtime.has(log.log) && is_there);
  }
  for (const Log log : {Log::kTcpComplete, Log::kTcpNocomplete, Log::kUdpComplete}) {
    rows.logs.set(log, true);
  }
  return rows;
}

double SecondsBetween(Timestamp from, Timestamp to) { return ElapsedMicroseconds(from, to) / 1e6; }

uint64_t BytesOf(const UdpDirection& direction) {
  return direction.data_bytes > 0 ? static_cast<uint64_t>(direction.data_bytes) : 0;
}

}  // namespace

SessionMetrics::SessionMetrics(Session& session)
    : RowSink<SessionMetrics>(RowsOf(session)),
      session_(session),
      tcp_duration_(kDurations),
      udp_duration_(kDurations),
      client_rtt_(kRtts),
      server_rtt_(kRtts),
      tcp_size_(kSizes),
      udp_size_(kSizes) {
  Add("tstat_build_info", MetricType::kGauge, "The version that runs: always 1",
      [](MetricSamples& out) {
        out.Add(uint64_t{1}, {{"version", Version()}});
      });
  const double start =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  Add("tstat_start_time_seconds", MetricType::kGauge, "When the run began, since 1970",
      [start](MetricSamples& out) { out.Add(start); });
  AddPackets();
  AddFlows();
  AddTables();
  AddRows();
  AddExports();
  AddHistograms();
  session.AddSink(this);
}

// Names are ours, and each is there once.
void SessionMetrics::Add(std::string name, MetricType type, std::string help, Collect collect) {
  registry_
      .Add({.name = std::move(name), .help = std::move(help), .type = type}, std::move(collect))
      .IgnoreError();
}

void SessionMetrics::AddPackets() {
  Add("tstat_packets_total", MetricType::kCounter, "IP packets that were analysed",
      [this](MetricSamples& out) { out.Add(statistics_.ip_packets); });
  Add("tstat_transport_packets_total", MetricType::kCounter, "Packets with a TCP or UDP header",
      [this](MetricSamples& out) {
        out.Add(statistics_.tcp_packets, {{"protocol", "tcp"}});
        out.Add(statistics_.udp_packets, {{"protocol", "udp"}});
      });
  Add("tstat_dropped_packets_total", MetricType::kCounter, "Packets that were not analysed",
      [this](MetricSamples& out) {
        for (const auto& [reason, count] : statistics_.dropped) {
          out.Add(count, {{"reason", reason}});
        }
      });
  Add("tstat_capture_packets_total", MetricType::kCounter,
      "Packets that the kernel had for a live capture, lost ones included",
      [this](MetricSamples& out) {
        if (capture_.has_value()) out.Add(capture_->received);
      });
  Add("tstat_capture_dropped_packets_total", MetricType::kCounter,
      "Packets that a live capture lost, before tstat had them", [this](MetricSamples& out) {
        if (!capture_.has_value()) return;
        out.Add(capture_->dropped, {{"by", "kernel"}});
        out.Add(capture_->dropped_by_interface, {{"by", "interface"}});
      });
  Add("tstat_capture_late_packets_total", MetricType::kCounter,
      "Packets of one reader that were merged behind later ones of others (--live-readers)",
      [this](MetricSamples& out) {
        if (capture_.has_value()) out.Add(capture_->late);
      });
  Add("tstat_last_packet_time_seconds", MetricType::kGauge, "Time of the last packet, since 1970",
      [this](MetricSamples& out) {
        out.Add(static_cast<double>(statistics_.last_packet.microseconds()) / 1e6);
      });
  Add("tstat_seconds_behind", MetricType::kGauge,
      "From the last packet of a live capture to now: what waits, and how long nothing came",
      [this](MetricSamples& out) {
        if (capture_.has_value()) out.Add(SecondsBehind(statistics_));
      });
  Add("tstat_clock_steps_back_total", MetricType::kCounter,
      "Times that the packets' clock fell back by more than a second",
      [this](MetricSamples& out) { out.Add(statistics_.clock_steps_back); });
}

void SessionMetrics::AddFlows() {
  Add("tstat_flows_total", MetricType::kCounter, "Flows that began", [this](MetricSamples& out) {
    out.Add(statistics_.tcp_flows, {{"protocol", "tcp"}});
    out.Add(statistics_.udp_flows, {{"protocol", "udp"}});
  });
  Add("tstat_open_flows", MetricType::kGauge, "Flows that are open now",
      [this](MetricSamples& out) {
        out.Add(statistics_.open_tcp_flows, {{"protocol", "tcp"}});
        out.Add(statistics_.open_udp_flows, {{"protocol", "udp"}});
      });
  Add("tstat_evicted_flows_total", MetricType::kCounter,
      "Flows closed early because a table was full",
      [this](MetricSamples& out) { out.Add(statistics_.evicted_flows); });
  Add("tstat_refused_flows_total", MetricType::kCounter,
      "Flows that were not analysed because no slot was free", [this](MetricSamples& out) {
        out.Add(statistics_.refused_tcp_flows, {{"protocol", "tcp"}});
        out.Add(statistics_.refused_udp_flows, {{"protocol", "udp"}});
      });
  Add("tstat_flow_payload_bytes_total", MetricType::kCounter,
      "Payload of flows that ended, retransmissions included", [this](MetricSamples& out) {
        out.Add(tcp_bytes_.client, {{"protocol", "tcp"}, {"sender", "client"}});
        out.Add(tcp_bytes_.server, {{"protocol", "tcp"}, {"sender", "server"}});
        out.Add(udp_bytes_.client, {{"protocol", "udp"}, {"sender", "client"}});
        out.Add(udp_bytes_.server, {{"protocol", "udp"}, {"sender", "server"}});
      });
}

void SessionMetrics::AddTables() {
  const struct {
    const char *name, *help;
    MetricType type;
    uint64_t TableUse::*value;
    bool is_told_when_zero;  // else there is no limit
  } families[] = {
      {"tstat_table_entries", "Entries of a table", MetricType::kGauge, &TableUse::used, true},
      {"tstat_table_limit", "Entries that a table has at most", MetricType::kGauge,
       &TableUse::limit, false},
      {"tstat_table_bytes", "Memory that a table is taken to need", MetricType::kGauge,
       &TableUse::bytes, true},
      {"tstat_table_limit_bytes", "Memory that a table has at most, with --max-memory",
       MetricType::kGauge, &TableUse::most_bytes, false},
      {"tstat_table_evictions_total", "Entries that made room for others, or found none",
       MetricType::kCounter, &TableUse::evicted, true},
  };
  for (const auto& family : families) {
    Add(family.name, family.type, family.help, [this, family](MetricSamples& out) {
      for (const TableUse& table : statistics_.tables) {
        const uint64_t value = table.*family.value;
        if (value != 0 || family.is_told_when_zero) out.Add(value, {{"table", table.name}});
      }
    });
  }
}

void SessionMetrics::AddRows() {
  Add("tstat_rows_total", MetricType::kCounter,
      "Rows that the logs which were on at the start have, and those of all flows",
      [this](MetricSamples& out) {
        for (const RowCount& count : rows_) out.Add(count.rows, {{"rows", count.name}});
      });
  Add("tstat_lost_total", MetricType::kCounter, "What could not be written",
      [this](MetricSamples& out) {
        out.Add(losses_.rows, {{"what", "log rows"}});
        out.Add(losses_.histogram_files, {{"what", "histogram files"}});
        out.Add(losses_.rrd_values, {{"what", "RRD values"}});
        out.Add(losses_.dump_packets, {{"what", "dumped packets"}});
        out.Add(losses_.export_rows, {{"what", "export rows"}});
      });
}

void SessionMetrics::AddExports() {
  const struct {
    const char *name, *help;
    MetricType type;
    uint64_t (*value)(const ExportStatistics& s);
  } families[] = {
      {"tstat_export_rows_total", "Rows that the export took", MetricType::kCounter,
       [](const ExportStatistics& s) { return s.rows; }},
      {"tstat_export_sent_rows_total", "Rows that the destination has", MetricType::kCounter,
       [](const ExportStatistics& s) { return s.destination.sent_rows; }},
      {"tstat_export_sent_batches_total", "Batches that the destination has", MetricType::kCounter,
       [](const ExportStatistics& s) { return s.destination.sent_batches; }},
      {"tstat_export_sent_bytes_total", "Bytes that the destination has", MetricType::kCounter,
       [](const ExportStatistics& s) { return s.destination.sent_bytes; }},
      {"tstat_export_failed_tries_total", "Tries to send that were followed by another one",
       MetricType::kCounter, [](const ExportStatistics& s) { return s.destination.failed_tries; }},
      {"tstat_export_dropped_rows_total", "Rows dropped: the spool or the disk was full",
       MetricType::kCounter, [](const ExportStatistics& s) { return s.destination.rows_gone(); }},
      {"tstat_export_dead_letter_rows_total", "Rows that the destination refused for good",
       MetricType::kCounter,
       [](const ExportStatistics& s) { return s.destination.dead_letter_rows; }},
      {"tstat_export_queued_rows", "Rows that wait in the spool", MetricType::kGauge,
       [](const ExportStatistics& s) { return s.destination.queued_rows; }},
      {"tstat_export_queued_batches", "Batches that wait in the spool", MetricType::kGauge,
       [](const ExportStatistics& s) { return s.destination.queued_batches; }},
      {"tstat_export_spool_bytes", "Size of the spool, letters included", MetricType::kGauge,
       [](const ExportStatistics& s) {
         return s.destination.bytes_on_disk + s.destination.dead_letter_bytes;
       }},
      {"tstat_export_up", "1: the last try to send was answered", MetricType::kGauge,
       [](const ExportStatistics& s) { return uint64_t{s.destination.is_down ? 0U : 1U}; }},
  };
  for (const auto& family : families) {
    Add(family.name, family.type, family.help, [this, value = family.value](MetricSamples& out) {
      for (const SessionExport& one : exports_)
        out.Add(value(one.statistics), {{"export", one.name}});
    });
  }
}

void SessionMetrics::AddHistograms() {
  Add("tstat_flow_duration_seconds", MetricType::kHistogram,
      "From the first to the last packet of flows that ended", [this](MetricSamples& out) {
        out.Add(tcp_duration_, {{"protocol", "tcp"}});
        out.Add(udp_duration_, {{"protocol", "udp"}});
      });
  Add("tstat_tcp_rtt_seconds", MetricType::kHistogram,
      "Mean round-trip times of TCP flows that ended, between the probe and each end",
      [this](MetricSamples& out) {
        // TcpFlow::client.rtt is that of what the client sent: the server's half of the path.
        out.Add(client_rtt_, {{"side", "client"}});
        out.Add(server_rtt_, {{"side", "server"}});
      });
  Add("tstat_flow_payload_bytes", MetricType::kHistogram,
      "Payload of both directions of flows that ended", [this](MetricSamples& out) {
        out.Add(tcp_size_, {{"protocol", "tcp"}});
        out.Add(udp_size_, {{"protocol", "udp"}});
      });
}

std::string SessionMetrics::Text() {
  statistics_ = session_.statistics();
  losses_ = session_.losses();
  exports_ = session_.exports();
  if (source_ != nullptr) capture_ = source_->capture_statistics();
  return registry_.Text();
}

void SessionMetrics::CountRow(const void* table, std::string_view name) {
  for (RowCount& count : rows_) {
    if (count.table != table) continue;
    ++count.rows;
    return;
  }
  rows_.push_back({table, name, 1});
}

void SessionMetrics::AddFlow(const TcpFlow& flow) {
  tcp_bytes_.client += flow.client.data_bytes;
  tcp_bytes_.server += flow.server.data_bytes;
  tcp_size_.Add(static_cast<double>(flow.client.data_bytes + flow.server.data_bytes));
  tcp_duration_.Add(SecondsBetween(flow.first, flow.last));
  if (flow.client.rtt.count > 0) server_rtt_.Add(flow.client.rtt.mean_us() / 1e6);
  if (flow.server.rtt.count > 0) client_rtt_.Add(flow.server.rtt.mean_us() / 1e6);
}

void SessionMetrics::AddFlow(const UdpFlow& flow) {
  const uint64_t client = BytesOf(flow.client), server = BytesOf(flow.server);
  udp_bytes_.client += client;
  udp_bytes_.server += server;
  udp_size_.Add(static_cast<double>(client + server));
  udp_duration_.Add(SecondsBetween(flow.first, flow.last));
}

}  // namespace tstat::cli
