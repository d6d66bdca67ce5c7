// SPDX-License-Identifier: BSD-3-Clause
//
// tstat-decrypt: addresses of anonymised logs, back to what they were; tstat-decrypt(1).
#include <getopt.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tstat-decrypt/input_lines.h"
#include "tstat-decrypt/row_reverser.h"
#include "tstat/anonymizer.h"
#include "tstat/globals_config.h"
#include "tstat/network_files.h"
#include "tstat/schema.h"
#include "tstat/text_file.h"
#include "tstat/version.h"

namespace tstat::decrypt {
namespace {

constexpr char kUsage[] =
    "Usage: tstat-decrypt KEY [OPTION]... [ADDRESS|LOG]...\n"
    "\n"
    "Writes logs that 'tstat -Y' wrote to standard output, with the addresses that there were, or\n"
    "single addresses. Without a log or address, or as '-', standard input is read; logs may be\n"
    "compressed (gzip).\n"
    "\n"
    "Key, one of these:\n"
    "      --keyvalue KEY        the text of the key\n"
    "      --keyfile FILE        the file that holds it\n"
    "      --keybase64 FILE      the file that holds it in Base64, as CPanKey_... of the run\n"
    "How the log was written:\n"
    "      --compat VERSION      the version that it is compatible with: 3.1.1 (default) or 3.3\n"
    "  -G, --globals FILE        globals.conf with other masks of IPv6 addresses (3.3)\n"
    "      --strict-anonymity    with that option\n"
    "      --log NAME            which log standard input is, if it has no header line\n"
    "What is reversed:\n"
    "  -Y, --crypto-nets FILE    where rows do not say what is anonymised: only what is in these\n"
    "                            networks then\n"
    "  -W, --whitelist-nets FILE but not in these\n"
    "      --enc                 names that --enc encrypted, too\n"
    "  -h, --help                this text\n"
    "  -v, --version             the version\n";

enum LongOption {
  kKeyValue = 256,
  kKeyFile,
  kKeyBase64,
  kCompat,
  kStrict,
  kLog,
  kEnc,
};
constexpr option kOptions[] = {
    {"keyvalue", required_argument, nullptr, kKeyValue},
    {"keyfile", required_argument, nullptr, kKeyFile},
    {"keybase64", required_argument, nullptr, kKeyBase64},
    {"compat", required_argument, nullptr, kCompat},
    {"globals", required_argument, nullptr, 'G'},
    {"strict-anonymity", no_argument, nullptr, kStrict},
    {"log", required_argument, nullptr, kLog},
    {"crypto-nets", required_argument, nullptr, 'Y'},
    {"whitelist-nets", required_argument, nullptr, 'W'},
    {"enc", no_argument, nullptr, kEnc},
    {"help", no_argument, nullptr, 'h'},
    {"version", no_argument, nullptr, 'v'},
    {nullptr, 0, nullptr, 0},
};

int Fail(const std::string& message) {
  std::fprintf(stderr, "tstat-decrypt: %s\n", message.c_str());
  return 1;
}
int Fail(const absl::Status& status) { return Fail(std::string(status.message())); }

struct Settings {
  std::optional<KeyRequest> key;
  ReverserOptions reverser;
  Globals globals;
  bool strict = false;
  std::string log;
  std::vector<std::string> operands;
};

std::optional<int> SetKey(KeySource source, Settings* settings) {
  if (settings->key.has_value() && settings->key->source != source) {
    return Fail("only one of --keyvalue, --keyfile, --keybase64 can be used");
  }
  settings->key = {.source = source, .value = optarg};
  return std::nullopt;
}

std::optional<int> SetCompat(const std::string& version, Settings* settings) {
  if (version == "3.3" || version == "3.3.0") {
    settings->reverser.profile = CompatProfile::Tstat33();
  } else if (version == "3.1.1" || version == "3.1") {
    settings->reverser.profile = CompatProfile::Tstat311();
  } else {
    return Fail(absl::StrCat("--compat ", Shown(version), ": the versions are 3.1.1 and 3.3"));
  }
  return std::nullopt;
}

std::optional<int> SetNetworks(NetworkListKind kind, NetworkList* networks) {
  absl::StatusOr<NetworkFile> file = ReadNetworkFile(optarg, kind);
  if (!file.ok()) return Fail(file.status());
  *networks = std::move(file->networks);
  return std::nullopt;
}

std::optional<int> Apply(int option, Settings* settings) {
  switch (option) {
    case kKeyValue:
      return SetKey(KeySource::kText, settings);
    case kKeyFile:
      return SetKey(KeySource::kFile, settings);
    case kKeyBase64:
      return SetKey(KeySource::kBase64File, settings);
    case kCompat:
      return SetCompat(optarg, settings);
    case 'G': {
      absl::StatusOr<GlobalsConfig> config = ReadGlobals(optarg);
      if (!config.ok()) return Fail(config.status());
      settings->globals = config->globals;
      return std::nullopt;
    }
    case kStrict:
      settings->strict = true;
      return std::nullopt;
    case kLog:
      settings->log = optarg;
      return std::nullopt;
    case 'Y':
      return SetNetworks(NetworkListKind::kEncrypted, &settings->reverser.encrypted);
    case 'W':
      return SetNetworks(NetworkListKind::kExempt, &settings->reverser.exempt);
    case kEnc:
      settings->reverser.decrypt_names = true;
      return std::nullopt;
    case 'h':
      std::fputs(kUsage, stdout);
      return 0;
    case 'v':
      std::printf("tstat-decrypt %s\n", std::string(Version()).c_str());
      return 0;
    default:
      std::fputs("Try 'tstat-decrypt --help' for the list of options.\n", stderr);
      return 1;
  }
}

std::string LogNames() {
  return absl::StrJoin(kLogs, ", ",
                       [](std::string* out, const LogInfo& log) { out->append(log.name); });
}

// One log to standard output.
int ReverseLog(const std::string& path, const Settings& settings, RowReverser* rows) {
  absl::StatusOr<InputLines> input = InputLines::Open(path);
  if (!input.ok()) return Fail(input.status());
  rows->BeginLog(path);
  if (!settings.log.empty() && !rows->SetLog(settings.log)) {
    return Fail(absl::StrCat("--log ", Shown(settings.log), ": the logs are ", LogNames()));
  }
  const size_t unknown = rows->unknown_rows();
  std::string line;
  while (input->Next(&line)) {
    const std::string out = rows->Reversed(line);
    if (!rows->other_version().empty()) {
      return Fail(absl::StrCat(path, ": a log of another version: --compat ",
                               std::string(rows->other_version())));
    }
    if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size()) break;
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return Fail("standard output: cannot be written to");
  }
  if (rows->reverses_without_flag()) {
    std::fprintf(stderr,
                 "tstat-decrypt: Warning: %s: its rows do not say what is anonymised, so all "
                 "addresses were reversed; with -Y FILE only those of these networks are\n",
                 path.c_str());
  }
  if (!input->status().ok()) return Fail(input->status());
  if (rows->unknown_rows() > unknown) {
    return Fail(absl::StrCat(path, ": ", rows->unknown_rows() - unknown,
                             " rows are as they were: no header line, and no name of a log, tells "
                             "where addresses are (--log NAME)"));
  }
  return 0;
}

int Run(Settings settings) {
  if (!settings.key.has_value()) {
    return Fail("no key: one of --keyvalue, --keyfile, --keybase64 is needed");
  }
  absl::StatusOr<KeyReading> key = ReadKey(*settings.key);
  if (!key.ok()) return Fail(key.status());
  for (const std::string& warning : key->warnings) {
    std::fprintf(stderr, "tstat-decrypt: Warning: %s\n", warning.c_str());
  }
  absl::StatusOr<std::shared_ptr<Anonymizer>> anonymizer =
      Anonymizer::Create({.key = key->key,
                          .ipv6_masks = MasksOf(settings.reverser.profile, settings.globals),
                          .strict = settings.strict,
                          .cache_size = 0});
  if (!anonymizer.ok()) return Fail(anonymizer.status());
  RowReverser rows(*std::move(anonymizer), settings.reverser);
  if (settings.operands.empty()) settings.operands.emplace_back("-");
  int status = 0;
  for (const std::string& operand : settings.operands) {
    if (const std::optional<IpAddress> address = AddressOfText(operand)) {
      std::printf("%s\n", rows.ReversedAddress(*address).c_str());
    } else if (ReverseLog(operand, settings, &rows) != 0) {
      status = 1;
    }
  }
  return std::fflush(stdout) != 0 ? Fail("standard output: cannot be written to") : status;
}

}  // namespace
}  // namespace tstat::decrypt

int main(int argc, char** argv) {
  using namespace tstat::decrypt;  // NOLINT: the program
  Settings settings;
  for (;;) {
    const int option = getopt_long(argc, argv, "G:Y:W:hv", kOptions, nullptr);
    if (option < 0) break;
    if (const std::optional<int> status = Apply(option, &settings)) return *status;
  }
  settings.operands.assign(argv + optind, argv + argc);
  return Run(std::move(settings));
}
