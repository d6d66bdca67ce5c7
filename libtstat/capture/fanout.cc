// SPDX-License-Identifier: BSD-3-Clause
//
// One interface, several rings: a fanout group of packet(7), of captures that libpcap opens.
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "capture/live_capture.h"
#include "capture/ring_source.h"

namespace tstat::internal {
namespace {

class FanoutRing final : public PacketRing {
 public:
  explicit FanoutRing(LiveCapture capture) : capture_(std::move(capture)) {}

  // The first one of a group makes it, with a number that the kernel chooses.
  absl::Status Join(std::optional<uint16_t>* group);
  // What came before all had joined may be in several rings: it is no part of the capture.
  void BeginAt(Timestamp start) { start_ = start; }

  size_t Read(PacketArena* block) override;
  absl::Status status() const override { return status_; }
  int descriptor() const override { return pcap_get_selectable_fd(capture_.handle.get()); }
  Counts Counters() override;

 private:
  static constexpr int kPacketsPerRead = 64;
  // Processors that receive at the same time do not put packets into a ring in order.
  static constexpr int64_t kDisorderNs = 50'000'000;

  static void OnPacket(u_char* self, const pcap_pkthdr* header, const u_char* data) {
    reinterpret_cast<FanoutRing*>(self)->Append(*header, data);
  }
  void Append(const pcap_pkthdr& header, const u_char* data);

  LiveCapture capture_;
  PacketArena* block_ = nullptr;
  absl::Status status_;
  std::optional<Timestamp> start_;
  std::atomic<uint64_t> before_start_ = 0;
  Counts counts_;
};

absl::Status FanoutRing::Join(std::optional<uint16_t>* group) {
  // By the flow's hash, which is that of both directions; what a ring has no room for goes to
  // another one. Fragments are not put together (PACKET_FANOUT_FLAG_DEFRAG): the analysis is to see
  // what was on the wire, and the merge has them in order wherever they went.
  uint32_t mode = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_ROLLOVER;
  if (!group->has_value()) mode |= PACKET_FANOUT_FLAG_UNIQUEID;
  const uint32_t wanted = mode << 16 | group->value_or(0);
  const int descriptor = pcap_fileno(capture_.handle.get());
  if (setsockopt(descriptor, SOL_PACKET, PACKET_FANOUT, &wanted, sizeof(wanted)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("several readers need a fanout group (packet(7)): ", strerror(errno)));
  }
  if (group->has_value()) return absl::OkStatus();
  uint32_t chosen = 0;
  socklen_t size = sizeof(chosen);
  if (getsockopt(descriptor, SOL_PACKET, PACKET_FANOUT, &chosen, &size) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("PACKET_FANOUT: ", strerror(errno)));
  }
  *group = static_cast<uint16_t>(chosen);
  return absl::OkStatus();
}

void FanoutRing::Append(const pcap_pkthdr& header, const u_char* data) {
  Packet packet;
  packet.time = capture_.TimeOf(header);
  if (start_.has_value()) {
    if (packet.time < *start_) {
      before_start_.fetch_add(1);
      return;
    }
    if (packet.time.nanoseconds() > start_->nanoseconds() + kDisorderNs) start_.reset();
  }
  packet.data = {data, header.caplen};
  packet.original_length = header.len;
  packet.link_type = capture_.link_type;
  block_->Append(packet);
}

size_t FanoutRing::Read(PacketArena* block) {
  if (!status_.ok()) return 0;
  block_ = block;
  const int result = pcap_dispatch(capture_.handle.get(), kPacketsPerRead, &OnPacket,
                                   reinterpret_cast<u_char*>(this));
  if (result == PCAP_ERROR) status_ = absl::DataLossError(pcap_geterr(capture_.handle.get()));
  return result > 0 ? static_cast<size_t>(result) : 0;
}

// Not by libpcap, which is busy in the reader. The kernel begins anew with each look.
PacketRing::Counts FanoutRing::Counters() {
  tpacket_stats_v3 news = {};
  socklen_t size = sizeof(news);
  if (getsockopt(pcap_fileno(capture_.handle.get()), SOL_PACKET, PACKET_STATISTICS, &news, &size) ==
      0) {
    counts_.received += news.tp_packets;
    counts_.dropped += news.tp_drops;
  }
  // (Those that were dropped before the start were counted as well, and remain.)
  Counts counts = counts_;
  counts.received -= before_start_.load();
  return counts;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PacketSource>> OpenFanout(const LiveOptions& options) {
  LiveOptions each = options;
  each.buffer_bytes = std::max(options.buffer_bytes / options.readers, 1 << 20);
  // The kernel hands over a block so long after its first packet, and the merge can tell by then
  // that nothing earlier is to come. What is finer than microseconds helps to find the order.
  each.timeout_ms = kRingLookMs;
  each.nanoseconds = true;
  std::vector<std::unique_ptr<FanoutRing>> opened;
  std::optional<uint16_t> group;
  for (int i = 0; i < options.readers; ++i) {
    absl::StatusOr<LiveCapture> capture = OpenCapture(each);
    if (!capture.ok()) return capture.status();
    opened.push_back(std::make_unique<FanoutRing>(*std::move(capture)));
    if (absl::Status status = opened.back()->Join(&group); !status.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat("pcap_openlive: ", options.interface, ": ", status.message()));
    }
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const Timestamp start = Timestamp::FromNanoseconds(std::chrono::nanoseconds(now).count());
  std::vector<std::unique_ptr<PacketRing>> rings;
  for (std::unique_ptr<FanoutRing>& ring : opened) {
    ring->BeginAt(start);
    rings.push_back(std::move(ring));
  }
  return ReadRings(std::move(rings),
                   {.timeout_ms = options.timeout_ms, .nanoseconds = options.nanoseconds},
                   [interface = options.interface] { return DroppedByInterface(interface); });
}

}  // namespace tstat::internal
