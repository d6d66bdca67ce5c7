// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/http_answer.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tstat::internal {
namespace {

// Redirections are not followed; 302, 303 and 307 say that they will not last. A password, rights,
// an address or a database (401, 403, 404, 407) can be put right: the batch itself is not at fault.
constexpr std::array<int64_t, 10> kForNow = {302, 303, 307, 401, 403, 404, 407, 408, 425, 429};

std::chrono::seconds WaitOf(const std::string& retry_after, int64_t now_s) {
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(retry_after, &seconds)) {
    std::tm date{};
    if (strptime(retry_after.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr) {
      return std::chrono::seconds(0);
    }
    seconds = timegm(&date) - now_s;
  }
  constexpr int64_t kMostSeconds = 7 * 86400;  // no overflow in nanoseconds
  return std::chrono::seconds(std::clamp<int64_t>(seconds, 0, kMostSeconds));
}

// InfluxDB 1.x: "partial write: REASON dropped=N", where REASON may be a list of lines that are
// none: "unable to parse '...': ...".
uint32_t RefusedPoints(const std::string& body, uint32_t rows) {
  constexpr std::string_view kUnread = "unable to parse", kDropped = "dropped=";
  uint64_t refused = 0;
  for (size_t at = body.find(kUnread); at != std::string::npos;
       at = body.find(kUnread, at + kUnread.size())) {
    ++refused;
  }
  if (const size_t at = body.rfind(kDropped); at != std::string::npos) {
    const size_t begin = at + kDropped.size();
    const size_t end = std::min(body.find_first_not_of("0123456789", begin), body.size());
    uint64_t dropped = 0;
    if (absl::SimpleAtoi(body.substr(begin, end - begin), &dropped)) refused += dropped;
  }
  return static_cast<uint32_t>(std::clamp<uint64_t>(refused, 1, std::max<uint64_t>(rows, 1)));
}

}  // namespace

Outcome OutcomeOf(const HttpAnswer& answer, uint32_t rows, int64_t now_s) {
  const int64_t status = answer.status;
  if (status >= 200 && status < 300) return Outcome::Delivered();
  const std::string why =
      absl::StrCat("HTTP ", status, answer.body.empty() ? "" : ": ", answer.body);
  if (status == 413) return Outcome::TooLarge(why);
  if (status < 200 || status >= 500 ||
      std::find(kForNow.begin(), kForNow.end(), status) != kForNow.end()) {
    Outcome outcome = Outcome::TryAgain(why);
    outcome.retry_after = WaitOf(answer.retry_after, now_s);
    return outcome;
  }
  if (status == 400 && answer.body.find("partial write") != std::string::npos) {
    Outcome outcome = Outcome::Delivered();
    outcome.why = why;
    outcome.refused_rows = RefusedPoints(answer.body, rows);
    return outcome;
  }
  return Outcome::Rejected(why);
}

}  // namespace tstat::internal
