// SPDX-License-Identifier: BSD-3-Clause
#include "capture/packet_filter.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace tstat::internal {
namespace {

constexpr int kSnapshotLength = 262144;

struct ClosePcap {
  void operator()(pcap_t* capture) const { pcap_close(capture); }
};

}  // namespace

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
    return absl::InvalidArgumentError(absl::StrCat("pcap_compile: ", pcap_geterr(capture)));
  }
  filter.program_ = std::move(program);
  return filter;
}

}  // namespace tstat::internal
