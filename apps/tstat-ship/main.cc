// SPDX-License-Identifier: BSD-3-Clause
//
// tstat-ship: what text logs hold goes to where people use it; tstat-ship(1).
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tstat-ship/command_line.h"
#include "tstat-ship/follow.h"
#include "tstat-ship/netsage.h"
#include "tstat-ship/roll.h"
#include "tstat-ship/shipment.h"
#include "tstat/exports.h"
#include "tstat/runtime_config.h"
#include "tstat/version.h"

namespace tstat::ship {
namespace {

constexpr const char* kUsualState = "/var/lib/tstat-ship";

std::atomic<bool> is_to_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void Tell(std::string_view line) {
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  std::fprintf(stderr, "tstat-ship: %.*s\n", static_cast<int>(line.size()), line.data());
}

void StopOnSignals() {
  struct sigaction action {};
  action.sa_handler = [](int) { is_to_stop.store(true); };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

// Batches of a megabyte come and go all the time. Left to itself, the allocator gives their pages
// back to the system and asks for others with each, which costs more than all the rest of a row.
void KeepMemory() {
#ifdef __GLIBC__
  constexpr int kMostBytes = 64 << 20;
  mallopt(M_MMAP_THRESHOLD, kMostBytes / 2);
  mallopt(M_TRIM_THRESHOLD, kMostBytes);
  mallopt(M_ARENA_MAX, 1);
#endif
}

// That of the option, of the service manager, or the usual one.
std::string StateDirectoryOf(const CommandLine& line) {
  if (!line.state_dir.empty()) return line.state_dir;
  const char* const given = std::getenv("STATE_DIRECTORY");
  return given != nullptr && *given != '\0' ? given : kUsualState;
}

ShipmentOptions OptionsOf(const CommandLine& line) {
  ShipmentOptions options;
  options.state_dir = StateDirectoryOf(line);
  options.probe = line.probe;
  options.sync = line.sync;
  options.again = line.again;
  options.follows = line.follows;
  options.patience = line.wait;
  options.stop = &is_to_stop;
  options.tell = Tell;
  return options;
}

// One export's part of the run; the exit status.
int Ship(const CommandLine& line, Shipment& shipment) {
  absl::Status status = shipment.Start();
  if (status.ok() && line.follows) {
    FollowOptions following;
    if (line.poll.has_value()) {
      following.watching.uses_inotify = false;
      following.watching.poll_interval = *line.poll;
      following.pause = std::min(following.pause, *line.poll);
      // Nothing tells of new sessions.
      following.search_interval = std::min(following.search_interval, 10 * *line.poll);
    }
    status = Follow(line.words, following, shipment, is_to_stop, Tell);
  } else if (status.ok()) {
    status = ShipOnce(line.words, shipment, is_to_stop, Tell);
  }
  if (!status.ok()) Tell(std::string(status.message()));
  shipment.Close(line.follows ? std::chrono::seconds(1) : line.wait);
  const DestinationStatistics sent = shipment.statistics().destination;
  if (sent.queued_batches > 0) {
    Tell(absl::StrCat(shipment.name(), ": ", sent.queued_rows, " rows wait in ", shipment.spool()));
  }
  if (!line.follows && is_to_stop.load()) {
    Tell(absl::StrCat(shipment.name(), ": stopped by a signal, the next run goes on"));
    return 1;
  }
  const bool is_done =
      sent.queued_batches == 0 && sent.dead_letters == 0 && shipment.broken_logs() == 0;
  return status.ok() && (line.follows || is_done) ? 0 : 1;
}

// Null without the option, or when the file names no port.
absl::StatusOr<std::shared_ptr<const PortLabels>> LabelsOf(const CommandLine& line) {
  if (line.labels.empty()) return nullptr;
  absl::StatusOr<RuntimeConfigChange> read = ReadRuntimeConfig(line.labels, {}, {});
  if (!read.ok()) return read.status();
  if (read->config.labels.empty()) return nullptr;
  return std::make_shared<const PortLabels>(std::move(read->config.labels));
}

int PrintSchema(const CommandLine& line, std::shared_ptr<const PortLabels> labels) {
  ExportSettings settings;
  settings.of_logs = true;
  settings.logs = LogSet::All();
  settings.labels = std::move(labels);
  settings.ipfix_pen = line.ipfix_pen;
  std::string schema;
  for (const std::string& text : line.exports) {
    absl::StatusOr<std::unique_ptr<Export>> made = Export::Create(text, settings);
    if (!made.ok()) return Tell(std::string(made.status().message())), 1;
    schema += (*made)->schema();
  }
  if (schema.empty()) return Tell("--export-schema: no export needs tables"), 1;
  return std::fputs(schema.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
}

int ShipExports(const CommandLine& line) {
  const absl::StatusOr<std::shared_ptr<const PortLabels>> labels = LabelsOf(line);
  if (!labels.ok()) return Tell(std::string(labels.status().message())), 1;
  if (line.wants_schema) return PrintSchema(line, *labels);
  std::vector<std::unique_ptr<Shipment>> shipments;
  std::set<std::string> names;
  for (const std::string& text : line.exports) {
    ShipmentOptions options = OptionsOf(line);
    options.labels = *labels;
    options.ipfix_pen = line.ipfix_pen;
    options.names = &names;
    options.text = text;
    absl::StatusOr<std::unique_ptr<Shipment>> shipment = Shipment::Open(std::move(options));
    if (!shipment.ok()) return Tell(std::string(shipment.status().message())), 1;
    shipments.push_back(*std::move(shipment));
  }
  // A destination that is slow keeps no other one waiting.
  std::vector<int> results(shipments.size());
  std::vector<std::thread> threads;
  for (size_t i = 1; i < shipments.size(); ++i) {
    threads.emplace_back([&, i] { results[i] = Ship(line, *shipments[i]); });
  }
  results[0] = Ship(line, *shipments[0]);
  for (std::thread& thread : threads) thread.join();
  return *std::max_element(results.begin(), results.end());
}

int ShipRoll(const CommandLine& line) {
  absl::StatusOr<RollConfig> config = ReadRollConfig(line.roll);
  if (!config.ok()) return Tell(std::string(config.status().message())), 1;
  if (line.line_limit.has_value()) config->line_limit = *line.line_limit;
  RollRange range;
  if (!line.words.empty()) range = {.start = line.words[0], .end = line.words[1]};
  ShipmentOptions options = OptionsOf(line);
  if (line.state_dir.empty()) options.state_dir.clear();
  return RunRoll(*config, range, std::move(options), Tell);
}

int ShipNetsage(const CommandLine& line) {
  const absl::StatusOr<NetsageConfig> config = ReadNetsageConfig(line.netsage);
  if (!config.ok()) return Tell(std::string(config.status().message())), 1;
  const NetsageOptions options = {.threshold = line.threshold,
                                  .sensor = line.sensor,
                                  .instance = line.instance,
                                  .min_age = line.min_age};
  return RunNetsage(*config, line.words, options, OptionsOf(line), Tell);
}

int Main(int argc, char** argv) {
  const absl::StatusOr<CommandLine> line = ReadCommandLine(argc, argv);
  if (!line.ok()) return Tell(std::string(line.status().message())), 1;
  if (line->wants_help) return std::fputs(kShipUsage, stdout), 0;
  if (line->wants_version) {
    std::printf("tstat-ship %s\n", std::string(kVersion).c_str());
    return 0;
  }
  StopOnSignals();
  KeepMemory();
  int status = 0;
  if (!line->exports.empty()) status = ShipExports(*line);
  if (!line->roll.empty()) status = ShipRoll(*line);
  if (!line->netsage.empty()) status = ShipNetsage(*line);
  if (line->cull.has_value()) status = std::max(status, Cull(line->words, *line->cull, Tell));
  return status;
}

}  // namespace
}  // namespace tstat::ship

int main(int argc, char** argv) { return tstat::ship::Main(argc, argv); }
