// SPDX-License-Identifier: BSD-3-Clause
#include "l7/http/http1_direction.h"

#include <algorithm>
#include <cstring>

#include "l7/byte_class.h"
#include "l7/http/start_line.h"

namespace tstat::internal {
namespace {

// What a response in the place of a body begins with.
constexpr std::string_view kResponseWord = "HTTP/1.";
// Behind the first line of HTTP/2's preface (RFC 9113, 3.4).
constexpr std::string_view kPrefaceRest = "\r\nSM\r\n\r\n";
constexpr uint8_t kDigitsEnded = 0xFF;

constexpr bool IsLineEnd(uint8_t c) { return c == '\r' || c == '\n'; }

int HexValue(uint8_t c) {
  if (IsDigit(c)) return c - '0';
  return IsHex(c) ? (c | 0x20) - 'a' + 10 : -1;
}

}  // namespace

// --- heads and where they begin

void Http1Direction::StartHead(Timestamp time, HttpHeadPool* heads) {
  if (head_ == nullptr) head_ = &heads->Take();
  head_->Start(requests_ ? HttpMessage::Kind::kRequest : HttpMessage::Kind::kResponse, time);
  held_ = mark_ = 0;
  line_cut_ = cut_off_ = skip_line_ = simple_ = found_ = false;
}

void Http1Direction::ReturnHead(HttpHeadPool* heads) {
  if (head_ != nullptr) heads->Return(head_);
  head_ = nullptr;
  held_ = 0;
}

void Http1Direction::Stop(HttpHeadPool* heads) {
  ReturnHead(heads);
  phase_ = Phase::kDone;
}

void Http1Direction::Lose(HttpHeadPool* heads) {
  lost_ = true;
  if (!found_) searched_ = 0;
  ReturnHead(heads);
  line_begins_ = false;
  phase_ = Phase::kSearch;
}

Http1Direction::Event Http1Direction::EndHead() {
  seen_ = true;
  phase_ = Phase::kDecision;
  return Event::kHead;
}

void Http1Direction::Continue(HttpBody body, HttpHeadPool* heads) {
  ReturnHead(heads);
  peek_ = body.maybe_none;
  matched_ = 0;
  left_ = body.length;
  switch (body.kind) {
    case HttpBody::Kind::kLength:
      phase_ = body.length == 0 ? Phase::kStart : Phase::kBody;
      break;
    case HttpBody::Kind::kChunked:
      phase_ = Phase::kChunkSize;
      left_ = digits_ = 0;
      break;
    case HttpBody::Kind::kUntilClose:
      phase_ = peek_ ? Phase::kUntilClose : Phase::kDone;
      break;
    case HttpBody::Kind::kLost:
      Lose(heads);
      line_begins_ = true;  // behind the head
      break;
  }
}

// --- reading

Http1Direction::Event Http1Direction::Read(ByteReader* bytes, bool segment_start, Timestamp time,
                                           HttpHeadPool* heads) {
  const size_t all = bytes->size();
  const bool was_lost = lost_;
  while (!bytes->empty() && phase_ != Phase::kDone) {
    const bool at_start = segment_start && bytes->size() == all;
    const Event event = Step(bytes, at_start, time, heads);
    if (event != Event::kNothing || (lost_ && !was_lost)) return event;
  }
  *bytes = ByteReader();
  return Event::kNothing;
}

Http1Direction::Event Http1Direction::Step(ByteReader* bytes, bool segment_start, Timestamp time,
                                           HttpHeadPool* heads) {
  switch (phase_) {
    case Phase::kStart:
      if (IsLineEnd(bytes->U8(0))) {
        *bytes = bytes->Sub(1);
        break;
      }
      StartHead(time, heads);
      phase_ = Phase::kStartLine;
      [[fallthrough]];
    case Phase::kStartLine:
      if (segment_start) MarkSegment(time);
      return TakeStartLine(bytes, heads);
    case Phase::kFields:
      if (skip_line_) {
        SkipLine(bytes);
        break;
      }
      if (const std::optional<Line> line = TakeLine(bytes)) return OnFieldLine(*line, heads);
      break;
    case Phase::kPreface:
      return TakePreface(bytes, heads);
    case Phase::kBody:
    case Phase::kUntilClose:
      TakeBody(bytes, time, heads);
      break;
    case Phase::kChunkSize:
      TakeChunkSize(bytes, heads);
      break;
    case Phase::kChunk: {
      const uint64_t count = std::min<uint64_t>(left_, bytes->size());
      *bytes = bytes->Sub(count);
      left_ -= count;
      if (left_ == 0) phase_ = Phase::kChunkEnd;
      break;
    }
    case Phase::kChunkEnd:
      TakeChunkEnd(bytes, heads);
      break;
    case Phase::kTrailers:
      TakeTrailers(bytes);
      break;
    case Phase::kSearch:
      Search(bytes, segment_start, time, heads);
      break;
    case Phase::kDecision:
    case Phase::kDone:
      *bytes = ByteReader();
      break;
  }
  return Event::kNothing;
}

void Http1Direction::Hold(std::string_view text) {
  GrowingText& line = head_->line();
  line.Grow(std::min(held_ + text.size(), HttpHead::kMaxLine));
  const size_t size = std::min(text.size(), std::min(line.room(), HttpHead::kMaxLine) - held_);
  std::memcpy(line.data() + held_, text.data(), size);
  held_ = static_cast<uint16_t>(held_ + size);
  line_cut_ = line_cut_ || size < text.size();
}

Http1Direction::Line Http1Direction::HeldLine() const {
  std::string_view text(head_->line().data(), held_);
  if (!line_cut_ && text.ends_with('\r')) text.remove_suffix(1);
  return {text, line_cut_};
}

// The next line without its end, once that is there. It views the bytes if it is whole in them.
std::optional<Http1Direction::Line> Http1Direction::TakeLine(ByteReader* bytes) {
  std::string_view text = bytes->Text();
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    Hold(text);
    *bytes = ByteReader();
    return std::nullopt;
  }
  *bytes = bytes->Sub(end + 1);
  text = text.substr(0, end);
  if (held_ > 0 || text.size() > HttpHead::kMaxLine) {
    Hold(text);
    const Line line = HeldLine();
    held_ = 0;
    line_cut_ = false;
    return line;
  }
  if (text.ends_with('\r')) text.remove_suffix(1);
  return Line{text, false};
}

