// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/spool.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <random>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "flow/random_number.h"

namespace tstat::internal {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kSyncInterval = std::chrono::seconds(1);
constexpr nanoseconds kLongWait = std::chrono::hours(24);
constexpr nanoseconds kDiskRetry = std::chrono::seconds(1);
// Bodies that are kept for others, and how large these may be.
constexpr size_t kMostRooms = 4, kLeastRoom = size_t{64} << 10, kMostRoom = size_t{4} << 20;

// No signal is this thread's, and a reader that is gone is an error, not the end.
class WithoutSignals {
 public:
  WithoutSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~WithoutSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  WithoutSignals(const WithoutSignals&) = delete;
  WithoutSignals& operator=(const WithoutSignals&) = delete;

 private:
  sigset_t before_{};
};

// "20261129T014500-3f9a02c1"
std::string RunNow(int64_t wall_s) {
  const auto time = static_cast<std::time_t>(wall_s);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[48];
  std::snprintf(text, sizeof text, "%04d%02d%02dT%02d%02d%02d-%08x", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<unsigned>(RandomNumber()));
  return text;
}

Backoff::RandomSource SystemRandom() {
  return [engine = std::minstd_rand(static_cast<unsigned>(RandomNumber()))]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

SpoolQueueOptions QueueOptionsFor(const SpoolOptions& options) {
  SpoolQueueOptions queue;
  queue.max_bytes = options.max_bytes;
  queue.drops_oldest = options.drops_oldest;
  queue.syncs_every_append = options.sync == SpoolSync::kEveryBatch;
  queue.keeps_until_sync = options.sync != SpoolSync::kNever;
  return queue;
}

std::string WholeSeconds(nanoseconds time) {
  return absl::StrCat(std::chrono::duration_cast<std::chrono::seconds>(time).count(), " s");
}

}  // namespace

nanoseconds SpoolClock::Now() const { return std::chrono::steady_clock::now().time_since_epoch(); }
int64_t SpoolClock::WallSeconds() const { return std::time(nullptr); }

Spool::Spool(SpoolOptions options, std::unique_ptr<Destination> destination)
    : options_(std::move(options)),
      destination_(std::move(destination)),
      name_(destination_->name()),
      backoff_(options_.backoff, options_.random ? options_.random : SystemRandom()) {
  if (options_.clock == nullptr) options_.clock = std::make_shared<SpoolClock>();
  if (options_.run.empty()) options_.run = RunNow(options_.clock->WallSeconds());
  counted_.name = name_;
  counted_.state_since_s = options_.clock->WallSeconds();
}

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(SpoolOptions options,
                                                   std::unique_ptr<Destination> destination) {
  std::unique_ptr<SpoolFolder> folder = std::move(options.folder);
  std::unique_ptr<Spool> spool(new Spool(std::move(options), std::move(destination)));
  const SpoolOptions& set = spool->options_;
  for (const std::string* name : {&set.probe, &set.run}) {
    if (IsBatchName(*name)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("\"", CleanText(*name), "\": names of probes and runs have 1 to 64 letters, ",
                     "digits, \".\", \"_\" or \"-\""));
  }
  if (folder == nullptr) {
    absl::StatusOr<std::unique_ptr<SpoolFolder>> opened = OpenSpoolFolder(set.directory);
    if (!opened.ok()) return opened.status();
    folder = *std::move(opened);
  }
  std::vector<std::string> notes;
  absl::StatusOr<std::unique_ptr<SpoolQueue>> queue =
      SpoolQueue::Open(std::move(folder), QueueOptionsFor(set), &notes);
  absl::Status status = queue.status();
  if (status.ok()) {
    spool->queue_ = *std::move(queue);
    for (const std::string& note : notes) {
      spool->Tell(absl::StrCat("spool ", set.directory, ": ", note));
    }
    if (status = spool->Attach(); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat(spool->name_, ": ", status.message()));
    }
    status = spool->RestoreDeadLetters();
  }
  if (!status.ok()) {
    return absl::Status(status.code(),
                        absl::StrCat("spool ", set.directory, ": ", status.message()));
  }
  return spool;
}

absl::Status Spool::Attach() {
  const auto attach = [this](const std::string& earlier) {
    return destination_->Attach(
        earlier.empty() ? std::nullopt : std::optional(earlier), queue_->figures().queued_batches,
        [this](const std::string& state) { return queue_->SaveDestination(state); });
  };
  absl::Status status = attach(queue_->state().destination);
  if (absl::IsDataLoss(status)) {
    Tell(absl::StrCat(name_, ": ", status.message(), "; what is still in the spool is sent again"));
    status = queue_->Rewind();
    if (status.ok()) status = attach(queue_->state().destination);
    // Not the power, then: somebody cut it.
    if (absl::IsDataLoss(status)) status = attach("");
  }
  return status;
}

