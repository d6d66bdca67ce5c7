// SPDX-License-Identifier: BSD-3-Clause
#include "output/exports/export_text.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "config/absl_text.h"
#include "output/destinations/dead_letters.h"
#include "output/destinations/registry.h"

namespace tstat::internal {
namespace {

constexpr size_t kMostName = 64;
constexpr uint64_t kMostBatchBytes = uint64_t{16} << 20;
// A spool has so many batches at least: it drops by sixteenths.
constexpr uint64_t kBatchesOfSpool = 16;

// What an option of every export does. The value is not empty.
struct CommonOption {
  std::string_view name;
  std::string_view values;  // for messages
  absl::Status (*apply)(const std::string& value, ExportPlan* plan);
};

absl::Status SetName(const std::string& value, ExportPlan* plan) {
  if (!IsBatchName(value) || value.front() == '.') {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", CleanText(value),
                     "\" is no name; names have 1 to 64 letters, digits, \".\", \"_\" or \"-\", "
                     "and no \".\" at their begin"));
  }
  plan->name = value;
  return absl::OkStatus();
}

absl::Status SetProbe(const std::string& value, ExportPlan* plan) {
  if (!IsBatchName(value)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", CleanText(value),
                     "\" is no name of a probe: these have 1 to 64 letters, digits, \".\", \"_\" "
                     "or \"-\""));
  }
  plan->settings.probe = value;
  return absl::OkStatus();
}

template <typename Word>
struct WordOf {
  std::string_view text;
  Word word;
};
constexpr WordOf<FullSpool> kFullWords[] = {{"oldest", FullSpool::kDropOldest},
                                            {"newest", FullSpool::kDropNewest},
                                            {"wait", FullSpool::kWait}};
constexpr WordOf<SpoolSync> kSyncWords[] = {{"never", SpoolSync::kNever},
                                            {"second", SpoolSync::kEverySecond},
                                            {"batch", SpoolSync::kEveryBatch}};

template <typename Word, size_t kCount>
absl::Status SetWord(const WordOf<Word> (&words)[kCount], const std::string& value, Word* word) {
  std::vector<std::string_view> known;
  for (const WordOf<Word>& entry : words) {
    known.push_back(entry.text);
    if (entry.text != value) continue;
    *word = entry.word;
    return absl::OkStatus();
  }
  return UnknownWord(CleanText(value), "such word", known);
}

absl::Status SetSize(const std::string& value, uint64_t least, uint64_t most, uint64_t* bytes) {
  absl::StatusOr<uint64_t> size = ParseByteCount(value);
  if (!size.ok()) return size.status();
  if (*size < least || *size > most) {
    return absl::InvalidArgumentError(
        absl::StrCat(value, " is out of range; allowed are ", least, " to ", most, " bytes"));
  }
  *bytes = *size;
  return absl::OkStatus();
}

absl::Status SetBatchItems(const std::string& value, ExportPlan* plan) {
  uint64_t items = 0;
  if (!absl::SimpleAtoi(value, &items) || items == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", CleanText(value), "\" is no number of items; they are 1, 2, ..."));
  }
  plan->settings.max_batch_items = static_cast<size_t>(items);
  return absl::OkStatus();
}

absl::Status SetBatchTime(const std::string& value, ExportPlan* plan) {
  absl::StatusOr<int64_t> seconds = ParseSeconds(value);
  if (!seconds.ok()) return seconds.status();
  plan->settings.batch_time = std::chrono::seconds(*seconds);
  return absl::OkStatus();
}

constexpr CommonOption kCommonOptions[] = {
    {"name", "NAME", &SetName},
    {"probe", "NAME", &SetProbe},
    {"spool", "DIRECTORY",
     [](const std::string& value, ExportPlan* plan) {
       plan->spool_directory = value;
       return absl::OkStatus();
     }},
    {"spool_bytes", "SIZE",
     [](const std::string& value, ExportPlan* plan) {
       return SetSize(value, uint64_t{1} << 20, uint64_t{1} << 50, &plan->settings.max_spool_bytes);
     }},
    {"spool_full", "oldest|newest|wait",
     [](const std::string& value, ExportPlan* plan) {
       return SetWord(kFullWords, value, &plan->settings.full);
     }},
    {"spool_sync", "never|second|batch",
     [](const std::string& value, ExportPlan* plan) {
       return SetWord(kSyncWords, value, &plan->settings.sync);
     }},
    {"batch_bytes", "SIZE",
     [](const std::string& value, ExportPlan* plan) {
       uint64_t bytes = 0;
       absl::Status status = SetSize(value, 1, kMostBatchBytes, &bytes);
       if (status.ok()) plan->settings.max_batch_bytes = static_cast<size_t>(bytes);
       return status;
     }},
    {"batch_items", "NUMBER", &SetBatchItems},
    {"batch_time", "TIME", &SetBatchTime},
};

