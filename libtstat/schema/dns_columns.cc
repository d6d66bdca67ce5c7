// SPDX-License-Identifier: BSD-3-Clause
//
// [3.3] The columns of DNS messages: log_dns_complete.
#include <optional>
#include <string_view>
#include <utility>

#include "schema/log_schema.h"
#include "schema/readers.h"
#include "schema/row_writer.h"
#include "tstat/dns.h"
#include "tstat/dns_codes.h"
#include "tstat/flow.h"
#include "tstat/options.h"
#include "tstat/schema.h"
#include "tstat/time.h"
#include "tstat/value.h"

namespace tstat::internal {
namespace {

using Text = std::optional<std::string_view>;

constexpr ColumnExtras kDerived = {.privacy = Privacy::kDerived};
constexpr Column<DnsEntry> kEnd[] = {
    {"ip", type::kAddress, "", Format::kAddress,
     "IP address: the client is who asks, whoever opened the flow",
     [](const DnsEntry& e, Direction d) { return AddressOf(e.endpoints.of(d)); },
     Is(Privacy::kAddress)},
    {"port", type::kU16, "", Format::kUint16, "UDP port",
     [](const DnsEntry& e, Direction d) { return e.endpoints.of(d).port; }},
    {"isint", type::kBool, "", Format::kInt32, "1: the address is internal",
     [](const DnsEntry& e, Direction d) { return e.endpoints.of(d).internal; }, kDerived},
    {"iscrypto", type::kBool, "", Format::kInt32, "1: the address is anonymised",
     [](const DnsEntry& e, Direction d) { return e.endpoints.of(d).encrypted; }, kDerived},
};

// The types that the text knows by name in questions and errors; others are OTHER.
constexpr std::pair<uint16_t, std::string_view> kQuestionTypes[] = {
    {1, "A"},       {2, "NS"},     {5, "CNAME"},  {6, "SOA"},    {12, "PTR"},
    {13, "HINFO"},  {15, "MX"},    {16, "TXT"},   {17, "RP"},    {27, "GPOS"},
    {28, "AAAA"},   {29, "LOC"},   {32, "NB"},    {33, "SRV"},   {35, "NAPTR"},
    {39, "DNAME"},  {43, "DS"},    {44, "SSHFP"}, {46, "RRSIG"}, {47, "NSEC"},
    {48, "DNSKEY"}, {50, "NSEC3"}, {64, "SVCB"},  {65, "HTTPS"}, {99, "SPF"},
};
constexpr std::pair<uint16_t, std::string_view> kQuestionClasses[] = {
    {1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}};
// RFC 6895, 2.3.
constexpr std::string_view kErrors[] = {"FORMERR",  "SERVFAIL", "NXDOMAIN", "NOTIMPL", "REFUSED",
                                        "YXDOMAIN", "YXRRSET",  "NXRRSET",  "NOTAUTH", "NOTZONE"};

template <size_t kSize>
constexpr std::string_view NameIn(const std::pair<uint16_t, std::string_view> (&table)[kSize],
                                  uint16_t code) {
  for (const auto& [value, name] : table) {
    if (value == code) return name;
  }
  return "OTHER";
}

constexpr bool IsAnswer(const DnsEntry& e) { return e.kind == DnsEntryKind::kAnswer; }
Text IfNamed(const DnsEntry& e, std::string_view text) {
  return e.has_name ? Text(text) : std::nullopt;
}

std::string_view PrintedKind(DnsEntryKind kind) {
  if (kind == DnsEntryKind::kQuestion) return "REQ";
  if (kind == DnsEntryKind::kNoRecord) return "RESP_NONE";
  return kind == DnsEntryKind::kAnswer ? "RESP" : "RESP_ERR";
}
// Names of questions are printed as they were sent, up to a NUL.
Text PrintedName(const DnsEntry& e) {
  if (IsAnswer(e)) return e.name;
  const std::string_view name = e.raw_name;
  return IfNotEmpty(name.substr(0, name.find('\0')));
}
Text PrintedType(const DnsEntry& e) {
  return IsAnswer(e) ? Text(e.type_name) : IfNamed(e, NameIn(kQuestionTypes, e.type));
}
Text PrintedClass(const DnsEntry& e) {
  return IsAnswer(e) ? Text(e.class_name) : IfNamed(e, NameIn(kQuestionClasses, e.record_class));
}
Text PrintedAnswer(const DnsEntry& e) {
  if (IsAnswer(e)) return e.data;
  if (e.kind != DnsEntryKind::kError) return std::nullopt;
  const bool is_known = e.response_code >= 1 && e.response_code <= std::size(kErrors);
  return is_known ? kErrors[e.response_code - 1] : "UNKNOWN-ERROR";
}

constexpr std::string_view kNoQuestion =
    "an answer that is an error or has no record, without a question";
template <auto kMember>
constexpr auto Of = [](const DnsEntry& e, Direction) { return e.*kMember; };

constexpr Column<DnsEntry> kMessage[] = {
    {"time", type::kTime, "ms", Format::kFixed6, "time of the packet, since the epoch",
     Of<&DnsEntry::time>},
    {"entry",
     type::OneOf<uint8_t>(kDnsEntryCodes),
     "",
     Format::kText,
     "REQ: a question of a query, RESP: a record of an answer, RESP_ERR: an answer that is an "
     "error, RESP_NONE (true profile): an answer without a record that can be read",
     Of<&DnsEntry::kind>,
     {},
     [](const DnsEntry& e, Direction) { return PrintedKind(e.kind); }},
    {"trans_id", type::kU16, "", Format::kHex16, "number of the query", Of<&DnsEntry::id>},
    {"query",
     type::kText,
     "",
     Format::kName,
     "name that is asked for, or that has the record, with a dot at the end; in the text the bytes "
     "of all but RESP are as sent, and `-` is the root (true profile: as in RESP)",
     [](const DnsEntry& e, Direction) { return IfNamed(e, e.name); },
     {.absent = kNoQuestion, .privacy = Privacy::kName, .placeholder = "-"},
     [](const DnsEntry& e, Direction) { return PrintedName(e); }},
    {"ttl",
     type::kU32,
     "s",
     Format::kUint32,
     "how long the record may be kept",
     [](const DnsEntry& e, Direction) {
       return IsAnswer(e) ? std::optional(e.ttl_s) : std::nullopt;
     },
     {.absent = "all but RESP", .placeholder = "-"}},
    {"class", type::kText, "", Format::kText,
     "class of the record: IN, CH, HS, NONE, ANY; in the text others are CLASSn in RESP, else "
     "OTHER",
     [](const DnsEntry& e, Direction) { return IfNamed(e, e.class_name); },
     Absent(kNoQuestion, "-"), [](const DnsEntry& e, Direction) { return PrintedClass(e); }},
    {"type",
     type::kText,
     "",
     Format::kText,
     "type of the record, TYPEn where it has no name; in the text of all but RESP all are OTHER "
     "but A, NS, CNAME, SOA, PTR, HINFO, MX, TXT, RP, GPOS, AAAA, LOC, NB, SRV, NAPTR, DNAME, "
     "DS, "
     "SSHFP, RRSIG, NSEC, DNSKEY, NSEC3, SVCB, HTTPS, SPF",
     [](const DnsEntry& e, Direction) { return IfNamed(e, e.type_name); },
     {.absent = kNoQuestion, .privacy = Privacy::kDerived, .placeholder = "-"},
     [](const DnsEntry& e, Direction) { return PrintedType(e); }},
    {"answer",
     type::kText,
     "",
     Format::kRecord,
     "RESP: what the record says, as in master files, in the text with a TAB for each blank and of "
     "at most 4095 characters with the columns from `query` on; RESP_ERR: the error, in the text. "
     "Addresses and names in it are never anonymised",
     [](const DnsEntry& e, Direction) {
       return IsAnswer(e) ? std::optional(TextView{.text = e.data, .end_missing = e.data_cut})
                          : std::nullopt;
     },
     {.absent = "all but RESP", .privacy = Privacy::kContent, .placeholder = "-"},
     [](const DnsEntry& e, Direction) { return PrintedAnswer(e); }},
    {"flags", type::SetOf<uint8_t>(kDnsFlagCodes), "", Format::kHex8,
     "flags of the message, a sum: see codes.md", Of<&DnsEntry::flags>},
    {"qdcount", type::kU16, "", Format::kInt32, "questions of the message",
     Of<&DnsEntry::question_count>},
    {"ancount", type::kU16, "", Format::kInt32, "records of its answer section",
     Of<&DnsEntry::answer_count>},
    {"nscount", type::kU16, "", Format::kInt32, "records of its authority section",
     Of<&DnsEntry::authority_count>},
    {"arcount", type::kU16, "", Format::kInt32,
     "records of its additional section, without OPT and TSIG", Of<&DnsEntry::additional_count>},
    {"pkt_size", type::kU32, "bytes", Format::kInt32, "size of the message",
     Of<&DnsEntry::message_bytes>},
    Column<DnsEntry>::WithoutText(
        "rcode", type::OneOf<uint8_t>(kDnsErrorCodes), "", "the error of RESP_ERR",
        [](const DnsEntry& e, Direction) {
          return e.kind == DnsEntryKind::kError ? std::optional(e.response_code) : std::nullopt;
        },
        {.absent = "all but RESP_ERR"}),
};
// Those that no version of Tstat has.
constexpr Presence kModernDns{&CompatProfile::modern_columns, true};
constexpr Column<DnsEntry> kModernColumns[] = {
    {"proto",
     type::kText,
     "",
     Format::kText,
     "protocol of the flow: UDP or TCP",
     [](const DnsEntry& e, Direction) {
       return std::string_view(e.protocol == FlowProtocol::kTcp ? "TCP" : "UDP");
     },
     {.presence = kModernDns}},
    {"flow_no",
     type::kU64,
     "",
     Format::kUint64,
     "number of the flow in the run, of those of its protocol",
     [](const DnsEntry& e, Direction) { return e.flow_number; },
     {.presence = kModernDns}},
    {"trans_time",
     type::kDuration,
     "ms",
     Format::kFixed6,
     "of an answer: since the question with the same number in the flow",
     [](const DnsEntry& e, Direction) {
       return e.question_time.is_set() ? std::optional(Between(e.question_time, e.time))
                                       : std::nullopt;
     },
     {.absent = "REQ, or the question was not seen", .presence = kModernDns, .placeholder = "-"}},
};
constexpr auto kModernOnce = Once(kModernColumns);
constexpr auto kColumns = Concatenate(ClientThenServer(kEnd), Once(kMessage));
static_assert(kColumns.size() == 23);

}  // namespace
}  // namespace tstat::internal

namespace tstat::inline v1 {

const LogTable<DnsEntry>& DnsEntryTable() {
  static const internal::LogSchema<DnsEntry> table(
      {.name = "dns_entry",
       .description =
           "3.3, off by default: one row for each question of a query, record of an answer, "
           "and error of the DNS messages over UDP (true profile: and TCP), written when it is "
           "seen. An answer "
           "that is no error and has no records (NODATA) has no row but in the true profile, which "
           "also reads messages whose end is missing or broken as far as they go."},
      {internal::MakeColumnBlock<DnsEntry, internal::kColumns>("core", "Core", 0),
       internal::MakeColumnBlock<DnsEntry, internal::kModernOnce>("modern", "Modern", 0)});
  return table;
}

}  // namespace tstat::inline v1
