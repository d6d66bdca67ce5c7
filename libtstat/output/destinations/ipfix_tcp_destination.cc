// SPDX-License-Identifier: BSD-3-Clause
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "output/destinations/ipfix_destinations.h"
#include "output/destinations/ipfix_session.h"
#include "output/destinations/ipfix_socket.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

using std::chrono::steady_clock;

constexpr int kIpfixPollMs = 50;
constexpr auto kTakenPoll = std::chrono::milliseconds(1);
// For the other side's end of a connection, after ours.
constexpr auto kLongestEnd = std::chrono::seconds(2);

class IpfixTcpDestination : public Destination {
 public:
  explicit IpfixTcpDestination(IpfixTcpOptions options) : options_(std::move(options)) {}

  std::string name() const override { return options_.address.name; }
  void Close() override { EndSession(); }

  Outcome Send(const Batch& batch, const std::stop_token& stop) override {
    if (batch.content_type != kIpfixContentType || !IpfixSession().Begin(batch.header)) {
      return Outcome::Rejected("it is no IPFIX");
    }
    if (IsGone()) socket_.reset();
    std::string note;
    if (!socket_.has_value() && !in_doubt_.empty()) {
      note = absl::StrCat("the connection broke; ", in_doubt_.size(),
                          " batches that may not have been read are sent again");
      for (const Sent& sent : in_doubt_) {
        const absl::Status status = SendMessages(sent.header, sent.body, stop);
        if (!status.ok()) return Failed(status);
      }
    }
    const absl::Status status = SendMessages(batch.header, batch.body, stop);
    if (absl::IsInvalidArgument(status)) return Outcome::Rejected(std::string(status.message()));
    if (!status.ok()) return Failed(status);
    Keep(batch);
    Outcome outcome = Outcome::Delivered();
    outcome.why = std::move(note);
    return outcome;
  }

 private:
  // What the other system has, and its program perhaps has not.
  struct Sent {
    std::string header, body;
  };

  Outcome Failed(const absl::Status& status) {
    socket_.reset();
    return Outcome::TryAgain(std::string(status.message()));
  }

  void Keep(const Batch& batch) {
    in_doubt_.push_back({batch.header, batch.body});
    bytes_in_doubt_ += batch.body.size();
    // What is older has been pushed out of any buffer by what came later.
    while (in_doubt_.size() > 1 &&
           bytes_in_doubt_ - in_doubt_.front().body.size() >= kMostInDoubt) {
      bytes_in_doubt_ -= in_doubt_.front().body.size();
      in_doubt_.pop_front();
    }
  }
  void Forget() {
    in_doubt_.clear();
    bytes_in_doubt_ = 0;
  }

  // The other side has ended the connection, or it broke. An orderly end comes from a program that
  // has read all of it: one that had not is followed by a reset. What it sends is of no interest.
  bool IsGone() {
    if (!socket_.has_value()) return false;
    char bytes[512];
    for (;;) {
      const ssize_t count = recv(socket_->descriptor->get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (count > 0 || (count < 0 && errno == EINTR)) continue;
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
      // EPIPE: reset, but after such an end.
      if (count == 0 || errno == EPIPE) Forget();
      return true;
    }
  }

  absl::Status SendMessages(const std::string& header, const std::string& body,
                            const std::stop_token& stop) {
    if (socket_.has_value() && header != header_) EndSession();
    std::string out;
    const int64_t now_s = std::chrono::duration_cast<std::chrono::seconds>(
                              std::chrono::system_clock::now().time_since_epoch())
                              .count();
    if (!socket_.has_value()) {
      absl::StatusOr<ConnectedSocket> connected =
          ConnectSocket(options_.address.host, options_.address.port, SOCK_STREAM,
                        options_.connect_timeout, stop);
      if (!connected.ok()) return connected.status();
      socket_ = *std::move(connected);
      header_ = header;
      if (!session_.Begin(header) || !session_.StampAll(header, now_s, &out)) {
        return absl::InvalidArgumentError("its templates are none");
      }
    }
    if (!session_.StampAll(body, now_s, &out)) {
      return absl::InvalidArgumentError("it is no IPFIX by its templates");
    }
    absl::Status status = Write(out, stop);
    return status.ok() ? WaitUntilTaken(stop) : status;
  }

  absl::Status Write(std::string_view data, const std::stop_token& stop) {
    auto last = steady_clock::now();
    while (!data.empty()) {
      const ssize_t count =
          send(socket_->descriptor->get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (count > 0) {
        data.remove_prefix(static_cast<size_t>(count));
        last = steady_clock::now();
        continue;
      }
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno != EAGAIN) return Broken(errno);
      if (stop.stop_requested() || steady_clock::now() - last > options_.timeout) {
        return absl::UnavailableError("takes nothing");
      }
      pollfd waited{.fd = socket_->descriptor->get(), .events = POLLOUT, .revents = 0};
      (void)poll(&waited, 1, kIpfixPollMs);
    }
    return absl::OkStatus();
  }

  // Acknowledged by the other system.
  absl::Status WaitUntilTaken(const std::stop_token& stop) {
    auto last = steady_clock::now();
    int before = 0;
    for (;;) {
      const int error = TakeSocketError(socket_->descriptor->get());
      if (error != 0) return Broken(error);
      int waiting = 0;
      if (ioctl(socket_->descriptor->get(), SIOCOUTQ, &waiting) != 0) return ErrnoStatus(errno);
      if (waiting == 0) return absl::OkStatus();
      if (waiting != before) last = steady_clock::now();
      before = waiting;
      if (stop.stop_requested() || steady_clock::now() - last > options_.timeout) {
        return absl::UnavailableError("takes nothing");
      }
      std::this_thread::sleep_for(kTakenPoll);
    }
  }

  absl::Status Broken(int error) {
    if (error == EPIPE) Forget();
    return ErrnoStatus(error);
  }

  // Orderly: the other side's end says that it has read all.
  void EndSession() {
    if (!socket_.has_value()) return;
    (void)shutdown(socket_->descriptor->get(), SHUT_WR);
    const auto end = steady_clock::now() + kLongestEnd;
    while (!IsGone() && steady_clock::now() < end) {
      pollfd waited{.fd = socket_->descriptor->get(), .events = POLLIN, .revents = 0};
      (void)poll(&waited, 1, kIpfixPollMs);
    }
    socket_.reset();
  }

  const IpfixTcpOptions options_;
  std::optional<ConnectedSocket> socket_;
  IpfixSession session_;
  std::string header_;  // of the session
  std::deque<Sent> in_doubt_;
  size_t bytes_in_doubt_ = 0;
};

}  // namespace

std::unique_ptr<Destination> MakeIpfixTcpDestination(IpfixTcpOptions options) {
  return std::make_unique<IpfixTcpDestination>(std::move(options));
}

}  // namespace tstat::internal
