// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/recorder.h"

#include <algorithm>

namespace tstat {

HistogramRecorder::HistogramRecorder(const HistogramSelection& selection,
                                     const CompatProfile& profile) {
  const auto definitions = HistogramDefinitions();
  for (auto& family : members_) family.fill(&absent_);
  size_t needed = 0;
  const auto exists = [&](size_t i) {
    return selection.enabled.test(i) &&
           HistogramExists(definitions[i], profile.l3_histograms, selection.totals);
  };
  for (size_t i = 0; i < kHistogramCount; ++i) {
    const HistogramDefinition& d = definitions[i];
    HistogramCells& h = cells_[i];
    const int64_t max = HistogramMax(d, profile);
    h.min = static_cast<double>(d.min);
    h.max = static_cast<double>(max);
    h.min_label = d.min;
    h.width = d.width;
    h.count = static_cast<size_t>((max - d.min) / d.width) + 2;
    members_[static_cast<size_t>(d.family)][static_cast<size_t>(d.suffix)] = &h;
    if (exists(i)) needed += h.count;
  }
  storage_.resize(needed);
  if (selection.totals) total_storage_.resize(needed);
  if (selection.statistics) statistics_.resize(kHistogramCount);
  size_t at = 0;
  for (size_t i = 0; i < kHistogramCount; ++i) {
    if (!exists(i)) continue;
    cells_[i].cells = storage_.data() + at;
    if (selection.totals) totals_of_[i] = {total_storage_.data() + at, cells_[i].count};
    if (selection.statistics) cells_[i].statistics = &statistics_[i];
    at += cells_[i].count;
  }
}

void HistogramRecorder::ClearBytes(bool tls) {
  for (size_t set = 0; set < kRateSetCount; ++set) {
    if (set == static_cast<size_t>(RateSet::kTls) && !tls) continue;
    for (Bytes& bytes : bytes_[set]) bytes.fill(0);
  }
}

void HistogramRecorder::AddToTotals() {
  std::transform(total_storage_.begin(), total_storage_.end(), storage_.begin(),
                 total_storage_.begin(), [](int64_t a, int64_t b) {
                   return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
                 });
  for (size_t i = 0; i < kHistogramCount; ++i) {
    total_samples_[i] = static_cast<int64_t>(static_cast<uint64_t>(total_samples_[i]) +
                                             static_cast<uint64_t>(cells_[i].samples));
  }
}

void HistogramRecorder::Clear() {
  std::fill(storage_.begin(), storage_.end(), 0);
  for (HistogramCells& h : cells_) h.samples = 0;
}

}  // namespace tstat
