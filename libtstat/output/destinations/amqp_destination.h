// SPDX-License-Identifier: BSD-3-Clause
//
// A message broker that speaks AMQP 0-9-1 (RabbitMQ), by librabbitmq. Each batch is one message,
// its header first. It is delivered when the broker confirms it (confirm.select) and did not return
// it (mandatory): when it is in a queue. Message id: BatchId; headers: probe, run, sequence, part.
#ifndef TSTAT_OUTPUT_DESTINATIONS_AMQP_DESTINATION_H_
#define TSTAT_OUTPUT_DESTINATIONS_AMQP_DESTINATION_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "output/destinations/destination.h"

namespace tstat::internal {

struct AmqpDestinationOptions {
  std::string host;
  uint16_t port = 5672;  // 5671 with TLS
  std::string vhost = "/";
  std::string user = "guest", password = "guest";
  std::string exchange;     // "": the default one, that takes the routing key for a queue's name
  std::string routing_key;  // empty: `queue`
  // Declared at each connection, unless empty.
  std::string queue;
  bool passive = false, durable = true, exclusive = false, auto_delete = false;
  bool persistent = false;  // messages survive the broker's restart (delivery mode 2)
  std::chrono::seconds heartbeat{300};
  bool tls = false;
  std::string ca;                // authorities that are trusted; none: Debian's file of all
  std::string certificate, key;  // own ones
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds timeout{30};  // until a message is confirmed
};

// Errors: Unimplemented without librabbitmq, at build time or on this machine.
absl::StatusOr<std::unique_ptr<Destination>> MakeAmqpDestination(AmqpDestinationOptions options);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_AMQP_DESTINATION_H_
