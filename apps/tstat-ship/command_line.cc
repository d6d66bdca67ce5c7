// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/command_line.h"

#include <getopt.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tstat::ship {

const char kShipUsage[] =
    "Usage: tstat-ship [OPTION]... --export FORMAT=DESTINATION[#OPTIONS] DIRECTORY...\n"
    "       tstat-ship [OPTION]... --roll FILE [START END]\n"
    "       tstat-ship [OPTION]... --netsage FILE DIRECTORY...\n"
    "       tstat-ship --cull HOURS DIRECTORY...\n"
    "\n"
    "Sends what text logs hold to where people use it, as 'tstat --export' does with live flows:\n"
    "of sessions that are over and of those that are being written; every row once, whenever it\n"
    "is stopped or killed.\n"
    "\n"
    "  -e, --export TEXT         format and destination; may be given several times;\n"
    "                            parquet=DIR makes files of columns (DuckDB's libduckdb.so)\n"
    "      --roll FILE           points for InfluxDB, as the scripts of the Tstat roll; START and\n"
    "                            END are beginnings of names of sessions\n"
    "      --export-schema       prints the statements that make the tables of the exports\n"
    "      --ipfix-pen NUMBER    the enterprise number of ipfix (32473: for documentation)\n"
    "      --netsage FILE        messages for the NetSage pipeline, and marks in the sessions\n"
    "      --cull HOURS          removes sessions that were marked so long ago\n"
    "  -f, --follow              goes on with what is written from now on\n"
    "      --poll SECONDS        looks at the logs so often, without inotify\n"
    "      --state DIRECTORY     where spools and positions are\n"
    "      --probe NAME          of the measuring point; else the host's\n"
    "      --labels FILE         names of ports: section [labels] of a runtime.conf (--export)\n"
    "      --sync WHEN           never, second, batch (default): what a loss of power leaves\n"
    "      --line-limit N        points a request (--roll)\n"
    "      --threshold MB        that a direction must have (--netsage)\n"
    "      --sensor NAME         (--netsage)\n"
    "      --instance NAME       (--netsage)\n"
    "      --min-age SECONDS     that nothing was written to a session (--netsage; 60)\n"
    "      --wait SECONDS        at the end, for the destination (60)\n"
    "      --again               what went out before goes out once more\n"
    "  -h, --help                this text\n"
    "  -v, --version             the version\n";

namespace {

enum LongOption : int {
  kRollOption = 256,
  kNetsageOption,
  kCullOption,
  kPollOption,
  kStateOption,
  kProbeOption,
  kLabelsOption,
  kExportSchemaOption,
  kIpfixPenOption,
  kSyncOption,
  kLineLimitOption,
  kThresholdOption,
  kSensorOption,
  kInstanceOption,
  kMinAgeOption,
  kWaitOption,
  kAgainOption,
};

constexpr option kShipOptions[] = {
    {"export", required_argument, nullptr, 'e'},
    {"roll", required_argument, nullptr, kRollOption},
    {"netsage", required_argument, nullptr, kNetsageOption},
    {"cull", required_argument, nullptr, kCullOption},
    {"follow", no_argument, nullptr, 'f'},
    {"poll", required_argument, nullptr, kPollOption},
    {"state", required_argument, nullptr, kStateOption},
    {"probe", required_argument, nullptr, kProbeOption},
    {"labels", required_argument, nullptr, kLabelsOption},
    {"export-schema", no_argument, nullptr, kExportSchemaOption},
    {"ipfix-pen", required_argument, nullptr, kIpfixPenOption},
    {"sync", required_argument, nullptr, kSyncOption},
    {"line-limit", required_argument, nullptr, kLineLimitOption},
    {"threshold", required_argument, nullptr, kThresholdOption},
    {"sensor", required_argument, nullptr, kSensorOption},
    {"instance", required_argument, nullptr, kInstanceOption},
    {"min-age", required_argument, nullptr, kMinAgeOption},
    {"wait", required_argument, nullptr, kWaitOption},
    {"again", no_argument, nullptr, kAgainOption},
    {"help", no_argument, nullptr, 'h'},
    {"version", no_argument, nullptr, 'v'},
    {nullptr, 0, nullptr, 0},
};

constexpr uint64_t kMostOptionSeconds = 1000000000;

// The option's argument as a number, or the first mistake.
class NumberReader {
 public:
  uint64_t Read(const char* name, uint64_t least, uint64_t most) {
    uint64_t number = 0;
    if (!absl::SimpleAtoi(optarg, &number) || number < least || number > most) {
      status_.Update(absl::InvalidArgumentError(
          absl::StrCat(name, ": \"", optarg, "\" is no number from ", least, " to ", most)));
    }
    return number;
  }
  std::chrono::seconds Seconds(const char* name) {
    return std::chrono::seconds(Read(name, 0, kMostOptionSeconds));
  }
  void Note(const absl::Status& status) { status_.Update(status); }
  const absl::Status& status() const { return status_; }

