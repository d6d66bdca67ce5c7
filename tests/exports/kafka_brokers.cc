// SPDX-License-Identifier: BSD-3-Clause
//
// Brokers of Kafka in this process, those that librdkafka has for tests, and a consumer. Its first
// line is their addresses; then it does what its input says, a line each, and answers with lines
// of which the last one is ".":
//
//   topic NAME PARTITIONS      makes a topic
//   down N / up N              broker N (1 to 3) is away, is there again
//   errors REQUEST ERROR N     the next N requests of this kind (0: produce) fail so
//   slow N MILLISECONDS        how long answers of broker N take
//   read NAME                  all messages of a topic: "KEY\tVALUE"
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int kBrokers = 3;

std::string Text(const void* bytes, size_t length) {
  return length == 0 ? std::string() : std::string(static_cast<const char*>(bytes), length);
}

bool Set(rd_kafka_conf_t* settings, const char* name, const char* value) {
  char error[256];
  if (rd_kafka_conf_set(settings, name, value, error, sizeof error) == RD_KAFKA_CONF_OK)
    return true;
  std::fprintf(stderr, "%s\n", error);
  return false;
}

rd_kafka_t* Consumer(const char* brokers) {
  rd_kafka_conf_t* const settings = rd_kafka_conf_new();
  char error[256];
  if (!Set(settings, "bootstrap.servers", brokers) || !Set(settings, "group.id", "test") ||
      !Set(settings, "enable.partition.eof", "true") ||
      !Set(settings, "auto.offset.reset", "earliest") ||
      !Set(settings, "fetch.wait.max.ms", "10") || !Set(settings, "enable.auto.commit", "false")) {
    return nullptr;
  }
  return rd_kafka_new(RD_KAFKA_CONSUMER, settings, error, sizeof error);
}

// All messages, up to the end that each partition has then.
void Read(const char* brokers, const std::string& topic, int partitions) {
  rd_kafka_t* const consumer = Consumer(brokers);
  if (consumer == nullptr) return;
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* const list = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list, topic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
  for (int ended = 0; ended < partitions;) {
    rd_kafka_message_t* const message = rd_kafka_consumer_poll(consumer, 1000);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ++ended;
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::string value = Text(message->payload, message->len);
      for (char& c : value) {
        if (c == '\n') c = '\f';
      }
      std::printf("%s\t%s\n", Text(message->key, message->key_len).c_str(), value.c_str());
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}

}  // namespace

int main() {
  char error[256];
  rd_kafka_t* const handle =
      rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), error, sizeof error);
  if (handle == nullptr) return 1;
  rd_kafka_mock_cluster_t* const cluster = rd_kafka_mock_cluster_new(handle, kBrokers);
  if (cluster == nullptr) return 1;
  const char* const brokers = rd_kafka_mock_cluster_bootstraps(cluster);
  std::printf("%s\n", brokers);
  std::fflush(stdout);
  std::map<std::string, int> topics;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, name;
    int a = 0, b = 0, c = 0;
    words >> command;
    if (command == "topic" && words >> name >> a) {
      topics[name] = a;
      rd_kafka_mock_topic_create(cluster, name.c_str(), a, kBrokers);
    } else if (command == "read" && words >> name) {
      Read(brokers, name, topics[name]);
    } else if (command == "down" && words >> a) {
      rd_kafka_mock_broker_set_down(cluster, a);
    } else if (command == "up" && words >> a) {
      rd_kafka_mock_broker_set_up(cluster, a);
    } else if (command == "slow" && words >> a >> b) {
      rd_kafka_mock_broker_set_rtt(cluster, a, b);
    } else if (command == "errors" && words >> a >> b >> c) {
      const std::vector<rd_kafka_resp_err_t> errors(static_cast<size_t>(c),
                                                    static_cast<rd_kafka_resp_err_t>(b));
      rd_kafka_mock_push_request_errors_array(cluster, static_cast<int16_t>(a), errors.size(),
                                              errors.data());
    } else {
      std::fprintf(stderr, "what is this: %s\n", line.c_str());
      return 2;
    }
    std::printf(".\n");
    std::fflush(stdout);
  }
  return 0;
}
