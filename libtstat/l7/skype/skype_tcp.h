// SPDX-License-Identifier: BSD-3-Clause
//
// Skype over TCP: sizes, gaps and randomness of the segments with payload; the verdict falls when a
// complete flow closes.
//
//   SkypeTcpTracker skype(models);
//   SkypeTcpState* state = nullptr;                 // one a flow
//   skype.OnSegment(input, state);                  // every segment with captured payload
//   SkypeFlow found;
//   if (skype.Judge(state, &found)) ...             // then found.tcp etc. are the caller's to fill
//   skype.Release(state);
#ifndef TSTAT_L7_SKYPE_SKYPE_TCP_H_
#define TSTAT_L7_SKYPE_SKYPE_TCP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "flow/slab.h"
#include "l7/skype/randomness.h"
#include "l7/skype/samples.h"
#include "l7/tcp_layer7_input.h"
#include "tstat/skype.h"

namespace tstat::internal {

struct SkypeTcpState {
  struct Side {
    NibbleRandomness randomness;
    SkypeSamples samples;
  };
  std::array<Side, 2> side;
  uint32_t slot = 0;  // of this object in its slab
};

class SkypeTcpTracker {
 public:
  explicit SkypeTcpTracker(std::shared_ptr<const SkypeModels> models)
      : models_(std::move(models)) {}

  // REQUIRES: in.inspected().
  void OnSegment(const TcpLayer7Input& in, SkypeTcpState*& state);
  // Whether at least one direction is Skype; `found` gets both.
  bool Judge(SkypeTcpState* state, SkypeFlow* found) const;
  void Release(SkypeTcpState*& state) {
    if (state != nullptr) states_.Free(state->slot);
    state = nullptr;
  }

  size_t memory_bytes() const { return states_.memory_bytes(); }

 private:
  // Whether the direction is Skype.
  bool JudgeSide(SkypeTcpState::Side& side, SkypeDirection* out) const;

  std::shared_ptr<const SkypeModels> models_;
  Slab<SkypeTcpState, 6> states_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_SKYPE_SKYPE_TCP_H_
