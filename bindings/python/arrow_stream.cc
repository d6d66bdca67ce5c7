// SPDX-License-Identifier: BSD-3-Clause
#include "arrow_stream.h"

#include <cerrno>
#include <cstring>
#include <exception>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tstat::python {
namespace {

// One number of those formats, by its width.
const char* NumberFormat(size_t size, bool is_signed) {
  switch (size) {
    case 1:
      return is_signed ? "c" : "C";
    case 2:
      return is_signed ? "s" : "S";
    case 4:
      return is_signed ? "i" : "I";
    default:
      return is_signed ? "l" : "L";
  }
}

const char* FormatOf(const ColumnData& column, bool durations_as_numbers) {
  switch (column.info().type.kind) {
    case ColumnKind::kUnsigned:
    case ColumnKind::kEnumeration:
    case ColumnKind::kBitSet:
      return NumberFormat(column.element_size(), false);
    case ColumnKind::kSigned:
      return NumberFormat(column.element_size(), true);
    case ColumnKind::kReal:
      return "g";
    case ColumnKind::kBoolean:
      return "b";
    case ColumnKind::kText:
    case ColumnKind::kAddress:
      return "U";  // UTF-8, offsets of 64 bits
    case ColumnKind::kTimestamp:
      return "tsn:";
    case ColumnKind::kDuration:
      return durations_as_numbers ? "l" : "tDn";
  }
  return "n";
}

struct SchemaOwner {
  std::string name;
  std::vector<ArrowSchema> fields;
  std::vector<ArrowSchema*> pointers;
};

// The children of an array or a schema whose release is this one's.
template <typename Struct>
void ReleaseChildren(Struct* parent) {
  for (int64_t i = 0; i < parent->n_children; ++i) {
    if (parent->children[i]->release != nullptr) parent->children[i]->release(parent->children[i]);
  }
}

void ReleaseSchema(ArrowSchema* schema) {
  ReleaseChildren(schema);
  delete static_cast<SchemaOwner*>(schema->private_data);
  schema->release = nullptr;
}

void FillSchema(const Columns& columns, const ArrowForm& form, ArrowSchema* out) {
  auto owner = std::make_unique<SchemaOwner>();
  owner->fields.resize(form.selected.size());
  for (size_t i = 0; i < form.selected.size(); ++i) {
    const size_t column = form.selected[i];
    auto field = std::make_unique<SchemaOwner>();
    field->name = columns.names[column];
    owner->fields[i] = {.format = FormatOf(columns.data[column], form.durations_as_numbers),
                        .name = field->name.c_str(),
                        .metadata = nullptr,
                        .flags = ARROW_FLAG_NULLABLE,
                        .n_children = 0,
                        .children = nullptr,
                        .dictionary = nullptr,
                        .release = &ReleaseSchema,
                        .private_data = field.get()};
    (void)field.release();  // it is its schema's now
    owner->pointers.push_back(&owner->fields[i]);
  }
  owner->name = columns.name;
  *out = {.format = "+s",
          .name = owner->name.c_str(),
          .metadata = nullptr,
          .flags = 0,
          .n_children = static_cast<int64_t>(owner->pointers.size()),
          .children = owner->pointers.data(),
          .dictionary = nullptr,
          .release = &ReleaseSchema,
          .private_data = owner.get()};
  (void)owner.release();
}

struct ArrayOwner {
  std::shared_ptr<const Columns> columns;
  std::vector<uint8_t> validity, bits;  // a bit a row
  std::string text;
  std::vector<uint64_t> offsets;
  std::vector<const void*> buffers;
  std::vector<ArrowArray> fields;
  std::vector<ArrowArray*> pointers;
};

void ReleaseArray(ArrowArray* array) {
  ReleaseChildren(array);
  delete static_cast<ArrayOwner*>(array->private_data);
  array->release = nullptr;
}

std::vector<uint8_t> Bits(std::span<const uint8_t> bytes) {
  std::vector<uint8_t> bits((bytes.size() + 7) / 8);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | (bytes[i] != 0 ? 1 : 0) << i % 8);
  }
  return bits;
}

// Addresses as text, and texts that are not UTF-8: what is shown of them.
void WriteTexts(const ColumnData& column, ArrayOwner& owner) {
  owner.offsets.push_back(0);
  for (size_t row = 0; row < column.rows(); ++row) {
    if (column.valid()[row] != 0) {
      owner.text += column.element_size() == 0 ? Readable(column.text(row))
                                               : AddressText(column.bytes().data() + row * 16);
    }
    owner.offsets.push_back(owner.text.size());
  }
  owner.buffers.push_back(owner.offsets.data());
  owner.buffers.push_back(owner.text.data());
}

bool IsPlainText(const ColumnData& column) {
  if (column.element_size() != 0) return false;
  const std::string_view all(reinterpret_cast<const char*>(column.bytes().data()),
                             column.bytes().size());
  if (IsUtf8(all)) {
    // Each of them, too: a sequence might go on from one text to the next.
    for (const uint64_t offset : column.text_offsets()) {
      if (offset < all.size() && (static_cast<uint8_t>(all[offset]) & 0xc0) == 0x80) return false;
    }
    return true;
  }
  return false;
}

