// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_record_types.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>

namespace tstat::internal {
namespace {

using F = DnsField;

// By number. (IANA, "Domain Name System (DNS) Parameters"; the RFCs named there.)
constexpr DnsRecordType kTypes[] = {
    {1, "A", {F::kIpv4}},
    {2, "NS", {F::kName}},
    {3, "MD", {F::kName}},
    {4, "MF", {F::kName}},
    {5, "CNAME", {F::kName}},
    {6, "SOA", {F::kName, F::kName, F::kU32, F::kU32, F::kU32, F::kU32, F::kU32}},
    {7, "MB", {F::kName}},
    {8, "MG", {F::kName}},
    {9, "MR", {F::kName}},
    {10, "NULL", {F::kOpaque}},
    {11, "WKS", {F::kIpv4, F::kServices}},
    {12, "PTR", {F::kName}},
    {13, "HINFO", {F::kString, F::kString}},
    {14, "MINFO", {F::kName, F::kName}},
    {15, "MX", {F::kU16, F::kName}},
    {16, "TXT", {}, F::kString},
    {17, "RP", {F::kName, F::kName}},
    {18, "AFSDB", {F::kU16, F::kName}},
    {19, "X25", {F::kString}},
    {20, "ISDN", {F::kString, F::kString}},
    {21, "RT", {F::kU16, F::kName}},
    {22, "NSAP", {F::kHexNumber}},
    {23, "NSAP-PTR", {F::kString}},
    {24,
     "SIG",
     {F::kType, F::kU8, F::kU8, F::kU32, F::kTime, F::kTime, F::kU16, F::kName, F::kBase64}},
    {25, "KEY", {F::kU16, F::kU8, F::kU8, F::kBase64}},
    {26, "PX", {F::kU16, F::kName, F::kName}},
    {27, "GPOS", {F::kString, F::kString, F::kString}},
    {28, "AAAA", {F::kIpv6}},
    {29, "LOC", {F::kLocation}},
    {30, "NXT", {F::kName, F::kOpaque}},
    {31, "EID", {F::kHex}},
    {32, "NIMLOC", {F::kHex}},
    {33, "SRV", {F::kU16, F::kU16, F::kU16, F::kName}},
    {34, "ATMA", {F::kHex}},
    {35, "NAPTR", {F::kU16, F::kU16, F::kString, F::kString, F::kString, F::kName}},
    {36, "KX", {F::kU16, F::kName}},
    {37, "CERT", {F::kCertificateType, F::kU16, F::kU8, F::kBase64}},
    {38, "A6", {F::kOpaque}},
    {39, "DNAME", {F::kName}},
    {40, "SINK", {F::kU8}},
    {41, "OPT", {F::kOpaque}},
    {42, "APL", {F::kPrefixes}},
    {43, "DS", {F::kU16, F::kU8, F::kU8, F::kHex}},
    {44, "SSHFP", {F::kU8, F::kU8, F::kHex}},
    {45, "IPSECKEY", {F::kGateway}},
    {46,
     "RRSIG",
     {F::kType, F::kU8, F::kU8, F::kU32, F::kTime, F::kTime, F::kU16, F::kName, F::kBase64}},
    {47, "NSEC", {F::kName, F::kTypes}},
    {48, "DNSKEY", {F::kU16, F::kU8, F::kU8, F::kBase64}},
    {49, "DHCID", {F::kBase64}},
    {50, "NSEC3", {F::kU8, F::kU8, F::kU16, F::kSalt, F::kNextOwner, F::kTypes}},
    {51, "NSEC3PARAM", {F::kU8, F::kU8, F::kU16, F::kSalt}},
    {52, "TLSA", {F::kU8, F::kU8, F::kU8, F::kHex}},
    {53, "SMIMEA", {F::kU8, F::kU8, F::kU8, F::kHex}},
    {55, "HIP", {F::kHostIdentity}, F::kName},
    {58, "TALINK", {F::kName, F::kName}},
    {59, "CDS", {F::kU16, F::kU8, F::kU8, F::kHex}},
    {60, "CDNSKEY", {F::kU16, F::kU8, F::kU8, F::kBase64}},
    {61, "OPENPGPKEY", {F::kBase64}},
    {62, "CSYNC", {F::kU32, F::kU16, F::kTypes}},
    {63, "ZONEMD", {F::kU32, F::kU8, F::kU8, F::kHex}},
    {64, "SVCB", {F::kU16, F::kName, F::kParameters}},
    {65, "HTTPS", {F::kU16, F::kName, F::kParameters}},
    {99, "SPF", {}, F::kString},
    {104, "NID", {F::kU16, F::kLocator64}},
    {105, "L32", {F::kU16, F::kIpv4}},
    {106, "L64", {F::kU16, F::kLocator64}},
    {107, "LP", {F::kU16, F::kName}},
    {108, "EUI48", {F::kEui48}},
    {109, "EUI64", {F::kEui64}},
    {249,
     "TKEY",
     {F::kName, F::kTime, F::kTime, F::kU16, F::kU16, F::kSizedBase64, F::kSizedBase64}},
    {250,
     "TSIG",
     {F::kName, F::kTime48, F::kU16, F::kSizedBase64, F::kU16, F::kU16, F::kSizedBase64}},
    {256, "URI", {F::kU16, F::kU16, F::kText}},
    {257, "CAA", {F::kU8, F::kLetters, F::kText}},
    {32769, "DLV", {F::kU16, F::kU8, F::kU8, F::kHex}},
};
constexpr DnsRecordType kUnknown = {0, "", {F::kOpaque}};

struct Mnemonic {
  uint16_t code;
  std::string_view name;
};
// Types that are asked for, and that no record has.
constexpr Mnemonic kQuestionTypes[] = {
    {251, "IXFR"}, {252, "AXFR"}, {253, "MAILB"}, {254, "MAILA"}, {255, "ANY"}};
constexpr Mnemonic kClasses[] = {{1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}};

std::string_view NameIn(std::span<const Mnemonic> table, uint16_t code) {
  for (const Mnemonic& entry : table) {
    if (entry.code == code) return entry.name;
  }
  return {};
}

void AppendNameOr(std::string_view name, std::string_view prefix, uint16_t code, std::string* out) {
  if (!name.empty()) {
    out->append(name);
    return;
  }
  char digits[5];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), code);
  out->append(prefix).append(std::begin(digits), end.ptr);
}

}  // namespace

const DnsRecordType& DnsRecordTypeOf(uint16_t code) {
  static_assert(std::is_sorted(std::begin(kTypes), std::end(kTypes),
                               [](const auto& a, const auto& b) { return a.code < b.code; }));
  const auto* const found = std::lower_bound(
      std::begin(kTypes), std::end(kTypes), code,
      [](const DnsRecordType& type, uint16_t wanted) { return type.code < wanted; });
  return found != std::end(kTypes) && found->code == code ? *found : kUnknown;
}

void AppendDnsTypeName(uint16_t code, std::string* out) {
  AppendNameOr(DnsRecordTypeOf(code).name, "TYPE", code, out);
}

void AppendDnsQuestionTypeName(uint16_t code, std::string* out) {
  const std::string_view name = NameIn(kQuestionTypes, code);
  AppendNameOr(name.empty() ? DnsRecordTypeOf(code).name : name, "TYPE", code, out);
}

void AppendDnsClassName(uint16_t code, std::string* out) {
  AppendNameOr(NameIn(kClasses, code), "CLASS", code, out);
}

}  // namespace tstat::internal