absl::Status TakeCommonOptions(ExportOptions* options, ExportPlan* plan) {
  for (const CommonOption& option : kCommonOptions) {
    const std::optional<std::string> value = options->Take(option.name);
    if (!value.has_value()) continue;
    absl::Status status = value->empty() ? absl::InvalidArgumentError("the value is empty")
                                         : option.apply(*value, plan);
    if (status.ok()) continue;
    return absl::Status(status.code(),
                        absl::StrCat("option ", View(option.name), ": ", status.message()));
  }
  const ExportSettings& s = plan->settings;
  if (s.max_spool_bytes < kBatchesOfSpool * s.max_batch_bytes) {
    return absl::InvalidArgumentError(absl::StrCat("a spool must have room for ", kBatchesOfSpool,
                                                   " batches: spool_bytes is ", s.max_spool_bytes,
                                                   ", batch_bytes ", s.max_batch_bytes));
  }
  return absl::OkStatus();
}

// InfluxDB 1.x refuses what names no database.
absl::Status CheckInfluxAddress(std::string_view address) {
  const std::string begin = absl::AsciiStrToLower(View(address.substr(0, 4)));
  const size_t query = address.find('?');
  const std::string_view path = address.substr(0, query);
  if (begin != "http" || !path.ends_with("/write") || path.ends_with("/v2/write")) {
    return absl::OkStatus();
  }
  const std::string names =
      absl::StrCat("&", View(query == std::string_view::npos ? "" : address.substr(query + 1)));
  if (names.find("&db=") != std::string::npos) return absl::OkStatus();
  return absl::InvalidArgumentError("InfluxDB needs the database: .../write?db=NAME");
}

// As names of batches may be.
std::string AsName(std::string_view text, size_t most) {
  std::string name;
  for (const char c : text) {
    if (name.size() == most) break;
    const bool is_good =
        absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
    if (is_good) {
      name += c;
    } else if (!name.ends_with('-')) {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name;
}

// "influx-127.0.0.1-8086-write-1f2e3d4c": legible, and another one for each destination.
std::string NameOf(std::string_view format, std::string_view address) {
  std::string whole = absl::StrCat(View(format), "=", View(address));
  std::string_view shown = address.substr(0, address.find('?'));
  if (const size_t scheme = shown.find("://"); scheme != std::string_view::npos) {
    shown.remove_prefix(scheme + 3);
  } else if (address == "-") {
    shown = "stdout";
  } else {
    // A relative path is another file in another directory.
    std::error_code ignored;
    whole += std::filesystem::current_path(ignored).string();
    shown.remove_prefix(shown.rfind('/') + 1);
  }
  const uLong check =
      crc32(0, reinterpret_cast<const Bytef*>(whole.data()), static_cast<uInt>(whole.size()));
  constexpr size_t kMostShown = 40;
  return absl::StrFormat("%s-%s-%08x", View(format), AsName(shown, kMostShown),
                         static_cast<uint32_t>(check));
}

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) name[0] = '\0';
  std::string clean = AsName(name.data(), kMostName);
  return clean.empty() ? "tstat" : clean;
}

// What errors begin with: no options, no query, and nothing that stands before an @: there may be
// secrets in them.
std::string ShownText(std::string_view text) {
  text = text.substr(0, text.find_first_of("#?"));
  const size_t scheme = text.find("://");
  if (scheme != std::string_view::npos && text.find('@', scheme) != std::string_view::npos) {
    text = text.substr(0, scheme + 3);
  }
  return CleanText(text);
}

// Its destinations know about messages and sequence numbers, and no others do.
absl::Status CheckIpfixAddress(std::string_view format, std::string_view address) {
  const std::string scheme =
      absl::AsciiStrToLower(View(address.substr(0, std::min(address.find("://"), address.size()))));
  const bool is_session = scheme == "tcp" || scheme == "udp";
  const bool is_ipfix = format == "ipfix";
  if (is_ipfix == is_session) return absl::OkStatus();
  if (!is_ipfix) {
    return absl::InvalidArgumentError(
        absl::StrCat(scheme, ":// is for ipfix, not for ", View(format)));
  }
  if (address == "-" || FilePathOf(address).has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "ipfix goes to tcp://HOST[:PORT], udp://HOST[:PORT], a file or \"-\"");
}

bool IsHttp(std::string_view address) {
  const std::string begin = absl::AsciiStrToLower(View(address.substr(0, 8)));
  return begin.starts_with("http://") || begin.starts_with("https://");
}

