// SPDX-License-Identifier: BSD-3-Clause
//
// Columns for consumers of Apache Arrow, by its C data and C stream interfaces: one record batch,
// whose numbers, times and texts are the memory of the Columns.
//
//   ArrowArrayStream* stream = MakeArrowStream(columns);   // ended by stream->release, then delete
#ifndef TSTAT_BINDINGS_PYTHON_ARROW_STREAM_H_
#define TSTAT_BINDINGS_PYTHON_ARROW_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "columns.h"

// The layouts and names of the specification (https://arrow.apache.org/docs/format/
// CDataInterface.html, CStreamInterface.html), which say how others are to declare them.
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_NULLABLE 2
extern "C" {
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};
}
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
extern "C" {
struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
  int (*get_next)(ArrowArrayStream*, ArrowArray* out);
  const char* (*get_last_error)(ArrowArrayStream*);
  void (*release)(ArrowArrayStream*);
  void* private_data;
};
}
#endif

namespace tstat::python {

struct ArrowForm {
  std::vector<size_t> selected;       // the places of columns; none: all
  bool durations_as_numbers = false;  // for consumers whose durations have no nanoseconds
};
// Throws std::out_of_range for a column that is not there.
ArrowArrayStream* MakeArrowStream(std::shared_ptr<const Columns> columns, ArrowForm form = {});

}  // namespace tstat::python

#endif  // TSTAT_BINDINGS_PYTHON_ARROW_STREAM_H_
