// SPDX-License-Identifier: BSD-3-Clause
//
// Lists of networks: internal (-N), cloud (-C), encrypted (-Y) and exempt (-W). Reading them from
// files is config/network_file.h's work.
#ifndef TSTAT_NETWORKS_H_
#define TSTAT_NETWORKS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "tstat/ip_address.h"

namespace tstat {

// A set of IPv4 and IPv6 networks; an address is in it when any entry of its family matches (spec
// 10, 8.2).
class NetworkList {
 public:
  // IPv4: `mask` in host order, any bits (non-contiguous masks are legal). Host bits of `address`
  // are cleared.
  void AddV4(uint32_t address, uint32_t mask);
  // IPv6: the first `prefix_length` (0..128) bits must be equal.
  void AddV6(const IpAddress& address, int prefix_length);

  bool Contains(const IpAddress& address) const;
  bool has_v4() const { return !v4_.empty(); }
  bool has_v6() const { return !v6_.empty(); }
  bool empty() const { return v4_.empty() && v6_.empty(); }

  // Everything of both families.
  static NetworkList All();

 private:
  struct V4 {
    uint32_t network, mask;
  };
  struct V6 {
    uint64_t network[2], mask[2];  // host order
  };
  std::vector<V4> v4_;
  std::vector<V6> v6_;
};

}  // namespace tstat

#endif  // TSTAT_NETWORKS_H_
