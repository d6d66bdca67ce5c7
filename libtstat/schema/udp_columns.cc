// SPDX-License-Identifier: BSD-3-Clause
#include "schema/udp_columns.h"

#include <string>

#include "schema/row_writer.h"
#include "schema/value.h"
#include "tstat/flow.h"
#include "tstat/options.h"
#include "tstat/time.h"

namespace tstat::internal {
namespace {

using Flow = UdpFlow;

constexpr Column<UdpFlow> kOfSide[] = {
    {"ip", "", Format::kAddress, "IP address",
     [](const Flow& f, Direction d) { return Value::Address(f.endpoints.of(d)); }},
    {"port", "", Format::kUint16, "UDP port",
     [](const Flow& f, Direction d) { return Value::Number(f.endpoints.of(d).port); }},
    {"first_abs", "ms", Format::kFixed6, "time of the first packet, since the epoch; 0: none",
     [](const Flow& f, Direction d) { return Value::Number(f.of(d).first.milliseconds()); }},
    // Divided twice, as the reference does: the last digit depends on it.
    {"durat", "s", Format::kFixed6, "from the first to the last packet",
     [](const Flow& f, Direction d) {
       return Value::Number(ElapsedMicroseconds(f.of(d).first, f.of(d).last) / 1000.0 / 1000.0);
     }},
    {"bytes_all", "bytes", Format::kUint64, "payload, by the length fields of the UDP headers",
     [](const Flow& f, Direction d) { return Value::Number(f.of(d).data_bytes); }},
    {"pkts_all", "", Format::kInt64, "packets, duplicates excluded",
     [](const Flow& f, Direction d) { return Value::Number(f.of(d).packets); }},
    {"isint", "", Format::kInt32, "1: the address is internal",
     [](const Flow& f, Direction d) {
       return Value::Number(static_cast<uint32_t>(f.endpoints.of(d).internal));
     }},
    {"iscrypto", "", Format::kInt32, "1: the address is anonymised",
     [](const Flow& f, Direction d) {
       return Value::Number(static_cast<uint32_t>(f.endpoints.of(d).encrypted));
     }},
    {"type", "", Format::kInt32, "protocol of this side: see codes.md",
     [](const Flow& f, Direction d) {
       return Value::Number(static_cast<uint32_t>(f.of(d).logged_type));
     }},
};
constexpr Column<UdpFlow> kDns[] = {
    {"fqdn", "", Format::kName, "name that the client resolved before (DN-Hunter); -: none",
     [](const Flow& f, Direction) {
       const DnsResolution* const resolution = f.endpoints.resolution.get();
       return resolution == nullptr ? Value::None("-") : Value::Text(resolution->name);
     }},
};

constexpr Presence kFrom33{&CompatProfile::quic_ietf, true};

const QuicDetails* FlaggedQuic(const Flow& flow) {
  return flow.quic != nullptr && flow.quic->flagged ? flow.quic.get() : nullptr;
}
template <std::string QuicDetails::*kMember>
Value QuicName(const Flow& flow, Direction) {
  return flow.quic == nullptr ? Value::None("-") : Value::TextOr((*flow.quic).*kMember, "-");
}
template <uint32_t QuicDetails::*kMember>
Value QuicVersion(const Flow& flow, Direction) {
  const QuicDetails* const quic = FlaggedQuic(flow);
  return quic == nullptr ? Value::None("-") : Value::Number(quic->*kMember);
}
template <uint8_t QuicDetails::*kMember>
Value QuicCount(const Flow& flow, Direction) {
  const QuicDetails* const quic = FlaggedQuic(flow);
  return Value::Number(quic == nullptr ? 0u : quic->*kMember);
}
constexpr Column<UdpFlow> kQuic[] = {
    {"quic_SNI", "", Format::kName, "server name of the QUIC client's hello; -: none",
     QuicName<&QuicDetails::server_name>, kFrom33},
    {"quic_UA", "", Format::kHidden, "user agent of the QUIC client, percent-encoded; -: none",
     QuicName<&QuicDetails::user_agent>, kFrom33},
    {"quic_c_vers", "", Format::kHex32, "QUIC version of the client; -: not QUIC",
     QuicVersion<&QuicDetails::client_version>, kFrom33},
    {"quic_s_vers", "", Format::kHex32, "QUIC version of the server; -: not QUIC",
     QuicVersion<&QuicDetails::server_version>, kFrom33},
    {"quic_zero_rtt", "", Format::kInt32, "0-RTT packets of QUIC, modulo 256",
     QuicCount<&QuicDetails::zero_rtt_packets>, kFrom33},
    {"quic_ech", "bytes", Format::kInt32, "length of the QUIC client's ECH extension, modulo 256",
     QuicCount<&QuicDetails::ech_length>, kFrom33},
};
constexpr auto kColumns = Concatenate(ClientThenServer(kOfSide), Once(kDns), Once(kQuic));
static_assert(kColumns.size() == 25);

}  // namespace

const LogSchema<UdpFlow>& UdpCompleteLog() {
  static const LogSchema<UdpFlow> log = {
      {.name = "log_udp_complete", .description = "One row for each UDP flow."},
      {MakeColumnBlock<UdpFlow, kColumns>("core", "Core", 0)}};
  return log;
}

}  // namespace tstat::internal
