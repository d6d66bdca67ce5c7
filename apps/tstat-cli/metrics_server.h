// SPDX-License-Identifier: BSD-3-Clause
//
// The listener of --metrics: answers GET /metrics with a text that the analysis hands over now and
// then, so that nobody who asks can make it wait. By libmicrohttpd, which is loaded when it is
// asked for.
//
//   auto server = MetricsServer::Open("127.0.0.1", 9111);    // with the rights of the start
//   absl::Status status = (*server)->Start();                // a thread, in the sandbox
//   (*server)->Publish(registry.Text());
#ifndef TSTAT_APPS_TSTAT_CLI_METRICS_SERVER_H_
#define TSTAT_APPS_TSTAT_CLI_METRICS_SERVER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tstat::cli {

class MetricsServer {
 public:
  // Listens at a numeric address; port 0: any that is free. Errors: InvalidArgument for what is no
  // address; Unimplemented without libmicrohttpd, at build time or on this machine; of the system.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Open(const std::string& address,
                                                             uint16_t port);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  // Makes the thread that answers. It takes no signals.
  absl::Status Start();
  // What is answered from now on. Before the first time: 503.
  void Publish(std::string text);

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const;

  // For the thread.
  [[nodiscard]] std::string text() const;

 private:
  struct Daemon;

  MetricsServer(int descriptor, std::string host, uint16_t port);

  int descriptor_;    // until Start has given it away
  std::string host_;  // as in an URL
  uint16_t port_;
  std::unique_ptr<Daemon> daemon_;
  mutable std::mutex mutex_;  // of what follows
  std::string text_;
};

}  // namespace tstat::cli

#endif  // TSTAT_APPS_TSTAT_CLI_METRICS_SERVER_H_
