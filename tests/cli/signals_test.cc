// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/signals.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace tstat::cli {
namespace {

TEST(SignalWatchTest, StopAndReport) {
  SignalWatch signals;
  EXPECT_EQ(signals.stop_signal(), 0);
  EXPECT_FALSE(signals.TakeReportRequest());
  std::raise(SIGUSR1);
  EXPECT_TRUE(signals.TakeReportRequest());
  EXPECT_FALSE(signals.TakeReportRequest());
  std::raise(SIGTERM);
  EXPECT_EQ(signals.stop_signal(), SIGTERM);
}

TEST(SignalWatchTest, AFileThatIsCutGivesZeros) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const std::string text(3 * page, 'x');
  ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
  std::fflush(file);
  void* const mapped = mmap(nullptr, text.size(), PROT_READ, MAP_PRIVATE, fileno(file), 0);
  ASSERT_NE(mapped, MAP_FAILED);
  const volatile char* const bytes = static_cast<const char*>(mapped);

  SignalWatch signals;
  signals.mapping(1).Set(mapped, text.size());
  EXPECT_EQ(bytes[2 * page], 'x');
  ASSERT_EQ(ftruncate(fileno(file), static_cast<off_t>(page)), 0);
  EXPECT_EQ(bytes[0], 'x');
  EXPECT_FALSE(signals.file_was_cut());
  EXPECT_EQ(bytes[2 * page + 17], 0);
  EXPECT_TRUE(signals.file_was_cut());
  EXPECT_TRUE(signals.TakeFileWasCut());
  EXPECT_FALSE(signals.TakeFileWasCut());
  EXPECT_EQ(bytes[page], 0);
  EXPECT_TRUE(signals.TakeFileWasCut());

  signals.mapping(1).Clear();
  munmap(mapped, text.size());
  std::fclose(file);
}

// What others map (librrd its databases) is not ours to replace.
TEST(SignalWatchDeathTest, ACutFileOfSomebodyElse) {
  EXPECT_EXIT(
      {
        std::FILE* const file = std::tmpfile();
        const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
        const std::string text(2 * page, 'x');
        std::fwrite(text.data(), 1, text.size(), file);
        std::fflush(file);
        auto* const bytes = static_cast<volatile char*>(
            mmap(nullptr, text.size(), PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0));
        SignalWatch signals;
        signals.mapping(0).Set(&page, sizeof(page));
        if (ftruncate(fileno(file), 0) == 0) bytes[page] = 'y';
      },
      testing::KilledBySignal(SIGBUS), "");
}

// Other bus errors end the process as ever.
TEST(SignalWatchDeathTest, OtherBusErrors) {
  EXPECT_EXIT(
      {
        SignalWatch signals;
        std::raise(SIGBUS);
        std::raise(SIGBUS);
      },
      testing::KilledBySignal(SIGBUS), "");
}

}  // namespace
}  // namespace tstat::cli
