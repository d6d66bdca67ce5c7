// SPDX-License-Identifier: BSD-3-Clause
//
// What a session knows: problems, directory, report, statistics, open flows.
#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flow_struct.h"
#include "session_handle.h"
#include "tstat.h"
#include "tstat/anonymizer.h"
#include "tstat/statistics.h"

using namespace tstat::internal;  // NOLINT: the functions of tstat.h are in no namespace
using tstat::SessionLosses;
using tstat::Statistics;

namespace {

using ReadNumber = int64_t (*)(const Statistics& statistics, const SessionLosses& losses);
template <auto kMember>
int64_t Count(const Statistics& statistics, const SessionLosses&) {
  return static_cast<int64_t>(statistics.*kMember);
}
template <uint64_t SessionLosses::*kMember>
int64_t Lost(const Statistics&, const SessionLosses& losses) {
  return static_cast<int64_t>(losses.*kMember);
}
template <tstat::Timestamp Statistics::*kMember>
int64_t TimeOf(const Statistics& statistics, const SessionLosses&) {
  return (statistics.*kMember).nanoseconds();
}

struct Number {
  const char* name;
  ReadNumber read;
};

constexpr Number kNumbers[] = {
    {"ip_packets", Count<&Statistics::ip_packets>},
    {"tcp_packets", Count<&Statistics::tcp_packets>},
    {"udp_packets", Count<&Statistics::udp_packets>},
    {"tcp_packets_tracked", Count<&Statistics::tcp_packets_tracked>},
    {"tcp_trash_packets", Count<&Statistics::tcp_trash_packets>},
    {"tcp_without_syn", Count<&Statistics::tcp_without_syn>},
    {"tcp_after_close", Count<&Statistics::tcp_after_close>},
    {"tcp_after_reset", Count<&Statistics::tcp_after_reset>},
    {"tcp_without_slot", Count<&Statistics::tcp_without_slot>},
    {"copied_packets", Count<&Statistics::copied_packets>},
    {"tcp_flows", Count<&Statistics::tcp_flows>},
    {"udp_flows", Count<&Statistics::udp_flows>},
    {"refused_tcp_flows", Count<&Statistics::refused_tcp_flows>},
    {"refused_udp_flows", Count<&Statistics::refused_udp_flows>},
    {"rtp_flows", Count<&Statistics::rtp_flows>},
    {"rtcp_flows", Count<&Statistics::rtcp_flows>},
    {"tunneled_rtp_flows", Count<&Statistics::tunneled_rtp_flows>},
    {"open_tcp_flows", Count<&Statistics::open_tcp_flows>},
    {"open_udp_flows", Count<&Statistics::open_udp_flows>},
    {"evicted_flows", Count<&Statistics::evicted_flows>},
    {"uncounted_addresses", Count<&Statistics::uncounted_addresses>},
    {"forgotten_ranges", Count<&Statistics::forgotten_ranges>},
    {"overtaken_packets", Count<&Statistics::overtaken_packets>},
    {"clock_steps_back", Count<&Statistics::clock_steps_back>},
    {"unasked_dns_answers", Count<&Statistics::unasked_dns_answers>},
    {"differing_stream_bytes", Count<&Statistics::differing_stream_bytes>},
    {"missing_stream_bytes", Count<&Statistics::missing_stream_bytes>},
    {"given_up_hellos", Count<&Statistics::given_up_hellos>},
    {"search_iterations", Count<&Statistics::search_iterations>},
    {"last_tcp_slot", Count<&Statistics::last_tcp_slot>},
    {"address_chains", Count<&Statistics::address_chains>},
    {"chained_addresses", Count<&Statistics::chained_addresses>},
    {"address_lookups", Count<&Statistics::address_lookups>},
    {"lost_rows", Lost<&SessionLosses::rows>},
    {"lost_histogram_files", Lost<&SessionLosses::histogram_files>},
    {"lost_rrd_values", Lost<&SessionLosses::rrd_values>},
    {"lost_dump_packets", Lost<&SessionLosses::dump_packets>},
    {"first_packet", TimeOf<&Statistics::first_packet>},
    {"last_packet", TimeOf<&Statistics::last_packet>},
};

// The session as something that is read, from within a call-back, too.
const tstat::Session* Started(const tstat_session* session) {
  return session != nullptr ? session->session.get() : nullptr;
}

// With the addresses that outputs show.
tstat::LiveFlow AsShown(const tstat::LiveFlow& flow, const tstat::SessionOptions& options) {
  tstat::LiveFlow shown = flow;
  if (options.anonymizer == nullptr) return shown;
  for (tstat::IpAddress* const address : {&shown.client, &shown.server}) {
    const tstat::AnalyzerOptions& analyzer = options.analyzer;
    if (analyzer.encrypted.Contains(*address) && !analyzer.exempt.Contains(*address)) {
      *address = options.anonymizer->Anonymize(*address);
    }
  }
  return shown;
}

}  // namespace

