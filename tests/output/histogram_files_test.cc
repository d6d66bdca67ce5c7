// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/histogram_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "tests/output/temporary_folder.h"

namespace tstat::internal {
namespace {

const std::vector<int64_t> kCells = {1, 0, 5, 0, 2};  // below 10, 10-12, 12-14, 14-16, 16 and above

HistogramSnapshot::Histogram Example() {
  HistogramSnapshot::Histogram h;
  h.name = "example";
  h.description = "Example [s] ";
  h.min = 10;
  h.max = 16;
  h.width = 2;
  h.cells = kCells;
  h.samples = 5;
  return h;
}

TEST(HistogramFilesTest, CellsThatAreNotEmpty) {
  EXPECT_EQ(HistogramFileText(Example(), /*total=*/false),
            "#Example [s] \n#RANGE: min=10 bin_size=2 max=16\n8 1\n12 5\n16 2\n");
}

// A file of GLOBAL as Tstat writes it.
TEST(HistogramFilesTest, TotalsAreShares) {
  const std::vector<int64_t> total = {0, 75247, 11, 0, 75262, 0};
  HistogramSnapshot::Histogram h;
  h.description = "IP bitrate";
  h.max = 4;
  h.cells = h.total_cells = total;
  h.total_samples = 150520;
  EXPECT_EQ(HistogramFileText(h, /*total=*/true),
            "#IP bitrate\n#RANGE: min=0 bin_size=1 max=4\n"
            "#SAMPLES: <min=0 valid=150520 >max=0 tot=150520\n"
            "0 4.999136e-01 4.999136e-01\n1 7.307999e-05 4.999867e-01\n"
            "3 5.000133e-01 1.000000e+00\n");
  const std::vector<int64_t> set = {0, 0, 0, 0, 4, 0, 0};
  h.max = 5;
  h.total_cells = set;
  h.total_samples = 0;
  EXPECT_THAT(HistogramFileText(h, /*total=*/true),
              testing::EndsWith("#SAMPLES: <min=0 valid=0 >max=0 tot=0\n3 inf -nan\n"));
}

TEST(HistogramFilesTest, Addresses) {
  HistogramSnapshot s;
  s.time = Timestamp::FromMicroseconds(1500000468541201);
  s.address_mask = 0xffffff00;
  s.internal_address_mask = 0xffffffff;
  s.average_period_s = 60;
  s.peak_period_s = 1;
  s.addresses.push_back({0x1f0d5600, 119, 93, 121394, 11842});
  EXPECT_EQ(AddressFileText(s),
            "#Number of packets per subnet (255.255.255.0 NETMASK) \n"
            "#Subnet IP \tsrc_hits \tdst_hits \tsrc_bytes \tdst_bytes\n"
            "31.13.86.0\t119\t93\t121394\t11842\n");
  HistogramSnapshot::Address a{0x0a000001, 1, 0, 100, 0, 1.5, 0, 2.25, 0};
  a.max_down = std::numeric_limits<double>::quiet_NaN();
  a.down = std::numeric_limits<double>::infinity();
  s.internal_addresses.push_back(a);
  EXPECT_EQ(InternalAddressBlock(s),
            "#Number of packets per subnet (255.255.255.255 NETMASK) \n"
            "#Sampling rate: Average 60 [s] - Max 1 [s]\n"
            "#Subnet IP \tTime \tsrc_hits \tdst_hits \tsrc_bytes \tdst_bytes \tUp Rate [kbps] "
            "\tDown Rate [kbps] \tMax Up Rate [kbps] \tMax Down Rate [kbps]\n"
            "10.0.0.1\t1500000468.541201\t1\t0\t100\t0\t1.500\tinf\t2.250\t-nan\n");
}

class DirectoryTest : public testing::Test {
 protected:
  DirectoryTest() : tree_({.directory = folder_.path() + "/out"}) {
    tree_.OnNewOutput(Timestamp::FromSeconds(1500000000));
    snapshot_.time = Timestamp::FromSeconds(1500000300);
    snapshot_.histograms.push_back(Example());
    snapshot_.has_addresses = true;
  }
  HistogramFilesOptions Options() {
    HistogramFilesOptions options;
    options.on_created = [this](const std::string& directory, Timestamp time) {
      created_.push_back(directory.substr(tree_.directory().size() + 1) +
                         (time.is_set() ? " timed" : ""));
    };
    return options;
  }
  bool Exists(const std::string& name) {
    return std::filesystem::exists(tree_.directory() + "/" + name);
  }

