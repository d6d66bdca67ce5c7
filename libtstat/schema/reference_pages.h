// SPDX-License-Identifier: BSD-3-Clause
//
// The reference pages of the logs, docs/logs/*.md, generated from the column tables. The program
// docs/generate writes them; a test compares the committed ones.
#ifndef TSTAT_SCHEMA_REFERENCE_PAGES_H_
#define TSTAT_SCHEMA_REFERENCE_PAGES_H_

#include <string>
#include <vector>

namespace tstat::internal {

struct ReferencePage {
  std::string file_name;  // "log_tcp_complete.md"
  std::string text;       // Markdown
};

// One page a log, codes.md, and README.md, which lists them.
std::vector<ReferencePage> LogReferencePages();

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_REFERENCE_PAGES_H_
