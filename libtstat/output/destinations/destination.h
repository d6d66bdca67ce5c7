// SPDX-License-Identifier: BSD-3-Clause
//
// Where batches go. A destination knows one way of sending and nothing of waiting, repeating or
// keeping: those are the spool's (spool.h), on whose thread everything here is called.
//
//   absl::StatusOr<std::unique_ptr<Destination>> destination =
//       OpenDestination("https://collector.example.org/flows", {{"token", "env:TOKEN"}});
//   Outcome outcome = (*destination)->Send(batch, stop);
#ifndef TSTAT_OUTPUT_DESTINATIONS_DESTINATION_H_
#define TSTAT_OUTPUT_DESTINATIONS_DESTINATION_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "output/destinations/batch.h"

namespace tstat::internal {

// What became of a batch.
struct Outcome {
  enum class Kind : uint8_t {
    kDelivered,
    kTryAgain,  // later: the server is away, busy, or has it wrong for now
    kRejected,  // never: the same bytes would be refused again
    kTooLarge,  // as it is; in parts it may be taken
  };

  static Outcome Delivered() { return {}; }
  static Outcome TryAgain(std::string why) { return {Kind::kTryAgain, std::move(why)}; }
  static Outcome Rejected(std::string why) { return {Kind::kRejected, std::move(why)}; }
  static Outcome TooLarge(std::string why) { return {Kind::kTooLarge, std::move(why)}; }

  Kind kind = Kind::kDelivered;
  std::string why = {};  // no secret in it; the server's own words are cleaned and short
  // kTryAgain: not before; 0: as the spool likes.
  std::chrono::nanoseconds retry_after{0};
  // kDelivered: rows of it that the server refused for good, while it took the others; `why` says
  // what it had against them. When there are none, `why` is something to be told, or empty.
  uint32_t refused_rows = 0;
};

class Destination {
 public:
  virtual ~Destination() = default;

  // For messages and figures: the URL without user, query and fragment, a path, "-".
  virtual std::string name() const = 0;

  // Called once, before all else. `earlier`: what an earlier process had saved last (State), if
  // there was one; `waiting`: how many batches it left, which come first: it may have begun to send
  // them. DataLoss: what had been delivered is not there any more; it is called once more then,
  // with what is known to have survived a loss of power. Other errors are those for which there is
  // no use in beginning. `save` notes a state at once, between batches: what has to be known before
  // a file is touched.
  using SaveState = std::function<absl::Status(const std::string& state)>;
  virtual absl::Status Attach(const std::optional<std::string>& /*earlier*/, uint64_t /*waiting*/,
                              SaveState /*save*/) {
    return absl::OkStatus();
  }
  // What has to be known to go on after the batch that was delivered last; the spool keeps it
  // together with the fact that it was. At most kMaxDestinationState bytes (spool_format.h).
  virtual std::string State() const { return {}; }

  // Sends one batch and waits for the answer, but not for ever: each destination has its time-outs,
  // and `stop` ends it early with kTryAgain. Never throws.
  virtual Outcome Send(const Batch& batch, const std::stop_token& stop) = 0;

  // What was delivered is to survive a loss of power.
  virtual absl::Status Sync() { return absl::OkStatus(); }

  // Called while there is nothing to send, at least this often when it is not 0: heartbeats.
  virtual std::chrono::nanoseconds idle_interval() const { return std::chrono::nanoseconds(0); }
  virtual void Idle() {}

  // Gives connections back; Send may come again and opens them anew.
  virtual void Close() = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_DESTINATION_H_
