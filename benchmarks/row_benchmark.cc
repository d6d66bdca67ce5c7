// SPDX-License-Identifier: BSD-3-Clause
//
// Rows of the text logs, written to nowhere.
#include <filesystem>
#include <memory>
#include <string>

#include "benchmark/benchmark.h"
#include "output/file_writer.h"
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

Endpoints MakeEndpoints() {
  Endpoints e;
  e.client = {IpAddress::V4(0x0a010203), 51234};
  e.server = {IpAddress::V4(0xc6336422), 443};
  return e;
}

void TcpRow(benchmark::State& state) {
  Logs logs;
  TcpFlow flow;
  flow.endpoints = MakeEndpoints();
  flow.first = Timestamp::FromMicroseconds(1'700'000'000'123'456);
  flow.last = Timestamp::FromMicroseconds(1'700'000'007'654'321);
  flow.complete = true;
  for (TcpDirection* d : {&flow.client, &flow.server}) {
    d->packets = 17, d->ack_packets = 16, d->data_packets = 9,
    d->data_bytes = d->unique_bytes = 12345;
    d->rtt = {.min_us = 11000, .max_us = 23456, .sum_us = 150000, .sum2_us = 2.6e9, .count = 9};
    d->first_payload = d->first_ack = flow.first, d->last_payload = flow.last;
    d->ttl_min = d->ttl_max = 64, d->mss = 1460, d->window_max = 65535, d->window_min = 29200;
    d->payload_max = 1448, d->payload_min = 20, d->in_flight_max = 7000, d->in_flight_min = 20;
  }
  flow.layer7.connection_type = connection_type::kTls;
  flow.layer7.tls_server_name = "www.example.test";
  for (auto _ : state) logs.writer().OnTcpFlow(flow);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(TcpRow);

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
