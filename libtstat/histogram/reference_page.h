// SPDX-License-Identifier: BSD-3-Clause
//
// The reference page of all histograms, docs/histograms.md.
#ifndef TSTAT_HISTOGRAM_REFERENCE_PAGE_H_
#define TSTAT_HISTOGRAM_REFERENCE_PAGE_H_

#include <string>

namespace tstat::internal {

std::string HistogramReferencePage();

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_REFERENCE_PAGE_H_
