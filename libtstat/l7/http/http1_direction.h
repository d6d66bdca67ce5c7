// SPDX-License-Identifier: BSD-3-Clause
//
// One direction of HTTP/1.x, read as its bytes come, in pieces of any size: heads are read, bodies
// are stepped over. What a message's length is depends on both directions, so whoever has them
// tells it at each head:
//
//   while (direction.Read(&bytes, segment_start, time, &heads) == Http1Direction::Event::kHead) {
//     Report(direction.head().message());
//     direction.Continue({HttpBody::Kind::kLength, 120}, &heads);
//   }
//
// Any splitting of a segment's bytes gives the same heads. Behind a gap, and where no message
// begins although one should, the next one is searched: it begins with a segment or behind an empty
// line, has a method that is known, and a field or nothing in its second line. What stands before
// it in the same line is never part of it. Empty lines are looked for in kMostSearched bytes,
// segments as long as there are some.
#ifndef TSTAT_L7_HTTP_HTTP1_DIRECTION_H_
#define TSTAT_L7_HTTP_HTTP1_DIRECTION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "decode/byte_reader.h"
#include "l7/http/framing.h"
#include "l7/http/http_head.h"
#include "tstat/time.h"

namespace tstat::internal {

struct HttpBody {
  enum class Kind : uint8_t { kLength, kChunked, kUntilClose, kLost };
  Kind kind = Kind::kLength;
  uint64_t length = 0;
  // The request of this response is not known: it may be one of HEAD, whose response has no body.
  bool maybe_none = false;
};

class Http1Direction {
 public:
  static constexpr uint32_t kMostSearched = 65536;

  explicit Http1Direction(bool requests) : requests_(requests) {}

  enum class Event : uint8_t {
    kNothing,  // all bytes were taken; or it is lost() now, and some may be left
    kHead,     // head() and what belongs to it; Continue() must be called
    kHttp2,    // the client's preface of HTTP/2: what follows are its frames
  };
  // Takes bytes up to the next event. `segment_start`: the first one is the first of a segment.
  Event Read(ByteReader* bytes, bool segment_start, Timestamp time, HttpHeadPool* heads);
  // The next `count` bytes are missing. kHead: of a head of which only the begin is known.
  Event OnGap(uint64_t count, HttpHeadPool* heads);
  // No more will come; kHead as above.
  Event Finish(HttpHeadPool* heads);

  void Continue(HttpBody body, HttpHeadPool* heads);
  // Nothing more is read.
  void Stop(HttpHeadPool* heads);

  // Valid from kHead to Continue().
  const HttpHead& head() const { return *head_; }
  const HttpFraming& framing() const { return framing_; }
  uint16_t status() const { return status_; }
  // The head is whole. If not, its message's end is not known.
  bool whole() const { return !cut_off_; }

  bool done() const { return phase_ == Phase::kDone; }
  // Where a message begins was lost once.
  bool lost() const { return lost_; }
  // A message was there.
  bool seen() const { return seen_; }
  // What there is so far is a request of HTTP/0.9 as a whole: its line alone, without a version.
  bool simple() const { return phase_ == Phase::kFields && simple_ && held_ == 0; }

 private:
  enum class Phase : uint8_t {
    kStart,  // before a message, or the empty lines in front of it
    kStartLine,
    kFields,
    kDecision,  // between kHead and Continue()
    kPreface,
    kBody,
    kUntilClose,
    kChunkSize,
    kChunk,
    kChunkEnd,
    kTrailers,
    kSearch,
    kDone,
  };
  struct Line {
    std::string_view text;
    bool cut = false;
  };

  Event Step(ByteReader* bytes, bool segment_start, Timestamp time, HttpHeadPool* heads);
  std::optional<Line> TakeLine(ByteReader* bytes);
  Line HeldLine() const;
  Event TakeStartLine(ByteReader* bytes, HttpHeadPool* heads);
  Event TakeFirstLine(ByteReader* bytes, HttpHeadPool* heads);
  void SkipLine(ByteReader* bytes);
  Event OnStartLine(Line line, HttpHeadPool* heads);
  bool ReadStartLine(Line line);
  Event OnFieldLine(Line line, HttpHeadPool* heads);
  void ReadField(Line line);
  void TakeBody(ByteReader* bytes, Timestamp time, HttpHeadPool* heads);
  void TakeChunkSize(ByteReader* bytes, HttpHeadPool* heads);
  void TakeChunkEnd(ByteReader* bytes, HttpHeadPool* heads);
  void TakeTrailers(ByteReader* bytes);
  Event TakePreface(ByteReader* bytes, HttpHeadPool* heads);
  void Search(ByteReader* bytes, bool segment_start, Timestamp time, HttpHeadPool* heads);
  void MarkSegment(Timestamp time);
  bool DropBeforeMark();
  void Hold(std::string_view text);
  std::string_view held() const { return {head_->line().data(), held_}; }

  void StartHead(Timestamp time, HttpHeadPool* heads);
  void ReturnHead(HttpHeadPool* heads);
  void Lose(HttpHeadPool* heads);
  Event EndHead();
  Event CutOff();

  HttpHead* head_ = nullptr;  // from a message's first byte to its head's end
  uint64_t left_ = 0;         // of the body or the chunk; the number of a chunk's size
  uint32_t trailer_bytes_ = 0;
  uint32_t searched_ = 0;  // bytes, since a message's begin was lost
  uint16_t held_ = 0;      // bytes in head_->line()
  uint16_t mark_ = 0;      // of them, those before a segment that may begin a message
  uint16_t status_ = 0;
  bool requests_;
  Phase phase_ = Phase::kStart;
  uint8_t matched_ = 0;  // bytes of the preface, or of the word of a response in a body
  uint8_t digits_ = 0;   // of a chunk's size; 0xFF: they ended
  bool seen_ = false;    // a message
  bool lost_ = false;
  bool simple_ = false;       // a request without a version, and nothing behind its line
  bool found_ = false;        // by a search; until its second line confirms it
  bool line_begins_ = false;  // while searching
  bool line_cut_ = false;     // the line is longer than what is held of it
  bool skip_line_ = false;    // up to its end
  bool peek_ = false;         // HttpBody::maybe_none, until the first bytes of the body tell
  bool cut_off_ = false;
  HttpField last_field_ = HttpField::kOther;
  HttpFraming framing_;
  Timestamp mark_time_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_HTTP1_DIRECTION_H_
