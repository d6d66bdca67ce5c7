// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/mail.h"

#include <algorithm>

#include "l7/byte_class.h"
#include "l7/prefix.h"

namespace tstat::internal {
namespace {

// Mixed case, CAPA, AUTH and STLS are not accepted, but do not end the search either.
constexpr uint32_t kSmtpHellos[] = {Prefix("HELO"), Prefix("EHLO"), Prefix("helo"), Prefix("ehlo")};
constexpr uint32_t kPop3Commands[] = {Prefix("USER"), Prefix("QUIT"), Prefix("APOP")};

template <size_t kCount>
bool Contains(const uint32_t (&prefixes)[kCount], uint32_t prefix) {
  return std::find(prefixes, prefixes + kCount, prefix) != prefixes + kCount;
}

}  // namespace

bool IsSmtpHello(ByteReader payload) { return Contains(kSmtpHellos, PayloadPrefix(payload)); }

bool IsPop3Command(ByteReader payload) { return Contains(kPop3Commands, PayloadPrefix(payload)); }

bool IsImapTag(ByteReader payload) {
  constexpr size_t kLongest = 5;
  for (size_t i = 1; i <= kLongest; ++i) {
    if (payload.U8(i) == ' ' && IsAlphanumeric(payload.U8(i - 1))) return true;
  }
  return false;
}

bool IsImapResponse(ByteReader payload) { return payload.StartsWith("* ") || IsImapTag(payload); }

}  // namespace tstat::internal
