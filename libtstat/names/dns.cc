// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns.h"

#include <algorithm>
#include <cstring>

namespace tstat::internal {
namespace {

// Places behind the name of a question, and of an answer (RFC 1035, 4.1.2 and 4.1.3).
constexpr size_t kType = 0, kClass = 2, kQuestionBytes = 4;
constexpr size_t kDataLength = 8, kAnswerBytes = 10;

// The upper bits of a label's length that make it a pointer, and the rest of one (4.1.4).
constexpr uint8_t kPointerBits = 0xC0;
constexpr uint16_t kPointerOffset = 0x3FFF;
constexpr size_t kPointerBytes = 2;

constexpr int kMaxDepth = 25;  // labels and pointers together

enum class NameStatus : uint8_t { kOk, kBroken, kBrokenBehindPointer };

NameStatus Decode(ByteReader message, size_t offset, DnsName* name) {
  name->size = 0;
  name->consumed = 0;
  bool jumped = false;
  for (int depth = 0;; ++depth) {
    const NameStatus broken = jumped ? NameStatus::kBrokenBehindPointer : NameStatus::kBroken;
    if (depth > kMaxDepth || offset >= message.size()) return broken;
    const uint8_t length = message.U8(offset);
    if (length == 0) {
      if (!jumped) name->consumed += 1;
      if (name->size > 0) --name->size;  // the last dot
      return NameStatus::kOk;
    }
    if ((length & kPointerBits) == kPointerBits) {
      if (!jumped) name->consumed += kPointerBytes;
      jumped = true;
      if (!message.Has(offset, kPointerBytes)) return NameStatus::kBrokenBehindPointer;
      offset = message.U16(offset) & kPointerOffset;
      continue;
    }
    ByteReader label = message.Sub(offset + 1, length);
    if (label.size() < length || name->size + length + 1 > DnsName::kMaxLength) return broken;
    std::memcpy(name->text.data() + name->size, label.bytes().data(), length);
    name->size += length;
    name->text[static_cast<size_t>(name->size++)] = '.';
    offset += 1u + length;
    if (!jumped) name->consumed += 1u + length;
  }
}

// The last question counts; `*at` is where the answers begin. False: it is none of ours.
bool ReadQuestions(ByteReader message, DnsName* name, size_t* at) {
  uint16_t type = 0, klass = 0;
  for (int i = message.U16(dns_header::kQuestionCount); i > 0; --i) {
    if (Decode(message, *at, name) != NameStatus::kOk) return false;
    *at += name->consumed;
    if (!message.Has(*at, kQuestionBytes)) return false;
    type = message.U16(*at + kType);
    klass = message.U16(*at + kClass);
    *at += kQuestionBytes;
  }
  return name->size > 0 && klass == kDnsClassInternet &&
         (type == dns_type::kA || type == dns_type::kAaaa || type == dns_type::kAny);
}

void AddAddresses(uint16_t type, ByteReader data, DnsAnswer* answer) {
  if (type == dns_type::kA) {
    for (size_t k = 0; data.Has(k, kDnsV4Bytes) && answer->v4.size() < DnsAnswer::kMaxAddresses;
         k += kDnsV4Bytes) {
      answer->v4.push_back(data.U32(k));
    }
  } else if (type == dns_type::kAaaa) {
    for (size_t k = 0; data.Has(k, kDnsV6Bytes) && answer->v6.size() < DnsAnswer::kMaxAddresses;
         k += kDnsV6Bytes) {
      const auto address = data.bytes().subspan(k).first<kDnsV6Bytes>();
      std::copy(address.begin(), address.end(), answer->v6.emplace_back().begin());
    }
  }
}

void ReadAnswers(ByteReader message, size_t at, DnsAnswer* answer) {
  DnsName owner;
  for (int i = message.U16(dns_header::kAnswerCount);
       i > 0 && answer->v4.size() < DnsAnswer::kMaxAddresses; --i) {
    // A broken name behind a pointer is stepped over like a whole one: the pointer's two bytes are
    // all that it takes here.
    if (Decode(message, at, &owner) == NameStatus::kBroken) break;
    at += owner.consumed;
    if (!message.Has(at, kAnswerBytes)) break;
    const uint16_t type = message.U16(at + kType);
    const uint16_t klass = message.U16(at + kClass);
    const size_t data_length = message.U16(at + kDataLength);
    const ByteReader data = message.Sub(at + kAnswerBytes, data_length);
    at += kAnswerBytes + data_length;
    if (klass == kDnsClassInternet) AddAddresses(type, data, answer);
  }
}

}  // namespace

std::string_view DnsName::view() const {
  std::string_view all(text.data(), static_cast<size_t>(size));
  return all.substr(0, all.find_first_of(std::string_view(",\0", 2)));
}

std::optional<DnsName> DnsName::Parse(ByteReader message, size_t offset) {
  std::optional<DnsName> name;
  if (Decode(message, offset, &name.emplace()) != NameStatus::kOk) name.reset();
  return name;
}

std::optional<DnsAnswer> DnsAnswer::Parse(ByteReader message) {
  std::optional<DnsAnswer> answer;
  answer.emplace();
  size_t at = dns_header::kBytes;
  if (ReadQuestions(message, &answer->name, &at)) {
    ReadAnswers(message, at, &*answer);
  } else {
    answer.reset();
  }
  return answer;
}

}  // namespace tstat::internal