  TemporaryFolder folder_;
  OutputTree tree_;
  HistogramSnapshot snapshot_;
  std::vector<std::string> created_;
};

TEST_F(DirectoryTest, IntervalsThenLast) {
  HistogramFiles files(&tree_, Options());
  files.OnHistograms(snapshot_);
  snapshot_.index = 1000;
  files.OnHistograms(snapshot_);
  snapshot_.kind = HistogramSnapshot::Kind::kTraceEnd;
  snapshot_.histograms[0].total_cells = kCells;
  files.OnHistograms(snapshot_);
  EXPECT_THAT(created_,
              testing::ElementsAre("000 timed", "1000 timed", "GLOBAL timed", "LAST timed"));
  for (const char* name :
       {"000/example", "000/addresses", "1000/example", "LAST/addresses", "GLOBAL/example"}) {
    EXPECT_TRUE(Exists(name)) << name;
  }
  EXPECT_FALSE(Exists("GLOBAL/addresses"));
  EXPECT_TRUE(files.status().ok()) << files.status();
}

TEST_F(DirectoryTest, OfTwoWithTheSameNameTheLaterOneStays) {
  const std::vector<int64_t> other = {0, 3, 0, 0, 0};
  snapshot_.histograms.push_back(Example());
  snapshot_.histograms[1].cells = other;
  HistogramFiles files(&tree_, Options());
  files.OnHistograms(snapshot_);
  EXPECT_EQ(ReadWholeFile(tree_.directory() + "/000/example"),
            "#Example [s] \n#RANGE: min=10 bin_size=2 max=16\n10 3\n");
}

TEST_F(DirectoryTest, SwitchedOffAddressesStay) {
  HistogramFiles files(&tree_, Options());
  files.set_enabled(false);
  files.OnHistograms(snapshot_);
  EXPECT_THAT(created_, testing::ElementsAre("000"));
  EXPECT_FALSE(Exists("000/example"));
  EXPECT_TRUE(Exists("000/addresses"));
}

TEST_F(DirectoryTest, WithoutIntervalsTheEndOnly) {
  HistogramFilesOptions options = Options();
  options.intervals = false;
  HistogramFiles files(&tree_, options);
  files.OnHistograms(snapshot_);
  EXPECT_TRUE(created_.empty());
  snapshot_.kind = HistogramSnapshot::Kind::kTraceEnd;
  files.OnHistograms(snapshot_);
  EXPECT_TRUE(Exists("LAST/example"));
  EXPECT_FALSE(Exists("LAST/addresses"));
}

TEST_F(DirectoryTest, BlocksOfInternalAddressesAreAppended) {
  HistogramFiles files(&tree_, Options());
  HistogramSnapshot block;
  block.kind = HistogramSnapshot::Kind::kInternalAddresses;
  block.has_internal_addresses = true;
  files.OnHistograms(block);
  const size_t size = ReadWholeFile(tree_.directory() + "/000/addresses2").size();
  files.OnHistograms(block);
  EXPECT_EQ(ReadWholeFile(tree_.directory() + "/000/addresses2").size(), 2 * size);
  EXPECT_THAT(created_, testing::ElementsAre("000"));
}

TEST_F(DirectoryTest, AFullDiskIsTold) {
  HistogramFilesOptions options = Options();
  std::vector<std::string> errors;
  options.on_error = [&](const std::string& message) { errors.push_back(message); };
  HistogramFiles files(&tree_, options);
  std::filesystem::create_directories(tree_.directory() + "/000/example/x");
  files.OnHistograms(snapshot_);
  EXPECT_THAT(errors,
              testing::ElementsAre("Could not open file " + tree_.directory() + "/000/example"));
  EXPECT_FALSE(files.status().ok());
  EXPECT_FALSE(files.TakeProblem().ok());
  EXPECT_TRUE(files.TakeProblem().ok());
  EXPECT_EQ(files.lost_files(), 1u);
  EXPECT_TRUE(Exists("000/addresses"));
}

TEST_F(DirectoryTest, RemovedLogDirectoryIsMadeAgain) {
  HistogramFiles files(&tree_, Options());
  std::filesystem::remove_all(tree_.directory());
  files.OnHistograms(snapshot_);
  EXPECT_TRUE(Exists("000/example"));
  // A file in its place cannot be helped; the next interval may be luckier.
  std::filesystem::remove_all(tree_.directory());
  std::ofstream(tree_.directory()) << "in the way";
  files.OnHistograms(snapshot_);
  EXPECT_FALSE(files.TakeProblem().ok());
  EXPECT_EQ(files.lost_files(), 2u);
  std::filesystem::remove(tree_.directory());
  files.OnHistograms(snapshot_);
  EXPECT_TRUE(files.TakeProblem().ok());
  EXPECT_TRUE(Exists("000/addresses"));
}

}  // namespace
}  // namespace tstat::internal
