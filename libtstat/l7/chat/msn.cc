// SPDX-License-Identifier: BSD-3-Clause
//
// MSN messenger.
#include <algorithm>
#include <optional>
#include <string_view>

#include "l7/chat/chat_state.h"
#include "l7/text_match.h"

namespace tstat::internal {
namespace {

constexpr size_t kCommandBytes = 4;  // three letters and a blank
constexpr size_t kMinCommand = 5, kMaxScanned = 19;
constexpr size_t kMaxVersion = 7;
constexpr size_t kVersionOffset = 6;  // behind "VER " and a transaction number of one digit

constexpr bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

size_t SkipSpace(std::string_view text, size_t at) {
  while (at < text.size() && IsBlank(text[at])) ++at;
  return at;
}

// Reads an integer as scanf's %d does, blanks before it included; it wraps at 32 bits.
bool ScanInteger(std::string_view text, size_t* at, int32_t* value) {
  size_t p = SkipSpace(text, *at);
  const bool negative = p < text.size() && text[p] == '-';
  if (p < text.size() && (text[p] == '-' || text[p] == '+')) ++p;
  const size_t digits = RunLength(byte_class::kDigit, text, p);
  if (digits == 0) return false;
  uint64_t number = 0;  // the text has at most kMaxScanned characters
  for (char c : text.substr(p, digits)) number = number * 10 + static_cast<uint64_t>(c - '0');
  *at = p + digits;
  *value = static_cast<int32_t>(static_cast<uint32_t>(negative ? 0 - number : number));
  return true;
}

// "12 U 91": transaction, acknowledgement type, size. Clients send it so; what servers send has
// names instead and gives no type.
struct MessageCommand {
  ChatMessage::Type type = ChatMessage::Type::kMsnOther;
  int32_t size = -1;

  // REQUIRES: a segment of kMinCommand bytes that begins with "MSG ".
  static std::optional<MessageCommand> Parse(ByteReader payload, Direction direction);
};

MessageCommand ScanMessageCommand(std::string_view text, Direction direction) {
  MessageCommand command;
  size_t at = 0;
  int32_t number = 0;
  if (text.size() < 3 || !ScanInteger(text, &at, &number)) return command;
  at = SkipSpace(text, at);
  if (at >= text.size()) return command;
  switch (text[at++]) {
    case 'A':
      command.type = ChatMessage::Type::kMsnA;
      break;
    case 'D':
      command.type = ChatMessage::Type::kMsnD;
      break;
    case 'N':
      command.type = ChatMessage::Type::kMsnN;
      break;
    case 'U':
      command.type = ChatMessage::Type::kMsnU;
      break;
    default:
      return command;
  }
  if (direction == Direction::kClientToServer && ScanInteger(text, &at, &number)) {
    command.size = number;
  }
  return command;
}

// Nothing when there is not a byte to scan; the last one of the segment is not.
std::optional<MessageCommand> MessageCommand::Parse(ByteReader payload, Direction direction) {
  const size_t scanned = std::min(payload.size() - kMinCommand, kMaxScanned);
  if (scanned == 0) return std::nullopt;
  return ScanMessageCommand(CutAtNul(payload.Text(kCommandBytes, scanned)), direction);
}

void Count(ChatMessage::Type type, ChatCounts* counts) {
  counts->msn_a += type == ChatMessage::Type::kMsnA;
  counts->msn_d += type == ChatMessage::Type::kMsnD;
  counts->msn_n += type == ChatMessage::Type::kMsnN;
  counts->msn_u += type == ChatMessage::Type::kMsnU;
}

void ReadCommand(ByteReader payload, Direction direction, ChatState::Side* side,
                 ChatOutcome::Message* message) {
  const std::string_view command = payload.Text(0, kCommandBytes);
  if (command == "VER ") {
    side->version = true;
  } else if (command == "USR ") {
    side->user = true;
  } else if (command == "MSG ") {
    ++side->counts.messages;
    const std::optional<MessageCommand> parsed = MessageCommand::Parse(payload, direction);
    if (!parsed) return;
    Count(parsed->type, &side->counts);
    *message = {true, parsed->type, true, parsed->size};
  } else if (command == "UUM " || command == "UBM ") {
    ++side->counts.messages;
    ++side->counts.msn_y;
    *message = {true, ChatMessage::Type::kMsnYahoo, false, 0};
  }
}

// A presence flow and a chat flow stay what they are; in the others VER has the last word.
void UpdateMsnType(const ChatState::Side& side, ChatState* state, ChatChange* change) {
  switch (state->type) {
    case ChatType::kUnknown:
    case ChatType::kLogin:
    case ChatType::kHttpTunnel:
      if (side.counts.messages > 0 && state->type != ChatType::kLogin) {
        state->type = ChatType::kChat;
        ++change->chats;
      }
      if (side.version) {
        state->type = side.user ? ChatType::kPresence : ChatType::kLogin;
        if (side.user) ++change->presences;
      }
      break;
    case ChatType::kPresence:
      if (side.counts.msn_y > 0 && !state->yahoo_counted) {
        state->yahoo_counted = true;
        ++change->chats;
      }
      break;
    default:
      break;
  }
}

}  // namespace

std::optional<MsnVersion> MsnVersion::Parse(ByteReader payload) {
  constexpr size_t kShortest = 14;
  if (payload.size() < kShortest) return std::nullopt;
  const std::string_view text = payload.Text();
  const size_t begin = SkipSpace(text, kVersionOffset);
  MsnVersion version{};
  size_t size = 0;
  while (size < kMaxVersion && begin + size < text.size() && text[begin + size] != '\0' &&
         !IsBlank(text[begin + size])) {
    version.name[size] = text[begin + size];
    ++size;
  }
  if (size == 0) version.name[0] = '?';
  return version;
}

ChatOutcome OnMsnSegment(ByteReader payload, Direction direction, ChatState* state) {
  ChatOutcome outcome;
  ChatState::Side& side = state->of(direction);
  if (payload.size() >= kMinCommand) ReadCommand(payload, direction, &side, &outcome.message);
  UpdateMsnType(side, state, &outcome.change);
  return outcome;
}

}  // namespace tstat::internal
