// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/databases.h"

#include <chrono>

#include "tests/rrd_cgi/fixture.h"

namespace tstat::viewer {
namespace {

class DatabasesTest : public ViewerTest {
 protected:
  // As if it happened a second later.
  void Later() {
    time_ += std::chrono::seconds(1);
    std::filesystem::last_write_time(path_, time_);
  }
  std::optional<int64_t> LastUpdate(const std::string& source = "ip_len_in") const {
    return reader_.LastUpdate(path_, source);
  }

  const std::string path_ = settings_.data_root + "/Lab/ip_len_in.avg.rrd";
  std::filesystem::file_time_type time_ = std::filesystem::file_time_type::clock::now();
};

TEST_F(DatabasesTest, TheLastUpdateOfASource) {
  EXPECT_EQ(LastUpdate(), std::nullopt);
  Make("Lab", "ip_len_in.avg.rrd");
  EXPECT_EQ(LastUpdate(), kLastUpdate);
  EXPECT_EQ(LastUpdate("ip_len_out"), std::nullopt);
  EXPECT_EQ(LastUpdate(""), std::nullopt);
}

TEST_F(DatabasesTest, IsReadAgainWhenTheFileHasChanged) {
  Make("Lab", "ip_len_in.avg.rrd");
  Later();
  ASSERT_EQ(LastUpdate(), kLastUpdate);
  const std::string value = std::to_string(kLastUpdate + 300) + ":7";
  const char* values[] = {value.c_str()};
  ASSERT_EQ(rrd_update_r(path_.c_str(), nullptr, 1, values), 0) << rrd_get_error();
  Later();
  EXPECT_EQ(LastUpdate(), kLastUpdate + 300);
  Touch("Lab", "ip_len_in.avg.rrd", "no database");
  Later();
  EXPECT_EQ(LastUpdate(), std::nullopt);
  Make("Lab", "ip_len_in.avg.rrd");
  Later();
  EXPECT_EQ(LastUpdate(), kLastUpdate);
  std::filesystem::remove(path_);
  EXPECT_EQ(LastUpdate(), std::nullopt);
}

}  // namespace
}  // namespace tstat::viewer
