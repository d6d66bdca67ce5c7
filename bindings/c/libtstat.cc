// SPDX-License-Identifier: BSD-3-Clause
//
// libtstat.h: one analysis a process, and what may go wrong around it. The analysis itself is in
// libtstat_analysis.cc.
#include "libtstat.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libtstat_analysis.h"
#include "tstat/options.h"
#include "tstat/report.h"

// The interface has these two variables, and functions without a handle.
long int tcp_cleaned = 0;
long int udp_cleaned = 0;

namespace tstat::internal {
namespace {

using Clock = std::chrono::steady_clock;

// More than an IP packet can have, so that a bad last byte does no harm to sums of lengths.
constexpr uintptr_t kMostBytes = 1 << 18;
// The counts that a signal handler may have to do with are at most so many packets old.
constexpr uint32_t kCallsPerSnapshot = 1024;

// What is told once in an analysis.
enum Misuse : std::sig_atomic_t {
  kNoAnalysis = 1,
  kNoTime = 2,
  kNoPacket = 4,
  kBadTime = 8,
  kNested = 16,
  kNestedClose = 32,
  kOpen = 64,
  kNoReport = 128,
};

struct Process {
  std::unique_ptr<Analysis> analysis;  // from tstat_init to tstat_close
  // What the report needs when the analysis is over.
  Statistics statistics;
  std::string address_report;
  uint32_t max_tcp_pairs = Globals().max_tcp_pairs;
  bool live = false;
  Clock::time_point begin = Clock::now();
  uint32_t calls = 0;
  std::vector<std::string> written;  // log directories of all analyses: Analysis::Start
  tstat_report snapshot{};           // a little old, for signal handlers
  // A function of the interface works: a signal handler must not touch what is above.
  volatile std::sig_atomic_t busy = 0;
  volatile std::sig_atomic_t told = 0;  // Misuse
  volatile std::sig_atomic_t close_wanted = 0;

