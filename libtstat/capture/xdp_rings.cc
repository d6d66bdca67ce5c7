// SPDX-License-Identifier: BSD-3-Clause
#include "capture/xdp_rings.h"

#ifdef TSTAT_LIBXDP
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "capture/xdp_library.h"
#include "config/descriptor.h"
#endif

namespace tstat::internal {

#ifdef TSTAT_LIBXDP
namespace {

// Memory of a frame; the kernel has 256 bytes of it for itself. The smaller one does where frames
// come as the driver has them, and the link has no longer ones.
constexpr uint32_t kSmallFrame = 2048, kLargeFrame = 4096;
constexpr uint32_t kMostInSmallFrame = kSmallFrame - XDP_PACKET_HEADROOM - 14 - 2 * 4;  // payload
constexpr uint32_t kFewestFrames = 256, kMostFrames = 1 << 16;

// `error` is a number of errno(3).
absl::Status XdpError(const std::string& interface, const std::string& what, int error) {
  const std::string text = absl::StrCat(interface, ": ", what, ": ", strerror(error));
  if (error == EPERM || error == EACCES) {
    return absl::PermissionDeniedError(
        absl::StrCat(text, " (AF_XDP needs root, or CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF)"));
  }
  if (error == ENOBUFS || error == ENOMEM) {
    return absl::ResourceExhaustedError(
        absl::StrCat(text, " (a smaller --capture-buffer, or a higher limit of locked memory)"));
  }
  return absl::FailedPreconditionError(text);
}

// The program at the interface, and what goes with it. Without it the interface is as before: the
// kernel takes the program away when the link's last descriptor is closed.
struct XdpProgram {
  Descriptor map, program, link, promiscuous;
  bool is_generic = false;

  absl::Status Load(const std::string& interface, uint32_t queues);
  absl::Status Attach(const std::string& interface, std::string_view kind, int index);
  absl::Status MakePromiscuous(const std::string& interface, int index);
};

absl::Status XdpProgram::Load(const std::string& interface, uint32_t queues) {
  map = Descriptor(Xdp().create_map(BPF_MAP_TYPE_XSKMAP, "tstat_queues", sizeof(int), sizeof(int),
                                    queues, nullptr));
  if (map.get() < 0) return XdpError(interface, "a map of sockets", errno);
  // return bpf_redirect_map(&map, context->rx_queue_index, XDP_PASS);
  const linux_bpf_insn code[] = {
      {.code = BPF_LDX | BPF_MEM | BPF_W,
       .dst_reg = BPF_REG_2,
       .src_reg = BPF_REG_1,
       .off = offsetof(xdp_md, rx_queue_index),
       .imm = 0},
      {.code = BPF_LD | BPF_DW | BPF_IMM,  // NOLINT(misc-redundant-expression): names of 0
       .dst_reg = BPF_REG_1,
       .src_reg = BPF_PSEUDO_MAP_FD,
       .off = 0,
       .imm = map.get()},
      {.code = 0, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K,
       .dst_reg = BPF_REG_3,
       .src_reg = 0,
       .off = 0,
       .imm = XDP_PASS},
      {.code = BPF_JMP | BPF_CALL,
       .dst_reg = 0,
       .src_reg = 0,
       .off = 0,
       .imm = BPF_FUNC_redirect_map},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  };
  program = Descriptor(Xdp().load_program(BPF_PROG_TYPE_XDP, "tstat", "Dual BSD/GPL", code,
                                          std::size(code), nullptr));
  if (program.get() < 0) return XdpError(interface, "the program of XDP", errno);
  return absl::OkStatus();
}

absl::Status XdpProgram::Attach(const std::string& interface, std::string_view kind, int index) {
  int error = 0;
  for (const bool generic : {false, true}) {
    if (kind == (generic ? "xdp-native" : "xdp-generic")) continue;
    bpf_link_create_opts options = {};
    options.sz = sizeof(options);
    options.flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
    link = Descriptor(Xdp().create_link(program.get(), index, BPF_XDP, &options));
    if (link.get() >= 0) {
      is_generic = generic;
      return absl::OkStatus();
    }
    error = errno;
    if (error == EBUSY || error == EEXIST || error == EPERM) break;
  }
  if (error == EBUSY || error == EEXIST) {
    return absl::FailedPreconditionError(
        absl::StrCat(interface, ": another program of XDP is there already (ip link show)"));
  }
  return XdpError(interface,
                  error == ERANGE ? "no program of XDP there: the MTU is too large for its driver"
                                  : "no program of XDP there",
                  error);
}

absl::Status XdpProgram::MakePromiscuous(const std::string& interface, int index) {
  promiscuous = Descriptor(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  packet_mreq wanted = {};
  wanted.mr_ifindex = index;
  wanted.mr_type = PACKET_MR_PROMISC;
  if (promiscuous.get() < 0 || setsockopt(promiscuous.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                                          &wanted, sizeof(wanted)) != 0) {
    return XdpError(interface, "promiscuous mode", errno);
  }
  return absl::OkStatus();
}

// How many queues of the card receive.
uint32_t ReceivingQueues(const char* name) {
  const Descriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_channels channels = {};
  channels.cmd = ETHTOOL_GCHANNELS;
  ifreq request = {};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&channels);
  if (any.get() < 0 || ioctl(any.get(), SIOCETHTOOL, &request) != 0) return 1;
  return std::max(channels.combined_count + channels.rx_count, 1U);
}

// The MTU; a large one where the kernel does not say.
uint32_t LongestPayload(const char* name) {
  const Descriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = {};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (any.get() < 0 || ioctl(any.get(), SIOCGIFMTU, &request) != 0) return UINT32_MAX;
  return static_cast<uint32_t>(request.ifr_mtu);
}

class XdpRing final : public PacketRing {
 public:
  XdpRing(std::shared_ptr<XdpProgram> program, PacketMatch matches, const LiveOptions& options,
          uint32_t frame_bytes)
      : program_(std::move(program)),
        matches_(std::move(matches)),
        snapshot_length_(static_cast<size_t>(options.snapshot_length)),
        frame_bytes_(frame_bytes) {}
  ~XdpRing() override;

