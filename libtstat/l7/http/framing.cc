// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/framing.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "l7/byte_class.h"

namespace tstat::internal {
namespace {

// Takes the next element of a list, without blanks around it.
std::string_view TakeElement(std::string_view* list) {
  const size_t comma = std::min(list->find(','), list->size());
  std::string_view element = list->substr(0, comma);
  list->remove_prefix(std::min(comma + 1, list->size()));
  while (!element.empty() && IsSpace(static_cast<uint8_t>(element.front()))) {
    element.remove_prefix(1);
  }
  while (!element.empty() && IsSpace(static_cast<uint8_t>(element.back()))) {
    element.remove_suffix(1);
  }
  return element;
}

}  // namespace

void HttpFraming::Add(HttpField field, std::string_view value, bool cut) {
  if (field == HttpField::kContentLength) {
    faulty = faulty || cut;
    AddLengths(value);
  } else if (field == HttpField::kTransferEncoding) {
    faulty = faulty || cut;
    AddCodings(value);
  } else if (field == HttpField::kUpgrade) {
    AddUpgrades(value);
  }
}

// The same length may be there several times. One beyond what any body can have is none.
void HttpFraming::AddLengths(std::string_view list) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  while (!list.empty()) {
    const std::string_view digits = TakeElement(&list);
    if (digits.empty()) continue;
    uint64_t value = 0;
    for (char c : digits) {
      if (!IsDigit(static_cast<uint8_t>(c))) {
        faulty = true;
        return;
      }
      const auto digit = static_cast<uint64_t>(c - '0');
      if (value > (kMost - digit) / 10) {
        faulty = true;
        return;
      }
      value = value * 10 + digit;
    }
    faulty = faulty || (has_length && value != length);
    has_length = true;
    length = value;
  }
}

void HttpFraming::AddCodings(std::string_view list) {
  has_coding = true;
  while (!list.empty()) {
    std::string_view coding = TakeElement(&list);
    coding = coding.substr(0, coding.find_first_of("; \t"));
    if (!coding.empty()) chunked = EqualsInAnyCase(coding, "chunked");
  }
}

// The first one that is known here counts.
void HttpFraming::AddUpgrades(std::string_view list) {
  while (!list.empty() && (upgrade == HttpUpgrade::kNone || upgrade == HttpUpgrade::kOther)) {
    const std::string_view protocol = TakeElement(&list);
    if (protocol.empty()) continue;
    upgrade = HttpUpgrade::kOther;
    if (EqualsInAnyCase(protocol, "h2c")) upgrade = HttpUpgrade::kHttp2;
    if (EqualsInAnyCase(protocol, "websocket")) upgrade = HttpUpgrade::kWebSocket;
  }
}

}  // namespace tstat::internal