absl::Status Spool::RestoreDeadLetters() {
  dead_letters_ = std::make_unique<DeadLetters>(&queue_->folder(), options_.max_dead_letter_bytes);
  absl::Status status = dead_letters_->Restore(queue_->state().dead_letter_bytes);
  counted_.dead_letter_bytes = dead_letters_->bytes();
  return status;
}

Spool::~Spool() {
  if (queue_ != nullptr) Stop(nanoseconds(0));
}

absl::Status Spool::Add(Batch batch) {
  batch.id = {.probe = options_.probe, .run = options_.run, .sequence = 0, .part = {}};
  const uint32_t rows = batch.rows;
  using Room = SpoolQueue::Room;
  Room room = Room::kEnough;
  absl::Status status = queue_->Append(&batch, &room);
  const bool is_refused = room == Room::kNone;
  KeepRoom(std::move(batch.body));
  {
    const std::scoped_lock lock(mutex_);
    if (is_refused) {
      ++counted_.dropped_batches;
      counted_.dropped_rows += rows;
    } else if (!status.ok()) {
      ++counted_.unwritten_batches;
      counted_.unwritten_rows += rows;
      ++adding_.lost;
    }
    needs_sync_ = true;
  }
  if (!is_refused) NoteDisk(status, &adding_);
  if (room != Room::kEnough && !std::exchange(is_dropping_, true)) {
    Tell(absl::StrCat(name_, ": ",
                      is_refused
                          ? std::string(status.message()) + ", batches are dropped"
                          : std::string("the spool is full, the oldest batches are dropped")));
  }
  // One more fits behind each segment that went; only a spool that has more room than that has
  // some.
  if (room == Room::kEnough && status.ok() && is_dropping_) {
    is_dropping_ = queue_->figures().bytes_on_disk > options_.max_bytes / 4 * 3;
  }
  if (!status.ok()) return status;
  const std::scoped_lock lock(wake_mutex_);
  is_woken_ = true;
  wake_.notify_all();
  return status;
}

// New memory costs a page fault for each page, again and again: more than what is written to it.
void Spool::KeepRoom(std::string body) {
  if (body.capacity() < kLeastRoom || body.capacity() > kMostRoom) return;
  const std::scoped_lock lock(mutex_);
  if (rooms_.size() < kMostRooms) rooms_.push_back(std::move(body));
}

std::string Spool::TakeRoom() {
  const std::scoped_lock lock(mutex_);
  if (rooms_.empty()) return {};
  std::string room = std::move(rooms_.back());
  rooms_.pop_back();
  return room;
}

absl::Status Spool::Start() {
  if (thread_.joinable() || is_closed_) {
    return absl::FailedPreconditionError("the spool was started already");
  }
  const WithoutSignals inherited_by_the_thread;
  try {
    thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat("no thread for the spool: ", error.what()));
  }
  return absl::OkStatus();
}

void Spool::Run(const std::stop_token& stop) {
  while (!stop.stop_requested() && !IsToEnd()) {
    const nanoseconds wait = Step(stop);
    if (wait <= nanoseconds(0)) continue;
    std::unique_lock lock(wake_mutex_);
    if (is_ending_) continue;
    wake_.wait_for(lock, stop, wait, [this] { return is_woken_ || is_ending_; });
    is_woken_ = false;
  }
  const std::scoped_lock lock(wake_mutex_);
  is_ending_ = is_failed_since_ending_ = true;
  wake_.notify_all();
}

// All is sent, or cannot be.
bool Spool::IsToEnd() {
  const std::scoped_lock lock(wake_mutex_);
  if (!is_ending_) return false;
  return is_failed_since_ending_ || (parts_.empty() && queue_->figures().queued_batches == 0);
}

void Spool::Stop(nanoseconds grace) {
  if (is_closed_) return;
  is_closed_ = true;
  if (thread_.joinable()) {
    std::unique_lock lock(wake_mutex_);
    is_ending_ = true;
    wake_.notify_all();
    wake_.wait_for(lock, grace, [this] { return is_failed_since_ending_; });
    lock.unlock();
    thread_.request_stop();
    thread_.join();
  }
  const WithoutSignals ours;
  if (options_.sync != SpoolSync::kNever) SyncWhenDue(true);
  destination_->Close();
  queue_->Close();
}

