// SPDX-License-Identifier: BSD-3-Clause
//
// Histograms: what is to be collected, and what an interval's collection holds. None is
// collected unless it is selected.
//
//   for (const tstat::HistogramInfo& h : tstat::AllHistograms()) {
//     Show(h.name, h.unit, h.description);
//   }
//
//   tstat::HistogramSelection selection;
//   selection.SelectMatching("ip_len");                    // ip_len_in, ip_len_out, ip_len_loc
//   options.histograms = std::make_shared<const tstat::HistogramSelection>(selection);
//
// A sink that wants Event::kHistograms gets them:
//
//   void OnHistograms(const tstat::HistogramSnapshot& snapshot) override {
//     for (const auto& h : snapshot.histograms) Use(h.name, h.LabelOf(1), h.cells[1]);
//   }
#ifndef TSTAT_HISTOGRAM_H_
#define TSTAT_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tstat/export.h"
#include "tstat/flow.h"
#include "tstat/time.h"
#include "tstat/value_statistics.h"

namespace tstat::inline v1 {

enum class HistogramKind : uint8_t {
  kDistribution,  // events add 1 to the bin of their value
  kRate,          // bin k is set at the end of an interval: bit/s of class k
  kAverage,       // likewise: a time average
  kSum,           // likewise: a sum
};

// In which runs a histogram is known.
enum class HistogramPresence : uint8_t {
  kAlways,
  kProfile33,  // with CompatProfile::l3_histograms
  kGlobal,     // with HistogramSelection::totals (-g)
};

// What is known of a histogram before anything is collected. docs/histograms.md is made of it.
struct HistogramInfo {
  std::string_view name;    // "ip_len_in"; two are called "tcp_net_dup_out", as in Tstat
  std::string_view family;  // "ip_len": what is measured; some members have other names
  // "in", "out", "loc" (by the internal ends), "c_in", "nc_out" ... (the same, by the cloud flag of
  // the peer), "c2s", "s2c" (by the end that sent): whose values. Empty: of all.
  std::string_view suffix;
  std::string_view description, unit;
  // Bins of `width` from `min` to `max`; with CompatProfile::tls_services_3_3 those of TLS services
  // have one more.
  int64_t min = 0, max = 0, width = 1;
  HistogramKind kind = HistogramKind::kDistribution;
  HistogramPresence presence = HistogramPresence::kAlways;
};

// All histograms, in the order of definition; snapshots and files have them backwards.
[[nodiscard]] TSTAT_EXPORT std::span<const HistogramInfo> AllHistograms();

// Which histograms an analysis collects (-H, -g).
struct TSTAT_EXPORT HistogramSelection {
  bool totals = false;      // -g: the sum of all intervals is kept
  bool statistics = false;  // mean, extremes and variance of all values are kept (RRD)

  // Packets and bytes by IPv4 network: of external addresses, or of all of them.
  bool addresses = false;
  bool every_address = false;
  uint32_t address_mask = 0xffffff00;
  // The same of internal addresses, with rates: averages and peaks over these periods.
  bool internal_addresses = false;
  uint32_t internal_address_mask = 0xffffff00;
  uint64_t average_period_s = 60, peak_period_s = 1;

  [[nodiscard]] bool any() const { return count() > 0 || addresses; }

  // The histogram of this name; false when there is none. Those of -g are known when `totals` is
  // set, those of the 3.3 profile with `l3`.
  [[nodiscard]] bool Select(std::string_view name, bool l3 = false);
  // All whose names contain `part`; all of them when it is empty.
  void SelectMatching(std::string_view part, bool l3 = false);
  // The one at this place in AllHistograms(). REQUIRES: there is one.
  void Add(size_t index);

  [[nodiscard]] bool IsSelected(size_t index) const {
    return index < selected_.size() && selected_[index];
  }
  [[nodiscard]] size_t count() const;

 private:
  std::vector<bool> selected_;  // by the place in AllHistograms(); empty: none
};

// What was collected since the snapshot before. Views are valid during the call only. All sinks get
// the same one: none can change what another reads.
class HistogramSnapshot {
 public:
  enum class Kind : uint8_t {
    kInterval,           // an interval ended
    kTraceEnd,           // the last interval of a trace
    kInternalAddresses,  // the rates of internal addresses only, in the course of an interval
  };

  struct Histogram {
    std::string_view name, description;
    int64_t min = 0, max = 0, width = 1;
    // Below min, the regular bins, max and above.
    std::span<const int64_t> cells;
    int64_t samples = 0;  // in the regular bins; of rates: their sum
    // Sums over all intervals; empty without HistogramSelection::totals.
    std::span<const int64_t> total_cells;
    int64_t total_samples = 0;
    // Of all values since the snapshot before, those out of range included. None without
    // HistogramSelection::statistics, and of histograms that are set when an interval ends.
    ValueStatistics statistics;

    // For each kGroup cells from the first one on: 0 when all of them are 0. Empty: not known.
    static constexpr size_t kGroup = 512;
    std::span<const uint8_t> touched;

    // Calls visit(index, cell) for the cells that are not 0.
    template <typename Visit>
    void ForEachNonZero(Visit visit) const {
      for (size_t begin = 0; begin < cells.size(); begin += kGroup) {
        if (!touched.empty() && touched[begin / kGroup] == 0) continue;
        const size_t end = begin + kGroup < cells.size() ? begin + kGroup : cells.size();
        for (size_t i = begin; i < end; ++i) {
          if (cells[i] != 0) visit(i, cells[i]);
        }
      }
    }

    // What stands for a cell in the files.
    [[nodiscard]] int64_t LabelOf(size_t cell) const {
      if (cell == 0) return min - width;
      return cell + 1 == cells.size() ? max : min + (static_cast<int64_t>(cell) - 1) * width;
    }
  };

  struct Address {
    uint32_t network = 0;  // in host order
    int64_t source_packets = 0, destination_packets = 0;
    uint64_t source_bytes = 0, destination_bytes = 0;
    // Internal addresses only, kbit/s; "up" is sent by the network.
    double up = 0, down = 0, max_up = 0, max_down = 0;
  };

  Kind kind = Kind::kInterval;
  OrderKey order;
  Timestamp time;                     // of the packet that ended it
  uint32_t index = 0;                 // of the interval within the output period
  std::vector<Histogram> histograms;  // selected ones, latest definition first
  bool has_addresses = false;
  uint32_t address_mask = 0;
  std::vector<Address> addresses;  // in the order of the file
  bool has_internal_addresses = false;
  uint32_t internal_address_mask = 0;
  uint64_t average_period_s = 0, peak_period_s = 0;
  std::vector<Address> internal_addresses;
};

}  // namespace tstat::inline v1

#endif  // TSTAT_HISTOGRAM_H_
