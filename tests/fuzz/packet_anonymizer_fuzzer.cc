// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: what is kept of IP packets under strict anonymity.
// Input: a packet from its IP header on.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "privacy/packet_anonymizer.h"
#include "tstat/anonymizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tstat::internal::PacketAnonymizer;
  static const std::shared_ptr<tstat::Anonymizer> anonymizer =
      *tstat::Anonymizer::Create({.key = tstat::AnonymizationKey("key"), .strict = true});
  PacketAnonymizer packets(anonymizer.get());
  constexpr uint8_t kUntouched = 0xa5;
  std::array<uint8_t, PacketAnonymizer::kMostBytes> out;
  out.fill(kUntouched);
  const size_t kept = packets.Rewrite({data, size}, out);
  if (kept > std::min(size, out.size())) std::abort();
  const auto untouched = [](uint8_t byte) { return byte == kUntouched; };
  if (!std::all_of(out.begin() + static_cast<ptrdiff_t>(kept), out.end(), untouched)) std::abort();
  // Less room is enough for less; without what was left out the same is kept.
  std::vector<uint8_t> again(kept / 2);
  if (packets.Rewrite({data, size}, again) > again.size()) std::abort();
  std::array<uint8_t, PacketAnonymizer::kMostBytes> twice;
  if (packets.Rewrite({data, kept}, twice) != kept) std::abort();
  return 0;
}
