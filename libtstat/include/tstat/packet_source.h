// SPDX-License-Identifier: BSD-3-Clause
//
// Where packets come from: a trace file, standard input, a live interface, or the caller's own
// code.
//
//   absl::StatusOr<std::unique_ptr<PacketSource>> source = OpenTrace("trace.pcap.gz");
//   if (!source.ok()) return source.status();
//   std::vector<Packet> batch(PacketSource::kBatchSize);
//   while (size_t n = (*source)->ReadBatch(batch)) { ... batch[0] .. batch[n-1] ... }
//   absl::Status end = (*source)->status();   // OK at a clean end
#ifndef TSTAT_PACKET_SOURCE_H_
#define TSTAT_PACKET_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat/packet.h"

namespace tstat {

// Counters of a live capture, as the kernel gives them.
struct CaptureStatistics {
  uint64_t received = 0;
  uint64_t dropped = 0;
};

// Delivers packets in capture order. Not thread-safe: one reader.
class PacketSource {
 public:
  // A good number of packets to ask for: enough to hide memory latency by prefetching, few enough
  // to stay in the first-level cache.
  static constexpr size_t kBatchSize = 32;

  virtual ~PacketSource() = default;

  // Fills the front of `batch` and returns how many packets there are; blocks until there is at
  // least one. The bytes of all of them stay valid until the next call. 0 means the end: a clean
  // one, or an error that status() explains (what was delivered before stays good). A live source
  // may also return 0 with `timed_out()` true when nothing arrived within its time-out.
  virtual size_t ReadBatch(std::span<Packet> batch) = 0;

  // OK while reading and at a clean end; otherwise why reading stopped.
  virtual absl::Status status() const { return absl::OkStatus(); }

  // True when the last ReadBatch returned 0 only because nothing arrived in time.
  virtual bool timed_out() const { return false; }

  // Share of the input read so far, 0..1, when it can be known (regular files).
  virtual std::optional<double> progress() const { return std::nullopt; }

  // True for standard input, FIFOs and live interfaces: their output directory rotates (spec
  // 10, 7.3).
  virtual bool is_stream() const { return false; }

  // True when `progress` counts compressed bytes.
  virtual bool is_compressed() const { return false; }

  // Kernel counters; only live sources have them.
  virtual std::optional<CaptureStatistics> capture_statistics() const { return std::nullopt; }
};

// How OpenTrace reads.
struct TraceOptions {
  // libpcap filter expression; empty = everything (CLI: -f).
  std::string filter;
  // Read plain pcap files through a mapped window instead of libpcap. The result is the same.
  bool memory_map = true;
};

// Opens a trace file: pcap and pcapng (microseconds, nanoseconds, both byte orders), snoop; plain
// or compressed with gzip, bzip2, xz or zstd, recognised by content. The name "stdin" is standard
// input. Errors (the message names the file): NotFound / PermissionDenied from the system;
// InvalidArgument for a directory, a file that is no capture, an unsupported link type, a filter
// that does not compile. An empty file opens as a source without packets.
absl::StatusOr<std::unique_ptr<PacketSource>> OpenTrace(std::string_view path,
                                                        const TraceOptions& options = {});

}  // namespace tstat

#endif  // TSTAT_PACKET_SOURCE_H_
