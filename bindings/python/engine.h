// SPDX-License-Identifier: BSD-3-Clause
//
// An analysis as Python drives it: a Session whose rows become Columns. All functions are called
// with the interpreter's lock, and give it up while packets are analysed.
#ifndef TSTAT_BINDINGS_PYTHON_ENGINE_H_
#define TSTAT_BINDINGS_PYTHON_ENGINE_H_

#include <pybind11/pybind11.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "columns.h"
#include "packet_sink.h"
#include "session_setup.h"
#include "table_sink.h"
#include "tstat/packet_source.h"
#include "tstat/session.h"

namespace tstat::python {

// An error of the library on its way to Python, where it becomes a tstat.Error.
class StatusError : public std::exception {
 public:
  explicit StatusError(absl::Status status) : status_(std::move(status)) {}
  [[nodiscard]] const absl::Status& status() const { return status_; }

 private:
  absl::Status status_;
};
void ThrowUnlessOk(const absl::Status& status);

class Engine {
 public:
  struct Settings {
    std::vector<std::pair<std::string, std::string>> options;  // of the command: SessionSetup::Set
    std::vector<std::pair<std::string, std::string>> keys;     // of its files
    std::optional<std::string> networks;  // prefixes of internal networks; none: as options say
    std::vector<std::string> tables;      // Python's names; none: all that the profile has
    size_t chunk_rows = 0;                // 0: no limit
  };
  explicit Engine(const Settings& settings);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Reads a trace to its end. `on_rows`, unless None, is called after packets that gave rows of a
  // table of Watch, and takes them; what it throws ends the trace. The text of an error that came
  // when rows had come: the trace is cut or damaged.
  std::optional<std::string> RunTrace(const std::string& path, const pybind11::object& on_rows);
  // The same from an interface, until so many packets came or seconds passed (0: no limit).
  void RunLive(double seconds, uint64_t packets, const pybind11::object& on_rows);

  // The same in steps: true while there is more; each step ends when a chunk is full.
  void OpenTrace(const std::string& path);
  bool Step();
  [[nodiscard]] std::optional<std::string> trace_problem() const { return trace_problem_; }

  // Packets of the caller: `packets` are views of memory that it keeps meanwhile.
  int Feed(const Packet& packet);
  void FeedMany(std::span<const Packet> packets);
  void AdvanceTime(int64_t ns);
  void EndTrace();
  void Finish();
  // Packets of a flow ("tcp" or "udp"; 0: all packets, also those of no flow) are kept for
  // TakePackets. Before the first one.
  void WatchPackets(const std::string& protocol, uint64_t flow_number);
  [[nodiscard]] std::vector<PacketSink::Kept> TakePackets();
  // As those of the sink.
  bool Watch(const std::string& table) { return sink_->Watch(table); }
  [[nodiscard]] bool has_watched() const {
    return sink_->has_watched() || (packets_ != nullptr && packets_->has_packets());
  }
  std::vector<std::shared_ptr<Columns>> TakeWatched() { return sink_->TakeWatched(); }
  std::vector<std::shared_ptr<Columns>> TakeFull() { return sink_->TakeFull(); }
  std::vector<std::shared_ptr<Columns>> TakeRest(bool with_empty) {
    return sink_->TakeRest(with_empty);
  }

  [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }
  [[nodiscard]] const std::vector<std::string>& tables() const { return tables_; }
  [[nodiscard]] pybind11::dict StatisticsDict() const;
  [[nodiscard]] std::string Report() const { return session_->Report(); }
  [[nodiscard]] std::string directory() const { return session_->directory(); }

 private:
  class Work;
  class Lookout;

  std::optional<std::string> Run(PacketSource& source, const SessionTrace& trace, Lookout& lookout);
  void NoteOf(const PacketSource& source, const std::string& name);

  RowOptions rows_;
  std::unique_ptr<TableSink> sink_;      // outlives the session
  std::unique_ptr<PacketSink> packets_;  // too; null: no packets are wanted
  std::unique_ptr<Session> session_;
  LiveOptions capture_;
  bool live_ = false;
  std::vector<std::string> messages_;
  std::vector<std::string> tables_;
  std::unique_ptr<PacketSource> stepped_;  // of OpenTrace
  std::string stepped_name_;
  std::optional<std::string> trace_problem_;
  bool at_work_ = false;
  bool has_begun_ = false;
  bool in_trace_ = false;  // of the caller's packets
  bool finished_ = false;
};

}  // namespace tstat::python

#endif  // TSTAT_BINDINGS_PYTHON_ENGINE_H_
