// SPDX-License-Identifier: BSD-3-Clause
//
// Opening of a live capture by libpcap: what one reader and several have in common.
#ifndef TSTAT_CAPTURE_LIVE_CAPTURE_H_
#define TSTAT_CAPTURE_LIVE_CAPTURE_H_

#include <pcap/pcap.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tstat/packet_source.h"

namespace tstat::internal {

struct ClosePcapCapture {
  void operator()(pcap_t* capture) const { pcap_close(capture); }
};
using PcapHandle = std::unique_ptr<pcap_t, ClosePcapCapture>;

struct LiveCapture {
  PcapHandle handle;  // active and non-blocking, with its filter
  LinkType link_type = LinkType::kEthernet;

  // The time that a packet of it has.
  [[nodiscard]] Timestamp TimeOf(const pcap_pkthdr& header) const {
    const int64_t seconds = header.ts.tv_sec;
    return has_nanoseconds ? Timestamp::FromNanoseconds(seconds * 1'000'000'000 + header.ts.tv_usec)
                           : Timestamp::FromMicroseconds(seconds * 1'000'000 + header.ts.tv_usec);
  }
  bool has_nanoseconds = false;  // where libpcap says microseconds
};

// Of `options.interface`, which is not empty. Errors are those of OpenLive.
absl::StatusOr<LiveCapture> OpenCapture(const LiveOptions& options);

// Several readers (options.readers), each with a ring and a thread of its own.
absl::StatusOr<std::unique_ptr<PacketSource>> OpenFanout(const LiveOptions& options);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_LIVE_CAPTURE_H_
