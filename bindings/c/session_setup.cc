// SPDX-License-Identifier: BSD-3-Clause
#include "session_setup.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "config/absl_text.h"
#include "startup/console.h"
#include "startup/option_effects.h"
#include "startup/packet_filter_text.h"
#include "startup/settings.h"
#include "startup/startup.h"
#include "startup/usage.h"
#include "tstat/globals_config.h"
#include "tstat/histogram.h"
#include "tstat/runtime_config.h"

namespace tstat::internal {
namespace {

using cli::Argument;
using cli::Option;

// What the command does for itself: messages, rights, the end of the process; and what functions of
// tstat.h do.
constexpr Option kOfTheCommand[] = {
    Option::kHelp,      Option::kVersion,     Option::kTicks,       Option::kQuiet,
    Option::kDebug,     Option::kMessageFile, Option::kCheckConfig, Option::kKeep,
    Option::kUser,      Option::kNoSandbox,   Option::kPaired,      Option::kDag,
    Option::kL3Bitrate, Option::kMetrics,     Option::kStatsJson,
};

constexpr std::string_view kStream = "stream", kByTrace = "output-by-trace";
struct OwnOption {
  std::string_view name, help;
};
constexpr OwnOption kOwnOptions[] = {
    {kStream, "packets come without end: output rotates, a full table of flows makes room"},
    {kByTrace, "logs and histograms go to TRACE.out, as the command's without output-dir"},
};

// The command's console, whose messages are kept.
class KeptConsole {
 public:
  KeptConsole() : console_(out_.stream, err_.stream) {}

  cli::Console& console() { return console_; }
  std::string Out() { return out_.Text(); }
  std::string Err() { return err_.Text(); }

 private:
  struct Memory {
    Memory() : stream(open_memstream(&text, &size)) {
      if (stream == nullptr) throw std::bad_alloc();
    }
    ~Memory() {
      std::fclose(stream);
      std::free(text);  // NOLINT: open_memstream's
    }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    std::string Text() {
      std::fflush(stream);
      return {text, size};
    }
    char* text = nullptr;
    size_t size = 0;
    std::FILE* stream;
  };

