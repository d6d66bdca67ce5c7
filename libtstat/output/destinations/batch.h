// SPDX-License-Identifier: BSD-3-Clause
//
// What a destination is given: rows that travel together, as a format wrote them, with a name that
// no other batch has, so that a receiver recognises one that comes twice.
#ifndef TSTAT_OUTPUT_DESTINATIONS_BATCH_H_
#define TSTAT_OUTPUT_DESTINATIONS_BATCH_H_

#include <cstdint>
#include <string>

namespace tstat::internal {

// The same for every try to send the batch, over restarts, too. All three, with `part`, are unique:
// `sequence` counts the batches of a spool, `run` is another one each time that tstat starts.
struct BatchId {
  std::string probe;      // the measuring point: letters, digits, and ".", "_", "-"
  std::string run;        // likewise
  uint64_t sequence = 0;  // from 1
  std::string part;       // of a batch that was too large for the server: "1", "2", "2.1", ...

  // "probe/run/17", "probe/run/17.2.1"
  std::string ToString() const;
  bool operator==(const BatchId&) const = default;
};

struct Batch {
  BatchId id;  // given by the spool
  uint32_t rows = 0;
  std::string content_type;  // "application/json"
  // What comes before the rows wherever these are kept together, such as the line of names of CSV:
  // once in a file, a connection; in every message.
  std::string header;
  std::string body;
  // Each row is a line of `body`: it can be sent in parts.
  bool splits_by_lines = false;

  bool operator==(const Batch&) const = default;
};

// Nothing but letters, digits, ".", "_" and "-", at most 64 of them, and not none: what can stand
// in a header of HTTP and a part of a BatchId as it is.
bool IsBatchName(const std::string& name);

// `batch` in two parts of about the same length, in order; false when it has one row or cannot be
// split. The same batch always gives the same parts.
bool SplitBatch(const Batch& batch, Batch* first, Batch* second);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_BATCH_H_
