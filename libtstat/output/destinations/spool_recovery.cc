// SPDX-License-Identifier: BSD-3-Clause
//
// What a spool's queue does when it is opened: it believes only what its checks confirm.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "output/destinations/spool_queue.h"

namespace tstat::internal {
namespace {

constexpr size_t kCopiedAtOnce = size_t{1} << 20;

}  // namespace

absl::Status SpoolQueue::ReadState(std::vector<std::string>* notes) {
  absl::StatusOr<std::unique_ptr<SpoolFile>> file = folder_->Open(kStateName);
  is_new_ = absl::IsNotFound(file.status());
  if (is_new_) file = folder_->Create(kStateName);
  if (!file.ok()) return file.status();
  state_file_ = *std::move(file);
  const absl::StatusOr<std::string> bytes = state_file_->ReadAt(0, 4 * kStateSlotBytes);
  if (!bytes.ok()) return bytes.status();
  bool is_known = false;
  for (size_t slot = 0; slot < 4; ++slot) {
    if (bytes->size() < (slot + 1) * kStateSlotBytes) break;
    const std::optional<StateSlot> found =
        DecodeStateSlot(std::string_view(*bytes).substr(slot * kStateSlotBytes, kStateSlotBytes));
    if (!found.has_value()) continue;
    const bool is_running = slot < 2;
    uint64_t& generation = is_running ? generation_ : synced_generation_;
    if (found->generation <= generation) continue;
    generation = found->generation;
    (is_running ? state_ : synced_state_) = found->state;
    is_known = true;
  }
  if (is_known) {
    // A running state that is older than what is known to be on the disk was damaged.
    if (generation_ == 0 || state_.settled < synced_state_.settled) state_ = synced_state_;
    written_settled_ = state_.settled;
    return absl::OkStatus();
  }
  // Zeros: nothing was settled yet.
  if (!is_new_ && bytes->find_first_not_of('\0') != std::string::npos) {
    notes->push_back("the spool's state cannot be read: what is in it will be sent again");
  }
  is_new_ = true;
  // Full length, so that a disk that is full later has room for it.
  return state_file_->WriteAt(0, std::string(4 * kStateSlotBytes, '\0'));
}

absl::Status SpoolQueue::ReadSegments(std::vector<std::string>* notes) {
  const absl::StatusOr<std::vector<std::string>> names = folder_->Names();
  if (!names.ok()) return names.status();
  std::vector<uint64_t> numbers;
  for (const std::string& name : *names) {
    if (const std::optional<uint64_t> number = SegmentNumber(name)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  if (!numbers.empty() && !is_new_) {
    const uint64_t lost = counted_.lost_batches;
    CountLost(state_.settled + 1, numbers.front());
    if (counted_.lost_batches > lost) {
      notes->push_back(absl::StrCat(counted_.lost_batches - lost, " batches are missing"));
    }
  }
  for (size_t i = 0; i < numbers.size(); ++i) {
    const std::optional<uint64_t> next =
        i + 1 < numbers.size() ? std::optional(numbers[i + 1]) : std::nullopt;
    absl::Status status = ReadSegment(numbers[i], next, notes);
    if (!status.ok()) return status;
  }
  next_number_ = std::max(next_number_, state_.settled + 1);
  if (!segments_.empty()) next_number_ = std::max(next_number_, segments_.back().end());
  return absl::OkStatus();
}

// `next_first` is the number with which the next segment begins, if there is one.
absl::Status SpoolQueue::ReadSegment(uint64_t first, std::optional<uint64_t> next_first,
                                     std::vector<std::string>* notes) {
  absl::StatusOr<std::unique_ptr<SpoolFile>> file = folder_->Open(SegmentName(first));
  if (!file.ok()) return file.status();
  const absl::StatusOr<uint64_t> size = (*file)->Size();
  if (!size.ok()) return size.status();
  const absl::StatusOr<std::string> head = (*file)->ReadAt(0, kSegmentHeaderBytes);
  if (!head.ok()) return head.status();

  Segment segment;
  segment.first = first;
  bool is_broken = false;
  if (DecodeSegmentHeader(*head) != first) {
    segment.bytes = 0;
    // Of a process that was killed when it had just begun it.
    is_broken = *size > kSegmentHeaderBytes;
  } else {
    bool is_good = true;
    while (is_good && segment.bytes < *size) {
      absl::StatusOr<bool> read = ReadRecord(**file, *size, &segment);
      if (!read.ok()) {
        if (!absl::IsDataLoss(read.status())) return read.status();
        is_broken = true;
      }
      is_good = read.value_or(false);
    }
  }
  // Behind a record that was cut off, an appending process goes on in another segment.
  const uint64_t wanted = std::max(segment.end(), state_.settled + 1);
  const bool is_missing = next_first.has_value() && *next_first > wanted;
  if (is_missing) {
    CountLost(segment.end(), *next_first);
    is_broken = is_broken || segment.bytes < *size;
  }
  if (is_missing || is_broken) {
    notes->push_back(absl::StrCat(
        SegmentName(first), " is broken after ", segment.count, " batches",
        is_missing ? absl::StrCat(", ", *next_first - wanted, " are missing")
                   : ", how many are missing is not known",
        is_broken ? absl::StrCat("; kept as ", SegmentName(first), std::string(kBrokenSuffix))
                  : ""));
  }
  absl::Status ended = EndSegment(segment, *size, is_broken);
  if (!ended.ok()) return ended;
  next_number_ = std::max(next_number_, segment.end());
  if (segment.count > 0) segments_.push_back(std::move(segment));
  return absl::OkStatus();
}

// Takes the record at the segment's end into account. False: it is not there as a whole. DataLoss:
// it is, but not as it was written.
absl::StatusOr<bool> SpoolQueue::ReadRecord(const SpoolFile& file, uint64_t size,
                                            Segment* segment) const {
  const uint64_t offset = segment->bytes;
  if (size - offset < kRecordHeaderBytes) return false;
  const absl::StatusOr<std::string> head = file.ReadAt(offset, kRecordHeaderBytes);
  if (!head.ok()) return head.status();
  // A file system may lengthen a file before the power fails, and never write what is to be there.
  if (std::all_of(head->begin(), head->end(), [](char c) { return c == '\0'; })) return false;
  const RecordHeader header = DecodeRecordHeader(*head);
  const absl::Status broken = absl::DataLossError("a record is not as it was written");
  if (header.number != segment->end() || header.content_bytes > kMaxRecordBytes) return broken;
  if (header.content_bytes > size - offset - kRecordHeaderBytes) return false;
  const absl::StatusOr<std::string> content =
      file.ReadAt(offset + kRecordHeaderBytes, header.content_bytes);
  if (!content.ok()) return content.status();
  const std::optional<Batch> batch = DecodeRecord(header, *content);
  if (!batch.has_value()) return broken;
  ++segment->count;
  segment->rows += batch->rows;
  segment->bytes += kRecordHeaderBytes + header.content_bytes;
  if (header.number <= state_.settled) {
    ++segment->settled_count;
    segment->settled_rows += batch->rows;
    segment->settled_offset = segment->bytes;
  }
  return true;
}

// What is behind the good records goes: to a copy of the file when it may be worth a look.
absl::Status SpoolQueue::EndSegment(const Segment& segment, uint64_t size, bool is_broken) {
  const std::string name = SegmentName(segment.first);
  if (is_broken) return SetAside(segment);
  if (segment.count == 0) return folder_->Remove(name);
  if (segment.bytes == size) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<SpoolFile>> file = folder_->Open(name);
  if (!file.ok()) return file.status();
  return (*file)->Truncate(segment.bytes);
}

absl::Status SpoolQueue::SetAside(const Segment& segment) {
  const std::string name = SegmentName(segment.first);
  const std::string broken = absl::StrCat(name, std::string(kBrokenSuffix));
  if (segment.count == 0) return folder_->Rename(name, broken);
  // The copy first, under a name that says nothing: a process that is killed here leaves all as it
  // was.
  const std::string copy = absl::StrCat(name, ".copy");
  absl::StatusOr<std::unique_ptr<SpoolFile>> from = folder_->Open(name);
  if (!from.ok()) return from.status();
  absl::StatusOr<std::unique_ptr<SpoolFile>> to = folder_->Create(copy);
  if (!to.ok()) return to.status();
  const absl::StatusOr<uint64_t> size = (*from)->Size();
  if (!size.ok()) return size.status();
  for (uint64_t offset = 0; offset < *size; offset += kCopiedAtOnce) {
    const absl::StatusOr<std::string> bytes = (*from)->ReadAt(offset, kCopiedAtOnce);
    if (!bytes.ok()) return bytes.status();
    absl::Status written = (*to)->WriteAt(offset, *bytes);
    if (!written.ok()) return written;
  }
  absl::Status status = folder_->Rename(copy, broken);
  if (!status.ok()) return status;
  return (*from)->Truncate(segment.bytes);
}

// The batches from `first` to before `end` are not there.
void SpoolQueue::CountLost(uint64_t first, uint64_t end) {
  first = std::max(first, state_.settled + 1);
  if (first < end) counted_.lost_batches += end - first;
}

absl::Status SpoolQueue::Rewind() {
  if (synced_generation_ == 0) synced_state_ = {};
  state_ = synced_state_;
  segments_.clear();
  is_appending_ = false;
  counted_ = {};
  std::vector<std::string> notes;
  return ReadSegments(&notes);
}

}  // namespace tstat::internal
