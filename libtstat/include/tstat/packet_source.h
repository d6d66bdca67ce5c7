// SPDX-License-Identifier: BSD-3-Clause
//
// Where packets come from: a trace file, standard input, a live interface, or the caller's own
// code.
//
//   absl::StatusOr<std::unique_ptr<PacketSource>> source = OpenTrace("trace.pcap.gz");
//   if (!source.ok()) return source.status();
//   std::vector<Packet> batch(PacketSource::kBatchSize);
//   while (size_t n = (*source)->ReadBatch(batch)) {
//     for (const Packet& packet : std::span(batch).first(n)) Use(packet);
//   }
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
#include "tstat/export.h"
#include "tstat/mapped_range.h"
#include "tstat/packet.h"

namespace tstat::inline v1 {

// Counters of a live capture: the kernel's, and what of it was read.
struct CaptureStatistics {
  uint64_t received = 0;              // passed the filter, those dropped since included
  uint64_t dropped = 0;               // by the kernel, because its buffer was full
  uint64_t dropped_by_interface = 0;  // before the filter; not in `received`
  uint64_t delivered = 0;             // by ReadBatch
  uint64_t late = 0;  // of those: behind packets of other readers that are later, for they came
                      // after these had waited for the longest time

  // What the kernel still holds.
  [[nodiscard]] uint64_t waiting() const {
    return received > dropped + delivered ? received - dropped - delivered : 0;
  }
  // What came after `earlier`.
  [[nodiscard]] CaptureStatistics Since(const CaptureStatistics& earlier) const {
    return {.received = received - earlier.received,
            .dropped = dropped - earlier.dropped,
            .dropped_by_interface = dropped_by_interface - earlier.dropped_by_interface,
            .delivered = delivered - earlier.delivered,
            .late = late - earlier.late};
  }
};

// Packets of a trace that were read and not delivered, by reason.
struct SkippedPackets {
  uint64_t at_time_zero = 0;       // at the start of a trace: such packets have no place in time
  uint64_t time_out_of_range = 0;  // outside of Timestamp::EarliestOfPacket() and LatestOfPacket()

  SkippedPackets& operator+=(const SkippedPackets& other) {
    at_time_zero += other.at_time_zero;
    time_out_of_range += other.time_out_of_range;
    return *this;
  }
};

// Delivers packets in capture order. Not thread-safe: one reader.
class TSTAT_EXPORT PacketSource {
 public:
  // A good number of packets to ask for: enough to hide memory latency by prefetching, few enough
  // to stay in the first-level cache.
  static constexpr size_t kBatchSize = 32;

  virtual ~PacketSource() = default;

  // Fills the front of `batch` and returns how many packets there are; blocks until there is at
  // least one. The bytes of all of them stay valid until the next call. 0 means the end: a clean
  // one, or an error that status() explains (what was delivered before stays good). A live source
  // may also return 0 with `timed_out()` true when nothing arrived within its time-out.
  [[nodiscard]] virtual size_t ReadBatch(std::span<Packet> batch) = 0;

  // Bytes of packets to come that are in memory, but hardly in the processor's cache: worth
  // fetching while those of the last batch are analysed. Each byte is named once, at most.
  [[nodiscard]] virtual std::span<const uint8_t> TakeUpcoming() { return {}; }

  // True: the bytes of the last batch stay as they are until the source is destroyed, so that who
  // needs them later has no need of a copy.
  [[nodiscard]] virtual bool keeps_bytes() const { return false; }

  // OK while reading and at a clean end; otherwise why reading stopped.
  [[nodiscard]] virtual absl::Status status() const { return absl::OkStatus(); }

  // True when the last ReadBatch returned 0 only because nothing arrived in time.
  [[nodiscard]] virtual bool timed_out() const { return false; }

  // Share of the input read so far, 0..1, when it can be known (regular files).
  [[nodiscard]] virtual std::optional<double> progress() const { return std::nullopt; }

  // True for standard input, FIFOs and live interfaces: their output directory rotates.
  [[nodiscard]] virtual bool is_stream() const { return false; }

  // True when `progress` counts compressed bytes.
  [[nodiscard]] virtual bool is_compressed() const { return false; }

  // Kernel counters; only live sources have them.
  [[nodiscard]] virtual std::optional<CaptureStatistics> capture_statistics() const {
    return std::nullopt;
  }

  // What was not delivered so far.
  [[nodiscard]] virtual SkippedPackets skipped() const { return {}; }

  // Something the user should be told although reading goes on, such as "empty file"; empty when
  // there is nothing. May appear while reading.
  [[nodiscard]] virtual std::string_view note() const { return {}; }

  // There was not a single byte, not even a file header.
  [[nodiscard]] virtual bool is_empty() const { return false; }

