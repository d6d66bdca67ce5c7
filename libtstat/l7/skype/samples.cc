// SPDX-License-Identifier: BSD-3-Clause
#include "l7/skype/samples.h"

#include <algorithm>
#include <limits>

namespace tstat::internal {
namespace {

constexpr uint32_t kWindow = 30;  // audio packets
constexpr int32_t kLongestAudio = 399;

constexpr bool IsVideoSize(int32_t size) {
  return (size >= 400 && size <= 490) || (size >= 800 && size <= 980);
}

int ToInt(double value) {
  constexpr double kMax = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(value, kMax));
}

}  // namespace

void SkypeSamples::AddUdp(const SkypeModels& models, int32_t size, Timestamp now) {
  if (!started_) window_start_ = now;
  started_ = true;
  if (IsVideoSize(size)) {
    ++video_;
  } else {
    CountAudio(models, now);
  }
  if (size <= kLongestAudio) sizes_.Add(models.packet_size, size);
}

void SkypeSamples::AddTcp(const SkypeModels& models, int32_t size, Timestamp now) {
  if (!started_) window_start_ = now;
  started_ = true;
  CountAudio(models, now);
  sizes_.Add(models.packet_size, size);
}

void SkypeSamples::CountAudio(const SkypeModels& models, Timestamp now) {
  if (++audio_video_ % kWindow != 0) return;
  const double mean_gap_ms = ElapsedMicroseconds(window_start_, now) / 1000.0 / kWindow;
  gaps_.Add(models.packet_gap, ToInt(mean_gap_ms));
  window_start_ = now;
}

void SkypeSamples::Judge(const SkypeModels& models, SkypeDirection* out) {
  out->audio_video_packets = audio_video_;
  out->video_packets = video_;
  out->size_belief = sizes_.SettleMeanBestBelief();
  out->gap_belief = gaps_.SettleMeanBestBelief();
  out->size_accepted = out->size_belief >= models.packet_size.acceptance_threshold;
  out->gap_accepted = out->gap_belief >= models.packet_gap.acceptance_threshold;
  out->has_video = uint64_t{100} * video_ / (uint64_t{audio_video_} + 1) > 10;
}

}  // namespace tstat::internal
