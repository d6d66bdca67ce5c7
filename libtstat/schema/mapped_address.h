// SPDX-License-Identifier: BSD-3-Clause
//
// An address of either family as 16 bytes: IPv4 is ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).
#ifndef TSTAT_SCHEMA_MAPPED_ADDRESS_H_
#define TSTAT_SCHEMA_MAPPED_ADDRESS_H_

#include <algorithm>
#include <array>
#include <cstdint>

#include "tstat/ip_address.h"

namespace tstat::internal {

inline std::array<uint8_t, 16> MappedAddress(const IpAddress& address) {
  if (address.is_v6()) return address.bytes();
  std::array<uint8_t, 16> mapped{};
  mapped[10] = mapped[11] = 0xff;
  std::copy_n(address.bytes().begin(), 4, mapped.begin() + 12);
  return mapped;
}

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_MAPPED_ADDRESS_H_
