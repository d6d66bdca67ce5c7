// SPDX-License-Identifier: BSD-3-Clause
//
// The exports of a session: those of its options and those of [export] in runtime.conf, which come
// and go while it runs (docs/exports.md).
#ifndef TSTAT_PIPELINE_EXPORT_OUTPUT_H_
#define TSTAT_PIPELINE_EXPORT_OUTPUT_H_

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/event_fan_out.h"
#include "pipeline/session_output.h"
#include "tstat/exports.h"

namespace tstat::internal {

class ExportOutput final : public SessionOutput {
 public:
  explicit ExportOutput(const SessionOptions& options);
  ~ExportOutput() override;

  EventSink* sink() override { return &sinks_; }
  // Tells what is wrong with them; nothing is opened.
  absl::Status Open() override { return made_; }
  [[nodiscard]] std::string Schema() const;
  // Opens the spools, with the rights that the process has now.
  absl::Status Start() override;
  // Opens what is not open yet, and begins to send.
  absl::Status StartThreads() override;
  absl::Status PrepareRuntimeConfig(const SessionOptions& options) override;
  void SetRuntimeConfig(const SessionOptions& options) override;
  void Flush() override { FlushExports(); }
  void FlushExports() override;
  // A server that is away is none: what was told is handed on as notices.
  absl::Status TakeProblem() override;
  void AddLosses(SessionLosses* losses) const override;
  void AddExports(std::vector<SessionExport>* exports) const override;
  void CloseExports() override;
  ExportNeeds export_needs() const override {
    return {.any = takes_later_ || !exports_.empty(), .network = takes_later_ || needs_network_};
  }
  void AddDirectories(std::vector<std::string>* directories) const override;

 private:
  using Exports = std::vector<std::unique_ptr<Export>>;

  // What Tell is called with, from any thread, until the session's own takes it.
  struct Told {
    std::mutex mutex;
    std::vector<std::string> lines;
    std::atomic<bool> any = false;
  };

  ExportSettings SettingsFor(const SessionOptions& options) const;
  // Those of all lines; `again`: of those that are new, or that have to be made again.
  absl::StatusOr<Exports> Make(const SessionOptions& options, bool again) const;
  absl::Status CheckRows(Export& made) const;
  void Subscribe();
  void HandOnTold() const;
  // Null: none of this text.
  [[nodiscard]] const Export* FindExport(const std::string& text) const;

  std::shared_ptr<Told> told_ = std::make_shared<Told>();
  std::function<void(const SessionNotice&)> on_notice_;
  EventMask announced_;  // what an export may want that comes later
  bool takes_later_ = true, needs_network_ = false;
  ExportSettings settings_;
  std::chrono::seconds wait_;
  absl::Status made_;
  Exports exports_;
  // Of PrepareRuntimeConfig, until SetRuntimeConfig.
  Exports prepared_;
  ExportSettings prepared_settings_;
  bool remakes_all_ = false;
  SessionLosses gone_;  // of exports that ended
  EventFanOut sinks_;
  bool is_started_ = false, is_closed_ = false;
  absl::Status problem_;
};

// Null: there are none, and a reload cannot ask for one.
std::unique_ptr<SessionOutput> MakeExports(const SessionOptions& options, OutputTree* tree);

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_EXPORT_OUTPUT_H_
