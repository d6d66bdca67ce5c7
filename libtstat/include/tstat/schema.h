// SPDX-License-Identifier: BSD-3-Clause
//
// What records are made of: for each log its columns, with name, type, unit, when a value is
// absent, how private it is and what it means, and a function that reads it from the record. Sinks
// for JSON, databases and the like are loops over this (examples/json_sink.cc); docs/schema.md
// explains it, docs/logs/ lists all columns.
//
//   class Sink : public tstat::RowSink<Sink> {
//    public:
//     template <typename Record>
//     void OnRow(const tstat::LogTable<Record>& table, const Record& record) {
//       for (const auto& column : table.columns()) Use(column.info.Name(), Read(column, record));
//     }
//   };
//
// Values are what was measured. The quirks of Tstat's text logs (placeholders, roundings, counters
// of 8 bits, a column in several units) are those of the text only.
#ifndef TSTAT_SCHEMA_H_
#define TSTAT_SCHEMA_H_

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "tstat/anonymizer.h"
#include "tstat/chat.h"
#include "tstat/codes.h"
#include "tstat/dns.h"
#include "tstat/event_sink.h"
#include "tstat/export.h"
#include "tstat/flow.h"
#include "tstat/http_message.h"
#include "tstat/media.h"
#include "tstat/options.h"
#include "tstat/periodic.h"
#include "tstat/skype.h"
#include "tstat/tcp_flow.h"
#include "tstat/udp_flow.h"
#include "tstat/value.h"
#include "tstat/video.h"

namespace tstat::inline v1 {

// Which profiles have something.
struct Presence {
  bool CompatProfile::*member = nullptr;  // null: every profile
  bool value = true;                      // what the member must be

  [[nodiscard]] constexpr bool conditional() const { return member != nullptr; }
  [[nodiscard]] constexpr bool In(const CompatProfile& profile) const {
    return member == nullptr || profile.*member == value;
  }
};

enum class ColumnKind : uint8_t {
  kUnsigned,
  kSigned,
  kReal,
  kBoolean,
  kEnumeration,  // an unsigned number, one of `codes`
  kBitSet,       // an unsigned number, a sum of `codes`
  kText,
  kAddress,
  kTimestamp,  // nanoseconds since the Unix epoch, signed
  kDuration,   // nanoseconds, signed
};
struct ColumnType {
  ColumnKind kind = ColumnKind::kUnsigned;
  uint8_t bits = 0;                  // of numbers: 8, 16, 32 or 64
  const CodeTable* codes = nullptr;  // of enumerations and bit sets; of others possibly

  // "uint32", "real", "bits16", "time", ...
  [[nodiscard]] TSTAT_EXPORT std::string_view Name() const;
};

// How private a column is: what has to be done with it before it may leave.
enum class Privacy : uint8_t {
  kPublic,   // counts, times, ports
  kAddress,  // addresses of hosts
  kName,     // names of hosts and servers
  kContent,  // what a user sent or asked for, and what a server says in free text: URLs, cookies,
             // ...
  kDerived,  // tells something of the above without being it: classes of web sites, ...
};
[[nodiscard]] TSTAT_EXPORT std::string_view PrivacyName(Privacy privacy);  // "public", ...

// What strict anonymity (AnonymizerOptions::strict) leaves of a value.
enum class StrictForm : uint8_t {
  kAsItIs,
  kAnonymized,  // an address: its image
  kPseudonym,   // a name
  kAbsent,
};
[[nodiscard]] constexpr StrictForm StrictFormOf(Privacy privacy, ColumnKind kind) {
  switch (privacy) {
    case Privacy::kPublic:
      return StrictForm::kAsItIs;
    case Privacy::kAddress:
      return kind == ColumnKind::kAddress ? StrictForm::kAnonymized : StrictForm::kAbsent;
    case Privacy::kName:
      return kind == ColumnKind::kText ? StrictForm::kPseudonym : StrictForm::kAbsent;
    case Privacy::kContent:
      return StrictForm::kAbsent;
    case Privacy::kDerived:  // numbers and flags are too few to tell one from another
      return kind == ColumnKind::kText ? StrictForm::kAbsent : StrictForm::kAsItIs;
  }
  return StrictForm::kAbsent;
}

// Whose value it is; the name's prefix tells it.
enum class Side : uint8_t { kFlow, kClient, kServer };

struct ColumnInfo {
  std::string_view label;  // without the side's prefix
  Side side = Side::kFlow;
  ColumnType type;
  std::string_view unit;    // "bytes", "ns", ...; empty: a count, a flag, a code or a text
  std::string_view absent;  // when there is no value; empty: there always is one
  Privacy privacy = Privacy::kPublic;
  std::string_view description;
  Presence presence;           // profiles that measure it
  bool hidden_by_enc = false;  // --enc of the command encrypts it

