// SPDX-License-Identifier: BSD-3-Clause
//
// Runs both directions of an HTTP connection through HttpConnection and writes down the heads, each
// in a line: its values, separated by bars.
#ifndef TESTS_L7_HTTP_HTTP_HARNESS_H_
#define TESTS_L7_HTTP_HTTP_HARNESS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decode/byte_reader.h"
#include "l7/http/http_connection.h"
#include "tstat/flow.h"
#include "tstat/http_message.h"
#include "tstat/time.h"

namespace tstat::internal {

inline constexpr Direction kFromClient = Direction::kClientToServer;
inline constexpr Direction kFromServer = Direction::kServerToClient;

inline ByteReader BytesOf(std::string_view text) {
  return ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

// "method host path referer agent cookie dnt" or "status length type server range location
// cookie", without those that are absent at the end.
class HeadWriter : public HttpReceiver {
 public:
  void OnHttpHead(const HttpMessage& m) override {
    std::string line;
    if (m.is_request()) {
      line = Line(
          {&m.method, &m.hostname, &m.path, &m.referer, &m.user_agent, &m.cookie, &m.do_not_track});
    } else {
      line = Line({&m.status, &m.content_length, &m.content_type, &m.server, &m.content_range,
                   &m.location, &m.set_cookie});
    }
    (m.is_request() ? requests : responses) += line + "\n";
    times.push_back(m.time);
  }

  std::string requests, responses;
  std::vector<Timestamp> times;

 private:
  static std::string Line(std::initializer_list<const HttpValue*> values) {
    std::string line;
    for (const HttpValue* value : values) {
      if (!line.empty()) line += '|';
      line += value->found ? std::string(value->text) : "-";
      if (value->truncated) line += "[*]";
    }
    while (line.ends_with("|-")) line.resize(line.size() - 2);
    return line;
  }
};

// A segment of one side, or `missing` bytes of it that are not there.
struct Turn {
  Direction direction;
  std::string_view bytes;
  uint64_t missing = 0;
};
inline Turn Client(std::string_view bytes) { return {kFromClient, bytes}; }
inline Turn Server(std::string_view bytes) { return {kFromServer, bytes}; }
inline Turn Missing(Direction direction, uint64_t count) { return {direction, "", count}; }

struct HttpRun {
  std::string requests, responses;
  std::vector<Timestamp> times;
  std::string rest[2];  // by Index(Direction): what is another protocol, or never had its turn
  bool done[2] = {false, false};
  bool tunnel = false;
  size_t heads_in_use = 0;  // before the end

  bool operator==(const HttpRun& other) const {
    return requests == other.requests && responses == other.responses && rest[0] == other.rest[0] &&
           rest[1] == other.rest[1] && tunnel == other.tunnel;
  }
};

// `piece`: how many bytes a call gets at most.
inline HttpRun RunHttp(const std::vector<Turn>& turns, size_t piece = SIZE_MAX) {
  HttpMemory memory;
  HttpConnection http;
  HeadWriter writer;
  HttpRun run;
  int64_t now = 0;
  const auto offer = [&](Direction d, std::string_view more, bool start) {
    std::string& rest = run.rest[Index(d)];
    start = start && rest.empty();
    rest += more;
    if (http.tunnel()) return;
    const HttpConnection::Piece offered = {d, BytesOf(rest), start,
                                           Timestamp::FromNanoseconds(++now)};
    rest.erase(0, http.OnBytes(offered, memory, writer));
  };
  for (const Turn& turn : turns) {
    if (turn.missing != 0) {
      run.rest[Index(turn.direction)].clear();
      http.OnGap(turn.direction, turn.missing, memory, writer);
    }
    for (std::string_view left = turn.bytes; !left.empty();) {
      const std::string_view part = left.substr(0, piece);
      const bool start = left.size() == turn.bytes.size();
      left.remove_prefix(part.size());
      offer(turn.direction, part, start);
    }
  }
  for (const Direction d : {kFromClient, kFromServer}) run.done[Index(d)] = http.done(d);
  run.tunnel = http.tunnel();
  run.heads_in_use = memory.heads.in_use();
  http.Finish(memory, writer);
  http.Release(memory);
  if (memory.heads.in_use() != 0) run.requests += "a head was kept\n";
  run.requests += writer.requests;
  run.responses += writer.responses;
  run.times = writer.times;
  return run;
}

}  // namespace tstat::internal

#endif  // TESTS_L7_HTTP_HTTP_HARNESS_H_
