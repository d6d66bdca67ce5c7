// SPDX-License-Identifier: BSD-3-Clause
//
// Addresses, flows and handshakes as structures of tstat.h.
#ifndef TSTAT_BINDINGS_C_FLOW_STRUCT_H_
#define TSTAT_BINDINGS_C_FLOW_STRUCT_H_

#include <cstring>

#include "tstat.h"
#include "tstat/flow.h"
#include "tstat/flow_packet.h"
#include "tstat/tls.h"

namespace tstat::internal {

inline tstat_address AddressStruct(const IpAddress& address, bool encrypted) {
  tstat_address out = {};
  out.struct_size = sizeof(out);
  out.version = address.is_v6() ? 6 : 4;
  std::memcpy(out.bytes, address.bytes().data(), sizeof(out.bytes));
  out.encrypted = encrypted ? 1 : 0;
  return out;
}

inline int ProtocolCode(FlowProtocol protocol) {
  return protocol == FlowProtocol::kTcp ? TSTAT_TCP : TSTAT_UDP;
}

inline tstat_flow FlowStruct(const NewFlow& flow) {
  const Endpoint &client = flow.endpoints.client, &server = flow.endpoints.server;
  tstat_flow out = {};
  out.struct_size = sizeof(out);
  out.protocol = ProtocolCode(flow.protocol);
  out.client = AddressStruct(client.address, client.encrypted);
  out.server = AddressStruct(server.address, server.encrypted);
  out.client_port = client.port;
  out.server_port = server.port;
  out.client_internal = client.internal ? 1 : 0;
  out.server_internal = server.internal ? 1 : 0;
  out.first = out.last = flow.time.nanoseconds();
  return out;
}

inline tstat_flow FlowStruct(const LiveFlow& flow) {
  tstat_flow out = {};
  out.struct_size = sizeof(out);
  out.protocol = ProtocolCode(flow.protocol);
  out.number = flow.flow_number;
  out.client = AddressStruct(flow.client, false);
  out.server = AddressStruct(flow.server, false);
  out.client_port = flow.client_port;
  out.server_port = flow.server_port;
  out.first = flow.first.nanoseconds();
  out.last = flow.last.nanoseconds();
  out.packets = flow.packets;
  return out;
}

// Views `packet`.
inline tstat_flow_packet FlowPacketStruct(const FlowPacket& packet) {
  tstat_flow_packet out = {};
  out.struct_size = sizeof(out);
  out.time = packet.time.nanoseconds();
  out.bytes = packet.bytes.data();
  out.captured_length = packet.bytes.size();
  out.ip_length = packet.ip_length;
  out.result = static_cast<int>(packet.result);
  out.protocol = TSTAT_NO_FLOW;
  if (!packet.has_flow() || (!packet.tcp.has_value() && !packet.udp.has_value())) return out;
  const Endpoint &client = packet.endpoints->client, &server = packet.endpoints->server;
  out.protocol = packet.tcp.has_value() ? TSTAT_TCP : TSTAT_UDP;
  out.type = packet.tcp.has_value() ? packet.tcp->connection_type
                                    : static_cast<uint32_t>(packet.udp->of(packet.direction).type);
  out.from_server = packet.direction == Direction::kServerToClient ? 1 : 0;
  out.flow_number = packet.flow_number;
  out.client = AddressStruct(client.address, client.encrypted);
  out.server = AddressStruct(server.address, server.encrypted);
  out.client_port = client.port;
  out.server_port = server.port;
  return out;
}

// Views `handshake`.
inline tstat_tls TlsStruct(const TlsHandshake& handshake) {
  const Endpoint &client = handshake.endpoints.client, &server = handshake.endpoints.server;
  const DnsResolution* const resolution = handshake.endpoints.resolution.get();
  tstat_tls out = {};
  out.struct_size = sizeof(out);
  out.flow_number = handshake.flow_number;
  out.time = handshake.time.nanoseconds();
  out.client = AddressStruct(client.address, client.encrypted);
  out.server = AddressStruct(server.address, server.encrypted);
  out.client_port = client.port;
  out.server_port = server.port;
  out.answered = handshake.answered ? 1 : 0;
  out.server_name = handshake.server_name.c_str();
  out.common_name = handshake.common_name.c_str();
  out.resolved_name = resolution != nullptr ? resolution->name.c_str() : "";
  out.client_negotiation = handshake.client_negotiation;
  out.server_negotiation = handshake.server_negotiation;
  out.session = handshake.session;
  out.client_versions = handshake.client_versions.c_str();
  out.server_version = handshake.server_version.c_str();
  return out;
}

}  // namespace tstat::internal

#endif  // TSTAT_BINDINGS_C_FLOW_STRUCT_H_
