// SPDX-License-Identifier: BSD-3-Clause
//
// HPACK (RFC 7541), read as its bytes come, in pieces of any size. Of fields that nobody looks at
// only the size is kept, which is what the dynamic table goes by; values are known up to
// GrowingText::kMost bytes.
//
//   HpackDecoder decoder;
//   decoder.Read(fragment, &value, &receiver);   // false: no HPACK
//   decoder.EndBlock();                          // false: it ends inside a field
//
// When bytes are missing (Lose), what the dynamic table holds is not known; entries that come
// later are.
#ifndef TSTAT_L7_HTTP_HPACK_H_
#define TSTAT_L7_HTTP_HPACK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "decode/byte_reader.h"
#include "l7/http/growing_text.h"
#include "l7/http/http_field.h"

namespace tstat::internal {

// Whoever wants the fields of a block. `cut`: only the first bytes of the value are known.
class HpackReceiver {
 public:
  virtual void OnField(HttpField field, std::string_view value, bool cut) = 0;

 protected:
  ~HpackReceiver() = default;
};

// The dynamic table (RFC 7541, 2.3.2), at most 4 KiB by its own measure. It holds the entries that
// fit although the encoder may use more: older ones are not known here.
class HpackTable {
 public:
  static constexpr uint32_t kMostBytes = 4096;

  struct Entry {
    HttpField field = HttpField::kOther;
    bool cut = false;
    uint32_t name_bytes = 0;  // as the table's measure counts it
    std::string_view value;   // only of fields that somebody looks at
  };

  // 0: the newest. False if it is not known.
  bool Get(uint32_t index, Entry* entry) const;
  // `value_bytes`: of the whole value.
  void Insert(const Entry& entry, uint64_t value_bytes);
  void SetLimit(uint32_t bytes);
  void Clear();

 private:
  static constexpr uint32_t kOverhead = 32;  // of an entry (4.1)
  static constexpr uint32_t kEntries = kMostBytes / kOverhead;

  struct Slot {
    uint32_t name_bytes;
    uint32_t size;
    uint16_t text, text_size;
    HttpField field;
    bool cut;
  };
  void Evict(uint32_t bytes);

  std::array<Slot, kEntries> slots_;
  std::array<char, kMostBytes> text_;  // of all entries, the oldest first
  uint32_t first_ = 0, count_ = 0;     // the oldest one; how many
  uint32_t size_ = 0, limit_ = kMostBytes;
  uint32_t text_end_ = 0;

 public:
  HpackTable() {}  // NOLINT: slots and text are undefined until used
};

class HpackDecoder {
 public:
  // Room for the value that is being read: the first bytes of it.
  using Value = GrowingText;

  // Takes all bytes. False if they are none of HPACK; the connection is over then (RFC
  // 7541, 2.3.3).
  bool Read(ByteReader bytes, Value* value, HpackReceiver* receiver);
  // The block ends here.
  bool EndBlock();
  // Some bytes are missing: the table is not known, and the field neither.
  void Lose();

 private:
  enum class Phase : uint8_t {
    kField,
    kIndex,  // the rest of an integer; so are both lengths
    kNameLengthStart,
    kNameLength,
    kName,
    kValueLengthStart,
    kValueLength,
    kValue,
  };
  enum class Kind : uint8_t { kIndexed, kIncremental, kLiteral, kTableSize };

  static constexpr size_t kNameRoom = kLongestHttpField;

  bool ReadByte(uint8_t byte, Value* value, HpackReceiver* receiver);
  bool ReadFirst(uint8_t byte);
  bool BeginInteger(uint8_t byte, uint32_t bits, Phase phase);
  bool OnInteger(Value* value, HpackReceiver* receiver);
  bool OnIndex(HpackReceiver* receiver);
  bool Find(uint64_t index, HpackTable::Entry* entry) const;
  bool ReadString(uint8_t byte, Value* value, HpackReceiver* receiver);
  bool ReadHuffman(uint8_t byte, Value* value);
  bool EndString(Value* value, HpackReceiver* receiver);
  void Put(char c, Value* value);

  HpackTable table_;
  Phase phase_ = Phase::kField;
  Kind kind_ = Kind::kIndexed;
  bool lost_ = false;  // older entries are not known
  bool huffman_ = false;
  bool too_big_ = false;   // the encoder uses more than 4 KiB
  uint8_t shift_ = 0;      // of the integer's next byte
  uint8_t code_bits_ = 0;  // in code_
  uint32_t code_ = 0;      // of Huffman, not complete yet
  uint64_t number_ = 0;    // an integer
  uint64_t left_ = 0;      // of the string
  uint64_t size_ = 0;      // of the string, decoded
  size_t kept_ = 0;        // of it, in its room
  uint64_t name_bytes_ = 0;
  HttpField field_ = HttpField::kOther;
  std::array<char, kNameRoom> name_{};
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_HPACK_H_
