// SPDX-License-Identifier: BSD-3-Clause
#include "capture/ring_source.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "capture/signals_blocked.h"

namespace tstat::internal {
namespace {

int64_t MonotonicNs() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Wakes a thread that waits with poll. Safe in a signal handler.
class Waker {
 public:
  Waker() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Waker() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  void Wake() const {
    const int saved = errno;
    const uint64_t one = 1;
    if (write(descriptor_, &one, sizeof(one)) < 0) {
      // It is awake as many times as can be counted.
    }
    errno = saved;
  }
  // Waits for Wake, or for `other` (none: -1) to be readable. A signal ends the wait, too.
  void Wait(int other, int timeout_ms) const {
    pollfd waited[] = {{.fd = descriptor_, .events = POLLIN, .revents = 0},
                       {.fd = other, .events = POLLIN, .revents = 0}};
    if (poll(waited, other < 0 ? 1 : 2, timeout_ms) <= 0 || waited[0].revents == 0) return;
    uint64_t count;
    if (read(descriptor_, &count, sizeof(count)) < 0) {
      // Somebody else's wake-up was taken with the last one.
    }
  }

 private:
  int descriptor_;
};

// A block is handed over so long after its first packet came, if not full before: one wake-up for
// many packets. As long as the merging thread has enough to do, blocks are filled.
constexpr int kGatherMs = 2;
constexpr int64_t kGatherNs = kGatherMs * int64_t{1'000'000};

bool IsFull(const PacketArena& packets) {
  return packets.full() || packets.size() >= RingQueue::kMostPackets;
}

// Takes what is there and fits; what came with the last look.
size_t Fill(PacketRing* ring, PacketArena* packets) {
  size_t count;
  do {
    count = ring->Read(packets);
  } while (count != 0 && !IsFull(*packets));
  return count;
}

class RingSource final : public PacketSource {
 public:
  RingSource(std::vector<std::unique_ptr<PacketRing>> rings, const RingSourceOptions& options,
             std::function<uint64_t()> dropped_by_interface)
      : options_(options),
        merge_(rings.size(), options.merge),
        dropped_by_interface_(std::move(dropped_by_interface)),
        first_dropped_by_interface_(dropped_by_interface_()) {
    for (std::unique_ptr<PacketRing>& ring : rings) {
      readers_.push_back(std::make_unique<Reader>());
      readers_.back()->ring = std::move(ring);
    }
  }
  ~RingSource() override { StopThreads(); }

  absl::Status Check() const;

  size_t ReadBatch(std::span<Packet> batch) override;
  absl::Status status() const override { return status_; }
  bool timed_out() const override { return timed_out_; }
  bool is_stream() const override { return true; }
  void Interrupt() override {
    interrupted_.store(true);
    awaken_.Wake();
  }
  std::optional<CaptureStatistics> capture_statistics() const override;

 private:
  struct Reader {
    std::unique_ptr<PacketRing> ring;
    Waker waker;  // a block is free, or it is time to end
    std::thread thread;
  };
  void StartThreads();
  void StopThreads();
  void Read(size_t index);
  void WakeMerger();
  size_t Take(std::span<Packet> batch);
  void Finish();

