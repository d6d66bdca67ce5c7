// SPDX-License-Identifier: BSD-3-Clause
#include "startup/startup.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "startup/option_effects.h"
#include "startup/system_resources.h"
#include "startup/usage.h"
#include "tstat/argument_file.h"
#include "tstat/globals_config.h"
#include "tstat/histogram_config.h"
#include "tstat/skype.h"
#include "tstat/text_file.h"

namespace tstat::cli {
namespace {

constexpr char kArgumentFile[] = "tstat.conf";
// What messages call the keys that a program set itself.
constexpr std::string_view kOwnKeys = "keys of the session";

// "file" or "directory" for options whose argument is the name of one.
std::string_view NameExpectedBy(Option id) {
  for (const OptionSpec& spec : OptionTable()) {
    if (spec.id != id) continue;
    if (spec.placeholder.starts_with("FILE")) return "file";
    if (spec.placeholder == "DIR") return "directory";
  }
  return "";
}

// A live interface, standard input or a FIFO is among the inputs.
bool ReadsStream(const Settings& settings) {
  return settings.live ||
         std::any_of(settings.traces.begin(), settings.traces.end(), [](const std::string& trace) {
           struct stat info;
           return trace == "stdin" || trace == "stdin.gz" ||
                  (stat(trace.c_str(), &info) == 0 && !S_ISREG(info.st_mode));
         });
}

// The order of the start: -z, -G, then all options as given, then what they mean together.
class Start {
 public:
  Start(Console& console, Settings* settings) : console_(console), settings_(*settings) {}

  std::optional<int> Run(const std::vector<std::string>& arguments) {
    CommandLine line = ParseCommandLine(arguments);
    // Alone, --check-config is about the run without arguments.
    const bool only_check = line.error.empty() && arguments.size() == 1 &&
                            line.options.size() == 1 && line.options[0].id == Option::kCheckConfig;
    if (arguments.empty() || only_check) {
      absl::StatusOr<std::string> text = ReadTextFile(kArgumentFile);
      if (!text.ok() && !(only_check && absl::IsNotFound(text.status()))) {
        if (!absl::IsNotFound(text.status())) console_.Error(text.status());
        TellOfMissingFile(kArgumentFile);
        return 1;
      }
      if (text.ok()) {
        std::vector<ParsedOption> check = std::move(line.options);
        line = ParseCommandLine(ParseArguments(*text));
        line.options.insert(line.options.end(), check.begin(), check.end());
      }
    }
    if (auto status = Understand(std::move(line))) return status;
    if (auto status = CheckInput()) return status;
    console_.Out(absl::StrCat(Banner(settings_.session.analyzer.profile), "\n\n"));
    return LoadRuntimeConfig();
  }

  std::optional<int> RunFile(const std::string& path) {
    absl::StatusOr<std::string> text = ReadTextFile(path);
    if (!text.ok()) {
      if (!absl::IsNotFound(text.status())) console_.Error(text.status());
      TellOfMissingFile(path);
      return 1;
    }
    const std::vector<std::string> words = ParseArguments(*text);
    CommandLine line = ParseCommandLine(words);
    TellWords(path, line, words);
    if (auto status = Understand(std::move(line))) return status;
    if (settings_.check_config) {
      console_.Error("--check-config is for the command");
      return 1;
    }
    SessionOptions& session = settings_.session;
    session.analyzer.concatenate = false;
    session.always_directory = session.may_reload = !settings_.runtime_path.empty();
    return LoadRuntimeConfig();
  }

 private:
  // All that is not about the input.
  std::optional<int> Understand(CommandLine line) {
    if (auto status = CheckNames(line)) return status;
    if (auto status = OpenMessageFile(line)) return status;
    if (auto status = LoadGlobals(line)) return status;
    OptionEffects effects(console_, &settings_);
    // The profile decides how other options are read, so it goes first.
    for (bool profile : {true, false}) {
      for (const ParsedOption& option : line.options) {
        if ((option.id == Option::kCompat) != profile) continue;
        if (auto status = effects.Apply(option)) return status;
      }
    }
    if (!line.error.empty()) {
      console_.Error(line.error);
      console_.Err(ShortUsage());
      return 1;
    }
    settings_.traces = std::move(line.operands);
    std::replace(settings_.traces.begin(), settings_.traces.end(), std::string("-"),
                 std::string("stdin"));
    if (auto status = LoadSkypeModels()) return status;
    if (auto status = effects.Finish()) return status;
    return LoadHistograms();
  }

