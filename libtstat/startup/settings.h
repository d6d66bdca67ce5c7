// SPDX-License-Identifier: BSD-3-Clause
//
// Everything the command was told, as values: what the options and the files that they name say.
#ifndef TSTAT_STARTUP_SETTINGS_H_
#define TSTAT_STARTUP_SETTINGS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tstat/output_keeper.h"
#include "tstat/packet_source.h"
#include "tstat/session.h"

namespace tstat::cli {

struct Settings {
  SessionOptions session;
  std::vector<std::string> traces;
  bool check_config = false;   // --check-config, and --export-schema
  bool export_schema = false;  // --export-schema

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
  bool threads_given = false;     // --threads; else as many as there are processors
  bool max_flows_given = false;   // --max-flows; else streams have a default of their own
  bool live = false;              // -l
  LiveOptions capture;            // -i, -E, --no-promiscuous, --capture-buffer, --live-readers
  std::string user;               // --user
  bool sandbox = true;            // --no-sandbox clears it

  // Keys of files that a program set itself (tstat.h), in the grammar of the files; they count
  // more.
  std::string globals_keys, runtime_keys;

  // Output.
  bool dumps_expected = false;         // -F, -P, --dump-format, --dump-compression
  std::optional<KeepLimit> keep;       // --keep
  bool spool_given = false;            // --spool; else it follows from -s
  std::string runtime_path;            // -T
  std::string labels_path;             // --labels
  bool has_community_id_seed = false;  // --community-id-seed was given
  std::string histogram_file;          // -H; "?" lists the histograms
  bool list_histograms = false;
  std::optional<bool> empty_histograms;  // --histo-empty; else as the profile has it
  std::optional<bool> duplicate_filter;  // --duplicate-filter; else as the profile has it
  std::optional<double> duplicate_window_ms;
  bool snapshot_length_given = false;  // -E
  std::string rrd_config;              // -R
  bool rrd_dir_made = false;           // -r: it was not there before
  std::string bayes_dir;               // -B
  PrivacyRequest privacy;              // --key..., --enc, --strict-anonymity

  // --metrics; port 0: any that is free.
  struct Metrics {
    std::string address = "127.0.0.1";
    uint16_t port = 0;
  };
  std::optional<Metrics> metrics;
  std::string stats_path;  // --stats-json

  // Messages.
  bool dns_cache_notices = false;  // -Q
  bool ticks = false;              // -t
  bool warnings = false;           // -w
  int debug = 0;                   // -d
};

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_SETTINGS_H_
