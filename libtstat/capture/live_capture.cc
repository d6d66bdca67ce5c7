// SPDX-License-Identifier: BSD-3-Clause
#include "capture/live_capture.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "capture/link_types.h"
#include "capture/packet_filter.h"

namespace tstat::internal {
namespace {

// The reference's form: `pcap_openlive: nope: No such device exists (...)`.
absl::Status ActivationError(pcap_t* capture, const std::string& interface, int result) {
  const std::string_view general = pcap_statustostr(result);
  const std::string_view detail = pcap_geterr(capture);
  std::string message = absl::StrCat("pcap_openlive: ", interface, ": ", std::string(general));
  if (result == PCAP_ERROR) {
    message = absl::StrCat("pcap_openlive: ", std::string(detail));
  } else if (!detail.empty()) {
    message = absl::StrCat(message, " (", std::string(detail), ")");
  }
  switch (result) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return absl::NotFoundError(message);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return absl::PermissionDeniedError(message);
    default:
      return absl::FailedPreconditionError(message);
  }
}

// Sets what must be set before activation; the setters fail only on an active capture.
void Configure(pcap_t* capture, const LiveOptions& options) {
  pcap_set_snaplen(capture, options.snapshot_length);
  pcap_set_promisc(capture, options.promiscuous ? 1 : 0);
  pcap_set_timeout(capture, options.timeout_ms);
  pcap_set_buffer_size(capture, options.buffer_bytes);
  pcap_set_immediate_mode(capture, 0);
  // Where the system has none, they are microseconds.
  if (options.nanoseconds) pcap_set_tstamp_precision(capture, PCAP_TSTAMP_PRECISION_NANO);
}

}  // namespace

absl::StatusOr<LiveCapture> OpenCapture(const LiveOptions& options) {
  const std::string& interface = options.interface;
  char error[PCAP_ERRBUF_SIZE];
  PcapHandle capture(pcap_create(interface.c_str(), error));
  if (capture == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("pcap_openlive: ", error));
  }
  Configure(capture.get(), options);
  // Positive results are warnings.
  if (const int result = pcap_activate(capture.get()); result < 0) {
    return ActivationError(capture.get(), interface, result);
  }
  const int dlt = pcap_datalink(capture.get());
  if (absl::Status s = CheckLinkType(dlt); !s.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(interface, ": ", std::string(s.message())));
  }
  absl::StatusOr<PacketFilter> filter = PacketFilter::CompileFor(options.filter, capture.get());
  if (!filter.ok()) return filter.status();
  if (!filter->matches_everything() && pcap_setfilter(capture.get(), filter->program()) != 0) {
    return BadFilter(absl::StrCat("pcap_setfilter: ", pcap_geterr(capture.get())));
  }
  if (pcap_setnonblock(capture.get(), 1, error) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("pcap_setnonblock: ", error));
  }
  LiveCapture opened;
  opened.link_type = static_cast<LinkType>(dlt);
  opened.has_nanoseconds = pcap_get_tstamp_precision(capture.get()) == PCAP_TSTAMP_PRECISION_NANO;
  opened.handle = std::move(capture);
  return opened;
}

}  // namespace tstat::internal
