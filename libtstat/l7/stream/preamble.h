// SPDX-License-Identifier: BSD-3-Clause
//
// What stands in front of a protocol and is none of its own, over which the search for the protocol
// goes on: the negotiation of SOCKS (versions 4 and 4A; RFC 1928 and 1929), and the header by which
// a proxy tells a server who its client is (PROXY protocol, versions 1 and 2).
//
//   const std::optional<size_t> header = ProxyHeaderBytes(bytes);  // 0: more has to come
#ifndef TSTAT_L7_STREAM_PREAMBLE_H_
#define TSTAT_L7_STREAM_PREAMBLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "flow/slab.h"
#include "l7/stream/signatures.h"
#include "l7/stream/stream_protocol.h"

namespace tstat::internal {

SignatureMatch TestProxyHeader(const StreamOpening& opening);
// The bytes of the header; 0: it is not there as a whole. Nothing: it is none.
std::optional<size_t> ProxyHeaderBytes(ByteReader bytes);

class ProxyHeaderReader : public StreamProtocol {
 public:
  uint32_t Open(StreamContext&) override { return 0; }
  size_t OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                 StreamContext& flow) override;
  bool OnGap(uint32_t, ByteReader, uint64_t, const StreamPosition&, StreamContext&) override {
    return false;
  }
  void FillRecord(uint32_t, TcpFlow*) const override {}
  void Release(uint32_t) override {}
  size_t memory_bytes() const override { return 0; }
};

// The client's greeting: whole in the bytes that there are, whatever the port.
SignatureMatch TestSocksGreeting(const StreamOpening& opening);

class SocksReader : public StreamProtocol {
 public:
  uint32_t Open(StreamContext&) override { return flows_.Allocate(); }
  // It ends when the server has granted a connection; SOCKS is known by the server's first answer.
  size_t OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                 StreamContext& flow) override;
  bool OnGap(uint32_t, ByteReader, uint64_t, const StreamPosition&, StreamContext&) override {
    return false;
  }
  void FillRecord(uint32_t, TcpFlow*) const override {}
  void Release(uint32_t state) override {
    flows_[state] = Flow();
    flows_.Free(state);
  }
  size_t memory_bytes() const override { return flows_.memory_bytes(); }

 private:
  enum class Stage : uint8_t { kGreeting, kRequest, kEnd, kFailed };
  struct Flow {
    std::array<Stage, 2> stage{};
  };
  // The next message of a side; 0: it is not there as a whole. Nothing: that is not SOCKS.
  static std::optional<size_t> ClientMessage(ByteReader bytes, Stage& stage);
  static std::optional<size_t> ServerMessage(ByteReader bytes, Stage& stage);

  Slab<Flow, 4> flows_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_STREAM_PREAMBLE_H_
