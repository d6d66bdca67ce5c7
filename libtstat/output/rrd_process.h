// SPDX-License-Identifier: BSD-3-Clause
//
// RRD databases kept by a helper process. librrd writes to databases through shared mappings: a
// page that the disk has no room for, or that somebody cut off, is SIGBUS in the middle of the
// library. It ends the helper then, not the analysis; the value at which it died is refused, and
// another helper goes on with the next one.
//
//   RrdProcess databases(LibrrdDatabases());
//   if (absl::Status status = databases.Start(); !status.ok()) ...
//   RrdWriter rrd(config, options, &databases);
#ifndef TSTAT_OUTPUT_RRD_PROCESS_H_
#define TSTAT_OUTPUT_RRD_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tstat/rrd.h"

namespace tstat::internal {

class RrdProcess : public RrdDatabases {
 public:
  // `databases` does the work, in the helper.
  explicit RrdProcess(std::unique_ptr<RrdDatabases> databases);
  // Waits until everything is written.
  ~RrdProcess() override;
  RrdProcess(const RrdProcess&) = delete;
  RrdProcess& operator=(const RrdProcess&) = delete;

  // Forks: call it while the process has no other threads, with the rights that the helper is to
  // have. It keeps none of the open files.
  absl::Status Start();

  bool Exists(const std::string& path) const override { return databases_->Exists(path); }
  absl::Status Create(const std::string& path, const Layout& layout, int64_t start_s) override;
  absl::Status Update(const std::string& path, int64_t time_s, const std::string& value) override;
  std::vector<absl::Status> UpdateAll(std::span<const Value> values) override;

 private:
  absl::Status Send(const std::string& request);
  absl::Status Receive();
  absl::Status Gone();

  std::unique_ptr<RrdDatabases> databases_;
  int socket_ = -1;
  pid_t helper_ = -1;
  uint64_t sent_ = 0, received_ = 0;  // numbers of the last request and of the last answer
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_RRD_PROCESS_H_
