// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/openings.h"

#include <array>
#include <cstddef>
#include <iterator>

#include "l7/prefix.h"
#include "l7/tcp/facebook_zero.h"
#include "l7/tcp/mail.h"
#include "l7/tcp/rtsp.h"
#include "l7/tcp/ssh.h"

namespace tstat::internal {
namespace {

using Action = Opening::Action;
using From = Opening::From;
using State = Layer7State;

template <size_t kCount>
struct Word {
  char text[kCount];
  constexpr Word(const char (&t)[kCount]) {  // NOLINT: implicit by design
    for (size_t i = 0; i < kCount; ++i) text[i] = t[i];
  }
};
template <Word kWord>
bool StartsWithWord(ByteReader payload) {
  return payload.StartsWith({kWord.text, sizeof(kWord.text) - 1});
}

// Protocols with more than a greeting and its answer.
constexpr Opening kOwnOpenings[] = {
    {Prefix("GET "), From::kClient, nullptr, State::kHttpCommand, Action::kGet},
    {Prefix("POST"), From::kClient, nullptr, State::kHttpCommand, Action::kPost},
    {Prefix("HEAD"), From::kClient, nullptr, State::kHttpCommand, Action::kOtherRequest},
    {Prefix("PUT "), From::kClient, nullptr, State::kHttpCommand, Action::kOtherRequest,
     &CompatProfile::http_more_methods},
    {Prefix("PATC"), From::kClient, StartsWithWord<"PATCH ">, State::kHttpCommand,
     Action::kOtherRequest, &CompatProfile::http_more_methods},
    {Prefix("DELE"), From::kClient, StartsWithWord<"DELETE ">, State::kHttpCommand,
     Action::kOtherRequest, &CompatProfile::http_more_methods},
    {Prefix("OPTI"), From::kClient, StartsWithWord<"OPTIONS ">, State::kHttpCommand,
     Action::kOtherRequest, &CompatProfile::http_more_methods},
    {Prefix("YMSG"), From::kBoth, nullptr, State::kYmsg, Action::kYmsg},
    {Prefix("<str"), From::kBoth, nullptr, State::kXmpp, Action::kXmpp},
    {Prefix("VER "), From::kBoth, nullptr, State::kUnknown, Action::kMsn},
    {Prefix("USR "), From::kBoth, nullptr, State::kUnknown, Action::kMsn},
    {Prefix("ANS "), From::kBoth, nullptr, State::kUnknown, Action::kMsn},
    {Prefix("IRO "), From::kBoth, nullptr, State::kUnknown, Action::kMsn},
    {Prefix("DESC"), From::kClient, IsRtspDescribe, State::kRtspCommand},
    {Prefix("* OK"), From::kServer, nullptr, State::kImapOpening},
};

constexpr Answer kOwnAnswers[] = {
    {State::kRtspCommand, Direction::kServerToClient, 5, IsRtspResponse, State::kRtspResponse,
     connection_type::kRtsp},
    {State::kImapOpening, Direction::kClientToServer, 7, IsImapTag, State::kImapCommand, 0},
    {State::kImapCommand, Direction::kServerToClient, 7, IsImapResponse, State::kIgnore,
     connection_type::kImap},
};

// The others: a new protocol is a row here.
constexpr Greeting kGreetings[] = {
    {connection_type::kSmtp, Prefix("220 "), From::kServer, nullptr, 5, IsSmtpHello},
    {connection_type::kPop3, Prefix("+OK "), From::kServer, nullptr, 5, IsPop3Command},
    {connection_type::kPop3, Prefix("-ERR"), From::kServer, nullptr, 5, IsPop3Command},
    {connection_type::kSsh, Prefix("SSH-"), From::kServer, IsSshVersion, 8, IsSshVersion},
    {connection_type::kFacebookZero, Prefix("1QTV"), From::kClient, IsFacebookZeroHello, 7,
     IsFacebookZeroResponse, &CompatProfile::facebook_zero, Action::kFacebookZero},
};
constexpr size_t kFirstGreeted = static_cast<size_t>(State::kGreeted);
static_assert(kFirstGreeted + std::size(kGreetings) <= 256, "a state has 8 bits");
constexpr State Greeted(size_t greeting) { return static_cast<State>(kFirstGreeted + greeting); }

constexpr auto kOpenings = [] {
  std::array<Opening, std::size(kOwnOpenings) + std::size(kGreetings)> openings{};
  size_t count = 0;
  for (const Opening& opening : kOwnOpenings) openings[count++] = opening;
  for (size_t i = 0; i < std::size(kGreetings); ++i) {
    const Greeting& g = kGreetings[i];
    openings[count++] = {g.prefix, g.from, g.accepts, Greeted(i), g.action, g.only_with};
  }
  return openings;
}();
static_assert(
    [] {
      for (size_t i = 0; i < kOpenings.size(); ++i) {
        for (size_t k = 0; k < i; ++k) {
          if (kOpenings[k].prefix == kOpenings[i].prefix) return false;
        }
      }
      return true;
    }(),
    "of two openings with the same prefix the second one would never be seen");

constexpr auto kGreetingAnswers = [] {
  std::array<Answer, std::size(kGreetings)> answers{};
  for (size_t i = 0; i < answers.size(); ++i) {
    const Greeting& g = kGreetings[i];
    if (g.from == From::kBoth) throw "an answer comes from the other end";
    const bool by_client = g.from == From::kServer;
    answers[i] = {
        Greeted(i),         by_client ? Direction::kClientToServer : Direction::kServerToClient,
        g.min_answer_bytes, g.accepts_answer,
        State::kIgnore,     g.type_bit};
  }
  return answers;
}();

constexpr MsnPrefix kMsnPrefixes[] = {
    {Prefix("VER "), MsnCommand::kVersion, State::kMsnVersionClient, State::kMsnVersionServer},
    {Prefix("USR "), MsnCommand::kUser, State::kMsnUserClient, State::kMsnUserServer},
    {Prefix("ANS "), MsnCommand::kAnswer, State::kMsnAnswer, State::kMsnAnswer},
    {Prefix("IRO "), MsnCommand::kRoster, State::kMsnRoster, State::kMsnRoster},
};

}  // namespace

const Opening* FindOpening(uint32_t prefix, const CompatProfile& profile) {
  for (const Opening& o : kOpenings) {
    if (o.prefix != prefix) continue;
    return o.only_with == nullptr || profile.*o.only_with ? &o : nullptr;
  }
  return nullptr;
}

const Answer* FindAnswer(Layer7State state) {
  if (state >= State::kGreeted) {
    const size_t greeting = static_cast<size_t>(state) - kFirstGreeted;
    return greeting < kGreetingAnswers.size() ? &kGreetingAnswers[greeting] : nullptr;
  }
  for (const Answer& a : kOwnAnswers) {
    if (a.state == state) return &a;
  }
  return nullptr;
}

const MsnPrefix* FindMsnCommand(uint32_t prefix) {
  for (const MsnPrefix& m : kMsnPrefixes) {
    if (m.prefix == prefix) return &m;
  }
  return nullptr;
}

}  // namespace tstat::internal
