// SPDX-License-Identifier: BSD-3-Clause
#include "benchmarks/accuracy/link/tun.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace accuracy {
namespace {

// virtio_net_hdr of linux/virtio_net.h, which is no C++.
struct OffloadHeader {
  static constexpr uint8_t kNeedsChecksum = 1;
  uint8_t flags = 0;
  uint8_t gso_type = 0;  // 0: not to be cut
  uint16_t header_length = 0, gso_size = 0, checksum_start = 0, checksum_offset = 0;
};

std::string Failure(const std::string& what) { return what + ": " + std::strerror(errno); }

}  // namespace

std::string Tun::Open(const std::string& network, const std::string& device, bool offload) {
  const int space = open(("/run/netns/" + network).c_str(), O_RDONLY | O_CLOEXEC);
  if (space < 0) return Failure("network namespace " + network);
  if (setns(space, CLONE_NEWNET) != 0) return Failure("network namespace " + network);
  close(space);
  netstat_ = open("/proc/thread-self/net/netstat", O_RDONLY | O_CLOEXEC);
  snmp_ = open("/proc/thread-self/net/snmp", O_RDONLY | O_CLOEXEC);
  if (netstat_ < 0 || snmp_ < 0) return Failure("/proc/net/netstat");
  file_ = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (file_ < 0) return Failure("/dev/net/tun");
  ifreq request = {};
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  std::strncpy(request.ifr_name, device.c_str(), IFNAMSIZ - 1);
  if (ioctl(file_, TUNSETIFF, &request) != 0) return Failure("device " + device);
  const unsigned features = offload ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0;
  if (ioctl(file_, TUNSETOFFLOAD, features) != 0) return Failure("offloads of " + device);
  constexpr size_t kLargest = sizeof(OffloadHeader) + (size_t{1} << 17);
  buffer_.resize(kLargest);
  return "";
}

bool Tun::Read(std::vector<uint8_t>* bytes, size_t* segment_size, bool* unfinished) {
  const ssize_t size = read(file_, buffer_.data(), buffer_.size());
  OffloadHeader header;
  if (size <= static_cast<ssize_t>(sizeof header)) return false;
  std::memcpy(&header, buffer_.data(), sizeof header);
  bytes->assign(buffer_.begin() + sizeof header, buffer_.begin() + size);
  *segment_size = header.gso_type == 0 ? 0 : header.gso_size;
  *unfinished = (header.flags & OffloadHeader::kNeedsChecksum) != 0;
  return true;
}

bool Tun::Write(const std::vector<uint8_t>& bytes) {
  OffloadHeader header;
  const iovec parts[] = {{&header, sizeof header},
                         {const_cast<uint8_t*>(bytes.data()), bytes.size()}};
  return writev(file_, parts, 2) == static_cast<ssize_t>(bytes.size() + sizeof header);
}

}  // namespace accuracy