absl::Status ReadParts(std::string_view text, ExportPlan* plan) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    std::vector<std::string_view> known;
    for (const ExportFormatInfo& info : ExportFormats()) known.push_back(info.name);
    return absl::InvalidArgumentError(absl::StrCat(
        "an export is FORMAT=DESTINATION#OPTIONS, such as json=flows.jsonl#logs=tcp,udp; ",
        UnknownWord(CleanText(text.substr(0, text.find_first_of("=#?"))), "format", known)
            .message()));
  }
  const std::string_view format = text.substr(0, equals);
  std::string_view address = text.substr(equals + 1), options_text;
  if (const size_t hash = address.find('#'); hash != std::string_view::npos) {
    options_text = address.substr(hash + 1);
    address = address.substr(0, hash);
  }
  plan->address = address;
  if (format == "influx") {
    if (absl::Status status = CheckInfluxAddress(address); !status.ok()) return status;
  }
  if (absl::Status status = CheckIpfixAddress(format, address); !status.ok()) return status;
  absl::StatusOr<ExportOptions> options = ExportOptions::Parse(options_text);
  if (!options.ok()) return options.status();

  ExportSettings& settings = plan->settings;
  const ExportDefaults defaults = {
      .profile = settings.profile,
      .of_logs = settings.of_logs,
      .logs = settings.logs,
      .levels = {.tcp = settings.tcp_level,
                 .video = settings.video_level,
                 .udp = settings.udp_level},
      .has_labels = settings.labels != nullptr && !settings.labels->empty(),
      .ipfix_pen = settings.ipfix_pen};
  absl::StatusOr<std::unique_ptr<ExportFormat>> made =
      MakeExportFormat(format, defaults, &*options);
  if (!made.ok()) return made.status();
  plan->format = *std::move(made);
  const auto tables = RowTables();
  if (std::none_of(tables.begin(), tables.end(),
                   [&](const RowTable& table) { return plan->format->Takes(table); })) {
    return absl::InvalidArgumentError(
        "no text log is on whose rows it would have; \"logs\" says which ones it has");
  }
  using Receiver = ExportFormat::Receiver;
  if (plan->format->receiver() == Receiver::kHttp && !IsHttp(address)) {
    return absl::InvalidArgumentError(absl::StrCat(
        View(format), " is sent by HTTP: the destination is http://... or https://..."));
  }
  if (plan->format->batch_time().count() > 0) settings.batch_time = plan->format->batch_time();
  if (plan->format->batch_bytes() > 0 &&
      settings.max_batch_bytes == ExportSettings{}.max_batch_bytes) {
    settings.max_batch_bytes = plan->format->batch_bytes();
  }
  plan->name = NameOf(format, address);
  if (absl::Status status = TakeCommonOptions(&*options, plan); !status.ok()) return status;
  std::string others;
  for (const ExportFormatInfo& info : ExportFormats()) {
    if (info.name != format) continue;
    absl::StrAppend(&others, "; of ", View(format), ":");
    for (const std::string_view option : info.options) absl::StrAppend(&others, " ", View(option));
  }
  absl::StrAppend(&others, "; of every export: ", CommonExportOptions());
  const std::vector<std::pair<std::string, std::string>> left = options->TakeAll();
  const bool is_parquet = plan->format->receiver() == Receiver::kParquetDirectory;
  absl::StatusOr<std::unique_ptr<Destination>> destination =
      OpenDestination(absl::StrCat(is_parquet ? View(kParquetScheme) : "", View(address)),
                      DestinationOptionMap(left.begin(), left.end()), others);
  if (!destination.ok()) return destination.status();
  plan->destination = *std::move(destination);
  return absl::OkStatus();
}

// The directory of the spool can be made, or is one that nobody else sees.
absl::Status CheckSpoolDirectory(const std::string& directory) {
  const auto told = [](const std::string& path, std::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("spool ", CleanText(path), ": ", View(what)));
  };
  struct stat info {};
  if (stat(directory.c_str(), &info) == 0) {
    if (!S_ISDIR(info.st_mode)) return told(directory, "is no directory");
    if ((info.st_mode & 077) != 0) {
      return told(directory, "others have access to it (chmod 700 ends that)");
    }
    return absl::OkStatus();
  }
  // What it will be made in.
  std::error_code ignored;
  std::filesystem::path above = std::filesystem::absolute(directory, ignored).lexically_normal();
  while (above.has_relative_path()) {
    above = above.parent_path();
    if (stat(above.c_str(), &info) != 0) continue;
    return S_ISDIR(info.st_mode) ? absl::OkStatus() : told(above, "is no directory");
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<std::string> FilePathOf(std::string_view address) {
  constexpr std::string_view kFile = "file:", kUnix = "unix:";
  const std::string begin = absl::AsciiStrToLower(View(address.substr(0, kFile.size())));
  if (begin == kFile) return std::string(address.substr(kFile.size()));
  if (address == "-" || begin == kUnix || address.find("://") != std::string_view::npos) {
    return std::nullopt;
  }
  return std::string(address);
}

std::string CommonExportOptions() {
  std::string text;
  for (const CommonOption& option : kCommonOptions) {
    absl::StrAppend(&text, text.empty() ? "" : " ", View(option.name));
  }
  return text;
}

absl::StatusOr<ExportPlan> ReadExportText(std::string_view text, const ExportSettings& settings) {
  ExportPlan plan;
  plan.settings = settings;
  if (absl::Status status = ReadParts(text, &plan); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(ShownText(text), ": ", status.message()));
  }
  if (plan.settings.probe.empty()) plan.settings.probe = HostName();
  plan.format->SetProbe(plan.settings.probe);
  if (plan.spool_directory.empty()) {
    plan.spool_directory = absl::StrCat(plan.settings.spool_dir, "/", plan.name);
  }
  if (absl::Status status = CheckSpoolDirectory(plan.spool_directory); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(ShownText(text), ": ", status.message()));
  }
  return plan;
}

}  // namespace tstat::internal
