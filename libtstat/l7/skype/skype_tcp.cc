// SPDX-License-Identifier: BSD-3-Clause
#include "l7/skype/skype_tcp.h"

#include <cassert>

namespace tstat::internal {
namespace {

constexpr uint32_t kMinSamples = 50;  // in one of the directions
constexpr double kRandomTcp = 150;    // chi-squares below that are random
constexpr uint8_t kSkypeIndex = 7;    // in the L7 histograms

}  // namespace

void SkypeTcpTracker::OnSegment(const TcpLayer7Input& in, SkypeTcpState*& state) {
  assert(in.inspected());
  if (state == nullptr) {
    const uint32_t slot = states_.Allocate();
    state = &states_[slot];
    state->slot = slot;
  }
  SkypeTcpState::Side& side = state->side[static_cast<size_t>(Index(in.direction()))];
  if (in.payload_length >= static_cast<int32_t>(NibbleRandomness::kBytes)) {
    side.randomness.Add(in.payload);
  }
  side.samples.AddTcp(*models_, in.payload_length, in.time());
}

bool SkypeTcpTracker::JudgeSide(SkypeTcpState::Side& side, SkypeDirection* out) const {
  constexpr size_t kHalf = NibbleRandomness::kBlocks / 2;
  side.samples.Judge(*models_, out);
  const auto chi = side.randomness.ChiSquares(side.randomness.samples() / 16.0);
  out->max_near_header = LargestOf(chi, 0, kHalf);
  out->max_payload = LargestOf(chi, kHalf, kHalf);
  if (out->max_near_header < kRandomTcp && out->max_payload < kRandomTcp)
    out->verdict = kSkypeIndex;
  return out->size_accepted && out->gap_accepted && out->verdict != 0;
}

bool SkypeTcpTracker::Judge(SkypeTcpState* state, SkypeFlow* found) const {
  if (state == nullptr) return false;
  if (state->side[0].randomness.samples() < kMinSamples &&
      state->side[1].randomness.samples() < kMinSamples) {
    return false;
  }
  const bool client = JudgeSide(state->side[0], &found->client);
  const bool server = JudgeSide(state->side[1], &found->server);
  return client || server;
}

}  // namespace tstat::internal
