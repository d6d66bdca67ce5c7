// SPDX-License-Identifier: BSD-3-Clause
//
// Rows of hand-made records, as a log at a level and in a profile prints them.
#ifndef TSTAT_TESTS_SCHEMA_ROW_H_
#define TSTAT_TESTS_SCHEMA_ROW_H_

#include <string>
#include <vector>

#include "schema/log_schema.h"
#include "schema/row_buffer.h"
#include "tstat/anonymizer.h"
#include "tstat/options.h"
#include "tstat/schema.h"

namespace tstat::internal {

// The members of 3.3 that columns depend on.
inline CompatProfile ColumnsOf33() {
  CompatProfile profile;
  profile.ipv6_form = Ipv6Form::kCanonical;
  profile.tls_version_columns = true;
  profile.quic_ietf = true;
  return profile;
}

template <typename Record>
std::string RowOf(const LogTable<Record>& log, const Record& record, uint8_t level = 0,
                  const CompatProfile& profile = {}, Anonymizer* anonymizer = nullptr) {
  RowContext context{.profile = &profile, .anonymizer = anonymizer};
  context.encrypt_names = anonymizer != nullptr && anonymizer->options().encrypt_names;
  RowBuffer row;
  RowPlan<Record>(log, level).Write(record, context, row);
  return std::string(row.view());
}

inline std::vector<std::string> Cells(const std::string& row, char separator = ' ') {
  std::vector<std::string> cells(1);
  for (const char c : row) {
    if (c == '\n') break;
    if (c == separator) {
      cells.emplace_back();
    } else {
      cells.back().push_back(c);
    }
  }
  return cells;
}

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_SCHEMA_ROW_H_
