// SPDX-License-Identifier: BSD-3-Clause
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "output/destinations/ipfix_destinations.h"
#include "output/destinations/ipfix_session.h"
#include "output/destinations/ipfix_socket.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

using std::chrono::steady_clock;

constexpr int kIpfixUdpPollMs = 50;
// For the message that says "no such port", after the first datagram.
constexpr int kRefusalPollMs = 20;
constexpr size_t kUdpOverIpv4 = 28, kUdpOverIpv6 = 48;

class IpfixUdpDestination : public Destination {
 public:
  explicit IpfixUdpDestination(IpfixUdpOptions options) : options_(std::move(options)) {}

  std::string name() const override { return options_.address.name; }
  void Close() override { socket_.reset(); }
  std::chrono::nanoseconds idle_interval() const override { return options_.refresh; }
  void Idle() override {
    if (!socket_.has_value() || steady_clock::now() < next_templates_) return;
    // What is wrong is told with the next batch.
    SendTemplates().IgnoreError();
  }

  Outcome Send(const Batch& batch, const std::stop_token& stop) override {
    if (batch.content_type != kIpfixContentType || !IpfixSession().Begin(batch.header)) {
      return Outcome::Rejected("it is no IPFIX");
    }
    absl::Status status = Prepare(batch, stop);
    if (!status.ok()) return Outcome::TryAgain(std::string(status.message()));
    std::vector<std::string_view> messages;
    std::string_view rest = batch.body;
    while (const auto message = NextIpfixMessage(&rest)) messages.push_back(*message);
    if (!rest.empty()) return Outcome::Rejected("it is no IPFIX");
    const size_t most = options_.mtu - (socket_->is_v6 ? kUdpOverIpv6 : kUdpOverIpv4);
    for (; next_ < messages.size(); ++next_) {
      const std::optional<uint32_t> records = session_.RecordsIn(messages[next_]);
      if (!records.has_value()) return Outcome::Rejected("it is no IPFIX by its templates");
      if (messages[next_].size() > most) {
        too_large_ += *records;
        continue;
      }
      if (stop.stop_requested()) return Outcome::TryAgain("is sent no more");
      status = SendMessage(messages[next_], stop);
      if (!status.ok() && error_ == EMSGSIZE) {
        too_large_ += *records;
      } else if (!status.ok()) {
        return Refused(status);
      }
    }
    // Of the last one, too, if the answer is as fast as this.
    if (error_ = TakeSocketError(socket_->descriptor->get()); error_ != 0) {
      return Refused(ErrnoStatus(error_));
    }
    return Sent(batch, most);
  }

 private:
  Outcome Sent(const Batch& batch, size_t most) {
    half_sent_.clear();
    Outcome outcome = Outcome::Delivered();
    if (too_large_ == 0) return outcome;
    outcome.refused_rows = std::min(too_large_, batch.rows);
    outcome.why = absl::StrCat("messages are larger than the ", most,
                               " bytes of a datagram (options mtu and message_bytes, columns)");
    return outcome;
  }

  // Of "no such port" is told when the next one is sent: the one before was refused in truth. It is
  // sent again, under its number.
  Outcome Refused(const absl::Status& status) {
    next_templates_ = steady_clock::time_point();
    is_proved_ = false;
    std::string why(status.message());
    const bool is_of_previous = error_ == ECONNREFUSED && has_previous_;
    if (is_of_previous && next_ > 0) {
      --next_;
      session_.set_sequence(previous_sequence_);
    } else if (is_of_previous) {
      absl::StrAppend(&why, "; the datagram before may be lost");
    }
    has_previous_ = false;
    return Outcome::TryAgain(std::move(why));
  }

