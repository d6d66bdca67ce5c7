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

constexpr uint8_t kPeers = 0;  // the subtype of a handshake
constexpr size_t kShortest = 7;

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
  constexpr std::string_view kGet = "GET /";
  constexpr size_t kBehindDirectory = kGet.size() + 32 + 1, kMoreThan = 45;
  if (!payload.StartsWith(kGet)) return 0;
  for (size_t at : {kGet.size(), kBehindDirectory}) {
    if (at == kBehindDirectory && payload.size() <= kMoreThan) break;
    if (payload.U8(at) == 'a' || payload.U8(at) == 's') return at;
  }
  return 0;
}

}  // namespace

std::optional<BitTorrentMessage> BitTorrentMessage::Parse(ByteReader payload) {
  if (payload.size() < kShortest) return std::nullopt;
  if (payload.U8(0) == kHandshake[0]) {
    if (MatchesCaptured(payload, 0, kHandshake)) return BitTorrentMessage{kPeers};
    return std::nullopt;
  }
  const size_t at = TrackerCommand(payload);
  if (at == 0) return std::nullopt;
  for (const TrackerRequest& request : kTrackerRequests) {
    if (MatchesCaptured(payload, at, request.text)) return BitTorrentMessage{request.subtype};
  }
  return std::nullopt;
}

}  // namespace tstat::internal
