// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace tstat::cli {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

ServiceManager ServiceManager::FromEnvironment() {
  const std::string pid = Environment("WATCHDOG_PID");
  const bool is_meant = pid.empty() || pid == std::to_string(getpid());
  return ServiceManager(Environment("NOTIFY_SOCKET"),
                        is_meant && !Environment("WATCHDOG_USEC").empty());
}

bool ServiceManager::Notify(std::string_view state) const {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = 0;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const ssize_t sent = sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                              reinterpret_cast<const sockaddr*>(&address), size);
  close(descriptor);
  return sent == static_cast<ssize_t>(state.size());
}

}  // namespace tstat::cli