  // Programs that end without tstat_close keep the rows of flows that had ended. In a signal
  // handler that interrupted the library nothing can be saved.
  ~Process() {
    if (busy != 0) (void)analysis.release();
  }
};

Process& TheProcess() {
  static Process process;
  return process;
}

// Async-signal-safe.
void Tell(std::string_view text) {
  const ssize_t ignored = write(STDERR_FILENO, text.data(), text.size());
  (void)ignored;
}

// True at the first time.
bool IsNews(Process& process, Misuse what) {
  const std::sig_atomic_t before = process.told;
  process.told = before | what;
  return (before & what) == 0;
}

void TellOnce(Process& process, Misuse what, std::string_view text) {
  if (IsNews(process, what)) Tell(text);
}

int ToInt(uint64_t value) { return static_cast<int>(std::min<uint64_t>(value, INT_MAX)); }

int PerSecond(uint64_t count, double elapsed_us) {
  if (!(elapsed_us > 0)) return 0;
  const double rate = static_cast<double>(count) / (elapsed_us / 1e6);
  return rate < INT_MAX ? static_cast<int>(rate) : INT_MAX;
}

// What depends on when it is asked. Async-signal-safe.
void SetTimes(Clock::time_point begin, tstat_report* report) {
  report->wallclock = std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
  report->pcktspersec = PerSecond(report->pnum, report->wallclock);
  report->flowspersec = PerSecond(report->fcount, report->wallclock);
}

tstat_report ReportOf(const Statistics& s) {
  tstat_report r{};
  r.pnum = s.ip_packets;
  // Flows that found no slot were not analysed.
  r.f_TCP_count = s.tcp_flows - s.refused_tcp_flows;
  r.f_UDP_count = s.udp_flows - s.refused_udp_flows;
  r.fcount = r.f_TCP_count + r.f_UDP_count;
  r.f_RTP_count = s.rtp_flows;
  r.f_RTCP_count = s.rtcp_flows;
  r.f_RTP_tunneled_TCP_count = s.tunneled_rtp_flows;
  r.search_count = ToInt(s.search_iterations);
  r.tcp_packet_count = static_cast<long>(s.tcp_packets);
  r.udp_trace_count = s.udp_packets;
  r.not_id_p = static_cast<long>(s.tcp_trash_packets);
  r.avg_search = static_cast<double>(s.search_iterations) / static_cast<double>(s.tcp_packets);
  r.tot_conn_TCP = static_cast<unsigned long>(s.open_tcp_flows);
  r.tot_conn_UDP = static_cast<unsigned long>(s.open_udp_flows);
  r.num_tcp_pairs = ToInt(s.last_tcp_slot);
  r.tot_adx_hash_count = static_cast<long>(s.address_chains);
  r.tot_adx_list_count = static_cast<long>(s.chained_addresses);
  r.adx_search_hash_count = r.adx_search_list_count = static_cast<long>(s.address_lookups);
  return r;
}

// The same backwards; what a report has no member for is that of `s`.
void TakeOver(const tstat_report& r, Statistics* s) {
  s->ip_packets = r.pnum;
  s->tcp_flows = r.f_TCP_count;
  s->udp_flows = r.f_UDP_count;
  s->refused_tcp_flows = s->refused_udp_flows = 0;
  s->rtp_flows = r.f_RTP_count;
  s->rtcp_flows = r.f_RTCP_count;
  s->tunneled_rtp_flows = r.f_RTP_tunneled_TCP_count;
  s->search_iterations = static_cast<uint64_t>(std::max(r.search_count, 0));
  s->tcp_packets = static_cast<uint64_t>(std::max(r.tcp_packet_count, 0L));
  s->udp_packets = r.udp_trace_count;
  s->tcp_trash_packets = static_cast<uint64_t>(std::max(r.not_id_p, 0L));
  s->open_tcp_flows = static_cast<int64_t>(r.tot_conn_TCP);
  s->open_udp_flows = static_cast<int64_t>(r.tot_conn_UDP);
  s->last_tcp_slot = static_cast<uint64_t>(std::max(r.num_tcp_pairs, 0));
  s->address_chains = static_cast<uint64_t>(std::max(r.tot_adx_hash_count, 0L));
  s->chained_addresses = static_cast<uint64_t>(std::max(r.tot_adx_list_count, 0L));
  s->address_lookups = static_cast<uint64_t>(std::max(r.adx_search_hash_count, 0L));
}

void SetCounters(const ClosedFlows& closed) {
  tcp_cleaned = static_cast<long>(closed.tcp);
  udp_cleaned = static_cast<long>(closed.idle_udp);
}

void EndAnalysis(Process& process) {
  process.analysis->Finish();
  process.statistics = process.analysis->statistics();
  process.address_report = process.analysis->AddressReport();
  process.snapshot = ReportOf(process.statistics);
  SetCounters(process.analysis->closed_flows());
  process.analysis.reset();
}

// What the functions have in common: no exception leaves them, and a close that a signal handler
// asked for meanwhile is made at their end.
template <typename Call>
void Guarded(Process& process, Call call) noexcept {
  process.busy = 1;
  try {
    call();
    if (process.close_wanted != 0 && process.analysis != nullptr) EndAnalysis(process);
  } catch (const std::bad_alloc&) {
    Tell("tstat: out of memory\n");
  } catch (const std::exception& e) {
    Tell("tstat: ");
    Tell(e.what());
    Tell("\n");
  }
  process.close_wanted = 0;
  process.busy = 0;
}

bool IsNested(Process& process, std::string_view function) {
  if (process.busy == 0) return false;
  if (!IsNews(process, kNested)) return true;
  Tell("tstat: a signal handler called ");
  Tell(function);
  Tell(" while another function of libtstat.h worked; it does nothing\n");
  return true;
}

}  // namespace
}  // namespace tstat::internal

using namespace tstat::internal;  // NOLINT(build/namespaces)

int tstat_init(char* config_fname) {
  Process& process = TheProcess();
  if (process.busy != 0) return IsNested(process, "tstat_init"), -1;
  if (process.analysis != nullptr) {
    TellOnce(process, kOpen, "tstat: tstat_init: an analysis is open; tstat_close ends it\n");
    return -1;
  }
  process.told = 0;
  bool begun = false;
  Guarded(process, [&] {
    process.begin = Clock::now();
    process.analysis =
        Analysis::Start(config_fname != nullptr ? config_fname : "tstat.conf", &process.written);
    begun = process.analysis != nullptr;
    if (!begun) return;
    process.statistics = {};
    process.address_report.clear();
    process.snapshot = {};
    process.calls = 0;
    process.max_tcp_pairs = process.analysis->max_tcp_pairs();
    process.live = process.analysis->live();
    tcp_cleaned = udp_cleaned = 0;
  });
  return begun ? 0 : -1;
}

