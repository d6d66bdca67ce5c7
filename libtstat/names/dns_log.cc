// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_log.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "names/dns.h"
#include "names/dns_presentation.h"
#include "names/dns_record_types.h"

namespace tstat::internal {
namespace {

// 224.0.0.0/4 and ff00::/8.
bool IsMulticast(const IpAddress& address) {
  return address.is_v6() ? address.bytes()[0] == 0xFF : address.v4() >> 28 == 0xE;
}

// Their places in the second word of the header (RFC 1035, 4.1.1; RFC 4035, 3).
constexpr std::pair<uint16_t, uint8_t> kFlags[] = {
    {0x0010, dns_flags::kCheckingDisabled},   {0x0020, dns_flags::kAuthenticData},
    {0x0080, dns_flags::kRecursionAvailable}, {0x0100, dns_flags::kRecursionDesired},
    {0x0200, dns_flags::kTruncated},          {0x0400, dns_flags::kAuthoritative}};

uint8_t FlagsOf(uint16_t header_flags) {
  uint8_t flags = 0;
  for (const auto& [bit, flag] : kFlags) {
    if ((header_flags & bit) != 0) flags |= flag;
  }
  return flags;
}

void SetRawName(const DnsWire& wire, size_t at, std::string* out) {
  out->clear();
  uint32_t pointers = dns_name::kMaxPointers;
  WalkDnsName(wire, &at, &pointers, [&](size_t label, uint8_t bytes) {
    for (size_t i = label; i < label + bytes; ++i) out->push_back(static_cast<char>(wire.U8(i)));
    out->push_back('.');
  });
}

// A message with neither a question nor an answer is a header alone, or has an OPT or a TSIG behind
// it (RFC 6891, 6.1; RFC 8945, 4.2); other protocols have zeros there, too.
bool IsPlausibleWithoutRecords(const DnsWire& wire, size_t size, const DnsMessageView& message) {
  constexpr size_t kAdditionalAt = 10, kHeaderBytes = 12, kTypeAt = kHeaderBytes + 1;
  constexpr uint16_t kOpt = 41, kTsig = 250;
  if (message.questions() != 0 || message.answers() != 0) return true;
  if (message.authorities() != 0) return false;
  const uint16_t additional = wire.U16(kAdditionalAt);  // these two included
  if (additional == 0) return size == kHeaderBytes;
  if (!wire.Has(kHeaderBytes, 3) || wire.U8(kHeaderBytes) != 0) return false;
  const uint16_t type = wire.U16(kTypeAt);
  return additional <= 2 && (type == kOpt || type == kTsig);
}

}  // namespace

bool DnsLog::OnDatagram(const UdpDatagramStep& step, const Endpoints& endpoints,
                        uint64_t flow_number, DnsTransactions* transactions) {
  constexpr int32_t kUdpHeader = 8;
  constexpr uint16_t kMulticastPort = 5353;
  const Datagram& d = *step.datagram;
  if (d.ip_payload_length <= kUdpHeader) return false;
  if (transactions == nullptr && (IsMulticast(d.source) || IsMulticast(d.destination))) {
    return false;
  }
  const auto size = static_cast<size_t>(d.ip_payload_length - kUdpHeader);
  // The reference reads on behind the captured end. What it finds there is known where it is zeros.
  const ByteReader captured = DnsMessage(d);
  const bool reads_zeros = d.zeros_behind && transactions == nullptr;
  const size_t known = reads_zeros ? size : std::min(size, captured.size());
  return OnMessage({captured, known}, size,
                   {.time = d.time,
                    .order = At(step.order, EventPlace::kDnsEntry),
                    .sender = step.direction,
                    .flow_number = flow_number,
                    .endpoints = endpoints,
                    .transactions = transactions,
                    .is_multicast_dns =
                        d.source_port == kMulticastPort || d.destination_port == kMulticastPort});
}

uint64_t DnsLog::OnStreamMessage(ByteReader message, size_t size, const Origin& origin) {
  if (!OnMessage({message, message.size()}, size, origin)) return 0;
  return entry_.order.sub - origin.order.sub;
}

bool DnsLog::OnMessage(const DnsWire& wire, size_t size, const Origin& origin) {
  is_modern_ = origin.transactions != nullptr;
  is_multicast_ = is_modern_ && origin.is_multicast_dns;
  std::optional<DnsMessageView> message = DnsMessageView::Parse(wire);
  if (!message && is_modern_) message = DnsMessageView::ParseBegin(wire);
  if (!message || (is_modern_ && !IsPlausibleWithoutRecords(wire, size, *message))) return false;
  Begin(origin, *message);
  entry_.message_bytes = static_cast<uint32_t>(size);
  if (!message->is_response()) {
    entry_.kind = DnsEntryKind::kQuestion;
    message->ForEachQuestion(message->questions(), [&](const DnsQuestionView& question) {
      SetQuestion(*message, question);
      Tell();
    });
  } else if (message->response_code() != 0) {
    entry_.kind = DnsEntryKind::kError;
    TellOfQuestions(*message, is_modern_ ? message->questions() : 1);
  } else {
    TellAnswers(*message);
  }
  return true;
}

void DnsLog::TellAnswers(const DnsMessageView& message) {
  entry_.kind = DnsEntryKind::kAnswer;
  bool any = false;
  message.ForEachAnswer([&](const DnsRecordView& record) {
    if (!SetAnswer(message, record)) return;
    Tell();
    any = true;
  });
  if (any || !is_modern_) return;
  entry_.kind = DnsEntryKind::kNoRecord;
  entry_.has_name = false;
  entry_.ttl_s = 0;
  entry_.data.clear();
  TellOfQuestions(message, message.questions());
}

// What is said of the questions that a response repeats; of none if there is none.
void DnsLog::TellOfQuestions(const DnsMessageView& message, size_t most) {
  bool any = false;
  message.ForEachQuestion(most, [&](const DnsQuestionView& question) {
    SetQuestion(message, question);
    Tell();
    any = true;
  });
  if (!any) Tell();
}

void DnsLog::Begin(const Origin& origin, const DnsMessageView& message) {
  const Direction from_client = message.is_response() ? Opposite(origin.sender) : origin.sender;
  entry_.endpoints.client = origin.endpoints.of(from_client);
  entry_.endpoints.server = origin.endpoints.of(Opposite(from_client));
  entry_.time = origin.time;
  entry_.flow_number = origin.flow_number;
  entry_.protocol = origin.protocol;
  entry_.order = origin.order;
  if (origin.transactions != nullptr) {
    entry_.question_time = Timestamp();
    const size_t what = HashOfQuestion(message);
    if (message.is_response()) {
      entry_.question_time = origin.transactions->AskedAt(message.id(), what);
    } else {
      origin.transactions->Ask(message.id(), what, origin.time);
    }
  }
  entry_.id = message.id();
  entry_.flags = FlagsOf(message.flags());
  entry_.response_code = message.is_response() ? message.response_code() : 0;
  entry_.question_count = message.questions();
  entry_.answer_count = message.answers();
  entry_.authority_count = message.authorities();
  entry_.additional_count = message.additional();
  entry_.has_name = false;
  entry_.ttl_s = 0;
  entry_.type = entry_.record_class = 0;
  entry_.data_cut = false;
  for (std::string* text :
       {&entry_.name, &entry_.raw_name, &entry_.type_name, &entry_.class_name, &entry_.data}) {
    text->clear();
  }
}

// What the first question asks for, in a number; 0: there is none, or not all of it.
size_t DnsLog::HashOfQuestion(const DnsMessageView& message) {
  size_t hash = 0;
  message.ForEachQuestion(1, [&](const DnsQuestionView& question) {
    SetRawName(message.wire(), question.name_at, &entry_.raw_name);
    hash = absl::HashOf(LowerCaseName(entry_.raw_name), question.type, question.record_class) | 1;
  });
  return hash;
}

void DnsLog::SetQuestion(const DnsMessageView& message, const DnsQuestionView& question) {
  entry_.has_name = true;
  entry_.name.clear();
  DnsText name(&entry_.name, kMaxAnswerText);
  AppendDnsName(message.wire(), question.name_at, name);
  if (is_modern_) {
    entry_.raw_name = entry_.name;
  } else {
    SetRawName(message.wire(), question.name_at, &entry_.raw_name);
  }
  entry_.type = question.type;
  constexpr uint16_t kMulticastFlag = 0x8000;
  const uint16_t flag = is_multicast_ ? kMulticastFlag : 0;
  entry_.record_class = static_cast<uint16_t>(question.record_class & ~flag);
  entry_.type_name.clear();
  AppendDnsQuestionTypeName(question.type, &entry_.type_name);
  entry_.class_name.clear();
  AppendDnsClassName(entry_.record_class, &entry_.class_name);
}

bool DnsLog::SetAnswer(const DnsMessageView& message, const DnsRecordView& record) {
  SetQuestion(message, {record.name_at, record.type, record.record_class});
  entry_.raw_name.clear();
  entry_.ttl_s = record.ttl;
  entry_.data.clear();
  // What stands in front of the data in the line of a master file.
  const size_t in_front = entry_.name.size() + std::to_string(record.ttl).size() +
                          entry_.class_name.size() + entry_.type_name.size() + 4;
  DnsText data(&entry_.data, kMaxAnswerText - std::min(kMaxAnswerText, in_front));
  if (!AppendDnsData(message.wire(), record, entry_.time, data)) return false;
  entry_.data_cut = data.cut();
  return true;
}

void DnsLog::Tell() {
  out_->OnDnsEntry(entry_);
  ++entry_.order.sub;
}

}  // namespace tstat::internal
