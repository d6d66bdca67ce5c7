// SPDX-License-Identifier: BSD-3-Clause
//
// What a process can still do after it has locked itself in; each in a child of its own.
#include "tstat-rrd-cgi/sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <thread>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/files.h"
#include "tstat-rrd-cgi/text.h"

// Sanitizers start a process that looks for leaks: there it is allowed.
#ifdef __SANITIZE_ADDRESS__
#define TSTAT_MAY_FORK
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TSTAT_MAY_FORK
#endif
#endif

namespace tstat::viewer {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr int kNotHere = 77;

class SandboxTest : public ViewerTest {
 protected:
  SandboxTest() {
    fs::create_directories(settings_.gallery_dir);
    std::ofstream(directory_ / "secret") << "secret";
    Make("Lab", "ip_len_in.idx40.rrd");
    Make("Lab", "ip_len_in.idx1500.rrd");
    database_ = settings_.data_root + "/Lab/ip_len_in.idx40.rrd";
  }

  // Status of waitpid for a child that calls `before`, then `action`.
  template <typename Before, typename Action>
  static int StatusOf(Before before, Action action) {
    const pid_t child = fork();
    if (child == 0) {
      before();
      _exit(action());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }
  // What `action` returns in a child that has locked itself in.
  template <typename Action>
  int ResultInside(Action action) {
    const int status = StatusOf([this] { Enter(); }, action);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  // The signal that ends such a child.
  template <typename Action>
  int SignalInside(Action action) {
    const int status = StatusOf([this] { Enter(); },
                                [&] {
                                  action();
                                  return 0;
                                });
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

  void Enter() const { (void)LockIn(&settings_); }

  static int ErrorOfOpening(const std::string& path, int flags) {
    const Descriptor file(open(path.c_str(), flags | O_CLOEXEC, 0644));
    return file.ok() ? 0 : errno;
  }

  static bool HasFiles() {
    const int status =
        StatusOf([] {},
                 [] {
                   const absl::Status limited = LimitFiles({});
                   return limited.ok() ? 0 : absl::IsUnimplemented(limited) ? kNotHere : 1;
                 });
    EXPECT_THAT(WEXITSTATUS(status), ::testing::AnyOf(0, kNotHere));
    return status == 0;
  }
  static bool HasCalls() {
    const int status =
        StatusOf([] {},
                 [] {
                   const absl::Status limited = LimitCalls();
                   return limited.ok() ? 0 : absl::IsUnimplemented(limited) ? kNotHere : 1;
                 });
    EXPECT_THAT(WEXITSTATUS(status), ::testing::AnyOf(0, kNotHere));
    return status == 0;
  }

  std::string database_;
};

TEST_F(SandboxTest, OnlyTheDirectoriesOfTheSettingsAreReadAndWritten) {
  if (!HasFiles()) GTEST_SKIP() << "this kernel has no Landlock";
  const std::string images = settings_.image_dir, gallery = settings_.gallery_dir;
  const auto error = [&](const std::string& path, int flags) {
    return ResultInside([&] { return ErrorOfOpening(path, flags); });
  };
  EXPECT_EQ(error(database_, O_RDONLY), 0);
  EXPECT_EQ(error(settings_.data_root, O_RDONLY | O_DIRECTORY), 0);
  EXPECT_EQ(error(images + "/a", O_WRONLY | O_CREAT | O_EXCL), 0);
  EXPECT_EQ(error(images + "/a", O_WRONLY | O_TRUNC), 0);
  EXPECT_EQ(error(images + "/a", O_RDONLY), 0);
  EXPECT_EQ(error(gallery + "/a", O_WRONLY | O_CREAT | O_EXCL), 0);

  EXPECT_EQ(error(database_, O_RDWR), EACCES);
  EXPECT_EQ(error(database_, O_RDONLY | O_TRUNC), EACCES);
  EXPECT_EQ(error(settings_.data_root + "/new", O_WRONLY | O_CREAT), EACCES);
  EXPECT_EQ(error(directory_ / "secret", O_RDONLY), EACCES);
  EXPECT_EQ(error(directory_, O_RDONLY | O_DIRECTORY), EACCES);
  EXPECT_EQ(error(images + "/../secret", O_RDONLY), EACCES);
  EXPECT_EQ(error("/etc/passwd", O_RDONLY), EACCES);
  EXPECT_EQ(error("/", O_RDONLY | O_DIRECTORY), EACCES);
  EXPECT_EQ(error("/proc/self/mem", O_RDWR), EACCES);
  fs::create_symlink(directory_ / "secret", settings_.data_root + "/link");
  EXPECT_EQ(error(settings_.data_root + "/link", O_RDONLY), EACCES);
  EXPECT_EQ(ResultInside([&] { return unlink(database_.c_str()) == 0 ? 0 : errno; }), EACCES);
  EXPECT_EQ(ResultInside([&] { return mkdir((images + "/d").c_str(), 0755) == 0 ? 0 : errno; }),
            HasCalls() ? ENOSYS : EACCES);
}

TEST_F(SandboxTest, PicturesAreReplacedAndTrimmed) {
  EXPECT_EQ(ResultInside([&] {
              const Descriptor images(open(settings_.image_dir.c_str(), O_RDONLY | O_DIRECTORY));
              if (!ReplaceFileAt(images.get(), "one", "text").ok()) return 1;
              if (!ReplaceFileAt(images.get(), "one", "other").ok()) return 2;
              if (*ReadFileAt(images.get(), "one", 10) != "other") return 3;
              return unlinkat(images.get(), "one", 0);
            }),
            0);
}

TEST_F(SandboxTest, FontsAndTimeZonesAreReachable) {
  if (!HasFiles()) GTEST_SKIP() << "this kernel has no Landlock";
  for (const char* path : {"/etc/fonts/fonts.conf", "/usr/share/zoneinfo/UTC", "/etc/localtime"}) {
    if (!fs::exists(path)) continue;
    EXPECT_EQ(ResultInside([&] { return ErrorOfOpening(path, O_RDONLY); }), 0) << path;
    EXPECT_EQ(ResultInside([&] { return ErrorOfOpening(path, O_WRONLY); }), EACCES) << path;
  }
  // fontconfig would read all templates if it could list them.
  if (const fs::path templates = "/usr/share/fontconfig/conf.avail"; fs::exists(templates)) {
    EXPECT_EQ(ResultInside([&] { return ErrorOfOpening(templates, O_RDONLY | O_DIRECTORY); }),
              EACCES);
    const std::string one = fs::directory_iterator(templates)->path();
    EXPECT_EQ(ResultInside([&] { return ErrorOfOpening(one, O_RDONLY); }), 0) << one;
  }
  setenv("TZ", (":" + (directory_ / "secret").string()).c_str(), 1);
  EXPECT_EQ(ResultInside([&] { return ErrorOfOpening(directory_ / "secret", O_RDONLY); }), 0);
  setenv("TZ", "UTC", 1);
}

TEST_F(SandboxTest, NothingIsStarted) {
  if (!HasCalls()) GTEST_SKIP() << "no filters of system calls here";
  EXPECT_EQ(SignalInside([] { execl("/bin/true", "true", nullptr); }), SIGSYS);
  char name[] = "true";
  char* none[] = {name, nullptr};
  EXPECT_EQ(SignalInside([&] { fexecve(STDIN_FILENO, none, none); }), SIGSYS);
  EXPECT_EQ(ResultInside([] { return socket(AF_UNIX, SOCK_STREAM, 0) == -1 ? errno : 0; }), ENOSYS);
  EXPECT_EQ(ResultInside([] { return socket(AF_INET, SOCK_STREAM, 0) == -1 ? errno : 0; }), ENOSYS);
  EXPECT_EQ(ResultInside([] { return kill(getppid(), 0) == -1 ? errno : 0; }), ENOSYS);
  EXPECT_EQ(SignalInside([] { mount("a", "/", "tmpfs", 0, nullptr); }), SIGSYS);
  EXPECT_EQ(SignalInside([] { (void)!setuid(0); }), SIGSYS);
  EXPECT_EQ(ResultInside([] {
              return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                          0) == MAP_FAILED;
            }),
            1);
}

TEST_F(SandboxTest, ForksAreRefusedAndThreadsAreNot) {
  EXPECT_EQ(ResultInside([] {
              int result = 1;
              std::thread([&] { result = 0; }).join();
              return result;
            }),
            0);
#ifndef TSTAT_MAY_FORK
  if (!HasCalls()) GTEST_SKIP() << "no filters of system calls here";
  EXPECT_EQ(ResultInside([] {
              const pid_t child = fork();
              if (child == 0) _exit(0);
              return child == -1 ? errno : 0;
            }),
            ENOSYS);
  EXPECT_EQ(ResultInside([] {
              char* none[] = {nullptr};
              return posix_spawn(nullptr, "/bin/true", nullptr, nullptr, none, none);
            }),
            ENOSYS);
  EXPECT_EQ(SignalInside([] { ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }), SIGSYS);
#endif
}

TEST_F(SandboxTest, TheSettingsMaySayNo) {
  settings_.sandbox = false;
  EXPECT_EQ(ResultInside([&] { return ErrorOfOpening(directory_ / "secret", O_RDONLY); }), 0);
  EXPECT_EQ(ResultInside([] { return execl("/bin/true", "true", nullptr); }), 0);
}

TEST_F(SandboxTest, WithoutSettingsNoDirectoryIsReachable) {
  if (!HasFiles()) GTEST_SKIP() << "this kernel has no Landlock";
  const int status =
      StatusOf([] { (void)LockIn(nullptr); }, [&] { return ErrorOfOpening(database_, O_RDONLY); });
  EXPECT_EQ(WEXITSTATUS(status), EACCES);
}

TEST_F(SandboxTest, StampsTellWhenOtherDirectoriesAreMeant) {
  const std::string stamp = StampOf(&settings_);
  EXPECT_EQ(StampOf(&settings_), stamp);
  Configuration other = settings_;
  other.title = "x";
  EXPECT_EQ(StampOf(&other), stamp);
  other.sandbox = false;
  EXPECT_NE(StampOf(&other), stamp);
  for (auto member :
       {&Configuration::data_root, &Configuration::image_dir, &Configuration::gallery_dir}) {
    other = settings_;
    other.*member += "/other";
    EXPECT_NE(StampOf(&other), stamp);
  }
  EXPECT_NE(StampOf(nullptr), stamp);
  fs::rename(settings_.gallery_dir, settings_.gallery_dir + "2");
  const std::string without = StampOf(&settings_);
  EXPECT_NE(without, stamp);
  fs::create_directory(settings_.gallery_dir);
  EXPECT_NE(StampOf(&settings_), without);
  EXPECT_NE(StampOf(&settings_), stamp);
}

// Fonts are looked for in a thread, read from a cache, ...: what is drawn inside is what is drawn
// outside, in each format.
TEST_F(SandboxTest, PicturesAreTheSame) {
  for (const char* format : {"png", "svg", "eps", "pdf", "csv"}) {
    std::string content[2];
    for (const bool inside : {false, true}) {
      settings_.sandbox = inside;
      const std::string file = settings_.image_dir + (inside ? "/inside" : "/outside");
      EXPECT_EQ(ResultInside([&] {
                  const Response response = Get(
                      Cat("dir=Lab&var=ip_len&direction=in&template=idx&duration=2h&view=", format,
                          "&theme=dark"));
                  std::ofstream(file) << response.body << response.log;
                  fs::remove(settings_.image_dir + "/traces.index");
                  return response.status == 200 ? 0 : 1;
                }),
                0)
          << format;
      for (const auto& entry : fs::directory_iterator(settings_.image_dir)) {
        if (entry.path().extension() == std::string(".") + format) fs::remove(entry.path());
      }
      std::ifstream stream(file);
      content[inside].assign(std::istreambuf_iterator<char>(stream), {});
      content[inside] =
          std::regex_replace(content[inside], std::regex("CreationDate[^\n]*"), "CreationDate");
    }
    EXPECT_GT(content[0].size(), 200u) << format;
    EXPECT_TRUE(content[0] == content[1]) << format;
  }
}

}  // namespace
}  // namespace tstat::viewer
