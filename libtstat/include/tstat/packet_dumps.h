// SPDX-License-Identifier: BSD-3-Clause
//
// Writes packets as captures, by what they belong to: all of IP, the flows of TCP or UDP, video,
// each UDP protocol (docs/dumps.md; [dump] of runtime.conf). Each dump is a file in the directory
// traces00 of the log directory, or a file each time slice; log.txt there says what was dumped.
//
//   tstat::OutputTree tree({.directory = "out"});
//   tstat::PacketDumpOptions options;
//   options.settings.enabled = {"udp_dns", "tcp_complete"};
//   tstat::PacketDumps dumps(&tree, options);
//   analyzer.AddSink(&tree);
//   analyzer.AddSink(&dumps);
#ifndef TSTAT_PACKET_DUMPS_H_
#define TSTAT_PACKET_DUMPS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tstat/dump_filter.h"
#include "tstat/event_sink.h"
#include "tstat/export.h"
#include "tstat/options.h"
#include "tstat/output_tree.h"
#include "tstat/runtime_config.h"

namespace tstat::inline v1 {

enum class DumpFormat : uint8_t {
  kPcap,    // as Tstat: each packet behind an Ethernet header without addresses
  kPcapng,  // packets begin with IP, have nanoseconds, and a comment with flow number and class
};
enum class DumpCompression : uint8_t { kNone, kGzip, kZstd };

// Changes a packet before it is written. `bytes` are those from the IP header on, as far as they
// were captured, with the addresses that the analysis sees; what is left there is written (snap_len
// cuts it later), with the IP header's length as the original one. False: the packet is left out.
// Called once for a packet that at least one dump takes.
using DumpRewriter = std::function<bool(const FlowPacket& packet, std::vector<uint8_t>* bytes)>;

struct PacketDumpOptions {
  DumpSettings settings;  // [dump]
  DumpNameFilter names;   // -F: used with DumpSettings::dns_filter
  CompatProfile profile;
  DumpFormat format = DumpFormat::kPcap;                 // --dump-format
  DumpCompression compression = DumpCompression::kNone;  // -P, --dump-compression
  DumpRewriter rewrite = nullptr;                        // null: packets are written as they came
  // Told of every directory made, and the time of the packet that begins it.
  std::function<void(const std::string& directory, Timestamp time)> on_created = nullptr;
};

// What cannot be written ends: a dump whose file cannot be made or written to (a full disk, a
// directory that somebody removed) is closed until the next directory, which counts its packets as
// lost; the others go on.
class TSTAT_EXPORT PacketDumps : public EventSink {
 public:
  // `tree` and `files` (for tests; null: those of the tree) must outlive this object.
  PacketDumps(OutputTree* tree, PacketDumpOptions options, internal::FileOpener* files = nullptr);
  ~PacketDumps() override;

  // From now on: what is open is closed, and the next packet begins a directory of the next number.
  // Nothing happens when it says what was said before. After a change from or to no dump at all
  // Wants() has to be asked again (Analyzer::ResubscribeNow).
  void SetSettings(const DumpSettings& settings, const DumpNameFilter& names);

  // Nothing when no dump is on.
  EventMask Wants() const override;
  void OnNewOutput(const OutputStart& output) override;
  void OnFlowPacket(const FlowPacket& packet) override;
  void OnTraceEnd(const TraceEnd& trace) override;

  // Hands what is buffered to the system.
  void Flush();
  // Makes a directory again that could not be made.
  void Retry();

  // The first error.
  absl::Status status() const override;
  // The next error since the last call, one of each dump until RepeatProblems; OK after the last.
  absl::Status TakeProblem();
  void RepeatProblems();
  // Packets, each counted for every dump that it is not in though it should be.
  [[nodiscard]] uint64_t lost_packets() const;

 private:
  class TSTAT_NO_EXPORT Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_PACKET_DUMPS_H_
