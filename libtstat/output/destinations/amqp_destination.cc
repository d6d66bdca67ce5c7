// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/amqp_destination.h"

#ifdef TSTAT_LIBRABBITMQ
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "output/loaded_library.h"
#endif

namespace tstat::internal {

#ifdef TSTAT_LIBRABBITMQ
namespace {

constexpr amqp_channel_t kChannel = 1;
constexpr const char* kTrustedByDebian = "/etc/ssl/certs/ca-certificates.crt";

struct AmqpFunctions {
  decltype(&amqp_new_connection) new_connection = nullptr;
  decltype(&amqp_destroy_connection) destroy = nullptr;
  decltype(&amqp_connection_close) close = nullptr;
  decltype(&amqp_tcp_socket_new) tcp_socket = nullptr;
  decltype(&amqp_ssl_socket_new) ssl_socket = nullptr;
  decltype(&amqp_ssl_socket_set_cacert) set_ca = nullptr;
  decltype(&amqp_ssl_socket_set_key) set_key = nullptr;
  decltype(&amqp_ssl_socket_set_verify_peer) verify_peer = nullptr;
  decltype(&amqp_ssl_socket_set_verify_hostname) verify_host = nullptr;
  decltype(&amqp_ssl_socket_set_ssl_versions) set_versions = nullptr;
  decltype(&amqp_socket_open_noblock) open = nullptr;
  decltype(&amqp_get_sockfd) sockfd = nullptr;
  decltype(&amqp_set_handshake_timeout) handshake_timeout = nullptr;
  decltype(&amqp_set_rpc_timeout) rpc_timeout = nullptr;
  decltype(&amqp_login) login = nullptr;
  decltype(&amqp_channel_open) channel_open = nullptr;
  decltype(&amqp_confirm_select) confirm_select = nullptr;
  decltype(&amqp_queue_declare) queue_declare = nullptr;
  decltype(&amqp_get_rpc_reply) rpc_reply = nullptr;
  decltype(&amqp_basic_publish) publish = nullptr;
  decltype(&amqp_simple_wait_frame_noblock) wait_frame = nullptr;
  decltype(&amqp_maybe_release_buffers) release = nullptr;
  decltype(&amqp_error_string2) error_string = nullptr;
  bool is_loaded = false;
};

AmqpFunctions LoadAmqp() {
  const LoadedLibrary library(TSTAT_LIBRABBITMQ);
  AmqpFunctions f;
  f.is_loaded = library.Find("amqp_new_connection", &f.new_connection) &&
                library.Find("amqp_destroy_connection", &f.destroy) &&
                library.Find("amqp_connection_close", &f.close) &&
                library.Find("amqp_tcp_socket_new", &f.tcp_socket) &&
                library.Find("amqp_ssl_socket_new", &f.ssl_socket) &&
                library.Find("amqp_ssl_socket_set_cacert", &f.set_ca) &&
                library.Find("amqp_ssl_socket_set_key", &f.set_key) &&
                library.Find("amqp_ssl_socket_set_verify_peer", &f.verify_peer) &&
                library.Find("amqp_ssl_socket_set_verify_hostname", &f.verify_host) &&
                library.Find("amqp_ssl_socket_set_ssl_versions", &f.set_versions) &&
                library.Find("amqp_socket_open_noblock", &f.open) &&
                library.Find("amqp_get_sockfd", &f.sockfd) &&
                library.Find("amqp_set_handshake_timeout", &f.handshake_timeout) &&
                library.Find("amqp_set_rpc_timeout", &f.rpc_timeout) &&
                library.Find("amqp_login", &f.login) &&
                library.Find("amqp_channel_open", &f.channel_open) &&
                library.Find("amqp_confirm_select", &f.confirm_select) &&
                library.Find("amqp_queue_declare", &f.queue_declare) &&
                library.Find("amqp_get_rpc_reply", &f.rpc_reply) &&
                library.Find("amqp_basic_publish", &f.publish) &&
                library.Find("amqp_simple_wait_frame_noblock", &f.wait_frame) &&
                library.Find("amqp_maybe_release_buffers", &f.release) &&
                library.Find("amqp_error_string2", &f.error_string);
  return f;
}

// Loaded once, with the first destination that needs it.
const AmqpFunctions& Amqp() {
  static const AmqpFunctions functions = LoadAmqp();
  return functions;
}

amqp_bytes_t BytesOf(const std::string& text) {
  return {.len = text.size(), .bytes = const_cast<char*>(text.data())};
}
std::string TextOf(amqp_bytes_t bytes) {
  return bytes.len == 0 ? std::string()
                        : std::string(static_cast<const char*>(bytes.bytes), bytes.len);
}

timeval TimeOf(std::chrono::milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
}

// What the broker has against us, when `method` is its word for the end of a channel or connection.
std::string ClosingText(const amqp_method_t& method) {
  if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto* close = static_cast<const amqp_channel_close_t*>(method.decoded);
    return absl::StrCat("AMQP ", close->reply_code, ": ", TextOf(close->reply_text));
  }
  if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto* close = static_cast<const amqp_connection_close_t*>(method.decoded);
    return absl::StrCat("AMQP ", close->reply_code, ": ", TextOf(close->reply_text));
  }
  return absl::StrCat("AMQP: unexpected method ", method.id);
}

