// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/networks.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "absl/strings/str_cat.h"
#include "config/prefix_text.h"
#include "config/text_file.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

// Adds [first, last] to `ranges`, which stay disjoint and sorted: what overlaps is merged.
template <typename Range, typename Value>
void AddRange(std::vector<Range>& ranges, Value first, Value last) {
  auto begin =
      std::lower_bound(ranges.begin(), ranges.end(), first,
                       [](const Range& range, const Value& value) { return range.last < value; });
  auto end = begin;
  while (end != ranges.end() && end->first <= last) {
    first = std::min(first, end->first);
    last = std::max(last, end->last);
    ++end;
  }
  if (begin == end) {
    ranges.insert(begin, Range{first, last});
    return;
  }
  *begin = Range{first, last};
  ranges.erase(begin + 1, end);
}

template <typename Range, typename Value>
bool InRanges(const std::vector<Range>& ranges, const Value& value) {
  auto range = std::lower_bound(ranges.begin(), ranges.end(), value,
                                [](const Range& r, const Value& v) { return r.last < v; });
  return range != ranges.end() && range->first <= value;
}

constexpr bool IsPrefix(uint32_t mask) {
  return std::countl_one(mask) + std::countr_zero(mask) >= 32;
}

// The 64 bit mask with `bits` (clamped to 0..64) leading ones.
constexpr uint64_t LeadingOnes(int bits) {
  if (bits <= 0) return 0;
  return bits >= 64 ? ~uint64_t{0} : ~uint64_t{0} << (64 - bits);
}

}  // namespace

absl::StatusOr<NetworkList> NetworkList::Parse(std::string_view text) {
  constexpr std::string_view kSeparators = ", \t\r\n";
  NetworkList list;
  for (;;) {
    const size_t begin = text.find_first_not_of(kSeparators);
    if (begin == std::string_view::npos) return list;
    text.remove_prefix(begin);
    const std::string_view prefix = text.substr(0, text.find_first_of(kSeparators));
    text.remove_prefix(prefix.size());
    if (absl::Status status = list.AddPrefix(prefix); !status.ok()) return status;
  }
}

absl::Status NetworkList::AddPrefix(std::string_view prefix) {
  const auto error = [prefix](const char* reason) {
    return absl::InvalidArgumentError(absl::StrCat("\"", Shown(prefix), "\": ", reason));
  };
  const auto [address, length] = PrefixText::Parse(prefix);
  if (!address.has_value()) return error("not an IPv4 or IPv6 address");
  if (!length.has_value()) {
    return error(address->is_v6() ? "the prefix length must be 0-128"
                                  : "the prefix length must be 0-32");
  }
  if (address->is_v6()) {
    AddV6(*address, *length);
  } else {
    AddV4(address->v4(), *length == 0 ? 0 : ~uint32_t{0} << (32 - *length));
  }
  return absl::OkStatus();
}

NetworkList::V6Value NetworkList::ToValue(const IpAddress& address) {
  uint64_t halves[2];
  std::memcpy(halves, address.bytes().data(), sizeof(halves));
  if constexpr (std::endian::native == std::endian::little) {
    halves[0] = __builtin_bswap64(halves[0]);
    halves[1] = __builtin_bswap64(halves[1]);
  }
  return {halves[0], halves[1]};
}

void NetworkList::AddV4(uint32_t address, uint32_t mask) {
  uint32_t network = address & mask;
  if (IsPrefix(mask)) {
    AddRange(v4_, network, network | ~mask);
  } else {
    v4_masked_.push_back({network, mask});
  }
}

void NetworkList::AddV6(const IpAddress& address, int prefix_length) {
  V6Value mask = {LeadingOnes(prefix_length), LeadingOnes(prefix_length - 64)};
  V6Value value = ToValue(address);
  V6Value first = {value.high & mask.high, value.low & mask.low};
  V6Value last = {first.high | ~mask.high, first.low | ~mask.low};
  AddRange(v6_, first, last);
}

bool NetworkList::SearchV4(uint32_t address) const { return InRanges(v4_, address); }

bool NetworkList::MatchesMask(uint32_t address) const {
  for (const V4Masked& entry : v4_masked_) {
    if ((address & entry.mask) == entry.network) return true;
  }
  return false;
}

bool NetworkList::ContainsV6(const IpAddress& address) const {
  if (v6_.empty()) return false;
  const V6Value value = ToValue(address);
  if (v6_.size() > kFew) return InRanges(v6_, value);
  for (const V6Range& range : v6_) {
    if (range.first <= value && value <= range.last) return true;
  }
  return false;
}

NetworkList NetworkList::All() {
  NetworkList all;
  all.AddV4(0, 0);
  all.AddV6(IpAddress::V6(std::array<uint8_t, 16>{}), 0);
  return all;
}

}  // namespace tstat::inline v1