  // A session, and templates if it is time for them.
  absl::Status Prepare(const Batch& batch, const std::stop_token& stop) {
    if (socket_.has_value() && batch.header != header_) socket_.reset();
    if (!socket_.has_value()) {
      constexpr std::chrono::seconds kAtOnce(1);
      absl::StatusOr<ConnectedSocket> connected =
          ConnectSocket(options_.address.host, options_.address.port, SOCK_DGRAM, kAtOnce, stop);
      if (!connected.ok()) return connected.status();
      socket_ = *std::move(connected);
      header_ = batch.header;
      (void)session_.Begin(header_);  // Send has looked at it
      next_templates_ = steady_clock::time_point();
      is_proved_ = has_previous_ = false;
    }
    if (std::string id = batch.id.ToString(); id != half_sent_) {
      half_sent_ = std::move(id);
      next_ = 0;
      too_large_ = 0;
    }
    if (steady_clock::now() < next_templates_) return absl::OkStatus();
    absl::Status status = SendTemplates();
    if (!status.ok() || std::exchange(is_proved_, true)) return status;
    // Is there somebody?
    pollfd waited{.fd = socket_->descriptor->get(), .events = POLLIN, .revents = 0};
    (void)poll(&waited, 1, kRefusalPollMs);
    const int error = TakeSocketError(socket_->descriptor->get());
    if (error == 0) return status;
    is_proved_ = false;
    next_templates_ = steady_clock::time_point();
    return ErrnoStatus(error);
  }

  absl::Status SendTemplates() {
    std::string_view rest = header_;
    while (const auto message = NextIpfixMessage(&rest)) {
      absl::Status status = SendMessage(*message, {});
      if (!status.ok()) return status;
    }
    has_previous_ = false;
    next_templates_ = steady_clock::now() + options_.refresh;
    return absl::OkStatus();
  }

  absl::Status SendMessage(std::string_view message, const std::stop_token& stop) {
    Pace(message.size());
    const uint32_t sequence = session_.sequence();
    const int64_t now_s = std::chrono::duration_cast<std::chrono::seconds>(
                              std::chrono::system_clock::now().time_since_epoch())
                              .count();
    buffer_.clear();
    if (!session_.Stamp(message, now_s, &buffer_)) return absl::InternalError("no message");
    for (;;) {
      if (send(socket_->descriptor->get(), buffer_.data(), buffer_.size(), MSG_NOSIGNAL) >= 0) {
        previous_sequence_ = sequence;
        has_previous_ = true;
        return absl::OkStatus();
      }
      error_ = errno;
      if (error_ == EINTR) continue;
      // The system's own buffers are full.
      if ((error_ == EAGAIN || error_ == ENOBUFS) && !stop.stop_requested()) {
        pollfd waited{.fd = socket_->descriptor->get(), .events = POLLOUT, .revents = 0};
        (void)poll(&waited, 1, kIpfixUdpPollMs);
        continue;
      }
      session_.set_sequence(sequence);
      return ErrnoStatus(error_);
    }
  }

  // No more than `rate` bytes a second, in small portions: what comes faster than its program reads
  // is dropped by the other system.
  void Pace(size_t bytes) {
    constexpr uint64_t kNanosecondsOfSecond = 1000000000;
    constexpr auto kLead = std::chrono::milliseconds(2);
    const auto now = steady_clock::now();
    if (due_ < now) due_ = now;
    due_ += std::chrono::nanoseconds(bytes * kNanosecondsOfSecond / options_.rate);
    if (due_ > now + kLead) std::this_thread::sleep_until(due_ - kLead / 2);
  }

  const IpfixUdpOptions options_;
  std::optional<ConnectedSocket> socket_;
  IpfixSession session_;
  std::string header_;  // of the session
  std::string buffer_;
  steady_clock::time_point next_templates_, due_;
  bool is_proved_ = false;  // templates were sent, and nobody refused them
  // The datagram that was sent last: a refusal is told by the next call only.
  bool has_previous_ = false;
  int error_ = 0;  // of the last call that failed
  uint32_t previous_sequence_ = 0;
  std::string half_sent_;   // id of the batch under way,
  size_t next_ = 0;         // its next message,
  uint32_t too_large_ = 0;  // and records of it that are too large
};

}  // namespace

std::unique_ptr<Destination> MakeIpfixUdpDestination(IpfixUdpOptions options) {
  return std::make_unique<IpfixUdpDestination>(std::move(options));
}

}  // namespace tstat::internal
