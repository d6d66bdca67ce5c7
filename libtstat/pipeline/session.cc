// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/session.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pipeline/session_outputs.h"
#include "tstat/labels.h"
#include "tstat/report.h"
#include "tstat/schema.h"

namespace tstat::inline v1 {

AnalyzerOptions SessionAnalyzerOptions(const SessionOptions& session) {
  AnalyzerOptions options = session.analyzer;
  const bool rrd = !session.rrd_dir.empty();
  options.intervals = session.histogram_engine || rrd;
  options.profile.dns_unasked = session.runtime.dns_unasked;
  options.profile.modern_layer7 =
      session.runtime.modern_layer7.value_or(options.profile.modern_layer7);
  const bool has_extras = options.profile.modern_columns;
  options.profile.label_column = has_extras && options.labels != nullptr;
  options.profile.first_packet_columns = has_extras && options.first_packets > 0;
  options.profile.ndpi_column = has_extras && options.ndpi;
  auto selection = std::make_shared<HistogramSelection>(session.histograms);
  selection->totals = session.global_histograms;
  if (rrd) session.rrd.SelectIn(selection.get());
  selection->addresses &= session.histogram_engine;
  if (session.anonymizer != nullptr) {
    options.on_encrypted_endpoint = [anonymizer = session.anonymizer](const IpAddress& address) {
      anonymizer->Prepare(address);
    };
    // Its files are lists of networks that were seen.
    selection->addresses &= !session.anonymizer->options().strict;
  }
  options.histograms = std::move(selection);
  if (session.may_reload) {
    // A log that runtime.conf switches on later shows flows from their beginning.
    for (const LogInfo& log : kLogs) {
      if (HasLog(options.profile, log.log)) options.later_wants |= log.events;
    }
    options.later_wants |= Event::kFlowPacket;
    // And what only exports have, when they were thought of.
    if (session.runtime.has_export_section) {
      options.later_wants |= Event::kTlsHandshake | Event::kDnsResolution;
    }
  }
  return options;
}

TraceOptions SessionTraceOptions(const SessionOptions& session, TraceOptions options) {
  const CompatProfile& profile = session.analyzer.profile;
  options.nanoseconds |= profile.nanoseconds;
  options.time_zero |= profile.packets_at_time_zero;
  return options;
}

class Session::Impl {
 public:
  explicit Impl(SessionOptions options)
      : options_(std::move(options)),
        outputs_(options_),
        analyzer_(SessionAnalyzerOptions(options_)) {
    outputs_.AddTo(&analyzer_);
  }

  // Ends the trace before, and names its successor.
  TraceContext NextTrace(const SessionTrace& trace) {
    analyzer_.EndTrace();
    outputs_.StartThreads();
    is_stream_ = trace.is_stream;
    outputs_.tree().SetTrace(is_stream_ ? "stdin" : trace.name, is_stream_);
    return {.is_stream = trace.is_stream || trace.rotates,
            .is_last = trace.is_last,
            .waits_for_output = trace.waits_for_output};
  }

  void NameTrace(std::string_view name) {
    if (!name.empty()) outputs_.tree().SetTrace(name, is_stream_);
  }

  absl::Status Finish() {
    analyzer_.EndTrace();
    // Flows that a trace which was not the last one left open; nothing when there are none.
    if (options_.analyzer.concatenate) {
      analyzer_.BeginTrace({.is_stream = false, .is_last = true});
      analyzer_.EndTrace();
    }
    return analyzer_.status();
  }