bool Http1Direction::ReadStartLine(Line line) {
  framing_ = HttpFraming();
  status_ = 0;
  last_field_ = HttpField::kOther;
  // As when the whole line was there where it was found.
  if (found_ && !MayBeginHttpMessage(line.text, requests_)) return false;
  if (requests_) {
    const auto request = HttpRequestLine::Parse(line.text, line.cut);
    if (!request || (found_ && !request->IsCertain(line.cut))) return false;
    // A method over two segments may be the end of a body and a method.
    if (mark_ < request->method.size() && mark_ > 0 && !request->IsCertain(true)) return false;
    head_->Add(HttpField::kMethod, request->method);
    head_->Add(HttpField::kPath, request->target, request->target_cut);
    phase_ = Phase::kFields;  // without a version, too: there are such clients
    simple_ = !request->versioned && !line.cut;
    return true;
  }
  const auto response = HttpResponseLine::Parse(line.text);
  if (!response) return false;
  head_->Add(HttpField::kStatus, response->digits);
  status_ = response->status;
  phase_ = Phase::kFields;
  return true;
}

// Before the first message what is held may be the end of a body, and behind it, with a segment, a
// first line.
void Http1Direction::MarkSegment(Timestamp time) {
  if (seen_ || held_ == 0 || line_cut_) return;
  if (mark_ > 0 && MayBeginHttpMessage(held().substr(mark_), requests_)) return;
  mark_ = held_;
  mark_time_ = time;
}

bool Http1Direction::DropBeforeMark() {
  if (mark_ == 0 || mark_ >= held_ || BeginsHttpMessage(held(), requests_) ||
      !MayBeginHttpMessage(held().substr(mark_), requests_)) {
    return false;
  }
  held_ = static_cast<uint16_t>(held_ - mark_);
  std::memmove(head_->line().data(), head_->line().data() + mark_, held_);
  mark_ = 0;
  head_->Start(requests_ ? HttpMessage::Kind::kRequest : HttpMessage::Kind::kResponse, mark_time_);
  lost_ = found_ = true;
  return true;
}

// What was taken for a first line has been searched, wherever that showed.
Http1Direction::Event Http1Direction::TakeStartLine(ByteReader* bytes, HttpHeadPool* heads) {
  const size_t before = held_ + bytes->size();
  const Event event = TakeFirstLine(bytes, heads);
  if (phase_ == Phase::kSearch) searched_ += static_cast<uint32_t>(before - bytes->size());
  return event;
}