  [[nodiscard]] TSTAT_EXPORT std::string Name() const;  // "c_ip"
  [[nodiscard]] constexpr bool nullable() const { return !absent.empty(); }
  [[nodiscard]] constexpr StrictForm strict_form() const {
    return StrictFormOf(privacy, type.kind);
  }
};

template <typename Record>
struct LogColumn {
  ColumnInfo info;
  Value (*read)(const Record& record) = nullptr;
};

// The logs, in the order of [log] in runtime.conf. A log is a file of Tstat's.
enum class Log : uint8_t {
  kTcpComplete,
  kTcpNocomplete,
  kUdpComplete,
  kMmComplete,
  kSkypeComplete,  // exists with -B only
  kChatComplete,
  kChatMessages,
  kVideoComplete,
  kHttpComplete,
  kTcpPeriodic,  // [3.3]
  kUdpPeriodic,  // [3.3]
  kDnsComplete,  // [3.3]
};
inline constexpr size_t kLogCount = 12;

// A set of logs.
class LogSet {
 public:
  // What is on unless something else is said.
  [[nodiscard]] static constexpr LogSet Default();
  [[nodiscard]] static constexpr LogSet None() { return {}; }
  [[nodiscard]] static constexpr LogSet All() {
    LogSet set;
    set.bits_ = (uint32_t{1} << kLogCount) - 1;
    return set;
  }

  [[nodiscard]] constexpr bool has(Log log) const {
    return (bits_ >> static_cast<int>(log) & 1) != 0;
  }
  constexpr void set(Log log, bool on) {
    const uint32_t bit = uint32_t{1} << static_cast<int>(log);
    bits_ = on ? bits_ | bit : bits_ & ~bit;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  friend constexpr bool operator==(LogSet, LogSet) = default;

 private:
  uint32_t bits_ = 0;
};

// Levels of columns: which sets of them a text log has (bits of tcp_level::, video_level::,
// udp_level::).
enum class LevelKind : uint8_t { kNone, kTcp, kVideo, kUdp };
namespace tcp_level {
inline constexpr uint8_t kEndToEnd = 1, kLayer7 = 2, kP2p = 4, kOptions = 8, kAdvanced = 16;
inline constexpr uint8_t kDefault = kEndToEnd | kLayer7 | kP2p | kOptions;
// Not the columns that CompatProfile::modern_columns adds. No part of the level in a header line.
inline constexpr uint8_t kWithoutModern = 64;
}  // namespace tcp_level
namespace udp_level {
inline constexpr uint8_t kDefault = 0, kWithoutModern = 64;
}  // namespace udp_level
namespace video_level {
inline constexpr uint8_t kEndToEnd = 1, kLayer7 = 2, kOptions = 4, kVideoInfo = 8, kYouTube = 16,
                         kAdvanced = 32;
inline constexpr uint8_t kDefault = kEndToEnd | kLayer7 | kOptions | kVideoInfo | kYouTube;
}  // namespace video_level

// What is known of one kind of rows without its record. Most logs have one kind.
struct TableInfo {
  std::string_view name;         // "tcp_complete", "http_request"
  std::string_view description;  // a sentence or two: what one row is
  // The text log: what separates its cells, and its header line.
  char separator = ' ';
  Presence header = {};  // profiles that have a header line
  bool has_header = true;
  std::string_view header_start = "#";
  LevelKind level = LevelKind::kNone;  // "#15#": the level of the column sets follows
  uint8_t default_level = 0;
  bool enc_hides_names = false;  // --enc of the command encrypts the names in this log
};

// The columns of one kind of rows. Names are unique in a table.
template <typename Record>
class LogTable {
 public:
  [[nodiscard]] const TableInfo& info() const { return info_; }
  // Of all profiles: `info.presence` says which have one.
  [[nodiscard]] std::span<const LogColumn<Record>> columns() const { return columns_; }

