// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/kafka_destination.h"

#ifdef TSTAT_LIBRDKAFKA
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "output/loaded_library.h"
#endif

namespace tstat::internal {

#ifdef TSTAT_LIBRDKAFKA
namespace {

struct KafkaFunctions {
  decltype(&rd_kafka_conf_new) conf_new = nullptr;
  decltype(&rd_kafka_conf_destroy) conf_destroy = nullptr;
  decltype(&rd_kafka_conf_set) conf_set = nullptr;
  decltype(&rd_kafka_conf_set_dr_msg_cb) set_delivery_report = nullptr;
  decltype(&rd_kafka_conf_set_error_cb) set_error = nullptr;
  decltype(&rd_kafka_conf_set_log_cb) set_log = nullptr;
  decltype(&rd_kafka_conf_set_opaque) set_opaque = nullptr;
  decltype(&rd_kafka_new) make = nullptr;
  decltype(&rd_kafka_destroy) destroy = nullptr;
  decltype(&rd_kafka_topic_new) topic_new = nullptr;
  decltype(&rd_kafka_topic_destroy) topic_destroy = nullptr;
  decltype(&rd_kafka_produce) produce = nullptr;
  decltype(&rd_kafka_last_error) last_error = nullptr;
  decltype(&rd_kafka_poll) poll = nullptr;
  decltype(&rd_kafka_purge) purge = nullptr;
  decltype(&rd_kafka_err2str) error_text = nullptr;
  bool is_loaded = false;
};

KafkaFunctions LoadKafka() {
  const LoadedLibrary library(TSTAT_LIBRDKAFKA);
  KafkaFunctions f;
  f.is_loaded =
      library.Find("rd_kafka_conf_new", &f.conf_new) &&
      library.Find("rd_kafka_conf_destroy", &f.conf_destroy) &&
      library.Find("rd_kafka_conf_set", &f.conf_set) &&
      library.Find("rd_kafka_conf_set_dr_msg_cb", &f.set_delivery_report) &&
      library.Find("rd_kafka_conf_set_error_cb", &f.set_error) &&
      library.Find("rd_kafka_conf_set_log_cb", &f.set_log) &&
      library.Find("rd_kafka_conf_set_opaque", &f.set_opaque) &&
      library.Find("rd_kafka_new", &f.make) && library.Find("rd_kafka_destroy", &f.destroy) &&
      library.Find("rd_kafka_topic_new", &f.topic_new) &&
      library.Find("rd_kafka_topic_destroy", &f.topic_destroy) &&
      library.Find("rd_kafka_produce", &f.produce) &&
      library.Find("rd_kafka_last_error", &f.last_error) &&
      library.Find("rd_kafka_poll", &f.poll) && library.Find("rd_kafka_purge", &f.purge) &&
      library.Find("rd_kafka_err2str", &f.error_text);
  return f;
}

// Loaded once, with the first destination that needs it.
const KafkaFunctions& Kafka() {
  static const KafkaFunctions functions = LoadKafka();
  return functions;
}

// The messages of a batch, without the newlines of lines.
std::vector<std::string_view> MessagesOf(const Batch& batch, const std::string& joined) {
  if (!batch.splits_by_lines || !batch.header.empty())
    return {joined.empty() ? batch.body : joined};
  std::vector<std::string_view> messages;
  std::string_view rest = batch.body;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    messages.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return messages;
}

// What a broker, or the library, would refuse again: the message, not the moment.
bool IsForGood(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
         error == RD_KAFKA_RESP_ERR_INVALID_RECORD || error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE;
}

class KafkaDestination : public Destination {
 public:
  KafkaDestination(KafkaDestinationOptions options, const KafkaFunctions& functions)
      : options_(std::move(options)), kafka_(functions) {}
  ~KafkaDestination() override { KafkaDestination::Close(); }
  KafkaDestination(const KafkaDestination&) = delete;
  KafkaDestination& operator=(const KafkaDestination&) = delete;

  std::string name() const override {
    return absl::StrCat(options_.tls ? "kafkas://" : "kafka://", options_.brokers, "/",
                        options_.topic);
  }
  Outcome Send(const Batch& batch, const std::stop_token& stop) override;
  std::chrono::nanoseconds idle_interval() const override { return std::chrono::seconds(1); }
  void Idle() override {
    if (producer_ != nullptr) (void)kafka_.poll(producer_, 0);
  }
  void Close() override;

  // That the library takes the options.
  absl::Status Check() const;

 private:
  enum class State : uint8_t { kWaiting, kUnderWay, kKept, kRefused };

  absl::Status Settings(rd_kafka_conf_t* settings) const;
  absl::Status Connect();
  void Begin(const Batch& batch, size_t messages);
  void Produce(const std::string& id, const std::vector<std::string_view>& messages);
  void Wait(const std::stop_token& stop);
  void GiveUp();
  Outcome Result();
  void OnReport(size_t message, rd_kafka_resp_err_t error);
  void OnError(rd_kafka_resp_err_t error, const char* reason);