  // Makes a ReadBatch that waits for packets return soon. Safe in a signal handler. Sources that
  // never wait ignore it.
  virtual void Interrupt() {}
};

// How OpenTrace reads.
struct TraceOptions {
  // libpcap filter expression; empty = everything (CLI: -f).
  std::string filter = {};
  // Read pcap and pcapng files with the library's own readers. Without it libpcap's are used, which
  // give the same where they can read a file, only slower: they refuse pcapng with several link
  // types or snapshot lengths, and end where another file was joined to the first one.
  bool native_pcap = true;
  // Keep what of times is finer than microseconds, where the file has it. As Tstat reads files,
  // times are cut to microseconds.
  bool nanoseconds = false;
  // Deliver packets of time zero at the start of a trace, too.
  bool time_zero = false;
  // Of a stream ReadBatch also comes back, timed_out(), when nothing came for a second. (With
  // native_pcap only.)
  bool reports_pauses = false;
  // ERF only: how many of the first records must look like ERF (environment
  // ERF_RECORDS_TO_CHECK), and the size of the frame check sequence that the wire length counts
  // (0, 16 or 32 bits; environment ERF_FCS_BITS).
  int erf_records_to_check = 3;
  int erf_fcs_bits = 32;
  // Given: files above 256 kB are looked at in place, mapped, a megabyte at a time, which is
  // faster, and this says where. It must outlive the source. A file that somebody cuts while its
  // very megabyte is analysed raises SIGBUS in that range, which the program must then handle (the
  // tstat command does). Without it such a file just ends there.
  MappedRange* mapping = nullptr;
};

// Opens a trace file: pcap and pcapng (microseconds, nanoseconds, both byte orders), snoop, ERF;
// plain or compressed with gzip, compress, bzip2, xz, zstd or (where the library was built with
// liblz4) lz4, recognised by content. pcap and pcapng files that were joined into one are read one
// after the other, which note() tells. The name "stdin" is standard input. An empty file opens as a
// source without packets, whose is_empty() is true. Errors (the message begins with the file's
// name):
//   InvalidArgument      not a capture file, unsupported link type, bad filter (CLI: exit 1)
//   NotFound, PermissionDenied, FailedPrecondition
//                        cannot be read: missing, no permission, a directory, compressed data of
//                        which nothing can be decompressed (CLI: exit 255)
//   Cancelled            a signal arrived while waiting for the first bytes of a stream
// After opening, the source's status() may become
//   DataLoss             the trace is cut or damaged; the message is libpcap's text alone
//                        (CLI: PCAP error: '...', exit 0)
//   Aborted              compressed data cut or damaged, or a read error; the message begins with
//                        the file's name (CLI: exit 1 after the analysis)
// A stream's ReadBatch returns 0 with timed_out() true when a signal interrupts its wait, and as
// TraceOptions::reports_pauses says.
// A file that grows is read to its new end; one that is cut ends there.
TSTAT_EXPORT absl::StatusOr<std::unique_ptr<PacketSource>> OpenTrace(
    std::string_view path, const TraceOptions& options = {});

// libpcap's words ("pcap_compile: ...") when it is a bad filter for which OpenTrace or OpenLive
// gave `status`.
[[nodiscard]] TSTAT_EXPORT std::optional<std::string> FilterError(const absl::Status& status);

// Whether `filter` is an expression of pcap-filter(7), as far as that can be said without a trace:
// for packets of Ethernet. InvalidArgument, a FilterError.
TSTAT_EXPORT absl::Status CheckFilter(const std::string& filter);

// How OpenLive captures.
struct LiveOptions {
  static constexpr int kMostReaders = 32;

  // Empty: libpcap's first device (CLI: -i). `xdp:eth0`: by AF_XDP, a ring and a thread for each
  // queue of the card; `xdp-native:` in its driver only, `xdp-generic:` in the kernel. `dpdk:` and
  // arguments of DPDK: all ports that it finds, `readers` rings and threads each.
  std::string interface = {};
  int snapshot_length = 550;  // (CLI: -E)
  bool promiscuous = true;
  int timeout_ms = 1000;        // ReadBatch returns at least that often
  int buffer_bytes = 64 << 20;  // kernel buffer; smaller ones lose packets in bursts
  std::string filter = {};      // (CLI: -f)
  bool nanoseconds = false;     // as TraceOptions::nanoseconds
  // With more than one, each has a part of the kernel's buffer, into which the kernel puts whole
  // flows (fanout by hash, packet(7)), and a thread of its own, from the first ReadBatch on. They
  // are merged by time: a packet waits some hundredths of a second for those of other readers, a
  // fifth of a second at most. Linux; 1 to kMostReaders (CLI: --live-readers).
  int readers = 1;
};

// Whether the source that OpenLive opens has threads of its own, from the first ReadBatch on.
[[nodiscard]] TSTAT_EXPORT bool HasReaderThreads(const LiveOptions& options);

// Opens a live interface. Errors carry libpcap's text: InvalidArgument for a bad filter or an
// unsupported link type, PermissionDenied, NotFound (no such device), else FailedPrecondition. The
// name of the interface that was chosen goes to `*interface_name` when that is given.
TSTAT_EXPORT absl::StatusOr<std::unique_ptr<PacketSource>> OpenLive(
    const LiveOptions& options, std::string* interface_name = nullptr);

// One source out of two, merged by time; equal times give the first one's packet first. Each packet
// gets the origin of its source. Serves pairs of traces taken one per direction (CLI: -2).
[[nodiscard]] TSTAT_EXPORT std::unique_ptr<PacketSource> MergeByTime(
    std::unique_ptr<PacketSource> first, std::unique_ptr<PacketSource> second,
    PacketOrigin first_origin = PacketOrigin::kInternalSource,
    PacketOrigin second_origin = PacketOrigin::kExternalSource);

}  // namespace tstat::inline v1

#endif  // TSTAT_PACKET_SOURCE_H_
