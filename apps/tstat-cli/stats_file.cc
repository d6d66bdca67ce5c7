// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/stats_file.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tstat/version.h"

namespace tstat::cli {
namespace {

// An object of JSON that is written member by member.
class JsonObject {
 public:
  template <typename Number>
  JsonObject& Add(std::string_view name, Number value) {
    Name(name);
    absl::StrAppend(&text_, value);
    return *this;
  }
  JsonObject& AddText(std::string_view name, std::string_view value) {
    Name(name);
    Quote(value);
    return *this;
  }
  JsonObject& AddObject(std::string_view name, const JsonObject& value) {
    Name(name);
    text_ += value.Text();
    return *this;
  }
  std::string Text() const { return text_ + "}"; }

 private:
  void Name(std::string_view name) {
    if (text_.size() > 1) text_ += ",";
    Quote(name);
    text_ += ":";
  }
  // All texts are ours, and printable ASCII.
  void Quote(std::string_view text) {
    text_ += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }

  std::string text_ = "{";
};

JsonObject Packets(const Statistics& s) {
  JsonObject out;
  out.Add("ip", s.ip_packets).Add("tcp", s.tcp_packets).Add("udp", s.udp_packets);
  out.Add("tcp_of_no_flow", s.tcp_trash_packets).Add("copies", s.copied_packets);
  out.Add("overtaken", s.overtaken_packets);
  return out;
}

JsonObject Flows(const Statistics& s) {
  JsonObject out;
  out.Add("tcp", s.tcp_flows).Add("udp", s.udp_flows);
  out.Add("open_tcp", s.open_tcp_flows).Add("open_udp", s.open_udp_flows);
  out.Add("evicted", s.evicted_flows);
  out.Add("refused_tcp", s.refused_tcp_flows).Add("refused_udp", s.refused_udp_flows);
  return out;
}

JsonObject Tables(const Statistics& s) {
  JsonObject out;
  for (const TableUse& table : s.tables) {
    JsonObject use;
    use.Add("used", table.used).Add("limit", table.limit);
    use.Add("bytes", table.bytes).Add("limit_bytes", table.most_bytes);
    out.AddObject(table.name, use.Add("evicted", table.evicted));
  }
  return out;
}

JsonObject Lost(const SessionLosses& losses) {
  JsonObject out;
  out.Add("rows", losses.rows).Add("histogram_files", losses.histogram_files);
  out.Add("rrd_values", losses.rrd_values).Add("dump_packets", losses.dump_packets);
  out.Add("export_rows", losses.export_rows);
  return out;
}

}  // namespace

StatsFile::StatsFile(std::string path, Session& session)
    : path_(std::move(path)), session_(session) {
  session.AddSink(this);
}

std::string StatsFile::Text() const {
  const Statistics s = session_.statistics();
  JsonObject dropped;
  for (const auto& [reason, count] : s.dropped) dropped.Add(reason, count);
  JsonObject out;
  out.AddText("version", Version()).Add("threads", session_.options().analyzer.threads);
  out.Add("first_packet_ns", s.first_packet.nanoseconds());
  out.Add("last_packet_ns", s.last_packet.nanoseconds());
  out.AddObject("packets", Packets(s)).AddObject("dropped", dropped);
  out.AddObject("flows", Flows(s)).AddObject("tables", Tables(s));
  out.AddObject("lost", Lost(session_.losses()));
  if (!capture_.has_value()) return out.Text() + "\n";
  JsonObject kernel;
  kernel.Add("received", capture_->received).Add("dropped", capture_->dropped);
  kernel.Add("dropped_by_interface", capture_->dropped_by_interface);
  kernel.Add("late", capture_->late);
  out.AddObject("capture", kernel.Add("waiting", capture_->waiting()));
  out.Add("seconds_behind", SecondsBehind(s));
  return out.Text() + "\n";
}

double SecondsBehind(const Statistics& statistics) {
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const double last = static_cast<double>(statistics.last_packet.microseconds()) / 1e6;
  return statistics.ip_packets == 0 || now < last ? 0 : now - last;
}

absl::Status StatsFile::Write(const PacketSource* source) {
  is_due_ = false;
  if (source != nullptr) capture_ = source->capture_statistics();
  const std::string text = Text(), made = absl::StrCat(path_, ".new");
  std::FILE* const file = std::fopen(made.c_str(), "we");
  const auto failed = [&] {
    return absl::UnavailableError(absl::StrCat(path_, ": ", std::strerror(errno)));
  };
  if (file == nullptr) return failed();
  absl::Status status;
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size()) status = failed();
  if (std::fclose(file) != 0 && status.ok()) status = failed();
  if (status.ok() && std::rename(made.c_str(), path_.c_str()) != 0) status = failed();
  if (!status.ok()) std::remove(made.c_str());
  return status;
}

}  // namespace tstat::cli
