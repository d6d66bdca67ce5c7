// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/spool_format.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "output/destinations/checksum.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kSegmentMagic("tstat spool 1\n\0\0", 16);
constexpr size_t kNumberDigits = 20;
constexpr size_t kStateHeaderBytes = 32;

template <typename Number>
void PutNumber(Number value, std::string* out) {
  for (size_t i = 0; i < sizeof value; ++i) {
    out->push_back(static_cast<char>(static_cast<unsigned char>(value >> (8 * i))));
  }
}

template <typename Number>
void PutNumberAt(Number value, size_t offset, std::string* out) {
  std::string bytes;
  PutNumber(value, &bytes);
  out->replace(offset, bytes.size(), bytes);
}

// Takes numbers and texts from the front of bytes; is not ok once these were too few.
class SpoolBytes {
 public:
  explicit SpoolBytes(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  Number Take() {
    if (bytes_.size() < sizeof(Number)) ok_ = false;
    if (!ok_) return 0;
    Number value = 0;
    for (size_t i = 0; i < sizeof(Number); ++i) {
      value |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes_[i]))
                                   << (8 * i));
    }
    bytes_.remove_prefix(sizeof(Number));
    return value;
  }
  // A text behind its length.
  std::string TakeText() {
    const auto size = Take<uint32_t>();
    if (bytes_.size() < size) ok_ = false;
    if (!ok_) return {};
    const std::string_view text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return std::string(text);
  }
  std::string_view rest() const { return bytes_; }
  bool ok() const { return ok_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

void PutText(std::string_view text, std::string* out) {
  PutNumber(static_cast<uint32_t>(text.size()), out);
  out->append(text);
}

// Of what stands before the content.
uint32_t CheckOfNumbers(uint32_t content_bytes, uint64_t number) {
  std::string head;
  PutNumber(content_bytes, &head);
  PutNumber(number, &head);
  return Crc32(head);
}

}  // namespace

std::string SegmentName(uint64_t first_number) {
  const std::string digits = absl::StrCat(first_number);
  return absl::StrCat(std::string(kNumberDigits - digits.size(), '0'), digits,
                      absl::string_view(kSegmentSuffix.data(), kSegmentSuffix.size()));
}

std::optional<uint64_t> SegmentNumber(std::string_view name) {
  if (name.size() != kNumberDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix)) {
    return std::nullopt;
  }
  uint64_t number = 0;
  if (!absl::SimpleAtoi(absl::string_view(name.data(), kNumberDigits), &number) ||
      SegmentName(number) != name) {
    return std::nullopt;
  }
  return number;
}

std::string EncodeSegmentHeader(uint64_t first_number) {
  std::string header(kSegmentMagic);
  PutNumber(first_number, &header);
  PutNumber(Crc32(header), &header);
  return header;
}

std::optional<uint64_t> DecodeSegmentHeader(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMagic)) return std::nullopt;
  SpoolBytes numbers(bytes.substr(kSegmentMagic.size()));
  const auto first = numbers.Take<uint64_t>();
  if (EncodeSegmentHeader(first) != bytes.substr(0, kSegmentHeaderBytes)) return std::nullopt;
  return first;
}

void EncodeRecordHead(const Batch& batch, std::string* out) {
  out->assign(kRecordHeaderBytes, '\0');
  PutNumber(batch.rows, out);
  out->push_back(batch.splits_by_lines ? 1 : 0);
  for (const std::string* text :
       {&batch.id.probe, &batch.id.run, &batch.content_type, &batch.header}) {
    PutText(*text, out);
  }
  const std::string_view fields = std::string_view(*out).substr(kRecordHeaderBytes);
  const auto bytes = static_cast<uint32_t>(fields.size() + batch.body.size());
  const uint32_t check = Crc32(batch.body, Crc32(fields, CheckOfNumbers(bytes, batch.id.sequence)));
  PutNumberAt(bytes, 0, out);
  PutNumberAt(batch.id.sequence, 4, out);
  PutNumberAt(check, 12, out);
}

RecordHeader DecodeRecordHeader(std::string_view bytes) {
  SpoolBytes numbers(bytes);
  RecordHeader header{};
  header.content_bytes = numbers.Take<uint32_t>();
  header.number = numbers.Take<uint64_t>();
  header.check = numbers.Take<uint32_t>();
  return header;
}

std::optional<Batch> DecodeRecord(const RecordHeader& header, std::string_view content) {
  if (content.size() != header.content_bytes ||
      Crc32(content, CheckOfNumbers(header.content_bytes, header.number)) != header.check) {
    return std::nullopt;
  }
  SpoolBytes bytes(content);
  Batch batch;
  batch.id.sequence = header.number;
  batch.rows = bytes.Take<uint32_t>();
  batch.splits_by_lines = bytes.Take<uint8_t>() != 0;
  for (std::string* text : {&batch.id.probe, &batch.id.run, &batch.content_type, &batch.header}) {
    *text = bytes.TakeText();
  }
  if (!bytes.ok()) return std::nullopt;
  batch.body = bytes.rest();
  return batch;
}

std::string EncodeStateSlot(const SpoolState& state, uint64_t generation) {
  std::string slot(sizeof(uint32_t), '\0');  // the check's place
  PutNumber(static_cast<uint32_t>(state.destination.size()), &slot);
  PutNumber(generation, &slot);
  PutNumber(state.settled, &slot);
  PutNumber(state.dead_letter_bytes, &slot);
  slot += state.destination;
  PutNumberAt(Crc32(std::string_view(slot).substr(sizeof(uint32_t))), 0, &slot);
  slot.resize(kStateSlotBytes, '\0');
  return slot;
}

std::optional<StateSlot> DecodeStateSlot(std::string_view bytes) {
  SpoolBytes numbers(bytes);
  const auto check = numbers.Take<uint32_t>();
  const auto size = numbers.Take<uint32_t>();
  StateSlot slot;
  slot.generation = numbers.Take<uint64_t>();
  slot.state.settled = numbers.Take<uint64_t>();
  slot.state.dead_letter_bytes = numbers.Take<uint64_t>();
  if (!numbers.ok() || size > numbers.rest().size()) return std::nullopt;
  const std::string_view checked =
      bytes.substr(sizeof check, kStateHeaderBytes - sizeof check + size);
  if (Crc32(checked) != check) return std::nullopt;
  slot.state.destination = numbers.rest().substr(0, size);
  return slot;
}

}  // namespace tstat::internal