  // `name` is the kernel's, `interface` the user's.
  absl::Status Open(const char* name, const std::string& interface, uint32_t queue,
                    uint32_t frames);

  size_t Read(PacketArena* block) override;
  absl::Status status() const override { return status_; }
  int descriptor() const override { return Xdp().socket_descriptor(socket_); }
  Counts Counters() override;

 private:
  static constexpr uint32_t kFramesPerRead = 64;

  void LookForError();

  std::shared_ptr<XdpProgram> program_;
  PacketMatch matches_;
  size_t snapshot_length_;
  uint32_t frame_bytes_;
  size_t bytes_ = 0;
  void* memory_ = MAP_FAILED;
  xsk_umem* umem_ = nullptr;
  xsk_socket* socket_ = nullptr;
  xsk_ring_prod fill_ = {};
  xsk_ring_cons done_ = {}, received_ = {};
  absl::Status status_;
  std::atomic<uint64_t> read_ = 0;
};

XdpRing::~XdpRing() {
  if (socket_ != nullptr) Xdp().delete_socket(socket_);
  if (umem_ != nullptr) Xdp().delete_umem(umem_);
  if (memory_ != MAP_FAILED) munmap(memory_, bytes_);
}

absl::Status XdpRing::Open(const char* name, const std::string& interface, uint32_t queue,
                           uint32_t frames) {
  bytes_ = size_t{frames} * frame_bytes_;
  memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory_ == MAP_FAILED) return XdpError(interface, "memory for frames", errno);
  // The kernel shows that a frame has come before it shows that it took that frame from here; so
  // one may stand here twice for a moment.
  const xsk_umem_config memory = {.fill_size = 2 * frames,
                                  .comp_size = kFramesPerRead,  // nothing is sent
                                  .frame_size = frame_bytes_,
                                  .frame_headroom = 0,
                                  .flags = 0};
  if (const int error = Xdp().create_umem(&umem_, memory_, bytes_, &fill_, &done_, &memory);
      error != 0) {
    return XdpError(interface, "memory for frames", -error);
  }
  uint32_t first = 0;
  for (uint32_t i = 0, n = xsk_ring_prod__reserve(&fill_, frames, &first); i < n; ++i) {
    *xsk_ring_prod__fill_addr(&fill_, first + i) = uint64_t{i} * frame_bytes_;
  }
  xsk_ring_prod__submit(&fill_, frames);
  xsk_socket_config config = {};
  config.rx_size = frames;
  config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  // Without XDP_COPY the kernel does not copy where the driver can do without.
  config.bind_flags =
      static_cast<uint16_t>(XDP_USE_NEED_WAKEUP | (program_->is_generic ? XDP_COPY : 0));
  if (const int error =
          Xdp().create_socket(&socket_, name, queue, umem_, &received_, nullptr, &config);
      error != 0) {
    return XdpError(interface, absl::StrCat("queue ", queue), -error);
  }
  if (const int error = Xdp().update_map(socket_, program_->map.get()); error != 0) {
    return XdpError(interface, absl::StrCat("queue ", queue), -error);
  }
  return absl::OkStatus();
}

// The kernel says once that the interface has gone.
void XdpRing::LookForError() {
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(descriptor(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error == 0) return;
  status_ = absl::DataLossError(error == ENETDOWN ? "The interface disappeared" : strerror(error));
}

size_t XdpRing::Read(PacketArena* block) {
  if (!status_.ok()) return 0;
  uint32_t first = 0;
  const uint32_t count = xsk_ring_cons__peek(&received_, kFramesPerRead, &first);
  if (count == 0) {
    if (xsk_ring_prod__needs_wakeup(&fill_) != 0) {
      (void)recvfrom(descriptor(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
    }
    LookForError();
    return 0;
  }
  // A frame is given back for each that came, so there is room; if there is none yet, they wait.
  uint32_t free = 0;
  if (xsk_ring_prod__reserve(&fill_, count, &free) != count) {
    xsk_ring_cons__cancel(&received_, count);
    return 0;
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  Packet packet;
  packet.time = Timestamp::FromNanoseconds(std::chrono::nanoseconds(now).count());
  packet.link_type = LinkType::kEthernet;
  uint64_t matching = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const xdp_desc& frame = *xsk_ring_cons__rx_desc(&received_, first + i);
    const auto* bytes = static_cast<const uint8_t*>(xsk_umem__get_data(memory_, frame.addr));
    packet.data = {bytes, frame.len};
    packet.original_length = frame.len;
    if (matches_ == nullptr || matches_(packet)) {
      packet.data = packet.data.first(std::min(packet.data.size(), snapshot_length_));
      block->Append(packet);
      ++matching;
    }
    *xsk_ring_prod__fill_addr(&fill_, free + i) = frame.addr & ~uint64_t{frame_bytes_ - 1};
  }
  xsk_ring_prod__submit(&fill_, count);
  xsk_ring_cons__release(&received_, count);
  read_.fetch_add(matching);
  return count;
}

PacketRing::Counts XdpRing::Counters() {
  xdp_statistics lost = {};
  socklen_t size = sizeof(lost);
  (void)getsockopt(descriptor(), SOL_XDP, XDP_STATISTICS, &lost, &size);
  Counts counts;
  counts.dropped = lost.rx_dropped + lost.rx_ring_full;
  counts.received = read_.load() + counts.dropped;
  if (matches_ == nullptr) {
    // What is in the ring.
    counts.received += __atomic_load_n(received_.producer, __ATOMIC_ACQUIRE) -
                       __atomic_load_n(received_.consumer, __ATOMIC_ACQUIRE);
  }
  return counts;
}

}  // namespace

absl::StatusOr<std::vector<std::unique_ptr<PacketRing>>> OpenXdpRings(const LiveOptions& options,
                                                                      const PacketMatch& matches) {
  const std::string& interface = options.interface;
  const size_t colon = interface.find(':');
  const std::string name = interface.substr(colon + 1);
  const std::string_view kind = std::string_view(interface).substr(0, colon);
  if (!Xdp().is_loaded) {
    return absl::FailedPreconditionError(
        absl::StrCat(interface, ": ", TSTAT_LIBXDP, " is not installed"));
  }
  const unsigned index = if_nametoindex(name.c_str());
  if (index == 0) return absl::NotFoundError(absl::StrCat(interface, ": ", strerror(errno)));
  const uint32_t queues = ReceivingQueues(name.c_str());
  auto program = std::make_shared<XdpProgram>();
  absl::Status status = program->Load(interface, queues);
  if (status.ok()) status = program->Attach(interface, kind, static_cast<int>(index));
  if (status.ok() && options.promiscuous) {
    status = program->MakePromiscuous(interface, static_cast<int>(index));
  }
  if (!status.ok()) return status;
  const bool is_small = !program->is_generic && LongestPayload(name.c_str()) <= kMostInSmallFrame;
  const uint32_t frame_bytes = is_small ? kSmallFrame : kLargeFrame;
  const uint32_t wanted = static_cast<uint32_t>(options.buffer_bytes) / frame_bytes / queues;
  const uint32_t frames = std::clamp(std::bit_floor(wanted), kFewestFrames, kMostFrames);
  std::vector<std::unique_ptr<PacketRing>> rings;
  for (uint32_t queue = 0; queue < queues; ++queue) {
    auto ring = std::make_unique<XdpRing>(program, matches, options, frame_bytes);
    status = ring->Open(name.c_str(), interface, queue, frames);
    if (!status.ok()) return status;
    rings.push_back(std::move(ring));
  }
  return rings;
}

#else

absl::StatusOr<std::vector<std::unique_ptr<PacketRing>>> OpenXdpRings(const LiveOptions& options,
                                                                      const PacketMatch&) {
  return absl::UnimplementedError(options.interface +
                                  ": this tstat was built without AF_XDP (TSTAT_WITH_XDP)");
}

#endif

}  // namespace tstat::internal
