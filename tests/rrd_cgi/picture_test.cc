// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/output/other_process_lock.h"
#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/rrd_library.h"

namespace tstat::viewer {
namespace {

class PictureTest : public ViewerTest {
 protected:
  std::vector<std::string> Arguments(const std::vector<std::string>& more) const {
    std::vector<std::string> all = {"-",       "--end",    std::to_string(kLastUpdate),
                                    "--start", "end-1h",   "--width",
                                    "60",      "--height", "40"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string Definition() const {
    return "DEF:A=" + settings_.data_root + "/Lab/ip_len_in.idx40.rrd:ip_len_in:AVERAGE";
  }
  // Two hours of these values in turn.
  void MakeOf(const std::vector<std::string>& values) {
    const std::string path = settings_.data_root + "/Lab/ip_len_in.idx40.rrd";
    std::filesystem::create_directories(settings_.data_root + "/Lab");
    const char* layout[] = {"DS:ip_len_in:GAUGE:600:U:U", "RRA:AVERAGE:0.5:1:600"};
    ASSERT_EQ(rrd_create_r(path.c_str(), 300, kLastUpdate - 7200, 2, layout), 0) << rrd_get_error();
    for (int64_t time = kLastUpdate - 6900, i = 0; time <= kLastUpdate; time += 300, ++i) {
      const std::string value =
          std::to_string(time) + ":" + values[static_cast<size_t>(i) % values.size()];
      const char* one[] = {value.c_str()};
      ASSERT_EQ(rrd_update_r(path.c_str(), nullptr, 1, one), 0) << rrd_get_error();
    }
  }
};

// A second byte of 0x5e in zlib's head (RFC 1950): the fast levels, not the usual one.
TEST_F(PictureTest, IsCompressedFast) {
  Make("Lab", "ip_len_in.idx40.rrd");
  const auto picture = Draw(Arguments({Definition(), "LINE1:A#FF0000:x"}));
  ASSERT_TRUE(picture.ok()) << picture.status();
  const size_t data = picture->find("IDAT");
  ASSERT_NE(data, std::string::npos);
  EXPECT_EQ(picture->substr(data + 4, 2), "\x78\x5e");
}

// The probe writes into it at this moment.
TEST_F(PictureTest, WaitsForADatabaseThatIsWrittenTo) {
  Make("Lab", "ip_len_in.idx40.rrd");
  const internal::OtherProcessLock writer(settings_.data_root + "/Lab/ip_len_in.idx40.rrd",
                                          F_WRLCK);
  ASSERT_TRUE(writer.is_held());
  const auto picture = Draw(Arguments({Definition(), "LINE1:A#FF0000:x"}));
  EXPECT_TRUE(picture.ok()) << picture.status();
}

// librrd would draw each decade between them.
TEST_F(PictureTest, LogarithmicAxesHaveAnEndWhateverTheValuesAre) {
  for (const std::vector<std::string>& values :
       {std::vector<std::string>{"1e-310", "5"}, {"1e-310", "1e308"}, {"1e300", "1"}, {"0", "3"}}) {
    std::filesystem::remove_all(settings_.data_root + "/Lab");
    MakeOf(values);
    alarm(20);
    EXPECT_TRUE(Draw(Arguments({"--logarithmic", Definition(), "CDEF:B=A,2,*", "AREA:A#FF0000:x",
                                "STACK:B#00FF00"}))
                    .ok());
    EXPECT_TRUE(PlotAreaOf(Arguments({"--logarithmic", Definition(), "LINE1:A#FF0000:x"})).ok());
    alarm(0);
  }
}

// Other values are what they were.
TEST_F(PictureTest, LogarithmicPicturesAreThoseOfLibrrd) {
  Make("Lab", "ip_len_in.idx40.rrd");
  const std::vector<std::string> arguments =
      Arguments({"--logarithmic", Definition(), "CDEF:B=A,3,*", "AREA:A#FF0000:x",
                 "STACK:B#00FF00:y", "LINE2:B#0000FF"});
  const auto drawn = Draw(arguments);
  ASSERT_TRUE(drawn.ok());
  std::vector<std::string> plain = arguments;
  plain.insert(plain.begin(), "graphv");
  std::vector<char*> words;
  for (std::string& word : plain) words.push_back(word.data());
  rrd_info_t* info = rrd_graph_v(static_cast<int>(words.size()), words.data());
  ASSERT_NE(info, nullptr) << rrd_get_error();
  std::string wanted;
  for (const rrd_info_t* item = info; item != nullptr; item = item->next) {
    if (item->type == RD_I_BLO) {
      wanted.assign(reinterpret_cast<const char*>(item->value.u_blo.ptr), item->value.u_blo.size);
    }
  }
  rrd_info_free(info);
  EXPECT_TRUE(*drawn == wanted);
}

TEST(RrdLibraryTest, SomethingElseMayBeDoneInPlaceOfLoading) {
  ASSERT_TRUE(LoadRrd().ok());
  EXPECT_EXIT(
      {
        InPlaceOfLoadingRrd([] { _exit(99); });
        (void)LoadRrd();
      },
      ::testing::ExitedWithCode(99), "");
}

}  // namespace
}  // namespace tstat::viewer
