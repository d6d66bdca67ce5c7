// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/stream_protocol.h"

namespace tstat::internal {

std::array<std::unique_ptr<StreamProtocol>, kStreamReaders> MakeStreamProtocols(
    const StreamOptions& /*options*/, EventSink* /*out*/) {
  return {};
}

}  // namespace tstat::internal