  static void DeliveryReport(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    static_cast<KafkaDestination*>(self)->OnReport(
        static_cast<size_t>(reinterpret_cast<uintptr_t>(message->_private)), message->err);
  }
  static void ErrorReport(rd_kafka_t*, int error, const char* reason, void* self) {
    static_cast<KafkaDestination*>(self)->OnError(static_cast<rd_kafka_resp_err_t>(error), reason);
  }
  // What it logs, errors tell, too.
  static void NoLog(const rd_kafka_t*, int, const char*, const char*) {}

  KafkaDestinationOptions options_;
  const KafkaFunctions& kafka_;
  rd_kafka_t* producer_ = nullptr;
  rd_kafka_topic_t* topic_ = nullptr;

  // Of the batch that is under way, or was to be sent last. Messages that were acknowledged are not
  // sent again by the next try, as long as the process lives.
  std::optional<BatchId> batch_;
  std::vector<State> states_;
  size_t under_way_ = 0;
  bool is_down_ = false;  // there is no broker to send to
  bool is_fatal_ = false;
  std::string why_, connection_why_, refused_why_;
};

absl::Status KafkaDestination::Settings(rd_kafka_conf_t* settings) const {
  const auto milliseconds = [](std::chrono::seconds time) {
    return absl::StrCat(std::chrono::milliseconds(time).count());
  };
  // More than a batch has.
  constexpr const char* kQueuedMessages = "10000000";
  constexpr const char* kQueuedKilobytes = "1048576";
  std::vector<std::pair<const char*, std::string>> values = {
      {"bootstrap.servers", options_.brokers},
      {"client.id", "tstat"},
      {"acks", "all"},
      {"enable.idempotence", "true"},
      {"linger.ms", "5"},
      {"socket.nagle.disable", "true"},
      {"message.timeout.ms", milliseconds(options_.timeout)},
      {"socket.connection.setup.timeout.ms", milliseconds(options_.connect_timeout)},
      {"message.max.bytes", absl::StrCat(options_.message_bytes)},
      {"queue.buffering.max.messages", kQueuedMessages},
      {"queue.buffering.max.kbytes", kQueuedKilobytes},
      {"compression.codec", options_.compression},
      {"partitioner", "consistent_random"},
      {"security.protocol",
       absl::StrCat(options_.user.empty() ? "" : "sasl_", options_.tls ? "ssl" : "plaintext")}};
  if (!options_.user.empty()) {
    values.insert(values.end(), {{"sasl.mechanisms", options_.mechanism},
                                 {"sasl.username", options_.user},
                                 {"sasl.password", options_.password}});
  }
  if (!options_.ca.empty()) values.emplace_back("ssl.ca.location", options_.ca);
  if (!options_.certificate.empty()) {
    values.emplace_back("ssl.certificate.location", options_.certificate);
    values.emplace_back("ssl.key.location", options_.key);
  }
  std::array<char, 512> error{};
  for (const auto& [name, value] : values) {
    if (kafka_.conf_set(settings, name, value.c_str(), error.data(), error.size()) !=
        RD_KAFKA_CONF_OK) {
      return absl::InvalidArgumentError(absl::StrCat("librdkafka: ", error.data()));
    }
  }
  return absl::OkStatus();
}

absl::Status KafkaDestination::Check() const {
  rd_kafka_conf_t* const settings = kafka_.conf_new();
  absl::Status status = Settings(settings);
  kafka_.conf_destroy(settings);
  return status;
}

absl::Status KafkaDestination::Connect() {
  rd_kafka_conf_t* const settings = kafka_.conf_new();
  absl::Status status = Settings(settings);
  kafka_.set_opaque(settings, this);
  kafka_.set_delivery_report(settings, &KafkaDestination::DeliveryReport);
  kafka_.set_error(settings, &KafkaDestination::ErrorReport);
  kafka_.set_log(settings, &KafkaDestination::NoLog);
  std::array<char, 512> error{};
  if (status.ok()) {
    producer_ = kafka_.make(RD_KAFKA_PRODUCER, settings, error.data(), error.size());
    if (producer_ == nullptr)
      status = absl::UnavailableError(absl::StrCat("librdkafka: ", error.data()));
  }
  if (producer_ == nullptr) {
    kafka_.conf_destroy(settings);  // else it is the producer's
    return status;
  }
  topic_ = kafka_.topic_new(producer_, options_.topic.c_str(), nullptr);
  if (topic_ != nullptr) return absl::OkStatus();
  status = absl::UnavailableError(absl::StrCat("Kafka: ", kafka_.error_text(kafka_.last_error())));
  Close();
  return status;
}

void KafkaDestination::OnReport(size_t message, rd_kafka_resp_err_t error) {
  if (under_way_ == 0 || message >= states_.size()) return;
  --under_way_;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    states_[message] = State::kKept;
  } else if (IsForGood(error)) {
    states_[message] = State::kRefused;
    refused_why_ = kafka_.error_text(error);
  } else {
    states_[message] = State::kWaiting;
    // The first one is the cause; those that were purged follow from it.
    if (why_.empty()) why_ = kafka_.error_text(error);
  }
}

void KafkaDestination::OnError(rd_kafka_resp_err_t error, const char* reason) {
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    is_down_ = true;
  } else if (error == RD_KAFKA_RESP_ERR__FATAL) {
    is_fatal_ = true;
    why_ = reason;
  } else {
    connection_why_ = reason;
    is_down_ = is_down_ || error == RD_KAFKA_RESP_ERR__AUTHENTICATION;
  }
}

