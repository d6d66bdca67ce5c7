// SPDX-License-Identifier: BSD-3-Clause
//
// The flows whose hello comes in datagrams: what is remembered of each, and a buffer for those of
// which there are pieces of a message.
//
//   struct Flow { uint32_t buffer = kNoHelloFlow; ... };
//   HelloFlows<Flow> flows;
//   uint32_t state = kNoHelloFlow;                       // one a flow
//   flows.Buffer(flows.Open(state).buffer).Add(offset, piece);
//   flows.FreeBuffer(flows[state].buffer);               // the message was read
//   flows.Release(state);
#ifndef TSTAT_L7_UDP_HELLO_FLOWS_H_
#define TSTAT_L7_UDP_HELLO_FLOWS_H_

#include <cstddef>
#include <cstdint>

#include "flow/slab.h"
#include "l7/udp/hello_buffer.h"

namespace tstat::internal {

inline constexpr uint32_t kNoHelloFlow = UINT32_MAX;

template <typename Flow>
class HelloFlows {
 public:
  Flow& Open(uint32_t& state) {
    if (state == kNoHelloFlow) state = flows_.Allocate();
    return flows_[state];
  }
  Flow& operator[](uint32_t state) { return flows_[state]; }
  const Flow& operator[](uint32_t state) const { return flows_[state]; }

  // The buffer with this index, or an empty one, which gets one.
  HelloBuffer& Buffer(uint32_t& buffer) {
    if (buffer == kNoHelloFlow) buffer = buffers_.Allocate();
    return buffers_[buffer];
  }
  void FreeBuffer(uint32_t& buffer) {
    if (buffer == kNoHelloFlow) return;
    buffers_.Free(buffer);
    buffer = kNoHelloFlow;
  }
  // Other buffers than `buffer` are to be freed before.
  void Release(uint32_t& state) {
    if (state == kNoHelloFlow) return;
    FreeBuffer(flows_[state].buffer);
    flows_[state] = Flow();
    flows_.Free(state);
    state = kNoHelloFlow;
  }

  size_t memory_bytes() const { return flows_.memory_bytes() + buffers_.memory_bytes(); }

 private:
  Slab<Flow, 8> flows_;
  Slab<HelloBuffer, 2> buffers_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_HELLO_FLOWS_H_
