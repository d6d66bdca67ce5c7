// SPDX-License-Identifier: BSD-3-Clause
//
// What numbers in records of DNS messages mean (tstat/dns.h), as in tstat/codes.h.
//
//   const tstat::Code* code = tstat::kDnsErrorCodes.Find(3);
//   Print(code->name, code->meaning);   // "nxdomain", "`NXDOMAIN`: no such name"
#ifndef TSTAT_DNS_CODES_H_
#define TSTAT_DNS_CODES_H_

#include <cstdint>

#include "tstat/codes.h"
#include "tstat/dns.h"
#include "tstat/export.h"

namespace tstat::inline v1 {

namespace code_lists {

inline constexpr Code kDnsEntries[] = {
    {static_cast<uint32_t>(DnsEntryKind::kQuestion), "question", "`REQ`: a question"},
    {static_cast<uint32_t>(DnsEntryKind::kAnswer), "answer", "`RESP`: a record of an answer"},
    {static_cast<uint32_t>(DnsEntryKind::kError), "error", "`RESP_ERR`: an error"},
    {static_cast<uint32_t>(DnsEntryKind::kNoRecord), "no_record",
     "`RESP_NONE`: an answer without a record that can be read, true profile"},
};
inline constexpr Code kDnsFlags[] = {
    {dns_flags::kCheckingDisabled, "cd", "CD: checking disabled"},
    {dns_flags::kAuthenticData, "ad", "AD: authentic data"},
    {dns_flags::kRecursionAvailable, "ra", "RA: recursion available"},
    {dns_flags::kRecursionDesired, "rd", "RD: recursion desired"},
    {dns_flags::kTruncated, "tc", "TC: the message is truncated"},
    {dns_flags::kAuthoritative, "aa", "AA: authoritative answer"},
};
inline constexpr Code kDnsErrors[] = {
    {1, "formerr", "`FORMERR`: format error"},
    {2, "servfail", "`SERVFAIL`: server failure"},
    {3, "nxdomain", "`NXDOMAIN`: no such name"},
    {4, "notimpl", "`NOTIMPL`: not implemented"},
    {5, "refused", "`REFUSED`"},
    {6, "yxdomain", "`YXDOMAIN`: a name exists that should not"},
    {7, "yxrrset", "`YXRRSET`: records exist that should not"},
    {8, "nxrrset", "`NXRRSET`: records that should exist do not"},
    {9, "notauth", "`NOTAUTH`: not authoritative, or not authorised"},
    {10, "notzone", "`NOTZONE`: a name that is not in the zone"},
    {11, "dsotypeni", "`UNKNOWN-ERROR`: type of DSO not implemented"},
    {12, "unassigned_12", "`UNKNOWN-ERROR`"},
    {13, "unassigned_13", "`UNKNOWN-ERROR`"},
    {14, "unassigned_14", "`UNKNOWN-ERROR`"},
    {15, "unassigned_15", "`UNKNOWN-ERROR`"},
};

}  // namespace code_lists

TSTAT_EXPORT inline constexpr CodeTable kDnsEntryCodes = {.title = "DNS entries",
                                                          .used_by = "`entry` of log_dns_complete",
                                                          .note = "The text log has the words.",
                                                          .codes = code_lists::kDnsEntries};
TSTAT_EXPORT inline constexpr CodeTable kDnsFlagCodes = {.title = "DNS flags",
                                                         .used_by = "`flags` of log_dns_complete",
                                                         .note = "A sum.",
                                                         .codes = code_lists::kDnsFlags,
                                                         .is_set = true};
TSTAT_EXPORT inline constexpr CodeTable kDnsErrorCodes = {
    .title = "DNS errors",
    .used_by = "`rcode` of log_dns_complete (not in the text)",
    .note = "The text log has the words, in `answer`.",
    .codes = code_lists::kDnsErrors};

}  // namespace tstat::inline v1

#endif  // TSTAT_DNS_CODES_H_
