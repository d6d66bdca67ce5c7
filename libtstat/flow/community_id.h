// SPDX-License-Identifier: BSD-3-Clause
//
// Community IDs: one text for a flow in all tools, made of its addresses, ports and protocol
// (Community ID flow hashing, version 1).
//
//   CommunityIds ids(seed);
//   record.community_id = ids.Make(FlowProtocol::kTcp, endpoints);   // "1:" and 28 characters
#ifndef TSTAT_FLOW_COMMUNITY_ID_H_
#define TSTAT_FLOW_COMMUNITY_ID_H_

#include <cstdint>
#include <memory>

#include "flow/digest.h"
#include "tstat/flow.h"

namespace tstat::internal {

class CommunityIds {
 public:
  // `seed`: sites with different ones have different texts for the same flow.
  explicit CommunityIds(uint16_t seed);
  ~CommunityIds();
  CommunityIds(const CommunityIds&) = delete;
  CommunityIds& operator=(const CommunityIds&) = delete;

  // The same for both directions. Empty: the system has no SHA-1.
  CommunityIdText Make(FlowProtocol protocol, const Endpoints& endpoints);

 private:
  uint16_t seed_;
  std::unique_ptr<Digest> sha1_;  // made when the first text is
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_COMMUNITY_ID_H_
