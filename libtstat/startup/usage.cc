// SPDX-License-Identifier: BSD-3-Clause
#include "startup/usage.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "config/absl_text.h"
#include "startup/command_line.h"
#include "tstat/globals_config.h"
#include "tstat/version.h"

namespace tstat::cli {
namespace {

using internal::View;

constexpr std::pair<HelpGroup, std::string_view> kGroups[] = {
    {HelpGroup::kInput, "Input"},       {HelpGroup::kNetworks, "Networks"},
    {HelpGroup::kOutput, "Output"},     {HelpGroup::kPrivacy, "Privacy"},
    {HelpGroup::kAnalysis, "Analysis"}, {HelpGroup::kMessages, "Messages"},
};

struct InputFormat {
  std::string_view name, description;
};
constexpr InputFormat kInputFormats[] = {
    {"tcpdump", "pcap (microseconds or nanoseconds, any byte order) and pcapng"},
    {"snoop", "Solaris snoop, version 2 (Ethernet, FDDI, ATM)"},
    {"erf", "Endace ERF (HDLC, Ethernet, ATM)"},
    {"tcpdump live", "live capture (-l)"},
};

std::string OptionLine(const OptionSpec& spec) {
  std::string names = "    ";
  if (spec.letter != 0) names = absl::StrCat("-", std::string(1, spec.letter), ", ");
  absl::StrAppend(&names, "--", View(spec.name));
  if (!spec.placeholder.empty()) absl::StrAppend(&names, " ", View(spec.placeholder));
  return absl::StrFormat("\t  %-31s %s\n", names, View(spec.help));
}

}  // namespace

std::string UsageText(const Globals& globals, const CompatProfile& profile) {
  std::string text =
      "Usage:\n"
      "\ttstat [OPTION]... TRACE...\n"
      "\ttstat -l [-i NAME] [OPTION]...\n"
      "\nOptions:\n";
  for (const auto& [group, title] : kGroups) {
    absl::StrAppend(&text, "\t", View(title), ":\n");
    for (const OptionSpec& spec : OptionTable()) {
      if (spec.group == group) text += OptionLine(spec);
    }
  }
  text +=
      "\nA trace named 'stdin', or '-', is read from standard input. Compressed traces (gzip, "
      "compress,\n"
      "bzip2, xz, zstd, lz4) are recognised by their content.\n"
      "\nNote: without any argument, the arguments are read from the file 'tstat.conf' in the\n"
      "current directory.\n"
      "\nSupported Input File Formats:\n";
  for (const InputFormat& format : kInputFormats) {
    absl::StrAppendFormat(&text, "\t%-15s  %s\n", View(format.name), View(format.description));
  }
  absl::StrAppend(&text,
                  "\nGlobals (-G):\n\t# Current value of internal global constants (-G option)\n",
                  FormatGlobals(globals), VersionText(profile));
  return text;
}

std::string ShortUsage() {
  return "Usage: tstat [OPTION]... TRACE...\n"
         "Try 'tstat --help' for the list of options.\n";
}

std::string Banner(const CompatProfile& profile) {
  if (profile.modern_columns) {
    return absl::StrCat("tstat ", tstat::Version(), ", with columns that no version of Tstat has");
  }
  return absl::StrCat("tstat ", tstat::Version(), ", compatible with tstat-",
                      profile.periodic_logs ? "3.3.0" : "3.1.1");
}

std::string VersionText(const CompatProfile& profile) {
  // 3.1.1 knows nothing of ldns.
  const std::string_view ldns = !profile.periodic_logs ? ""
                                : profile.dns_log      ? " and with LDNS (log_dns) support"
                                                       : " and without LDNS (log_dns) support";
  return absl::StrCat("\nVersion: ", Banner(profile), "\nCompiled with IPv6 support", View(ldns),
                      "\n\n");
}

}  // namespace tstat::cli
