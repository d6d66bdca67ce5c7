// SPDX-License-Identifier: BSD-3-Clause
//
// What the first bytes of a TCP direction say. The first row that accepts them decides; while some
// may still accept, with more bytes, nothing is decided.
#ifndef TSTAT_L7_STREAM_SIGNATURES_H_
#define TSTAT_L7_STREAM_SIGNATURES_H_

#include <cstddef>
#include <cstdint>

#include "decode/byte_reader.h"
#include "l7/stream/stream_protocol.h"
#include "tstat/application.h"
#include "tstat/flow.h"

namespace tstat::internal {

// More bytes than these change no answer.
inline constexpr size_t kLongestOpening = 256;

struct StreamOpening {
  ByteReader bytes;  // all that there is so far
  Direction from = Direction::kClientToServer;
  uint16_t server_port = 0;
};

enum class SignatureMatch : uint8_t { kNo, kMaybe, kYes };

struct StreamSignature {
  Application application = Application::kUnknown;
  StreamReaderId reader = StreamReaderId::kNone;
  SignatureMatch (*test)(const StreamOpening& opening) = nullptr;
};

struct FoundSignature {
  SignatureMatch match = SignatureMatch::kNo;
  const StreamSignature* signature = nullptr;  // with kYes
};
// `complete`: no more bytes will come; nothing stays undecided.
FoundSignature FindSignature(const StreamOpening& opening, bool complete);

// Rows that may open a flow later, too: l7/stream/late_opening.h.
SignatureMatch TestTlsHello(const StreamOpening& opening);
SignatureMatch TestSsh(const StreamOpening& opening);
extern const StreamSignature kTlsSignature, kSshSignature, kHttpSignature;
// A message of HTTP: behind the end of a body of which the head was not captured.
bool IsLateHttp(ByteReader bytes, Direction from);

}  // namespace tstat::internal

#endif  // TSTAT_L7_STREAM_SIGNATURES_H_
