// SPDX-License-Identifier: BSD-3-Clause
//
// The part of a DNS response that DN-Hunter needs (RFC 1035, 4): the name asked for and the
// addresses given. A total function over hostile bytes.
#ifndef TSTAT_NAMES_DNS_H_
#define TSTAT_NAMES_DNS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "decode/byte_reader.h"
#include "decode/datagram.h"

namespace tstat::internal {

// Places in the header (RFC 1035, 4.1.1).
namespace dns_header {
inline constexpr size_t kId = 0, kFlags = 2, kQuestionCount = 4, kAnswerCount = 6, kBytes = 12;
inline constexpr uint8_t kIsResponse = 0x80;  // of the first byte of the flags
}  // namespace dns_header

// Types of records, and the class of the Internet (RFC 1035, 3.2; RFC 3596; RFC 9460).
namespace dns_type {
inline constexpr uint16_t kA = 1, kCname = 5, kAaaa = 28, kSvcb = 64, kHttps = 65, kAny = 255;
}  // namespace dns_type
inline constexpr uint16_t kDnsClassInternet = 1;
inline constexpr size_t kDnsV4Bytes = 4, kDnsV6Bytes = 16;

// The payload of a UDP datagram.
inline ByteReader DnsMessage(const Datagram& d) {
  constexpr size_t kHeaderOfUdp = 8;
  return d.transport_bytes.Sub(kHeaderOfUdp);
}

// Names are the same in any case (RFC 4343).
inline std::string LowerCaseName(std::string_view name) {
  std::string key(name);
  for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return key;
}

struct DnsName {
  static constexpr int kMaxLength = 254;
  std::array<char, kMaxLength + 1> text{};
  int size = 0;
  size_t consumed = 0;  // bytes of the message that the name takes where it stands

  // As it is printed: cut at the first NUL; a comma counts as one.
  std::string_view view() const;

  // The name at `offset`, compression pointers followed; no trailing dot. Nothing if it runs past
  // the message, is nested too deeply, or is longer than DnsName holds.
  static std::optional<DnsName> Parse(ByteReader message, size_t offset);
};

struct DnsAnswer {
  static constexpr size_t kMaxAddresses = 30;
  DnsName name;                                     // of the (last) question
  absl::InlinedVector<uint32_t, kMaxAddresses> v4;  // room for all: nothing is allocated
  absl::InlinedVector<std::array<uint8_t, 16>, kMaxAddresses> v6;

  // Nothing: no question of type A, AAAA or ANY, or a name that cannot be told. Answers that were
  // not captured whole are left out.
  static std::optional<DnsAnswer> Parse(ByteReader message);
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_H_
