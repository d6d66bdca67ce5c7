// SPDX-License-Identifier: BSD-3-Clause
#include "output/dump_rules.h"

#include <algorithm>

namespace tstat::internal {
namespace {

constexpr size_t Dump(UdpType type) { return static_cast<size_t>(type); }

// A set of UDP types.
constexpr uint64_t Types(std::initializer_list<UdpType> types) {
  uint64_t set = 0;
  for (const UdpType type : types) set |= uint64_t{1} << static_cast<unsigned>(type);
  return set;
}
static_assert(dump::kUdpProtocolCount <= 64);
constexpr bool Contains(uint64_t set, UdpType type) {
  return (set >> static_cast<unsigned>(type) & 1) != 0;
}
// Nothing is proven yet.
constexpr uint64_t kUndecided =
    Types({UdpType::kUnknown, UdpType::kFirstRtp, UdpType::kFirstRtcp, UdpType::kFirstRtpPlus});

bool EitherSide(const FlowPacket& packet, bool UdpFlowMoment::Side::*sign) {
  return packet.udp->side[0].*sign || packet.udp->side[1].*sign;
}

// Dumps of protocols that hold also what came before the proof.
struct SignRule {
  size_t dump;
  uint64_t types;      // proven
  uint64_t undecided;  // and of these packets that have the sign
  bool (*has_sign)(const FlowPacket& packet);
};
// In the order of 3.3, whose first one that is on counts.
constexpr SignRule kSignRules[] = {
    {Dump(UdpType::kUtp), Types({UdpType::kUtp, UdpType::kUtpBitTorrent}),
     kUndecided | Types({UdpType::kBitTorrentDht}),
     [](const FlowPacket& p) { return p.udp->of(p.direction).may_be_utp; }},
    {dump::kStun, 0, ~uint64_t{0}, [](const FlowPacket& p) { return p.udp->began_with_stun; }},
    {Dump(UdpType::kQuic), Types({UdpType::kQuic}), kUndecided,
     [](const FlowPacket& p) { return EitherSide(p, &UdpFlowMoment::Side::may_be_quic); }},
    {Dump(UdpType::kSye), Types({UdpType::kSye}), kUndecided,
     [](const FlowPacket& p) { return EitherSide(p, &UdpFlowMoment::Side::may_be_sye); }},
};

bool Fits(const SignRule& rule, const FlowPacket& packet, UdpType type) {
  return Contains(rule.types, type) || (Contains(rule.undecided, type) && rule.has_sign(packet));
}

}  // namespace

DumpRules::DumpRules(const DumpSettings& settings, const DumpNameFilter& names,
                     const CompatProfile& profile)
    : settings_(settings), names_(names), chain_(profile.udp_dump_chain) {
  for (size_t i = 0; i < dump::kCount; ++i) {
    on_[i] = !DumpName(i).empty() && settings.has(DumpName(i));
  }
  by_sign_ = std::ranges::any_of(kSignRules, [this](const SignRule& r) { return on_[r.dump]; });
}

void DumpRules::Select(const FlowPacket& packet, DumpList* out) {
  if (on_[dump::kIp]) out->Add(dump::kIp);
  if (packet.udp) SelectUdp(packet, out);
  if (packet.tcp) SelectTcp(packet, out);
}

void DumpRules::SelectUdp(const FlowPacket& packet, DumpList* out) const {
  SelectProtocol(packet, out);
  if (on_[dump::kUdp] && IsWithinUdpLimits(packet)) out->Add(dump::kUdp);
}

void DumpRules::SelectProtocol(const FlowPacket& packet, DumpList* out) const {
  const UdpType type = packet.udp->of(packet.direction).type;
  const bool only_first = chain_ == UdpDumpChain::kFirstThatIsOn;
  if (by_sign_) {
    for (const SignRule& rule : kSignRules) {
      if (!on_[rule.dump]) continue;
      if (Fits(rule, packet, type)) out->Add(rule.dump);
      if (only_first) return;
    }
  }
  // A quirk: packets of other protocols are nowhere.
  if (chain_ == UdpDumpChain::kQuicElseType && on_[Dump(UdpType::kQuic)]) return;
  const size_t dump = Dump(type);
  if (!on_[dump]) return;
  // Another one: what its own rule has taken comes once more.
  if (chain_ == UdpDumpChain::kEach && out->Has(dump)) return;
  out->Add(dump);
}

// A limit that is not set counts as 0, so that with one of them alone packets without payload pass.
bool DumpRules::IsWithinUdpLimits(const FlowPacket& packet) const {
  if (settings_.udp_max_packets == 0 && settings_.udp_max_bytes == 0) return true;
  const UdpFlowMoment::Side& side = packet.udp->of(packet.direction);
  return side.payload_bytes <= int64_t{settings_.udp_max_bytes} ||
         side.packets <= settings_.udp_max_packets;
}

void DumpRules::SelectTcp(const FlowPacket& packet, DumpList* out) {
  const TcpFlowMoment& tcp = *packet.tcp;
  if (on_[dump::kTcp] && !IsStopped(packet) && IsWithinTcpLimits(packet)) out->Add(dump::kTcp);
  if (on_[dump::kVideo] &&
      (tcp.video_content != VideoCode::kNone || tcp.video_payload != VideoCode::kNone)) {
    out->Add(dump::kVideo);
  }
}

// Data as far as the limits go; acknowledgements of all that the other side has sent, as long as
// that is within them; beginnings and ends.
bool DumpRules::IsWithinTcpLimits(const FlowPacket& packet) const {
  const uint32_t bytes = settings_.tcp_max_bytes, packets = settings_.tcp_max_packets;
  if (bytes == 0 && packets == 0) return true;
  constexpr uint8_t kFinOrSyn = 0x03;
  const TcpFlowMoment& tcp = *packet.tcp;
  if ((tcp.flags & kFinOrSyn) != 0) return true;
  const TcpFlowMoment::Side& self = tcp.of(packet.direction);
  const TcpFlowMoment::Side& other = tcp.of(Opposite(packet.direction));
  if (tcp.payload_length > 0) {
    return (bytes > 0 && self.sent() - static_cast<uint32_t>(tcp.payload_length) <= bytes) ||
           (packets > 0 && self.data_packets <= packets);
  }
  return tcp.payload_length == 0 && other.highest_sequence <= tcp.acknowledgment &&
         ((bytes > 0 && other.sent() <= bytes) || (packets > 0 && other.data_packets <= packets) ||
          other.fin_acknowledged);
}

// For good, once it is: by the flow's name when it begins, or by its types.
bool DumpRules::IsStopped(const FlowPacket& packet) {
  if (!settings_.dns_filter && settings_.stop_dumping_mask == 0) return false;
  if (packet.flow_slot >= marks_.size()) {
    marks_.resize(std::max<size_t>(packet.flow_slot + size_t{1}, 2 * marks_.size()));
  }
  FlowMark& mark = marks_[packet.flow_slot];
  if (mark.number != packet.flow_number) {
    const auto& resolution = packet.endpoints->resolution;
    mark.number = packet.flow_number;
    mark.stopped = settings_.dns_filter &&
                   !names_.Passes(resolution != nullptr ? resolution->name : std::string_view());
  }
  mark.stopped |= (packet.tcp->connection_type & settings_.stop_dumping_mask) != 0;
  return mark.stopped;
}

}  // namespace tstat::internal
