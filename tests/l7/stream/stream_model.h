// SPDX-License-Identifier: BSD-3-Clause
//
// Runs two ordered streams that share a budget beside a naive model of each: the first byte
// that came for each offset, up to 128 KiB. Input, for each segment: 8 bytes, of which the first
// says the direction (bit 0), whether the reader consumes all (bits 1-2: all, nothing, half, one
// byte), and whether it is cut (bit 3); then the distance from what comes next (2 bytes, signed),
// the length (2 bytes), a seed of its bytes, a factor of the distance, and how much the cut takes.
#ifndef TSTAT_TESTS_L7_STREAM_STREAM_MODEL_H_
#define TSTAT_TESTS_L7_STREAM_STREAM_MODEL_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "l7/stream/ordered_stream.h"

namespace tstat::internal {

class StreamModel : public StreamReader {
 public:
  // What is wrong; empty: nothing.
  static std::string Run(ByteReader input, uint32_t first_sequence) {
    StreamBuffers buffers;
    uint32_t held = 0;
    std::array<StreamModel, 2> model;
    std::array<OrderedStream, 2> streams;
    for (OrderedStream& s : streams) s.Start(first_sequence);
    constexpr size_t kInstruction = 8;
    for (size_t at = 0; input.Has(at, kInstruction); at += kInstruction) {
      const size_t d = input.U8(at) & 1;
      model[d].Send(input.Sub(at, kInstruction), first_sequence, streams[d], &held, buffers);
      if (held > OrderedStream::kMostHeld) return "more is held than allowed";
      if (!model[d].error_.empty()) return model[d].error_;
    }
    for (size_t d : {0, 1}) {
      streams[d].Finish({}, model[d], &held, buffers);
      model[d].CheckAll();
      if (model[d].missing_ != streams[d].missing_bytes()) return "gaps are not counted";
      if (!model[d].error_.empty()) return model[d].error_;
    }
    return held == 0 ? "" : "something is held after the end";
  }

  size_t OnBytes(ByteReader bytes, const StreamPosition& at) override {
    if (at.offset != consumed_) error_ = "offered bytes do not follow what was consumed";
    // Of bytes that were offered before some are looked at once more.
    constexpr size_t kSome = 61;
    for (size_t i = 0; i < bytes.size(); i += at.offset + i < offered_ ? kSome : 1) {
      Check(at.offset + i, bytes.U8(i));
    }
    if (at.offset + bytes.size() <= offered_ && !bytes.empty()) error_ = "nothing new was offered";
    offered_ = at.offset + bytes.size();
    const std::array<size_t, 4> kinds = {bytes.size(), 0, bytes.size() / 2, 1};
    const size_t count = std::min(kinds[consumption_], bytes.size());
    consumed_ += count;
    return count;
  }
  bool OnGap(ByteReader rest, uint64_t missing, const StreamPosition& at) override {
    if (at.offset != consumed_ || at.offset + rest.size() != offered_) error_ = "a wrong rest";
    for (uint64_t i = 0; i < missing; ++i) {
      if (At(offered_ + i) != kNone) error_ = "bytes that came are in a gap";
    }
    missing_ += missing;
    offered_ += missing;
    consumed_ = offered_;
    return true;
  }

 private:
  void Send(ByteReader in, uint32_t first_sequence, OrderedStream& stream, uint32_t* held,
            StreamBuffers& buffers) {
    consumption_ = (in.U8(0) >> 1) & 3;
    const int64_t factor = in.U8(6) >= 250 ? 64 : in.U8(6) & 1;
    const int64_t begin =
        static_cast<int64_t>(offered_) + static_cast<int16_t>(in.U16(1)) / 16 * factor;
    const uint32_t length = in.U16(3) >= 0xFFC0 ? in.U16(3) : in.U16(3) % 1500;
    std::vector<uint8_t> bytes(length);
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(in.U8(5) + i * 7);
    const bool cut = (in.U8(0) & 8) != 0;
    const size_t captured = cut ? length * in.U8(7) / 256 : length;
    bytes.resize(captured);
    if (begin + static_cast<int64_t>(length) > kFarthest) return;
    for (size_t i = 0; i < captured; ++i) {
      const int64_t at = begin + static_cast<int64_t>(i);
      // The first one counts, if it was not passed by.
      if (at < static_cast<int64_t>(offered_)) continue;
      const auto offset = static_cast<size_t>(at);
      if (first_.size() <= offset) first_.resize(offset + 1, kNone);
      if (first_[offset] != kNone) continue;
      first_[offset] = bytes[i];
      ++came_;
    }
    const uint32_t sequence = first_sequence + static_cast<uint32_t>(begin);
    stream.OnSegment({sequence, ByteReader(bytes), length}, {}, *this, held, buffers);
  }

  void Check(uint64_t offset, uint8_t value) {
    if (At(offset) == kNone) {
      error_ = "a byte that never came";
    } else if (At(offset) != value) {
      error_ = "not the first byte that came";
    }
  }
  int16_t At(uint64_t offset) const { return offset < first_.size() ? first_[offset] : kNone; }
  void CheckAll() {
    if (first_.size() > offered_) error_ = "bytes were not delivered";
    if (offered_ - missing_ != came_) error_ = "bytes were passed over";
  }

  static constexpr int16_t kNone = -1;
  static constexpr int64_t kFarthest = 1 << 17;

  std::vector<int16_t> first_;  // by offset
  uint64_t came_ = 0;
  uint64_t offered_ = 0, consumed_ = 0, missing_ = 0;
  size_t consumption_ = 0;
  std::string error_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_L7_STREAM_STREAM_MODEL_H_
