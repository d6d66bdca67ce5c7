// SPDX-License-Identifier: BSD-3-Clause
//
// Trace files that are pieces of one capture: names that differ in a counter or a time only
// (web_00001.pcap, web_00002.pcap; trace.pcap, trace.pcap1), and one begins where another ends.
//
//   std::vector<TraceGroup> groups = PlanSeries(traces, options);   // in the order to be read
//   SeriesSource source(groups[0].names, open, tell);               // one input
#ifndef TSTAT_APPS_TSTAT_CLI_TRACE_SERIES_H_
#define TSTAT_APPS_TSTAT_CLI_TRACE_SERIES_H_

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tstat/packet_source.h"

namespace tstat::cli {

// A name without its numbers, by which pieces of one series are alike.
[[nodiscard]] std::string SeriesStem(const std::string& name);

struct TraceGroup {
  std::vector<std::string> names;  // in the order of their first packets
  bool was_reordered = false;      // which is not the order they were given in
};

// Groups in the order of their first names. Looks at the first packets of regular files whose names
// are alike; what cannot be read, or has no packet, is a group of its own.
[[nodiscard]] std::vector<TraceGroup> PlanSeries(const std::vector<std::string>& traces,
                                                 const TraceOptions& options);

// The files of a group as one source. It ends before a file that begins with the one before it, in
// the first half of its time, or long before its end: that is no piece of the series. `open` is
// called for each file when its turn comes, and tells its own errors (null: that file is left out);
// `tell` when a file but the last has ended.
class SeriesSource final : public PacketSource {
 public:
  using Open = std::function<std::unique_ptr<PacketSource>(const std::string& name)>;
  using Tell = std::function<void(const PacketSource& source, const std::string& name)>;

  SeriesSource(std::vector<std::string> names, Open open, Tell tell)
      : names_(std::move(names)), open_(std::move(open)), tell_(std::move(tell)) {}

  size_t ReadBatch(std::span<Packet> batch) override;
  std::span<const uint8_t> TakeUpcoming() override {
    return source_ != nullptr ? source_->TakeUpcoming() : std::span<const uint8_t>();
  }
  absl::Status status() const override {
    return source_ != nullptr ? source_->status() : absl::OkStatus();
  }
  bool timed_out() const override { return source_ != nullptr && source_->timed_out(); }
  std::string_view note() const override {
    return source_ != nullptr ? source_->note() : std::string_view();
  }
  bool is_compressed() const override { return source_ != nullptr && source_->is_compressed(); }
  bool is_empty() const override { return source_ != nullptr && source_->is_empty(); }
  std::optional<double> progress() const override;
  SkippedPackets skipped() const override;

  // How many of the names it read, or tried to: the others are no pieces.
  [[nodiscard]] size_t files() const { return next_; }
  // Of the file that is read, or was last.
  [[nodiscard]] const std::string& name() const { return names_[next_ == 0 ? 0 : next_ - 1]; }

 private:
  bool OpenNext();
  size_t Deliver(std::span<Packet> batch);

  std::vector<std::string> names_;
  Open open_;
  Tell tell_;
  size_t next_ = 0;  // name to be opened
  std::unique_ptr<PacketSource> source_;
  // Read when the file was opened, to see where it begins.
  std::array<Packet, kBatchSize> first_;
  size_t first_size_ = 0, first_given_ = 0;
  Timestamp last_ = Timestamp::EarliestOfPacket(), first_of_file_ = last_;
  SkippedPackets skipped_;  // of earlier files
  bool ended_ = false;
};

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_TRACE_SERIES_H_