void FillColumn(const std::shared_ptr<const Columns>& columns, size_t index, ArrowArray* out) {
  const ColumnData& column = columns->data[index];
  auto owner = std::make_unique<ArrayOwner>();
  owner->columns = columns;
  if (column.absent() > 0) owner->validity = Bits(column.valid());
  owner->buffers.push_back(column.absent() > 0 ? owner->validity.data() : nullptr);
  if (column.info().type.kind == ColumnKind::kBoolean) {
    owner->bits = Bits(column.bytes());
    owner->buffers.push_back(owner->bits.data());
  } else if (column.element_size() == 0 && IsPlainText(column)) {
    owner->buffers.push_back(column.text_offsets().data());
    owner->buffers.push_back(column.bytes().data());
  } else if (column.element_size() == 0 || column.info().type.kind == ColumnKind::kAddress) {
    WriteTexts(column, *owner);
  } else {
    owner->buffers.push_back(column.bytes().data());
  }
  *out = {.length = static_cast<int64_t>(column.rows()),
          .null_count = static_cast<int64_t>(column.absent()),
          .offset = 0,
          .n_buffers = static_cast<int64_t>(owner->buffers.size()),
          .n_children = 0,
          .buffers = owner->buffers.data(),
          .children = nullptr,
          .dictionary = nullptr,
          .release = &ReleaseArray,
          .private_data = owner.get()};
  (void)owner.release();  // it is its array's now
}

void FillArray(const std::shared_ptr<const Columns>& columns, const ArrowForm& form,
               ArrowArray* out) {
  auto owner = std::make_unique<ArrayOwner>();
  owner->columns = columns;
  owner->fields.resize(form.selected.size());
  for (ArrowArray& field : owner->fields) owner->pointers.push_back(&field);
  owner->buffers.push_back(nullptr);  // no row as a whole is absent
  ArrowArray made = {.length = static_cast<int64_t>(columns->rows),
                     .null_count = 0,
                     .offset = 0,
                     .n_buffers = 1,
                     .n_children = static_cast<int64_t>(owner->pointers.size()),
                     .buffers = owner->buffers.data(),
                     .children = owner->pointers.data(),
                     .dictionary = nullptr,
                     .release = &ReleaseArray,
                     .private_data = owner.get()};
  std::vector<ArrowArray>& fields = owner->fields;
  (void)owner.release();
  try {
    for (size_t i = 0; i < fields.size(); ++i) FillColumn(columns, form.selected[i], &fields[i]);
  } catch (...) {
    ReleaseArray(&made);
    throw;
  }
  *out = made;
}

struct StreamOwner {
  std::shared_ptr<const Columns> columns;
  ArrowForm form;
  bool is_read = false;
  std::string error;
};

StreamOwner& OwnerOf(ArrowArrayStream* stream) {
  return *static_cast<StreamOwner*>(stream->private_data);
}

// An errno, as the interface has it.
template <typename Body>
int WithErrno(StreamOwner& owner, Body body) {
  try {
    body();
    return 0;
  } catch (const std::bad_alloc&) {
    owner.error = "no memory";
    return ENOMEM;
  } catch (const std::exception& e) {
    owner.error = e.what();
    return EIO;
  }
}

int GetSchema(ArrowArrayStream* stream, ArrowSchema* out) {
  StreamOwner& owner = OwnerOf(stream);
  return WithErrno(owner, [&] { FillSchema(*owner.columns, owner.form, out); });
}

int GetNext(ArrowArrayStream* stream, ArrowArray* out) {
  StreamOwner& owner = OwnerOf(stream);
  *out = {};  // released: the end
  if (owner.is_read) return 0;
  return WithErrno(owner, [&] {
    FillArray(owner.columns, owner.form, out);
    owner.is_read = true;
  });
}

const char* GetLastError(ArrowArrayStream* stream) {
  const std::string& error = OwnerOf(stream).error;
  return error.empty() ? nullptr : error.c_str();
}

void ReleaseStream(ArrowArrayStream* stream) {
  delete static_cast<StreamOwner*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

ArrowArrayStream* MakeArrowStream(std::shared_ptr<const Columns> columns, ArrowForm form) {
  for (const size_t column : form.selected) {
    if (column >= columns->data.size()) throw std::out_of_range("no such column");
  }
  if (form.selected.empty()) {
    form.selected.resize(columns->data.size());
    std::iota(form.selected.begin(), form.selected.end(), size_t{0});
  }
  auto owner = std::make_unique<StreamOwner>();
  owner->columns = std::move(columns);
  owner->form = std::move(form);
  auto stream = std::make_unique<ArrowArrayStream>();
  *stream = {.get_schema = &GetSchema,
             .get_next = &GetNext,
             .get_last_error = &GetLastError,
             .release = &ReleaseStream,
             .private_data = owner.release()};
  return stream.release();
}

}  // namespace tstat::python
