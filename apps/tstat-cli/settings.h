// SPDX-License-Identifier: BSD-3-Clause
//
// Everything the command was told, as values: what the options and the files that they name say.
#ifndef TSTAT_APPS_TSTAT_CLI_SETTINGS_H_
#define TSTAT_APPS_TSTAT_CLI_SETTINGS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/rrd_config.h"
#include "config/runtime_config.h"
#include "output/session_keeper.h"
#include "tstat/options.h"
#include "tstat/packet_source.h"

namespace tstat::cli {
using namespace internal;  // what of the library is not public yet

struct EncryptionKey {
  enum class Kind { kRandom, kText, kFile, kBase64File };
  Kind kind = Kind::kRandom;
  std::string value;  // the text, or the file's name
};

struct Settings {
  AnalyzerOptions analyzer;
  std::vector<std::string> traces;
  bool check_config = false;  // --check-config

  // A list of networks or MAC addresses that was read, for --check-config.
  struct List {
    std::string what, path;
    size_t entries;
  };
  std::vector<List> lists;

  // Input.
  TraceOptions trace;             // the filter's text is filled in when the first trace is opened
  std::string filter_file;        // -f
  std::string filter_expression;  // --bpf
  bool paired = false;            // -2
  bool max_flows_given = false;   // --max-flows; else streams have a default of their own
  bool live = false;              // -l
  LiveOptions capture;            // -i, -E, --no-promiscuous, --capture-buffer
  std::string user;               // --user
  bool sandbox = true;            // --no-sandbox clears it

  // Output.
  std::string output_dir;         // -s
  std::optional<KeepLimit> keep;  // --keep
  std::string runtime_path;       // -T
  RuntimeConfig runtime;          // -L, then runtime.conf
  bool gzip_logs = false;         // -Z
  bool gzip_dumps = false;        // -P
  std::string dns_filter;         // -F
  std::string histogram_file;     // -H; "?" lists the histograms
  bool list_histograms = false;
  bool global_histograms = false;        // -g
  bool histogram_engine = true;          // -S clears it
  std::optional<bool> empty_histograms;  // --histo-empty; else as the profile has it
  bool every_address = true;             // addresses of all networks are counted: no -N, no -M
  std::string rrd_dir, rrd_config;       // -r, -R
  bool rrd_dir_made = false;             // it was not there before
  RrdConfig rrd;                         // what rrd_config says
  std::string bayes_dir;                 // -B
  EncryptionKey key;                     // --key...
  bool encrypt_names = false;            // --enc

  // Messages.
  bool ticks = false;     // -t
  bool warnings = false;  // -w
  int debug = 0;          // -d
};

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_SETTINGS_H_