// Header entries that last as long as the texts.
class MessageHeaders {
 public:
  explicit MessageHeaders(const BatchId& id) {
    Add("probe", BytesOf(id.probe));
    Add("run", BytesOf(id.run));
    entries_[count_].key = amqp_bytes_t{.len = 8, .bytes = const_cast<char*>("sequence")};
    entries_[count_].value.kind = AMQP_FIELD_KIND_I64;
    entries_[count_++].value.value.i64 = static_cast<int64_t>(id.sequence);
    if (!id.part.empty()) Add("part", BytesOf(id.part));
  }
  amqp_table_t table() {
    return {.num_entries = static_cast<int>(count_), .entries = entries_.data()};
  }

 private:
  void Add(std::string_view key, amqp_bytes_t value) {
    entries_[count_].key = {.len = key.size(), .bytes = const_cast<char*>(key.data())};
    entries_[count_].value.kind = AMQP_FIELD_KIND_UTF8;
    entries_[count_++].value.value.bytes = value;
  }
  std::array<amqp_table_entry_t, 4> entries_{};
  size_t count_ = 0;
};

class AmqpDestination : public Destination {
 public:
  AmqpDestination(AmqpDestinationOptions options, const AmqpFunctions& functions)
      : options_(std::move(options)), amqp_(functions) {
    if (options_.routing_key.empty()) options_.routing_key = options_.queue;
  }
  ~AmqpDestination() override { AmqpDestination::Close(); }
  AmqpDestination(const AmqpDestination&) = delete;
  AmqpDestination& operator=(const AmqpDestination&) = delete;

  std::string name() const override {
    return absl::StrCat(options_.tls ? "amqps://" : "amqp://", options_.host, ":", options_.port,
                        "/", options_.vhost == "/" ? "" : options_.vhost, " (",
                        options_.routing_key, ")");
  }
  Outcome Send(const Batch& batch, const std::stop_token& stop) override;
  std::chrono::nanoseconds idle_interval() const override { return options_.heartbeat / 3; }
  void Idle() override;
  void Close() override;

 private:
  absl::Status Connect();
  absl::Status OpenSocket();
  absl::Status SetUp();
  absl::Status ReplyStatus(const amqp_rpc_reply_t& reply, const char* what) const;
  absl::Status Publish(const Batch& batch);
  Outcome WaitForConfirmation(const std::stop_token& stop);
  std::optional<Outcome> OutcomeOfMethod(const amqp_method_t& method, std::string* returned) const;
  void Drop();

  AmqpDestinationOptions options_;
  const AmqpFunctions& amqp_;
  amqp_connection_state_t connection_ = nullptr;
  uint64_t published_ = 0;  // on this channel: the delivery tag of the last one
};

absl::Status AmqpDestination::ReplyStatus(const amqp_rpc_reply_t& reply, const char* what) const {
  switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
      return absl::OkStatus();
    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
      return absl::UnavailableError(
          absl::StrCat(what, ": ", amqp_.error_string(reply.library_error)));
    case AMQP_RESPONSE_SERVER_EXCEPTION:
      return absl::UnavailableError(absl::StrCat(what, ": ", ClosingText(reply.reply)));
    case AMQP_RESPONSE_NONE:
      break;
  }
  return absl::UnavailableError(absl::StrCat(what, ": no answer"));
}

