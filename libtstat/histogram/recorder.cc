// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/recorder.h"

#include <algorithm>
#include <cassert>

namespace tstat::internal {
namespace {

int64_t Sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

}  // namespace

HistogramRecorder::HistogramRecorder(const HistogramSelection& selection,
                                     const CompatProfile& profile, HistogramFeeders feeders)
    : cells_(HistogramDefinitions().size()),
      totals_of_(cells_.size()),
      total_samples_(cells_.size()) {
  const auto definitions = HistogramDefinitions();
  for (auto& family : members_) family.fill(&absent_);
  size_t needed = 0, groups = 0;
  const auto exists = [&](size_t i) {
    return selection.IsSelected(i) &&
           (feeders == HistogramFeeders::kAll || Contains(definitions[i].feeders, feeders)) &&
           HistogramExists(definitions[i], profile.l3_histograms, selection.totals);
  };
  for (size_t i = 0; i < cells_.size(); ++i) {
    const HistogramDefinition& d = definitions[i];
    HistogramCells& h = cells_[i];
    const int64_t max = HistogramMax(d, profile);
    h.min = d.min;
    h.range = static_cast<uint64_t>(max - d.min);
    h.reciprocal = ((uint64_t{1} << 63) - 1) / static_cast<uint64_t>(d.width) + 1;
    h.count = static_cast<uint32_t>((max - d.min) / d.width) + 2;
    members_[static_cast<size_t>(d.family)][static_cast<size_t>(d.suffix)] = &h;
    if (!exists(i)) continue;
    needed += h.count;
    groups += h.groups();
  }
  storage_.emplace(needed * sizeof(int64_t));
  storage_->Commit(needed * sizeof(int64_t));  // zeros
  touched_.resize(groups);
  if (selection.totals) total_storage_.resize(needed);
  if (selection.statistics) statistics_.resize(cells_.size());
  size_t at = 0, group = 0;
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (!exists(i)) continue;
    cells_[i].cells = static_cast<int64_t*>(storage_->data()) + at;
    cells_[i].touched = touched_.data() + group;
    if (selection.totals) totals_of_[i] = {total_storage_.data() + at, cells_[i].count};
    if (selection.statistics) cells_[i].statistics = &statistics_[i];
    at += cells_[i].count;
    group += cells_[i].groups();
  }
}

void HistogramRecorder::ClearBytes(bool tls) {
  for (size_t set = 0; set < kRateSetCount; ++set) {
    if (set == static_cast<size_t>(RateSet::kTls) && !tls) continue;
    for (Bytes& bytes : bytes_[set]) bytes.fill(0);
  }
}

template <typename Visit>
void HistogramRecorder::ForEachTouchedGroup(Visit visit) {
  for (size_t i = 0; i < cells_.size(); ++i) {
    const HistogramCells& h = cells_[i];
    if (!h.on()) continue;
    for (size_t group = 0; group < h.groups(); ++group) {
      if (h.touched[group] == 0) continue;
      const size_t begin = group * HistogramCells::kGroup;
      visit(i, begin, std::min<size_t>(h.count, begin + HistogramCells::kGroup));
    }
  }
}

void HistogramRecorder::Absorb(HistogramRecorder& partial) {
  partial.ForEachTouchedGroup([&](size_t id, size_t begin, size_t end) {
    HistogramCells& h = cells_[id];
    assert(h.on());
    const int64_t* const from = partial.cells_[id].cells;
    for (size_t k = begin; k < end; ++k) h.cells[k] = Sum(h.cells[k], from[k]);
    h.touched[begin / HistogramCells::kGroup] = 1;
  });
  for (size_t i = 0; i < cells_.size(); ++i) {
    HistogramCells& h = cells_[i];
    h.samples = Sum(h.samples, partial.cells_[i].samples);
    if (h.statistics != nullptr && partial.cells_[i].statistics != nullptr) {
      *h.statistics += *partial.cells_[i].statistics;
    }
  }
  for (size_t set = 0; set < kRateSetCount; ++set) {
    for (size_t suffix = 0; suffix < kHistogramSuffixCount; ++suffix) {
      Bytes& to = bytes_[set][suffix];
      const Bytes& from = partial.bytes_[set][suffix];
      for (size_t k = 0; k < kClasses; ++k) to[k] += from[k];
    }
  }
  partial.Clear();
  partial.ClearBytes(/*tls=*/true);
}

void HistogramRecorder::AddToTotals() {
  ForEachTouchedGroup([&](size_t id, size_t begin, size_t end) {
    for (size_t k = begin; k < end; ++k) {
      totals_of_[id][k] = Sum(totals_of_[id][k], cells_[id].cells[k]);
    }
  });
  for (size_t i = 0; i < cells_.size(); ++i) {
    total_samples_[i] = Sum(total_samples_[i], cells_[i].samples);
  }
}

void HistogramRecorder::Clear() {
  ForEachTouchedGroup([&](size_t id, size_t begin, size_t end) {
    std::fill(cells_[id].cells + begin, cells_[id].cells + end, 0);
  });
  std::fill(touched_.begin(), touched_.end(), 0);
  for (HistogramCells& h : cells_) h.samples = 0;
  std::fill(statistics_.begin(), statistics_.end(), ValueStatistics());
}

}  // namespace tstat::internal
