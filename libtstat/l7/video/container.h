// SPDX-License-Identifier: BSD-3-Clause
//
// The video code of a container's first bytes, with its metadata.
#ifndef TSTAT_L7_VIDEO_CONTAINER_H_
#define TSTAT_L7_VIDEO_CONTAINER_H_

#include "decode/byte_reader.h"
#include "l7/video/metadata.h"
#include "tstat/video.h"

namespace tstat::internal {

// `data`: the bytes of one segment from the beginning of a body on. Fewer than 5 give kNone.
VideoCode ContainerCode(ByteReader data, VideoMetadataState* metadata);

}  // namespace tstat::internal

#endif  // TSTAT_L7_VIDEO_CONTAINER_H_