absl::Status AmqpDestination::OpenSocket() {
  amqp_socket_t* const socket =
      options_.tls ? amqp_.ssl_socket(connection_) : amqp_.tcp_socket(connection_);
  if (socket == nullptr) return absl::UnavailableError("librabbitmq has no memory");
  int result = AMQP_STATUS_OK;
  if (options_.tls) {
    const std::string& ca = options_.ca.empty() ? kTrustedByDebian : options_.ca;
    amqp_.verify_peer(socket, 1);
    amqp_.verify_host(socket, 1);
    result = amqp_.set_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
    if (result == AMQP_STATUS_OK) result = amqp_.set_ca(socket, ca.c_str());
    if (result == AMQP_STATUS_OK && !options_.certificate.empty()) {
      result = amqp_.set_key(socket, options_.certificate.c_str(), options_.key.c_str());
    }
  }
  const timeval timeout = TimeOf(options_.connect_timeout);
  if (result == AMQP_STATUS_OK) {
    result = amqp_.open(socket, options_.host.c_str(), options_.port, &timeout);
  }
  if (result != AMQP_STATUS_OK) return absl::UnavailableError(amqp_.error_string(result));
  // A broker that does not read any more (its disk is full) is gone after a while, too.
  const auto longest = static_cast<unsigned>(std::chrono::milliseconds(options_.timeout).count());
  (void)setsockopt(amqp_.sockfd(connection_), IPPROTO_TCP, TCP_USER_TIMEOUT, &longest,
                   sizeof longest);
  return absl::OkStatus();
}

absl::Status AmqpDestination::SetUp() {
  constexpr int kFrameBytes = 131072;  // what brokers agree to
  absl::Status status =
      ReplyStatus(amqp_.login(connection_, options_.vhost.c_str(), 0, kFrameBytes,
                              static_cast<int>(options_.heartbeat.count()), AMQP_SASL_METHOD_PLAIN,
                              options_.user.c_str(), options_.password.c_str()),
                  "login");
  if (!status.ok()) return status;
  amqp_.channel_open(connection_, kChannel);
  status = ReplyStatus(amqp_.rpc_reply(connection_), "channel");
  if (!status.ok()) return status;
  if (!options_.queue.empty()) {
    amqp_.queue_declare(connection_, kChannel, BytesOf(options_.queue), options_.passive,
                        options_.durable, options_.exclusive, options_.auto_delete,
                        amqp_table_t{.num_entries = 0, .entries = nullptr});
    status = ReplyStatus(amqp_.rpc_reply(connection_), "queue");
    if (!status.ok()) return status;
  }
  amqp_.confirm_select(connection_, kChannel);
  return ReplyStatus(amqp_.rpc_reply(connection_), "confirms");
}

absl::Status AmqpDestination::Connect() {
  connection_ = amqp_.new_connection();
  if (connection_ == nullptr) return absl::UnavailableError("librabbitmq has no memory");
  published_ = 0;
  const timeval timeout = TimeOf(options_.connect_timeout);
  (void)amqp_.handshake_timeout(connection_, &timeout);
  (void)amqp_.rpc_timeout(connection_, &timeout);
  absl::Status status = OpenSocket();
  return status.ok() ? SetUp() : status;
}

absl::Status AmqpDestination::Publish(const Batch& batch) {
  MessageHeaders headers(batch.id);
  const std::string id = batch.id.ToString();
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
                      AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_HEADERS_FLAG;
  properties.content_type = BytesOf(batch.content_type);
  properties.delivery_mode = options_.persistent ? 2 : 1;
  properties.message_id = BytesOf(id);
  properties.headers = headers.table();
  const std::string joined = batch.header.empty() ? "" : batch.header + batch.body;
  constexpr amqp_boolean_t kMandatory = 1, kNotImmediate = 0;
  const int result = amqp_.publish(
      connection_, kChannel, BytesOf(options_.exchange), BytesOf(options_.routing_key), kMandatory,
      kNotImmediate, &properties, BytesOf(batch.header.empty() ? batch.body : joined));
  if (result != AMQP_STATUS_OK) return absl::UnavailableError(amqp_.error_string(result));
  ++published_;
  return absl::OkStatus();
}

