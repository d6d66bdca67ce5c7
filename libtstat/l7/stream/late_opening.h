// SPDX-License-Identifier: BSD-3-Clause
//
// What begins behind the bytes of another protocol: TLS after a request for it (STARTTLS and its
// kin), and SSH behind the lines that its server may send first (RFC 4253, 4.2).
#ifndef TSTAT_L7_STREAM_LATE_OPENING_H_
#define TSTAT_L7_STREAM_LATE_OPENING_H_

#include <cstddef>

#include "decode/byte_reader.h"
#include "l7/stream/signatures.h"

namespace tstat::internal {

// A TLS hello at the begin of the bytes.
SignatureMatch TestLateTlsHello(ByteReader bytes);
// Where in the bytes, not at their begin, all fields are those of a TLS hello; bytes.size():
// nowhere.
size_t FindTlsHello(ByteReader bytes);
// The same, directly behind a request for encryption or its answer. They are in the same bytes when
// segments had to be put in order, or in a packet of TDS.
size_t FindUpgradedTlsHello(ByteReader bytes);
// Where an identification of SSH begins a line. kMaybe: the last line may be one, with more bytes.
struct SshLine {
  SignatureMatch match = SignatureMatch::kNo;
  size_t at = 0;
};
// `begins`: so does a line, at the first byte.
SshLine FindSshLine(ByteReader bytes, bool begins);

}  // namespace tstat::internal

#endif  // TSTAT_L7_STREAM_LATE_OPENING_H_
