// SPDX-License-Identifier: BSD-3-Clause
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "config/descriptor.h"
#include "output/destinations/dead_letters.h"
#include "output/destinations/stream_destinations.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

constexpr int kSocketPollMs = 100;
constexpr auto kReadPoll = std::chrono::milliseconds(1);
// Without a byte taken.
constexpr auto kMostSilence = std::chrono::seconds(30);

class UnixDestination : public Destination {
 public:
  explicit UnixDestination(std::string path) : path_(std::move(path)) {}

  std::string name() const override { return absl::StrCat("unix:", path_); }
  void Close() override { socket_.reset(); }

  Outcome Send(const Batch& batch, const std::stop_token& stop) override {
    if (socket_.has_value() && IsGone()) socket_.reset();
    absl::Status status = socket_.has_value() ? absl::OkStatus() : Connect();
    if (status.ok() && !is_begun_) status = Write(batch.header, stop);
    if (status.ok()) status = Write(batch.body, stop);
    if (status.ok()) status = WaitUntilRead(stop);
    if (status.ok()) {
      is_begun_ = true;
      return Outcome::Delivered();
    }
    // Half a batch is behind the connection now, or may be.
    socket_.reset();
    return Outcome::TryAgain(std::string(status.message()));
  }

 private:
  absl::Status Connect() {
    socket_.emplace(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket_->get() < 0) return ErrnoStatus(errno);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    // EAGAIN: the other side is not fast enough in taking connections.
    if (connect(socket_->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      return ErrnoStatus(errno);
    }
    is_begun_ = false;
    return absl::OkStatus();
  }

  // The reader has closed its end. What it writes is of no interest.
  bool IsGone() const {
    char bytes[512];
    for (;;) {
      const ssize_t count = recv(socket_->get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (count > 0 || (count < 0 && errno == EINTR)) continue;
      return count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    }
  }

  absl::Status Write(std::string_view data, const std::stop_token& stop) {
    auto last = std::chrono::steady_clock::now();
    while (!data.empty()) {
      const ssize_t count = send(socket_->get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (count > 0) {
        data.remove_prefix(static_cast<size_t>(count));
        last = std::chrono::steady_clock::now();
        continue;
      }
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno != EAGAIN) return ErrnoStatus(errno);
      if (stop.stop_requested() || std::chrono::steady_clock::now() - last > kMostSilence) {
        return absl::UnavailableError("its reader does not read");
      }
      pollfd waited{.fd = socket_->get(), .events = POLLOUT, .revents = 0};
      (void)poll(&waited, 1, kSocketPollMs);
    }
    return absl::OkStatus();
  }

  absl::Status WaitUntilRead(const std::stop_token& stop) {
    auto last = std::chrono::steady_clock::now();
    int waiting = 0, before = 0;
    for (;;) {
      if (ioctl(socket_->get(), SIOCOUTQ, &waiting) != 0) return ErrnoStatus(errno);
      if (waiting == 0) return IsReset();
      if (waiting != before) last = std::chrono::steady_clock::now();
      before = waiting;
      absl::Status status = IsReset();
      if (!status.ok()) return status;
      if (stop.stop_requested() || std::chrono::steady_clock::now() - last > kMostSilence) {
        return absl::UnavailableError("its reader does not read");
      }
      std::this_thread::sleep_for(kReadPoll);
    }
  }

  // A reader that closes with unread bytes resets the connection; then they do not wait any more,
  // either.
  absl::Status IsReset() const {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(socket_->get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    return error == 0 ? absl::OkStatus() : ErrnoStatus(error);
  }

  const std::string path_;
  std::optional<Descriptor> socket_;
  bool is_begun_ = false;  // the header was sent on this connection
};

}  // namespace

absl::StatusOr<std::unique_ptr<Destination>> MakeUnixDestination(const std::string& path) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", CleanText(path),
                                                   "\": the path of a socket has 1 to ",
                                                   sizeof(sockaddr_un::sun_path) - 1, " bytes"));
  }
  return std::make_unique<UnixDestination>(path);
}

}  // namespace tstat::internal
