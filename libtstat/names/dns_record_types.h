// SPDX-License-Identifier: BSD-3-Clause
//
// The types of resource records: what they are called, and the fields of their RDATA, in order.
//
//   const DnsRecordType& mx = DnsRecordTypeOf(15);   // "MX": {kU16, kName}
#ifndef TSTAT_NAMES_DNS_RECORD_TYPES_H_
#define TSTAT_NAMES_DNS_RECORD_TYPES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"

namespace tstat::internal {

enum class DnsField : uint8_t {
  kNone,
  kName,
  kU8,
  kU16,
  kU32,
  kIpv4,
  kIpv6,
  kTime,             // 32 bits of seconds
  kTime48,           // 48 bits of seconds (TSIG)
  kType,             // a type of records
  kCertificateType,  // RFC 4398, 2.1
  kLocator64,        // four groups of 16 bits (RFC 6742)
  kEui48,
  kEui64,
  // A length byte and as many bytes.
  kString,
  kLetters,    // letters and digits only
  kSalt,       // of NSEC3 (RFC 5155)
  kNextOwner,  // a hash, likewise
  // 16 bits of length and as many bytes.
  kSizedBase64,
  // The host identity and its key, before rendezvous servers (RFC 8005, 5).
  kHostIdentity,
  // All the rest of the RDATA.
  kBase64,
  kHex,
  kHexNumber,  // with 0x in front (NSAP)
  kText,
  kOpaque,      // RFC 3597, 5
  kTypes,       // a bitmap of types (RFC 4034, 4.1.2)
  kParameters,  // of services (RFC 9460, 2.2)
  kLocation,    // RFC 1876
  kPrefixes,    // RFC 3123
  kGateway,     // precedence, gateway and key of IPsec (RFC 4025)
  kServices,    // protocol and ports (RFC 1035, 3.4.2)
};

struct DnsRecordType {
  static constexpr size_t kListedFields = 9;
  // A reader counts fields in 8 bits.
  static constexpr size_t kMaxFields = 255;

  uint16_t code = 0;
  std::string_view name;  // empty: TYPEnnn
  std::array<DnsField, kListedFields> fields{};
  DnsField repeated = DnsField::kNone;  // all fields behind `fields`; kNone: there are none

  // kNone: there is no such field.
  constexpr DnsField field(size_t index) const {
    if (index < kListedFields && fields[index] != DnsField::kNone) return fields[index];
    return index < kMaxFields ? repeated : DnsField::kNone;
  }
};

// A type that is not known has one opaque field, and no name.
const DnsRecordType& DnsRecordTypeOf(uint16_t code);

// Appends the mnemonic, or TYPE and the number (RFC 3597, 5).
void AppendDnsTypeName(uint16_t code, std::string* out);
// Of types that are asked for only: "AXFR"; else like AppendDnsTypeName.
void AppendDnsQuestionTypeName(uint16_t code, std::string* out);
// "IN", or CLASS and the number.
void AppendDnsClassName(uint16_t code, std::string* out);

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_RECORD_TYPES_H_
