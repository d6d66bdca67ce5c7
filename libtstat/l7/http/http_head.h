// SPDX-License-Identifier: BSD-3-Clause
//
// The head of one HTTP message while it comes in, piece by piece: what the log's columns need of
// it, and no more. Lines are looked at up to kMaxLine bytes, and the values of a head are kMaxText
// bytes together; what does not fit is cut and marked as such, and so is what does not fit in the
// first 8 KiB while all heads together have more than TextBudget::kMost.
//
//   HttpHead& head = heads.Take();
//   head.Start(HttpMessage::Kind::kRequest, time);
//   head.Add(HttpField::kHost, "www.example.org");
//   sink.OnHttpMessage(head.message());
//   heads.Return(&head);
#ifndef TSTAT_L7_HTTP_HTTP_HEAD_H_
#define TSTAT_L7_HTTP_HTTP_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "l7/http/growing_text.h"
#include "l7/http/http_field.h"
#include "tstat/http_message.h"
#include "tstat/time.h"

namespace tstat::internal {

class HttpHead {
 public:
  static constexpr size_t kMaxLine = GrowingText::kMost, kMaxText = GrowingText::kMost;
  static constexpr size_t kSmallLine = 2048, kSmallText = 6144;  // what it begins with: 8 KiB
  static constexpr size_t kHostText = 272;  // of it for the host: a name of 253 bytes and a port

  explicit HttpHead(TextBudget* budget) : text_(kSmallText, budget), line_(kSmallLine, budget) {}
  HttpHead(const HttpHead&) = delete;
  HttpHead& operator=(const HttpHead&) = delete;

  void Start(HttpMessage::Kind kind, Timestamp time);

  // A field's value; of several of one name the first counts. Cookies that were sent in pieces are
  // put together (RFC 9113, 8.2.3). `cut`: more of the value is not known.
  void Add(HttpField field, std::string_view value, bool cut = false);
  // Behind a value that goes on in the next line; a blank stands between them (RFC 9112, 5.2).
  void Extend(HttpField field, std::string_view value, bool cut);

  // Whether it has what a message of its kind begins with: a method, or a status.
  bool begun() const;
  // Without time of order and flow; it views this object. A request without a Host header has the
  // host of its target.
  HttpMessage message() const;

  // The line that is not complete yet: of HTTP/1 a line, of HTTP/2 the value of a field.
  GrowingText& line() { return line_; }
  // Gives back what is more than it began with.
  void Shrink() {
    text_.Shrink();
    line_.Shrink();
  }

 private:
  HttpValue* ValueOf(HttpField field);
  void Store(HttpValue* value, std::string_view text, bool cut);
  void Append(HttpValue* value, std::string_view text);
  // Of `wanted` more bytes those that there is room for.
  size_t RoomFor(const HttpValue* value, size_t wanted);

  HttpMessage message_;
  HttpValue authority_;
  size_t text_size_ = 0;
  GrowingText text_, line_;
};

// Heads that are in use at the moment, and those that were: nothing is allocated once there are as
// many as are used at the same time.
class HttpHeadPool {
 public:
  // `most`: bytes of texts beyond what each begins with.
  explicit HttpHeadPool(size_t most = TextBudget::kMost) : budget_{.used = 0, .most = most} {}
  HttpHeadPool(const HttpHeadPool&) = delete;  // the heads know where its budget is
  HttpHeadPool& operator=(const HttpHeadPool&) = delete;

  HttpHead& Take();
  void Return(HttpHead* head) {
    head->Shrink();
    free_.push_back(head);
  }
  size_t memory_bytes() const {
    constexpr size_t kHead = sizeof(HttpHead) + HttpHead::kSmallLine + HttpHead::kSmallText;
    return heads_.size() * kHead + budget_.used;
  }
  const TextBudget& budget() const { return budget_; }
  size_t in_use() const { return heads_.size() - free_.size(); }

 private:
  TextBudget budget_;  // outlives the heads
  std::vector<std::unique_ptr<HttpHead>> heads_;
  std::vector<HttpHead*> free_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_HTTP_HEAD_H_
