// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/engine.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "flow/memory_plan.h"

namespace tstat::internal {
namespace {

using F = HistogramFamily;
using S = HistogramSuffix;

struct RateFamily {
  RateSet set;
  F family;
};
// In the order of feeding -g's histograms; so are the members.
constexpr RateFamily kRates[] = {
    {RateSet::kIp, F::kIpBitrate},    {RateSet::kTcp, F::kTcpBitrate},
    {RateSet::kUdp, F::kUdpBitrate},  {RateSet::kHttp, F::kHttpBitrate},
    {RateSet::kWeb, F::kWebBitrate},  {RateSet::kTls, F::kTlsBitrate},
    {RateSet::kVideo, F::kVideoRate}, {RateSet::kLayer3, F::kL3Bitrate},
};
constexpr S kRateSuffixes[] = {S::kIn,       S::kOut,     S::kLoc,     S::kCloudIn,
                               S::kCloudOut, S::kOtherIn, S::kOtherOut};

// Networks that each of three tables holds. An entry takes 40 bytes, its cells 32, and as much
// again while they grow.
size_t MostNetworks(const AnalyzerOptions& options) {
  return MemoryPlan::Entries(MemoryPlan::Of(options).addresses / 3, 144, AddressTable::kMaxEntries);
}

const std::shared_ptr<const HistogramSelection>& Selected(const AnalyzerOptions& options) {
  assert(options.histograms != nullptr);
  return options.histograms;
}

}  // namespace

HistogramEngine::HistogramEngine(const AnalyzerOptions& options, EventSink* out)
    : selection_(Selected(options)),
      profile_(options.profile),
      out_(out),
      recorder_(*selection_, profile_),
      addresses_(*selection_, selection_->addresses ? options.globals.max_adx_slots : 1,
                 MostNetworks(options)) {}

void HistogramEngine::OnClockStep(int64_t by_ns) {
  addresses_.Shift(by_ns);
  averages_.Shift(by_ns);
}

void HistogramEngine::BeginTrace(Timestamp now) {
  averages_.RestartChats(now);
  recorder_.ClearBytes(/*tls=*/false);  // TLS goes on (a quirk of the format)
}

void HistogramEngine::EndInterval(const IntervalStep& step) {
  Finish(step);
  Emit(HistogramSnapshot::Kind::kInterval, step);
  if (!step.same_moment) recorder_.ClearBytes(/*tls=*/true);
}

void HistogramEngine::EndTrace(const IntervalStep& last) {
  Finish(last);
  Emit(HistogramSnapshot::Kind::kTraceEnd, last);
}

void HistogramEngine::Finish(const IntervalStep& step) {
  if (const double elapsed_us = ElapsedMicroseconds(step.start, step.now); elapsed_us > 0) {
    SetRates(elapsed_us);
  }
  SetAverages(step);
  if (selection_->totals) recorder_.AddToTotals();
}

// The order of operations is part of the format: the results are truncated.
void HistogramEngine::SetRates(double elapsed_us) {
  const double ms = elapsed_us / 1000;
  for (const RateFamily& r : kRates) {
    for (S suffix : kRateSuffixes) {
      HistogramCells& h = recorder_.of(r.family, suffix);
      if (!h.on()) continue;
      const HistogramRecorder::Bytes& bytes = recorder_.bytes(r.set, suffix);
      double sum = 0;
      const size_t n = std::min<size_t>(h.count - 2, HistogramRecorder::kClasses);
      for (size_t k = 0; k < n; ++k) {
        const double rate = static_cast<double>(bytes[k]) * 8000.0 / ms;
        h.Set(k, TruncateToInteger(rate));
        sum += rate;
      }
      h.samples = TruncateToInteger(sum);
      if (selection_->totals) {
        const auto id = static_cast<size_t>(&h - recorder_.all().data());
        FeedGlobal(HistogramDefinitions()[id], h);
      }
    }
  }
}

// Whatever the rates are of: bins 0, 1, 2 count as TCP, UDP, ICMP (a quirk of the format).
void HistogramEngine::FeedGlobal(const HistogramDefinition& definition,
                                 const HistogramCells& rates) {
  const auto has = [&](std::string_view part) {
    return definition.name.find(part) != std::string_view::npos;
  };
  const S suffix = has("in") ? S::kIn : has("out") ? S::kOut : S::kLoc;
  // Behind the bins stand the cell of values too large and the number of samples.
  const auto bin = [&](size_t k) -> int64_t {
    if (k + 1 < rates.count) return rates.cells[k + 1];
    return k + 1 == rates.count ? rates.samples : 0;
  };
  recorder_.Add(F::kGTcpBitrate, suffix, static_cast<double>(bin(0)));
  recorder_.Add(F::kGUdpBitrate, suffix, static_cast<double>(bin(1)));
  recorder_.Add(F::kGIcmpBitrate, suffix, static_cast<double>(bin(2)));
  double other = static_cast<double>(bin(6));
  for (size_t k = 6; k-- > 0;) other -= static_cast<double>(bin(k));
  recorder_.Add(F::kGOtherBitrate, suffix, other);
}

void HistogramEngine::SetAverages(const IntervalStep& step) {
  const OrderedAverages::Interval interval = averages_.Take(step.now);
  if (HistogramCells& chats = recorder_.of(F::kChatFlowNum); chats.on()) {
    for (size_t i = 0; i < interval.chats.size(); ++i) {
      chats.Set(2 * i, TruncateToInteger(interval.chats[i].running));
      chats.Set(2 * i + 1, TruncateToInteger(interval.chats[i].present));
    }
  }
  if (HistogramCells& flows = recorder_.of(F::kProfileFlows); flows.on()) {
    flows.Set(0, static_cast<int64_t>(step.refused_udp - refused_udp_before_));
    flows.Set(1, TruncateToInteger(interval.open_udp));
    flows.Set(2, static_cast<int64_t>(step.refused_tcp - refused_tcp_before_));
    flows.Set(3, TruncateToInteger(interval.open_tcp));
  }
  refused_udp_before_ = step.refused_udp;
  refused_tcp_before_ = step.refused_tcp;
  if (HistogramCells& data = recorder_.of(F::kProfileTcpdata); data.on()) {
    data.Set(0, TruncateToInteger(interval.received_megabytes));
    data.Set(1, TruncateToInteger(interval.missed_megabytes));
  }
}

void HistogramEngine::Emit(HistogramSnapshot::Kind kind, const IntervalStep& step) {
  HistogramSnapshot snapshot;
  snapshot.kind = kind;
  snapshot.time = step.now;
  snapshot.index = step.index;
  snapshot.order = At(step.order, EventPlace::kHistograms);
  const auto definitions = HistogramDefinitions();
  for (size_t i = definitions.size(); i-- > 0;) {
    const HistogramCells& cells = recorder_.all()[i];
    if (!cells.on()) continue;
    HistogramSnapshot::Histogram& h = snapshot.histograms.emplace_back();
    h.name = definitions[i].name;
    h.description = definitions[i].description;
    h.min = definitions[i].min;
    h.max = HistogramMax(definitions[i], profile_);
    h.width = definitions[i].width;
    h.cells = {cells.cells, cells.count};
    h.touched = {cells.touched, cells.groups()};
    h.samples = cells.samples;
    h.total_cells = recorder_.total_cells(i);
    h.total_samples = recorder_.total_samples(i);
    if (cells.statistics != nullptr) h.statistics = *cells.statistics;
  }
  if (selection_->addresses) {
    addresses_.TakeAddresses(&snapshot);
    if (selection_->internal_addresses && kind == HistogramSnapshot::Kind::kTraceEnd) {
      addresses_.TakeInternalAddresses(step.now, /*at_end=*/true, &snapshot);
    }
  }
  out_->OnHistograms(snapshot);
  recorder_.Clear();
}

void HistogramEngine::EmitInternalAddresses(Timestamp now, uint32_t index, OrderKey order) {
  HistogramSnapshot snapshot;
  snapshot.kind = HistogramSnapshot::Kind::kInternalAddresses;
  snapshot.time = now;
  snapshot.index = index;
  snapshot.order = At(order, EventPlace::kHistograms);
  addresses_.TakeInternalAddresses(now, /*at_end=*/false, &snapshot);
  out_->OnHistograms(snapshot);
}

}  // namespace tstat::internal
