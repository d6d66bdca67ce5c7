// SPDX-License-Identifier: BSD-3-Clause
//
// A session is what the tstat command does with its options: an analysis, and all of Tstat's
// outputs: the tree of directories, text logs, histograms, RRD databases and the closing report
// (docs/embedding.md, docs/output.md).
//
//   tstat::SessionOptions options;
//   options.output_dir = "out";                                    // -s out
//   auto messages = tstat::ReadSessionFiles({.internal_networks = "nets.conf"}, &options);
//   if (!messages.ok()) return messages.status();
//   auto session = tstat::Session::Create(std::move(options));
//   if (!session.ok()) return session.status();
//   absl::Status end = (*session)->RunTrace("trace.pcap");         // rows are in out/... now
//   end.Update((*session)->Finish());
//   std::fputs((*session)->Report().c_str(), stdout);
#ifndef TSTAT_SESSION_H_
#define TSTAT_SESSION_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat/analyzer.h"
#include "tstat/anonymizer.h"
#include "tstat/event_sink.h"
#include "tstat/export.h"
#include "tstat/exports.h"
#include "tstat/flow.h"
#include "tstat/histogram.h"
#include "tstat/options.h"
#include "tstat/packet.h"
#include "tstat/packet_dumps.h"
#include "tstat/packet_source.h"
#include "tstat/rrd.h"
#include "tstat/runtime_config.h"
#include "tstat/statistics.h"
#include "tstat/time.h"

namespace tstat::inline v1 {

// What a session tells while it works, in the order in which it happens. None of it is an error:
// those are problems (Session::TakeProblems).
struct SessionNotice {
  enum class Kind : uint8_t {
    kLogDirectory,          // `text` is the path of one that was made; `time` names it
    kHistogramDirectory,    // likewise; `time` is unset when addresses needed it
    kDumpDirectory,         // likewise; `time` is that of the packet that begins it
    kWarning,               // `text` is a line about directories and keys of earlier runs
    kUnopenedFile,          // `text`: the first histogram file of an interval that was not opened
    kManyEmptyHistograms,   // `text`: how many histogram files without a sample were written
    kConfigurationWarning,  // of a changed runtime.conf: `text` is a value that was ignored
    kConfigurationNotice,   // likewise: `text` is what it changes
    kExport,                // `text`: a destination is away, answers again, refuses, is full, ...
  };
  Kind kind = Kind::kWarning;
  std::string text = {};
  Timestamp time = {};
};

// What the command's options say, and the files that they name, as values. Of `analyzer` the
// session sets `intervals`, `histograms` and of the profile `dns_unasked`, `label_column`,
// `first_packet_columns`, `ndpi_column` and, where runtime.conf has it, `modern_layer7` itself
// (SessionAnalyzerOptions).
struct SessionOptions {
  AnalyzerOptions analyzer;

  std::string output_dir;  // -s; empty: each trace's name is that of its directory
  // False: no directory, and nothing of what would be in it (logs, histograms): the session works
  // for sinks of the program's own, for databases and named outputs.
  bool output_tree = true;
  RuntimeConfig runtime;           // -T; -L: no log
  bool always_directory = false;   // -T: log directories are made even when no output asks for them
  bool may_reload = false;         // -T on a stream: Reload may be called
  bool gzip_logs = false;          // -Z
  HistogramSelection histograms;   // -H; `totals` is set by `global_histograms`
  bool histogram_engine = true;    // -S clears it
  bool global_histograms = false;  // -g
  std::string rrd_dir;             // -r; made when it is not there
  RrdConfig rrd;                   // -R
  // Databases are written by a process of their own, which Session::Start forks: a page for which
  // the disk has no room is SIGBUS within librrd, and ends that process, not this one.
  bool rrd_process = false;
  // Privacy (SetUpAnonymizer); null: addresses and names are shown as they are. Its key is stored
  // beside the first log directory, as CPanKey_YYYY_MM_DD_HH_MM (with _2 and so on behind it where
  // the key of another run is).
  std::shared_ptr<Anonymizer> anonymizer = nullptr;
  std::string dump_filter;                     // -F: a file; Reload reads it again
  DumpNameFilter dump_names;                   // what it says; used with `dns_filter` of [dump]
  DumpFormat dump_format = DumpFormat::kPcap;  // --dump-format
  DumpCompression dump_compression = DumpCompression::kNone;  // -P, --dump-compression
  DumpRewriter dump_rewriter = nullptr;  // null: packets are dumped as they came
  // Exports, FORMAT=DESTINATION#OPTIONS, beside those of `runtime` (tstat/exports.h). What of the
  // settings is about rows and columns, and the labels, the session sets itself: as the text logs
  // have them, and as runtime.conf says.
  std::vector<std::string> exports;
  ExportSettings export_settings;
  std::chrono::seconds export_wait{30};  // for delivery, at the end; the rest waits in the spools
  bool later_exports = true;  // false: Reload refuses those that were not there at the start
  // Others, each with its argument: {"NAME", "ARGUMENT"} of NamedOutputs().
  std::vector<std::pair<std::string, std::string>> named_outputs;

