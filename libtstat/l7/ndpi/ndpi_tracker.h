// SPDX-License-Identifier: BSD-3-Clause
//
// What libndpi says of flows, for comparison (docs/ndpi.md): it is given the first packets of each,
// as its own reader does, until it knows, or has seen enough.
//
//   std::unique_ptr<NdpiTracker> ndpi = NdpiTracker::Create();       // null: no libndpi
//   ndpi->Begin(flow);
//   ndpi->OnPacket(flow, datagram);
//   extras.ndpi = ndpi->NameOf(flow);
//   ndpi->Begin(flow);                                               // its state is gone
#ifndef TSTAT_L7_NDPI_NDPI_TRACKER_H_
#define TSTAT_L7_NDPI_NDPI_TRACKER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "decode/datagram.h"
#include "flow/slab.h"
#include "flow/step.h"
#include "l7/ndpi/ndpi_library.h"

namespace tstat::internal {

class NdpiTracker {
 public:
  static std::unique_ptr<NdpiTracker> Create();
  ~NdpiTracker();
  NdpiTracker(const NdpiTracker&) = delete;
  NdpiTracker& operator=(const NdpiTracker&) = delete;

  // The flow is new, or ended.
  void Begin(FlowIndex flow);
  void OnPacket(FlowIndex flow, const Datagram& d);
  // "TLS.Google"; empty: it does not know. Where it has not decided yet it guesses, and stays
  // with it.
  std::string NameOf(FlowIndex flow);

  size_t memory_bytes() const { return flows_.memory_bytes() + undecided_ * library_.flow_bytes(); }

 private:
  struct Flow {
    NdpiFlow* state = nullptr;  // null: not begun, or decided
    uint16_t packets = 0;
    bool decided = false;
    NdpiProtocol protocol;
  };

  explicit NdpiTracker(NdpiModule* module) : module_(module) {}
  void Decide(Flow& flow);
  void Free(Flow& flow);

  const NdpiLibrary& library_ = NdpiLibrary::Get();
  NdpiModule* const module_;
  ChunkedArray<Flow> flows_;
  size_t undecided_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_NDPI_NDPI_TRACKER_H_
