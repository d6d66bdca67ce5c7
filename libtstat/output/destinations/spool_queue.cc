// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/spool_queue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tstat::internal {
namespace {

constexpr uint64_t kMostSegmentBytes = uint64_t{16} << 20;
// Of a record beside header and body of its batch: names, lengths.
constexpr uint64_t kMostRecordExtra = 1024;

uint64_t SegmentBytesFor(const SpoolQueueOptions& options) {
  if (options.segment_bytes != 0) return options.segment_bytes;
  return std::min(options.max_bytes / 16, kMostSegmentBytes);
}

}  // namespace

SpoolQueue::SpoolQueue(std::unique_ptr<SpoolFolder> folder, const SpoolQueueOptions& options)
    : folder_(std::move(folder)), options_(options), segment_bytes_(SegmentBytesFor(options)) {}

absl::StatusOr<std::unique_ptr<SpoolQueue>> SpoolQueue::Open(std::unique_ptr<SpoolFolder> folder,
                                                             const SpoolQueueOptions& options,
                                                             std::vector<std::string>* notes) {
  std::unique_ptr<SpoolQueue> queue(new SpoolQueue(std::move(folder), options));
  absl::Status status = queue->ReadState(notes);
  if (status.ok()) status = queue->ReadSegments(notes);
  if (!status.ok()) return status;
  return queue;
}

absl::Status SpoolQueue::Append(Batch* batch, Room* room) {
  *room = Room::kEnough;
  {
    const std::scoped_lock lock(mutex_);
    batch->id.sequence = next_number_;
  }
  // Before it is copied: memory is bounded, too.
  const uint64_t most = std::min<uint64_t>(options_.max_bytes / 4, kMaxRecordBytes);
  if (batch->body.size() > most || batch->header.size() > most) {
    *room = Room::kNone;
    return absl::ResourceExhaustedError(
        absl::StrCat("a batch of ", batch->body.size() + batch->header.size(),
                     " bytes is too large for the spool (at most ", most, ")"));
  }
  EncodeRecordHead(*batch, &record_head_);
  const uint64_t bytes = record_head_.size() + batch->body.size();
  absl::Status status = MakeRoom(bytes + kSegmentHeaderBytes, room);
  if (status.ok()) status = Write(batch);
  return status;
}

// The body, which is most of it, is not copied to stand behind its head.
absl::Status SpoolQueue::WriteRecord(SpoolFile& file, uint64_t offset, const Batch& batch) const {
  absl::Status status = file.WriteAt(offset, record_head_);
  if (status.ok()) status = file.WriteAt(offset + record_head_.size(), batch.body);
  return status;
}

// Writes the record of `batch`, whose head record_head_ is, and counts it once it is there as a
// whole.
absl::Status SpoolQueue::Write(Batch* batch) {
  std::unique_lock lock(mutex_);
  if (!is_appending_ || segments_.back().bytes >= segment_bytes_) {
    lock.unlock();
    absl::Status begun = BeginSegment();
    if (!begun.ok()) return begun;
    lock.lock();
  }
  const std::shared_ptr<SpoolFile> file = segments_.back().file;
  const uint64_t first = segments_.back().first, offset = segments_.back().bytes;
  const bool syncs_names = options_.syncs_every_append && std::exchange(names_changed_, false);
  lock.unlock();

  absl::Status status = WriteRecord(*file, offset, *batch);
  if (status.ok() && options_.syncs_every_append) status = file->Sync();
  if (status.ok() && syncs_names) status = folder_->Sync();
  const bool is_clean = status.ok() || file->Truncate(offset).ok();

  lock.lock();
  if (!status.ok()) {
    names_changed_ = names_changed_ || syncs_names;
    // What stands behind the last record would be in the way of the next one.
    if (!is_clean) is_appending_ = false;
    return status;
  }
  ++next_number_;
  if (segments_.empty() || segments_.back().first != first) {
    // The other thread found that it cannot be read, and put it aside.
    ++counted_.lost_batches;
    return absl::OkStatus();
  }
  Segment& segment = segments_.back();
  ++segment.count;
  const uint64_t record_bytes = record_head_.size() + batch->body.size();
  segment.rows += batch->rows;
  segment.bytes += record_bytes;
  KeepInMemory(batch, record_bytes);
  if (!options_.syncs_every_append && (unsynced_.empty() || unsynced_.back() != file)) {
    unsynced_.push_back(file);
  }
  return absl::OkStatus();
}

