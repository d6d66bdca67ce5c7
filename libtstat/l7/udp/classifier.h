// SPDX-License-Identifier: BSD-3-Clause
//
// Which protocol one UDP packet shows by its payload: the ordered list of signatures, first match
// wins.
//
//   UdpClassifier classifier(profile);
//   if (UdpClassifier::IsOpen(side.type, side.packets)) {
//     side.type = classifier.Classify(payload, side.type, datagram);
//   }
//
// Stateless: the caller keeps the type, one for each direction.
#ifndef TSTAT_L7_UDP_CLASSIFIER_H_
#define TSTAT_L7_UDP_CLASSIFIER_H_

#include <cstdint>

#include "decode/datagram.h"
#include "l7/udp/payload.h"
#include "tstat/options.h"
#include "tstat/udp_flow.h"

namespace tstat::internal {

class UdpClassifier {
 public:
  explicit UdpClassifier(const CompatProfile& profile)
      : skipped_(profile.udp_3_3_signatures ? kOnly311 : kOnly33) {}

  // Packets of a direction that are looked at.
  static constexpr uint64_t kPacketBudget = 40;

  // Whether a direction of type `type` is (still) classified at its `packets`-th packet.
  static constexpr bool IsOpen(UdpType type, uint64_t packets) {
    return (type == UdpType::kUnknown || type == UdpType::kUtp) && packets <= kPacketBudget;
  }

  // The direction's type after this packet; `type` itself when nothing matches.
  // REQUIRES: IsOpen(type, ...).
  UdpType Classify(const UdpPayload& p, UdpType type, const Datagram& d) const;

  // Which profile uses a signature.
  enum Profiles : uint8_t { kBoth, kOnly311, kOnly33 };

 private:
  Profiles skipped_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_UDP_CLASSIFIER_H_
