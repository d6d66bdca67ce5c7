// SPDX-License-Identifier: BSD-3-Clause
//
// Which fields the records of a kind of rows have: templates, as a format writes them into messages
// and into the page that documents them.
#ifndef TSTAT_OUTPUT_FORMATS_IPFIX_TEMPLATES_H_
#define TSTAT_OUTPUT_FORMATS_IPFIX_TEMPLATES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "output/formats/export_selection.h"
#include "output/formats/ipfix_elements.h"
#include "tstat/table_row.h"

namespace tstat::internal {

// Elements of IANA's registry that records have.
enum class IanaElement : uint16_t {
  kOctetDeltaCount = 1,
  kPacketDeltaCount = 2,
  kProtocolIdentifier = 4,
  kTcpControlBits = 6,
  kSourceTransportPort = 7,
  kSourceIpv4Address = 8,
  kDestinationTransportPort = 11,
  kDestinationIpv4Address = 12,
  kSourceIpv6Address = 27,
  kDestinationIpv6Address = 28,
  kFlowEndReason = 136,
  kFlowId = 148,
  kFlowStartMilliseconds = 152,
  kFlowEndMilliseconds = 153,
  kBiflowDirection = 239,
};
struct IanaInfo {
  IanaElement element;
  std::string_view name;
  IpfixType type;
  uint16_t length;
  std::string_view content;  // for the page: what tstat puts there
};
std::span<const IanaInfo> IanaElements();
const IanaInfo& InfoOf(IanaElement element);

// What a record is of.
enum class IpfixShape : uint8_t {
  kForward,  // client to server, with the columns of the client and of the flow
  kReverse,  // server to client, with the columns of the server
  kAlone,    // a flow of one direction only, or a row that is no flow; all columns
  kBiflow,   // both directions
};

// A field that IANA has defined: of which side, and whether it is the reverse element of RFC 5103.
struct IanaField {
  IanaElement element;
  bool is_reverse = false;
};

// Where a table has what IANA's elements say; tables without them are no flows.
struct FlowColumns {
  // Of the client, of the server.
  struct Side {
    std::optional<size_t> ip, port, octets, packets, first, duration;  // of its own
    std::optional<size_t> syn, fin, rst, ack;
  };
  Side client, server;
  std::optional<size_t> first, last;  // of the whole flow
  uint8_t protocol = 0;               // 0: rows differ
  bool has_counts = false;            // it is a flow: two directions, octets, packets, times
  bool has_addresses = false;
  bool is_complete_tcp = false;  // why it ended is known
};
FlowColumns FlowColumnsOf(const RowTable& table);
// IANA's elements have all of the column's values.
bool IsToldByIana(const FlowColumns& flow, const RowTable& table, size_t column);

struct IpfixTemplate {
  uint16_t id = 0;
  IpfixShape shape = IpfixShape::kAlone;
  bool is_v6 = false;
  std::vector<IanaField> iana;
  std::vector<size_t> columns;  // of the table: elements of the enterprise
  bool has_label = false;
};

// Of one table: by shape and kind of addresses; those that no row needs have no id.
struct IpfixTemplates {
  FlowColumns flow;
  std::vector<IpfixTemplate> all;
  [[nodiscard]] const IpfixTemplate& Of(IpfixShape shape, bool is_v6) const {
    for (const IpfixTemplate& each : all) {
      if (each.shape == shape && each.is_v6 == is_v6) return each;
    }
    return all.front();
  }
};
IpfixTemplates TemplatesOf(const ExportSelection& selection, const RowTable& table,
                           bool has_biflows);

// The bytes of a column's value; kVariableLength for those with a length of their own.
inline constexpr uint16_t kVariableLength = 65535;
uint16_t LengthOf(const RowColumn& column, IpfixType type);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_IPFIX_TEMPLATES_H_
