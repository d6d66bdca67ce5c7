// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

namespace tstat::cli {
namespace {

// The other end, as systemd has it.
class Listener {
 public:
  explicit Listener(const std::string& name)
      : descriptor_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = 0;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    bound_ = bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size) == 0;
  }
  ~Listener() { close(descriptor_); }

  bool bound() const { return bound_; }
  std::string Receive() {
    char text[256];
    const ssize_t n = recv(descriptor_, text, sizeof text, 0);
    return n < 0 ? "nothing" : std::string(text, static_cast<size_t>(n));
  }

 private:
  int descriptor_;
  bool bound_;
};

TEST(ServiceManager, SpeaksToPathsAndAbstractNames) {
  const std::string name = "tstat-service-manager-test-" + std::to_string(getpid());
  for (const std::string& socket : {"/tmp/" + name, "@" + name}) {
    Listener listener(socket);
    ASSERT_TRUE(listener.bound()) << socket;
    EXPECT_TRUE(ServiceManager(socket).Notify("READY=1\nSTATUS=fine"));
    EXPECT_EQ(listener.Receive(), "READY=1\nSTATUS=fine");
    EXPECT_EQ(listener.Receive(), "nothing");
    if (socket[0] == '/') unlink(socket.c_str());
  }
}

TEST(ServiceManager, NobodyListens) {
  EXPECT_FALSE(ServiceManager("").Notify("READY=1"));
  EXPECT_FALSE(ServiceManager("/nonexistent/socket").Notify("READY=1"));
  EXPECT_FALSE(ServiceManager(std::string(200, 'x')).Notify("READY=1"));
}

TEST(ServiceManager, LifeSignsForThisProcessOnly) {
  setenv("NOTIFY_SOCKET", "@x", 1);
  setenv("WATCHDOG_USEC", "1000000", 1);
  EXPECT_TRUE(ServiceManager::FromEnvironment().wants_life_signs());
  setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(ServiceManager::FromEnvironment().wants_life_signs());
  unsetenv("WATCHDOG_PID");
  unsetenv("WATCHDOG_USEC");
  EXPECT_FALSE(ServiceManager::FromEnvironment().wants_life_signs());
  unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace tstat::cli
