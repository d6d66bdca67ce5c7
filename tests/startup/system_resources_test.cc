// SPDX-License-Identifier: BSD-3-Clause
#include "startup/system_resources.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace tstat::cli {
namespace {

TEST(MemorySizeTest, HasUnits) {
  EXPECT_EQ(ParseMemorySize("1000"), 1000u);
  EXPECT_EQ(ParseMemorySize("3k"), 3072u);
  EXPECT_EQ(ParseMemorySize("64M"), uint64_t{64} << 20);
  EXPECT_EQ(ParseMemorySize("2G"), uint64_t{2} << 30);
  EXPECT_EQ(ParseMemorySize("1T"), uint64_t{1} << 40);
}

TEST(MemorySizeTest, IsANumber) {
  for (const char* const text : {"", "M", "-1", "+1", " 1", "1.5G", "64MB", "16777216T", "x"}) {
    EXPECT_EQ(ParseMemorySize(text), std::nullopt) << text;
  }
}

class SystemResourcesTest : public testing::Test {
 protected:
  SystemResourcesTest() : root_(testing::TempDir() + "/system_resources_test") {
    std::filesystem::remove_all(root_);
  }
  ~SystemResourcesTest() override { std::filesystem::remove_all(root_); }
  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::string root_;
};

TEST_F(SystemResourcesTest, WithoutGroupsItIsTheMachines) {
  EXPECT_GT(SystemMemory(root_), uint64_t{64} << 20);
  Write("/proc/self/cgroup", "0::/a\n");
  Write("/sys/fs/cgroup/a/memory.max", "max\n");
  EXPECT_EQ(SystemMemory(root_), SystemMemory(root_ + "/none"));
}

TEST_F(SystemResourcesTest, IsTheLeastOfTheGroups) {
  Write("/proc/self/cgroup", "0::/a/b\n");
  Write("/sys/fs/cgroup/a/b/memory.max", "50000000\n");
  EXPECT_EQ(SystemMemory(root_), 50000000u);
  Write("/sys/fs/cgroup/a/memory.max", "40000000\n");
  EXPECT_EQ(SystemMemory(root_), 40000000u);
  Write("/sys/fs/cgroup/memory.max", "30000000\n");
  EXPECT_EQ(SystemMemory(root_), 30000000u);
}

TEST_F(SystemResourcesTest, OfTheFirstVersionTheControllerIsNamed) {
  Write("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/a\n");
  Write("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "10000000\n");
  Write("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "60000000\n");
  EXPECT_EQ(SystemMemory(root_), 60000000u);
}

TEST_F(SystemResourcesTest, OfProcessorsThereIsWhatTheGroupsAllow) {
  const unsigned all = SystemProcessors(root_);
  EXPECT_GE(all, 1u);
  Write("/proc/self/cgroup", "5:cpu,cpuacct:/x\n0::/a/b\n");
  Write("/sys/fs/cgroup/a/cpu.max", "max 100000\n");
  Write("/sys/fs/cgroup/a/b/cpu.max", "25600000 100000\n");
  EXPECT_EQ(SystemProcessors(root_), std::min(all, 256u));
  Write("/sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
  Write("/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(SystemProcessors(root_), std::min(all, 256u));
  Write("/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "199999\n");
  EXPECT_EQ(SystemProcessors(root_), 1u);
  Write("/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "-1\n");
  Write("/sys/fs/cgroup/a/cpu.max", "50000 100000\n");
  EXPECT_EQ(SystemProcessors(root_), 1u);
}

}  // namespace
}  // namespace tstat::cli