  // Called from within the calls of the Session; null: nobody is told.
  std::function<void(const SessionNotice&)> on_notice = nullptr;

  // RuntimeConfigContext::keys of Reload.
  std::string runtime_keys = {};
  // Log directories that are kept as they are though they were written for a trace: those of
  // earlier sessions of the program.
  std::vector<std::string> kept_directories = {};
};

// An output beside Tstat's own: a sink that a session makes when it is asked for by its name, with
// one argument. The command has an option for each, --NAME ARGUMENT.
struct NamedOutput {
  std::string_view name, argument, help;
};
[[nodiscard]] TSTAT_EXPORT std::span<const NamedOutput> NamedOutputs();

// What a session tells its Analyzer.
[[nodiscard]] TSTAT_EXPORT AnalyzerOptions SessionAnalyzerOptions(const SessionOptions& options);

// `options` as the profile of a session wants traces to be read: with nanoseconds, and packets at
// time zero, or without.
[[nodiscard]] TSTAT_EXPORT TraceOptions SessionTraceOptions(const SessionOptions& session,
                                                            TraceOptions options = {});

// The files that options of the command name; empty: none.
struct SessionFiles {
  std::string globals = {};             // -G
  std::string internal_networks = {};   // -N
  std::string internal_macs = {};       // -M
  std::string cloud_networks = {};      // -C
  std::string encrypted_networks = {};  // -Y; then call SetUpAnonymizer
  std::string exempt_networks = {};     // -W
  std::string labels = {};              // --labels
  std::string skype_models = {};        // -B, a directory
  std::string histograms = {};          // -H
  std::string rrd = {};                 // -R
  std::string dump_filter = {};         // -F; read with a [dump] section
  std::string runtime = {};             // -T
};

// What -Y, --key..., --enc and --strict-anonymity of the command ask for.
struct PrivacyRequest {
  KeyRequest key = {};            // --keyvalue, --keyfile, --keybase64
  bool encrypt_names = false;     // --enc
  bool strict_anonymity = false;  // --strict-anonymity: of all addresses, whatever -Y says
};
struct PrivacyMessages {
  std::vector<std::string> notices = {};
  std::vector<std::string> warnings = {};
};
// Reads the key and sets `options->anonymizer`, for the networks of `options->analyzer.encrypted`,
// whose profile and globals are set before. Errors: those of ReadKey and Anonymizer::Create; of
// strict anonymity InvalidArgument when some networks are exempt.
TSTAT_EXPORT absl::StatusOr<PrivacyMessages> SetUpAnonymizer(const PrivacyRequest& request,
                                                             SessionOptions* options);

// Reads `files` into `options`, whose profile, `global_histograms` and `rrd_dir` are set before:
// they decide how files are read. Returns warnings and notices, in the words of the command. Errors
// name file, line and text.
TSTAT_EXPORT absl::StatusOr<std::vector<std::string>> ReadSessionFiles(const SessionFiles& files,
                                                                       SessionOptions* options);

// How one trace is treated: its name, which may be that of the output directory, and what
// TraceContext says.
struct SessionTrace {
  std::string name = {};   // as given by the user; "stdin" for streams
  bool is_stream = false;  // standard input, FIFO, live interface: output rotates
  bool is_last = true;     // with AnalyzerOptions::concatenate: flows end with it
  // Output rotates as that of a stream does, but is named and kept as that of a trace file.
  bool rotates = false;
  bool waits_for_output = false;  // TraceContext::waits_for_output
};

// What did not reach the disk.
struct SessionLosses {
  uint64_t rows = 0;  // of logs
  uint64_t histogram_files = 0;
  uint64_t rrd_values = 0;    // refused by databases
  uint64_t dump_packets = 0;  // each counted for every dump that lacks it
  uint64_t export_rows = 0;   // that were dropped, and are not kept either
};

// One export of a session.
struct SessionExport {
  std::string name;
  std::string spool;  // its directory
  ExportStatistics statistics;
};

// Whether Create would take `options.exports` and those of `options.runtime`: its errors.
TSTAT_EXPORT absl::Status CheckExports(const SessionOptions& options);
// What the servers of all of these need first (Export::schema), one behind the other. Errors: those
// of Create.
TSTAT_EXPORT absl::StatusOr<std::string> SchemaOfExports(const SessionOptions& options);

// One run with its outputs. Not thread-safe; several may work in one process, each on its thread,
// as long as they write to different directories.
//
// A problem of an output (a full disk, a directory that cannot be made) does not end the analysis:
// others may still work. It is told by TakeProblems, and by what Run and Finish return.
class TSTAT_EXPORT Session {
 public:
  // Nothing is written yet, but `rrd_dir` is made, and locked. Errors: Unavailable when another
  // process keeps its databases there; FailedPrecondition for databases without librrd;
  // InvalidArgument for an unknown name in `named_outputs`, and what such an output tells, and for
  // networks to be anonymised without `anonymizer`; of exports those of Export::Create, and
  // InvalidArgument for two of one name.
  static absl::StatusOr<std::unique_ptr<Session>> Create(SessionOptions options);
  // Flows that are open are discarded, as by ~Analyzer: call Finish before.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // A sink of the program's own, told after those of the session. It must outlive the session. Once
  // a trace has begun it is an error, as with Analyzer::AddSink: Run and Finish tell it.
  void AddSink(EventSink* sink);

