// SPDX-License-Identifier: BSD-3-Clause
//
// From a frame to the innermost IP packet in it, through whatever stands in front: any stack of
// tags, labels and tunnels. The true profile's decoder: the rules of docs/truth.md, nothing of the
// compatible decoder's.
//
//   FrameDecoder decoder(/*opens_tunnels=*/true);
//   std::vector<Datagram> outer;
//   FrameResult found = decoder.Decode(packet, &datagram, &outer);
//
// It keeps nothing of one frame for the next, and takes time proportional to the captured length at
// most: headers are counted, also those that were tried in vain.
#ifndef TSTAT_DECODE_FRAME_DECODER_H_
#define TSTAT_DECODE_FRAME_DECODER_H_

#include <cstdint>
#include <vector>

#include "decode/datagram.h"
#include "decode/drop_reason.h"
#include "tstat/packet.h"

namespace tstat::internal {

struct FrameResult {
  bool has_ip = false;  // else nothing was found, and `reason` says why
  // kCount, or why there is no usable TCP or UDP header.
  DropReason reason = DropReason::kNotIp;
};

class FrameDecoder {
 public:
  // Of one frame: headers in front of IP, and IP headers.
  static constexpr unsigned kMostHeaders = 64;
  static constexpr unsigned kMostPackets = 8;  // in one another

  explicit FrameDecoder(bool opens_tunnels) : opens_tunnels_(opens_tunnels) {}

  // `out`: the innermost packet; all of it is set but time, origin and zeros_behind, if there is
  // one. Added to `outer`: UDP datagrams around it, the outermost first.
  FrameResult Decode(const Packet& packet, Datagram* out, std::vector<Datagram>* outer) const;

 private:
  const bool opens_tunnels_;
};

}  // namespace tstat::internal

#endif  // TSTAT_DECODE_FRAME_DECODER_H_
