// SPDX-License-Identifier: BSD-3-Clause
//
// Puts numbered rows into a spool for a destination, to be killed and started again by a test.
//
//   export_driver DIRECTORY ADDRESS FORMAT FIRST COUNT ROWS_A_BATCH GRACE [OPTION=VALUE...]
//
// FORMAT: influx, text. Writes a line "kept N" when all rows up to N are in the spool, at the end
// one of figures, and what the spool tells to standard error. COUNT 0: only sends what waits.
// Options that begin with "spool." are the spool's.
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "output/destinations/registry.h"
#include "output/destinations/spool.h"

namespace {

using tstat::SpoolSync;
using tstat::internal::Batch;
using tstat::internal::DestinationOptionMap;
using tstat::internal::Spool;
using tstat::internal::SpoolOptions;

std::string RowOf(const std::string& format, uint64_t number) {
  if (format == "influx") {
    return absl::StrCat("rows,host=h", number % 7, " value=", number, " ",
                        uint64_t{1700000000000000000} + number, "\n");
  }
  return absl::StrCat("row ", number, "\n");
}

void PutSpoolOption(const std::string& name, const std::string& value, SpoolOptions* options) {
  if (name == "max_bytes") options->max_bytes = *tstat::internal::ParseByteCount(value);
  if (name == "drop") options->drops_oldest = value == "oldest";
  if (name == "sync") {
    options->sync = value == "never"   ? SpoolSync::kNever
                    : value == "batch" ? SpoolSync::kEveryBatch
                                       : SpoolSync::kEverySecond;
  }
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

void PutFigures(const Spool& spool) {
  const tstat::DestinationStatistics f = spool.statistics();
  std::printf(
      "figures queued=%ju sent=%ju rows=%ju failed=%ju split=%ju dead=%ju dropped=%ju "
      "unwritten=%ju lost=%ju\n",
      uintmax_t{f.queued_batches}, uintmax_t{f.sent_batches}, uintmax_t{f.sent_rows},
      uintmax_t{f.failed_tries}, uintmax_t{f.split_batches}, uintmax_t{f.dead_letters},
      uintmax_t{f.dropped_batches}, uintmax_t{f.unwritten_batches}, uintmax_t{f.lost_batches});
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 8) return 2;
  const std::string address = argv[2], format = argv[3];
  const uint64_t first = std::strtoull(argv[4], nullptr, 10),
                 count = std::strtoull(argv[5], nullptr, 10);
  const uint64_t rows = std::strtoull(argv[6], nullptr, 10);
  SpoolOptions options;
  options.directory = argv[1];
  options.probe = "probe";
  options.backoff.longest = std::chrono::seconds(1);
  options.tell = [](std::string_view line) {
    std::fprintf(stderr, "%s\n", std::string(line).c_str());
  };
  DestinationOptionMap destination_options;
  for (int i = 8; i < argc; ++i) {
    const char* const equals = std::strchr(argv[i], '=');
    if (equals == nullptr) return 2;
    const std::string name(static_cast<const char*>(argv[i]), equals);
    constexpr size_t kPrefix = sizeof "spool." - 1;
    if (name.compare(0, kPrefix, "spool.") == 0) {
      PutSpoolOption(name.substr(kPrefix), equals + 1, &options);
    } else {
      destination_options[name] = equals + 1;
    }
  }
  auto destination = tstat::internal::OpenDestination(address, destination_options);
  if (!destination.ok()) return Fail(destination.status());
  auto spool = Spool::Open(std::move(options), *std::move(destination));
  if (!spool.ok()) return Fail(spool.status());
  if (const absl::Status status = (*spool)->Start(); !status.ok()) return Fail(status);
  for (uint64_t number = first; number < first + count;) {
    Batch batch;
    batch.content_type = "text/plain";
    batch.splits_by_lines = true;
    for (; batch.rows < rows && number < first + count; ++number, ++batch.rows) {
      batch.body += RowOf(format, number);
    }
    if ((*spool)->Add(std::move(batch)).ok()) {
      std::printf("kept %ju\n", uintmax_t{number - 1});
      std::fflush(stdout);
    }
  }
  // Not beyond the first failure is the rule of Stop; a test waits for as long as it takes.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[7]));
  while ((*spool)->statistics().queued_batches > 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  (*spool)->Stop(std::chrono::seconds(1));
  PutFigures(**spool);
  return 0;
}