  // With SessionOptions::rrd_process: starts that process, with the rights that this one has now;
  // opens the spools of exports likewise. Call it before this process has other threads. Else
  // nothing. What was not called is done when the first trace begins, and its errors are problems;
  // so is the start of the threads that send.
  absl::Status Start();
  // Directories that exports write to: those of spools, and of files.
  [[nodiscard]] std::vector<std::string> export_directories() const;
  // There are exports, or a Reload may add one; one that opens sockets.
  [[nodiscard]] bool may_export() const;
  [[nodiscard]] bool may_export_to_network() const;
  // Makes the base directory now, not with the first packet, so that its permissions can be looked
  // at: true when it was not there. Nothing is made when no output needs it.
  absl::StatusOr<bool> MakeBaseDirectory();

  // Reads `source` to its end as one trace; `after_batch` and errors: as Analyzer::Run.
  absl::Status Run(PacketSource& source, const SessionTrace& trace,
                   const std::function<bool()>& after_batch = {});
  // Opens a trace file, or "stdin", and reads it to its end. Errors also: those of OpenTrace.
  absl::Status RunTrace(const std::string& path, const TraceOptions& options = {});

  // Packet by packet; states and rules are those of Analyzer.
  void BeginTrace(const SessionTrace& trace);
  PacketResult Process(const Packet& packet);
  void ProcessBatch(std::span<const Packet> packets);
  void AdvanceTime(Timestamp now);
  void EndTrace();
  void ForEachLiveFlow(const std::function<void(const LiveFlow&)>& visit) const;

  // Ends what is open: the present trace, and with AnalyzerOptions::concatenate the flows that
  // earlier ones left. Returns the first problem that an output had in the whole session. A further
  // call does nothing more.
  absl::Status Finish();

  // Closes what is open and goes on in a new log directory that `time` names. Open flows go on.
  // `name`, when given, is that of the trace from now on (SessionTrace::name).
  void StartNewOutput(Timestamp time, std::string_view name = {});
  // Likewise, with SessionTrace::waits_for_output: as Analyzer::BeginOutput.
  void BeginOutput(Timestamp time, std::string_view name = {});
  // Reads a changed runtime.conf; keys that are absent keep their values. Notices tell what
  // changes; when it is what the logs hold, a new output begins; when it is what is dumped, a new
  // directory of dumps. An error keeps the configuration as it is: those of ReadRuntimeConfig and
  // ReadDumpNameFilter; FailedPrecondition without SessionOptions::may_reload.
  absl::Status Reload(const std::string& path);
  // Reads a file of labels (tstat/labels.h): flows that end from now on have theirs from it. An
  // error keeps the rules as they are: those of LabelRules::Read; FailedPrecondition when there
  // were none from the start.
  absl::Status ReloadLabels(const std::string& path);

  // Ends the exports: gives them SessionOptions::export_wait to send what waits. The destructor
  // does, too. Rows that come later go nowhere.
  void CloseExports();
  // Any time; with what CloseExports left.
  [[nodiscard]] std::vector<SessionExport> exports() const;

  // Gives the spools what waits for them longer than ExportSettings::batch_time; so does Flush.
  void FlushExports();

  // For sessions that last. Flush: hands buffered rows to the system, so that readers see them.
  void Flush();
  // Tries again what could not be written, and makes again what somebody removed; `now` names the
  // log directory when there is none.
  void Retry(Timestamp now);
  // What went wrong since the last call, one of each kind of output, and of each packet dump, until
  // RepeatProblems.
  [[nodiscard]] std::vector<absl::Status> TakeProblems();
  void RepeatProblems();
  // False while a log cannot be written.
  [[nodiscard]] bool is_well() const;
  [[nodiscard]] SessionLosses losses() const;

  // The present log directory; empty when there is none.
  [[nodiscard]] const std::string& directory() const;
  // What the log directories are in, as far as it is settled.
  [[nodiscard]] const std::string& base_directory() const;
  // Why there is no log directory: nothing can be written then.
  [[nodiscard]] absl::Status directory_status() const;
  // There was one in this session.
  [[nodiscard]] bool had_directory() const;

  // True once a packet of the present trace, or of the last one, was delivered.
  [[nodiscard]] bool trace_has_packets() const;
  [[nodiscard]] Statistics statistics() const;
  // As those of Analyzer.
  [[nodiscard]] ClosedFlows closed_flows() const;
  [[nodiscard]] bool out_of_memory() const;
  [[nodiscard]] absl::Status status() const;
  // The closing report (tstat/report.h), with the real time since Create.
  [[nodiscard]] std::string Report() const;
  [[nodiscard]] double elapsed_us() const;
  [[nodiscard]] const SessionOptions& options() const;

 private:
  class TSTAT_NO_EXPORT Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_SESSION_H_
