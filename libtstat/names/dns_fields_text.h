// SPDX-License-Identifier: BSD-3-Clause
//
// Fields of RDATA as text, one function each: what dns_presentation.cc puts together. The
// functions that return false could not show the field.
#ifndef TSTAT_NAMES_DNS_FIELDS_TEXT_H_
#define TSTAT_NAMES_DNS_FIELDS_TEXT_H_

#include "names/dns_presentation.h"
#include "names/dns_wire.h"

namespace tstat::internal {

// `field`: the bytes of the field, as a message of its own.
void AppendDnsIpv4(const DnsWire& field, DnsText& out);
void AppendDnsIpv6(const DnsWire& field, DnsText& out);
void AppendDnsHex(const DnsWire& field, DnsText& out);
void AppendDnsBase64(const DnsWire& field, DnsText& out);

bool AppendDnsParameters(const DnsWire& field, DnsText& out);
bool AppendDnsLocation(const DnsWire& field, DnsText& out);
bool AppendDnsPrefixes(const DnsWire& field, DnsText& out);
bool AppendDnsGateway(const DnsWire& field, DnsText& out);
bool AppendDnsHostIdentity(const DnsWire& field, DnsText& out);
bool AppendDnsServices(const DnsWire& field, DnsText& out);

// What ldns appends to a DNSKEY: its key tag, its role, the bits of its key. `data`: the fields.
void AppendDnsKeyRemark(const DnsWire& data, DnsText& out);

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_FIELDS_TEXT_H_