nanoseconds Spool::Step(const std::stop_token& stop) {
  const WithoutSignals ours;
  const nanoseconds now = options_.clock->Now();
  SyncWhenDue(false);
  bool is_ending;
  {
    const std::scoped_lock lock(wake_mutex_);
    is_ending = is_ending_;
  }
  if (now < next_try_ && !is_ending) return UntilSync(next_try_ - now);
  if (parts_.empty()) {
    absl::StatusOr<std::optional<Batch>> next = queue_->Next();
    if (!next.ok()) {
      NoteDisk(next.status(), &sending_);
      next_try_ = now + kDiskRetry;
      const std::scoped_lock lock(wake_mutex_);
      is_failed_since_ending_ = is_ending_;
      return kDiskRetry;
    }
    if (!next->has_value()) {
      const nanoseconds interval = destination_->idle_interval();
      if (interval > nanoseconds(0) && now >= next_idle_) {
        destination_->Idle();
        next_idle_ = now + interval;
      }
      return UntilSync(interval > nanoseconds(0) ? next_idle_ - now : kLongWait);
    }
    parts_.push_back(**std::move(next));
    whole_ = {};
    whole_.id = parts_.back().id;
    whole_.rows = parts_.back().rows;
    whole_is_refused_ = false;
  }
  SendPart(stop);
  return UntilSync(std::max(next_try_ - options_.clock->Now(), nanoseconds(0)));
}

nanoseconds Spool::UntilSync(nanoseconds wait) const {
  const std::scoped_lock lock(mutex_);
  return needs_sync_ ? std::min(wait, kSyncInterval) : wait;
}

void Spool::SendPart(const std::stop_token& stop) {
  Outcome outcome = destination_->Send(parts_.back(), stop);
  outcome.why = CleanText(outcome.why);
  if (outcome.kind == Outcome::Kind::kTooLarge && SplitPart()) return;
  switch (outcome.kind) {
    case Outcome::Kind::kDelivered:
      if (outcome.refused_rows > 0 &&
          !KeepDeadLetter(parts_.back(), outcome.why, outcome.refused_rows)) {
        return;
      }
      OnDelivered(outcome);
      break;
    case Outcome::Kind::kTryAgain:
      // Because it is to end: nobody's fault.
      if (!stop.stop_requested()) OnFailed(outcome);
      return;
    case Outcome::Kind::kRejected:
    case Outcome::Kind::kTooLarge:
      if (!KeepDeadLetter(parts_.back(), outcome.why, parts_.back().rows)) return;
      whole_is_refused_ = true;
      break;
  }
  NoteUp();
  KeepRoom(std::move(parts_.back().body));
  parts_.pop_back();
  if (parts_.empty()) SettleWhole();
}

bool Spool::SplitPart() {
  Batch first, second;
  if (!SplitBatch(parts_.back(), &first, &second)) return false;
  const bool is_whole = parts_.back().id.part.empty();
  parts_.back() = std::move(second);
  parts_.push_back(std::move(first));
  const std::scoped_lock lock(mutex_);
  if (is_whole) ++counted_.split_batches;
  return true;
}

void Spool::OnDelivered(const Outcome& outcome) {
  const Batch& part = parts_.back();
  {
    const std::scoped_lock lock(mutex_);
    counted_.sent_rows += part.rows - std::min(part.rows, outcome.refused_rows);
    counted_.sent_bytes += part.header.size() + part.body.size();
  }
  if (outcome.refused_rows == 0) {
    is_refusing_ = is_letters_full_ = false;
    if (!outcome.why.empty()) Tell(absl::StrCat(name_, ": ", outcome.why));
  }
}

// It answers, whatever it says.
void Spool::NoteUp() {
  backoff_.Reset();
  next_try_ = nanoseconds(0);
  {
    const std::scoped_lock lock(mutex_);
    if (!std::exchange(counted_.is_down, false)) return;
    counted_.state_since_s = options_.clock->WallSeconds();
  }
  const SpoolQueueFigures figures = queue_->figures();
  Tell(absl::StrCat(name_, ": answers again after ",
                    WholeSeconds(options_.clock->Now() - down_since_), "; ", figures.queued_batches,
                    " batches (", figures.queued_rows, " rows) have waited"));
}

