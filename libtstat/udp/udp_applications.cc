// SPDX-License-Identifier: BSD-3-Clause
//
// What CompatProfile::modern_layer7 changes in how UDP flows are told apart: what a standard says
// of a datagram comes before what it looks like.
#include "udp/udp_tracker.h"

namespace tstat::internal {
namespace {

constexpr size_t SideAt(Direction d) { return static_cast<size_t>(Index(d)); }

// Streams of media may share their ports with these.
bool MayCarryMedia(Application application) {
  return application == Application::kUnknown || application == Application::kStun ||
         application == Application::kDtls;
}

}  // namespace

// Where Tstat's own columns keep its rules, its types do, too.
bool UdpTracker::Recognise(const UdpDatagramStep& step, const UdpPayload& p, Flow& flow) {
  UdpApplicationTracker::Flow& known = application_flows_[step.flow];
  const UdpApplicationTracker::Verdict verdict = applications_->OnDatagram(step, p, known);
  if (!replaces_old_) return false;
  Side& side = flow.side[SideAt(step.direction)];
  if (verdict.type != UdpType::kUnknown) TakeVerdict(verdict, side, flow);
  const bool is_known = UdpApplicationTracker::IsKnown(known);
  const UdpType open =
      side.media.type == UdpType::kFirstRtpPlus ? UdpType::kUnknown : side.media.type;
  if (!is_known && UdpClassifier::IsOpen(open, side.packets)) {
    const UdpType type = classifier_.Classify(p, open, *step.datagram);
    if (type != open && applications_->Confirms(type, p, known)) SetType(type, side);
  }
  if (MayCarryMedia(known.application)) TrackMedia(step, p, flow);
  if (may_log_dns_) LogDns(step, flow);
  const uint64_t packets = flow.side[0].packets + flow.side[1].packets;
  if (!is_known && packets <= UdpBehaviourTracker::kPacketBudget) {
    const UdpType type = behaviour_.OnPacket(step.direction, packets, p, flow.behaviour);
    if (type != UdpType::kUnknown) SetBothTypes(type, flow);
  }
  return true;
}

// Times of questions are kept for flows that have one.
bool UdpTracker::LogDnsTruly(const UdpDatagramStep& step, const Flow& flow) {
  constexpr uint32_t kNone = UdpApplicationTracker::Flow::kNone;
  UdpApplicationTracker::Flow& known = application_flows_[step.flow];
  const bool is_new = known.transactions == kNone;
  if (is_new) known.transactions = transactions_.Allocate();
  const bool is_dns =
      dns_.OnDatagram(step, flow.endpoints, flow.number, &transactions_[known.transactions]);
  if (!is_dns && is_new) {
    transactions_.Free(known.transactions);
    known.transactions = kNone;
  }
  return is_dns;
}

void UdpTracker::TakeVerdict(UdpApplicationTracker::Verdict verdict, Side& side, Flow& flow) {
  if (verdict.of_both) {
    SetBothTypes(verdict.type, flow);
  } else if (side.media.type != UdpType::kRtpPlus) {
    SetType(verdict.type, side);
  }
}

}  // namespace tstat::internal
