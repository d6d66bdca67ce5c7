// SPDX-License-Identifier: BSD-3-Clause
#include "capture/link_types.h"

#include <pcap/pcap.h>
#include <stdio.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "capture/file_headers.h"

namespace tstat::internal {
namespace {

constexpr LinkType kSupported[] = {
    LinkType::kNull,    LinkType::kEthernet, LinkType::kIeee802,      LinkType::kSlip,
    LinkType::kPpp,     LinkType::kFddi,     LinkType::kAtmRfc1483,   LinkType::kRaw,
    LinkType::kPppHdlc, LinkType::kPppoe,    LinkType::kCiscoHdlc,    LinkType::kIeee80211,
    LinkType::kLoop,    LinkType::kPrism,    LinkType::kLinuxCooked,  LinkType::kRadiotap,
    LinkType::kIpv4,    LinkType::kIpv6,     LinkType::kLinuxCooked2,
};

}  // namespace

bool IsSupportedLinkType(int dlt) {
  return std::any_of(std::begin(kSupported), std::end(kSupported),
                     [dlt](LinkType known) { return static_cast<int>(known) == dlt; });
}

int DltOfFile(uint16_t link_type) {
  if (link_type <= static_cast<uint16_t>(LinkType::kFddi)) return link_type;  // are the same
  // The header of a pcap file of this machine's byte order.
  uint32_t header[6] = {kPcapMicroseconds, 0, 0, 0, 65535, link_type};
  const uint16_t version[2] = {2, 4};
  std::memcpy(&header[1], version, sizeof(version));
  char error[PCAP_ERRBUF_SIZE];
  FILE* const file = fmemopen(header, sizeof(header), "rb");
  if (file == nullptr) return link_type;
  pcap_t* const pcap = pcap_fopen_offline(file, error);
  if (pcap == nullptr) {
    fclose(file);
    return link_type;
  }
  const int dlt = pcap_datalink(pcap);
  pcap_close(pcap);  // closes the file, too
  return dlt;
}

std::string LinkTypeText(int dlt) {
  const char* name = pcap_datalink_val_to_name(dlt);
  return absl::StrCat(dlt, " (", name != nullptr ? name : "unknown", ")");
}

absl::Status CheckLinkType(int dlt) {
  if (IsSupportedLinkType(dlt)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("unsupported link type ", LinkTypeText(dlt)));
}

}  // namespace tstat::internal
