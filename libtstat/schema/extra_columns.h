// SPDX-License-Identifier: BSD-3-Clause
//
// Columns of what flows have only where an option asks for it: a label, the first packets, what
// libndpi says. A part of the tables in tcp_columns.cc and udp_columns.cc.
#ifndef TSTAT_SCHEMA_EXTRA_COLUMNS_H_
#define TSTAT_SCHEMA_EXTRA_COLUMNS_H_

#include <optional>
#include <string>
#include <string_view>

#include "schema/column.h"
#include "schema/readers.h"
#include "tstat/first_packets.h"
#include "tstat/flow_extras.h"
#include "tstat/options.h"
#include "tstat/schema.h"

namespace tstat::internal {

inline constexpr Presence kLabelPresence{&CompatProfile::label_column, true};
inline constexpr Presence kFirstPacketsPresence{&CompatProfile::first_packet_columns, true};
inline constexpr Presence kNdpiPresence{&CompatProfile::ndpi_column, true};
inline constexpr ColumnExtras kOfFirstPackets = {.absent = "no packet with payload",
                                                 .privacy = Privacy::kDerived,
                                                 .presence = kFirstPacketsPresence,
                                                 .placeholder = "-"};

template <typename Record, std::string FlowExtras::*kMember>
inline constexpr auto OfExtras = [](const Record& f, Direction) {
  return f.extras != nullptr ? IfNotEmpty((*f.extras).*kMember) : std::nullopt;
};
template <typename Record, std::string FirstPackets::*kMember>
inline constexpr auto OfFirstPackets = [](const Record& f, Direction) {
  return f.extras != nullptr ? IfNotEmpty(f.extras->first_packets.*kMember) : std::nullopt;
};

// A label can be of one name or address alone, so it is as secret as these are.
template <typename Record>
inline constexpr Column<Record> kExtrasOfFlow[] = {
    {"site_label",
     type::kText,
     "",
     Format::kHidden,
     "label of the rule that fits the flow's names and addresses (--labels)",
     OfExtras<Record, &FlowExtras::label>,
     {.absent = "no rule fits",
      .privacy = Privacy::kDerived,
      .presence = kLabelPresence,
      .placeholder = "-"}},
    {"first_sizes", type::kText, "bytes", Format::kText,
     "payload of the first packets that have any, a list with commas (--first-packets)",
     OfFirstPackets<Record, &FirstPackets::sizes>, kOfFirstPackets},
    {"first_dirs", type::kText, "", Format::kText,
     "who sent these packets, a list: 1 the client, -1 the server",
     OfFirstPackets<Record, &FirstPackets::directions>, kOfFirstPackets},
    {"first_times", type::kText, "ms", Format::kText,
     "when they came, since the first packet of the row, a list",
     OfFirstPackets<Record, &FirstPackets::times>, kOfFirstPackets},
    {"ndpi",
     type::kText,
     "",
     Format::kHidden,
     "what libndpi says of the flow (--ndpi)",
     OfExtras<Record, &FlowExtras::ndpi>,
     {.absent = "it does not know",
      .privacy = Privacy::kDerived,
      .presence = kNdpiPresence,
      .placeholder = "-"}},
};

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_EXTRA_COLUMNS_H_