// REQUIRES: mutex_.
void SpoolQueue::KeepInMemory(Batch* batch, uint64_t record_bytes) {
  const uint64_t bytes = batch->body.size();
  if (in_memory_bytes_ + bytes > options_.memory_bytes) return;
  in_memory_bytes_ += bytes;
  in_memory_.push_back({.batch = std::move(*batch), .record_bytes = record_bytes});
}

// Once: then it is on the disk alone. Those before it were dropped. REQUIRES: mutex_.
std::optional<Batch> SpoolQueue::TakeFromMemory(uint64_t number) {
  while (!in_memory_.empty() && in_memory_.front().batch.id.sequence <= number) {
    Batch batch = std::move(in_memory_.front().batch);
    const uint64_t record_bytes = in_memory_.front().record_bytes;
    in_memory_.pop_front();
    in_memory_bytes_ -= batch.body.size();
    if (batch.id.sequence < number) continue;
    taken_bytes_ = record_bytes;
    return batch;
  }
  return std::nullopt;
}

absl::Status SpoolQueue::BeginSegment() {
  Segment segment;
  {
    const std::scoped_lock lock(mutex_);
    segment.first = next_number_;
    // One without records, whose name the new one takes.
    if (!segments_.empty() && segments_.back().count == 0) segments_.pop_back();
    is_appending_ = false;
  }
  absl::StatusOr<std::unique_ptr<SpoolFile>> file = folder_->Create(SegmentName(segment.first));
  if (!file.ok()) return file.status();
  absl::Status written = (*file)->WriteAt(0, EncodeSegmentHeader(segment.first));
  if (!written.ok()) {
    (void)folder_->Remove(SegmentName(segment.first));
    return written;
  }
  segment.file = *std::move(file);
  const std::scoped_lock lock(mutex_);
  segments_.push_back(std::move(segment));
  is_appending_ = true;
  names_changed_ = true;
  return absl::OkStatus();
}

absl::Status SpoolQueue::MakeRoom(uint64_t bytes, Room* room) {
  for (bool is_first_try = true;; is_first_try = false) {
    uint64_t used = 0, written = 0;
    {
      const std::scoped_lock lock(mutex_);
      for (const Segment& segment : segments_) used += segment.bytes;
      written = written_settled_;
      if (used + bytes <= options_.max_bytes || segments_.empty()) return absl::OkStatus();
    }
    if (is_first_try) {
      RemoveSettled(written);
      continue;
    }
    absl::Status status = DropOldest(room);
    if (!status.ok()) return status;
  }
}

