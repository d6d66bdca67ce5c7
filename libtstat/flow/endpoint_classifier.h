// SPDX-License-Identifier: BSD-3-Clause
//
// Which ends of a packet are internal, in the cloud, encrypted.
#ifndef TSTAT_FLOW_ENDPOINT_CLASSIFIER_H_
#define TSTAT_FLOW_ENDPOINT_CLASSIFIER_H_

#include "decode/datagram.h"
#include "flow/step.h"
#include "tstat/flow.h"
#include "tstat/options.h"

namespace tstat::internal {

class EndpointClassifier {
 public:
  // `options` must outlive the classifier.
  explicit EndpointClassifier(const AnalyzerOptions& options) : options_(options) {}

  // A direction given by the source or by MAC addresses goes before the networks.
  PacketFlags Classify(const Datagram& d) const {
    PacketFlags f;
    switch (d.origin) {
      case PacketOrigin::kUnknown:
        f.source_internal = options_.internal.Contains(d.source);
        f.destination_internal = options_.internal.Contains(d.destination);
        break;
      case PacketOrigin::kInternalSource:
        f.destination_internal = false;
        break;
      case PacketOrigin::kExternalSource:
        f.source_internal = false;
        break;
      case PacketOrigin::kInternalBoth:
        break;
      case PacketOrigin::kExternalBoth:
        f.source_internal = f.destination_internal = false;
        break;
    }
    if (!options_.cloud.empty()) {
      f.source_cloud = options_.cloud.Contains(d.source);
      f.destination_cloud = options_.cloud.Contains(d.destination);
    }
    return f;
  }

  // An end of a flow. With a mask (-A) `address` is the masked one; what it is in, the real one
  // decides.
  bool Encrypted(const IpAddress& address, bool internal) const {
    if (options_.encrypted.empty()) return false;
    return InEncrypted(internal ? Unmasked(address) : address);
  }
  // Of a host of which only the address is known.
  bool Encrypted(const IpAddress& address) const {
    if (options_.encrypted.empty()) return false;
    const IpAddress unmasked = Unmasked(address);
    return InEncrypted(options_.internal.Contains(unmasked) ? unmasked : address);
  }

 private:
  IpAddress Unmasked(const IpAddress& address) const {
    return address.is_v6() ? address : IpAddress::V4(address.v4() ^ options_.address_mask);
  }
  bool InEncrypted(const IpAddress& address) const {
    return options_.encrypted.Contains(address) && !options_.exempt.Contains(address);
  }

  const AnalyzerOptions& options_;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_ENDPOINT_CLASSIFIER_H_
