// SPDX-License-Identifier: BSD-3-Clause
#include "engine.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "table_names.h"
#include "tstat/network_files.h"

namespace py = pybind11;

namespace tstat::python {

void ThrowUnlessOk(const absl::Status& status) {
  if (!status.ok()) throw StatusError(status);
}

// One call at a time: a function of Python's that the engine calls may not drive it.
class Engine::Work {
 public:
  explicit Work(Engine* engine, bool may_be_finished = false) : engine_(*engine) {
    if (engine_.at_work_) {
      throw StatusError(absl::FailedPreconditionError(
          "the analysis is at work: it cannot be driven by one of its call-backs, nor by a second "
          "thread"));
    }
    if (engine_.finished_ && !may_be_finished) {
      throw StatusError(absl::FailedPreconditionError("the analysis is finished"));
    }
    engine_.at_work_ = true;
  }
  ~Work() { engine_.at_work_ = false; }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

 private:
  Engine& engine_;
};

// Looks after each batch of packets whether Python has something to say: a signal, a call-back that
// wants the rows, a limit.
class Engine::Lookout {
 public:
  using Clock = std::chrono::steady_clock;

  Lookout(const Engine& engine, py::object on_rows)
      : engine_(engine), on_rows_(std::move(on_rows)) {}

  void LookAt(const PacketSource& source) { source_ = &source; }

  void LimitTo(double seconds, uint64_t packets) {
    if (seconds > 0) {
      end_ = Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    }
    most_packets_ = packets;
  }

  // False: the run is to end. Without the interpreter's lock.
  bool GoOn() {
    const Clock::time_point now = Clock::now();
    if (end_.has_value() && now >= *end_) return false;
    if (most_packets_ > 0 && source_ != nullptr) {
      const auto counts = source_->capture_statistics();
      if (counts.has_value() && counts->delivered >= most_packets_) return false;
    }
    const bool rows = !on_rows_.is_none() && engine_.has_watched();
    // A signal may be why nothing came.
    const bool waited = source_ != nullptr && source_->timed_out();
    if (!rows && !waited && now < next_look_) return true;
    next_look_ = now + kBetweenLooks;
    return Ask(rows);
  }

  // What Python threw meanwhile.
  void Rethrow() {
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  // So that Ctrl-C works at once, and another thread that has the lock is seldom waited for.
  static constexpr std::chrono::milliseconds kBetweenLooks{50};

  bool Ask(bool rows) {
    const py::gil_scoped_acquire lock;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (rows) on_rows_();
      return true;
    } catch (...) {
      error_ = std::current_exception();
      return false;
    }
  }

