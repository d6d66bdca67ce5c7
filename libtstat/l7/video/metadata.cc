// SPDX-License-Identifier: BSD-3-Clause
#include "l7/video/metadata.h"

namespace tstat::internal {

void VideoMetadataState::Take(const ContainerMetadata& found) {
  shown.duration_s = found.duration_s.value_or(shown.duration_s);
  shown.rate = found.rate.value_or(shown.rate);
  shown.width = found.width.value_or(shown.width);
  shown.height = found.height.value_or(shown.height);
}

void VideoMetadataState::Take(const FlvMetadata& found) {
  Take(static_cast<const ContainerMetadata&>(found));
  audio_rate = found.audio_rate.value_or(audio_rate);
  size = found.size.value_or(size);
  if (shown.duration_s > 0 && size > 0 && shown.rate == 0) {
    shown.rate = 8.0 * size / shown.duration_s / 1000;
  } else if (shown.rate != 0 && audio_rate != 0) {
    shown.rate += audio_rate;
  }
}

}  // namespace tstat::internal
