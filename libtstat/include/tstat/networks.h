// SPDX-License-Identifier: BSD-3-Clause
//
// Lists of networks: internal (-N), cloud (-C), encrypted (-Y) and exempt (-W).
//
//   auto mine = tstat::NetworkList::Parse("10.0.0.0/8, 2001:db8::/32");
//   if (!mine.ok()) return mine.status();       // "10.0.0.0/33": the prefix length must be 0-32
//   options.internal = *std::move(mine);
#ifndef TSTAT_NETWORKS_H_
#define TSTAT_NETWORKS_H_

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat/export.h"
#include "tstat/ip_address.h"

namespace tstat::inline v1 {

// A set of IPv4 and IPv6 networks; an address is in it when any entry of its family matches.
class TSTAT_EXPORT NetworkList {
 public:
  // Prefixes of either family (RFC 4632, RFC 4291), separated by commas or white space; an empty
  // text is an empty list. InvalidArgument as AddPrefix.
  static absl::StatusOr<NetworkList> Parse(std::string_view text);

  // Adds "10.0.0.0/8" or "2001:db8::/32"; an address alone is a network of one. Host bits of the
  // address are cleared. InvalidArgument with the offending text; nothing was added then.
  absl::Status AddPrefix(std::string_view prefix);
  // IPv4: `mask` in host order, any bits (non-contiguous masks are legal). Host bits of `address`
  // are cleared.
  void AddV4(uint32_t address, uint32_t mask);
  // IPv6: the first `prefix_length` (0..128) bits must be equal.
  void AddV6(const IpAddress& address, int prefix_length);

  [[nodiscard]] bool Contains(const IpAddress& address) const {
    return address.is_v6() ? ContainsV6(address) : ContainsV4(address.v4());
  }
  [[nodiscard]] bool has_v4() const { return !v4_.empty() || !v4_masked_.empty(); }
  [[nodiscard]] bool has_v6() const { return !v6_.empty(); }
  [[nodiscard]] bool empty() const { return !has_v4() && !has_v6(); }

  // Everything of both families.
  [[nodiscard]] static NetworkList All();

 private:
  // Disjoint, sorted, inclusive ranges: what prefixes add up to. Look-ups are a binary search, so
  // lists of any length are cheap.
  struct V4Range {
    uint32_t first, last;
  };
  // An IPv4 mask with holes, which is no range.
  struct V4Masked {
    uint32_t network, mask;
  };
  // An IPv6 address as a number, most significant half first.
  struct V6Value {
    uint64_t high, low;
    friend constexpr auto operator<=>(const V6Value&, const V6Value&) = default;
  };
  struct V6Range {
    V6Value first, last;
  };
  static V6Value ToValue(const IpAddress& address);

  // The usual lists are a handful of private networks: a plain loop beats the search there.
  static constexpr size_t kFew = 8;
  bool ContainsV4(uint32_t address) const {
    if (v4_.size() > kFew) return SearchV4(address) || MatchesMask(address);
    for (const V4Range& range : v4_) {
      if (range.first <= address && address <= range.last) return true;
    }
    return !v4_masked_.empty() && MatchesMask(address);
  }
  bool SearchV4(uint32_t address) const;
  bool MatchesMask(uint32_t address) const;
  bool ContainsV6(const IpAddress& address) const;

  std::vector<V4Range> v4_;
  std::vector<V4Masked> v4_masked_;
  std::vector<V6Range> v6_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_NETWORKS_H_