  const Engine& engine_;
  py::object on_rows_;
  Clock::time_point next_look_;
  std::optional<Clock::time_point> end_;
  uint64_t most_packets_ = 0;
  const PacketSource* source_ = nullptr;
  std::exception_ptr error_;
};

Engine::Engine(const Settings& settings) {
  tstat::internal::SessionSetup setup;
  for (const auto& [name, value] : settings.options) ThrowUnlessOk(setup.Set(name, value));
  for (const auto& [key, value] : settings.keys) ThrowUnlessOk(setup.SetKey(key, value));
  absl::StatusOr<tstat::internal::SessionPlan> plan = setup.Resolve();
  ThrowUnlessOk(plan.status());
  messages_ = plan->messages;
  SessionOptions& options = plan->options;
  const CompatProfile& profile = options.analyzer.profile;
  if (settings.networks.has_value()) {
    absl::StatusOr<NetworkList> networks = NetworkList::Parse(*settings.networks);
    ThrowUnlessOk(networks.status());
    for (std::string& message : CompleteInternalNetworks(profile, &*networks)) {
      messages_.push_back(std::move(message));
    }
    options.analyzer.internal = *std::move(networks);
  }
  for (const TableName& known : TableNames()) {
    const bool needs_models = known.name.starts_with("skype") && !options.analyzer.bayes;
    const bool is_periodic = known.name.ends_with("_periodic");
    if (IsInProfile(known.name, profile) && !needs_models && !is_periodic &&
        settings.tables.empty()) {
      tables_.emplace_back(known.name);
    }
  }
  for (const std::string& name : settings.tables) {
    if (TablesOf(name).empty()) {
      throw StatusError(absl::NotFoundError(absl::StrCat(name, ": no table has this name")));
    }
    if (!IsInProfile(name, profile)) {
      throw StatusError(
          absl::NotFoundError(absl::StrCat(name, ": the profile has no rows of this table")));
    }
    tables_.push_back(name);
  }
  rows_ = {.profile = profile,
           .http_url_level = static_cast<HttpUrlLevel>(options.runtime.http_url_level),
           .anonymizer = options.anonymizer};
  capture_ = plan->capture;
  live_ = plan->live;
  sink_ = std::make_unique<TableSink>(rows_, tables_, settings.chunk_rows);
  absl::StatusOr<std::unique_ptr<Session>> session = Session::Create(std::move(options));
  ThrowUnlessOk(session.status());
  session_ = *std::move(session);
  session_->AddSink(sink_.get());
}

Engine::~Engine() {
  session_.reset();  // before its sink
}

void Engine::WatchPackets(const std::string& protocol, uint64_t flow_number) {
  const Work work(this);
  if (has_begun_) {
    throw StatusError(
        absl::FailedPreconditionError("packets must be asked for before the first one comes"));
  }
  if (packets_ == nullptr) {
    packets_ = std::make_unique<PacketSink>(rows_);
    session_->AddSink(packets_.get());
  }
  if (flow_number == 0) {
    packets_->WatchAll();
  } else {
    packets_->Watch(protocol == "tcp" ? FlowProtocol::kTcp : FlowProtocol::kUdp, flow_number);
  }
}

std::vector<PacketSink::Kept> Engine::TakePackets() {
  return packets_ != nullptr ? packets_->Take() : std::vector<PacketSink::Kept>();
}

void Engine::NoteOf(const PacketSource& source, const std::string& name) {
  if (!source.note().empty()) {
    messages_.push_back(absl::StrCat(name, ": ", std::string(source.note())));
  }
}

namespace {

// Some of the trace was read.
bool IsDamage(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsAborted(status);
}

std::string DamageText(const std::string& name, const absl::Status& status) {
  const std::string text(status.message());
  return text.starts_with(name) ? text : absl::StrCat(name, ": ", text);
}

std::unique_ptr<PacketSource> Open(const std::string& path, const TraceOptions& options) {
  while (true) {
    absl::StatusOr<std::unique_ptr<PacketSource>> source = [&] {
      const py::gil_scoped_release unlocked;
      return tstat::OpenTrace(path, options);
    }();
    if (source.ok()) return *std::move(source);
    // A signal came while it waited for a stream.
    if (!absl::IsCancelled(source.status())) throw StatusError(source.status());
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
}

}  // namespace

std::optional<std::string> Engine::Run(PacketSource& source, const SessionTrace& trace,
                                       Lookout& lookout) {
  has_begun_ = true;
  absl::Status status;
  lookout.LookAt(source);
  {
    const py::gil_scoped_release unlocked;
    status = session_->Run(source, trace, [&] { return lookout.GoOn(); });
  }
  NoteOf(source, trace.name);
  lookout.Rethrow();
  if (IsDamage(status)) return DamageText(trace.name, status);
  ThrowUnlessOk(status);
  return std::nullopt;
}

std::optional<std::string> Engine::RunTrace(const std::string& path, const py::object& on_rows) {
  const Work work(this);
  const std::unique_ptr<PacketSource> source = Open(path, SessionTraceOptions(session_->options()));
  Lookout lookout(*this, on_rows);
  return Run(*source,
             {.name = path,
              .is_stream = source->is_stream(),
              .is_last = !session_->options().analyzer.concatenate},
             lookout);
}

void Engine::RunLive(double seconds, uint64_t packets, const py::object& on_rows) {
  const Work work(this);
  if (!live_) throw StatusError(absl::FailedPreconditionError("the option \"live\" is not set"));
  std::string interface;
  absl::StatusOr<std::unique_ptr<PacketSource>> source = OpenLive(capture_, &interface);
  ThrowUnlessOk(source.status());
  Lookout lookout(*this, on_rows);
  lookout.LimitTo(seconds, packets);
  (void)Run(**source, {.name = interface, .is_stream = true}, lookout);
}

void Engine::OpenTrace(const std::string& path) {
  const Work work(this);
  stepped_ = Open(path, SessionTraceOptions(session_->options()));
  stepped_name_ = path;
  trace_problem_.reset();
  has_begun_ = true;
  session_->BeginTrace({.name = path,
                        .is_stream = stepped_->is_stream(),
                        .is_last = !session_->options().analyzer.concatenate});
}

bool Engine::Step() {
  const Work work(this);
  if (stepped_ == nullptr) return false;
  Lookout lookout(*this, py::none());
  lookout.LookAt(*stepped_);
  bool ended = false;
  {
    const py::gil_scoped_release unlocked;
    std::array<Packet, PacketSource::kBatchSize> batch;
    while (!sink_->has_full() && lookout.GoOn()) {
      const size_t count = stepped_->ReadBatch(batch);
      session_->ProcessBatch(std::span(batch).first(count));
      ended = (count == 0 && !stepped_->timed_out()) || !session_->status().ok();
      if (!ended) continue;
      session_->EndTrace();
      break;
    }
  }
  lookout.Rethrow();
  if (!ended) return true;
  const std::unique_ptr<PacketSource> source = std::move(stepped_);
  NoteOf(*source, stepped_name_);
  ThrowUnlessOk(session_->status());
  const absl::Status status = source->status();
  if (IsDamage(status)) {
    trace_problem_ = DamageText(stepped_name_, status);
  } else {
    ThrowUnlessOk(status);
  }
  return false;
}

namespace {

Timestamp FirstOf(std::span<const Packet> packets) {
  return packets.empty() ? Timestamp() : packets.front().time;
}

// Those that no packet may have.
void CheckTimes(std::span<const Packet> packets, bool is_first) {
  if (is_first && !packets.empty() && !FirstOf(packets).is_set()) {
    throw StatusError(absl::OutOfRangeError("a trace cannot begin at time 0"));
  }
  for (const Packet& packet : packets) {
    if (packet.time < Timestamp::EarliestOfPacket() || packet.time > Timestamp::LatestOfPacket()) {
      throw StatusError(absl::OutOfRangeError("the time is before 1938 or after 2223"));
    }
  }
}

}  // namespace

int Engine::Feed(const Packet& packet) {
  const Work work(this);
  CheckTimes({&packet, 1}, !in_trace_);
  has_begun_ = true;
  if (!std::exchange(in_trace_, true)) session_->BeginTrace({.name = "packets"});
  const PacketResult result = session_->Process(packet);
  if (result == PacketResult::kNotTaken) ThrowUnlessOk(session_->status());
  return static_cast<int>(result);
}

void Engine::FeedMany(std::span<const Packet> packets) {
  const Work work(this);
  CheckTimes(packets, !in_trace_);
  if (packets.empty()) return;
  has_begun_ = true;
  if (!std::exchange(in_trace_, true)) session_->BeginTrace({.name = "packets"});
  Lookout lookout(*this, py::none());
  {
    const py::gil_scoped_release unlocked;
    while (!packets.empty() && lookout.GoOn()) {
      const size_t count = std::min(packets.size(), PacketSource::kBatchSize);
      session_->ProcessBatch(packets.first(count));
      packets = packets.subspan(count);
    }
  }
  lookout.Rethrow();
  ThrowUnlessOk(session_->status());
}

void Engine::AdvanceTime(int64_t ns) {
  const Work work(this);
  session_->AdvanceTime(Timestamp::FromMicroseconds(ns / 1000));
}

void Engine::EndTrace() {
  const Work work(this);
  in_trace_ = false;
  const py::gil_scoped_release unlocked;
  session_->EndTrace();
}

void Engine::Finish() {
  const Work work(this, /*may_be_finished=*/true);
  if (std::exchange(finished_, true)) return;
  absl::Status status;
  {
    const py::gil_scoped_release unlocked;
    status = session_->Finish();
  }
  ThrowUnlessOk(status);
}

py::dict Engine::StatisticsDict() const {
  const Statistics statistics = session_->statistics();
  py::dict dict;
  dict["ip_packets"] = statistics.ip_packets;
  dict["tcp_packets"] = statistics.tcp_packets;
  dict["udp_packets"] = statistics.udp_packets;
  dict["tcp_without_syn"] = statistics.tcp_without_syn;
  dict["tcp_after_close"] = statistics.tcp_after_close;
  dict["tcp_after_reset"] = statistics.tcp_after_reset;
  dict["tcp_without_slot"] = statistics.tcp_without_slot;
  dict["copied_packets"] = statistics.copied_packets;
  dict["tcp_flows"] = statistics.tcp_flows;
  dict["udp_flows"] = statistics.udp_flows;
  dict["refused_tcp_flows"] = statistics.refused_tcp_flows;
  dict["refused_udp_flows"] = statistics.refused_udp_flows;
  dict["evicted_flows"] = statistics.evicted_flows;
  dict["open_tcp_flows"] = statistics.open_tcp_flows;
  dict["open_udp_flows"] = statistics.open_udp_flows;
  dict["forgotten_ranges"] = statistics.forgotten_ranges;
  dict["overtaken_packets"] = statistics.overtaken_packets;
  dict["clock_steps_back"] = statistics.clock_steps_back;
  dict["unasked_dns_answers"] = statistics.unasked_dns_answers;
  dict["differing_stream_bytes"] = statistics.differing_stream_bytes;
  dict["missing_stream_bytes"] = statistics.missing_stream_bytes;
  dict["given_up_hellos"] = statistics.given_up_hellos;
  dict["first_packet"] = statistics.first_packet.nanoseconds();
  dict["last_packet"] = statistics.last_packet.nanoseconds();
  dict["lost_rows"] = session_->losses().rows;
  py::dict dropped;
  for (const auto& [reason, packets] : statistics.dropped) dropped[py::str(reason)] = packets;
  dict["dropped"] = dropped;
  py::dict tables;
  for (const TableUse& use : statistics.tables) {
    py::dict table;
    table["used"] = use.used;
    table["limit"] = use.limit;
    table["bytes"] = use.bytes;
    table["most_bytes"] = use.most_bytes;
    table["evicted"] = use.evicted;
    tables[py::str(use.name)] = table;
  }
  dict["tables"] = tables;
  return dict;
}

}  // namespace tstat::python
