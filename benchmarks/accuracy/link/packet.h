// SPDX-License-Identifier: BSD-3-Clause
//
// A packet on the link between the client's and the server's machine, and what became of it: what
// a line of the truth file says. The link has three places where packets can be captured and two
// hops between them:
//
//   client --- hop kClientHop --- middle --- hop kServerHop --- server
#ifndef TSTAT_ACCURACY_PACKET_H_
#define TSTAT_ACCURACY_PACKET_H_

#include <array>
#include <cstdint>
#include <vector>

namespace accuracy {

using Nanoseconds = int64_t;
inline constexpr Nanoseconds kNever = -1;

enum class Direction : uint8_t { kToServer, kToClient };
enum class Place : uint8_t { kClient, kMiddle, kServer };
enum class HopName : uint8_t { kClientHop, kServerHop };
inline constexpr int kPlaces = 3;
inline constexpr int kHops = 2;

enum class Fate : uint8_t {
  kOnTheWay,
  kDelivered,
  kLostByRule,    // a packet that the options name
  kLostAtRandom,  // each packet by itself
  kLostInBurst,   // by the bad state of the Gilbert model
  kLostInOutage,
  kLostInQueue,  // no room
  kTooBig,       // more than the hop's MTU
};

inline constexpr bool IsLost(Fate fate) {
  return fate != Fate::kOnTheWay && fate != Fate::kDelivered;
}

struct Packet {
  uint64_t id = 0;       // counts from 1 in the order of entering
  uint64_t copy_of = 0;  // the id of what the link duplicated
  uint64_t burst = 0;    // packets of one number were handed over as one (segmentation offload)
  Direction direction = Direction::kToServer;
  std::vector<uint8_t> bytes;  // from the IP header on

  Nanoseconds entered = kNever;
  std::array<Nanoseconds, kPlaces> passed = {kNever, kNever, kNever};
  std::array<uint32_t, kPlaces> frame = {};  // number in the place's capture, from 1; 0: not there
  Nanoseconds left = kNever;
  Fate fate = Fate::kOnTheWay;
  HopName hop = HopName::kClientHop;  // where it was lost
  bool marked = false;                // the link set Congestion Experienced
  bool held = false;                  // kept back so that others overtake it
};

}  // namespace accuracy

#endif  // TSTAT_ACCURACY_PACKET_H_
