// SPDX-License-Identifier: BSD-3-Clause
//
// Packet times from their two fields, with the reference's repair of files that hold nanoseconds
// where microseconds belong; and which times are not delivered.
#ifndef TSTAT_CAPTURE_SUB_SECOND_H_
#define TSTAT_CAPTURE_SUB_SECOND_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "tstat/packet_source.h"
#include "tstat/time.h"

namespace tstat::internal {

inline Timestamp FloorToMicroseconds(Timestamp time) {
  const int64_t rest = time.nanoseconds() % 1000;
  return Timestamp::FromNanoseconds(time.nanoseconds() - (rest < 0 ? rest + 1000 : rest));
}

class SubSecondClock {
 public:
  // A microsecond field of a million or more turns on, for the rest of the trace, the division of
  // every sub-second field by 1000. Nothing when the time is outside of what packets may have.
  std::optional<Timestamp> Convert(int64_t seconds, int64_t microseconds) {
    microseconds = Adapted(microseconds);
    constexpr int64_t kFirst = Timestamp::EarliestOfPacket().seconds();
    constexpr int64_t kLast = Timestamp::LatestOfPacket().seconds();
    constexpr int64_t kMostMicroseconds = int64_t{1} << 40;  // of a damaged file
    if (seconds < kFirst || seconds > kLast || microseconds < -kMostMicroseconds ||
        microseconds > kMostMicroseconds) {
      return std::nullopt;
    }
    const Timestamp time = Timestamp::FromMicroseconds(seconds * 1'000'000 + microseconds);
    if (time < Timestamp::EarliestOfPacket() || time > Timestamp::LatestOfPacket()) {
      return std::nullopt;
    }
    return time;
  }

  // The same for fields of 32 bits, whose times are all within.
  Timestamp ConvertShort(uint32_t seconds, int64_t microseconds) {
    return Timestamp::FromMicroseconds(int64_t{seconds} * 1'000'000 + Adapted(microseconds));
  }

  // The reference's words, for PacketSource::note().
  std::string_view note() const {
    return bogus_nanoseconds_ ? "tcpdump: attempting to adapt to bogus nanosecond timestamps" : "";
  }

 private:
  int64_t Adapted(int64_t microseconds) {
    if (microseconds >= 1'000'000) [[unlikely]]
      bogus_nanoseconds_ = true;
    if (bogus_nanoseconds_) [[unlikely]]
      return microseconds / 1000;
    return microseconds;
  }

  bool bogus_nanoseconds_ = false;
};

// Which packets of a trace file are delivered, by their times.
class TimeGate {
 public:
  // `takes_zero`: packets of time zero at the very start are delivered, too.
  explicit TimeGate(bool takes_zero = false) : started_(takes_zero) {}

  // Without `takes_zero` packets of time zero at the very start are not delivered (a quirk of the
  // reference).
  bool Accept(Timestamp time) {
    if (!started_ && !time.is_set()) [[unlikely]] {
      ++skipped_.at_time_zero;
      return false;
    }
    started_ = true;
    return true;
  }
  void Refuse() { ++skipped_.time_out_of_range; }
  const SkippedPackets& skipped() const { return skipped_; }

 private:
  SkippedPackets skipped_;
  bool started_;
};

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_SUB_SECOND_H_