  RingSourceOptions options_;
  RingMerge merge_;
  std::function<uint64_t()> dropped_by_interface_;
  uint64_t first_dropped_by_interface_;
  std::vector<std::unique_ptr<Reader>> readers_;
  Waker awaken_;
  std::atomic<bool> waits_ = false;  // the merging thread, for blocks
  std::atomic<bool> stopping_ = false, failed_ = false, interrupted_ = false;
  bool started_ = false, timed_out_ = false;
  absl::Status status_;
  uint64_t delivered_ = 0;
};

absl::Status RingSource::Check() const {
  bool has_all = awaken_.descriptor() >= 0;
  for (const std::unique_ptr<Reader>& reader : readers_) {
    has_all = has_all && reader->waker.descriptor() >= 0;
  }
  return has_all ? absl::OkStatus() : absl::ResourceExhaustedError("eventfd: too many open files");
}

void RingSource::StartThreads() {
  started_ = true;
  const SignalsBlocked blocked;
  try {
    for (size_t i = 0; i < readers_.size(); ++i) {
      readers_[i]->thread = std::thread([this, i] { Read(i); });
    }
  } catch (const std::system_error& error) {
    StopThreads();
    status_ = absl::ResourceExhaustedError(absl::StrCat("no thread to read with: ", error.what()));
  }
}

void RingSource::StopThreads() {
  stopping_.store(true);
  for (const std::unique_ptr<Reader>& reader : readers_) reader->waker.Wake();
  for (const std::unique_ptr<Reader>& reader : readers_) {
    if (reader->thread.joinable()) reader->thread.join();
  }
}

// Either this sees that the merging thread waits, or that one sees what was published.
void RingSource::WakeMerger() {
  if (waits_.load()) awaken_.Wake();
}

void RingSource::Read(size_t index) {
  Reader& reader = *readers_[index];
  RingQueue& queue = merge_.queue(index);
  int64_t begun_ns = 0;  // when the first packet of the block came
  while (!stopping_.load()) {
    RingQueue::Block* const block = queue.Free();
    if (block == nullptr) {
      reader.waker.Wait(-1, options_.timeout_ms);
      continue;
    }
    const int64_t before_ns = MonotonicNs();
    if (block->packets.size() == 0) begun_ns = before_ns;
    const size_t count = Fill(reader.ring.get(), &block->packets);
    const bool is_full = IsFull(block->packets);
    bool gathers = block->packets.size() != 0;
    const bool ends = count == 0 && (!reader.ring->status().ok() || failed_.load());
    if (!gathers) {
      if (ends) break;
      queue.SetLooked(before_ns);
    } else if (is_full || ends || (queue.starved() && before_ns >= begun_ns + kGatherNs)) {
      queue.Publish(MonotonicNs());
      WakeMerger();
      if (ends) break;
      if (is_full) continue;
      gathers = false;
    }
    const int longest_ms = reader.ring->descriptor() < 0 ? 1 : gathers ? kGatherMs : kRingLookMs;
    reader.waker.Wait(reader.ring->descriptor(), longest_ms);
  }
  // Without one of them there would be a share of the packets, and nobody would know: all end.
  failed_.store(true);
  queue.End();
  WakeMerger();
}

size_t RingSource::Take(std::span<Packet> batch) {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  const RingMerge::Now now = {
      .monotonic_ns = MonotonicNs(),
      .wall = Timestamp::FromNanoseconds(std::chrono::nanoseconds(wall).count())};
  const size_t count = merge_.Take(batch, now);
  for (size_t i = 0; i < readers_.size(); ++i) {
    if (merge_.was_full(i)) readers_[i]->waker.Wake();
  }
  return count;
}

size_t RingSource::ReadBatch(std::span<Packet> batch) {
  timed_out_ = false;
  if (!started_) StartThreads();
  if (!status_.ok()) return 0;
  const int64_t until_ns = MonotonicNs() + options_.timeout_ms * int64_t{1'000'000};
  size_t count = Take(batch);
  while (count == 0 && !merge_.at_end()) {
    const int64_t left_ns = until_ns - MonotonicNs();
    if (interrupted_.exchange(false) || left_ns <= 0) {
      timed_out_ = true;
      break;
    }
    waits_.store(true);
    count = Take(batch);
    if (count != 0 || merge_.at_end()) break;
    // What is held is looked at again: readers that find nothing wake nobody.
    const int left_ms = static_cast<int>(left_ns / 1'000'000 + 1);
    awaken_.Wait(-1, merge_.holds() ? std::min(left_ms, kRingLookMs) : left_ms);
  }
  waits_.store(false);
  if (count == 0 && merge_.at_end()) Finish();
  for (Packet& packet : batch.first(count)) {
    if (options_.nanoseconds) break;
    packet.time = Timestamp::FromMicroseconds(packet.time.microseconds());
  }
  delivered_ += count;
  return count;
}

void RingSource::Finish() {
  StopThreads();
  for (const std::unique_ptr<Reader>& reader : readers_) status_.Update(reader->ring->status());
}

std::optional<CaptureStatistics> RingSource::capture_statistics() const {
  CaptureStatistics sum;
  for (const std::unique_ptr<Reader>& reader : readers_) {
    const PacketRing::Counts counts = reader->ring->Counters();
    sum.received += counts.received;
    sum.dropped += counts.dropped;
  }
  sum.dropped_by_interface = dropped_by_interface_() - first_dropped_by_interface_;
  sum.delivered = delivered_;
  sum.late = merge_.late();
  return sum;
}

}  // namespace

uint64_t DroppedByInterface(const std::string& interface) {
  uint64_t sum = 0;
  for (const char* name : {"rx_missed_errors", "rx_fifo_errors"}) {
    uint64_t count = 0;
    std::ifstream file(absl::StrCat("/sys/class/net/", interface, "/statistics/", name));
    if (file >> count) sum += count;
  }
  return sum;
}

absl::StatusOr<std::unique_ptr<PacketSource>> ReadRings(
    std::vector<std::unique_ptr<PacketRing>> rings, const RingSourceOptions& options,
    std::function<uint64_t()> dropped_by_interface) {
  auto source =
      std::make_unique<RingSource>(std::move(rings), options, std::move(dropped_by_interface));
  if (absl::Status status = source->Check(); !status.ok()) return status;
  return source;
}

}  // namespace tstat::internal
