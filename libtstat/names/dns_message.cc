// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_message.h"

namespace tstat::internal {
namespace {

constexpr size_t kAdditionalAt = 10;  // of the count of additional records, in the header

// IN, CH, HS, NONE, ANY (RFC 6895, 3.2).
constexpr bool IsDnsClass(int value) {
  return value == 1 || value == 3 || value == 4 || value == 254 || value == 255;
}

}  // namespace

size_t DnsFields::Length() const {
  switch (field_) {
    case DnsField::kU8:
      return 1;
    case DnsField::kU16:
    case DnsField::kType:
    case DnsField::kCertificateType:
      return 2;
    case DnsField::kU32:
    case DnsField::kIpv4:
    case DnsField::kTime:
      return 4;
    case DnsField::kTime48:
    case DnsField::kEui48:
      return 6;
    case DnsField::kLocator64:
    case DnsField::kEui64:
      return 8;
    case DnsField::kIpv6:
      return 16;
    case DnsField::kString:
    case DnsField::kLetters:
    case DnsField::kSalt:
    case DnsField::kNextOwner:
      return size_t{1} + wire_.U8(next_);
    case DnsField::kSizedBase64:
      return next_ + 2 > end_ ? 0 : size_t{2} + wire_.U16(next_);
    case DnsField::kHostIdentity:
      // Lengths of the identity and, behind the algorithm, of the key.
      return next_ + 4 > end_ ? 0 : size_t{4} + wire_.U8(next_) + wire_.U16(next_ + 2);
    default:
      return end_ - next_;
  }
}

bool DnsFields::Next(uint32_t* pointers_left) {
  if (broken_ || next_ >= end_) return false;
  field_ = type_.field(index_++);
  if (field_ == DnsField::kNone) return false;
  at_ = next_;
  if (field_ == DnsField::kName) {
    broken_ = !SkipDnsName(wire_, &next_, pointers_left);
    return !broken_;
  }
  const size_t length = Length();
  broken_ = length == 0 || length > end_ - next_;
  if (!broken_) next_ += length;
  return !broken_;
}

bool DnsMessageView::ReadQuestion(const DnsWire& wire, size_t* at, uint32_t* pointers,
                                  DnsQuestionView* question) {
  constexpr size_t kBytes = 4;
  question->name_at = *at;
  if (!SkipDnsName(wire, at, pointers) || !wire.Has(*at, kBytes)) return false;
  question->type = wire.U16(*at);
  question->record_class = wire.U16(*at + 2);
  *at += kBytes;
  return true;
}

bool DnsMessageView::ReadRecord(const DnsWire& wire, size_t* at, uint32_t* pointers,
                                DnsRecordView* record) {
  constexpr size_t kClass = 2, kTtl = 4, kDataBytes = 8, kBytes = 10;
  record->name_at = *at;
  if (!SkipDnsName(wire, at, pointers) || !wire.Has(*at, kBytes)) return false;
  record->type = wire.U16(*at);
  record->record_class = wire.U16(*at + kClass);
  record->ttl = wire.U32(*at + kTtl);
  record->data_begin = *at + kBytes;
  const size_t data_bytes = wire.U16(*at + kDataBytes);
  if (!wire.Has(record->data_begin, data_bytes)) return false;
  record->data_end = record->data_begin + data_bytes;
  DnsFields fields(wire, DnsRecordTypeOf(record->type), record->data_begin, record->data_end);
  while (fields.Next(pointers)) {
  }
  *at = fields.next();
  return !fields.broken();
}

// The header (RFC 1035, 4.1.1; operations: RFC 6895, 2.2).
bool DnsMessageView::IsPlausible() const {
  constexpr uint16_t kReserved = 0x0040;
  const int operation = flags() >> 11 & 0xF;
  return operation <= 6 && operation != 3 && (flags() & kReserved) == 0 && questions() >= 1 &&
         questions() <= kMostQuestionsOfBegin && (is_response() || response_code() == 0);
}

std::optional<DnsMessageView> DnsMessageView::ParseBegin(const DnsWire& wire) {
  // Multicast DNS asks for an answer to one host by the upper bit of a class (RFC 6762, 5.4).
  constexpr uint16_t kClass = 0x7FFF;
  if (!wire.Has(0, kHeaderBytes)) return std::nullopt;
  DnsMessageView message(wire);
  if (!message.IsPlausible()) return std::nullopt;
  size_t at = kHeaderBytes;
  uint32_t pointers = kMaxPointers;
  DnsQuestionView question;
  for (size_t i = 0; i < message.questions(); ++i) {
    const bool is_read = ReadQuestion(wire, &at, &pointers, &question);
    if (i == 0 && (!is_read || !IsDnsClass(question.record_class & kClass))) return std::nullopt;
    if (!is_read) at = wire.size();
  }
  message.answers_at_ = at;
  message.additional_ = wire.U16(kAdditionalAt);
  return message;
}

std::optional<DnsMessageView> DnsMessageView::Parse(const DnsWire& wire) {
  constexpr uint16_t kOpt = 41, kTsig = 250;
  if (!wire.Has(0, kHeaderBytes)) return std::nullopt;
  DnsMessageView message(wire);
  size_t at = kHeaderBytes;
  uint32_t pointers = kMaxPointers;
  DnsQuestionView question;
  for (size_t i = 0; i < message.questions(); ++i) {
    if (!ReadQuestion(wire, &at, &pointers, &question)) return std::nullopt;
  }
  message.answers_at_ = at;
  DnsRecordView record;
  for (size_t i = 0; i < size_t{message.answers()} + message.authorities(); ++i) {
    if (!ReadRecord(wire, &at, &pointers, &record)) return std::nullopt;
  }
  // Each TSIG makes the section one record shorter while it is read: it is the last one, unless
  // somebody plays (a quirk).
  size_t additional = wire.U16(kAdditionalAt), opt = 0;
  for (size_t i = 0; i < additional; ++i) {
    if (!ReadRecord(wire, &at, &pointers, &record)) return std::nullopt;
    if (record.type == kTsig) --additional;
    if (record.type == kOpt) ++opt;
  }
  message.additional_ = static_cast<uint16_t>(additional - opt);
  return message;
}

}  // namespace tstat::internal
