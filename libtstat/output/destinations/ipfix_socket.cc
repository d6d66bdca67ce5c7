// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/ipfix_socket.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

constexpr int kConnectPollMs = 50;

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, FreeAddresses>;

absl::StatusOr<AddressList> Resolve(const std::string& host, uint16_t port, int type) {
  addrinfo hints{};
  hints.ai_socktype = type;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), absl::StrCat(port).c_str(), &hints, &list);
  if (error == EAI_SYSTEM) return ErrnoStatus(errno);
  if (error != 0) return absl::UnavailableError(absl::StrCat(host, ": ", gai_strerror(error)));
  return AddressList(list);
}

absl::Status ConnectTo(int descriptor, const addrinfo& address, std::chrono::nanoseconds timeout,
                       const std::stop_token& stop) {
  if (connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) return absl::OkStatus();
  if (errno != EINPROGRESS) return ErrnoStatus(errno);
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    pollfd waited{.fd = descriptor, .events = POLLOUT, .revents = 0};
    if (poll(&waited, 1, kConnectPollMs) > 0) {
      const int error = TakeSocketError(descriptor);
      return error == 0 ? absl::OkStatus() : ErrnoStatus(error);
    }
    if (stop.stop_requested() || std::chrono::steady_clock::now() > end) {
      return absl::DeadlineExceededError("does not answer");
    }
  }
}

}  // namespace

int TakeSocketError(int descriptor) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

absl::StatusOr<ConnectedSocket> ConnectSocket(const std::string& host, uint16_t port, int type,
                                              std::chrono::nanoseconds timeout,
                                              const std::stop_token& stop) {
  absl::StatusOr<AddressList> list = Resolve(host, port, type);
  if (!list.ok()) return list.status();
  absl::Status status = absl::UnavailableError("the name has no address");
  for (const addrinfo* address = list->get(); address != nullptr; address = address->ai_next) {
    auto descriptor = std::make_unique<Descriptor>(
        socket(address->ai_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (descriptor->get() < 0) {
      status = ErrnoStatus(errno);
      continue;
    }
    status = ConnectTo(descriptor->get(), *address, timeout, stop);
    if (status.ok()) {
      return ConnectedSocket{.descriptor = std::move(descriptor),
                             .is_v6 = address->ai_family == AF_INET6};
    }
  }
  return status;
}

}  // namespace tstat::internal
