// SPDX-License-Identifier: BSD-3-Clause
//
// Live capture with libpcap.
#include <pcap/pcap.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "capture/link_types.h"
#include "capture/packet_arena.h"
#include "capture/packet_filter.h"
#include "tstat/packet_source.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

struct ClosePcap {
  void operator()(pcap_t* capture) const { pcap_close(capture); }
};
using PcapHandle = std::unique_ptr<pcap_t, ClosePcap>;

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
  LiveSource(PcapHandle capture, LinkType link_type, int timeout_ms)
      : capture_(std::move(capture)),
        link_type_(link_type),
        has_nanoseconds_(pcap_get_tstamp_precision(capture_.get()) == PCAP_TSTAMP_PRECISION_NANO),
        timeout_ms_(timeout_ms) {}

  size_t ReadBatch(std::span<Packet> batch) override;
  absl::Status status() const override { return status_; }
  bool timed_out() const override { return timed_out_; }
  bool is_stream() const override { return true; }
  void Interrupt() override { pcap_breakloop(capture_.get()); }

  std::optional<CaptureStatistics> capture_statistics() const override {
    pcap_stat counters;
    if (pcap_stats(capture_.get(), &counters) != 0) return std::nullopt;
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
    const int64_t seconds = header.ts.tv_sec;
    packet.time = has_nanoseconds_
                      ? Timestamp::FromNanoseconds(seconds * 1'000'000'000 + header.ts.tv_usec)
                      : Timestamp::FromMicroseconds(seconds * 1'000'000 + header.ts.tv_usec);
    packet.data = {data, header.caplen};
    packet.original_length = header.len;
    packet.link_type = link_type_;
    arena_.Append(packet);
  }

  // So often the counters are looked at when nobody asks for them.
  static constexpr uint64_t kPacketsPerLook = 1 << 24;

  // Waits for packets; false when none came in time or a signal did. libpcap's own time-out does
  // not end a wait on Linux's TPACKET_V3 as long as not a single packet arrives, so the capture is
  // non-blocking and the wait is here.
  bool Wait();

  PcapHandle capture_;
  LinkType link_type_;
  bool has_nanoseconds_;  // where libpcap says microseconds
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
      .fd = pcap_get_selectable_fd(capture_.get()), .events = POLLIN, .revents = 0};
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
    result = pcap_dispatch(capture_.get(), static_cast<int>(batch.size()), &OnPacket,
                           reinterpret_cast<u_char*>(this));
  } while (result == 0 && arena_.size() == 0 && Wait());
  if (result == PCAP_ERROR) {
    status_ = absl::DataLossError(pcap_geterr(capture_.get()));
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

// The reference's form: `pcap_openlive: nope: No such device exists (...)`.
absl::Status ActivationError(pcap_t* capture, const std::string& interface, int result) {
  const std::string_view general = pcap_statustostr(result);
  const std::string_view detail = pcap_geterr(capture);
  std::string message = absl::StrCat("pcap_openlive: ", interface, ": ", std::string(general));
  if (result == PCAP_ERROR) {
    message = absl::StrCat("pcap_openlive: ", std::string(detail));
  } else if (!detail.empty()) {
    message = absl::StrCat(message, " (", std::string(detail), ")");
  }
  switch (result) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return absl::NotFoundError(message);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return absl::PermissionDeniedError(message);
    default:
      return absl::FailedPreconditionError(message);
  }
}

// Sets what must be set before activation; the setters fail only on an active capture.
void Configure(pcap_t* capture, const LiveOptions& options) {
  pcap_set_snaplen(capture, options.snapshot_length);
  pcap_set_promisc(capture, options.promiscuous ? 1 : 0);
  pcap_set_timeout(capture, options.timeout_ms);
  pcap_set_buffer_size(capture, options.buffer_bytes);
  pcap_set_immediate_mode(capture, 0);
  // Where the system has none, they are microseconds.
  if (options.nanoseconds) pcap_set_tstamp_precision(capture, PCAP_TSTAMP_PRECISION_NANO);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PacketSource>> OpenLive(const LiveOptions& options,
                                                       std::string* interface_name) {
  std::string interface = options.interface;
  if (interface.empty()) {
    absl::StatusOr<std::string> first = FirstInterface();
    if (!first.ok()) return first.status();
    interface = *std::move(first);
  }
  if (interface_name != nullptr) *interface_name = interface;

  char error[PCAP_ERRBUF_SIZE];
  PcapHandle capture(pcap_create(interface.c_str(), error));
  if (capture == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("pcap_openlive: ", error));
  }
  Configure(capture.get(), options);
  // Positive results are warnings.
  if (const int result = pcap_activate(capture.get()); result < 0) {
    return ActivationError(capture.get(), interface, result);
  }
  const int dlt = pcap_datalink(capture.get());
  if (absl::Status s = CheckLinkType(dlt); !s.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(interface, ": ", std::string(s.message())));
  }
  absl::StatusOr<PacketFilter> filter = PacketFilter::CompileFor(options.filter, capture.get());
  if (!filter.ok()) return filter.status();
  if (!filter->matches_everything() && pcap_setfilter(capture.get(), filter->program()) != 0) {
    return BadFilter(absl::StrCat("pcap_setfilter: ", pcap_geterr(capture.get())));
  }
  if (pcap_setnonblock(capture.get(), 1, error) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("pcap_setnonblock: ", error));
  }
  return std::make_unique<LiveSource>(std::move(capture), static_cast<LinkType>(dlt),
                                      options.timeout_ms);
}

}  // namespace tstat::inline v1
