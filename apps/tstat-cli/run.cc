// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/run.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "startup/notices.h"
#include "startup/packet_filter_text.h"
#include "tstat-cli/live_rights.h"
#include "tstat-cli/progress.h"
#include "tstat-cli/trace_series.h"
#include "tstat/report.h"

namespace tstat::cli {
namespace {

// The number in environment variable `name` when it is within [least, most], else `otherwise`.
int EnvironmentNumber(const char* name, int least, int most, int otherwise) {
  const char* text = std::getenv(name);
  int value = 0;
  if (text == nullptr || !absl::SimpleAtoi(text, &value)) return otherwise;
  return value >= least && value <= most ? value : otherwise;
}

constexpr std::string_view kRightsHint =
    "capturing needs root, or the capability CAP_NET_RAW: 'setcap cap_net_raw+ep' on the command "
    "gives it to every user (see LIVE CAPTURE in tstat(1))";

}  // namespace

Run::Run(Settings settings, Console& console)
    : settings_(std::move(settings)), console_(console), reloaded_(settings_) {
  settings_.trace.erf_records_to_check = EnvironmentNumber("ERF_RECORDS_TO_CHECK", 1, 100, 3);
  const int fcs_bits = EnvironmentNumber("ERF_FCS_BITS", 0, 32, 32);
  settings_.trace.erf_fcs_bits = fcs_bits == 0 || fcs_bits == 16 ? fcs_bits : 32;
  settings_.trace = SessionTraceOptions(settings_.session, settings_.trace);
  settings_.capture.nanoseconds = settings_.trace.nanoseconds;
  settings_.session.export_settings.may_wait = [this] { return signals_.stop_signal() == 0; };
  settings_.session.later_exports =
      !settings_.live || !settings_.sandbox || settings_.session.runtime.has_export_section;
  // Databases on a full disk must not end the run.
  settings_.session.rrd_process = true;
  if (settings_.dns_cache_notices) TellOfDnsCache(console_, &settings_.session.analyzer);
  settings_.session.on_notice = [console = &console_,
                                 ticks = settings_.ticks](const SessionNotice& notice) {
    TellNotice(notice, ticks, *console);
  };
}

int Run::Execute() {
  if (!ReadFilter() || !CreateSession()) return kExitError;
  if (settings_.live) {
    RunLive();
  } else {
    RunTraces();
  }
  session_->CloseExports();
  if (stats_.has_value()) TellStats(stats_->Write(nullptr));
  FinalMessages();
  if (absl::Status status = console_.Flush(); !status.ok()) {
    console_.Error(status);
    Fail(kExitError);
  }
  return exit_status_;
}

bool Run::ReadFilter() {
  absl::StatusOr<std::string> filter = PacketFilterText(settings_);
  if (!filter.ok()) {
    console_.Err(absl::StrCat("can't open ", settings_.filter_file, "\n"));
    if (absl::IsInvalidArgument(filter.status())) console_.Error(filter.status());
    return false;
  }
  settings_.trace.filter = settings_.capture.filter = *std::move(filter);
  return true;
}

bool Run::CreateSession() {
  // What a reload may ask for cannot be loaded in the sandbox.
  if (settings_.live && settings_.session.runtime.has_export_section) LoadExportLibraries();
  absl::StatusOr<std::unique_ptr<Session>> session = Session::Create(settings_.session);
  if (!session.ok()) {
    console_.Error(session.status());
    return false;
  }
  session_ = *std::move(session);
  upkeep_.emplace(settings_, console_, manager_, *session_);
  session_->AddSink(&*upkeep_);
  if (!settings_.stats_path.empty()) stats_.emplace(settings_.stats_path, *session_);
  return OpenMetrics();
}

bool Run::OpenMetrics() {
  if (!settings_.metrics.has_value()) return true;
  absl::StatusOr<std::unique_ptr<MetricsServer>> server =
      MetricsServer::Open(settings_.metrics->address, settings_.metrics->port);
  if (!server.ok()) {
    console_.Error(server.status());
    return false;
  }
  metrics_server_ = *std::move(server);
  metrics_.emplace(*session_);
  return true;
}

bool Run::StartMetrics() {
  if (metrics_server_ == nullptr) return true;
  if (const absl::Status status = metrics_server_->Start(); !status.ok()) {
    console_.Error(status);
    finished_ = true;
    Fail(kExitError);
    return false;
  }
  PublishMetrics();
  console_.Out(absl::StrCat("Metrics: ", metrics_server_->url(), "\n"));
  console_.FlushOut();
  return true;
}

void Run::PublishMetrics() {
  if (metrics_server_ == nullptr) return;
  constexpr std::chrono::seconds kEvery(1);
  metrics_server_->Publish(metrics_->Text());
  next_metrics_ = std::chrono::steady_clock::now() + kEvery;
}

bool Run::StartHelpers() {
  absl::Status status = session_->Start();
  if (status.ok() && stats_.has_value()) {
    status = stats_->Write(nullptr);
    stats_failed_ = !status.ok();
  }
  if (status.ok()) return true;
  console_.Error(status);
  finished_ = true;
  Fail(kExitError);
  return false;
}

void Run::TellRunning(size_t index) {
  const std::vector<std::string>& traces = settings_.traces;
  if (traces.size() > 1) {
    console_.Out(absl::StrFormat("\nRunning file '%s' (%d of %d)\n", traces[index], index + 1,
                                 traces.size()));
  } else if (settings_.debug > 0) {
    console_.Out(absl::StrCat("Running file '", traces[index], "'\n"));
  }
}

size_t Run::RunSeries(size_t begin, size_t end) {
  size_t index = begin;
  const auto open = [&](const std::string&) {
    // What was found in the files before is told before, with threads, too.
    if (index != begin && settings_.session.analyzer.threads > 1) session_->Flush();
    TellRunning(index);
    return Open(index++);
  };
  const auto tell = [&](const PacketSource& source, const std::string& name) {
    TellDamage(source, name);
  };
  const std::vector<std::string> names(settings_.traces.begin() + static_cast<ptrdiff_t>(begin),
                                       settings_.traces.begin() + static_cast<ptrdiff_t>(end));
  SeriesSource source(names, open, tell);
  Analyse(source, names.front(), end == settings_.traces.size());
  return begin + std::max(source.files(), size_t{1});
}

void Run::RunTraces() {
  if (!StartHelpers() || !StartMetrics()) return;
  std::vector<std::string>& traces = settings_.traces;
  const size_t step = settings_.paired ? 2 : 1;
  std::vector<size_t> ends;  // of series, behind their last traces
  if (settings_.session.analyzer.profile.joins_series && !settings_.paired) {
    const std::vector<TraceGroup> groups = PlanSeries(traces, settings_.trace);
    traces.clear();
    for (const TraceGroup& group : groups) {
      traces.insert(traces.end(), group.names.begin(), group.names.end());
      ends.push_back(traces.size());
      if (group.was_reordered) {
        console_.Error(absl::StrCat("traces are read in the order of their times: ",
                                    absl::StrJoin(group.names, ", ")));
      }
    }
  }
  size_t series = 0;
  for (size_t i = 0; i < traces.size() && !finished_; i += step) {
    while (series < ends.size() && ends[series] <= i) ++series;
    if (series < ends.size() && ends[series] > i + 1) {
      i = RunSeries(i, ends[series]) - step;
      continue;
    }
    for (size_t j = i; j < i + step; ++j) TellRunning(j);
    const bool is_last = i + step >= traces.size();
    std::unique_ptr<PacketSource> source = Open(i);
    if (source != nullptr) {
      const std::string name =
          settings_.paired ? absl::StrCat(traces[i], ", ", traces[i + 1]) : traces[i];
      Analyse(*source, name, is_last);
    } else if (is_last) {
      session_->Finish().IgnoreError();
    }
  }
}

std::unique_ptr<PacketSource> Run::Open(size_t index) {
  std::vector<std::unique_ptr<PacketSource>> sources;
  for (size_t i = index; i < index + (settings_.paired ? 2 : 1); ++i) {
    TraceOptions options = settings_.trace;
    options.mapping = &signals_.mapping(i - index);
    options.reports_pauses = true;  // what was found is shown then (StreamUpkeep)
    absl::StatusOr<std::unique_ptr<PacketSource>> source = OpenTrace(settings_.traces[i], options);
    if (!source.ok()) {
      OnOpenError(source.status());
      return nullptr;
    }
    sources.push_back(*std::move(source));
  }
  if (!settings_.paired) return std::move(sources[0]);
  return MergeByTime(std::move(sources[0]), std::move(sources[1]));
}

void Run::OnOpenError(const absl::Status& status) {
  if (const int number = signals_.stop_signal(); number != 0) {
    OnStopSignal(number);
    session_->Finish().IgnoreError();
    return;
  }
  if (const std::optional<std::string> filter_error = FilterError(status)) {
    // The expression is wrong, or means nothing for packets of that trace.
    const bool is_wrong = !CheckFilter(settings_.trace.filter).ok();
    console_.Err((is_wrong ? *filter_error : std::string(status.message())) + "\n");
    Fail(kExitError);
    finished_ = true;
    session_->Finish().IgnoreError();
    return;
  }
  console_.Error(status);
  Fail(absl::IsInvalidArgument(status) ? kExitError : kExitUnreadable);
}

void Run::RunLive() {
  std::string interface;
  absl::StatusOr<std::unique_ptr<PacketSource>> source = OpenLive(settings_.capture, &interface);
  if (!source.ok()) {
    finished_ = true;
    Fail(kExitError);
    // The message is the one that users of libpcap know; only a filter's may have a name before it.
    const std::string message(source.status().message());
    console_.Err(FilterError(source.status()).value_or(message) + "\n");
    // What needs more rights says so itself.
    if (absl::IsPermissionDenied(source.status()) && !absl::StrContains(message, "CAP_")) {
      console_.Error(kRightsHint);
    }
    return;
  }
  absl::StatusOr<std::string> note = GiveUpRights(settings_, *session_);
  if (!note.ok()) {
    finished_ = true;
    Fail(kExitError);
    console_.Error(note.status());
    return;
  }
  if (!note->empty()) console_.Error(*note);
  if (!StartHelpers()) return;
  if (const std::string told = EnterSandbox(settings_, *session_, manager_); !told.empty())
    console_.Error(told);
  if (!StartMetrics()) return;
  console_.Out(absl::StrFormat("Live capturing on: %s - snaplen = %d\n", interface,
                               settings_.capture.snapshot_length));
  console_.FlushOut();
  manager_.Notify(absl::StrCat("READY=1\nSTATUS=Capturing on ", interface));
  Analyse(**source, interface, /*is_last=*/true);
}

void Run::Analyse(PacketSource& source, const std::string& name, bool is_last) {
  is_stream_ = settings_.live || source.is_stream();
  if (is_stream_) upkeep_->Begin(source);
  signals_.Watch(&source);
  if (metrics_.has_value()) metrics_->SetSource(&source);
  const SessionTrace trace{.name = name, .is_stream = is_stream_, .is_last = is_last};
  // What went wrong is told batch by batch.
  if (settings_.ticks) {
    TickSource ticking(&source);
    Ticker ticker(console_, &ticking, session_->statistics().ip_packets,
                  settings_.debug > 0 ? name + ": " : "");
    session_
        ->Run(ticking, trace,
              [&] {
                ticker.AfterBatch(session_.get());
                return AfterBatch(source);
              })
        .IgnoreError();
  } else {
    ProgressLine line(console_);
    session_
        ->Run(source, trace,
              [&] {
                line.AfterBatch(source, *session_);
                return AfterBatch(source);
              })
        .IgnoreError();
  }
  signals_.Watch(nullptr);
  if (stats_.has_value()) TellStats(stats_->Write(&source));
  PublishMetrics();
  if (metrics_.has_value()) metrics_->SetSource(nullptr);
  const absl::Status analysis = session_->status();
  if (session_->out_of_memory() || absl::IsInternal(analysis)) {
    // What was analysed is in the outputs.
    if (session_->out_of_memory()) {
      console_.Error("out of memory");
    } else {
      console_.Error(analysis);
    }
    Fail(kExitError);
    finished_ = true;
    return;
  }

  // A signal that came after the last batch.
  if (const int number = signals_.stop_signal(); number != 0) OnStopSignal(number);
  const bool has_packets = session_->trace_has_packets();
  if (finished_ && !is_last) session_->Finish().IgnoreError();
  TellOutputErrors();
  if (!finished_) TellSourceStatus(source, name);
  if (settings_.session.analyzer.concatenate) TellOrder(name);
  if (!has_packets || (!settings_.live && !session_->directory_status().ok())) return;
  const std::optional<CaptureStatistics> kernel = source.capture_statistics();
  std::string report = session_->Report();
  if (console_.quiet()) return;
  if (kernel.has_value()) report += LiveReport(*kernel);
  if (kernel.has_value()) console_.Err("\nLive pcap_stats:\n");
  if (signals_.stop_signal() != 0) {
    console_.Err(report);
  } else {
    console_.Out(report);
  }
}

bool Run::AfterBatch(const PacketSource& source) {
  if (is_stream_) upkeep_->AfterBatch();
  if (metrics_server_ != nullptr && std::chrono::steady_clock::now() >= next_metrics_) {
    PublishMetrics();
  }
  if (stats_.has_value()) TellStats(stats_->AfterBatch(source));
  TellOutputErrors();
  if (finished_) return false;
  if (const int number = signals_.stop_signal(); number != 0) {
    if (settings_.live && !IsDrained(source)) return true;
    OnStopSignal(number);
    return false;
  }
  if (signals_.file_was_cut()) return false;
  if (signals_.TakeReportRequest()) {
    console_.Out("\a\nGot a signal USR1\n");
    console_.Err(session_->Report());
  }
  if (is_stream_ && session_->trace_has_packets()) {
    reloaded_.Follow(/*tells_all=*/settings_.debug > 0, *session_, console_);
  }
  return true;
}

bool Run::IsDrained(const PacketSource& source) {
  // The kernel hands over a block of packets when it is full, or after the capture's time-out.
  constexpr std::chrono::seconds kPatience(3);
  constexpr uint32_t kBatchesPerLook = 64;
  const auto now = std::chrono::steady_clock::now();
  if (to_be_read_.has_value()) {
    if (now >= drain_until_) return true;
    if (!source.timed_out() && ++drain_batches_ % kBatchesPerLook != 0) return false;
  }
  const std::optional<CaptureStatistics> counters = source.capture_statistics();
  if (!counters.has_value()) return true;
  if (!to_be_read_.has_value()) {
    to_be_read_ = counters->received;
    drain_until_ = now + kPatience;
  }
  return counters->delivered + counters->dropped >= *to_be_read_;
}

void Run::TellStats(const absl::Status& status) {
  if (!status.ok() && !stats_failed_) {
    console_.Error(status);
    Fail(kExitError);
  }
  stats_failed_ = !status.ok();
}

// A full disk is told at once, once of each output that it stops; the analysis goes on, for others
// may still work. On a stream it is told again at each interval, as long as it lasts.
void Run::TellOutputErrors() {
  for (const absl::Status& status : session_->TakeProblems()) {
    console_.Error(status);
    Fail(kExitError);
  }
  if (session_->directory_status().ok()) return;
  // Without a directory there is nothing to go on for, but a stream may get one yet.
  if (!settings_.live && !(is_stream_ && session_->had_directory())) finished_ = true;
}

void Run::OnStopSignal(int number) {
  if (stop_told_) return;
  stop_told_ = true;
  finished_ = true;
  if (settings_.live) manager_.Notify("STOPPING=1");
  Fail(kExitError);
  console_.Out(
      absl::StrFormat("\a\nTerminating processing early on signal %d\n"
                      "Partial result after processing %d packets:\n\n\n",
                      number, session_->statistics().ip_packets));
}

void Run::TellDamage(const PacketSource& source, const std::string& name) {
  if (!source.note().empty()) {
    console_.Error(absl::StrCat(name, ": ", std::string(source.note())));
  }
  if (signals_.TakeFileWasCut()) {
    console_.Error(absl::StrCat(name, ": was cut while it was read"));
    Fail(kExitError);
  }
  const absl::Status status = source.status();
  if (absl::IsDataLoss(status)) {
    console_.Error(absl::StrCat(name, ": PCAP error: '", status.message(), "'"));
  } else if (!status.ok()) {
    console_.Error(status);
  }
  if (!status.ok()) Fail(kExitError);
}

void Run::TellSourceStatus(const PacketSource& source, const std::string& name) {
  TellDamage(source, name);
  if (!session_->trace_has_packets() && !source.is_empty()) {
    const bool all_at_zero = source.skipped().at_time_zero != 0;
    console_.Err(absl::StrCat("Not even a single packet read",
                              !settings_.trace.filter.empty() ? " (check tcpdump filter)"
                              : all_at_zero                   ? " (those at time zero are skipped)"
                                                              : "",
                              "! Skipping current file.\n"));
  }
}

void Run::TellOrder(const std::string& name) {
  const Timestamp first = session_->statistics().first_of_trace;
  if (first < end_of_former_) {
    console_.Error(absl::StrCat(
        name, ": begins before the end of the trace before it; with -c traces must be in order"));
  }
  end_of_former_ = session_->statistics().last_packet;
}

void Run::FinalMessages() {
  const Statistics statistics = session_->statistics();
  TellOutputErrors();
  SessionLosses losses = session_->losses();
  // Without a directory there was nothing to write to, which is told.
  if (!settings_.live && !session_->directory_status().ok()) losses.rows = 0;
  TellLosses(losses, console_);
  TellExports(session_->exports(), console_);
  if (settings_.ticks) console_.Out("\n");
  if (!finished_) {
    console_.Out(FinalLines(statistics, {.with_udp = settings_.session.analyzer.udp,
                                         .one_trace = settings_.traces.size() == 1,
                                         .with_times = settings_.debug > 0}));
  }
  // Rows that are missing are a problem; frames that are not IP are none.
  const DroppedKinds kinds = console_.quiet() ? DroppedKinds::kLosses : DroppedKinds::kAll;
  if (std::string dropped = DroppedLines(statistics, kinds); !dropped.empty()) {
    console_.Err(dropped);
  }
}

}  // namespace tstat::cli
