// SPDX-License-Identifier: BSD-3-Clause
//
// The queue of a spool: batches on disk, in order, from when they are given until they are settled
// (delivered, or given up). Bounded; whole after the process was killed at any moment. One thread
// appends, another one takes and settles, and neither waits for what the other does on the disk.
//
//   absl::StatusOr<std::unique_ptr<SpoolQueue>> queue =
//       SpoolQueue::Open(*OpenSpoolFolder(path), {}, &notes);
//   absl::Status status = (*queue)->Append(&batch, &room);  // one thread: numbers and keeps it
//   std::optional<Batch> next = *(*queue)->Next();          // the other: the oldest one
//   status = (*queue)->Settle(*next, state, dead_bytes);
//
// What survives: without Sync, everything survives the end of the process; a loss of power takes
// away what was written after the last Sync. A record is never cut: it is there or not.
#ifndef TSTAT_OUTPUT_DESTINATIONS_SPOOL_QUEUE_H_
#define TSTAT_OUTPUT_DESTINATIONS_SPOOL_QUEUE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "output/destinations/spool_folder.h"
#include "output/destinations/spool_format.h"

namespace tstat::internal {

struct SpoolQueueOptions {
  uint64_t max_bytes = uint64_t{256} << 20;  // of all segments together
  bool drops_oldest = true;                  // when that is reached; else what comes then
  bool syncs_every_append = false;
  // Segments go as a whole, when all in them is settled or dropped. 0: a sixteenth of max_bytes.
  uint64_t segment_bytes = 0;
  // Settled segments are kept until Sync, so that Rewind has them.
  bool keeps_until_sync = true;
  // Of batches that wait, so much is kept in memory as well, so that one that is taken soon is not
  // read back. 0: all are.
  uint64_t memory_bytes = uint64_t{4} << 20;
};

struct SpoolQueueFigures {
  uint64_t queued_batches = 0, queued_rows = 0;    // wait
  uint64_t bytes_on_disk = 0;                      // of segments
  uint64_t dropped_batches = 0, dropped_rows = 0;  // for want of room in the queue
  uint64_t lost_batches = 0;                       // were in records that cannot be read any more
};

class SpoolQueue {
 public:
  // Goes on where an earlier process was. What is broken is set aside (renamed to *.broken) and
  // told in `notes`.
  static absl::StatusOr<std::unique_ptr<SpoolQueue>> Open(std::unique_ptr<SpoolFolder> folder,
                                                          const SpoolQueueOptions& options,
                                                          std::vector<std::string>* notes);

  enum class Room : uint8_t { kEnough, kMade, kNone };  // kMade: older batches went

  // Gives `batch` its sequence and keeps it; all but the sequence may be taken out of it. Errors:
  // ResourceExhausted when there is no `room` (with drops_oldest only if the batch is larger than a
  // quarter of the queue); others are the disk's, after which the next call may succeed.
  absl::Status Append(Batch* batch, Room* room);

  // The oldest batch that is not settled, the same until it is; nothing when there is none.
  absl::StatusOr<std::optional<Batch>> Next();
  // It needs not be sent any more, and `destination` and `dead_letter_bytes` are what goes with
  // that. An error: that could not be noted; after a restart it would be sent again.
  absl::Status Settle(const Batch& batch, std::string destination, uint64_t dead_letter_bytes);
  // The destination's part of the state alone, between two batches.
  absl::Status SaveDestination(std::string destination);
  // Everything up to now survives a loss of power, if what the destination has does.
  absl::Status Sync();

  // As found by Open.
  const SpoolState& state() const { return state_; }
  bool is_new() const { return is_new_; }
  // Back to the state of the last Sync, when the destination lost what came later. Before Next.
  absl::Status Rewind();
  // At the end: takes away what is settled.
  void Close();

  SpoolQueueFigures figures() const;
  uint64_t next_number() const;
  // Append finds room for a batch of so many bytes without dropping one.
  bool HasRoomFor(uint64_t bytes) const;
  // After Close, when all is settled: takes state and segments away, if nothing else is there.
  void RemoveFiles();
  SpoolFolder& folder() { return *folder_; }

 private:
  struct Segment {
    uint64_t first = 0, count = 0, rows = 0;
    uint64_t bytes = kSegmentHeaderBytes;  // of the file, as far as it is good
    uint64_t settled_count = 0, settled_rows = 0;
    uint64_t settled_offset = kSegmentHeaderBytes;  // where the first unsettled one begins
    std::shared_ptr<SpoolFile> file;                // open once it is written or read

    uint64_t end() const { return first + count; }  // the number after its last
    bool is_settled() const { return settled_count == count; }
  };

  SpoolQueue(std::unique_ptr<SpoolFolder> folder, const SpoolQueueOptions& options);

  // spool_recovery.cc
  absl::Status ReadState(std::vector<std::string>* notes);
  absl::Status ReadSegments(std::vector<std::string>* notes);
  absl::Status ReadSegment(uint64_t first, std::optional<uint64_t> next_first,
                           std::vector<std::string>* notes);
  absl::StatusOr<bool> ReadRecord(const SpoolFile& file, uint64_t size, Segment* segment) const;
  absl::Status EndSegment(const Segment& segment, uint64_t size, bool is_broken);
  absl::Status SetAside(const Segment& segment);
  void CountLost(uint64_t first, uint64_t end);

  absl::Status Write(Batch* batch);
  absl::Status WriteRecord(SpoolFile& file, uint64_t offset, const Batch& batch) const;
  void KeepInMemory(Batch* batch, uint64_t record_bytes);
  std::optional<Batch> TakeFromMemory(uint64_t number);
  absl::Status MakeRoom(uint64_t bytes, Room* room);
  absl::Status DropOldest(Room* room);
  absl::Status BeginSegment();
  absl::Status WriteState();
  void RemoveSettled(uint64_t settled);
  void GiveUp(uint64_t first);

  const std::unique_ptr<SpoolFolder> folder_;
  const SpoolQueueOptions options_;
  const uint64_t segment_bytes_;
  bool is_new_ = false;
  std::string record_head_;   // the appending thread's
  uint64_t taken_bytes_ = 0;  // the other's: of the record that Next gave last

  std::mutex state_mutex_;  // of slots 0 and 1 of the state file; taken before mutex_
  std::unique_ptr<SpoolFile> state_file_;
  uint64_t generation_ = 0, synced_generation_ = 0;
  SpoolState synced_state_;

  mutable std::mutex mutex_;  // of what follows; held during no call of the file system
  std::deque<Segment> segments_;
  bool is_appending_ = false;  // to the last one; else the next record begins another
  SpoolState state_;
  uint64_t written_settled_ = 0;  // as the state file has it
  uint64_t next_number_ = 1;
  std::vector<std::shared_ptr<SpoolFile>> unsynced_;  // appended to since the last Sync
  bool names_changed_ = false;                        // likewise
  SpoolQueueFigures counted_;                         // dropped and lost
  // The oldest of those that were appended while there was memory for them, by their numbers.
  struct InMemory {
    Batch batch;
    uint64_t record_bytes = 0;
  };
  std::deque<InMemory> in_memory_;
  uint64_t in_memory_bytes_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_SPOOL_QUEUE_H_
