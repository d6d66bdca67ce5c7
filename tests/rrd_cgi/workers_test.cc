// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/workers.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <set>
#include <string>
#include <thread>

namespace tstat::viewer {
namespace {

// Runs a keeper in a child; its workers write their numbers into a pipe.
class WorkersTest : public ::testing::Test {
 protected:
  WorkersTest() { EXPECT_EQ(pipe(pipe_), 0); }
  ~WorkersTest() override {
    if (keeper_ > 0) {
      kill(keeper_, SIGKILL);
      waitpid(keeper_, nullptr, 0);
    }
    close(pipe_[0]);
  }

  template <typename Work>
  void Keep(int count, Work work) {
    keeper_ = fork();
    if (keeper_ == 0) {
      close(pipe_[0]);
      KeepWorkers(count, listener_, [&] {
        const pid_t self = getpid();
        if (write(pipe_[1], &self, sizeof(self)) != sizeof(self)) return 1;
        return work();
      });
      _exit(42);
    }
    close(pipe_[1]);
  }
  // The next one that began; 0: none will any more.
  pid_t Next() {
    pid_t process = 0;
    return read(pipe_[0], &process, sizeof(process)) == sizeof(process) ? process : 0;
  }
  int StatusOfKeeper() {
    int status = 0;
    waitpid(keeper_, &status, 0);
    keeper_ = 0;
    return status;
  }

  int pipe_[2] = {-1, -1};
  pid_t keeper_ = 0;
  int listener_ = -1;
};

int Sleep() {
  for (;;) pause();
}

TEST_F(WorkersTest, AllBeginAndEndWithTheKeeper) {
  Keep(3, Sleep);
  std::set<pid_t> all = {Next(), Next(), Next()};
  EXPECT_EQ(all.size(), 3u);
  EXPECT_FALSE(all.contains(0));
  kill(keeper_, SIGTERM);
  EXPECT_EQ(Next(), 0);  // the pipe is closed: all have ended
  EXPECT_EQ(WEXITSTATUS(StatusOfKeeper()), 42);
}

TEST_F(WorkersTest, OneThatEndsHasASuccessor) {
  Keep(1, [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return 0;
  });
  const auto begin = std::chrono::steady_clock::now();
  const pid_t first = Next(), second = Next(), third = Next();
  EXPECT_GT(first, 0);
  EXPECT_GT(second, 0);
  EXPECT_GT(third, 0);
  EXPECT_NE(first, second);
  // They end at once: there is a pause, but no long one.
  const auto passed = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(passed, std::chrono::milliseconds(900));
  EXPECT_LT(passed, std::chrono::seconds(30));
  kill(keeper_, SIGINT);
  EXPECT_EQ(WEXITSTATUS(StatusOfKeeper()), 42);
}

TEST_F(WorkersTest, OneThatIsKilledHasASuccessorAtOnce) {
  Keep(2, Sleep);
  const pid_t one = Next(), other = Next();
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  const auto begin = std::chrono::steady_clock::now();
  kill(one, SIGKILL);
  const pid_t next = Next();
  // Its end wakes the keeper, which would look again after a minute.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  EXPECT_NE(next, other);
  EXPECT_EQ(kill(other, 0), 0);
  kill(keeper_, SIGHUP);
  EXPECT_EQ(Next(), 0);
  EXPECT_EQ(WEXITSTATUS(StatusOfKeeper()), 42);
}

TEST_F(WorkersTest, TheyEndWithAKeeperThatIsKilled) {
  Keep(2, Sleep);
  EXPECT_NE(Next(), Next());
  kill(keeper_, SIGKILL);
  EXPECT_EQ(WTERMSIG(StatusOfKeeper()), SIGKILL);
  EXPECT_EQ(Next(), 0);
}

// One that is about to give an answer, and lets SIGTERM wait, too.
TEST_F(WorkersTest, TheyEndWithAKeeperThatIsKilledWhateverTheyDo) {
  Keep(1, [] {
    HoldEnd();
    return Sleep();
  });
  EXPECT_GT(Next(), 0);
  kill(keeper_, SIGKILL);
  EXPECT_EQ(WTERMSIG(StatusOfKeeper()), SIGKILL);
  EXPECT_EQ(Next(), 0);
}

TEST_F(WorkersTest, ASignalBeforeTheyBeginIsNotLost) {
  HoldEnd();
  Keep(1, [] {
    kill(getppid(), SIGTERM);
    return Sleep();
  });
  EXPECT_GT(Next(), 0);
  EXPECT_EQ(Next(), 0);
  EXPECT_EQ(WEXITSTATUS(StatusOfKeeper()), 42);
  ReleaseEnd();
}

TEST_F(WorkersTest, TheyEndWithTheirSocket) {
  const std::string path = ::testing::TempDir() + "workers_test." + std::to_string(getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  path.copy(address.sun_path, path.size());
  listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  Keep(2, Sleep);
  EXPECT_GT(Next(), 0);
  EXPECT_GT(Next(), 0);
  unlink(path.c_str());
  EXPECT_EQ(Next(), 0);
  EXPECT_EQ(WEXITSTATUS(StatusOfKeeper()), 42);
  close(listener_);
}

// It gets the signal again and again; here the third ends it.
TEST_F(WorkersTest, ASignalThatComesTooEarlyIsRepeated) {
  static volatile std::sig_atomic_t signals = 0;
  Keep(1, [] {
    std::signal(SIGTERM, [](int) { signals = signals + 1; });
    while (signals < 3) usleep(1000);
    return 0;
  });
  EXPECT_GT(Next(), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  kill(keeper_, SIGTERM);
  EXPECT_EQ(Next(), 0);
  EXPECT_EQ(WEXITSTATUS(StatusOfKeeper()), 42);
}

}  // namespace
}  // namespace tstat::viewer
