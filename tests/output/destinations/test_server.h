// SPDX-License-Identifier: BSD-3-Clause
//
// A server of one port of the loopback device that answers each connection's requests as it is
// told.
#ifndef TSTAT_TESTS_OUTPUT_DESTINATIONS_TEST_SERVER_H_
#define TSTAT_TESTS_OUTPUT_DESTINATIONS_TEST_SERVER_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tstat::internal {

class TestServer {
 public:
  // What is sent for a request (head and body), before the connection goes on or ends.
  struct Answer {
    std::string bytes;
    bool closes = false;
    // Instead of an answer: nothing, until the server ends or the client hangs up.
    bool is_silent = false;
  };
  using Handler = std::function<Answer(const std::string& head, const std::string& body)>;

  explicit TestServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~TestServer() {
    is_ending_ = true;
    thread_.join();
    close(listener_);
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string Url(std::string_view scheme = "http") const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_) + "/write?db=tstat";
  }
  std::vector<std::string> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  int connections() const { return connections_; }

 private:
  static constexpr int kPollMs = 20;

  bool IsReadable(int descriptor) const {
    while (!is_ending_) {
      pollfd waited{.fd = descriptor, .events = POLLIN, .revents = 0};
      if (poll(&waited, 1, kPollMs) > 0) return true;
    }
    return false;
  }
  void Run() {
    while (IsReadable(listener_)) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      ++connections_;
      while (Serve(connection)) {
      }
      close(connection);
    }
  }
  // False: the connection ends.
  bool Serve(int connection) {
    std::string text;
    size_t length = std::string::npos;
    for (;;) {
      const size_t end = text.find("\r\n\r\n");
      if (end != std::string::npos && length == std::string::npos) {
        const size_t at = text.find("Content-Length: ");
        length = end + 4 + (at < end ? std::strtoul(text.c_str() + at + 16, nullptr, 10) : 0);
      }
      if (text.size() >= length) break;
      char bytes[65536];
      if (!IsReadable(connection)) return false;
      const ssize_t count = recv(connection, bytes, sizeof bytes, 0);
      if (count <= 0) return false;
      text.append(bytes, static_cast<size_t>(count));
    }
    const size_t head = text.find("\r\n\r\n") + 4;
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(text);
    }
    const Answer answer = handler_(text.substr(0, head), text.substr(head));
    if (answer.is_silent) {
      (void)IsReadable(connection);
      return false;
    }
    std::string_view rest = answer.bytes;
    while (!rest.empty()) {
      const ssize_t count = send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      rest.remove_prefix(static_cast<size_t>(count));
    }
    return !answer.closes;
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> is_ending_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_OUTPUT_DESTINATIONS_TEST_SERVER_H_
