// SPDX-License-Identifier: BSD-3-Clause
//
// The page of the applications, docs/applications.md, from the tables that tell them. The program
// docs/generate writes it; a test compares the committed one.
#ifndef TSTAT_L7_TCP_APPLICATION_PAGE_H_
#define TSTAT_L7_TCP_APPLICATION_PAGE_H_

#include <string>

namespace tstat::internal {

std::string ApplicationReferencePage();  // Markdown

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_APPLICATION_PAGE_H_
