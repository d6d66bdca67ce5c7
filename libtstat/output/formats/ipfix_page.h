// SPDX-License-Identifier: BSD-3-Clause
//
// The page of the elements of IPFIX, docs/ipfix.md, from the tables of columns. The program
// docs/generate writes it; a test compares the committed one.
#ifndef TSTAT_OUTPUT_FORMATS_IPFIX_PAGE_H_
#define TSTAT_OUTPUT_FORMATS_IPFIX_PAGE_H_

#include <string>

namespace tstat::internal {

std::string IpfixReferencePage();  // Markdown

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_IPFIX_PAGE_H_
