// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns.h"

#include <algorithm>
#include <cstring>

namespace tstat::internal {
namespace {

// Offsets of the header (RFC 1035, 4.1.1).
constexpr size_t kQuestionCount = 4, kAnswerCount = 6, kHeaderLength = 12;

constexpr uint16_t kTypeA = 1, kTypeAaaa = 28, kTypeAny = 255, kClassIn = 1;
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
    if ((length & 0xC0) == 0xC0) {
      if (!jumped) name->consumed += 2;
      jumped = true;
      if (!message.Has(offset, 2)) return NameStatus::kBrokenBehindPointer;
      offset = message.U16(offset) & 0x3FFF;
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

}  // namespace

std::string_view DnsName::view() const {
  std::string_view all(text.data(), static_cast<size_t>(size));
  return all.substr(0, all.find_first_of(std::string_view(",\0", 2)));
}

bool DecodeDnsName(ByteReader message, size_t offset, DnsName* name) {
  return Decode(message, offset, name) == NameStatus::kOk;
}

bool DnsAnswer::Parse(ByteReader message) {
  v4.clear();
  v6.clear();
  size_t at = kHeaderLength;
  name.size = 0;

  uint16_t type = 0, klass = 0;
  for (int i = message.U16(kQuestionCount); i > 0; --i) {
    if (!DecodeDnsName(message, at, &name) || !message.Has(at + name.consumed, 4)) return false;
    at += name.consumed;
    type = message.U16(at);
    klass = message.U16(at + 2);
    at += 4;
  }
  if (name.size == 0 || klass != kClassIn) return false;
  if (type != kTypeA && type != kTypeAaaa && type != kTypeAny) return false;

  DnsName owner;
  for (int i = message.U16(kAnswerCount); i > 0 && v4.size() < kMaxAddresses; --i) {
    // A broken name behind a pointer is stepped over like a whole one: the pointer's two bytes are
    // all that it takes here.
    if (Decode(message, at, &owner) == NameStatus::kBroken) break;
    at += owner.consumed;
    if (!message.Has(at, 10)) break;
    const uint16_t answer_type = message.U16(at);
    const uint16_t answer_class = message.U16(at + 2);
    const size_t data_length = message.U16(at + 8);
    ByteReader data = message.Sub(at + 10, data_length);
    at += 10 + data_length;
    if (answer_class != kClassIn) continue;
    if (answer_type == kTypeA) {
      for (size_t k = 0; data.Has(k, 4) && v4.size() < kMaxAddresses; k += 4) {
        v4.push_back(data.U32(k));
      }
    } else if (answer_type == kTypeAaaa) {
      for (size_t k = 0; data.Has(k, 16) && v6.size() < kMaxAddresses; k += 16) {
        std::array<uint8_t, 16> address;
        std::copy_n(data.bytes().begin() + static_cast<std::ptrdiff_t>(k), 16, address.begin());
        v6.push_back(address);
      }
    }
  }
  return true;
}

}  // namespace tstat::internal
