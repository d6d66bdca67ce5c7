// SPDX-License-Identifier: BSD-3-Clause
//
// Where values of histograms go while an interval runs.
//
//   HistogramRecorder recorder(selection, profile);
//   recorder.Add(HistogramFamily::kIpTtl, HistogramSuffix::kIn, 64);   // not selected: one branch
//   recorder.AddBytes(RateSet::kTcp, suffixes, 33, 1500);
//   recorder.Absorb(partial);                                          // of another thread
#ifndef TSTAT_HISTOGRAM_RECORDER_H_
#define TSTAT_HISTOGRAM_RECORDER_H_

#include <array>
#include <cassert>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "flow/stable_array.h"
#include "flow/step.h"
#include "histogram/definitions.h"
#include "tstat/histogram.h"

namespace tstat::internal {

// The truncation of x86: what does not fit, NaN too, is the smallest number.
inline int64_t TruncateToInteger(double value) {
  return value >= -9223372036854775808.0 && value < 9223372036854775808.0
             ? static_cast<int64_t>(value)
             : INT64_MIN;
}

// One histogram. Cells: below min, the regular bins, max and above. Its limits are whole numbers.
struct HistogramCells {
  int64_t min = 0;
  uint64_t range = 0;        // max - min; less than 2^32
  uint64_t reciprocal = 0;   // of the bins' width: 2^63 / it, rounded up
  int64_t* cells = nullptr;  // null: not selected
  // Of each kGroup cells: whether any was counted or set. Most are not, in most intervals.
  uint8_t* touched = nullptr;
  int64_t samples = 0;
  ValueStatistics* statistics = nullptr;
  uint32_t count = 0;  // of cells

  static constexpr size_t kGroup = HistogramSnapshot::Histogram::kGroup;

  bool on() const { return cells != nullptr; }
  size_t groups() const { return (count + kGroup - 1) / kGroup; }

  void Add(double value) {
    if (!on()) return;
    if (!std::isfinite(value)) return;
    if (statistics != nullptr) statistics->Add(value);
    if (value < static_cast<double>(min)) {
      Count(0);
    } else if (value >= static_cast<double>(min) + static_cast<double>(range)) {
      Count(count - 1);
    } else {
      AddInRange(static_cast<uint64_t>(static_cast<int64_t>(value) - min));
    }
  }
  // Most values are counters and fields of headers.
  template <std::integral T>
  void Add(T number) {
    if (!on()) return;
    const auto value = static_cast<int64_t>(number);
    if (std::is_unsigned_v<T> && sizeof(T) == 8 && value < 0) [[unlikely]]
      return Add(static_cast<double>(number));
    if (statistics != nullptr) [[unlikely]]
      statistics->Add(value);
    const uint64_t offset = static_cast<uint64_t>(value) - static_cast<uint64_t>(min);
    if (offset < range) [[likely]] {
      AddInRange(offset);
    } else {
      Count(value < min ? 0 : count - 1);
    }
  }
  // `value` is added soon, to a histogram with a width of 1.
  void Prefetch(uint32_t value) const {
    if (on() && value < range) __builtin_prefetch(&cells[1 + value], 1);
  }
  // Sets regular bin `k`. REQUIRES: on().
  void Set(size_t k, int64_t value) {
    assert(on());
    cells[1 + k] = value;
    touched[(1 + k) / kGroup] = 1;
  }

