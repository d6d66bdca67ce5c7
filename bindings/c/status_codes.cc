// SPDX-License-Identifier: BSD-3-Clause
#include "status_codes.h"

#include <iterator>

#include "tstat/version.h"

namespace tstat::internal {

int CodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return TSTAT_OK;
    case absl::StatusCode::kCancelled:
      return TSTAT_INTERRUPTED;
    case absl::StatusCode::kInvalidArgument:
      return TSTAT_INVALID;
    case absl::StatusCode::kNotFound:
      return TSTAT_NOT_FOUND;
    case absl::StatusCode::kPermissionDenied:
      return TSTAT_DENIED;
    case absl::StatusCode::kFailedPrecondition:
      return TSTAT_WRONG_STATE;
    case absl::StatusCode::kResourceExhausted:
      return TSTAT_EXHAUSTED;
    case absl::StatusCode::kOutOfRange:
      return TSTAT_OUT_OF_RANGE;
    case absl::StatusCode::kDataLoss:
      return TSTAT_DAMAGED;
    case absl::StatusCode::kAborted:
      return TSTAT_ABORTED;
    case absl::StatusCode::kUnavailable:
      return TSTAT_UNAVAILABLE;
    case absl::StatusCode::kUnimplemented:
      return TSTAT_UNSUPPORTED;
    default:
      return TSTAT_INTERNAL;
  }
}

}  // namespace tstat::internal

namespace {

struct StatusName {
  int status;
  const char* name;
};
#define TSTAT_STATUS_NAME(name) \
  { name, #name }
constexpr StatusName kStatusNames[] = {
    TSTAT_STATUS_NAME(TSTAT_OK),           TSTAT_STATUS_NAME(TSTAT_ABSENT),
    TSTAT_STATUS_NAME(TSTAT_STOPPED),      TSTAT_STATUS_NAME(TSTAT_INTERRUPTED),
    TSTAT_STATUS_NAME(TSTAT_INVALID),      TSTAT_STATUS_NAME(TSTAT_NOT_FOUND),
    TSTAT_STATUS_NAME(TSTAT_WRONG_TYPE),   TSTAT_STATUS_NAME(TSTAT_WRONG_STATE),
    TSTAT_STATUS_NAME(TSTAT_BUSY),         TSTAT_STATUS_NAME(TSTAT_EXHAUSTED),
    TSTAT_STATUS_NAME(TSTAT_OUT_OF_RANGE), TSTAT_STATUS_NAME(TSTAT_DENIED),
    TSTAT_STATUS_NAME(TSTAT_DAMAGED),      TSTAT_STATUS_NAME(TSTAT_ABORTED),
    TSTAT_STATUS_NAME(TSTAT_UNAVAILABLE),  TSTAT_STATUS_NAME(TSTAT_UNSUPPORTED),
    TSTAT_STATUS_NAME(TSTAT_INTERNAL)};
#undef TSTAT_STATUS_NAME

}  // namespace

unsigned tstat_c_api(void) { return TSTAT_C_API; }
const char* tstat_version(void) { return tstat::Version(); }

const char* tstat_status_name(int status) {
  for (const StatusName& known : kStatusNames) {
    if (known.status == status) return known.name;
  }
  return "?";
}