  Memory out_, err_;
  cli::Console console_;
};

// "tstat: nets.conf:3: ...\n" without what is the command's.
std::string ErrorText(std::string text) {
  absl::string_view rest = text;
  while (absl::ConsumeSuffix(&rest, "\n")) {
  }
  absl::ConsumePrefix(&rest, "tstat: ");
  return std::string(rest);
}

// A value that can be checked without files.
bool IsNoFile(const OptionTexts& option) {
  return option.argument == Argument::kRequired && !absl::StartsWith(option.placeholder, "FILE") &&
         option.placeholder != "DIR" && option.id != Option::kNamedOutput;
}

absl::Status CheckValue(const OptionTexts& option, const std::string& value) {
  if (!IsNoFile(option)) return absl::OkStatus();
  if (option.id == Option::kFilterExpression) return CheckFilter(value);
  KeptConsole kept;
  cli::Settings settings;
  cli::OptionEffects effects(kept.console(), &settings);
  if (!effects.Apply({option.id, value}).has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(ErrorText(kept.Err()));
}

// The section of runtime.conf or globals.conf that has `key`; "" when none does. What the library
// writes of its configuration has all keys.
std::string SectionOf(std::string_view key) {
  RuntimeConfig config;
  for (const std::string_view name : DumpSwitchNames()) config.dump.enabled.emplace_back(name);
  const std::string all =
      absl::StrCat(FormatRuntimeConfig(config), FormatGlobals(Globals(), /*with_3_3=*/true));
  std::string section;
  for (absl::string_view line : absl::StrSplit(all, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "[")) {
      section = std::string(line.substr(1, line.size() - 2));
    } else {
      const absl::string_view name = absl::StripAsciiWhitespace(line.substr(0, line.find('=')));
      const bool same =
          section == "globals" ? absl::EqualsIgnoreCase(name, View(key)) : name == View(key);
      if (!name.empty() && same) return section;
    }
  }
  return "";
}

// The lines that are for a user of a session; those that go on with blanks are one with that
// before.
std::vector<std::string> Messages(const std::string& out, const std::string& err,
                                  const CompatProfile& profile) {
  std::vector<std::string> messages;
  const std::vector<std::string> banner = absl::StrSplit(cli::Banner(profile), '\n');
  for (const std::string* text : {&err, &out}) {
    for (absl::string_view line : absl::StrSplit(*text, '\n')) {
      const bool of_the_command = line.empty() ||
                                  absl::StrContains(line, " remaining, starting with '") ||
                                  std::find(banner.begin(), banner.end(), line) != banner.end();
      if (of_the_command) continue;
      if (line[0] == ' ' && !messages.empty()) {
        absl::StrAppend(&messages.back(), "\n", line);
      } else {
        messages.emplace_back(line);
      }
    }
  }
  return messages;
}

}  // namespace

// Never destroyed: a program may use it until its very end.
const std::vector<OptionTexts>& SessionOptionTable() {
  static const auto* const table = [] {
    auto* const options = new std::vector<OptionTexts>;
    for (const cli::OptionSpec& spec : cli::OptionTable()) {
      if (std::find(std::begin(kOfTheCommand), std::end(kOfTheCommand), spec.id) !=
          std::end(kOfTheCommand)) {
        continue;
      }
      options->push_back({.id = spec.id,
                          .argument = spec.argument,
                          .letter = spec.letter,
                          .name = std::string(spec.name),
                          .placeholder = std::string(spec.placeholder),
                          .help = std::string(spec.help)});
    }
    for (const OwnOption& own : kOwnOptions) {
      options->push_back({.argument = Argument::kNone,
                          .name = std::string(own.name),
                          .placeholder = "",
                          .help = std::string(own.help),
                          .own = true});
    }
    return options;
  }();
  return *table;
}

absl::Status SessionSetup::Set(std::string_view name, std::string_view value) {
  const std::vector<OptionTexts>& table = SessionOptionTable();
  const auto option = std::find_if(table.begin(), table.end(), [name](const OptionTexts& o) {
    return o.name == name || (o.letter != 0 && name.size() == 1 && name[0] == o.letter);
  });
  if (option == table.end()) {
    return absl::NotFoundError(absl::StrCat(View(name), ": there is no such option of a session"));
  }
  const bool is_flag = option->argument == Argument::kNone;
  if (is_flag && !value.empty() && value != "0" && value != "1") {
    return absl::InvalidArgumentError(
        absl::StrCat(option->name, " ", View(value), ": it takes no value, 1 (on) or 0 (off)"));
  }
  if (!is_flag) {
    if (absl::Status status = CheckValue(*option, std::string(value)); !status.ok()) return status;
  }
  const bool is_list = option->id == Option::kNamedOutput || option->id == Option::kExport;
  if (!is_list || option->own) {
    std::erase_if(given_, [&](const Given& given) { return given.option == &*option; });
  }
  if (!is_flag || value != "0") given_.push_back({&*option, std::string(value)});
  return absl::OkStatus();
}

absl::Status SessionSetup::SetKey(std::string_view key, std::string_view value) {
  std::string section = SectionOf(key);
  if (section.empty()) {
    return absl::NotFoundError(
        absl::StrCat(View(key), ": neither globals.conf nor runtime.conf has such a key"));
  }
  const auto is_blank = [](unsigned char c) { return c <= ' ' || c == '#' || c == 0x7f; };
  if (value.empty() || std::any_of(value.begin(), value.end(), is_blank)) {
    return absl::InvalidArgumentError(absl::StrCat(View(key), ": the value is one word"));
  }
  keys_.push_back({std::move(section), std::string(key), std::string(value)});
  return absl::OkStatus();
}

absl::Status SessionSetup::SelectHistograms(std::string_view part) {
  const std::span<const HistogramInfo> all = AllHistograms();
  if (std::none_of(all.begin(), all.end(), [part](const HistogramInfo& h) {
        return h.name.find(part) != std::string_view::npos;
      })) {
    return absl::NotFoundError(absl::StrCat(View(part), ": no histogram has this in its name"));
  }
  histograms_.emplace_back(part);
  return absl::OkStatus();
}

bool SessionSetup::Has(std::string_view name) const {
  return std::any_of(given_.begin(), given_.end(),
                     [name](const Given& given) { return given.option->name == name; });
}

std::vector<std::string> SessionSetup::Arguments() const {
  std::vector<std::string> arguments;
  for (const Given& given : given_) {
    if (given.option->own) continue;
    arguments.push_back(given.option->argument == Argument::kNone
                            ? absl::StrCat("--", given.option->name)
                            : absl::StrCat("--", given.option->name, "=", given.value));
  }
  // What stands for the trace says whether it is a stream: no file has an empty name.
  if (!Has("live")) arguments.push_back(Has(kStream) ? "stdin" : "");
  return arguments;
}

std::string SessionSetup::SectionText(std::string_view section) const {
  std::string text;
  for (const Key& key : keys_) {
    if (key.section == section) absl::StrAppend(&text, key.name, " = ", key.value, "\n");
  }
  return text.empty() ? text : absl::StrCat("[", View(section), "]\n", text);
}

absl::StatusOr<SessionPlan> SessionSetup::Resolve() const {
  KeptConsole kept;
  cli::Settings settings;
  settings.globals_keys = SectionText("globals");
  settings.runtime_keys =
      absl::StrCat(SectionText("log"), SectionText("options"), SectionText("dump"));
  if (cli::StartUp(Arguments(), kept.console(), &settings).has_value()) {
    const std::string error = ErrorText(kept.Err());
    return absl::InvalidArgumentError(error.empty() ? "an option ends the command" : error);
  }
  SessionPlan plan;
  plan.messages = Messages(kept.Out(), kept.Err(), settings.session.analyzer.profile);
  plan.live = settings.live;
  plan.capture = settings.capture;
  plan.dns_cache_notices = settings.dns_cache_notices;
  plan.options = std::move(settings.session);
  SessionOptions& options = plan.options;
  for (const std::string& part : histograms_) {
    options.histograms.SelectMatching(part, options.analyzer.profile.l3_histograms);
  }
  absl::StatusOr<std::string> filter = cli::PacketFilterText(settings);
  if (!filter.ok()) return filter.status();
  if (absl::Status status = CheckFilter(*filter); !status.ok()) return status;
  options.analyzer.packet_filter = *std::move(filter);
  options.output_tree = !options.output_dir.empty() || Has(kByTrace);
  return plan;
}

}  // namespace tstat::internal