 private:
  void Count(size_t cell) {
    ++cells[cell];
    touched[cell / kGroup] = 1;
  }
  // `offset`: from the minimum. Divides by multiplying, exactly, since it has at most 32 bits
  // (Lemire, Kaser, Kurz, "Faster remainder by direct computation", 2019).
  void AddInRange(uint64_t offset) {
    Count(1 + static_cast<size_t>(static_cast<unsigned __int128>(reciprocal) * offset >> 63));
    ++samples;
  }
};

// Byte counters from which the rates of an interval are computed, in the order of feeding.
enum class RateSet : uint8_t { kIp, kTcp, kUdp, kHttp, kWeb, kTls, kVideo, kLayer3 };
inline constexpr size_t kRateSetCount = 8;

// Whose value it is. `refined`: kNone where there is no cloud variant.
struct SuffixPair {
  HistogramSuffix main = HistogramSuffix::kNone, refined = HistogramSuffix::kNone;
};

constexpr SuffixPair SuffixesOf(bool source_internal, bool destination_internal, bool source_cloud,
                                bool destination_cloud) {
  using enum HistogramSuffix;
  if (source_internal && destination_internal) return {kLoc, kNone};
  if (source_internal) return {kOut, destination_cloud ? kCloudOut : kOtherOut};
  if (destination_internal) return {kIn, source_cloud ? kCloudIn : kOtherIn};
  return {};
}
// By the packet's own flags.
constexpr SuffixPair SuffixesOf(const PacketFlags& f) {
  return SuffixesOf(f.source_internal, f.destination_internal, f.source_cloud, f.destination_cloud);
}
// By the flags of the flow.
inline SuffixPair SuffixesOf(const Endpoints& ends, Direction sender) {
  const Endpoint& from = ends.of(sender);
  const Endpoint& to = ends.of(Opposite(sender));
  return SuffixesOf(from.internal, to.internal, from.cloud, to.cloud);
}

class HistogramRecorder {
 public:
  static constexpr size_t kClasses = 50;  // of the largest rate set

  // `feeders`: who adds to it; a partial recorder has no cells for what only others add to.
  HistogramRecorder(const HistogramSelection& selection, const CompatProfile& profile,
                    HistogramFeeders feeders = HistogramFeeders::kAll);
  HistogramRecorder(const HistogramRecorder&) = delete;
  HistogramRecorder& operator=(const HistogramRecorder&) = delete;

  // A member that does not exist is one that is not selected.
  HistogramCells& of(HistogramFamily family, HistogramSuffix suffix = HistogramSuffix::kNone) {
    return *members_[static_cast<size_t>(family)][static_cast<size_t>(suffix)];
  }
  // `value`: an integer or a double.
  template <typename Value>
  void Add(HistogramFamily family, HistogramSuffix suffix, Value value) {
    of(family, suffix).Add(value);
  }
  template <typename Value>
  requires std::is_arithmetic_v<Value>
  void Add(HistogramFamily family, Value value) { of(family).Add(value); }
  // To the member and its cloud variant.
  template <typename Value>
  void Add(HistogramFamily family, SuffixPair suffixes, Value value) {
    of(family, suffixes.main).Add(value);
    of(family, suffixes.refined).Add(value);
  }

  using Bytes = std::array<uint64_t, kClasses>;
  Bytes& bytes(RateSet set, HistogramSuffix suffix) {
    return bytes_[static_cast<size_t>(set)][static_cast<size_t>(suffix)];
  }
  // Modulo 2^64, so that negative lengths can be added (a quirk of the format).
  void AddBytes(RateSet set, SuffixPair suffixes, int index, uint64_t count) {
    bytes(set, suffixes.main)[static_cast<size_t>(index)] += count;
    bytes(set, suffixes.refined)[static_cast<size_t>(index)] += count;
  }
  // All of them, or (at a new trace) all but those of TLS.
  void ClearBytes(bool tls);

  // By the order of definition.
  std::span<HistogramCells> all() { return cells_; }
  std::span<int64_t> total_cells(size_t id) { return totals_of_[id]; }
  int64_t& total_samples(size_t id) { return total_samples_[id]; }

  // Adds what `partial` collected, and clears it. Whole numbers only, so that neither the order of
  // adding nor the number of partials shows. REQUIRES: `partial` has no histogram that this one
  // does not have.
  void Absorb(HistogramRecorder& partial);
  // Adds the present interval to the totals.
  void AddToTotals();
  // A new interval; byte counters have their own.
  void Clear();

 private:
  // visit(id, begin, end) for the cells of each group that was counted in.
  template <typename Visit>
  void ForEachTouchedGroup(Visit visit);

  std::vector<HistogramCells> cells_;
  HistogramCells absent_;
  std::array<std::array<HistogramCells*, kHistogramSuffixCount>, kHistogramFamilyCount> members_;
  std::optional<AddressRange> storage_;  // of the cells: some megabytes, visited in no order
  std::vector<int64_t> total_storage_;
  std::vector<uint8_t> touched_;
  std::vector<ValueStatistics> statistics_;
  std::vector<std::span<int64_t>> totals_of_;
  std::vector<int64_t> total_samples_;
  std::array<std::array<Bytes, kHistogramSuffixCount>, kRateSetCount> bytes_{};
};

}  // namespace tstat::internal

#endif  // TSTAT_HISTOGRAM_RECORDER_H_
