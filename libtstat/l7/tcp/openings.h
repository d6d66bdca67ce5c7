// SPDX-License-Identifier: BSD-3-Clause
//
// The first bytes by which a flow's protocol is guessed, and what the other end must answer to
// confirm the guess: the tables of the state machine.
#ifndef TSTAT_L7_TCP_OPENINGS_H_
#define TSTAT_L7_TCP_OPENINGS_H_

#include <cstdint>

#include "decode/byte_reader.h"
#include "l7/tcp/application_trackers.h"
#include "l7/tcp_layer7_flow.h"
#include "tstat/flow.h"
#include "tstat/options.h"

namespace tstat::internal {

// A four-byte prefix of state kUnknown. Listed prefixes exclude everything else: in the wrong
// direction, or refused by the further test, they do nothing at all.
struct Opening {
  enum class Action : uint8_t {
    kEnter,  // only the state changes
    kGet,
    kPost,
    kOtherRequest,
    kYmsg,
    kXmpp,
    kMsn,
    kFacebookZero,
  };
  enum class From : uint8_t { kClient, kServer, kBoth };

  uint32_t prefix;
  From from;
  bool (*accepts)(ByteReader payload);  // nullptr: the prefix is enough
  Layer7State next;
  Action action = Action::kEnter;
  bool CompatProfile::*only_with = nullptr;  // nullptr: always
};

// The opening of this prefix in this profile; nullptr if it is not listed.
const Opening* FindOpening(uint32_t prefix, const CompatProfile& profile);

// What a state waits for. Segments of the other direction and shorter ones do nothing.
struct Answer {
  Layer7State state;
  Direction from;
  uint8_t min_bytes;
  bool (*accepts)(ByteReader payload);
  Layer7State next;
  uint32_t type_bit;  // recognised with it; 0: not yet
};
inline constexpr uint64_t kAnswerBudget = 20;  // packets of the flow

// A protocol that two segments give away: the first bytes of one end, and what the other one
// answers.
struct Greeting {
  uint32_t type_bit;
  uint32_t prefix;
  Opening::From from;                   // not kBoth
  bool (*accepts)(ByteReader payload);  // nullptr: the prefix is enough
  uint8_t min_answer_bytes;
  bool (*accepts_answer)(ByteReader payload);
  bool CompatProfile::*only_with = nullptr;  // nullptr: always
  Opening::Action action = Opening::Action::kEnter;
};

// nullptr for states that are not of this kind.
const Answer* FindAnswer(Layer7State state);

// The MSN command of a prefix.
struct MsnPrefix {
  uint32_t prefix;
  MsnCommand command;
  Layer7State client_next, server_next;
};
const MsnPrefix* FindMsnCommand(uint32_t prefix);

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_OPENINGS_H_
