// SPDX-License-Identifier: BSD-3-Clause
//
// One direction of HTTP/2 (RFC 9113), behind the client's preface, read as its bytes come, in
// pieces of any size: the header blocks are read, all else is stepped over. The blocks of several
// streams never mix in a direction, so nothing is kept of a stream.
//
//   while (direction.Read(&bytes, time, &heads)) {
//     Report(direction.head().message());
//     direction.Continue(&heads);
//   }
#ifndef TSTAT_L7_HTTP_HTTP2_DIRECTION_H_
#define TSTAT_L7_HTTP_HTTP2_DIRECTION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "decode/byte_reader.h"
#include "l7/http/hpack.h"
#include "l7/http/http_field.h"
#include "l7/http/http_head.h"
#include "tstat/time.h"

namespace tstat::internal {

class Http2Direction {
 public:
  Http2Direction() = default;
  explicit Http2Direction(bool requests) : requests_(requests) {}

  // Takes bytes up to the end of a message's header block: then true, and Continue() must be
  // called. Trailers, and what a server promises, are no messages.
  bool Read(ByteReader* bytes, Timestamp time, HttpHeadPool* heads);
  void Continue(HttpHeadPool* heads);
  // The next `count` bytes are missing. Behind a gap that is not within one frame's data the next
  // byte is taken for the first of a frame, if it can be.
  void OnGap(uint64_t count, HttpHeadPool* heads);
  void Stop(HttpHeadPool* heads);

  // Valid from Read() to Continue().
  const HttpHead& head() const { return *head_; }
  // These bytes are not HTTP/2.
  bool done() const { return phase_ == Phase::kDone; }

 private:
  static constexpr size_t kFrameHeader = 9;
  enum class Phase : uint8_t { kHeader, kPadLength, kPrefix, kFragment, kSkip, kDone };

  // Fields go to the head. HTTP/2 gives them an order: those that begin with a colon come first.
  struct Receiver : HpackReceiver {
    void OnField(HttpField field, std::string_view value, bool cut) override;
    HttpHead* head = nullptr;
  };

  bool OnFrameHeader(Timestamp time, HttpHeadPool* heads);
  bool IsFrame() const;
  void BeginFragment();
  bool EndFrame(HttpHeadPool* heads);
  size_t Skip(uint32_t* count, size_t available);

  HttpHead* head_ = nullptr;  // while a header block comes in
  HpackDecoder decoder_;
  Phase phase_ = Phase::kHeader;
  bool requests_ = true;
  bool first_ = true;      // before the first frame, which is one of settings
  bool in_block_ = false;  // CONTINUATION frames of `stream_` follow, and nothing else
  bool promise_ = false;   // the block is one of a request that the server makes up
  bool ends_block_ = false;
  bool behind_gap_ = false;  // the next frame header is a guess
  uint8_t held_ = 0;         // bytes of the frame header
  std::array<uint8_t, kFrameHeader> header_{};
  uint32_t stream_ = 0;
  uint32_t left_ = 0;    // of the frame, padding not included
  uint32_t prefix_ = 0;  // of that, in front of the fragment
  uint32_t padding_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_HTTP2_DIRECTION_H_