  void TellOfMissingFile(std::string_view path) {
    console_.Err(absl::StrCat("No '", absl::string_view(path.data(), path.size()),
                              "' file. Try 'tstat -h' for more information.\n"));
  }

  // -d twice: what was read.
  void TellWords(const std::string& path, const CommandLine& line,
                 const std::vector<std::string>& words) {
    if (std::count_if(line.options.begin(), line.options.end(),
                      [](const ParsedOption& option) { return option.id == Option::kDebug; }) < 2) {
      return;
    }
    console_.Out(absl::StrCat("config: reading options from ", path, "\n"));
    console_.Out("config: added option/param: tstat\n");
    for (const std::string& word : words) {
      console_.Out(absl::StrCat("config: added option/param: ", word, "\n"));
    }
    console_.Out("config: reading options completed\n");
  }

  // "-R -l": the next word is the argument, whatever it looks like, but that is not what was meant.
  std::optional<int> CheckNames(const CommandLine& line) {
    for (const ParsedOption& option : line.options) {
      const std::string_view what = NameExpectedBy(option.id);
      if (what.empty() || option.value.size() < 2 || option.value[0] != '-') continue;
      std::error_code ignored;
      if (std::filesystem::exists(option.value, ignored)) continue;
      console_.Error(
          absl::StrCat(OptionSpelling(option.id), " needs a ",
                       absl::string_view(what.data(), what.size()), "; '", Shown(option.value),
                       "' looks like an option (if it is a name: './", Shown(option.value), "')"));
      return 1;
    }
    return std::nullopt;
  }

  // Only the first -z counts, and it counts for all messages.
  std::optional<int> OpenMessageFile(const CommandLine& line) {
    for (const ParsedOption& option : line.options) {
      if (option.id == Option::kQuiet) console_.set_quiet(true);
      if (option.id == Option::kCheckConfig) settings_.check_config = true;
      if (option.id == Option::kExportSchema) {
        settings_.check_config = settings_.export_schema = true;
        console_.SendOutToErr();  // statements and messages do not mix
      }
    }
    if (settings_.check_config) return std::nullopt;
    for (const ParsedOption& option : line.options) {
      if (option.id != Option::kMessageFile) continue;
      absl::Status status = console_.RedirectTo(option.value);
      if (status.ok()) return std::nullopt;
      console_.Err(absl::StrCat("Error creating ", option.value, "\n"));
      return 1;
    }
    return std::nullopt;
  }

  // Likewise the first -G; then a program's own keys.
  std::optional<int> LoadGlobals(const CommandLine& line) {
    Globals& globals = settings_.session.analyzer.globals;
    for (const ParsedOption& option : line.options) {
      if (option.id != Option::kGlobals) continue;
      absl::StatusOr<GlobalsConfig> config = ReadGlobals(option.value);
      if (!config.ok()) return TellFileError(config.status(), option.value);
      for (const std::string& warning : config->warnings) console_.Err(warning + "\n");
      globals = config->globals;
      break;
    }
    if (settings_.globals_keys.empty()) return std::nullopt;
    absl::StatusOr<GlobalsConfig> config = ParseGlobals(settings_.globals_keys, kOwnKeys, globals);
    if (!config.ok()) {
      console_.Error(config.status());
      return 1;
    }
    for (const std::string& warning : config->warnings) console_.Err(warning + "\n");
    globals = config->globals;
    return std::nullopt;
  }

  // Why a file of the ini grammar cannot be used.
  int TellFileError(const absl::Status& status, const std::string& path) {
    if (absl::IsNotFound(status)) {
      console_.Err(absl::StrCat("inireader: '", path, "' - No such file\n"));
    } else {
      console_.Error(status);
    }
    return 1;
  }

  std::optional<int> LoadSkypeModels() {
    if (!settings_.session.analyzer.bayes) return std::nullopt;
    absl::StatusOr<SkypeModels> models = ReadSkypeModels(settings_.bayes_dir);
    if (!models.ok()) {
      console_.Error(models.status());
      return 1;
    }
    settings_.session.analyzer.skype_models =
        std::make_shared<const SkypeModels>(*std::move(models));
    return std::nullopt;
  }

