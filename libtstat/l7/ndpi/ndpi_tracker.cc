// SPDX-License-Identifier: BSD-3-Clause
#include "l7/ndpi/ndpi_tracker.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace tstat::internal {
namespace {

// As many packets as its own reader gives it.
constexpr uint16_t kMostTcpPackets = 80, kMostUdpPackets = 24;
constexpr size_t kProtocolBits = 512;  // NDPI_NUM_BITS

}  // namespace

std::unique_ptr<NdpiTracker> NdpiTracker::Create() {
  const NdpiLibrary& library = NdpiLibrary::Get();
  if (!library.status().ok()) return nullptr;
  NdpiModule* const module = library.init_module(0);
  if (module == nullptr) return nullptr;
  std::array<uint32_t, kProtocolBits / 32> every_protocol;
  every_protocol.fill(~uint32_t{0});
  library.set_protocols(module, every_protocol.data());
  library.finish_init(module);
  return std::unique_ptr<NdpiTracker>(new NdpiTracker(module));
}

NdpiTracker::~NdpiTracker() {
  for (uint32_t i = 0; i < flows_.capacity(); ++i) Free(flows_[i]);
  library_.exit_module(module_);
}

void NdpiTracker::Begin(FlowIndex index) {
  flows_.GrowTo(index);
  Free(flows_[index]);
  flows_[index] = {};
}

void NdpiTracker::OnPacket(FlowIndex index, const Datagram& d) {
  Flow& flow = flows_[index];
  if (flow.decided) return;
  if (flow.state == nullptr) {
    const size_t bytes = library_.flow_bytes();
    flow.state = static_cast<NdpiFlow*>(library_.allocate_flow(bytes));
    if (flow.state == nullptr) throw std::bad_alloc();
    std::memset(static_cast<void*>(flow.state), 0, bytes);
    ++undecided_;
  }
  const size_t length = std::min<size_t>({d.ip.size(), d.ip_total_length, UINT16_MAX});
  flow.protocol = library_.process_packet(module_, flow.state, d.ip.bytes().data(),
                                          static_cast<unsigned short>(length),
                                          static_cast<uint64_t>(d.time.nanoseconds() / 1'000'000));
  const uint16_t most = d.transport == Transport::kTcp ? kMostTcpPackets : kMostUdpPackets;
  const bool is_enough = ++flow.packets > most;
  const bool is_known = flow.protocol.application != 0;
  if (is_enough || (is_known && library_.may_learn_more(module_, flow.state) == 0)) Decide(flow);
}

void NdpiTracker::Decide(Flow& flow) {
  if (flow.protocol.application == 0 && flow.state != nullptr) {
    uint8_t guessed = 0;
    flow.protocol = library_.give_up(module_, flow.state, /*guesses=*/1, &guessed);
  }
  Free(flow);
  flow.decided = true;
}

void NdpiTracker::Free(Flow& flow) {
  if (flow.state == nullptr) return;
  library_.free_flow(flow.state);
  flow.state = nullptr;
  --undecided_;
}

std::string NdpiTracker::NameOf(FlowIndex index) {
  Flow& flow = flows_[index];
  if (!flow.decided) Decide(flow);
  if (flow.protocol.application == 0 && flow.protocol.master == 0) return {};
  std::array<char, 64> name{};
  library_.name_of(module_, flow.protocol, name.data(), name.size());
  return name.data();
}

}  // namespace tstat::internal
