// SPDX-License-Identifier: BSD-3-Clause
//
// The format of compress(1): three header bytes (1f 9d, then the largest code width in the low five
// bits and the block-mode flag in the highest), then codes of 9 bits and more, least significant
// bit first. Codes come in groups of eight of the same width; when the width grows or the table is
// cleared, the rest of the group is padding.
#include <algorithm>
#include <array>
#include <utility>

#include "capture/decompressor.h"

namespace tstat::internal {
namespace {

constexpr unsigned kMinWidth = 9;
constexpr unsigned kMaxWidth = 16;
constexpr uint32_t kClearCode = 256;

class LzwDecompressor final : public Decompressor {
 public:
  LzwDecompressor(std::unique_ptr<ByteStream> source, std::string name)
      : Decompressor(std::move(source), std::move(name), "compress", Compression::kCompress),
        table_(std::make_unique<Table>()) {}

 private:
  struct Table {
    std::array<uint16_t, 1u << kMaxWidth> prefix;
    std::array<uint8_t, 1u << kMaxWidth> suffix;
    std::array<uint8_t, 1u << kMaxWidth> text;  // the decoded string of one code, reversed
  };

  bool Restart() override { return false; }  // there is no second member in this format

  Progress Step(std::span<const uint8_t> in, std::span<uint8_t> out, bool at_end) override {
    Progress p;
    while (p.error.empty()) {
      while (text_size_ != 0 && p.produced < out.size()) {
        out[p.produced++] = table_->text[--text_size_];
      }
      if (p.produced == out.size()) break;
      if (header_bytes_ < 3) {
        if (p.consumed == in.size()) break;
        OnHeaderByte(in[p.consumed++], p);
        continue;
      }
      while (bit_count_ < width_ && p.consumed < in.size()) {
        bits_ |= static_cast<uint32_t>(in[p.consumed++]) << bit_count_;
        bit_count_ += 8;
      }
      if (bit_count_ < width_) {
        // The format has no end mark: fewer bits than a code at the end are padding.
        if (at_end && p.produced == 0) p.member_end = true;
        break;
      }
      const uint32_t code = bits_ & ((1u << width_) - 1);
      bits_ >>= width_;
      bit_count_ -= width_;
      group_ = (group_ + 1) % 8;
      OnCode(code, p);
    }
    return p;
  }

  void OnHeaderByte(uint8_t byte, Progress& p) {
    if (++header_bytes_ < 3) return;
    max_width_ = byte & 0x1f;
    block_mode_ = (byte & 0x80) != 0;
    next_code_ = block_mode_ ? 257 : 256;
    if (max_width_ < kMinWidth || max_width_ > kMaxWidth) p.error = "unsupported code width";
  }

  // The codes left in a group of eight are padding; counted in skip_ and dropped as they come.
  void SetWidth(unsigned width) {
    skip_ = group_ == 0 ? 0 : 8 - group_;
    next_width_ = width;
    if (skip_ == 0) width_ = width;
  }

  void OnCode(uint32_t code, Progress& p) {
    if (skip_ != 0) {
      if (--skip_ == 0) {
        width_ = next_width_;
        group_ = 0;
      }
      return;
    }
    if (code == kClearCode && block_mode_) {
      next_code_ = 257;
      has_previous_ = false;
      SetWidth(kMinWidth);
      return;
    }
    if (!has_previous_) {
      if (code > 255) {
        p.error = "invalid data";
        return;
      }
      first_byte_ = static_cast<uint8_t>(code);
      Emit(first_byte_);
      previous_ = code;
      has_previous_ = true;
      return;
    }
    if (code > next_code_ || (code == next_code_ && next_code_ >= TableLimit())) {
      p.error = "invalid data";
      return;
    }
    Expand(code);
    AddString(code);
  }

  uint32_t TableLimit() const { return 1u << max_width_; }
  void Emit(uint8_t byte) { table_->text[text_size_++] = byte; }

  // Writes the string of `code` to `text`, reversed. A code that is just being defined is the
  // previous string followed by its own first byte. Every entry's prefix is a smaller code, so the
  // walk ends and fits.
  void Expand(uint32_t code) {
    uint32_t walk = code;
    if (code == next_code_) {
      Emit(first_byte_);
      walk = previous_;
    }
    while (walk > 255) {
      Emit(table_->suffix[walk]);
      walk = table_->prefix[walk];
    }
    first_byte_ = static_cast<uint8_t>(walk);
    Emit(first_byte_);
  }

  void AddString(uint32_t code) {
    if (next_code_ < TableLimit()) {
      table_->prefix[next_code_] = static_cast<uint16_t>(previous_);
      table_->suffix[next_code_] = first_byte_;
      ++next_code_;
      // A maximum of 9 has always meant that codes grow to 10 bits all the same.
      if (next_code_ >= (1u << width_) && width_ < std::max(max_width_, kMinWidth + 1)) {
        SetWidth(width_ + 1);
      }
    }
    previous_ = code;
  }

  std::unique_ptr<Table> table_;
  int header_bytes_ = 0;
  unsigned max_width_ = 0;
  bool block_mode_ = false;
  unsigned width_ = kMinWidth;
  unsigned next_width_ = kMinWidth;
  unsigned group_ = 0;  // codes of the current group of eight read so far
  unsigned skip_ = 0;
  uint64_t bits_ = 0;
  unsigned bit_count_ = 0;
  uint32_t next_code_ = 257;
  uint32_t previous_ = 0;
  bool has_previous_ = false;
  uint8_t first_byte_ = 0;
  size_t text_size_ = 0;
};

}  // namespace

std::unique_ptr<ByteStream> MakeLzwDecompressor(std::unique_ptr<ByteStream> source,
                                                std::string name) {
  return std::make_unique<LzwDecompressor>(std::move(source), std::move(name));
}

}  // namespace tstat::internal