int tstat_session_take_problem(tstat_session* session, const char** text) {
  return Drive(session, [&]() -> int {
    if (text == nullptr) return session->Fail(TSTAT_INVALID, "there is no place for the text");
    if (session->session != nullptr && session->problems.empty()) {
      session->problems = session->session->TakeProblems();
      std::reverse(session->problems.begin(), session->problems.end());
    }
    if (session->problems.empty()) return static_cast<int>(TSTAT_ABSENT);
    const absl::Status problem = std::move(session->problems.back());
    session->problems.pop_back();
    session->problem = std::string(problem.message());
    *text = session->problem.c_str();
    return CodeOf(problem);
  });
}

const char* tstat_session_directory(tstat_session* session) {
  const tstat::Session* const started = Started(session);
  if (started == nullptr) return "";
  return WithoutExceptions("", [&] {
    session->directory = started->directory();
    return session->directory.c_str();
  });
}

const char* tstat_session_report(tstat_session* session) {
  const tstat::Session* const started = Started(session);
  if (started == nullptr) return "";
  return WithoutExceptions("", [&] {
    session->report = started->Report();
    return session->report.c_str();
  });
}

size_t tstat_statistic_count(void) { return std::size(kNumbers); }

const char* tstat_statistic_name(size_t index) {
  return index < std::size(kNumbers) ? kNumbers[index].name : nullptr;
}

int tstat_session_statistic(const tstat_session* session, const char* name, int64_t* value) {
  if (session == nullptr || name == nullptr || value == nullptr) return TSTAT_INVALID;
  for (const Number& number : kNumbers) {
    if (std::string_view(number.name) != name) continue;
    return StatusWithoutExceptions([&] {
      const tstat::Session* const started = Started(session);
      *value = started != nullptr ? number.read(started->statistics(), started->losses()) : 0;
      return TSTAT_OK;
    });
  }
  return TSTAT_NOT_FOUND;
}

int tstat_session_dropped(tstat_session* session, size_t index, const char** reason,
                          uint64_t* packets) {
  if (session == nullptr || reason == nullptr || packets == nullptr) return TSTAT_INVALID;
  return StatusWithoutExceptions([&]() -> int {
    const tstat::Session* const started = Started(session);
    if (started == nullptr) return TSTAT_NOT_FOUND;
    Statistics statistics = started->statistics();
    if (index >= statistics.dropped.size()) return TSTAT_NOT_FOUND;
    session->reason = std::move(statistics.dropped[index].first);
    *reason = session->reason.c_str();
    *packets = statistics.dropped[index].second;
    return TSTAT_OK;
  });
}

int tstat_session_for_each_flow(tstat_session* session, tstat_flow_function function, void* user) {
  return DriveRunning(session, [&]() -> int {
    if (function == nullptr) return session->Fail(TSTAT_INVALID, "there is no function");
    bool stopped = false;
    session->session->ForEachLiveFlow([&](const tstat::LiveFlow& flow) {
      if (stopped) return;
      const tstat_flow told = FlowStruct(AsShown(flow, session->session->options()));
      stopped = function(&told, user) != 0;
    });
    return static_cast<int>(stopped ? TSTAT_STOPPED : TSTAT_OK);
  });
}

int tstat_session_key(const tstat_session* session, char* text, size_t size) {
  if (session == nullptr || text == nullptr || size < TSTAT_KEY_SIZE) return TSTAT_INVALID;
  return StatusWithoutExceptions([&]() -> int {
    const tstat::Session* const started = Started(session);
    if (started == nullptr) return TSTAT_WRONG_STATE;
    const tstat::Anonymizer* const anonymizer = started->options().anonymizer.get();
    if (anonymizer == nullptr) return TSTAT_ABSENT;
    const std::string key = anonymizer->options().key.ToBase64();
    if (key.size() >= TSTAT_KEY_SIZE) return TSTAT_INTERNAL;
    std::memcpy(text, key.c_str(), key.size() + 1);
    return TSTAT_OK;
  });
}

int tstat_session_stop_value(const tstat_session* session) {
  return session != nullptr ? session->call_backs.stop_value() : 0;
}