void KafkaDestination::Begin(const Batch& batch, size_t messages) {
  if (batch_ != batch.id || states_.size() != messages) {
    batch_ = batch.id;
    states_.assign(messages, State::kWaiting);
    refused_why_.clear();
  }
  under_way_ = 0;
  is_down_ = is_fatal_ = false;
  why_.clear();
  connection_why_.clear();
}

void KafkaDestination::Produce(const std::string& id,
                               const std::vector<std::string_view>& messages) {
  std::string key;
  for (size_t i = 0; i < messages.size(); ++i) {
    if (states_[i] == State::kKept || states_[i] == State::kRefused) continue;
    key.assign(id);
    absl::StrAppend(&key, "/", i);
    const std::string_view message = messages[i];
    states_[i] = State::kUnderWay;
    ++under_way_;
    if (kafka_.produce(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                       const_cast<char*>(message.data()), message.size(), key.data(), key.size(),
                       reinterpret_cast<void*>(static_cast<uintptr_t>(i))) == 0) {
      continue;
    }
    OnReport(i, kafka_.last_error());
    if (states_[i] == State::kWaiting) return;  // no use in going on
  }
}

// Until every message has its report, or there is no use in waiting.
void KafkaDestination::Wait(const std::stop_token& stop) {
  constexpr int kPollMs = 100;
  while (under_way_ > 0 && !stop.stop_requested() && !is_down_ && !is_fatal_) {
    (void)kafka_.poll(producer_, kPollMs);
  }
}

// What is under way is not any more: what it would have been is not known.
void KafkaDestination::GiveUp() {
  if (under_way_ == 0) return;
  (void)kafka_.purge(producer_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  constexpr int kPollMs = 10, kMostPolls = 100;
  if (why_.empty()) why_ = "no acknowledgement";
  for (int i = 0; i < kMostPolls && under_way_ > 0; ++i) (void)kafka_.poll(producer_, kPollMs);
}

Outcome KafkaDestination::Result() {
  size_t refused = 0;
  for (const State state : states_) {
    if (state == State::kRefused) {
      ++refused;
    } else if (state != State::kKept) {
      const std::string& why = connection_why_.empty() ? why_ : connection_why_;
      return Outcome::TryAgain(absl::StrCat("Kafka: ", why.empty() ? "not acknowledged" : why));
    }
  }
  batch_.reset();
  // In parts, what is one message may be taken.
  if (states_.size() == 1 && refused == 1) return Outcome::TooLarge("Kafka: " + refused_why_);
  Outcome outcome = Outcome::Delivered();
  outcome.refused_rows = static_cast<uint32_t>(refused);
  if (refused > 0) outcome.why = "Kafka: " + refused_why_;
  return outcome;
}

Outcome KafkaDestination::Send(const Batch& batch, const std::stop_token& stop) {
  if (producer_ == nullptr) {
    const absl::Status status = Connect();
    if (!status.ok()) return Outcome::TryAgain(std::string(status.message()));
  }
  const std::string joined = batch.header.empty() ? "" : batch.header + batch.body;
  const std::vector<std::string_view> messages = MessagesOf(batch, joined);
  Begin(batch, messages.size());
  Produce(batch.id.ToString(), messages);
  Wait(stop);
  GiveUp();
  Outcome outcome = Result();
  // The next try begins anew, with connections and with the numbers of messages.
  if (outcome.kind == Outcome::Kind::kTryAgain) Close();
  return outcome;
}

void KafkaDestination::Close() {
  if (topic_ != nullptr) kafka_.topic_destroy(std::exchange(topic_, nullptr));
  if (producer_ != nullptr) kafka_.destroy(std::exchange(producer_, nullptr));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Destination>> MakeKafkaDestination(KafkaDestinationOptions options) {
  const KafkaFunctions& functions = Kafka();
  if (!functions.is_loaded) {
    return absl::UnimplementedError(absl::StrCat(options.tls ? "kafkas" : "kafka", " needs ",
                                                 TSTAT_LIBRDKAFKA,
                                                 ", which this machine has not (librdkafka1)"));
  }
  auto destination = std::make_unique<KafkaDestination>(std::move(options), functions);
  if (absl::Status status = destination->Check(); !status.ok()) return status;
  return destination;
}

#else

absl::StatusOr<std::unique_ptr<Destination>> MakeKafkaDestination(
    KafkaDestinationOptions /*options*/) {
  return absl::UnimplementedError("this tstat was built without Kafka (TSTAT_WITH_KAFKA)");
}

#endif

}  // namespace tstat::internal