  std::optional<int> LoadHistograms() {
    SessionOptions& session = settings_.session;
    const bool l3 = session.analyzer.profile.l3_histograms;
    session.histograms.totals = session.global_histograms;
    if (!settings_.histogram_file.empty()) {
      const std::string& path = settings_.histogram_file;
      absl::StatusOr<HistogramConfig> config = ReadHistogramConfig(path, session.histograms, l3);
      if (!config.ok()) return TellHistogramError(path, config.status());
      for (const std::string& warning : config->warnings) console_.Err(warning + "\n");
      session.histograms = config->selection;
    }
    if (!settings_.rrd_config.empty()) {
      const std::string& path = settings_.rrd_config;
      absl::StatusOr<RrdConfig> config = ReadRrdConfig(path, session.global_histograms, l3);
      if (!config.ok()) return TellHistogramError(path, config.status());
      session.rrd = *std::move(config);
    }
    TellOfDirections(*SessionAnalyzerOptions(session).histograms);
    if (!settings_.list_histograms) return std::nullopt;
    console_.Out(HistogramListing(l3, session.global_histograms));
    return 0;
  }

  // New users wonder why half of the files is empty.
  void TellOfDirections(const HistogramSelection& selection) {
    const bool asked = !settings_.histogram_file.empty() || !settings_.rrd_config.empty();
    if (!asked || !selection.every_address || selection.count() == 0 || console_.quiet()) return;
    console_.Err(
        "Without -N and -M every address is internal: histograms and databases ending in _in and "
        "_out stay empty\n");
  }

  int TellHistogramError(const std::string& path, const absl::Status& status) {
    std::string_view message = {status.message().data(), status.message().size()};
    if (!absl::IsInvalidArgument(status)) {
      console_.Err(path + ": file open error.\n");
      if (message.substr(0, path.size() + 2) == path + ": ") message.remove_prefix(path.size() + 2);
    }
    console_.Err(std::string(message) + "\n");
    return 1;
  }

  // What runs for months must not be stopped by a flood or by a clock that is set. A trace file
  // gives the original's rows, whatever is in it.
  void SetStreamDefaults() {
    AnalyzerOptions& analyzer = settings_.session.analyzer;
    const bool reads_stream = ReadsStream(settings_);
    if (!settings_.max_flows_given && reads_stream) {
      analyzer.max_live_flows = UINT32_MAX;  // as many as there are slots
    }
    SetMemoryDefault(reads_stream);
    analyzer.follow_clock_back = settings_.live;
    settings_.session.always_directory = !settings_.runtime_path.empty();
    // Only streams live long enough, and the result of a trace must not depend on the wall clock.
    settings_.session.may_reload = !settings_.runtime_path.empty() && reads_stream;
    SetExportDefaults(reads_stream);
  }

  // What is asked for counts, if only flows that find no slot (--max-flows 0).
  void SetMemoryDefault(bool reads_stream) {
    AnalyzerOptions& analyzer = settings_.session.analyzer;
    const bool refuses = settings_.max_flows_given && analyzer.max_live_flows == 0;
    const bool is_true = analyzer.profile.flows_follow_connections;
    if (analyzer.max_memory != 0 || refuses || !(settings_.live || is_true)) return;
    analyzer.max_memory = std::max(SystemMemory() / 2, AnalyzerOptions::kLeastMemory);
  }

  // A trace can wait for the network, and can be read again; a stream cannot.
  void SetExportDefaults(bool reads_stream) {
    SessionOptions& session = settings_.session;
    ExportSettings& exports = session.export_settings;
    if (!settings_.spool_given && !session.output_dir.empty()) {
      exports.spool_dir = session.output_dir + "/spool";
    }
    if (reads_stream) return;
    exports.full = FullSpool::kWait;
    exports.sync = SpoolSync::kNever;
    exports.removes_empty_spool = !settings_.spool_given;
  }

