// SPDX-License-Identifier: BSD-3-Clause
//
// Bytes in, bytes of one compressed stream out.
//
//   std::unique_ptr<StreamEncoder> encoder = MakeGzipEncoder();
//   std::string out;
//   absl::Status status = encoder->Encode("rows", StreamEncoder::Flush::kSync, &out);
//   status = encoder->Encode("", StreamEncoder::Flush::kEnd, &out);
#ifndef TSTAT_OUTPUT_STREAM_ENCODER_H_
#define TSTAT_OUTPUT_STREAM_ENCODER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tstat::internal {

class StreamEncoder {
 public:
  enum class Flush : uint8_t {
    kNone,
    kSync,  // a reader gets all that was appended so far
    kEnd,   // of the stream
  };
  virtual ~StreamEncoder() = default;
  // Appends to `*out` what `data` becomes. Error: no memory.
  virtual absl::Status Encode(std::string_view data, Flush flush, std::string* out) = 0;
};

std::unique_ptr<StreamEncoder> MakeGzipEncoder();
std::unique_ptr<StreamEncoder> MakeZstdEncoder();

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_STREAM_ENCODER_H_
