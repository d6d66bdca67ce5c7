// SPDX-License-Identifier: BSD-3-Clause
//
// Tables of what an analysis tells and no text log of Tstat has. Exports have them beside the logs.
#ifndef TSTAT_SCHEMA_EVENT_TABLES_H_
#define TSTAT_SCHEMA_EVENT_TABLES_H_

#include <cstdint>
#include <string_view>

#include "tstat/flow.h"
#include "tstat/histogram.h"
#include "tstat/ip_address.h"
#include "tstat/schema.h"
#include "tstat/time.h"
#include "tstat/tls.h"

namespace tstat::internal {

// One bin of a histogram that is not 0, in a snapshot.
struct HistogramBin {
  Timestamp time;         // of the snapshot
  uint32_t interval = 0;  // HistogramSnapshot::index
  std::string_view name;  // of the histogram
  int64_t label = 0;      // Histogram::LabelOf
  int64_t count = 0;
};

// What a snapshot says of one network.
struct HistogramNetwork {
  Timestamp time;
  uint32_t interval = 0;
  bool internal = false;
  uint8_t prefix_length = 0;
  IpAddress network;
  HistogramSnapshot::Address counts;
};

const LogTable<TlsHandshake>& TlsHandshakeTable();
const LogTable<DnsResolution>& DnsResolutionTable();
const LogTable<HistogramBin>& HistogramBinTable();
const LogTable<HistogramNetwork>& HistogramNetworkTable();

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_EVENT_TABLES_H_