// Nothing: the method says nothing yet.
std::optional<Outcome> AmqpDestination::OutcomeOfMethod(const amqp_method_t& method,
                                                        std::string* returned) const {
  switch (method.id) {
    case AMQP_BASIC_ACK_METHOD: {
      const auto* ack = static_cast<const amqp_basic_ack_t*>(method.decoded);
      if (ack->delivery_tag != published_ && ack->multiple == 0) return std::nullopt;
      // A message that nobody wants is returned first, and confirmed all the same.
      return returned->empty() ? Outcome::Delivered() : Outcome::TryAgain(*returned);
    }
    case AMQP_BASIC_NACK_METHOD:
      return Outcome::TryAgain("AMQP: the broker could not keep the message");
    case AMQP_BASIC_RETURN_METHOD: {
      const auto* back = static_cast<const amqp_basic_return_t*>(method.decoded);
      *returned = absl::StrCat("AMQP ", back->reply_code, ": returned, ", TextOf(back->reply_text));
      return std::nullopt;
    }
    case AMQP_CHANNEL_CLOSE_METHOD:
    case AMQP_CONNECTION_CLOSE_METHOD: {
      std::string why = ClosingText(method);
      // RabbitMQ: "PRECONDITION_FAILED - message size 200000000 is larger than configured max
      // size".
      const bool is_too_large =
          absl::StrContains(why, "AMQP 406") && absl::StrContains(why, "message size");
      return is_too_large ? Outcome::TooLarge(std::move(why)) : Outcome::TryAgain(std::move(why));
    }
    default:
      return std::nullopt;
  }
}

Outcome AmqpDestination::WaitForConfirmation(const std::stop_token& stop) {
  const auto end = std::chrono::steady_clock::now() + options_.timeout;
  std::string returned;
  while (!stop.stop_requested()) {
    amqp_.release(connection_);
    constexpr auto kPoll = std::chrono::milliseconds(100);
    const timeval wait = TimeOf(kPoll);
    amqp_frame_t frame{};
    const int result = amqp_.wait_frame(connection_, &frame, &wait);
    if (result == AMQP_STATUS_TIMEOUT) {
      if (std::chrono::steady_clock::now() > end) return Outcome::TryAgain("AMQP: no confirmation");
      continue;
    }
    if (result != AMQP_STATUS_OK) return Outcome::TryAgain(amqp_.error_string(result));
    if (frame.frame_type != AMQP_FRAME_METHOD) continue;  // the content of what is returned
    if (std::optional<Outcome> outcome = OutcomeOfMethod(frame.payload.method, &returned)) {
      return *std::move(outcome);
    }
  }
  return Outcome::TryAgain("AMQP: no confirmation yet");
}

Outcome AmqpDestination::Send(const Batch& batch, const std::stop_token& stop) {
  absl::Status status = connection_ != nullptr ? absl::OkStatus() : Connect();
  Outcome outcome;
  if (status.ok()) {
    // A broker that reads nothing holds a publisher for as long as it likes; it is to end, still.
    const std::stop_callback hang_up(
        stop, [fd = amqp_.sockfd(connection_)] { (void)shutdown(fd, SHUT_RDWR); });
    status = Publish(batch);
    if (status.ok()) outcome = WaitForConfirmation(stop);
  }
  if (!status.ok()) outcome = Outcome::TryAgain(std::string(status.message()));
  // The next try begins anew: with the queue, which may have been deleted, and with the tags.
  if (outcome.kind != Outcome::Kind::kDelivered) Drop();
  return outcome;
}

// Heartbeats are sent and read by every call that waits.
void AmqpDestination::Idle() {
  if (connection_ == nullptr) return;
  amqp_.release(connection_);
  const timeval now{.tv_sec = 0, .tv_usec = 0};
  amqp_frame_t frame{};
  const int result = amqp_.wait_frame(connection_, &frame, &now);
  // The broker has nothing to say now but that this is the end.
  if (result != AMQP_STATUS_TIMEOUT) Drop();
}

void AmqpDestination::Drop() {
  if (connection_ != nullptr) (void)amqp_.destroy(std::exchange(connection_, nullptr));
}

void AmqpDestination::Close() {
  if (connection_ == nullptr) return;
  constexpr auto kGoodbye = std::chrono::seconds(2);
  const timeval timeout = TimeOf(kGoodbye);
  (void)amqp_.rpc_timeout(connection_, &timeout);
  (void)amqp_.close(connection_, AMQP_REPLY_SUCCESS);
  Drop();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Destination>> MakeAmqpDestination(AmqpDestinationOptions options) {
  const AmqpFunctions& functions = Amqp();
  if (!functions.is_loaded) {
    return absl::UnimplementedError(absl::StrCat(options.tls ? "amqps" : "amqp", " needs ",
                                                 TSTAT_LIBRABBITMQ,
                                                 ", which this machine has not (librabbitmq4)"));
  }
  return std::make_unique<AmqpDestination>(std::move(options), functions);
}

#else

absl::StatusOr<std::unique_ptr<Destination>> MakeAmqpDestination(
    AmqpDestinationOptions /*options*/) {
  return absl::UnimplementedError("this tstat was built without AMQP (TSTAT_WITH_AMQP)");
}

#endif

}  // namespace tstat::internal