// Takes the oldest segment away, with what waits in it, if the options allow that.
absl::Status SpoolQueue::DropOldest(Room* room) {
  uint64_t first = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (segments_.empty()) return absl::OkStatus();  // the other thread did
    const Segment& oldest = segments_.front();
    if (!options_.drops_oldest && !oldest.is_settled()) {
      *room = Room::kNone;
      return absl::ResourceExhaustedError("the spool is full");
    }
    first = oldest.first;
    counted_.dropped_batches += oldest.count - oldest.settled_count;
    counted_.dropped_rows += oldest.rows - oldest.settled_rows;
    if (!oldest.is_settled()) *room = Room::kMade;
    if (oldest.count > 0) state_.settled = std::max(state_.settled, oldest.end() - 1);
    segments_.pop_front();
    if (segments_.empty()) is_appending_ = false;
  }
  // First the state: records that are missing without its word were lost.
  absl::Status status = WriteState();
  if (!status.ok()) return status;
  (void)folder_->Remove(SegmentName(first));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Batch>> SpoolQueue::Next() {
  for (;;) {
    std::unique_lock lock(mutex_);
    const auto found = std::find_if(segments_.begin(), segments_.end(),
                                    [](const Segment& s) { return !s.is_settled(); });
    if (found == segments_.end()) return std::nullopt;
    std::shared_ptr<SpoolFile> file = found->file;
    const uint64_t first = found->first, offset = found->settled_offset;
    const uint64_t number = first + found->settled_count;
    if (std::optional<Batch> batch = TakeFromMemory(number)) return batch;
    lock.unlock();

    if (file == nullptr) {
      absl::StatusOr<std::unique_ptr<SpoolFile>> opened = folder_->Open(SegmentName(first));
      if (!opened.ok() && !absl::IsNotFound(opened.status())) return opened.status();
      if (opened.ok()) file = *std::move(opened);
      lock.lock();
      for (Segment& segment : segments_) {
        if (segment.first == first) segment.file = file;
      }
      lock.unlock();
    }
    std::optional<Batch> batch;
    RecordHeader header{};
    if (file != nullptr) {
      const absl::StatusOr<std::string> head = file->ReadAt(offset, kRecordHeaderBytes);
      if (!head.ok()) return head.status();
      header = DecodeRecordHeader(*head);
      if (header.number == number && header.content_bytes <= kMaxRecordBytes) {
        const absl::StatusOr<std::string> content =
            file->ReadAt(offset + kRecordHeaderBytes, header.content_bytes);
        if (!content.ok()) return content.status();
        batch = DecodeRecord(header, *content);
      }
    }
    if (batch.has_value()) {
      taken_bytes_ = kRecordHeaderBytes + header.content_bytes;
      return batch;
    }
    GiveUp(first);
  }
}

// The segment cannot be read any further, or is gone.
void SpoolQueue::GiveUp(uint64_t first) {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = std::find_if(segments_.begin(), segments_.end(),
                                    [&](const Segment& s) { return s.first == first; });
    if (found == segments_.end()) return;  // dropped meanwhile
    counted_.lost_batches += found->count - found->settled_count;
    if (&*found == &segments_.back()) is_appending_ = false;
    state_.settled = std::max(state_.settled, found->end() - 1);
    segments_.erase(found);
  }
  (void)WriteState();
  (void)folder_->Rename(SegmentName(first),
                        absl::StrCat(SegmentName(first), std::string(kBrokenSuffix)));
}

absl::Status SpoolQueue::Settle(const Batch& batch, std::string destination,
                                uint64_t dead_letter_bytes) {
  {
    const std::scoped_lock lock(mutex_);
    state_.destination = std::move(destination);
    state_.dead_letter_bytes = dead_letter_bytes;
    if (batch.id.sequence <= state_.settled) {
      // Dropped while it was under way: it was not, then.
      if (counted_.dropped_batches > 0) --counted_.dropped_batches;
      counted_.dropped_rows -= std::min<uint64_t>(counted_.dropped_rows, batch.rows);
    } else {
      state_.settled = batch.id.sequence;
      for (Segment& segment : segments_) {
        if (batch.id.sequence < segment.first || batch.id.sequence >= segment.end()) continue;
        ++segment.settled_count;
        segment.settled_rows += batch.rows;
        segment.settled_offset += taken_bytes_;
        if (segment.is_settled() && &segment != &segments_.back()) segment.file.reset();
      }
    }
  }
  absl::Status status = WriteState();
  if (!status.ok() || options_.keeps_until_sync) return status;
  uint64_t written = 0;
  {
    const std::scoped_lock lock(mutex_);
    written = written_settled_;
  }
  RemoveSettled(written);
  return absl::OkStatus();
}

absl::Status SpoolQueue::WriteState() {
  const std::scoped_lock writing(state_mutex_);
  SpoolState state;
  {
    const std::scoped_lock lock(mutex_);
    state = state_;
  }
  const uint64_t generation = generation_ + 1;
  absl::Status status =
      state_file_->WriteAt(generation % 2 * kStateSlotBytes, EncodeStateSlot(state, generation));
  if (!status.ok()) return status;
  generation_ = generation;
  const std::scoped_lock lock(mutex_);
  written_settled_ = state.settled;
  return absl::OkStatus();
}

