// SPDX-License-Identifier: BSD-3-Clause
//
// What of an IP packet may be kept under strict anonymity: its headers, with the images of all
// addresses in them, and checksums that fit as if all else were zeros. Payload goes, and so do
// options that tell something of hosts or users (routes, home addresses, cookies of TCP Fast Open,
// addresses of MPTCP, ...): their places are filled with options that say nothing. Lengths in
// headers stay.
//
//   PacketAnonymizer packets(anonymizer);
//   std::array<uint8_t, PacketAnonymizer::kMostBytes> out;
//   const size_t kept = packets.Rewrite(ip_packet, out);        // 0: nothing of it
//
// Kept are IPv4 and IPv6 headers, also of tunnels of one in the other; TCP headers; UDP headers;
// eight bytes of ICMP, and the headers that its errors quote. Of everything else, and behind what
// cannot be read, nothing.
#ifndef TSTAT_PRIVACY_PACKET_ANONYMIZER_H_
#define TSTAT_PRIVACY_PACKET_ANONYMIZER_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "tstat/anonymizer.h"

namespace tstat::internal {

class PacketAnonymizer {
 public:
  // Headers behind each other that are longer than this are cut.
  static constexpr size_t kMostBytes = 1024;

  // `anonymizer` must outlive it.
  explicit PacketAnonymizer(Anonymizer* anonymizer) : anonymizer_(anonymizer) {}

  // `packet`, from its IP header on, may be hostile, and cut anywhere. Returns how many bytes of
  // `out` are the packet now. REQUIRES: the two do not overlap.
  size_t Rewrite(std::span<const uint8_t> packet, std::span<uint8_t> out);

 private:
  Anonymizer* anonymizer_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PRIVACY_PACKET_ANONYMIZER_H_
