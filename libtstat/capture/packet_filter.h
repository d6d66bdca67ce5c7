// SPDX-License-Identifier: BSD-3-Clause
//
// A libpcap filter expression, applied to captured packets.
//
//   auto filter = PacketFilter::Compile("tcp port 80", LinkType::kEthernet);
//   if (filter->Matches(packet)) ...
#ifndef TSTAT_CAPTURE_PACKET_FILTER_H_
#define TSTAT_CAPTURE_PACKET_FILTER_H_

#include <pcap/pcap.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/packet.h"

namespace tstat::internal {

// InvalidArgument `message`, by which FilterError (tstat/packet_source.h) knows it.
absl::Status BadFilter(const std::string& message);

class PacketFilter {
 public:
  // Matches everything.
  PacketFilter() = default;
  PacketFilter(PacketFilter&&) = default;
  PacketFilter& operator=(PacketFilter&&) = default;

  // Compiles for a link type, optimised, netmask 0. An empty or blank expression
  // matches everything. BadFilter `pcap_compile: <libpcap's text>`.
  static absl::StatusOr<PacketFilter> Compile(const std::string& expression, LinkType link_type);

  // The same for packets of an open capture: pcap_compile also looks at its snapshot length and
  // byte order.
  static absl::StatusOr<PacketFilter> CompileFor(const std::string& expression, pcap_t* capture);

  bool matches_everything() const { return program_ == nullptr; }

  // The packet must be of the link type compiled for.
  [[nodiscard]] bool Matches(const Packet& packet) const {
    if (program_ == nullptr) return true;
    pcap_pkthdr header = {};
    header.caplen = static_cast<bpf_u_int32>(packet.data.size());
    header.len = packet.original_length;
    return pcap_offline_filter(program_.get(), &header, packet.data.data()) != 0;
  }

  // For pcap_setfilter; null when everything matches.
  bpf_program* program() const { return program_.get(); }

 private:
  struct FreeProgram {
    void operator()(bpf_program* program) const {
      pcap_freecode(program);
      delete program;
    }
  };
  std::unique_ptr<bpf_program, FreeProgram> program_;
};

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_PACKET_FILTER_H_
