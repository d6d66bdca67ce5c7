// SPDX-License-Identifier: BSD-3-Clause
//
// Rows of the text logs and of exports, written to nowhere.
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "benchmark/benchmark.h"
#include "benchmarks/usual_flow.h"
#include "output/file_writer.h"
#include "output/formats/format.h"
#include "output/formats/record_rows.h"
#include "tstat/log_reader.h"
#include "tstat/output_tree.h"
#include "tstat/tcp_flow.h"
#include "tstat/text_logs.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {
namespace {

class NowhereFile : public AppendFile {
 public:
  absl::Status Append(std::string_view* data) override {
    benchmark::DoNotOptimize(*data);
    *data = {};
    return absl::OkStatus();
  }
  absl::Status CutBack(uint64_t) override { return absl::OkStatus(); }
  absl::Status Close() override { return absl::OkStatus(); }
};
class Nowhere : public FileOpener {
 public:
  absl::StatusOr<std::unique_ptr<AppendFile>> OpenForAppend(const std::string&) override {
    return std::make_unique<NowhereFile>();
  }
  absl::StatusOr<std::unique_ptr<AppendFile>> OpenNew(const std::string& path) override {
    return OpenForAppend(path);
  }
};

// A writer whose rows go nowhere; only its (empty) directory is real.
class Logs {
 public:
  Logs() : tree_({.directory = Directory()}), writer_(&tree_, {}, &files_) {
    const Timestamp start = Timestamp::FromSeconds(1'700'000'000);
    tree_.OnNewOutput(start);
    writer_.OnNewOutput(start);
  }
  ~Logs() { std::filesystem::remove_all(Directory()); }
  TextLogWriter& writer() { return writer_; }

 private:
  static std::string Directory() {
    return (std::filesystem::temp_directory_path() / "tstat_row_benchmark").string();
  }
  Nowhere files_;
  OutputTree tree_;
  TextLogWriter writer_;
};

void TcpRow(benchmark::State& state) {
  Logs logs;
  const TcpFlow flow = UsualFlow();
  for (auto _ : state) logs.writer().OnTcpFlow(flow);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(TcpRow);

// A format by its options, whose batches go nowhere.
class Export {
 public:
  Export(std::string_view name, std::string_view options_text) {
    absl::StatusOr<ExportOptions> options = ExportOptions::Parse(options_text);
    format_ = *MakeExportFormat(name, {}, &*options);
    writer_ = std::make_unique<BatchWriter>(
        format_.get(), BatchWriter::Limits{},
        [](const Batch& batch, size_t) { benchmark::DoNotOptimize(batch.body.data()); });
  }
  ExportFormat& format() { return *format_; }
  BatchWriter& writer() { return *writer_; }

 private:
  std::unique_ptr<ExportFormat> format_;
  std::unique_ptr<BatchWriter> writer_;
};

// The same row as TcpRow, in each format.
void ExportedTcpRow(benchmark::State& state, std::string_view name, std::string_view options) {
  Export out(name, options);
  RecordRows rows({}, out.format(), [&](const TableRow& row) { out.writer().Append(row); });
  const TcpFlow flow = UsualFlow();
  for (auto _ : state) rows.OnTcpFlow(flow);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(ExportedTcpRow, json, "json", "logs=tcp");
BENCHMARK_CAPTURE(ExportedTcpRow, csv, "csv", "logs=tcp");
BENCHMARK_CAPTURE(ExportedTcpRow, influx_full, "influx", "points=full&logs=tcp");
BENCHMARK_CAPTURE(ExportedTcpRow, influx_roll, "influx", "points=roll");
BENCHMARK_CAPTURE(ExportedTcpRow, netsage, "netsage", "threshold=0");

// Rows of 130 columns, read from a log and written in a format.
void LogToExport(benchmark::State& state, std::string_view name, std::string_view options) {
  Export out(name, options);
  const std::string path =
      (std::filesystem::temp_directory_path() / "tstat_row_benchmark_log").string();
  constexpr int kRows = 1000;
  WriteTcpLog(path, kRows);
  for (auto _ : state) {
    LogReader reader =
        *LogReader::Open(path, {.log = Log::kTcpComplete, .values = !out.format().needs_cells()});
    while (*reader.Next()) out.writer().Append(reader.row());
    if (reader.counters().rows != kRows) state.SkipWithError("rows are missing");
  }
  state.SetItemsProcessed(kRows * state.iterations());
  std::filesystem::remove(path);
}
BENCHMARK_CAPTURE(LogToExport, json, "json", "logs=tcp");
BENCHMARK_CAPTURE(LogToExport, influx_full, "influx", "points=full&logs=tcp");
BENCHMARK_CAPTURE(LogToExport, influx_roll, "influx", "points=roll");
BENCHMARK_CAPTURE(LogToExport, netsage, "netsage", "threshold=0");

void UdpRow(benchmark::State& state) {
  Logs logs;
  UdpFlow flow;
  flow.endpoints = MakeEndpoints();
  flow.client.packets = 3, flow.client.data_bytes = 240;
  flow.client.first = Timestamp::FromMicroseconds(1'700'000'000'123'456);
  flow.client.last = Timestamp::FromMicroseconds(1'700'000'001'000'000);
  for (auto _ : state) logs.writer().OnUdpFlow(flow);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(UdpRow);

}  // namespace
}  // namespace tstat::internal
