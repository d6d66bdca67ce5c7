// SPDX-License-Identifier: BSD-3-Clause
//
// The analysis behind libtstat.h: a session with the messages of the library. It knows nothing of
// what is global there.
//
//   std::unique_ptr<Analysis> analysis = Analysis::Start("tstat.conf");   // null: it told why
//   analysis->NewLogDirectory("trace", time);
//   analysis->Next(time, bytes, 0);
//   analysis->Finish();
#ifndef TSTAT_BINDINGS_C_LIBTSTAT_ANALYSIS_H_
#define TSTAT_BINDINGS_C_LIBTSTAT_ANALYSIS_H_

#include <sys/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "startup/console.h"
#include "startup/runtime_reload.h"
#include "startup/settings.h"
#include "tstat/packet.h"
#include "tstat/session.h"
#include "tstat/statistics.h"
#include "tstat/time.h"

namespace tstat::internal {

// Nothing for a time that no packet may have, or whose microseconds are not 0 to 999,999.
std::optional<Timestamp> TimeOf(const timeval& time);

// The packet that a program makes up when none came for a while, so that time goes on: an IP packet
// of a protocol number that has no meaning.
bool IsKeepAlive(std::span<const uint8_t> packet);

class Analysis {
 public:
  // By the options in the file `path`. Null: a message says why. `written` is the log directories
  // of the process's analyses: those that are there already are kept, new ones are added.
  static std::unique_ptr<Analysis> Start(const char* path, std::vector<std::string>* written);

  // `name` may be empty.
  void NewLogDirectory(std::string_view name, Timestamp time);
  // `direction` as in tstat_next_pckt. Returns what that does.
  int Next(Timestamp time, std::span<const uint8_t> packet, int direction);
  // Ends what is open, and tells of what was lost.
  void Finish();

  [[nodiscard]] Statistics statistics() const { return session_->statistics(); }
  // What follows the report with -Y.
  [[nodiscard]] std::string AddressReport() const;
  [[nodiscard]] ClosedFlows closed_flows() const { return session_->closed_flows(); }
  [[nodiscard]] uint32_t max_tcp_pairs() const {
    return settings_.session.analyzer.globals.max_tcp_pairs;
  }
  // -l, which has no other effect here.
  [[nodiscard]] bool live() const { return settings_.live; }

 private:
  Analysis();

  bool Open(const char* path, std::vector<std::string>* written);
  PacketOrigin OriginOf(int direction) const;
  // `now`: of the packets.
  void TellProblems(Timestamp now);
  void TellOfExternalFlow(std::span<const uint8_t> packet);
  void FollowFiles();

  cli::Console console_;
  cli::Settings settings_;
  std::unique_ptr<Session> session_;
  std::optional<cli::ReloadedFiles> reloaded_;  // -T, --labels
  bool every_ip_packet_counts_ = false;         // 3.3
  bool foreign_told_ = false, external_told_ = false, memory_told_ = false;
  bool output_failed_ = false;
  uint32_t calls_ = 0;  // since problems were looked for
};

}  // namespace tstat::internal

#endif  // TSTAT_BINDINGS_C_LIBTSTAT_ANALYSIS_H_
