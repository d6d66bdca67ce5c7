// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/hpack.h"

#include <algorithm>
#include <cstring>

#include "l7/http/hpack_tables.h"

namespace tstat::internal {
namespace {

// The fields of the static table, found once.
struct StaticFields {
  std::array<HttpField, kHpackStaticEntries> fields;
};
const StaticFields& Statics() {
  static const StaticFields statics = [] {
    StaticFields made;
    for (size_t i = 0; i < kHpackStaticEntries; ++i) {
      made.fields[i] = FindHttpField(kHpackStatic[i].name);
    }
    return made;
  }();
  return statics;
}

}  // namespace

// --- HpackTable

bool HpackTable::Get(uint32_t index, Entry* entry) const {
  if (index >= count_) return false;
  const Slot& slot = slots_[(first_ + count_ - 1 - index) % kEntries];
  entry->field = slot.field;
  entry->cut = slot.cut;
  entry->name_bytes = slot.name_bytes;
  entry->value = std::string_view(text_.data() + slot.text, slot.text_size);
  return true;
}

// Takes the oldest entries out until `bytes` more fit.
void HpackTable::Evict(uint32_t bytes) {
  while (count_ > 0 && size_ + bytes > limit_) {
    size_ -= slots_[first_].size;
    first_ = (first_ + 1) % kEntries;
    --count_;
  }
  if (count_ == 0) text_end_ = 0;
}

void HpackTable::Insert(const Entry& entry, uint64_t value_bytes) {
  const uint64_t size = kOverhead + uint64_t{entry.name_bytes} + value_bytes;
  if (size > limit_) return Clear();  // RFC 7541, 4.4
  Evict(static_cast<uint32_t>(size));
  const auto text_size = static_cast<uint32_t>(entry.value.size());
  if (text_end_ + text_size > text_.size()) {  // the texts of what was taken out stand in front
    const uint32_t begin = count_ == 0 ? text_end_ : slots_[first_].text;
    std::memmove(text_.data(), text_.data() + begin, text_end_ - begin);
    text_end_ -= begin;
    for (uint32_t i = 0; i < count_; ++i) {
      Slot& slot = slots_[(first_ + i) % kEntries];
      slot.text = static_cast<uint16_t>(slot.text - begin);
    }
  }
  Slot& slot = slots_[(first_ + count_) % kEntries];
  slot = {.name_bytes = entry.name_bytes,
          .size = static_cast<uint32_t>(size),
          .text = static_cast<uint16_t>(text_end_),
          .text_size = static_cast<uint16_t>(text_size),
          .field = entry.field,
          .cut = entry.cut};
  std::ranges::copy(entry.value, text_.data() + text_end_);
  text_end_ += text_size;
  size_ += static_cast<uint32_t>(size);
  ++count_;
}

void HpackTable::SetLimit(uint32_t bytes) {
  limit_ = std::min(bytes, kMostBytes);
  Evict(0);
}

void HpackTable::Clear() { first_ = count_ = size_ = text_end_ = 0; }

// --- HpackDecoder

bool HpackDecoder::Read(ByteReader bytes, Value* value, HpackReceiver* receiver) {
  for (uint8_t byte : bytes.bytes()) {
    if (!ReadByte(byte, value, receiver)) return false;
  }
  return true;
}

bool HpackDecoder::EndBlock() { return phase_ == Phase::kField; }

void HpackDecoder::Lose() {
  table_.Clear();
  lost_ = true;
  phase_ = Phase::kField;
}

bool HpackDecoder::ReadByte(uint8_t byte, Value* value, HpackReceiver* receiver) {
  switch (phase_) {
    case Phase::kField:
      return ReadFirst(byte) || OnIndex(receiver);
    case Phase::kNameLengthStart:
    case Phase::kValueLengthStart: {
      const bool name = phase_ == Phase::kNameLengthStart;
      huffman_ = (byte & 0x80) != 0;
      code_ = code_bits_ = 0;
      size_ = kept_ = 0;
      return BeginInteger(byte, 7, name ? Phase::kNameLength : Phase::kValueLength) ||
             OnInteger(value, receiver);
    }
    case Phase::kName:
    case Phase::kValue:
      return ReadString(byte, value, receiver);
    case Phase::kIndex:
    case Phase::kNameLength:
    case Phase::kValueLength:
      break;
  }
  constexpr uint8_t kMostShift = 28;  // numbers of 35 bits: no length and no index is greater
  if (shift_ > kMostShift) return false;
  number_ += static_cast<uint64_t>(byte & 0x7F) << shift_;
  shift_ = static_cast<uint8_t>(shift_ + 7);
  return (byte & 0x80) != 0 || OnInteger(value, receiver);
}

// RFC 7541, 5.1. True: more bytes follow, in `phase`.
bool HpackDecoder::BeginInteger(uint8_t byte, uint32_t bits, Phase phase) {
  const auto most = static_cast<uint8_t>((1u << bits) - 1);
  number_ = byte & most;
  shift_ = 0;
  phase_ = phase;
  return number_ == most;
}

// RFC 7541, 6. True: more bytes of its number follow.
bool HpackDecoder::ReadFirst(uint8_t byte) {
  uint32_t bits = 0;
  if ((byte & 0x80) != 0) {
    kind_ = Kind::kIndexed;
    bits = 7;
  } else if ((byte & 0x40) != 0) {
    kind_ = Kind::kIncremental;
    bits = 6;
  } else if ((byte & 0x20) != 0) {
    kind_ = Kind::kTableSize;
    bits = 5;
  } else {
    kind_ = Kind::kLiteral;
    bits = 4;
  }
  return BeginInteger(byte, bits, Phase::kIndex);
}

bool HpackDecoder::OnInteger(Value* value, HpackReceiver* receiver) {
  if (phase_ == Phase::kIndex) return OnIndex(receiver);
  left_ = number_;
  phase_ = phase_ == Phase::kNameLength ? Phase::kName : Phase::kValue;
  return left_ > 0 || EndString(value, receiver);
}

// False: the entry is not known.
bool HpackDecoder::Find(uint64_t index, HpackTable::Entry* entry) const {
  if (index <= kHpackStaticEntries) {
    const HpackStaticEntry& known = kHpackStatic[index - 1];
    entry->field = Statics().fields[index - 1];
    entry->name_bytes = static_cast<uint32_t>(known.name.size());
    entry->value = known.value;
    entry->cut = false;
    return true;
  }
  index -= kHpackStaticEntries + 1;
  return index <= UINT32_MAX && table_.Get(static_cast<uint32_t>(index), entry);
}

// A number that tells an entry, or the table's size.
bool HpackDecoder::OnIndex(HpackReceiver* receiver) {
  phase_ = Phase::kField;
  if (kind_ == Kind::kTableSize) {
    too_big_ = too_big_ || number_ > HpackTable::kMostBytes;
    table_.SetLimit(static_cast<uint32_t>(std::min<uint64_t>(number_, HpackTable::kMostBytes)));
    return true;
  }
  if (number_ == 0) {
    if (kind_ == Kind::kIndexed) return false;
    phase_ = Phase::kNameLengthStart;
    return true;
  }
  HpackTable::Entry entry;
  if (!Find(number_, &entry) && !lost_ && !too_big_) return false;
  if (kind_ == Kind::kIndexed) {
    if (entry.field != HttpField::kOther) receiver->OnField(entry.field, entry.value, entry.cut);
    return true;
  }
  field_ = entry.field;
  name_bytes_ = entry.name_bytes;
  phase_ = Phase::kValueLengthStart;
  return true;
}

void HpackDecoder::Put(char c, Value* value) {
  if (phase_ == Phase::kName) {
    if (size_ < name_.size()) name_[size_] = c;
  } else if (field_ != HttpField::kOther && kept_ == size_ && value->Grow(size_ + 1)) {
    value->data()[kept_++] = c;
  }
  ++size_;
}

bool HpackDecoder::ReadString(uint8_t byte, Value* value, HpackReceiver* receiver) {
  if (!huffman_) {
    Put(static_cast<char>(byte), value);
  } else if (!ReadHuffman(byte, value)) {
    return false;
  }
  return --left_ > 0 || EndString(value, receiver);
}

bool HpackDecoder::ReadHuffman(uint8_t byte, Value* value) {
  for (int bit = 7; bit >= 0; --bit) {
    code_ = code_ << 1 | (byte >> bit & 1u);
    ++code_bits_;
    if (code_bits_ > HpackCode::kLongest) return false;
    const uint32_t place = code_ - kHpackCode.first_code[code_bits_];
    if (code_ < kHpackCode.first_code[code_bits_] || place >= kHpackCode.codes[code_bits_]) {
      continue;
    }
    Put(static_cast<char>(kHpackCode.bytes[kHpackCode.first_byte[code_bits_] + place]), value);
    code_ = code_bits_ = 0;
  }
  return true;
}

bool HpackDecoder::EndString(Value* value, HpackReceiver* receiver) {
  // What is left of the last byte are ones, fewer than eight (5.2).
  constexpr uint8_t kMostPadding = 7;
  if (huffman_ && (code_bits_ > kMostPadding || code_ != (1u << code_bits_) - 1)) return false;
  if (phase_ == Phase::kName) {
    name_bytes_ = size_;
    field_ = size_ <= name_.size() ? FindHttpField({name_.data(), size_}) : HttpField::kOther;
    phase_ = Phase::kValueLengthStart;
    return true;
  }
  phase_ = Phase::kField;
  const bool known = field_ != HttpField::kOther;
  HpackTable::Entry entry;
  entry.field = field_;
  entry.name_bytes = static_cast<uint32_t>(std::min<uint64_t>(name_bytes_, UINT32_MAX));
  if (known) entry.value = {value->data(), kept_};
  entry.cut = known && size_ > kept_;
  if (known) receiver->OnField(entry.field, entry.value, entry.cut);
  if (kind_ == Kind::kIncremental) table_.Insert(entry, size_);
  return true;
}

}  // namespace tstat::internal