// A line that is too long is judged by what fits, so that no other protocol passes for one.
Http1Direction::Event Http1Direction::TakeFirstLine(ByteReader* bytes, HttpHeadPool* heads) {
  const size_t room = HttpHead::kMaxLine - held_;
  const ByteReader part = bytes->Sub(0, room + 1);
  if (part.size() <= room || part.Text().find('\n') != std::string_view::npos) {
    if (held_ == 0 || part.Text().find('\n') == std::string_view::npos) {
      if (const std::optional<Line> line = TakeLine(bytes)) return OnStartLine(*line, heads);
    } else {
      const size_t end = part.Text().find('\n');
      Hold(part.Text(0, end));
      *bytes = bytes->Sub(end + 1);
      DropBeforeMark();
      const Line line = HeldLine();
      held_ = 0;
      return OnStartLine(line, heads);
    }
    const bool may_be =
        found_ ? MayBeginHttpMessage(held(), requests_) : MayBeHttpFirstLine(held(), requests_);
    if (!may_be && !DropBeforeMark()) Lose(heads);
    return Event::kNothing;
  }
  Hold(part.Text(0, room));
  *bytes = bytes->Sub(room);
  DropBeforeMark();
  if (!ReadStartLine({held(), /*cut=*/true})) {
    Lose(heads);
    return Event::kNothing;
  }
  held_ = 0;
  skip_line_ = true;
  return Event::kNothing;
}

void Http1Direction::SkipLine(ByteReader* bytes) {
  const size_t end = bytes->Text().find('\n');
  skip_line_ = end == std::string_view::npos;
  *bytes = skip_line_ ? ByteReader() : bytes->Sub(end + 1);
}

Http1Direction::Event Http1Direction::OnStartLine(Line line, HttpHeadPool* heads) {
  if (requests_ && !found_ && line.text == "PRI * HTTP/2.0") {
    ReturnHead(heads);
    phase_ = Phase::kPreface;
    matched_ = 0;
    return Event::kNothing;
  }
  if (ReadStartLine(line)) return Event::kNothing;
  Lose(heads);
  line_begins_ = true;
  return Event::kNothing;
}

Http1Direction::Event Http1Direction::TakePreface(ByteReader* bytes, HttpHeadPool* heads) {
  while (!bytes->empty() && matched_ < kPrefaceRest.size()) {
    if (bytes->U8(0) != static_cast<uint8_t>(kPrefaceRest[matched_])) {
      Stop(heads);
      return Event::kNothing;
    }
    *bytes = bytes->Sub(1);
    ++matched_;
  }
  if (matched_ < kPrefaceRest.size()) return Event::kNothing;
  Stop(heads);
  return Event::kHttp2;
}

// --- fields

Http1Direction::Event Http1Direction::OnFieldLine(Line line, HttpHeadPool* heads) {
  simple_ = false;
  if (line.text.empty()) return EndHead();
  if (found_ && !IsHttpFieldLine(line.text)) {
    Lose(heads);
    line_begins_ = true;
    return Event::kNothing;
  }
  found_ = false;
  ReadField(line);
  return Event::kNothing;
}

void Http1Direction::ReadField(Line line) {
  const std::string_view text = line.text;
  if (text.front() == ' ' || text.front() == '\t') {  // the value of the line before goes on
    head_->Extend(last_field_, text, line.cut);
    framing_.Add(last_field_, text, line.cut);
    return;
  }
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    last_field_ = HttpField::kOther;
    return;
  }
  std::string_view name = text.substr(0, colon);
  while (name.ends_with(' ') || name.ends_with('\t')) name.remove_suffix(1);
  last_field_ = FindHttpField(name);
  if (last_field_ == HttpField::kOther) return;
  head_->Add(last_field_, text.substr(colon + 1), line.cut);
  framing_.Add(last_field_, text.substr(colon + 1), line.cut);
}

// --- bodies

void Http1Direction::TakeBody(ByteReader* bytes, Timestamp time, HttpHeadPool* heads) {
  if (peek_) {
    while (!bytes->empty() && matched_ < kResponseWord.size() &&
           bytes->U8(0) == static_cast<uint8_t>(kResponseWord[matched_])) {
      *bytes = bytes->Sub(1);
      ++matched_;
    }
    if (matched_ == kResponseWord.size()) {  // no body: this is the next response
      StartHead(time, heads);
      Hold(kResponseWord);
      phase_ = Phase::kStartLine;
      peek_ = false;
      return;
    }
    if (bytes->empty()) return;
    peek_ = false;
    if (phase_ == Phase::kUntilClose) {
      phase_ = Phase::kDone;
      return;
    }
    left_ -= std::min<uint64_t>(left_, matched_);
  }
  const uint64_t count = std::min<uint64_t>(left_, bytes->size());
  *bytes = bytes->Sub(count);
  left_ -= count;
  if (left_ == 0) phase_ = Phase::kStart;
}

