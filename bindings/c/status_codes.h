// SPDX-License-Identifier: BSD-3-Clause
//
// What the functions of tstat.h return, and how exceptions become it.
//
//   return WithoutExceptions(TSTAT_INTERNAL, [&] { return CodeOf(session->Finish()); });
#ifndef TSTAT_BINDINGS_C_STATUS_CODES_H_
#define TSTAT_BINDINGS_C_STATUS_CODES_H_

#include <new>

#include "absl/status/status.h"
#include "tstat.h"

namespace tstat::internal {

int CodeOf(const absl::Status& status);

// What `body` returns; `otherwise` when it throws, and TSTAT_EXHAUSTED for want of memory if that
// is a status.
template <typename Result, typename Body>
Result WithoutExceptions(Result otherwise, Body body) noexcept {
  try {
    return body();
  } catch (...) {
    return otherwise;
  }
}
template <typename Body>
int StatusWithoutExceptions(Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return TSTAT_EXHAUSTED;
  } catch (...) {
    return TSTAT_INTERNAL;
  }
}

}  // namespace tstat::internal

#endif  // TSTAT_BINDINGS_C_STATUS_CODES_H_
