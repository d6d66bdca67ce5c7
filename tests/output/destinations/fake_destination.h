// SPDX-License-Identifier: BSD-3-Clause
//
// A destination that answers as a test says, a clock that moves when it says, and a spool with
// both.
#ifndef TSTAT_TESTS_OUTPUT_DESTINATIONS_FAKE_DESTINATION_H_
#define TSTAT_TESTS_OUTPUT_DESTINATIONS_FAKE_DESTINATION_H_

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "output/destinations/destination.h"
#include "output/destinations/spool.h"

namespace tstat::internal {

class FakeClock : public SpoolClock {
 public:
  std::chrono::nanoseconds Now() const override { return now; }
  int64_t WallSeconds() const override {
    return 1700000000 + std::chrono::duration_cast<std::chrono::seconds>(now).count();
  }
  std::chrono::nanoseconds now{0};
};

// What a destination was asked and answers; outlives it.
struct FakeServer {
  std::deque<Outcome> answers;  // then: delivered
  std::vector<Batch> received;  // every try
  std::vector<Batch> taken;     // those that were answered by kDelivered
  std::optional<std::string> attached_state;
  absl::Status attach_status;
  std::string state;
  uint64_t waiting = 0;
  int attached = 0, syncs = 0, idles = 0, closes = 0;
  std::chrono::nanoseconds idle_interval{0};
};

class FakeDestination : public Destination {
 public:
  explicit FakeDestination(FakeServer* server) : server_(*server) {}
  std::string name() const override { return "fake"; }
  absl::Status Attach(const std::optional<std::string>& earlier, uint64_t waiting,
                      SaveState) override {
    server_.waiting = waiting;
    ++server_.attached;
    server_.attached_state = earlier;
    return std::exchange(server_.attach_status, absl::OkStatus());
  }
  std::string State() const override { return server_.state; }
  Outcome Send(const Batch& batch, const std::stop_token&) override {
    server_.received.push_back(batch);
    Outcome outcome;
    if (!server_.answers.empty()) {
      outcome = server_.answers.front();
      server_.answers.pop_front();
    }
    if (outcome.kind == Outcome::Kind::kDelivered) server_.taken.push_back(batch);
    return outcome;
  }
  absl::Status Sync() override {
    ++server_.syncs;
    return absl::OkStatus();
  }
  std::chrono::nanoseconds idle_interval() const override { return server_.idle_interval; }
  void Idle() override { ++server_.idles; }
  void Close() override { ++server_.closes; }

 private:
  FakeServer& server_;
};

inline Batch LinesOf(const std::vector<std::string>& lines) {
  Batch batch;
  batch.content_type = "text/plain";
  batch.splits_by_lines = true;
  for (const std::string& line : lines) batch.body += line + "\n";
  batch.rows = static_cast<uint32_t>(lines.size());
  return batch;
}

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_OUTPUT_DESTINATIONS_FAKE_DESTINATION_H_
