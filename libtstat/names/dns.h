// SPDX-License-Identifier: BSD-3-Clause
//
// The part of a DNS response that DN-Hunter needs (RFC 1035, 4): the name asked for
// and the addresses given. A total function over hostile bytes.
#ifndef TSTAT_NAMES_DNS_H_
#define TSTAT_NAMES_DNS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "decode/byte_reader.h"

namespace tstat::internal {

struct DnsName {
  static constexpr int kMaxLength = 254;
  std::array<char, kMaxLength + 1> text{};
  int size = 0;
  size_t consumed = 0;  // bytes of the message that the name takes where it stands

  // As it is printed: cut at the first NUL; a comma counts as one.
  std::string_view view() const;
};

// Decodes the name at `offset`, following compression pointers; no trailing dot. False if it runs
// past the message, is nested too deeply, or is longer than DnsName holds.
bool DecodeDnsName(ByteReader message, size_t offset, DnsName* name);

struct DnsAnswer {
  static constexpr size_t kMaxAddresses = 30;
  DnsName name;  // of the (last) question
  std::vector<uint32_t> v4;
  std::vector<std::array<uint8_t, 16>> v6;

  // False: no question of type A, AAAA or ANY, or a name that cannot be told. Fields are undefined
  // then. Answers that were not captured whole are left out.
  bool Parse(ByteReader message);
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_H_
