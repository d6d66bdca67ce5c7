// SPDX-License-Identifier: BSD-3-Clause
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "output/destinations/stream_destinations.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

constexpr int kStdoutPollMs = 100;

class StdoutDestination : public Destination {
 public:
  explicit StdoutDestination(int descriptor) : descriptor_(descriptor) {}

  std::string name() const override { return "standard output"; }
  void Close() override {}

  Outcome Send(const Batch& batch, const std::stop_token& stop) override {
    // The reader is always the same one: what it has of a batch need not be repeated.
    if (std::string id = batch.id.ToString(); id != half_sent_) {
      half_sent_ = std::move(id);
      written_ = 0;
    }
    const bool has_header = !is_begun_ && !batch.header.empty();
    const std::string joined = has_header ? batch.header + batch.body : "";
    const std::string_view text = has_header ? joined : batch.body;
    while (written_ < text.size()) {
      // The descriptor may be shared with other processes, so it cannot be made one that does not
      // block; but a pipe that has room at all has room for that much (pipe(7)).
      pollfd waited{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      if (poll(&waited, 1, kStdoutPollMs) == 0 || (waited.revents & POLLOUT) == 0) {
        if ((waited.revents & POLLERR) != 0) return Outcome::TryAgain("its reader is gone");
        if (stop.stop_requested()) return Outcome::TryAgain("its reader does not read");
        continue;
      }
      const std::string_view piece = text.substr(written_, PIPE_BUF);
      const ssize_t count = write(descriptor_, piece.data(), piece.size());
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0) return Outcome::TryAgain(std::string(ErrnoStatus(errno).message()));
      written_ += static_cast<size_t>(count);
    }
    is_begun_ = true;
    half_sent_.clear();
    return Outcome::Delivered();
  }

 private:
  const int descriptor_;
  bool is_begun_ = false;
  std::string half_sent_;  // id of the batch of which written_ bytes are out
  size_t written_ = 0;
};

}  // namespace

std::unique_ptr<Destination> MakeStdoutDestination(int descriptor) {
  return std::make_unique<StdoutDestination>(descriptor);
}

}  // namespace tstat::internal
