// SPDX-License-Identifier: BSD-3-Clause
//
// An end of the link: a TUN device in a network namespace.
#ifndef TSTAT_ACCURACY_TUN_H_
#define TSTAT_ACCURACY_TUN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace accuracy {

class Tun {
 public:
  // In the namespace of that name (as `ip netns add` makes them). With `offload` the kernel leaves
  // cutting and checksums to the device. Returns what is wrong, empty if nothing is.
  std::string Open(const std::string& network, const std::string& device, bool offload);

  // Whether there was a packet; without offload `segment_size` is 0 and `unfinished` false.
  bool Read(std::vector<uint8_t>* bytes, size_t* segment_size, bool* unfinished);
  // Whether the kernel took it.
  bool Write(const std::vector<uint8_t>& bytes);

  int file() const { return file_; }
  // Open files of the namespace: /proc/net/netstat and /proc/net/snmp.
  int netstat() const { return netstat_; }
  int snmp() const { return snmp_; }

 private:
  int file_ = -1, netstat_ = -1, snmp_ = -1;
  std::vector<uint8_t> buffer_;
};

}  // namespace accuracy

#endif  // TSTAT_ACCURACY_TUN_H_
