// SPDX-License-Identifier: BSD-3-Clause
//
// SMTP, POP3 and IMAP4: the client's and server's lines that confirm them after the server's
// greeting.
#ifndef TSTAT_L7_TCP_MAIL_H_
#define TSTAT_L7_TCP_MAIL_H_

#include "decode/byte_reader.h"

namespace tstat::internal {

// HELO or EHLO, in one case.
bool IsSmtpHello(ByteReader payload);
bool IsPop3Command(ByteReader payload);
// A tag of one to five characters and a blank. At least seven bytes are wanted.
bool IsImapTag(ByteReader payload);
// A server's line: untagged, or with a tag.
bool IsImapResponse(ByteReader payload);

}  // namespace tstat::internal

#endif  // TSTAT_L7_TCP_MAIL_H_
