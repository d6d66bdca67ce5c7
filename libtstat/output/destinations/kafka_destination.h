// SPDX-License-Identifier: BSD-3-Clause
//
// Brokers of Kafka (librdkafka). Of a batch of lines, each line is a message; else the batch is
// one. The key of a message is the name of its batch, and its place in that: PROBE/RUN/SEQUENCE/0;
// one that comes again has the same. Delivered: all replicas that are in step have every message.
#ifndef TSTAT_OUTPUT_DESTINATIONS_KAFKA_DESTINATION_H_
#define TSTAT_OUTPUT_DESTINATIONS_KAFKA_DESTINATION_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "output/destinations/destination.h"

namespace tstat::internal {

struct KafkaDestinationOptions {
  std::string brokers = {};  // "host:port,host:port": those that are asked for the others
  std::string topic = {};
  bool tls = false;
  std::string ca = {};           // PEM file; empty: the system's
  std::string certificate = {};  // own, with its key; empty: none
  std::string key = {};
  std::string user = {}, password = {};  // empty: none (SASL)
  std::string mechanism = "PLAIN";       // of SASL
  std::string compression = "none";      // of messages
  uint64_t message_bytes = 1000000;      // the largest message
  std::chrono::seconds timeout{30};      // until messages are acknowledged
  std::chrono::seconds connect_timeout{10};
};

// Words that mechanism and compression are of.
inline constexpr const char* kKafkaMechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
inline constexpr const char* kKafkaCompressions[] = {"none", "gzip", "snappy", "lz4", "zstd"};

// Error: Unimplemented without librdkafka; InvalidArgument when it does not take an option.
absl::StatusOr<std::unique_ptr<Destination>> MakeKafkaDestination(KafkaDestinationOptions options);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_KAFKA_DESTINATION_H_
