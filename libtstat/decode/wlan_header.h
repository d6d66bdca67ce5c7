// SPDX-License-Identifier: BSD-3-Clause
//
// Wireless LAN: the headers of IEEE 802.11 frames and what capture programs put in front of them.
// Frames that are encrypted, that carry no data, or several packets at once but for the first, are
// not opened.
#ifndef TSTAT_DECODE_WLAN_HEADER_H_
#define TSTAT_DECODE_WLAN_HEADER_H_

#include "decode/layers.h"

namespace tstat::internal {

// Each takes a layer of its kind.
Layer AfterWlanHeader(const Layer& layer);
Layer AfterRadiotapHeader(const Layer& layer);
Layer AfterPrismHeader(const Layer& layer);

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_WLAN_HEADER_H_
