// SPDX-License-Identifier: BSD-3-Clause
//
// The clear part of SSH from its streams (RFC 4253): the identification string of each side, and
// the algorithms that it offers in its KEXINIT, as a fingerprint (HASSH).
#ifndef TSTAT_L7_TCP_SSH_STREAM_H_
#define TSTAT_L7_TCP_SSH_STREAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "flow/slab.h"
#include "l7/stream/stream_protocol.h"

namespace tstat::internal {

// The fingerprint of a whole KEXINIT message, from its type on; empty: it is none.
std::string Hassh(ByteReader message, Direction sender);

class SshStreamProtocol : public StreamProtocol {
 public:
  explicit SshStreamProtocol(const StreamOptions& options)
      : replaces_old_(options.replaces_old()) {}

  uint32_t Open(StreamContext& flow) override;
  size_t OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                 StreamContext& flow) override;
  bool OnGap(uint32_t state, ByteReader rest, uint64_t missing, const StreamPosition& at,
             StreamContext& flow) override;
  void FillRecord(uint32_t state, TcpFlow* record) const override;
  void Release(uint32_t state) override { flows_.Free(state); }
  size_t memory_bytes() const override { return flows_.memory_bytes(); }

 private:
  struct Side {
    std::string software, hassh;
    uint16_t lines = 0;    // before the identification string
    bool in_line = false;  // one of them has begun
  };
  using Flow = std::array<Side, 2>;

  // The bytes up to the end of the identification string, of which `*found` tells; kDone: there
  // will be none.
  static size_t ReadIdentification(ByteReader bytes, Side& side, bool* found);

  bool replaces_old_;
  Slab<Flow, 6> flows_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_SSH_STREAM_H_