  absl::Status Reload(const std::string& path) {
    if (!options_.may_reload) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, ": SessionOptions::may_reload is not set"));
    }
    const Timestamp now = analyzer_.statistics().last_packet;
    const RuntimeConfigContext context{.time_stamp = TimeStampText(now),
                                       .at_start = false,
                                       .strict_privacy = options_.analyzer.strict_privacy,
                                       .dns_filter_given = !options_.dump_filter.empty(),
                                       .profile = &options_.analyzer.profile,
                                       .keys = options_.runtime_keys};
    const RuntimeConfig& before = options_.runtime;
    absl::StatusOr<RuntimeConfigChange> change = ReadRuntimeConfig(path, context, before);
    if (!change.ok()) return change.status();
    if (change->has_dump_section && !options_.dump_filter.empty()) {
      absl::StatusOr<DumpNameFilter> names =
          ReadDumpNameFilter(options_.dump_filter, /*again=*/true);
      if (!names.ok()) return names.status();
      options_.dump_names = *std::move(names);
    }
    const bool new_output = change->config.logs != before.logs ||
                            change->config.tcp_level != before.tcp_level ||
                            change->config.video_level != before.video_level ||
                            change->config.udp_level != before.udp_level ||
                            change->config.http_url_level != before.http_url_level;
    SessionOptions changed = options_;
    changed.runtime = change->config;
    if (absl::Status status = outputs_.PrepareRuntimeConfig(changed); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
    }
    const bool new_exports = change->config.exports != before.exports;
    Tell(SessionNotice::Kind::kConfigurationWarning, change->warnings);
    Tell(SessionNotice::Kind::kConfigurationNotice, change->notices);
    const bool dumped_before = before.dump.any();
    options_.runtime = std::move(change->config);
    outputs_.SetRuntimeConfig(options_);
    const bool resubscribes = options_.runtime.dump.any() != dumped_before || new_exports;
    if (resubscribes && !new_output) analyzer_.ResubscribeNow();
    if (new_output) {
      analyzer_.Resubscribe();
      analyzer_.StartNewOutput(now);
    }
    return absl::OkStatus();
  }

  absl::Status ReloadLabels(const std::string& path) {
    if (options_.analyzer.labels == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(path, ": there were no labels at first"));
    }
    // A regular file, so that nobody can stop a capture.
    absl::StatusOr<std::shared_ptr<const LabelRules>> rules =
        LabelRules::Read(path, TextSource::kRegular);
    if (!rules.ok()) return rules.status();
    options_.analyzer.labels = *rules;
    analyzer_.SetLabels(*std::move(rules));
    return absl::OkStatus();
  }

  void Tell(SessionNotice::Kind kind, const std::vector<std::string>& texts) const {
    if (!options_.on_notice) return;
    for (const std::string& text : texts) {
      options_.on_notice({.kind = kind, .text = text, .time = {}});
    }
  }

  double elapsed_us() const {
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start_)
        .count();
  }

  SessionOptions options_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  internal::SessionOutputs outputs_;
  Analyzer analyzer_;
  bool is_stream_ = false;  // the present trace
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;

absl::StatusOr<std::unique_ptr<Session>> Session::Create(SessionOptions options) {
  if (!options.analyzer.encrypted.empty() && options.anonymizer == nullptr) {
    return absl::InvalidArgumentError(
        "networks are to be anonymised, but with no key (SetUpAnonymizer)");
  }
  // Logs have the columns of what the analysis does.
  options.analyzer.profile = SessionAnalyzerOptions(options).profile;
  std::unique_ptr<Session> session(new Session(std::make_unique<Impl>(std::move(options))));
  if (absl::Status status = session->impl_->outputs_.Open(); !status.ok()) return status;
  return session;
}

void Session::AddSink(EventSink* sink) { impl_->analyzer_.AddSink(sink); }
absl::Status Session::Start() { return impl_->outputs_.Start(); }
std::vector<std::string> Session::export_directories() const {
  return impl_->outputs_.export_directories();
}
bool Session::may_export() const { return impl_->outputs_.export_needs().any; }
bool Session::may_export_to_network() const { return impl_->outputs_.export_needs().network; }
void Session::FlushExports() {
  impl_->analyzer_.Settle();
  impl_->outputs_.FlushExports();
}
void Session::CloseExports() { impl_->outputs_.CloseExports(); }
std::vector<SessionExport> Session::exports() const { return impl_->outputs_.exports(); }
absl::StatusOr<bool> Session::MakeBaseDirectory() { return impl_->outputs_.tree().MakeBase(); }

