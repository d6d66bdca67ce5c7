// SPDX-License-Identifier: BSD-3-Clause
//
// Definitions of histograms, and what a snapshot holds.
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "call_backs.h"
#include "sized_struct.h"
#include "status_codes.h"
#include "tstat.h"

using namespace tstat::internal;  // NOLINT: the functions of tstat.h are in no namespace
using tstat::HistogramInfo;
using tstat::HistogramSnapshot;

static_assert(static_cast<int>(tstat::HistogramKind::kDistribution) == TSTAT_DISTRIBUTION &&
              static_cast<int>(tstat::HistogramKind::kRate) == TSTAT_RATE &&
              static_cast<int>(tstat::HistogramKind::kAverage) == TSTAT_AVERAGE &&
              static_cast<int>(tstat::HistogramKind::kSum) == TSTAT_SUM);
static_assert(static_cast<int>(HistogramSnapshot::Kind::kInterval) == TSTAT_SNAPSHOT_INTERVAL &&
              static_cast<int>(HistogramSnapshot::Kind::kTraceEnd) == TSTAT_SNAPSHOT_TRACE_END &&
              static_cast<int>(HistogramSnapshot::Kind::kInternalAddresses) ==
                  TSTAT_SNAPSHOT_INTERNAL_ADDRESSES);

namespace {

// The texts of all definitions, ended by NUL.
class HistogramTexts {
 public:
  // Never destroyed: a program may use it until its very end.
  static const HistogramTexts& Get() {
    static const HistogramTexts* const texts = new HistogramTexts;
    return *texts;
  }

  // "" for what is in no definition.
  const char* Of(std::string_view text) const {
    const auto found = texts_.find(text);
    return found != texts_.end() ? found->second.c_str() : "";
  }

 private:
  HistogramTexts() {
    for (const HistogramInfo& h : tstat::AllHistograms()) {
      for (std::string_view text : {h.name, h.family, h.suffix, h.description, h.unit}) {
        texts_.try_emplace(text, text);
      }
    }
  }

  absl::flat_hash_map<std::string_view, std::string> texts_;
};

int Fill(const HistogramSnapshot::Histogram& h, tstat_histogram* out) {
  const HistogramTexts& texts = HistogramTexts::Get();
  return FillSized(out, {.struct_size = 0,
                         .name = texts.Of(h.name),
                         .description = texts.Of(h.description),
                         .min = h.min,
                         .max = h.max,
                         .width = h.width,
                         .cells = h.cells.data(),
                         .cell_count = h.cells.size(),
                         .samples = h.samples,
                         .total_cells = h.total_cells.empty() ? nullptr : h.total_cells.data(),
                         .total_samples = h.total_samples});
}

}  // namespace

size_t tstat_histogram_count(void) { return tstat::AllHistograms().size(); }

int tstat_histogram_at(size_t index, tstat_histogram_info* info) {
  if (info == nullptr) return TSTAT_INVALID;
  if (index >= tstat_histogram_count()) return TSTAT_NOT_FOUND;
  return StatusWithoutExceptions([&] {
    const HistogramTexts& texts = HistogramTexts::Get();
    const HistogramInfo& h = tstat::AllHistograms()[index];
    return FillSized(info, {.struct_size = 0,
                            .name = texts.Of(h.name),
                            .family = texts.Of(h.family),
                            .suffix = texts.Of(h.suffix),
                            .description = texts.Of(h.description),
                            .unit = texts.Of(h.unit),
                            .min = h.min,
                            .max = h.max,
                            .width = h.width,
                            .kind = static_cast<int>(h.kind)});
  });
}

int tstat_snapshot_describe(const tstat_snapshot* snapshot, tstat_snapshot_info* info) {
  if (snapshot == nullptr) return TSTAT_INVALID;
  const HistogramSnapshot& s = *snapshot->snapshot;
  return FillSized(info, {.struct_size = 0,
                          .kind = static_cast<int>(s.kind),
                          .time = s.time.nanoseconds(),
                          .interval = s.index,
                          .histograms = s.histograms.size(),
                          .addresses = s.addresses.size(),
                          .internal_addresses = s.internal_addresses.size(),
                          .address_mask = s.address_mask,
                          .internal_address_mask = s.internal_address_mask,
                          .average_period_s = s.average_period_s,
                          .peak_period_s = s.peak_period_s});
}

int tstat_snapshot_histogram(const tstat_snapshot* snapshot, size_t index,
                             tstat_histogram* histogram) {
  if (snapshot == nullptr || histogram == nullptr) return TSTAT_INVALID;
  const auto& histograms = snapshot->snapshot->histograms;
  if (index >= histograms.size()) return TSTAT_NOT_FOUND;
  return StatusWithoutExceptions([&] { return Fill(histograms[index], histogram); });
}

int tstat_snapshot_histogram_named(const tstat_snapshot* snapshot, const char* name,
                                   tstat_histogram* histogram) {
  if (snapshot == nullptr || name == nullptr || histogram == nullptr) return TSTAT_INVALID;
  for (const HistogramSnapshot::Histogram& h : snapshot->snapshot->histograms) {
    if (h.name == name) return StatusWithoutExceptions([&] { return Fill(h, histogram); });
  }
  return TSTAT_NOT_FOUND;
}

int64_t tstat_histogram_label(const tstat_histogram* histogram, size_t cell) {
  tstat_histogram h;
  if (!ReadSized(histogram, &h) || cell >= h.cell_count) return 0;
  if (cell == 0) return h.min - h.width;
  return cell + 1 == h.cell_count ? h.max : h.min + (static_cast<int64_t>(cell) - 1) * h.width;
}

int tstat_snapshot_network(const tstat_snapshot* snapshot, int internal, size_t index,
                           tstat_network* network) {
  if (snapshot == nullptr || network == nullptr) return TSTAT_INVALID;
  const HistogramSnapshot& s = *snapshot->snapshot;
  const auto& networks = internal != 0 ? s.internal_addresses : s.addresses;
  if (index >= networks.size()) return TSTAT_NOT_FOUND;
  const HistogramSnapshot::Address& address = networks[index];
  return FillSized(network, {.struct_size = 0,
                             .network = address.network,
                             .source_packets = address.source_packets,
                             .destination_packets = address.destination_packets,
                             .source_bytes = address.source_bytes,
                             .destination_bytes = address.destination_bytes,
                             .up = address.up,
                             .down = address.down,
                             .max_up = address.max_up,
                             .max_down = address.max_down});
}