void Spool::OnFailed(const Outcome& outcome) {
  const nanoseconds now = options_.clock->Now();
  next_try_ = now + backoff_.Next(outcome.retry_after);
  bool was_down;
  {
    const std::scoped_lock lock(mutex_);
    ++counted_.failed_tries;
    counted_.last_error = outcome.why;
    was_down = std::exchange(counted_.is_down, true);
    if (!was_down) counted_.state_since_s = options_.clock->WallSeconds();
  }
  if (!was_down) {
    down_since_ = now;
    Tell(absl::StrCat(name_, ": ", outcome.why, "; batches wait in ", options_.directory));
  }
  const std::scoped_lock lock(wake_mutex_);
  if (is_ending_) is_failed_since_ending_ = true;
}

// False: the disk has no room for it now; it stays in the queue until it has.
bool Spool::KeepDeadLetter(const Batch& batch, const std::string& why, uint32_t rows) {
  bool is_full = false;
  const absl::Status status =
      dead_letters_->Add(batch, why, options_.clock->WallSeconds(), &is_full);
  if (!status.ok() && !is_full) {
    NoteDisk(status, &sending_);
    next_try_ = options_.clock->Now() + kDiskRetry;
    const std::scoped_lock lock(wake_mutex_);
    if (is_ending_) is_failed_since_ending_ = true;
    return false;
  }
  {
    const std::scoped_lock lock(mutex_);
    ++(is_full ? counted_.dead_letters_dropped : counted_.dead_letters);
    (is_full ? counted_.dead_letter_rows_dropped : counted_.dead_letter_rows) += rows;
    counted_.dead_letter_bytes = dead_letters_->bytes();
    counted_.last_error = why;
  }
  if (!std::exchange(is_refusing_, true)) {
    Tell(absl::StrCat(name_, ": refuses batches for good: ", why, "; they are kept in ",
                      options_.directory, "/", kDeadLettersName));
  }
  if (is_full && !std::exchange(is_letters_full_, true)) {
    Tell(absl::StrCat(name_, ": ", std::string(status.message()), ": refused batches are dropped"));
  }
  return true;
}

void Spool::SettleWhole() {
  const bool syncs = options_.sync == SpoolSync::kEveryBatch;
  absl::Status status = syncs ? destination_->Sync() : absl::OkStatus();
  if (syncs) status.Update(dead_letters_->Sync());
  // That it is settled is not worth a wait of its own: what is not known of that after a loss of
  // power is sent again, and files are cut back to what is.
  status.Update(queue_->Settle(whole_, destination_->State(), dead_letters_->bytes()));
  NoteDisk(status, &sending_);
  const std::scoped_lock lock(mutex_);
  if (!whole_is_refused_) ++counted_.sent_batches;
  needs_sync_ = true;
}

void Spool::SyncWhenDue(bool now) {
  const nanoseconds time = options_.clock->Now();
  {
    const std::scoped_lock lock(mutex_);
    if (options_.sync == SpoolSync::kNever) needs_sync_ = false;
    if (!needs_sync_ || (!now && time < next_sync_)) return;
    needs_sync_ = false;
  }
  next_sync_ = time + kSyncInterval;
  absl::Status status = dead_letters_->Sync();
  status.Update(destination_->Sync());
  if (status.ok()) status = queue_->Sync();
  if (!status.ok()) NoteDisk(status, &sending_);
}

// Tells when it begins to fail, and when it works again.
void Spool::NoteDisk(const absl::Status& status, DiskState* state) {
  const bool was_failing = std::exchange(state->is_failing, !status.ok());
  if (!status.ok()) {
    const std::scoped_lock lock(mutex_);
    counted_.last_error = CleanText(std::string(status.message()));
  }
  if (state->is_failing == was_failing) return;
  const uint64_t lost = status.ok() ? std::exchange(state->lost, 0) : 0;
  Tell(absl::StrCat("spool ", options_.directory, ": ",
                    status.ok() ? absl::StrCat("works again; ", lost, " batches were lost")
                                : std::string(status.message())));
}

void Spool::Tell(const std::string& line) {
  if (!options_.tell) return;
  const std::scoped_lock lock(tell_mutex_);
  options_.tell(line);
}

DestinationStatistics Spool::statistics() const {
  const SpoolQueueFigures figures = queue_->figures();
  const std::scoped_lock lock(mutex_);
  DestinationStatistics result = counted_;
  result.queued_batches = figures.queued_batches;
  result.queued_rows = figures.queued_rows;
  result.bytes_on_disk = figures.bytes_on_disk;
  result.dropped_batches += figures.dropped_batches;
  result.dropped_rows += figures.dropped_rows;
  result.lost_batches = figures.lost_batches;
  return result;
}

}  // namespace tstat::internal