void tstat_new_logdir(char* filename, struct timeval* pckt_time) {
  Process& process = TheProcess();
  if (IsNested(process, "tstat_new_logdir")) return;
  if (process.analysis == nullptr) {
    TellOnce(process, kNoAnalysis,
             "tstat: tstat_new_logdir, tstat_next_pckt: no analysis is open\n");
    return;
  }
  if (pckt_time == nullptr) {
    TellOnce(process, kNoTime, "tstat: tstat_new_logdir, tstat_next_pckt: no time is given\n");
    return;
  }
  const std::optional<tstat::Timestamp> time = TimeOf(*pckt_time);
  if (!time.has_value()) {
    TellOnce(process, kBadTime, "tstat: a time is not within 1938 to 2223\n");
    return;
  }
  Guarded(process, [&] {
    process.analysis->NewLogDirectory(filename != nullptr ? filename : "", *time);
    process.snapshot = ReportOf(process.analysis->statistics());
  });
}

int tstat_next_pckt(struct timeval* pckt_time, void* ip_hdr, void* last_ip_byte, int /*tlen*/,
                    int ip_direction) {
  Process& process = TheProcess();
  if (process.busy != 0) return IsNested(process, "tstat_next_pckt"), -1;
  if (process.analysis == nullptr) {
    TellOnce(process, kNoAnalysis,
             "tstat: tstat_new_logdir, tstat_next_pckt: no analysis is open\n");
    return -1;
  }
  if (pckt_time == nullptr) {
    TellOnce(process, kNoTime, "tstat: tstat_new_logdir, tstat_next_pckt: no time is given\n");
    return -1;
  }
  if (ip_hdr == nullptr || last_ip_byte == nullptr) {
    TellOnce(process, kNoPacket, "tstat: tstat_next_pckt: no packet is given\n");
    return -1;
  }
  const std::optional<tstat::Timestamp> time = TimeOf(*pckt_time);
  if (!time.has_value()) {
    TellOnce(process, kBadTime, "tstat: a time is not within 1938 to 2223\n");
    return 0;
  }
  // They may point into different objects, where the language knows no order.
  const auto first = reinterpret_cast<uintptr_t>(ip_hdr);
  const auto last = reinterpret_cast<uintptr_t>(last_ip_byte);
  if (last < first) return 0;
  const std::span<const uint8_t> bytes(static_cast<const uint8_t*>(ip_hdr),
                                       std::min(last - first, kMostBytes - 1) + 1);
  int result = -1;
  Guarded(process, [&] {
    result = process.analysis->Next(*time, bytes, ip_direction);
    SetCounters(process.analysis->closed_flows());
    if (++process.calls < kCallsPerSnapshot) return;
    process.calls = 0;
    process.snapshot = ReportOf(process.analysis->statistics());
  });
  return result;
}

tstat_report* tstat_close(tstat_report* report) {
  Process& process = TheProcess();
  if (process.busy != 0) {
    process.close_wanted = 1;
    TellOnce(process, kNestedClose,
             "tstat: tstat_close interrupted the analysis, which ends when the handler returns\n");
  } else if (process.analysis != nullptr) {
    Guarded(process, [&] { EndAnalysis(process); });
  }
  if (report == nullptr) return nullptr;
  *report = process.snapshot;
  SetTimes(process.begin, report);
  return report;
}

void tstat_print_report(tstat_report* report, FILE* file) {
  Process& process = TheProcess();
  if (report == nullptr || file == nullptr) {
    TellOnce(process, kNoReport, "tstat: tstat_print_report: no report or no file is given\n");
    return;
  }
  if (IsNested(process, "tstat_print_report")) return;
  Guarded(process, [&] {
    tstat::Statistics statistics =
        process.analysis != nullptr ? process.analysis->statistics() : process.statistics;
    TakeOver(*report, &statistics);
    if (process.live) std::fputs("\nLive pcap_stats:\n", stderr);
    // A program may have put anything there.
    constexpr double kLongest = 1e15;
    const double elapsed_us = report->wallclock > 0 ? std::min(report->wallclock, kLongest) : 0;
    std::string text = tstat::ClosingReport(statistics, process.max_tcp_pairs, elapsed_us);
    text +=
        process.analysis != nullptr ? process.analysis->AddressReport() : process.address_report;
    std::fwrite(text.data(), 1, text.size(), file);
  });
}
