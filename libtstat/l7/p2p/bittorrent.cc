// SPDX-License-Identifier: BSD-3-Clause
#include "l7/p2p/bittorrent.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace tstat::internal {
namespace {

constexpr std::string_view kHandshake =
    "\x13"
    "BitTorrent protocol";

struct TrackerRequest {
  std::string_view text;
  uint8_t subtype;
};
constexpr TrackerRequest kTrackerRequests[] = {
    {"scrape?info_hash=", 1},     {"announce?info_hash=", 2}, {"announce.php?info_hash=", 3},
    {"announce.php?passkey=", 4}, {"announce.php?pid=", 5},
};

// `text` at `at`, over as many bytes as were captured.
bool MatchesCaptured(ByteReader payload, size_t at, std::string_view text) {
  const std::string_view there = payload.Text(at, text.size());
  return !there.empty() && text.starts_with(there);
}

// Where the tracker's command begins: right behind "GET /", or behind a directory of 32 characters.
size_t TrackerCommand(ByteReader payload) {
  for (size_t at : {size_t{5}, size_t{38}}) {
    if (at == 38 && payload.size() <= 45) break;
    if (payload.U8(at) == 'a' || payload.U8(at) == 's') return at;
  }
  return 0;
}

}  // namespace

std::optional<uint8_t> MatchBitTorrent(ByteReader payload) {
  if (payload.size() <= 6) return std::nullopt;
  if (payload.U8(0) == kHandshake[0]) {
    if (MatchesCaptured(payload, 0, kHandshake)) return uint8_t{0};
    return std::nullopt;
  }
  if (!payload.StartsWith("GET /")) return std::nullopt;
  const size_t at = TrackerCommand(payload);
  if (at == 0) return std::nullopt;
  for (const TrackerRequest& request : kTrackerRequests) {
    if (MatchesCaptured(payload, at, request.text)) return request.subtype;
  }
  return std::nullopt;
}

}  // namespace tstat::internal