void Http1Direction::TakeChunkSize(ByteReader* bytes, HttpHeadPool* heads) {
  constexpr uint64_t kMost = uint64_t{1} << 59;
  while (!bytes->empty()) {
    const uint8_t c = bytes->U8(0);
    *bytes = bytes->Sub(1);
    const int digit = HexValue(c);
    if (c == '\n') {
      if (digits_ == 0) {
        Lose(heads);
        line_begins_ = true;
        return;
      }
      digits_ = 0;
      trailer_bytes_ = 0;
      phase_ = left_ == 0 ? Phase::kTrailers : Phase::kChunk;
      return;
    }
    if (digits_ == kDigitsEnded) continue;  // an extension
    if (digit < 0) {
      if (digits_ == 0) return Lose(heads);
      digits_ = kDigitsEnded;
      continue;
    }
    if (left_ >= kMost) return Lose(heads);
    left_ = left_ << 4 | static_cast<uint64_t>(digit);
    digits_ = 1;
  }
}

void Http1Direction::TakeChunkEnd(ByteReader* bytes, HttpHeadPool* heads) {
  const uint8_t c = bytes->U8(0);
  if (!IsLineEnd(c)) return Lose(heads);
  *bytes = bytes->Sub(1);
  if (c == '\n') phase_ = Phase::kChunkSize;
}

void Http1Direction::TakeTrailers(ByteReader* bytes) {
  while (!bytes->empty()) {
    const uint8_t c = bytes->U8(0);
    *bytes = bytes->Sub(1);
    if (c != '\n') {
      trailer_bytes_ = std::min<uint32_t>(trailer_bytes_ + (c == '\r' ? 0 : 1), 1);
      continue;
    }
    if (trailer_bytes_ == 0) {
      phase_ = Phase::kStart;
      return;
    }
    trailer_bytes_ = 0;
  }
}

// --- where a message begins is not known

void Http1Direction::Search(ByteReader* bytes, bool segment_start, Timestamp time,
                            HttpHeadPool* heads) {
  line_begins_ |= segment_start;
  const std::string_view text = bytes->Text();
  size_t at = 0;
  while (at < text.size()) {
    if (line_begins_) {
      if (IsLineEnd(bytes->U8(at))) {
        ++at;
        continue;
      }
      if (MayBeginHttpMessage(text.substr(at), requests_)) {
        *bytes = bytes->Sub(at);
        StartHead(time, heads);
        found_ = true;
        phase_ = Phase::kStartLine;
        return;
      }
      line_begins_ = false;
    }
    if (searched_ >= kMostSearched) break;
    const std::string_view line = text.substr(at, kMostSearched - searched_);
    const size_t end = line.find('\n');
    line_begins_ = end != std::string_view::npos;
    const size_t size = line_begins_ ? end + 1 : line.size();
    searched_ += static_cast<uint32_t>(size);
    at += size;
  }
  *bytes = ByteReader();
}

// --- heads that end early

Http1Direction::Event Http1Direction::CutOff() {
  if (phase_ == Phase::kStartLine) {
    DropBeforeMark();
    const Line line = HeldLine();
    const auto request = HttpRequestLine::Parse(line.text, line.cut);
    const bool whole = !requests_ || (request && request->versioned);
    if (!ReadStartLine({line.text, line.cut || !whole})) return Event::kNothing;
  } else if (phase_ != Phase::kFields) {
    return Event::kNothing;
  } else if (held_ > 0) {
    ReadField({HeldLine().text, /*cut=*/true});
  }
  cut_off_ = true;
  return EndHead();
}

Http1Direction::Event Http1Direction::OnGap(uint64_t count, HttpHeadPool* heads) {
  if (phase_ == Phase::kDone || (phase_ == Phase::kUntilClose && matched_ == 0)) {
    return Event::kNothing;
  }
  if ((phase_ == Phase::kBody || phase_ == Phase::kChunk) && matched_ == 0 && left_ >= count) {
    left_ -= count;
    peek_ = false;
    if (left_ == 0) phase_ = phase_ == Phase::kBody ? Phase::kStart : Phase::kChunkEnd;
    return Event::kNothing;
  }
  const Event event = CutOff();
  if (event == Event::kNothing) Lose(heads);
  lost_ = true;
  return event;
}

Http1Direction::Event Http1Direction::Finish(HttpHeadPool* heads) {
  const Event event = CutOff();
  if (event == Event::kNothing) Stop(heads);
  return event;
}

}  // namespace tstat::internal
