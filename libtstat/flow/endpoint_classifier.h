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

  bool Encrypted(const IpAddress& address) const {
    return !options_.encrypted.empty() && options_.encrypted.Contains(address) &&
           !options_.exempt.Contains(address);
  }

 private:
  const AnalyzerOptions& options_;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_ENDPOINT_CLASSIFIER_H_
