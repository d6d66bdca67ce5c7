// SPDX-License-Identifier: BSD-3-Clause
//
// The configuration files of the command, read into the options of a session.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/output/temporary_folder.h"
#include "tstat/session.h"

namespace tstat::internal {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

class SessionFilesTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
    return Path(name);
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(SessionFilesTest, ReadsTheFilesOfTheCommand) {
  SessionOptions options;
  const auto messages =
      ReadSessionFiles({.globals = Write("globals.conf", "[globals]\nMax_Time_Step = 60\n"),
                        .internal_networks = Write("nets.conf", "10.0.0.0/8\n"),
                        .internal_macs = Write("macs.conf", "1:2:3:4:5:6\n"),
                        .cloud_networks = Write("cloud.conf", "192.0.2.0/24\n"),
                        .histograms = Write("histo.conf", "include ip_len_in\n"),
                        .rrd = Write("rrd.conf", "ip_len_out avg\n"),
                        .runtime = Write("runtime.conf", "[log]\nlog_http_complete = 1\n")},
                       &options);
  ASSERT_TRUE(messages.ok()) << messages.status();
  EXPECT_EQ(options.analyzer.globals.max_time_step_s, 60);
  EXPECT_TRUE(options.analyzer.internal.Contains(IpAddress::V4(0x0a000001)));
  EXPECT_FALSE(options.analyzer.internal.Contains(IpAddress::V4(0x0b000001)));
  EXPECT_TRUE(options.analyzer.use_macs);
  EXPECT_THAT(options.analyzer.internal_macs, testing::SizeIs(1));
  EXPECT_TRUE(options.analyzer.cloud.Contains(IpAddress::V4(0xc0000201)));
  EXPECT_EQ(options.histograms.count(), 1u);
  EXPECT_FALSE(options.histograms.every_address);
  EXPECT_THAT(options.rrd.directives, testing::SizeIs(1));
  EXPECT_TRUE(options.runtime.has(Log::kHttpComplete));
  EXPECT_TRUE(options.always_directory);
  EXPECT_THAT(*messages, Contains(HasSubstr("-N option contains no IPv6 network")));
  EXPECT_THAT(*messages, Contains("[-] Enabling log_http_complete"));
}

TEST_F(SessionFilesTest, WarningsOfEveryFileAreTold) {
  SessionOptions options;
  const auto messages =
      ReadSessionFiles({.globals = Write("globals.conf", "Dirs = 3\n"),
                        .internal_networks = Write("nets.conf", "2001:db8::/65\n10.0.0.0/8\n"),
                        .cloud_networks = Write("cloud.conf", "::/0\n"),
                        .histograms = Write("histo.conf", "adx_mask 33\n"),
                        .runtime = Write("runtime.conf", "[options]\nhttplog_full_url = 3\n")},
                       &options);
  ASSERT_TRUE(messages.ok()) << messages.status();
  EXPECT_THAT(*messages,
              IsSupersetOf({HasSubstr("No section header"), HasSubstr("64 bits in internal config"),
                            HasSubstr("0 bits in cloud config"), HasSubstr("Invalid netmask"),
                            HasSubstr("Invalid value")}));
}

TEST_F(SessionFilesTest, SkypeModelsAreReadOrNameTheirFile) {
  const std::string folder = Path("models");
  fs::create_directory(folder);
  const std::string model =
      "WINDOW_SIZE 1\nCLASS_LEN 250\nMIN_THRESHOLD 1e-25\n"
      "AVG_THRESHOLD -3.5\nWIN_THRESHOLD -3\nGAUSSIAN a = 10 2\n";
  Write("models/pktsize.conf", "FEATURE PKTSIZE\n" + model);
  SessionOptions options;
  EXPECT_FALSE(ReadSessionFiles({.skype_models = folder}, &options).ok());
  EXPECT_FALSE(options.analyzer.bayes);
  Write("models/avgipg.conf", "FEATURE AVGIPG\n" + model);
  const auto messages = ReadSessionFiles({.skype_models = folder}, &options);
  ASSERT_TRUE(messages.ok()) << messages.status();
  EXPECT_TRUE(options.analyzer.bayes);
  ASSERT_NE(options.analyzer.skype_models, nullptr);
  EXPECT_EQ(options.analyzer.skype_models->packet_gap.largest_sample, 250);
}

TEST_F(SessionFilesTest, NoFilesChangeNothing) {
  SessionOptions options;
  const auto messages = ReadSessionFiles({}, &options);
  ASSERT_TRUE(messages.ok());
  EXPECT_THAT(*messages, IsEmpty());
  EXPECT_TRUE(options.histograms.every_address);
  EXPECT_FALSE(options.always_directory);
}

TEST_F(SessionFilesTest, ErrorsOfFilesNameThePlace) {
  const std::string wrong = Write("wrong.conf", "wrong wrong\n");
  for (std::string SessionFiles::*file :
       {&SessionFiles::internal_networks, &SessionFiles::internal_macs,
        &SessionFiles::cloud_networks, &SessionFiles::histograms, &SessionFiles::rrd}) {
    for (const std::string& path : {wrong, std::string("/none/x.conf")}) {
      SessionFiles files;
      files.*file = path;
      SessionOptions options;
      const absl::Status status = ReadSessionFiles(files, &options).status();
      EXPECT_FALSE(status.ok());
      EXPECT_THAT(std::string(status.message()), HasSubstr(path));
    }
  }
}

TEST_F(SessionFilesTest, ReadsWhatIsToBeAnonymised) {
  SessionOptions options;
  const auto messages =
      ReadSessionFiles({.encrypted_networks = Write("crypto", "10.0.0.0/8\n2001:db8::/32\n"),
                        .exempt_networks = Write("white", "10.0.0.1/32\n")},
                       &options);
  ASSERT_TRUE(messages.ok()) << messages.status();
  EXPECT_TRUE(options.analyzer.encrypted.Contains(IpAddress::V4(0x0a000001)));
  EXPECT_TRUE(options.analyzer.exempt.Contains(IpAddress::V4(0x0a000001)));
  EXPECT_FALSE(options.analyzer.encrypted.Contains(IpAddress::V4(0x0b000001)));
  // Nothing is written in the clear for want of a key.
  EXPECT_EQ(Session::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
  PrivacyRequest request{.key = {.source = KeySource::kText, .value = "golden-test-key"},
                         .encrypt_names = true};
  const auto privacy = SetUpAnonymizer(request, &options);
  ASSERT_TRUE(privacy.ok()) << privacy.status();
  EXPECT_THAT(privacy->notices, Contains("Using plain text key from command line"));
  ASSERT_NE(options.anonymizer, nullptr);
  EXPECT_TRUE(options.anonymizer->options().encrypt_names);
  EXPECT_EQ(options.anonymizer->Anonymize(IpAddress::V4(0x0a000001)), IpAddress::V4(0x6a7ff431));
  EXPECT_FALSE(options.analyzer.encrypted.Contains(IpAddress::V4(0x0b000001)));
  // Each end of a flow that will be shown is looked up when it begins.
  SessionAnalyzerOptions(options).on_encrypted_endpoint(IpAddress::V4(0x0a000002));
  EXPECT_EQ(options.anonymizer->counters_v4().inserted, 3u);
  // Strict anonymity leaves nobody out.
  request.strict_anonymity = true;
  EXPECT_EQ(SetUpAnonymizer(request, &options).status().code(), absl::StatusCode::kInvalidArgument);
  options.analyzer.exempt = {};
  ASSERT_TRUE(SetUpAnonymizer(request, &options).ok());
  EXPECT_TRUE(options.analyzer.encrypted.Contains(IpAddress::V4(0x0b000001)));
  EXPECT_TRUE(options.anonymizer->options().strict);
  options.histograms.addresses = true;
  EXPECT_FALSE(SessionAnalyzerOptions(options).histograms->addresses);
}

}  // namespace
}  // namespace tstat::internal
