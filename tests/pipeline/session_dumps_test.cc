// SPDX-License-Identifier: BSD-3-Clause
//
// Packet dumps as an output of a session.
#include <string>
#include <utility>
#include <vector>

#include "tests/pipeline/session_fixture.h"
#include "tstat/anonymizer.h"
#include "tstat/packet_source.h"

namespace tstat::internal {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(SessionTest, PacketsAreDumpedIntoTheLogDirectory) {
  options_.runtime.logs.fill(false);
  options_.runtime.dump.enabled = {"ip_complete"};
  const auto session = Create();
  ASSERT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  const auto files = Tree(session->directory());
  EXPECT_THAT(files, ::testing::SizeIs(2));
  // tstat reads what it has written.
  auto again = OpenTrace(session->directory() + "/traces00/ip_complete.pcap");
  ASSERT_TRUE(again.ok()) << again.status();
  size_t packets = 0;
  std::vector<Packet> batch(PacketSource::kBatchSize);
  while (const size_t n = (*again)->ReadBatch(batch)) packets += n;
  EXPECT_EQ(packets, session->statistics().ip_packets);
  EXPECT_THAT(Told(SessionNotice::Kind::kDumpDirectory),
              ElementsAre(session->directory() + "/traces00"));
  EXPECT_EQ(session->losses().dump_packets, 0u);
}

TEST_F(SessionTest, UnderStrictAnonymityDumpsHaveHeadersOnly) {
  options_.runtime.dump.enabled = {"ip_complete"};
  options_.analyzer.encrypted = NetworkList::All();
  for (const bool strict : {false, true}) {
    AnonymizerOptions privacy;
    privacy.strict = strict;
    auto anonymizer = Anonymizer::Create(privacy);
    ASSERT_TRUE(anonymizer.ok()) << anonymizer.status();
    options_.anonymizer = *anonymizer;
    options_.output_dir = Path(strict ? "strict" : "plain");
    const auto session = Create();
    ASSERT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
    const std::string dump = ReadWholeFile(session->directory() + "/traces00/ip_complete.pcap");
    EXPECT_GT(dump.size(), 262u * (16 + 14 + 20));
    EXPECT_EQ(dump.find("HTTP/1.") == std::string::npos, strict);
    // The client's address, as it stands in IP headers.
    EXPECT_EQ(dump.find(std::string("\x0A\0\0\x02", 4)) == std::string::npos, strict);
  }
}

TEST_F(SessionTest, WithoutDirectoriesNothingIsDumped) {
  options_.output_tree = false;
  options_.runtime.dump.enabled = {"ip_complete"};
  const auto session = Create();
  EXPECT_TRUE(session->RunTrace(Trace("web.pcap")).ok());
  EXPECT_THAT(Tree(Path("out")), IsEmpty());
}

// Dumps that a reload changes go on in a directory of their own, those that it switches on begin;
// the logs stay where they are.
TEST_F(SessionTest, AReloadChangesDumps) {
  options_.may_reload = true;
  const auto session = Create();
  auto source = OpenTrace(Trace("mixed.pcap"));
  ASSERT_TRUE(source.ok());
  const std::pair<int, const char*> changes[] = {
      {1, "[dump]\nip_complete = 1\n"},
      {3, "[dump]\nip_complete = 1\nsnap_len = 40\n"},
      {4, "[dump]\nip_complete = 1\n"},  // snap_len keeps its value
      {6, "[dump]\n"},
      {8, "[dump]\nudp_complete = 1\n"},
  };
  const auto* next = std::begin(changes);
  int batches = 0;
  const absl::Status end = session->Run(**source, {.name = "stdin", .is_stream = true}, [&] {
    ++batches;
    if (next != std::end(changes) && batches == next->first) {
      EXPECT_TRUE(session->Reload(Write("runtime.conf", next->second)).ok());
      ++next;
    }
    return true;
  });
  ASSERT_TRUE(end.ok()) << end;
  ASSERT_EQ(next, std::end(changes));
  EXPECT_THAT(Told(SessionNotice::Kind::kLogDirectory), ::testing::SizeIs(1));
  const auto files = Tree(session->directory());
  for (const char* directory : {"traces00", "traces01", "traces02"}) {
    EXPECT_THAT(files, Contains(Key(std::string(directory) + "/log.txt")));
  }
  EXPECT_THAT(files, Not(Contains(Key("traces03/log.txt"))));
  constexpr size_t kHeader = 24, kBatch = PacketSource::kBatchSize, kRecord = 16 + 14;
  EXPECT_GT(files.at("traces00/ip_complete.pcap").size(), kHeader + 2 * kBatch * (kRecord + 28));
  EXPECT_LE(files.at("traces01/ip_complete.pcap").size(), kHeader + 3 * kBatch * (kRecord + 40));
  EXPECT_GT(files.at("traces01/ip_complete.pcap").size(), kHeader + 3 * kBatch * (kRecord + 27));
  EXPECT_THAT(files.at("traces02/log.txt"), HasSubstr("\nudp_complete\n"));
}

TEST_F(SessionTest, AReloadReadsTheNamesOfDumpsAgain) {
  options_.may_reload = true;
  options_.dump_filter = Write("names", "ANY.ANY 0\n");
  const auto session = Create();
  const std::string changed = Write("runtime.conf", "[dump]\ntcp_complete = 1\n");
  EXPECT_TRUE(session->Reload(changed).ok());
  EXPECT_FALSE(session->options().dump_names.otherwise);
  EXPECT_TRUE(session->options().runtime.dump.dns_filter);
  Write("names", "a.net\n");
  const absl::Status wrong = session->Reload(changed);
  EXPECT_TRUE(absl::IsInvalidArgument(wrong)) << wrong;
  EXPECT_THAT(std::string(wrong.message()), StartsWith(Path("names") + ":1: "));
  EXPECT_FALSE(session->options().dump_names.otherwise);
}

}  // namespace
}  // namespace tstat::internal
