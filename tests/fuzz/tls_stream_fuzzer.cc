// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: TLS from streams, cut anywhere, with gaps. Input: for each piece its flags (bit
// 0: from the server, bit 1: a gap comes first, bit 2: it begins a segment), its length (2 bytes),
// its bytes. What comes out must be names and fingerprints.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "l7/tls/certificate.h"
#include "l7/tls/client_hello.h"
#include "l7/tls/tls_stream.h"

namespace {

using namespace tstat;            // NOLINT: a program of its own
using namespace tstat::internal;  // NOLINT

void Check(const HandshakeDetails& details) {
  if (!details.server_name.empty() && !IsHelloName(details.server_name)) std::abort();
  for (const std::string* text : {&details.ja3, &details.ja3s}) {
    if (!text->empty() && text->size() != 32) std::abort();
  }
  if (!details.ja4.empty() && details.ja4.size() != 36) std::abort();
  if (details.client_alpn.size() > 512 || details.server_alpn.size() > 512) std::abort();
}

class Directions {
 public:
  Directions() : tls_({.profile = CompatProfile::None(), .wants = {}}, nullptr) {
    state_ = tls_.Open(context_);
  }
  void Send(uint8_t flags, ByteReader bytes) {
    const size_t d = flags & 1;
    Side& side = sides_[d];
    if (side.done) return;
    StreamPosition at;
    at.direction = d == 0 ? Direction::kClientToServer : Direction::kServerToClient;
    at.segment_start = (flags & 4) != 0 && side.rest.empty();
    at.offset = side.offset;
    if ((flags & 2) != 0) {
      constexpr uint64_t kMissing = 100;
      side.done = !tls_.OnGap(state_, ByteReader(side.rest), kMissing, at, context_);
      side.offset += side.rest.size() + kMissing;
      side.rest.clear();
      at.offset = side.offset;
    }
    if (side.done) return;
    side.rest.insert(side.rest.end(), bytes.bytes().begin(), bytes.bytes().end());
    const size_t count = tls_.OnBytes(state_, ByteReader(side.rest), at, context_);
    side.done = count == StreamReader::kDone || side.rest.size() > 16384;
    if (side.done) return;
    if (count > side.rest.size()) std::abort();
    side.rest.erase(side.rest.begin(), side.rest.begin() + static_cast<std::ptrdiff_t>(count));
    side.offset += count;
  }
  void Close() {
    TcpFlow record;
    tls_.FillRecord(state_, &record);
    Check(*record.layer7.handshake);
    tls_.Release(state_);
  }

 private:
  struct Side {
    std::vector<uint8_t> rest;
    uint64_t offset = 0;
    bool done = false;
  };

  TcpLayer7Flow flow_;
  Application application_ = Application::kUnknown;
  bool ends_here_ = false;
  StreamContext context_{flow_, application_, ends_here_};
  TlsStreamProtocol tls_;
  uint32_t state_ = 0;
  std::array<Side, 2> sides_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteReader input({data, size});
  Directions directions;
  for (size_t at = 0; input.Has(at, 3);) {
    const ByteReader bytes = input.Sub(at + 3, input.U16(at + 1));
    directions.Send(input.U8(at), bytes);
    at += 3 + bytes.size();
  }
  directions.Close();
  for (const HelloCarrier carrier :
       {HelloCarrier::kTls, HelloCarrier::kQuic, HelloCarrier::kDtls}) {
    ClientHello::Parse(input, carrier);
  }
  CertificateNames::Parse(input);
  return 0;
}