 private:
  absl::Status status_;
};

absl::StatusOr<SpoolSync> SyncOf(const std::string& word) {
  if (word == "never") return SpoolSync::kNever;
  if (word == "second") return SpoolSync::kEverySecond;
  if (word == "batch") return SpoolSync::kEveryBatch;
  return absl::InvalidArgumentError(
      absl::StrCat("--sync: \"", word, "\" is none of never, second, batch"));
}

absl::Status TakePoll(const std::string& text, CommandLine* line) {
  constexpr double kMostSeconds = 3600, kMilliseconds = 1000;
  double seconds = 0;
  if (!absl::SimpleAtod(text, &seconds) || !(seconds > 0 && seconds <= kMostSeconds)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--poll: \"", text, "\" is no time of up to an hour, in seconds"));
  }
  line->poll = std::chrono::milliseconds(static_cast<int64_t>(seconds * kMilliseconds));
  return absl::OkStatus();
}

void TakeOption(int letter, CommandLine* line, NumberReader* numbers) {
  constexpr uint64_t kMostPoints = 1000000, kMostHours = 1000000;
  switch (letter) {
    case 'e':
      line->exports.emplace_back(optarg);
      break;
    case 'f':
      line->follows = true;
      break;
    case 'h':
      line->wants_help = true;
      break;
    case 'v':
      line->wants_version = true;
      break;
    case kRollOption:
      line->roll = optarg;
      break;
    case kNetsageOption:
      line->netsage = optarg;
      break;
    case kCullOption:
      line->cull = std::chrono::hours(numbers->Read("--cull", 0, kMostHours));
      break;
    case kPollOption:
      numbers->Note(TakePoll(optarg, line));
      break;
    case kStateOption:
      line->state_dir = optarg;
      break;
    case kProbeOption:
      line->probe = optarg;
      break;
    case kLabelsOption:
      line->labels = optarg;
      break;
    case kExportSchemaOption:
      line->wants_schema = true;
      break;
    case kIpfixPenOption:
      line->ipfix_pen = static_cast<uint32_t>(numbers->Read("--ipfix-pen", 1, UINT32_MAX));
      break;
    case kSyncOption: {
      const absl::StatusOr<SpoolSync> sync = SyncOf(optarg);
      if (sync.ok()) line->sync = *sync;
      numbers->Note(sync.status());
      break;
    }
    case kLineLimitOption:
      line->line_limit = numbers->Read("--line-limit", 1, kMostPoints);
      break;
    case kThresholdOption:
      line->threshold = optarg;
      break;
    case kSensorOption:
      line->sensor = optarg;
      break;
    case kInstanceOption:
      line->instance = optarg;
      break;
    case kMinAgeOption:
      line->min_age = numbers->Seconds("--min-age");
      break;
    case kWaitOption:
      line->wait = numbers->Seconds("--wait");
      break;
    case kAgainOption:
      line->again = true;
      break;
    default:
      // getopt has said which one.
      numbers->Note(absl::InvalidArgumentError("Try 'tstat-ship --help' for the list of options."));
  }
}

absl::Status CheckModes(const CommandLine& line) {
  const int modes =
      (line.exports.empty() ? 0 : 1) + (line.roll.empty() ? 0 : 1) + (line.netsage.empty() ? 0 : 1);
  if (modes == 0 && !line.cull.has_value()) {
    return absl::InvalidArgumentError("one of --export, --roll, --netsage, --cull is needed");
  }
  if (modes > 1) {
    return absl::InvalidArgumentError("--export, --roll and --netsage exclude each other");
  }
  if (line.cull.has_value() && modes == 1 && line.netsage.empty()) {
    return absl::InvalidArgumentError("--cull goes with --netsage, or alone");
  }
  if (line.roll.empty()) {
    if (line.line_limit.has_value()) {
      return absl::InvalidArgumentError("--line-limit goes with --roll");
    }
    if (line.words.empty() && !line.wants_schema)
      return absl::InvalidArgumentError("no directory is given");
  } else {
    if (line.follows) {
      return absl::InvalidArgumentError(
          "--follow does not go with --roll; --export influx=... has its points, too");
    }
    if (!line.words.empty() && line.words.size() != 2) {
      return absl::InvalidArgumentError("--roll takes START and END, or none");
    }
  }
  if (!line.labels.empty() && line.exports.empty()) {
    return absl::InvalidArgumentError("--labels goes with --export");
  }
  if (line.ipfix_pen != CommandLine{}.ipfix_pen && line.exports.empty()) {
    return absl::InvalidArgumentError("--ipfix-pen goes with --export");
  }
  if (line.wants_schema && line.exports.empty()) {
    return absl::InvalidArgumentError("--export-schema goes with --export");
  }
  const bool has_netsage_option =
      !line.threshold.empty() || !line.sensor.empty() || !line.instance.empty();
  if (has_netsage_option && line.netsage.empty()) {
    return absl::InvalidArgumentError("--threshold, --sensor and --instance go with --netsage");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CommandLine> ReadCommandLine(int argc, char** argv) {
  CommandLine line;
  NumberReader numbers;
  for (int letter; (letter = getopt_long(argc, argv, "e:fhv", kShipOptions, nullptr)) != -1;) {
    TakeOption(letter, &line, &numbers);
    if (!numbers.status().ok()) return numbers.status();
  }
  line.words.assign(argv + optind, argv + argc);
  if (line.wants_help || line.wants_version) return line;
  if (absl::Status status = CheckModes(line); !status.ok()) return status;
  return line;
}

}  // namespace tstat::ship
