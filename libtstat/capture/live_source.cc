// SPDX-License-Identifier: BSD-3-Clause
//
// Live capture with libpcap.
#include <pcap/pcap.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "capture/dpdk_source.h"
#include "capture/live_capture.h"
#include "capture/packet_arena.h"
#include "capture/xdp_source.h"
#include "tstat/packet_source.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

// libpcap counts in 32 bits, which a fast link passes within minutes.
class WideCounter {
 public:
  uint64_t Follow(uint32_t counted) {
    total_ += counted - last_;
    last_ = counted;
    return total_;
  }

 private:
  uint32_t last_ = 0;
  uint64_t total_ = 0;
};

class LiveSource final : public PacketSource {
 public:
  LiveSource(LiveCapture capture, int timeout_ms)
      : capture_(std::move(capture)), timeout_ms_(timeout_ms) {}

  size_t ReadBatch(std::span<Packet> batch) override;
  absl::Status status() const override { return status_; }
  bool timed_out() const override { return timed_out_; }
  bool is_stream() const override { return true; }
  void Interrupt() override { pcap_breakloop(capture_.handle.get()); }

  std::optional<CaptureStatistics> capture_statistics() const override {
    pcap_stat counters;
    if (pcap_stats(capture_.handle.get(), &counters) != 0) return std::nullopt;
    return CaptureStatistics{.received = received_.Follow(counters.ps_recv),
                             .dropped = dropped_.Follow(counters.ps_drop),
                             .dropped_by_interface = interface_.Follow(counters.ps_ifdrop),
                             .delivered = delivered_};
  }

 private:
  static void OnPacket(u_char* self, const pcap_pkthdr* header, const u_char* data) {
    reinterpret_cast<LiveSource*>(self)->Append(*header, data);
  }

  void Append(const pcap_pkthdr& header, const u_char* data) {
    Packet packet;
    packet.time = capture_.TimeOf(header);
    packet.data = {data, header.caplen};
    packet.original_length = header.len;
    packet.link_type = capture_.link_type;
    arena_.Append(packet);
  }

  // So often the counters are looked at when nobody asks for them.
  static constexpr uint64_t kPacketsPerLook = 1 << 24;

  // Waits for packets; false when none came in time or a signal did. libpcap's own time-out does
  // not end a wait on Linux's TPACKET_V3 as long as not a single packet arrives, so the capture is
  // non-blocking and the wait is here.
  bool Wait();

  LiveCapture capture_;
  int timeout_ms_;
  PacketArena arena_;
  absl::Status status_;
  bool timed_out_ = false;
  uint64_t delivered_ = 0;
  uint64_t next_look_ = kPacketsPerLook;
  mutable WideCounter received_, dropped_, interface_;
};

bool LiveSource::Wait() {
  pollfd descriptor = {
      .fd = pcap_get_selectable_fd(capture_.handle.get()), .events = POLLIN, .revents = 0};
  return poll(&descriptor, 1, timeout_ms_) > 0;
}

size_t LiveSource::ReadBatch(std::span<Packet> batch) {
  timed_out_ = false;
  if (!status_.ok()) return 0;
  arena_.Clear();
  // The kernel's slots are handed back as soon as libpcap moves on to its next block of packets, so
  // a batch holds copies.
  int result;
  do {
    result = pcap_dispatch(capture_.handle.get(), static_cast<int>(batch.size()), &OnPacket,
                           reinterpret_cast<u_char*>(this));
  } while (result == 0 && arena_.size() == 0 && Wait());
  if (result == PCAP_ERROR) {
    status_ = absl::DataLossError(pcap_geterr(capture_.handle.get()));
  } else if (arena_.size() == 0) {
    // Nothing in time, or PCAP_ERROR_BREAK of Interrupt(): the caller looks why it wanted that.
    timed_out_ = true;
  }
  delivered_ += arena_.size();
  if (delivered_ >= next_look_) {
    next_look_ = delivered_ + kPacketsPerLook;
    (void)capture_statistics();
  }
  return arena_.Deliver(batch);
}

absl::StatusOr<std::string> FirstInterface() {
  char error[PCAP_ERRBUF_SIZE];
  pcap_if_t* all = nullptr;
  if (pcap_findalldevs(&all, error) != 0) return absl::FailedPreconditionError(error);
  std::string name = all != nullptr ? all->name : "";
  pcap_freealldevs(all);
  if (name.empty()) return absl::NotFoundError("no suitable device found");
  return name;
}

}  // namespace

bool HasReaderThreads(const LiveOptions& options) {
  return options.readers > 1 || IsXdpName(options.interface) || IsDpdkName(options.interface);
}

absl::StatusOr<std::unique_ptr<PacketSource>> OpenLive(const LiveOptions& options,
                                                       std::string* interface_name) {
  std::string interface = options.interface;
  if (interface.empty()) {
    absl::StatusOr<std::string> first = FirstInterface();
    if (!first.ok()) return first.status();
    interface = *std::move(first);
  }
  if (interface_name != nullptr) *interface_name = interface;

  LiveOptions chosen = options;
  chosen.interface = std::move(interface);
  if (options.readers < 1 || options.readers > LiveOptions::kMostReaders) {
    return absl::InvalidArgumentError(absl::StrCat(options.readers, " readers: 1 to ",
                                                   LiveOptions::kMostReaders, " are possible"));
  }
  if (IsXdpName(chosen.interface)) return OpenXdp(chosen);
  if (IsDpdkName(chosen.interface)) return OpenDpdk(chosen);
  if (options.readers > 1) return OpenFanout(chosen);
  absl::StatusOr<LiveCapture> capture = OpenCapture(chosen);
  if (!capture.ok()) return capture.status();
  return std::make_unique<LiveSource>(*std::move(capture), options.timeout_ms);
}

}  // namespace tstat::inline v1