absl::Status Session::Run(PacketSource& source, const SessionTrace& trace,
                          const std::function<bool()>& after_batch) {
  return impl_->analyzer_.Run(source, impl_->NextTrace(trace), after_batch);
}

absl::Status Session::RunTrace(const std::string& path, const TraceOptions& options) {
  absl::StatusOr<std::unique_ptr<PacketSource>> source =
      OpenTrace(path, SessionTraceOptions(impl_->options_, options));
  if (!source.ok()) return source.status();
  return Run(**source, {.name = path, .is_stream = (*source)->is_stream()});
}

void Session::BeginTrace(const SessionTrace& trace) {
  impl_->analyzer_.BeginTrace(impl_->NextTrace(trace));
}
PacketResult Session::Process(const Packet& packet) { return impl_->analyzer_.Process(packet); }
void Session::ProcessBatch(std::span<const Packet> packets) {
  impl_->analyzer_.ProcessBatch(packets);
}
void Session::AdvanceTime(Timestamp now) { impl_->analyzer_.AdvanceTime(now); }
void Session::EndTrace() { impl_->analyzer_.EndTrace(); }
void Session::ForEachLiveFlow(const std::function<void(const LiveFlow&)>& visit) const {
  impl_->analyzer_.ForEachLiveFlow(visit);
}
absl::Status Session::Finish() { return impl_->Finish(); }

void Session::StartNewOutput(Timestamp time, std::string_view name) {
  impl_->NameTrace(name);
  impl_->analyzer_.StartNewOutput(time);
}
void Session::BeginOutput(Timestamp time, std::string_view name) {
  impl_->NameTrace(name);
  impl_->analyzer_.BeginOutput(time);
}
absl::Status Session::Reload(const std::string& path) { return impl_->Reload(path); }
absl::Status Session::ReloadLabels(const std::string& path) { return impl_->ReloadLabels(path); }

void Session::Flush() {
  impl_->analyzer_.Settle();
  impl_->outputs_.Flush();
}
void Session::Retry(Timestamp now) { impl_->outputs_.Retry(&impl_->analyzer_, now); }
std::vector<absl::Status> Session::TakeProblems() { return impl_->outputs_.TakeProblems(); }
void Session::RepeatProblems() { impl_->outputs_.RepeatProblems(); }
bool Session::is_well() const { return impl_->outputs_.is_well(); }
SessionLosses Session::losses() const { return impl_->outputs_.losses(); }

const std::string& Session::directory() const { return impl_->outputs_.tree().directory(); }
const std::string& Session::base_directory() const { return impl_->outputs_.tree().base(); }
absl::Status Session::directory_status() const { return impl_->outputs_.tree().status(); }
bool Session::had_directory() const { return impl_->outputs_.tree().has_made_any(); }

bool Session::trace_has_packets() const { return impl_->analyzer_.trace_has_packets(); }
bool Session::out_of_memory() const { return impl_->analyzer_.out_of_memory(); }
absl::Status Session::status() const { return impl_->analyzer_.status(); }
Statistics Session::statistics() const { return impl_->analyzer_.statistics(); }
ClosedFlows Session::closed_flows() const { return impl_->analyzer_.closed_flows(); }
std::string Session::Report() const {
  std::string report =
      ClosingReport(statistics(), impl_->options_.analyzer.globals.max_tcp_pairs, elapsed_us());
  if (const Anonymizer* const anonymizer = impl_->options_.anonymizer.get()) {
    report += AnonymizerReport(anonymizer->counters_v4(), anonymizer->counters_v6());
  }
  return report;
}
double Session::elapsed_us() const { return impl_->elapsed_us(); }
const SessionOptions& Session::options() const { return impl_->options_; }

}  // namespace tstat::inline v1
