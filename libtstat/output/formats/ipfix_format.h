// SPDX-License-Identifier: BSD-3-Clause
//
// Rows as IPFIX messages (RFC 7011): flows as two records, one for each direction, or as one (RFC
// 5103). What stands before the first batch of a stream (StreamHeader) are the templates, and
// records that say of each enterprise element its name and type (RFC 5610). What the elements are:
// ipfix_elements.h; what users see: docs/exports.md, docs/ipfix.md.
//
// Messages of a batch are whole. Their sequence numbers go on from batch to batch, and their export
// time is that of the rows: both are what a file has; a transport session puts its own in their
// place (destinations/ipfix_session.h).
#ifndef TSTAT_OUTPUT_FORMATS_IPFIX_FORMAT_H_
#define TSTAT_OUTPUT_FORMATS_IPFIX_FORMAT_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "output/formats/format.h"

namespace tstat::internal {

// Those of ExportSelection (without `logs`: flows of TCP and UDP); flows: uniflow or biflow; pen:
// enterprise number; domain: observation domain; message_bytes: how long a message gets that has
// more than one record; types: yes or no, whether elements are described.
inline constexpr std::string_view kIpfixOptions[] = {"logs",   "columns",       "flows", "pen",
                                                     "domain", "message_bytes", "types"};
absl::StatusOr<std::unique_ptr<ExportFormat>> MakeIpfixFormat(const ExportDefaults& defaults,
                                                              ExportOptions* options);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_IPFIX_FORMAT_H_
