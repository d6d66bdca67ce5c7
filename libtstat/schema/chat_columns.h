// SPDX-License-Identifier: BSD-3-Clause
//
// The columns of chat flows and messages: log_chat_complete and log_chat_messages.
#ifndef TSTAT_SCHEMA_CHAT_COLUMNS_H_
#define TSTAT_SCHEMA_CHAT_COLUMNS_H_

#include "schema/log_schema.h"
#include "tstat/chat.h"

namespace tstat::internal {

const LogSchema<ChatFlow>& ChatCompleteLog();
const LogSchema<ChatMessage>& ChatMessagesLog();

}  // namespace tstat::internal

#endif  // TSTAT_SCHEMA_CHAT_COLUMNS_H_
