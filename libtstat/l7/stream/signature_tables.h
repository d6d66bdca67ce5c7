// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of signatures.cc, by their kind.
#ifndef TSTAT_L7_STREAM_SIGNATURE_TABLES_H_
#define TSTAT_L7_STREAM_SIGNATURE_TABLES_H_

#include <span>

#include "l7/stream/signatures.h"

namespace tstat::internal {

std::span<const StreamSignature> ReaderSignatures();
std::span<const StreamSignature> BinarySignatures();
std::span<const StreamSignature> TextSignatures();

}  // namespace tstat::internal

#endif  // TSTAT_L7_STREAM_SIGNATURE_TABLES_H_
