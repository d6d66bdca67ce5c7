// SPDX-License-Identifier: BSD-3-Clause
//
// Rows as columns: each column of a table as one contiguous array, which is what NumPy, Arrow and
// column stores take.
//
//   tstat::RecordBatch<tstat::TcpFlow> batch(tstat::TcpCompleteTable());
//   batch.Append(flow);                                    // in OnTcpFlow
//   if (batch.rows() == 4096) {
//     for (const tstat::ColumnData& column : batch.columns()) Write(column);
//     batch.Clear();                                       // keeps its memory
//   }
//
// A batch owns its values: it outlives the records. It holds what its Anonymizer allows to be
// shown; without one, everything but the addresses that are to be anonymised.
#ifndef TSTAT_COLUMN_BATCH_H_
#define TSTAT_COLUMN_BATCH_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "tstat/anonymizer.h"
#include "tstat/export.h"
#include "tstat/options.h"
#include "tstat/schema.h"
#include "tstat/value.h"

namespace tstat::inline v1 {

// One column of some rows. What its elements are follows from its type:
//
//   numbers, enumerations, bit sets   1, 2, 4 or 8 bytes, signed for kSigned only
//   kReal                             double
//   kBoolean                          uint8_t, 0 or 1
//   kTimestamp, kDuration             int64_t, nanoseconds
//   kAddress                          16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2)
//   kText                             bytes, see text_offsets()
//
// Elements of absent values are 0, or empty texts.
class TSTAT_EXPORT ColumnData {
 public:
  explicit ColumnData(const ColumnInfo& info);

  [[nodiscard]] const ColumnInfo& info() const { return info_; }
  [[nodiscard]] size_t rows() const { return rows_; }
  // Bytes of an element; 0: texts.
  [[nodiscard]] size_t element_size() const { return element_size_; }

  // All elements one after the other; of texts, all their bytes.
  [[nodiscard]] std::span<const uint8_t> bytes() const {
    if (element_size_ == 0) return bytes_;
    return std::span(bytes_).first(rows_ * element_size_);
  }
  // The elements as numbers. REQUIRES: sizeof(T) == element_size().
  template <typename T>
  [[nodiscard]] std::span<const T> elements() const {
    assert(sizeof(T) == element_size_);
    return {reinterpret_cast<const T*>(bytes_.data()), rows()};
  }
  // Text `i` is bytes()[text_offsets()[i]] up to text_offsets()[i + 1]; rows() + 1 of them, none
  // for other columns.
  [[nodiscard]] std::span<const uint64_t> text_offsets() const { return text_offsets_; }
  [[nodiscard]] std::string_view text(size_t row) const {
    const uint64_t begin = text_offsets_[row];
    return {reinterpret_cast<const char*>(bytes_.data()) + begin, text_offsets_[row + 1] - begin};
  }

  // For each row 1, or 0 where the value is absent.
  [[nodiscard]] std::span<const uint8_t> valid() const { return std::span(valid_).first(rows_); }
  [[nodiscard]] size_t absent() const { return absent_; }

  // REQUIRES: a value of the column's type, or none.
  void Append(const Value& value);
  // All rows of a column of the same type.
  void Append(const ColumnData& other);
  void Clear();

 private:
  // Makes room for so many rows.
  void Grow(size_t capacity);

  // What each Append looks at stands together.
  size_t rows_ = 0, capacity_ = 0;  // rows that there are, and for which there is room
  size_t element_size_ = 0;
  size_t absent_ = 0;
  std::vector<uint8_t> bytes_;  // elements for capacity_ rows, aligned by the allocator; texts
  std::vector<uint8_t> valid_;  // for capacity_ rows
  std::vector<uint64_t> text_offsets_;
  ColumnInfo info_;
};

// The columns of one table that a profile has.
template <typename Record>
class RecordBatch {
 public:
  // `anonymizer`, if there is one, must outlive the batch.
  explicit RecordBatch(const LogTable<Record>& table, const CompatProfile& profile = {},
                       Anonymizer* anonymizer = nullptr)
      : anonymizer_(anonymizer) {
    for (const LogColumn<Record>& column : table.columns()) {
      if (!column.info.presence.In(profile)) continue;
      readers_.push_back(column.read);
      columns_.emplace_back(column.info);
    }
  }

  void Append(const Record& record) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      columns_[i].Append(ShownBy(anonymizer_, columns_[i].info(), readers_[i](record), &shown_));
    }
    ++rows_;
  }
  void Clear() {
    for (ColumnData& column : columns_) column.Clear();
    rows_ = 0;
  }

  [[nodiscard]] size_t rows() const { return rows_; }
  [[nodiscard]] std::span<const ColumnData> columns() const { return columns_; }

 private:
  std::vector<Value (*)(const Record& record)> readers_;
  std::vector<ColumnData> columns_;
  size_t rows_ = 0;
  Anonymizer* anonymizer_;
  ShownValue shown_;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_COLUMN_BATCH_H_