 protected:
  LogTable(const TableInfo& info, std::vector<LogColumn<Record>> columns)
      : info_(info), columns_(std::move(columns)) {}
  ~LogTable() = default;

 private:
  TableInfo info_;
  std::vector<LogColumn<Record>> columns_;
};

// All tables, with the log that their rows go to.
[[nodiscard]] TSTAT_EXPORT const LogTable<TcpFlow>& TcpCompleteTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<TcpFlow>& TcpNocompleteTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<UdpFlow>& UdpCompleteTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<MediaFlow>& MediaFlowTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<MediaStream>& MediaStreamTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<SkypeFlow>& SkypeUdpTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<SkypeFlow>& SkypeTcpTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<ChatFlow>& ChatCompleteTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<ChatMessage>& ChatMessageTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<VideoFlow>& VideoCompleteTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<HttpMessage>& HttpRequestTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<HttpMessage>& HttpResponseTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<TcpPeriod>& TcpPeriodTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<UdpPeriod>& UdpPeriodTable();
[[nodiscard]] TSTAT_EXPORT const LogTable<DnsEntry>& DnsEntryTable();

// A row of the registry.
template <typename R>
struct LogEntry {
  using Record = R;
  Log log;
  std::string_view log_name;  // the file; also its key in runtime.conf
  Event event;                // that gives the rows
  bool on_by_default = true;
  std::optional<const LogTable<R>& (*)()> table = {};  // absent: not written yet
  bool (*accepts)(const R& record) = nullptr;          // null: all records
  Presence presence = {};                              // profiles that have such rows
};

// The registry. A new log is a row here, and its name in Log.
inline constexpr std::tuple kLogRegistry = {
    LogEntry<TcpFlow>{.log = Log::kTcpComplete,
                      .log_name = "log_tcp_complete",
                      .event = Event::kTcpFlow,
                      .table = &TcpCompleteTable,
                      .accepts = [](const TcpFlow& flow) { return flow.complete; }},
    LogEntry<TcpFlow>{.log = Log::kTcpNocomplete,
                      .log_name = "log_tcp_nocomplete",
                      .event = Event::kTcpFlow,
                      .table = &TcpNocompleteTable,
                      .accepts = [](const TcpFlow& flow) { return !flow.complete; }},
    LogEntry<UdpFlow>{.log = Log::kUdpComplete,
                      .log_name = "log_udp_complete",
                      .event = Event::kUdpFlow,
                      .table = &UdpCompleteTable},
    LogEntry<MediaFlow>{.log = Log::kMmComplete,
                        .log_name = "log_mm_complete",
                        .event = Event::kMediaFlow,
                        .table = &MediaFlowTable,
                        .presence = {&CompatProfile::rtp_plus, false}},
    LogEntry<MediaStream>{.log = Log::kMmComplete,
                          .log_name = "log_mm_complete",
                          .event = Event::kMediaFlow,
                          .table = &MediaStreamTable,
                          .presence = {&CompatProfile::rtp_plus, true}},
    LogEntry<SkypeFlow>{.log = Log::kSkypeComplete,
                        .log_name = "log_skype_complete",
                        .event = Event::kSkypeFlow,
                        .table = &SkypeUdpTable,
                        .accepts = [](const SkypeFlow& flow) { return flow.udp != nullptr; }},
    LogEntry<SkypeFlow>{.log = Log::kSkypeComplete,
                        .log_name = "log_skype_complete",
                        .event = Event::kSkypeFlow,
                        .table = &SkypeTcpTable,
                        .accepts = [](const SkypeFlow& flow) { return flow.udp == nullptr; }},
    LogEntry<ChatFlow>{.log = Log::kChatComplete,
                       .log_name = "log_chat_complete",
                       .event = Event::kChatFlow,
                       .table = &ChatCompleteTable},
    LogEntry<ChatMessage>{.log = Log::kChatMessages,
                          .log_name = "log_chat_messages",
                          .event = Event::kChatMessage,
                          .table = &ChatMessageTable},
    LogEntry<VideoFlow>{.log = Log::kVideoComplete,
                        .log_name = "log_video_complete",
                        .event = Event::kVideoFlow,
                        .table = &VideoCompleteTable},
    LogEntry<HttpMessage>{.log = Log::kHttpComplete,
                          .log_name = "log_http_complete",
                          .event = Event::kHttpMessage,
                          .on_by_default = false,
                          .table = &HttpRequestTable,
                          .accepts = [](const HttpMessage& m) { return m.is_request(); }},
    LogEntry<HttpMessage>{.log = Log::kHttpComplete,
                          .log_name = "log_http_complete",
                          .event = Event::kHttpMessage,
                          .on_by_default = false,
                          .table = &HttpResponseTable,
                          .accepts = [](const HttpMessage& m) { return !m.is_request(); }},
    LogEntry<TcpPeriod>{.log = Log::kTcpPeriodic,
                        .log_name = "log_tcp_periodic",
                        .event = Event::kTcpPeriodic,
                        .on_by_default = false,
                        .table = &TcpPeriodTable,
                        .presence = {&CompatProfile::periodic_logs, true}},
    LogEntry<UdpPeriod>{.log = Log::kUdpPeriodic,
                        .log_name = "log_udp_periodic",
                        .event = Event::kUdpPeriodic,
                        .on_by_default = false,
                        .table = &UdpPeriodTable,
                        .presence = {&CompatProfile::periodic_logs, true}},
    LogEntry<DnsEntry>{.log = Log::kDnsComplete,
                       .log_name = "log_dns_complete",
                       .event = Event::kDnsEntry,
                       .on_by_default = false,
                       .table = &DnsEntryTable,
                       .presence = {&CompatProfile::dns_log, true}},
};

// Calls `visit(entry)` for each LogEntry, in the order of the registry.
template <typename Visit>
constexpr void ForEachLog(Visit&& visit) {
  std::apply([&visit](const auto&... entry) { (visit(entry), ...); }, kLogRegistry);
}

// The same without the types of records: for lists and checks.
struct LogInfo {
  Log log = {};
  std::string_view name;  // "log_tcp_complete"
  bool on_by_default = false;
  bool written = false;  // false: the log has no rows yet
  EventMask events;      // that give its rows
};
inline constexpr std::array<LogInfo, kLogCount> kLogs = [] {
  std::array<LogInfo, kLogCount> logs{};
  ForEachLog([&logs](const auto& entry) {
    LogInfo& log = logs[static_cast<size_t>(entry.log)];
    log.log = entry.log;
    log.name = entry.log_name;
    log.on_by_default = entry.on_by_default;
    log.written = entry.table.has_value();
    log.events |= entry.event;
  });
  return logs;
}();
static_assert(
    [] {
      for (size_t i = 0; i < kLogCount; ++i) {
        if (kLogs[i].name.empty() || kLogs[i].log != static_cast<Log>(i)) return false;
      }
      return true;
    }(),
    "each Log has a row in the registry");

[[nodiscard]] constexpr const LogInfo& InfoOf(Log log) { return kLogs[static_cast<size_t>(log)]; }
// "log_tcp_complete"
[[nodiscard]] constexpr std::string_view LogName(Log log) { return InfoOf(log).name; }
// Whether the profile has rows of the log.
[[nodiscard]] constexpr bool HasLog(const CompatProfile& profile, Log log) {
  bool has = false;
  ForEachLog([&](const auto& entry) {
    has |= entry.log == log && entry.table.has_value() && entry.presence.In(profile);
  });
  return has;
}

constexpr LogSet LogSet::Default() {
  LogSet set;
  for (const LogInfo& log : kLogs) set.set(log.log, log.on_by_default);
  return set;
}

// Calls `visit(entry, row)` for each row that a record gives in a profile: none, one, or (of a
// MediaFlow in 3.3) one for each stream.
template <typename Record, typename Visit>
void ForEachRow(const Record& record, const CompatProfile& profile, Visit&& visit) {
  ForEachLog([&](const auto& entry) {
    using Row = typename std::decay_t<decltype(entry)>::Record;
    if (!entry.table.has_value() || !entry.presence.In(profile)) return;
    if constexpr (std::same_as<Row, Record>) {
      if (entry.accepts == nullptr || entry.accepts(record)) visit(entry, record);
    } else if constexpr (std::same_as<Record, MediaFlow> && std::same_as<Row, MediaStream>) {
      ForEachMediaStream(record, [&](const MediaStream& stream) { visit(entry, stream); });
    }
  });
}

struct RowOptions {
  CompatProfile profile = {};  // that of AnalyzerOptions
  LogSet logs = LogSet::All();
  HttpUrlLevel http_url_level = HttpUrlLevel::kNone;  // how much of URLs is shown
  // How addresses and names are shown: those of SessionOptions. Null: as they are.
  std::shared_ptr<Anonymizer> anonymizer = nullptr;
};

// A sink of all rows of some logs. Derived has
//
//   template <typename Record> void OnRow(const LogTable<Record>& table, const Record& record);
template <typename Derived>
class RowSink : public EventSink {
 public:
  explicit RowSink(const RowOptions& options = {}) : options_(options) {}