absl::Status SpoolQueue::Sync() {
  std::vector<std::shared_ptr<SpoolFile>> files;
  bool syncs_names = false;
  {
    const std::scoped_lock lock(mutex_);
    files.swap(unsynced_);
    syncs_names = std::exchange(names_changed_, false);
  }
  absl::Status status;
  for (const std::shared_ptr<SpoolFile>& file : files) status.Update(file->Sync());
  if (syncs_names) status.Update(folder_->Sync());
  SpoolState state;
  {
    const std::scoped_lock lock(mutex_);
    state = state_;
    if (!status.ok()) {
      unsynced_.insert(unsynced_.begin(), files.begin(), files.end());
      names_changed_ = names_changed_ || syncs_names;
      return status;
    }
  }
  if (state != synced_state_ || synced_generation_ == 0) {
    // Slots of this thread alone: the appending one need not wait for the disk.
    const uint64_t generation = synced_generation_ + 1;
    status = state_file_->WriteAt((2 + generation % 2) * kStateSlotBytes,
                                  EncodeStateSlot(state, generation));
    if (status.ok()) status = state_file_->Sync();
    if (!status.ok()) return status;
    synced_generation_ = generation;
    synced_state_ = state;
  }
  uint64_t settled = 0;
  {
    const std::scoped_lock lock(mutex_);
    settled = std::min(synced_state_.settled, written_settled_);
  }
  RemoveSettled(settled);
  return absl::OkStatus();
}

absl::Status SpoolQueue::SaveDestination(std::string destination) {
  {
    const std::scoped_lock lock(mutex_);
    state_.destination = std::move(destination);
  }
  return WriteState();
}

void SpoolQueue::Close() {
  uint64_t settled = 0;
  {
    const std::scoped_lock lock(mutex_);
    is_appending_ = false;
    settled = options_.keeps_until_sync ? synced_state_.settled : written_settled_;
  }
  RemoveSettled(settled);
}

// Segments all of whose records are up to `settled`, but not the one that is appended to.
void SpoolQueue::RemoveSettled(uint64_t settled) {
  std::vector<uint64_t> removed;
  {
    const std::scoped_lock lock(mutex_);
    while (!segments_.empty()) {
      const Segment& oldest = segments_.front();
      const bool is_active = is_appending_ && segments_.size() == 1;
      if (is_active || !oldest.is_settled() || oldest.end() - 1 > settled) break;
      removed.push_back(oldest.first);
      segments_.pop_front();
    }
  }
  for (const uint64_t first : removed) (void)folder_->Remove(SegmentName(first));
}

uint64_t SpoolQueue::next_number() const {
  const std::scoped_lock lock(mutex_);
  return next_number_;
}

bool SpoolQueue::HasRoomFor(uint64_t bytes) const {
  const std::scoped_lock lock(mutex_);
  uint64_t used = bytes + kRecordHeaderBytes + kSegmentHeaderBytes + kMostRecordExtra;
  for (const Segment& segment : segments_) {
    const bool goes = segment.is_settled() && segment.end() - 1 <= written_settled_ &&
                      !(is_appending_ && &segment == &segments_.back());
    if (!goes) used += segment.bytes;
  }
  return used <= options_.max_bytes;
}

void SpoolQueue::RemoveFiles() {
  const absl::StatusOr<std::vector<std::string>> names = folder_->Names();
  if (!names.ok()) return;
  const auto is_ours = [](const std::string& name) {
    return name == kStateName || SegmentNumber(name).has_value();
  };
  // Letters and broken segments belong to the state.
  if (!std::all_of(names->begin(), names->end(), is_ours)) return;
  for (const std::string& name : *names) (void)folder_->Remove(name);
}

SpoolQueueFigures SpoolQueue::figures() const {
  const std::scoped_lock lock(mutex_);
  SpoolQueueFigures figures = counted_;
  for (const Segment& segment : segments_) {
    figures.queued_batches += segment.count - segment.settled_count;
    figures.queued_rows += segment.rows - segment.settled_rows;
    figures.bytes_on_disk += segment.bytes;
  }
  return figures;
}

}  // namespace tstat::internal
