// SPDX-License-Identifier: BSD-3-Clause
//
// The onMetaData script tag of an FLV file: AMF0 values by name. The walk is Tstat's, which knows
// few types and skips some of them wrongly.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

#include "l7/video/metadata.h"

namespace tstat::internal {
namespace {

constexpr size_t kMaxName = 24, kNameLength = 2;

// AMF0 type markers.
enum AmfType : uint8_t { kNumber = 0, kBoolean = 1, kString = 2, kStrictArray = 10, kDate = 11 };

// Two bytes, of which the second may lie beyond the data.
uint16_t U16Padded(ByteReader data, size_t offset) {
  return static_cast<uint16_t>(data.U8(offset) << 8 | data.U8(offset + 1));
}

// A double as an integer, low 32 bits; 0 for what 64 bits can't hold.
uint32_t TruncatedToU32(double value) {
  if (!(value > -0x1p63 && value < 0x1p63)) return 0;
  return static_cast<uint32_t>(static_cast<int64_t>(value));
}

int32_t FlooredToI32(double value) {
  const double floored = std::floor(value);
  if (!(floored >= -0x1p31 && floored < 0x1p31)) return std::numeric_limits<int32_t>::min();
  return static_cast<int32_t>(floored);
}

// Rates are in kb/s; some encoders write bit/s.
double AsKilobits(double rate) { return rate / 100000 > 1 ? rate / 1000 : rate; }

void StoreValue(std::string_view name, double value, FlvMetadata* metadata) {
  if (name.starts_with("audiodatarate")) {
    metadata->audio_rate = AsKilobits(value);
  } else if (name.starts_with("videodatarate")) {
    metadata->rate = AsKilobits(value);
  } else if (name.starts_with("bytelength") || name.starts_with("filesize")) {
    metadata->size = TruncatedToU32(value);
  } else if (name.starts_with("duration")) {
    metadata->duration_s = value;
  } else if (name.starts_with("width")) {
    metadata->width = FlooredToI32(value);
  } else if (name.starts_with("height")) {
    metadata->height = FlooredToI32(value);
  }
}

// Steps over the value at `*p`; a number is also read. False: the data ends here.
bool ReadValue(ByteReader data, size_t* p, double* number) {
  const size_t left = data.size() > *p ? data.size() - *p : 0;
  switch (data.U8(*p)) {
    case kNumber:
      if (left < 9) return false;
      *number = std::bit_cast<double>(data.U64(*p + 1));
      *p += 9;
      return true;
    case kBoolean:
      if (left < 2) return false;
      *p += 2;
      return true;
    case kString: {
      const size_t size = U16Padded(data, *p + 1);
      if (left < 2 || left < size) return false;
      *p += size + 3;
      return true;
    }
    case kStrictArray:
      if (left < 4) return false;
      *p += 5 + U16Padded(data, *p + 1);
      return true;
    case kDate:
      if (left < 2) return false;
      *p += 11;
      return true;
    default:
      return true;
  }
}

}  // namespace

std::optional<FlvMetadata> FlvMetadata::Parse(ByteReader data) {
  constexpr std::string_view kTag = "onMetaData";
  // From the last letter of the tag on: the type of the array, the low half of its count, the first
  // name.
  constexpr size_t kCount = 4, kValues = 6, kShortest = 20;
  std::optional<FlvMetadata> metadata;
  const size_t tag = data.Text().find(kTag);
  const size_t begin = tag == std::string_view::npos ? 0 : tag + kTag.size() - 1;
  if (data.size() < begin + kShortest) return metadata;
  metadata.emplace();
  const int count = data.U16(begin + kCount);
  double number = 0;
  size_t p = begin + kValues;
  for (int i = 0; i < count; ++i) {
    const size_t name_size = U16Padded(data, p);
    if (data.size() < p + kNameLength + name_size) break;
    const std::string_view name = data.Text(p + kNameLength, std::min(name_size, kMaxName));
    p += kNameLength + name_size;
    if (!ReadValue(data, &p, &number)) break;
    // Of other types too: they take the number before (as in Tstat).
    StoreValue(name, number, &*metadata);
  }
  return metadata;
}

}  // namespace tstat::internal
