// SPDX-License-Identifier: BSD-3-Clause
//
// Batches on their way to a destination. They are on disk before anything is sent, and stay there
// until the destination has them: over its absence, and over the end of this process, however that
// comes. Adding one waits for the disk at most, never for the network.
//
//   SpoolOptions options = {.directory = "/var/spool/tstat/influx", .probe = "border1"};
//   absl::StatusOr<std::unique_ptr<Spool>> spool =
//       Spool::Open(std::move(options), *std::move(destination));
//   absl::Status status = (*spool)->Start();   // a thread that sends
//   status = (*spool)->Add(std::move(batch));  // any thread but one at a time
//   (*spool)->Stop(std::chrono::seconds(5));   // what is left then waits for the next start
//
// Rules: docs/exports.md.
#ifndef TSTAT_OUTPUT_DESTINATIONS_SPOOL_H_
#define TSTAT_OUTPUT_DESTINATIONS_SPOOL_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "output/destinations/backoff.h"
#include "output/destinations/dead_letters.h"
#include "output/destinations/destination.h"
#include "output/destinations/spool_queue.h"
#include "tstat/exports.h"

namespace tstat::internal {

// Tests have their own.
class SpoolClock {
 public:
  virtual ~SpoolClock() = default;
  virtual std::chrono::nanoseconds Now() const;  // only differences count
  virtual int64_t WallSeconds() const;           // since 1970
};

struct SpoolOptions {
  std::string directory = {};  // made with mode 0700; of one process
  std::string probe = {};      // BatchId
  std::string run = {};        // likewise; empty: one is made of the time and a random number
  uint64_t max_bytes = uint64_t{256} << 20;
  bool drops_oldest = true;  // of a full spool; else what comes then is dropped
  SpoolSync sync = SpoolSync::kEverySecond;
  uint64_t max_dead_letter_bytes = uint64_t{64} << 20;
  BackoffOptions backoff = {};
  // Told once for each change of state: gone, there again, full, refused... A line without end,
  // with the name of the destination. Called on the thread that adds or on the one that sends,
  // never on both at once; it must not call the spool.
  std::function<void(std::string_view line)> tell = {};
  Backoff::RandomSource random = {};             // for jitter; none: the system's
  std::shared_ptr<const SpoolClock> clock = {};  // none: the system's
  std::unique_ptr<SpoolFolder> folder = {};      // none: OpenSpoolFolder(directory)
};

class Spool {
 public:
  // Errors: those of OpenSpoolFolder; InvalidArgument for names that no batch can have.
  static absl::StatusOr<std::unique_ptr<Spool>> Open(SpoolOptions options,
                                                     std::unique_ptr<Destination> destination);
  ~Spool();  // Stop(0)
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Keeps `batch`, whose id it gives, to be sent. An error, which is told and counted, means that
  // it is lost.
  absl::Status Add(Batch batch);
  // The body of a batch that is gone, for a next one to be written into; empty when there is none.
  std::string TakeRoom();

  // Makes the thread that sends. It takes no signals.
  absl::Status Start();
  // Sends what waits, for at most `grace`, and not beyond the first failure; then ends the thread.
  void Stop(std::chrono::nanoseconds grace);

  // For programs without a thread: sends one batch, if it is time to. How long nothing is to be
  // done then, unless something is added.
  std::chrono::nanoseconds Step(const std::stop_token& stop = {});

  DestinationStatistics statistics() const;
  // Whether a batch of so many bytes is kept without another one being dropped.
  bool HasRoomFor(size_t bytes) const { return queue_->HasRoomFor(bytes); }
  // After Stop, when nothing waits: takes its files away, unless there are letters or broken ones.
  void RemoveFiles() { queue_->RemoveFiles(); }
  // The number that the next batch gets.
  uint64_t next_number() const { return queue_->next_number(); }
  const std::string& run() const { return options_.run; }

 private:
  struct DiskState {
    bool is_failing = false;
    uint64_t lost = 0;  // batches, since it is
  };

  Spool(SpoolOptions options, std::unique_ptr<Destination> destination);

  absl::Status Attach();
  absl::Status RestoreDeadLetters();
  void Run(const std::stop_token& stop);
  bool IsToEnd();
  void SendPart(const std::stop_token& stop);
  bool SplitPart();
  void OnDelivered(const Outcome& outcome);
  void OnFailed(const Outcome& outcome);
  bool KeepDeadLetter(const Batch& batch, const std::string& why, uint32_t rows);
  void SettleWhole();
  void KeepRoom(std::string body);
  void SyncWhenDue(bool now);
  void NoteUp();
  void NoteDisk(const absl::Status& status, DiskState* state);
  std::chrono::nanoseconds UntilSync(std::chrono::nanoseconds wait) const;
  void Tell(const std::string& line);

  SpoolOptions options_;
  const std::unique_ptr<Destination> destination_;
  const std::string name_;
  std::unique_ptr<SpoolQueue> queue_;

  // The sending thread's.
  std::unique_ptr<DeadLetters> dead_letters_;
  Backoff backoff_;
  Batch whole_;               // under way, without its bytes
  std::vector<Batch> parts_;  // of it, not yet sent, the next one last; none: nothing is under way
  bool whole_is_refused_ = false;
  std::chrono::nanoseconds next_try_{0}, next_sync_{0}, next_idle_{0};
  bool is_refusing_ = false, is_letters_full_ = false;
  std::chrono::nanoseconds down_since_{0};

  DiskState sending_;

  // The adding thread's.
  bool is_dropping_ = false;
  DiskState adding_;

  std::mutex tell_mutex_;
  mutable std::mutex mutex_;  // of what follows
  DestinationStatistics counted_;
  bool needs_sync_ = false;
  std::vector<std::string> rooms_;  // bodies of batches that are gone

  std::mutex wake_mutex_;  // of what follows
  std::condition_variable_any wake_;
  bool is_woken_ = false;
  bool is_ending_ = false, is_failed_since_ending_ = false;
  std::jthread thread_;
  bool is_closed_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_SPOOL_H_
