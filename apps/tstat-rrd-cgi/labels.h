// SPDX-License-Identifier: BSD-3-Clause
//
// What a value of a metric is called and how it is drawn.
#ifndef TSTAT_RRD_CGI_LABELS_H_
#define TSTAT_RRD_CGI_LABELS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tstat-rrd-cgi/label_tables.h"

namespace tstat::viewer {

// The labels of a metric or of one of its directions (`ip_len`, `ip_len_in`); none is empty. Names
// of a connection's sides (`_c2s`) have none, as in the original.
[[nodiscard]] std::span<const ValueLabel> LabelsOf(std::string_view name);

// The colour of the series at a place, for what has none of its own.
[[nodiscard]] int32_t ColourOfPlace(size_t place);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_LABELS_H_
