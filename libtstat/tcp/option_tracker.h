// SPDX-License-Identifier: BSD-3-Clause
//
// TCP options of one direction.
//
//   bool sack_blocks = options.OnSegment(tcp_bytes, header.header_length);
//   if (!syn) OptionTracker::SettleWindowScale(&self.options, &other.options);
#ifndef TSTAT_TCP_OPTION_TRACKER_H_
#define TSTAT_TCP_OPTION_TRACKER_H_

#include <cstdint>

#include "decode/byte_reader.h"

namespace tstat::internal {

class OptionTracker {
 public:
  // Reads the options of a segment, SYN or not. `tcp`: captured bytes from the TCP header on;
  // `header_length` as claimed by the header. Returns whether the segment carried SACK blocks.
  bool OnSegment(const ByteReader& tcp, unsigned header_length) {
    if (header_length <= kBasicHeader) return false;
    // Nearly every segment of a modern connection: NOP, NOP, timestamps.
    if (header_length == kBasicHeader + 12 && tcp.U32(kBasicHeader) == kAlignedTimestamps &&
        tcp.size() >= header_length) {
      timestamp_sent_ = true;
      return false;
    }
    return Parse(tcp, header_length);
  }

  // After a segment without SYN: unless both sides sent a window scale, none applies.
  static void SettleWindowScale(OptionTracker* a, OptionTracker* b) {
    if (a->window_scale_sent_ && b->window_scale_sent_) return;
    a->window_scale_ = b->window_scale_ = 0;
  }

  uint16_t mss() const { return mss_; }  // of the last MSS option; 0: none
  uint8_t window_scale() const { return window_scale_; }
  bool window_scale_sent() const { return window_scale_sent_; }
  bool timestamp_sent() const { return timestamp_sent_; }
  bool sack_permitted() const { return sack_permitted_; }
  bool mptcp() const { return mptcp_; }

 private:
  static constexpr unsigned kBasicHeader = 20;
  static constexpr uint32_t kAlignedTimestamps = 0x0101080a;

  bool Parse(const ByteReader& tcp, unsigned header_length);

  uint16_t mss_ = 0;
  uint8_t window_scale_ = 0;
  bool window_scale_sent_ : 1 = false;
  bool timestamp_sent_ : 1 = false;
  bool sack_permitted_ : 1 = false;
  bool mptcp_ : 1 = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_TCP_OPTION_TRACKER_H_