  EventMask Wants() const override {
    EventMask mask;
    ForEachLog([&](const auto& entry) {
      if (entry.table.has_value() && options_.logs.has(entry.log) &&
          entry.presence.In(options_.profile)) {
        mask |= entry.event;
      }
    });
    return mask;
  }
  void OnTcpFlow(const TcpFlow& flow) override { Pass(flow); }
  void OnUdpFlow(const UdpFlow& flow) override { Pass(flow); }
  void OnMediaFlow(const MediaFlow& flow) override { Pass(flow); }
  void OnSkypeFlow(const SkypeFlow& flow) override { Pass(flow); }
  void OnChatFlow(const ChatFlow& flow) override { Pass(flow); }
  void OnChatMessage(const ChatMessage& message) override { Pass(message); }
  void OnVideoFlow(const VideoFlow& flow) override { Pass(flow); }
  void OnTcpPeriod(const TcpPeriod& period) override { Pass(period); }
  void OnUdpPeriod(const UdpPeriod& period) override { Pass(period); }
  void OnDnsEntry(const DnsEntry& entry) override { Pass(entry); }
  void OnHttpMessage(const HttpMessage& message) override {
    const HttpMessage shown = AtUrlLevel(message, options_.http_url_level);
    if (!shown.suppressed) Pass(shown);
  }

  [[nodiscard]] const RowOptions& row_options() const { return options_; }

 protected:
  // A column's value, as RowOptions::anonymizer allows it to be shown; valid until the next call.
  template <typename Record>
  [[nodiscard]] Value Read(const LogColumn<Record>& column, const Record& record) {
    return ShownBy(options_.anonymizer.get(), column.info, column.read(record), &shown_);
  }

 private:
  template <typename Record>
  void Pass(const Record& record) {
    ForEachRow(record, options_.profile, [this](const auto& entry, const auto& row) {
      if (options_.logs.has(entry.log)) static_cast<Derived*>(this)->OnRow((*entry.table)(), row);
    });
  }

  RowOptions options_;
  ShownValue shown_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_SCHEMA_H_
