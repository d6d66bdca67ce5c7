// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fuzz/traffic_grammar.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tests/fuzz/frame_builder.h"

namespace tstat::internal {
namespace {

// One of the 16 pairs of end points, by its number: ports of services in turn, every fourth IPv6.
struct Conversation {
  FlowEnds ends;
  std::array<uint32_t, 2> next{};  // sequence numbers, of client and server
  std::array<std::string, 2> last_payload;
  bool timestamps = false;
};

class Generator {
 public:
  explicit Generator(Operands* in) : in_(*in) {
    static constexpr std::array<uint16_t, 16> kPorts = {
        80, 443, 53, 5060, 22, 25, 554, 1863, 443, 80, 4662, 6881, 853, 5222, 3478, 8080};
    for (size_t i = 0; i < conversations_.size(); ++i) {
      Conversation& c = conversations_[i];
      c.ends = {.is_v6 = i % 4 == 3,
                .client = static_cast<uint8_t>(i / 2),
                .server = static_cast<uint8_t>(i % 5),
                .client_port = static_cast<uint16_t>(4000 + i),
                .server_port = kPorts[i]};
      c.next = {static_cast<uint32_t>(i) << 28, 0xFFFFFF00u + static_cast<uint32_t>(i)};
    }
  }

  std::vector<TrafficEvent> Run() {
    while (!in_.done() && events_.size() < kMostEvents) {
      const uint8_t first = in_.U8();
      using Operation = void (Generator::*)(Conversation&);
      static constexpr std::array<Operation, 16> kOperations = {
          &Generator::Open,  &Generator::Send,     &Generator::Send,    &Generator::Acknowledge,
          &Generator::Close, &Generator::Resend,   &Generator::Segment, &Generator::Datagram,
          &Generator::Time,  &Generator::Repeat,   &Generator::Swap,    &Generator::Damage,
          &Generator::Quote, &Generator::Fragment, &Generator::Wrap,    &Generator::Control};
      (this->*kOperations[first & 15])(conversations_[first >> 4]);
    }
    return std::move(events_);
  }

 private:
  void Emit(std::vector<uint8_t> ip, bool is_v6) {
    now_us_ += 100;
    is_v6_ = is_v6;
    StoredPacket packet{Timestamp::FromMicroseconds(now_us_), 0, LinkType::kEthernet,
                        EthernetFrame(is_v6 ? 0x86DD : 0x0800, ip)};
    packet.original_length = static_cast<uint32_t>(packet.bytes.size());
    last_ip_ = std::move(ip);
    last_ = events_.size();
    events_.push_back({TrafficEvent::Kind::kPacket, std::move(packet)});
  }
  bool HasPacket() const { return last_ < events_.size(); }

  void EmitTcp(Conversation& c, size_t side, TcpFields fields, const std::string& payload) {
    fields.ident = ++ident_;
    fields.timestamps = fields.timestamps || c.timestamps;
    fields.now = static_cast<uint32_t>(now_us_ / 1000);
    Emit(TcpPacket(c.ends, side, fields, payload), c.ends.is_v6);
  }
  TcpFields Fields(const Conversation& c, size_t side, uint8_t flags) const {
    return {.sequence = c.next[side],
            .acknowledgment = (flags & kAck) != 0 ? c.next[1 - side] : 0,
            .flags = flags};
  }

