// SPDX-License-Identifier: BSD-3-Clause
#include "capture/link_types.h"

#include <pcap/pcap.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

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

std::string LinkTypeText(int dlt) {
  const char* name = pcap_datalink_val_to_name(dlt);
  return absl::StrCat(dlt, " (", name != nullptr ? name : "unknown", ")");
}

absl::Status CheckLinkType(int dlt) {
  if (IsSupportedLinkType(dlt)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("unsupported link type ", LinkTypeText(dlt)));
}

}  // namespace tstat::internal
