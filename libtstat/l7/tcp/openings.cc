// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/openings.h"

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

constexpr Opening kOpenings[] = {
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
    {Prefix("220 "), From::kServer, nullptr, State::kSmtpOpening},
    {Prefix("+OK "), From::kServer, nullptr, State::kPop3Opening},
    {Prefix("-ERR"), From::kServer, nullptr, State::kPop3Opening},
    {Prefix("* OK"), From::kServer, nullptr, State::kImapOpening},
    {Prefix("SSH-"), From::kServer, IsSshVersion, State::kSshServer},
    {Prefix("1QTV"), From::kClient, IsFacebookZeroHello, State::kFacebookZeroOpening,
     Action::kFacebookZero, &CompatProfile::facebook_zero},
};

constexpr Answer kAnswers[] = {
    {State::kRtspCommand, Direction::kServerToClient, 5, IsRtspResponse, State::kRtspResponse,
     connection_type::kRtsp},
    {State::kSmtpOpening, Direction::kClientToServer, 5, IsSmtpHello, State::kIgnore,
     connection_type::kSmtp},
    {State::kPop3Opening, Direction::kClientToServer, 5, IsPop3Command, State::kIgnore,
     connection_type::kPop3},
    {State::kImapOpening, Direction::kClientToServer, 7, IsImapTag, State::kImapCommand, 0},
    {State::kImapCommand, Direction::kServerToClient, 7, IsImapResponse, State::kIgnore,
     connection_type::kImap},
    {State::kSshServer, Direction::kClientToServer, 8, IsSshVersion, State::kIgnore,
     connection_type::kSsh},
    {State::kFacebookZeroOpening, Direction::kServerToClient, 7, IsFacebookZeroResponse,
     State::kIgnore, connection_type::kFacebookZero},
};

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
  for (const Answer& a : kAnswers) {
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
