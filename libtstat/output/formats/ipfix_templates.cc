// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/ipfix_templates.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "config/absl_text.h"

namespace tstat::internal {
namespace {

constexpr IanaInfo kIanaElements[] = {
    {IanaElement::kFlowId, "flowId", IpfixType::kUnsigned64, 8,
     "number of the flow in the run, the same in both directions; 0 where the row has none"},
    {IanaElement::kSourceIpv4Address, "sourceIPv4Address", IpfixType::kIpv4Address, 4,
     "sender; 0.0.0.0: not told"},
    {IanaElement::kSourceIpv6Address, "sourceIPv6Address", IpfixType::kIpv6Address, 16,
     "the same of IPv6, ::: not told"},
    {IanaElement::kDestinationIpv4Address, "destinationIPv4Address", IpfixType::kIpv4Address, 4,
     "receiver"},
    {IanaElement::kDestinationIpv6Address, "destinationIPv6Address", IpfixType::kIpv6Address, 16,
     "the same of IPv6"},
    {IanaElement::kSourceTransportPort, "sourceTransportPort", IpfixType::kUnsigned16, 2,
     "port of the sender"},
    {IanaElement::kDestinationTransportPort, "destinationTransportPort", IpfixType::kUnsigned16, 2,
     "port of the receiver"},
    {IanaElement::kProtocolIdentifier, "protocolIdentifier", IpfixType::kUnsigned8, 1,
     "6 (TCP), 17 (UDP)"},
    {IanaElement::kOctetDeltaCount, "octetDeltaCount", IpfixType::kUnsigned64, 8,
     "`c_bytes_all`, `s_bytes_all`: the payload of TCP or UDP, without headers"},
    {IanaElement::kPacketDeltaCount, "packetDeltaCount", IpfixType::kUnsigned64, 8,
     "`c_pkts_all`, `s_pkts_all`"},
    {IanaElement::kFlowStartMilliseconds, "flowStartMilliseconds", IpfixType::kDateTimeMilliseconds,
     8, "of TCP the flow's first segment, of either side; of UDP the direction's first packet"},
    {IanaElement::kFlowEndMilliseconds, "flowEndMilliseconds", IpfixType::kDateTimeMilliseconds, 8,
     "the last one, likewise"},
    {IanaElement::kTcpControlBits, "tcpControlBits", IpfixType::kUnsigned16, 2,
     "SYN, FIN, RST and ACK as far as they were seen; the other bits are always 0"},
    {IanaElement::kFlowEndReason, "flowEndReason", IpfixType::kUnsigned8, 1,
     "of complete TCP flows: 3 with an RST or the FINs of both sides, else 1 (idle)"},
    {IanaElement::kBiflowDirection, "biflowDirection", IpfixType::kUnsigned8, 1,
     "of biflows: 1, the source is the client"},
};

constexpr uint16_t kFirstTemplate = 256, kShapes = 4;
constexpr uint8_t kTcp = 6, kUdp = 17;

FlowColumns::Side SideOf(const RowTable& table, std::string_view prefix) {
  const auto find = [&](std::string_view name) {
    return table.Find(absl::StrCat(View(prefix), View(name)));
  };
  FlowColumns::Side side;
  side.ip = find("ip");
  side.port = find("port");
  side.octets = find("bytes_all");
  side.packets = find("pkts_all");
  side.first = find("first_abs");
  side.duration = find("durat");
  side.syn = find("syn_cnt");
  side.fin = find("fin_cnt");
  side.rst = find("rst_cnt");
  side.ack = find("ack_cnt");
  return side;
}

uint8_t ProtocolOf(const RowTable& table) {
  constexpr std::string_view kOfTcp[] = {"tcp_", "chat_", "video_", "http_", "skype_tcp", "tls_"};
  constexpr std::string_view kOfUdp[] = {"udp_", "skype_udp", "dns_"};
  const auto begins = [&](std::string_view prefix) { return table.name.starts_with(prefix); };
  if (std::any_of(std::begin(kOfTcp), std::end(kOfTcp), begins)) return kTcp;
  return std::any_of(std::begin(kOfUdp), std::end(kOfUdp), begins) ? kUdp : 0;
}

bool IsIn(IpfixShape shape, Side side) {
  switch (shape) {
    case IpfixShape::kForward:
      return side != Side::kServer;
    case IpfixShape::kReverse:
      return side == Side::kServer;
    default:
      return true;
  }
}

std::vector<IanaField> IanaFieldsOf(const FlowColumns& flow, IpfixShape shape, bool is_v6) {
  using enum IanaElement;
  std::vector<IanaField> fields = {{kFlowId}};
  if (flow.has_addresses) {
    fields.push_back({is_v6 ? kSourceIpv6Address : kSourceIpv4Address});
    fields.push_back({is_v6 ? kDestinationIpv6Address : kDestinationIpv4Address});
    fields.push_back({kSourceTransportPort});
    fields.push_back({kDestinationTransportPort});
  }
  if (flow.protocol != 0) fields.push_back({kProtocolIdentifier});
  if (!flow.has_counts) return fields;
  std::vector<IanaField> counted = {{kOctetDeltaCount}, {kPacketDeltaCount}};
  if (flow.protocol == kTcp) counted.push_back({kTcpControlBits});
  const std::vector<IanaField> times = {{kFlowStartMilliseconds}, {kFlowEndMilliseconds}};
  fields.insert(fields.end(), counted.begin(), counted.end());
  fields.insert(fields.end(), times.begin(), times.end());
  if (flow.is_complete_tcp) fields.push_back({kFlowEndReason});
  if (shape != IpfixShape::kBiflow) return fields;
  fields.push_back({kBiflowDirection});
  // Of TCP there is one time for both directions.
  if (flow.protocol != kTcp) counted.insert(counted.end(), times.begin(), times.end());
  for (IanaField& field : counted) field.is_reverse = true;
  fields.insert(fields.end(), counted.begin(), counted.end());
  return fields;
}

}  // namespace

std::span<const IanaInfo> IanaElements() { return kIanaElements; }

const IanaInfo& InfoOf(IanaElement element) {
  return *std::find_if(std::begin(kIanaElements), std::end(kIanaElements),
                       [element](const IanaInfo& info) { return info.element == element; });
}

FlowColumns FlowColumnsOf(const RowTable& table) {
  FlowColumns flow;
  flow.client = SideOf(table, "c_");
  flow.server = SideOf(table, "s_");
  flow.first = table.Find("first");
  flow.last = table.Find("last");
  flow.protocol = ProtocolOf(table);
  flow.has_addresses = flow.client.ip.has_value() && flow.server.ip.has_value() &&
                       flow.client.port.has_value() && flow.server.port.has_value();
  flow.is_complete_tcp = table.name == "tcp_complete";
  flow.has_counts =
      flow.is_complete_tcp || table.name == "tcp_nocomplete" || table.name == "udp_complete";
  return flow;
}

bool IsToldByIana(const FlowColumns& flow, const RowTable& table, size_t column) {
  const auto is = [column](const std::optional<size_t>& place) { return place == column; };
  for (const FlowColumns::Side& side : {flow.client, flow.server}) {
    if (flow.has_addresses && (is(side.ip) || is(side.port))) return true;
    if (!flow.has_counts) continue;
    if (is(side.packets)) return true;
    // Those of UDP may be negative.
    if (is(side.octets) && table.columns[column].info.type.kind == ColumnKind::kUnsigned) {
      return true;
    }
  }
  return false;
}

IpfixTemplates TemplatesOf(const ExportSelection& selection, const RowTable& table,
                           bool has_biflows) {
  IpfixTemplates made;
  made.flow = FlowColumnsOf(table);
  std::vector<IpfixShape> shapes = {IpfixShape::kAlone};
  if (made.flow.has_counts && has_biflows) shapes.insert(shapes.begin(), IpfixShape::kBiflow);
  if (made.flow.has_counts && !has_biflows) {
    shapes.insert(shapes.begin(), {IpfixShape::kForward, IpfixShape::kReverse});
  }
  for (const IpfixShape shape : shapes) {
    for (const bool is_v6 : {false, true}) {
      // Without addresses there is one kind of them.
      if (is_v6 && !made.flow.has_addresses) continue;
      IpfixTemplate& added = made.all.emplace_back();
      added.id = static_cast<uint16_t>(kFirstTemplate +
                                       (table.index * kShapes + static_cast<size_t>(shape)) * 2 +
                                       (is_v6 ? 1 : 0));
      added.shape = shape;
      added.is_v6 = is_v6;
      added.iana = IanaFieldsOf(made.flow, shape, is_v6);
      for (const size_t column : selection.ColumnsOf(table)) {
        if (IsIn(shape, table.columns[column].info.side) &&
            !IsToldByIana(made.flow, table, column)) {
          added.columns.push_back(column);
        }
      }
      added.has_label = selection.HasLabel(table) && shape != IpfixShape::kReverse;
    }
  }
  return made;
}

uint16_t LengthOf(const RowColumn& column, IpfixType type) {
  switch (type) {
    case IpfixType::kUnsigned64:
    case IpfixType::kSigned64:
      // Durations have no width of their own.
      return column.info.type.bits == 0 ? 8 : column.info.type.bits / 8;
    case IpfixType::kFloat64:
    case IpfixType::kDateTimeNanoseconds:
      return 8;
    case IpfixType::kBoolean:
      return 1;
    case IpfixType::kIpv6Address:
      return 16;
    default:
      return kVariableLength;
  }
}

}  // namespace tstat::internal
