// SPDX-License-Identifier: BSD-3-Clause
#include "capture/packet_filter.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "tstat/packet_source.h"

namespace tstat::internal {
namespace {

// A status that has it is about the filter, whatever stands before libpcap's words, its value.
constexpr char kFilterPayload[] = "tstat/filter";
constexpr int kSnapshotLength = 262144;

struct ClosePcap {
  void operator()(pcap_t* capture) const { pcap_close(capture); }
};

}  // namespace

absl::Status BadFilter(const std::string& message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kFilterPayload, absl::Cord(message));
  return status;
}

absl::StatusOr<PacketFilter> PacketFilter::Compile(const std::string& expression,
                                                   LinkType link_type) {
  const std::unique_ptr<pcap_t, ClosePcap> capture(
      pcap_open_dead(static_cast<int>(link_type), kSnapshotLength));
  if (capture == nullptr) return absl::ResourceExhaustedError("pcap_open_dead: out of memory");
  return CompileFor(expression, capture.get());
}

absl::StatusOr<PacketFilter> PacketFilter::CompileFor(const std::string& expression,
                                                      pcap_t* capture) {
  PacketFilter filter;
  if (absl::StripAsciiWhitespace(expression).empty()) return filter;
  std::unique_ptr<bpf_program, FreeProgram> program(new bpf_program());
  // Optimised, as the kernel's copy in live capture would be; netmask 0.
  if (pcap_compile(capture, program.get(), expression.c_str(), 1, 0) != 0) {
    return BadFilter(absl::StrCat("pcap_compile: ", pcap_geterr(capture)));
  }
  filter.program_ = std::move(program);
  return filter;
}

}  // namespace tstat::internal

namespace tstat::inline v1 {

std::optional<std::string> FilterError(const absl::Status& status) {
  const auto words = status.GetPayload(internal::kFilterPayload);
  if (!words.has_value()) return std::nullopt;
  return std::string(*words);
}

absl::Status CheckFilter(const std::string& filter) {
  return internal::PacketFilter::Compile(filter, LinkType::kEthernet).status();
}

}  // namespace tstat::inline v1
