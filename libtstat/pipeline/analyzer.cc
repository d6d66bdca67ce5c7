// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/analyzer.h"

#include <array>
#include <memory>
#include <utility>

#include "pipeline/pipeline.h"

namespace tstat::inline v1 {

class Analyzer::Impl : public internal::Pipeline {
 public:
  using Pipeline::Pipeline;
};

Analyzer::Analyzer(AnalyzerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Analyzer::~Analyzer() = default;

void Analyzer::AddSink(EventSink* sink) { impl_->AddSink(sink); }
void Analyzer::BeginTrace(const TraceContext& context) { impl_->BeginTrace(context); }
PacketResult Analyzer::Process(const Packet& packet) {
  return impl_->ProcessBatch({&packet, 1}, {});
}
void Analyzer::ProcessBatch(std::span<const Packet> packets) { impl_->ProcessBatch(packets, {}); }
void Analyzer::EndTrace() { impl_->EndTrace(); }
void Analyzer::StartNewOutput(Timestamp time) { impl_->StartNewOutput(time); }
void Analyzer::BeginOutput(Timestamp time) { impl_->BeginOutput(time); }
void Analyzer::Resubscribe() { impl_->Resubscribe(); }
void Analyzer::ResubscribeNow() { impl_->ResubscribeNow(); }
void Analyzer::SetLabels(std::shared_ptr<const LabelRules> rules) {
  impl_->SetLabels(std::move(rules));
}
void Analyzer::AdvanceTime(Timestamp now) { impl_->AdvanceTime(now); }
void Analyzer::Settle() { impl_->TellAll(); }
void Analyzer::ForEachLiveFlow(const std::function<void(const LiveFlow&)>& visit) const {
  impl_->ForEachLiveFlow(visit);
}
bool Analyzer::trace_has_packets() const { return impl_->trace_has_packets(); }
bool Analyzer::out_of_memory() const { return impl_->out_of_memory(); }
Statistics Analyzer::statistics() const { return impl_->statistics(); }
ClosedFlows Analyzer::closed_flows() const { return impl_->closed_flows(); }
absl::Status Analyzer::status() const { return impl_->status(); }

absl::Status Analyzer::Run(PacketSource& source, const TraceContext& context,
                           const std::function<bool()>& after_batch) {
  BeginTrace(context);
  // Also when the source, or after_batch, throws: bytes of packets are the source's.
  const auto end_trace = [](Analyzer* analyzer) { analyzer->EndTrace(); };
  std::unique_ptr<Analyzer, decltype(end_trace)> end(this, end_trace);
  std::array<Packet, PacketSource::kBatchSize> batch;
  for (;;) {
    const size_t n = source.ReadBatch(batch);
    if (n == 0 && !source.timed_out()) break;
    // What an interface has not brought by now will not come; who writes to a pipe may be slow.
    if (n == 0 && source.capture_statistics().has_value()) impl_->OnQuiet();
    if (n == 0) impl_->TellAll();
    if (context.is_stream) {
      impl_->ProcessBatch(std::span(batch).first(n), source.TakeUpcoming());
    } else {
      impl_->Feed(std::span(batch).first(n), source.TakeUpcoming(), source.keeps_bytes());
    }
    if (impl_->failed() || (after_batch && !after_batch())) break;
  }
  impl_->AddSkipped(source.skipped());
  end.reset();
  absl::Status status = source.status();
  return status.ok() ? this->status() : status;
}

}  // namespace tstat::inline v1
