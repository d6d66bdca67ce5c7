// SPDX-License-Identifier: BSD-3-Clause
//
// A text that is written from its begin, and gets more room as it needs it: up to kMost bytes, as
// long as all texts of a budget together have less than that allows beyond what each begins with.
//
//   GrowingText text(2048, &budget);
//   if (text.Grow(5000)) ...            // room() is 5000 at least
//   text.Shrink();
#ifndef TSTAT_L7_HTTP_GROWING_TEXT_H_
#define TSTAT_L7_HTTP_GROWING_TEXT_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

namespace tstat::internal {

// Bytes that texts have beyond what they begin with.
struct TextBudget {
  static constexpr size_t kMost = size_t{32} << 20;
  size_t used = 0, most = kMost;
};

class GrowingText {
 public:
  static constexpr size_t kMost = 65535;

  // `budget` must outlive the text; null: there is none.
  explicit GrowingText(size_t begins_with = 2048, TextBudget* budget = nullptr)
      : begins_with_(begins_with),
        room_(begins_with),
        budget_(budget),
        bytes_(std::make_unique_for_overwrite<char[]>(begins_with)) {}
  GrowingText(const GrowingText&) = delete;
  GrowingText& operator=(const GrowingText&) = delete;
  ~GrowingText() { GiveBack(); }

  char* data() { return bytes_.get(); }
  const char* data() const { return bytes_.get(); }
  size_t room() const { return room_; }

  // Makes room for `size` bytes, if it can. What was written stays, elsewhere.
  bool Grow(size_t size) {
    if (size <= room_) return true;
    if (size > kMost) return false;
    const size_t wanted = std::min(kMost, std::max(size, 2 * room_));
    if (budget_ != nullptr && budget_->used + (wanted - room_) > budget_->most) return false;
    auto more = std::make_unique_for_overwrite<char[]>(wanted);
    std::memcpy(more.get(), bytes_.get(), room_);
    if (budget_ != nullptr) budget_->used += wanted - room_;
    bytes_ = std::move(more);
    room_ = wanted;
    return true;
  }
  // Back to the room that it began with; nothing of it stays.
  void Shrink() {
    if (room_ == begins_with_) return;
    GiveBack();
    bytes_ = std::make_unique_for_overwrite<char[]>(begins_with_);
    room_ = begins_with_;
  }

 private:
  void GiveBack() {
    if (budget_ != nullptr) budget_->used -= room_ - begins_with_;
  }

  size_t begins_with_, room_;
  TextBudget* budget_;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_HTTP_GROWING_TEXT_H_