  std::optional<int> CheckInput() {
    const std::vector<std::string>& traces = settings_.traces;
    SetStreamDefaults();
    if (settings_.live) return std::nullopt;
    const AnalyzerOptions& analyzer = settings_.session.analyzer;
    if (analyzer.max_memory != 0 && !analyzer.profile.flows_follow_connections &&
        !settings_.check_config && !ReadsStream(settings_)) {
      console_.Error("--max-memory: on trace files only with --compat none");
      return 1;
    }
    if (!settings_.user.empty()) {
      console_.Error("--user is for live capture (-l)");
      return 1;
    }
    if (settings_.keep.has_value()) {
      console_.Error("--keep is for live capture (-l)");
      return 1;
    }
    if (settings_.check_config) return std::nullopt;
    if (traces.empty()) {
      console_.Error("no trace file given");
      console_.Err(ShortUsage());
      return 1;
    }
    if (settings_.paired && traces.size() % 2 != 0) {
      console_.Error("-2 takes pairs of traces: the last one has no partner");
      return 1;
    }
    console_.Out(absl::StrFormat("%d arg%s remaining, starting with '%s'\n", traces.size(),
                                 traces.size() > 1 ? "s" : "", traces[0]));
    return std::nullopt;
  }

  std::optional<int> LoadRuntimeConfig() {
    SessionOptions& session = settings_.session;
    const std::string& path = settings_.runtime_path;
    session.runtime_keys = settings_.runtime_keys;
    if (path.empty() && session.runtime_keys.empty()) return TellOfDumps();
    RuntimeConfigContext context;
    context.strict_privacy = session.analyzer.strict_privacy;
    context.dns_filter_given = !session.dump_filter.empty();
    context.profile = &session.analyzer.profile;
    absl::StatusOr<RuntimeConfigChange> change = [&] {
      if (path.empty()) {
        return ParseRuntimeConfig(session.runtime_keys, kOwnKeys, context, session.runtime);
      }
      context.keys = session.runtime_keys;
      return ReadRuntimeConfig(path, context, session.runtime);
    }();
    if (!change.ok()) return TellFileError(change.status(), path);
    for (const std::string& warning : change->warnings) console_.Err(warning + "\n");
    for (const std::string& notice : change->notices) console_.Out(notice + "\n");
    session.runtime = std::move(change->config);
    if (change->has_dump_section) {
      if (auto status = LoadDumpFilter()) return status;
    }
    return TellOfDumps();
  }

  // Options of dumps do not ask for one, and -Y is for logs.
  std::optional<int> TellOfDumps() {
    if (settings_.session.runtime.dump.any()) {
      const auto& anonymizer = settings_.session.anonymizer;
      if (anonymizer != nullptr && !anonymizer->options().strict) {
        console_.Err(
            "Warning: dumps hold packets as they were captured, with all addresses and names "
            "(--strict-anonymity leaves headers, with images of the addresses)\n");
      }
      return std::nullopt;
    }
    if (!settings_.dumps_expected) return std::nullopt;
    console_.Err(
        "Warning: nothing is dumped: no key of [dump] in runtime.conf (-T) switches a dump on, so "
        "that -F, -P, --dump-format and --dump-compression have no effect\n");
    return std::nullopt;
  }

  std::optional<int> LoadDumpFilter() {
    SessionOptions& session = settings_.session;
    if (session.dump_filter.empty()) return std::nullopt;
    absl::StatusOr<DumpNameFilter> names = ReadDumpNameFilter(session.dump_filter);
    if (!names.ok()) {
      if (!absl::IsInvalidArgument(names.status())) {
        console_.Err(absl::StrCat("Unable to open file '", session.dump_filter, "'\n"));
      }
      console_.Error(names.status());
      console_.Err("dump engine err: Problem in initializing the DNS filter engine\n");
      return 1;
    }
    session.dump_names = *std::move(names);
    return std::nullopt;
  }

  Console& console_;
  Settings& settings_;
};

}  // namespace

std::optional<int> StartUp(const std::vector<std::string>& arguments, Console& console,
                           Settings* settings) {
  return Start(console, settings).Run(arguments);
}

// Of little memory the queues between threads would be too much, and where the address space is
// limited, what each of several lanes sets aside in it; -t wants to know of each packet at once.
unsigned DefaultThreads(const Settings& settings) {
  constexpr unsigned kMostThreads = 8;
  constexpr uint64_t kLeastMemory = uint64_t{256} << 20;
  const uint64_t memory = settings.session.analyzer.max_memory;
  rlimit space{};
  const bool has_space = getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur == RLIM_INFINITY;
  if (settings.ticks || !has_space || (memory != 0 && memory < kLeastMemory)) return 1;
  return std::min(SystemProcessors(), kMostThreads);
}

std::optional<int> StartUpFromFile(const std::string& path, Console& console, Settings* settings) {
  return Start(console, settings).RunFile(path);
}

}  // namespace tstat::cli
