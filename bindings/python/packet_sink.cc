// SPDX-License-Identifier: BSD-3-Clause
#include "packet_sink.h"

#include <algorithm>

#include "tstat/anonymizer.h"

namespace tstat::python {
namespace {

std::string_view ViewOf(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

bool PacketSink::IsWatched(const FlowPacket& packet) const {
  if (all_) return true;
  if (packet.tcp.has_value()) return flows_.contains({FlowProtocol::kTcp, packet.flow_number});
  return packet.udp.has_value() && flows_.contains({FlowProtocol::kUdp, packet.flow_number});
}

void PacketSink::KeepBytes(const FlowPacket& packet, Kept* kept) const {
  if (anonymizer_ != nullptr && anonymizer_->options().strict) {
    std::array<uint8_t, internal::PacketAnonymizer::kMostBytes> shown;
    const size_t length =
        internal::PacketAnonymizer(anonymizer_.get()).Rewrite(packet.bytes, shown);
    kept->bytes = ViewOf(std::span(shown).first(length));
  } else {
    kept->bytes = ViewOf(packet.bytes);
  }
  if (packet.transport.empty()) return;
  const auto begin = static_cast<size_t>(packet.transport.data() - packet.bytes.data());
  if (begin >= kept->bytes.size()) return;
  kept->transport = begin;
  kept->transport_length = std::min(packet.transport.size(), kept->bytes.size() - begin);
}

void PacketSink::OnFlowPacket(const FlowPacket& packet) {
  if (!IsWatched(packet)) return;
  Kept& kept = kept_.emplace_back();
  KeepBytes(packet, &kept);
  kept.packet = packet;
  if (packet.tcp.has_value()) {
    kept.verdicts.assign(packet.tcp->verdicts.begin(), packet.tcp->verdicts.end());
    kept.packet.tcp->verdicts = {};
  }
  kept.has_flow = packet.has_flow();
  if (kept.has_flow) {
    const auto shown = [this](const Endpoint& end) {
      return end.encrypted && anonymizer_ != nullptr ? anonymizer_->Anonymize(end.address)
                                                     : end.address;
    };
    kept.client = shown(packet.endpoints->client);
    kept.server = shown(packet.endpoints->server);
    kept.client_port = packet.endpoints->client.port;
    kept.server_port = packet.endpoints->server.port;
  }
  kept.packet.bytes = kept.packet.transport = {};
  kept.packet.endpoints = nullptr;
}

}  // namespace tstat::python