  void Open(Conversation& c) {
    const uint8_t how = in_.U8();
    c.timestamps = (how & 8) != 0;
    for (size_t side = 0; side < 2; ++side) {
      if ((how & (1 << side)) == 0) {
        TcpFields fields = Fields(c, side, side == 0 ? kSyn : kSyn | kAck);
        fields.with_syn_options = (how & 16) == 0;
        EmitTcp(c, side, fields, "");
      }
      ++c.next[side];
    }
    if ((how & 4) == 0) EmitTcp(c, 0, Fields(c, 0, kAck), "");
  }
  void Send(Conversation& c) {
    const uint8_t what = in_.U8();
    const size_t side = what >> 7;
    std::string payload = PayloadOf(what & 0x7F, &in_);
    // Larger ones come in several segments.
    for (size_t at = 0; at < payload.size(); at += kMost) {
      const std::string part = payload.substr(at, kMost);
      EmitTcp(c, side, Fields(c, side, kAck | (at + kMost >= payload.size() ? kPush : 0)), part);
      c.next[side] += static_cast<uint32_t>(part.size());
      c.last_payload[side] = part;
    }
  }
  void Acknowledge(Conversation& c) {
    const uint8_t how = in_.U8();
    TcpFields fields = Fields(c, how & 1, kAck);
    fields.acknowledgment -= (how >> 2) * 100u;
    if ((how & 2) != 0) fields.sack = {fields.acknowledgment + 100, fields.acknowledgment + 200};
    fields.window = (how & 0x80) != 0 ? 0 : 8192;
    EmitTcp(c, how & 1, fields, "");
  }
  void Close(Conversation& c) {
    const uint8_t how = in_.U8();
    for (size_t side = 0; side < 2; ++side) {
      if ((how & (1 << side)) != 0) continue;
      EmitTcp(c, side, Fields(c, side, (how & 4) != 0 ? kReset | kAck : kFin | kAck), "");
      ++c.next[side];
    }
    if ((how & 8) == 0) EmitTcp(c, 0, Fields(c, 0, kAck), "");
  }
  // What was sent last: as it was, less of it, more, or other bytes.
  void Resend(Conversation& c) {
    const uint8_t how = in_.U8();
    const size_t side = how >> 7;
    std::string payload = c.last_payload[side];
    TcpFields fields = Fields(c, side, kAck);
    fields.sequence -= static_cast<uint32_t>(payload.size());
    if ((how & 1) != 0) payload += std::string(how & 0x7E, '+');
    if ((how & 2) != 0) payload = payload.substr(0, payload.size() / 2);
    if ((how & 4) != 0 && !payload.empty()) payload[payload.size() / 2] ^= 1;
    if ((how & 8) != 0) fields.sequence -= how & 0x70;
    EmitTcp(c, side, fields, payload);
  }
  // Whatever flags and numbers.
  void Segment(Conversation& c) {
    const uint8_t how = in_.U8();
    TcpFields fields = Fields(c, how & 1, in_.U8());
    fields.sequence += static_cast<uint32_t>(static_cast<int16_t>(in_.U16())) << (how & 6);
    fields.acknowledgment += static_cast<uint32_t>(static_cast<int16_t>(in_.U16()));
    EmitTcp(c, how & 1, fields, std::string(in_.U8(), 's'));
  }
  void Datagram(Conversation& c) {
    const uint8_t what = in_.U8();
    Emit(UdpPacket(c.ends, what >> 7, ++ident_, PayloadOf(what & 0x7F, &in_)), c.ends.is_v6);
  }
  void Time(Conversation&) {
    const uint8_t how = in_.U8();
    const int64_t step = int64_t{1} << (how % 31);  // up to 18 minutes
    now_us_ += (how & 0x80) != 0 ? -step : step;
  }
  void Repeat(Conversation&) {
    if (!HasPacket()) return;
    const uint8_t how = in_.U8();
    StoredPacket again = events_[last_].packet;
    now_us_ += how;
    again.time = Timestamp::FromMicroseconds(now_us_);
    if ((how & 1) != 0 && again.bytes.size() > kTimeToLive) --again.bytes[kTimeToLive];
    events_.push_back({TrafficEvent::Kind::kPacket, std::move(again)});
  }
  void Swap(Conversation&) {
    const size_t back = 1 + in_.U8() % 8;
    if (!HasPacket() || last_ < back) return;
    StoredPacket& before = events_[last_ - back].packet;
    if (events_[last_ - back].kind != TrafficEvent::Kind::kPacket) return;
    std::swap(before, events_[last_].packet);
    if (back % 2 != 0) std::swap(before.time, events_[last_].packet.time);
  }
  void Damage(Conversation&) {
    const uint8_t at = in_.U8(), value = in_.U8();
    if (!HasPacket() || events_[last_].packet.bytes.empty()) return;
    std::vector<uint8_t>& bytes = events_[last_].packet.bytes;
    if (value == 0) {
      bytes.resize(std::min<size_t>(at, bytes.size()));
    } else {
      bytes[at % bytes.size()] = value;
    }
  }
  void Quote(Conversation&) {
    if (!HasPacket()) return;
    Emit(IcmpQuote(last_ip_, is_v6_, in_.U8()), is_v6_);
  }
  // The last packet, in two; IPv4 only.
  void Fragment(Conversation&) {
    const uint8_t how = in_.U8();
    if (!HasPacket() || is_v6_ || last_ip_.size() < 48) return;
    auto [first, second] = InFragments(last_ip_, 8 + (how & 0x38));
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(last_));
    if ((how & 1) != 0) std::swap(first, second);
    Emit(std::move(first), false);
    if ((how & 2) == 0) Emit(std::move(second), false);
  }
  void Wrap(Conversation&) {
    if (!HasPacket()) return;
    events_[last_].packet.bytes = InTunnel(events_[last_].packet.bytes, last_ip_, is_v6_, in_.U8());
    events_[last_].packet.original_length =
        static_cast<uint32_t>(events_[last_].packet.bytes.size());
  }
  void Control(Conversation& c) {
    const uint8_t how = in_.U8();
    static constexpr std::array kKinds = {
        TrafficEvent::Kind::kQuiet, TrafficEvent::Kind::kAdvanceTime,
        TrafficEvent::Kind::kNewOutput, TrafficEvent::Kind::kNextTrace};
    if (how >= 4 * kKinds.size()) {  // another connection between the same ends, or others
      c.ends.client_port = static_cast<uint16_t>(4000 + how % 16);
      c.ends.client = how >> 5;
      c.next[0] += 0x10000;
      return;
    }
    TrafficEvent event{kKinds[how % kKinds.size()], {}};
    event.packet.time = Timestamp::FromMicroseconds(now_us_);
    events_.push_back(std::move(event));
  }

  static constexpr size_t kMost = 1400;      // payload of a segment
  static constexpr size_t kTimeToLive = 22;  // in an Ethernet frame of IPv4
  static constexpr uint8_t kFin = 1, kSyn = 2, kReset = 4, kPush = 8, kAck = 16;

  Operands& in_;
  std::array<Conversation, 16> conversations_;
  std::vector<TrafficEvent> events_;
  size_t last_ = SIZE_MAX;  // the last packet that was made
  std::vector<uint8_t> last_ip_;
  bool is_v6_ = false;
  int64_t now_us_ = 1'700'000'000'000'000;
  uint16_t ident_ = 0;
};

}  // namespace

std::vector<TrafficEvent> TrafficOf(Operands* operands) { return Generator(operands).Run(); }

}  // namespace tstat::internal
