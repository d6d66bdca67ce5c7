// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/trace_series.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"

namespace tstat::cli {
namespace {

// A capture that begins a new file writes late packets into it: not so late, and not most of what
// there was in the time of the file before.
bool Overlaps(Timestamp first_before, Timestamp last_before, Timestamp first) {
  constexpr int64_t kMostNs = 900'000'000;
  const int64_t overlap_ns = last_before.nanoseconds() - first.nanoseconds();
  const int64_t time_ns = last_before.nanoseconds() - first_before.nanoseconds();
  return first <= first_before || overlap_ns > kMostNs || overlap_ns > time_ns / 2;
}

bool IsRegularFile(const std::string& name) {
  struct stat info;
  return stat(name.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::optional<Timestamp> FirstPacket(const std::string& name, TraceOptions options) {
  options.mapping = nullptr;
  const absl::StatusOr<std::unique_ptr<PacketSource>> source = OpenTrace(name, options);
  if (!source.ok()) return std::nullopt;
  std::array<Packet, 1> packet;
  if ((*source)->ReadBatch(packet) == 0) return std::nullopt;
  return packet[0].time;
}

}  // namespace

std::string SeriesStem(const std::string& name) {
  const size_t slash = name.rfind('/');
  const size_t start = slash == std::string::npos ? 0 : slash + 1;
  std::string stem = name.substr(0, start);
  for (size_t i = start; i < name.size(); ++i) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(name[i]))) {
      stem += name[i];
    } else if (stem.empty() || stem.back() != '#') {
      stem += '#';
    }
  }
  // The first file of tcpdump -C has no number.
  if (stem.size() > start && stem.back() == '#') stem.pop_back();
  return stem;
}

std::vector<TraceGroup> PlanSeries(const std::vector<std::string>& traces,
                                   const TraceOptions& options) {
  std::map<std::string, size_t> alike;
  for (const std::string& trace : traces) ++alike[SeriesStem(trace)];
  struct Piece {
    Timestamp time;
    size_t place;  // among the traces
  };
  std::vector<TraceGroup> groups;
  std::vector<std::vector<Piece>> pieces;  // of each group
  std::map<std::string, size_t> group_of_stem;
  for (size_t i = 0; i < traces.size(); ++i) {
    const std::string stem = SeriesStem(traces[i]);
    std::optional<Timestamp> first;
    if (alike[stem] > 1 && IsRegularFile(traces[i])) first = FirstPacket(traces[i], options);
    size_t group = groups.size();
    if (first.has_value()) group = group_of_stem.try_emplace(stem, group).first->second;
    if (group == groups.size()) {
      groups.emplace_back();
      pieces.emplace_back();
    }
    pieces[group].push_back({first.value_or(Timestamp()), i});
  }
  for (size_t group = 0; group < groups.size(); ++group) {
    std::vector<Piece>& all = pieces[group];
    const auto by_time = [](const Piece& a, const Piece& b) { return a.time < b.time; };
    groups[group].was_reordered = !std::is_sorted(all.begin(), all.end(), by_time);
    std::stable_sort(all.begin(), all.end(), by_time);
    for (const Piece& piece : all) groups[group].names.push_back(traces[piece.place]);
  }
  return groups;
}

bool SeriesSource::OpenNext() {
  while (next_ < names_.size()) {
    if (source_ != nullptr) {
      skipped_ += source_->skipped();
      tell_(*source_, name());
      // Its bytes are nobody's any more, and its mapping is wanted for the next one.
      source_.reset();
    }
    std::unique_ptr<PacketSource> next = open_(names_[next_]);
    if (next == nullptr) {
      ++next_;
      continue;
    }
    first_given_ = 0;
    first_size_ = next->ReadBatch(first_);
    if (first_size_ != 0) {
      const Timestamp first = first_[0].time;
      if (Overlaps(first_of_file_, last_, first)) return false;
      first_of_file_ = first;
    }
    ++next_;
    source_ = std::move(next);
    return true;
  }
  return false;
}

size_t SeriesSource::Deliver(std::span<Packet> batch) {
  if (first_given_ == first_size_) return source_->ReadBatch(batch);
  const size_t count = std::min(batch.size(), first_size_ - first_given_);
  std::copy_n(first_.begin() + static_cast<ptrdiff_t>(first_given_), count, batch.begin());
  first_given_ += count;
  return count;
}

size_t SeriesSource::ReadBatch(std::span<Packet> batch) {
  if (ended_) return 0;
  for (;;) {
    const size_t count = source_ != nullptr ? Deliver(batch) : 0;
    if (count != 0) last_ = batch[count - 1].time;
    if (count != 0 || timed_out()) return count;
    if (next_ == names_.size() || !OpenNext()) {
      ended_ = true;
      return 0;
    }
  }
}

std::optional<double> SeriesSource::progress() const {
  if (source_ == nullptr) return std::nullopt;
  const std::optional<double> part = source_->progress();
  if (!part.has_value()) return std::nullopt;
  return (static_cast<double>(next_ - 1) + *part) / static_cast<double>(names_.size());
}

SkippedPackets SeriesSource::skipped() const {
  SkippedPackets sum = skipped_;
  if (source_ != nullptr) sum += source_->skipped();
  return sum;
}

}  // namespace tstat::cli
