// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/sandbox.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

#include "gtest/gtest.h"

namespace tstat::cli {
namespace {

constexpr int kUnimplemented = 77, kRefused = 78;

// What becomes of a process that calls `action` with the filter on: the status of waitpid.
template <typename Action>
int StatusOf(const SystemCallNeeds& needs, Action action) {
  const pid_t child = fork();
  if (child == 0) {
    const absl::Status status = LimitSystemCalls(needs);
    if (absl::IsUnimplemented(status)) _exit(kUnimplemented);
    if (!status.ok()) _exit(kRefused);
    _exit(action());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    const int status = StatusOf({}, [] { return 0; });
    if (WIFEXITED(status) && WEXITSTATUS(status) == kUnimplemented) {
      GTEST_SKIP() << "built without libseccomp";
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == kRefused) {
      GTEST_SKIP() << "this kernel has no filters";
    }
    ASSERT_EQ(status, 0);
  }

  // The value that `action` returns.
  template <typename Action>
  static int ResultOf(const SystemCallNeeds& needs, Action action) {
    const int status = StatusOf(needs, action);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // The signal that ends the process.
  template <typename Action>
  static int SignalOf(Action action) {
    const int status = StatusOf({}, [&] {
      action();
      return 0;
    });
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }
};

TEST_F(SandboxTest, FilesAndDirectoriesWork) {
  const std::string directory = testing::TempDir() + "sandbox_test";
  const std::string file = directory + "/file";
  EXPECT_EQ(ResultOf({},
                     [&] {
                       if (mkdir(directory.c_str(), 0755) != 0) return 1;
                       const int descriptor = open(file.c_str(), O_RDWR | O_CREAT, 0644);
                       if (write(descriptor, "text", 4) != 4) return 2;
                       char read_back[4];
                       if (pread(descriptor, read_back, 4, 0) != 4) return 3;
                       struct stat info;
                       if (stat(file.c_str(), &info) != 0 || info.st_size != 4) return 4;
                       if (unlink(file.c_str()) != 0) return 5;
                       return rmdir(directory.c_str()) == 0 ? 0 : 6;
                     }),
            0);
}

TEST_F(SandboxTest, ProgramsCannotBeStarted) {
  EXPECT_EQ(SignalOf([] { execl("/bin/true", "true", nullptr); }), SIGSYS);
  char name[] = "true";
  char* none[] = {name, nullptr};
  EXPECT_EQ(SignalOf([&] { fexecve(STDIN_FILENO, none, none); }), SIGSYS);
  EXPECT_EQ(ResultOf({}, [] { return fork() == -1 ? errno : 0; }), ENOSYS);
}

TEST_F(SandboxTest, OtherProcessesAreOutOfReach) {
  EXPECT_EQ(SignalOf([] { ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }), SIGSYS);
  EXPECT_EQ(SignalOf([] { (void)!setuid(0); }), SIGSYS);
  EXPECT_EQ(ResultOf({}, [] { return kill(getppid(), 0) == -1 ? errno : 0; }), ENOSYS);
}

TEST_F(SandboxTest, NothingBecomesExecutable) {
  const auto map = [](int protection) {
    return mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  };
  EXPECT_EQ(ResultOf({},
                     [&] {
                       void* const page = map(PROT_READ | PROT_WRITE);
                       if (page == MAP_FAILED) return 1;
                       if (mprotect(page, 4096, PROT_READ) != 0) return 2;
                       if (mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0) return 3;
                       return map(PROT_READ | PROT_EXEC) == MAP_FAILED ? 0 : 4;
                     }),
            0);
}

TEST_F(SandboxTest, SocketsAreForTheServiceManagerOnly) {
  const auto error = [](int family) {
    return [family] { return socket(family, SOCK_DGRAM, 0) == -1 ? errno : 0; };
  };
  EXPECT_EQ(ResultOf({}, error(AF_UNIX)), ENOSYS);
  EXPECT_EQ(ResultOf({.service_manager = true}, error(AF_UNIX)), 0);
  for (const int family : {AF_INET, AF_INET6, AF_PACKET, AF_NETLINK}) {
    EXPECT_EQ(ResultOf({.service_manager = true}, error(family)), ENOSYS) << family;
  }
}

TEST_F(SandboxTest, DatabasesNeedMore) {
  const auto error = [] { return chmod("/none", 0644) == -1 ? errno : 0; };
  EXPECT_EQ(ResultOf({}, error), ENOSYS);
  EXPECT_EQ(ResultOf({.databases = true}, error), ENOENT);
}

// A thread of the C library, as those that send have; 1: there is none.
int StartsAThread() {
  pthread_t thread;
  const auto nothing = [](void*) -> void* { return nullptr; };
  return pthread_create(&thread, nullptr, nothing, nullptr) == 0 &&
                 pthread_join(thread, nullptr) == 0
             ? 0
             : 1;
}

TEST_F(SandboxTest, ExportsHaveThreadsAndNothingElse) {
  EXPECT_EQ(ResultOf({}, StartsAThread), 1);
  EXPECT_EQ(ResultOf({.exports = true}, StartsAThread), 0);
  EXPECT_EQ(ResultOf({.network = true}, StartsAThread), 0);
  const auto sync = [] { return fdatasync(-1) == -1 ? errno : 0; };
  EXPECT_EQ(ResultOf({}, sync), ENOSYS);
  EXPECT_EQ(ResultOf({.exports = true}, sync), EBADF);
  for (const bool network : {false, true}) {
    const SystemCallNeeds needs = {.exports = true, .network = network};
    EXPECT_EQ(ResultOf(needs, [] { return fork() == -1 ? errno : 0; }), ENOSYS);
    EXPECT_EQ(ResultOf(needs, [] { return socket(AF_PACKET, SOCK_RAW, 0) == -1 ? errno : 0; }),
              ENOSYS);
    EXPECT_EQ(ResultOf(needs, [] { return socket(AF_INET, SOCK_STREAM, 0) == -1 ? errno : 0; }),
              network ? 0 : ENOSYS);
  }
}

TEST_F(SandboxTest, ConnectionsWorkForWhoNeedsThem) {
  EXPECT_EQ(
      ResultOf({.network = true},
               [] {
                 int pair[2];
                 if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return 1;
                 if (send(pair[0], "x", 1, MSG_NOSIGNAL) != 1) return 2;
                 char byte;
                 if (recv(pair[1], &byte, 1, 0) != 1) return 3;
                 const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
                 const int yes = 1;
                 if (setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0) {
                   return 4;
                 }
                 sockaddr_in nowhere{};
                 nowhere.sin_family = AF_INET;
                 nowhere.sin_port = htons(1);
                 nowhere.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                 const int result =
                     connect(descriptor, reinterpret_cast<sockaddr*>(&nowhere), sizeof nowhere);
                 return result == 0 || errno != ENOSYS ? 0 : 5;
               }),
      0);
}

TEST_F(SandboxTest, SignalsEndTheProcessAsEver) {
  EXPECT_EQ(SignalOf([] { raise(SIGTERM); }), SIGTERM);
  EXPECT_EQ(SignalOf([] { std::abort(); }), SIGABRT);
}

}  // namespace
}  // namespace tstat::cli
