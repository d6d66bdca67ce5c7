// SPDX-License-Identifier: BSD-3-Clause
//
// Damaged traffic: length fields that lie, and random changes of bytes, order, time and length.
// A run prints its seed before it starts; TSTAT_SEED=N repeats one, TSTAT_MUTATIONS=N sets how
// many.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/robustness/packet_store.h"

namespace tstat::internal {
namespace {

constexpr const char* kTraces[] = {"web", "web-ipv6", "ssh", "voice", "mixed"};

// Offsets in an Ethernet frame of the fields that say how long something is.
struct LengthField {
  const char* name;
  size_t offset, bytes;
};
constexpr LengthField kV4Fields[] = {
    {"version and header length", 14, 1},
    {"total length", 16, 2},
    {"fragment", 20, 2},
    {"protocol", 23, 1},
    {"TCP data offset", 46, 1},
    {"UDP length", 38, 2},
    {"first payload byte of UDP", 42, 1},
    {"TCP options", 54, 2},
    {"TLS record length", 69, 2},
    {"TLS message length", 72, 2},
    {"session id length", 109, 1},
};
constexpr LengthField kV6Fields[] = {
    {"payload length", 18, 2},    {"next header", 20, 1},     {"extension length", 55, 1},
    {"UDP length", 58, 2},        {"TCP data offset", 66, 1}, {"TCP options", 74, 2},
    {"TLS record length", 89, 2},
};
constexpr std::array<uint16_t, 14> kValues = {0,    1,    2,      3,      4,      7,      0x45,
                                              0x4f, 0x80, 0x00ff, 0x0fff, 0x7fff, 0x8000, 0xffff};

void Set(StoredPacket& p, const LengthField& field, uint16_t value) {
  if (p.bytes.size() < field.offset + field.bytes) return;
  if (field.bytes == 2) p.bytes[field.offset] = static_cast<uint8_t>(value >> 8);
  p.bytes[field.offset + field.bytes - 1] = static_cast<uint8_t>(value);
}

// What the other tests damage reaches every kind of record that the traces have.
TEST(WholeTraces, GiveEveryKindOfRecord) {
  for (const AnalyzerOptions& options : SmallTablesOfBothProfiles()) {
    const std::vector<StoredPacket> packets = LoadTrace("mixed");
    const AnalysisOutcome outcome = Analyze(packets, options);
    ExpectSane(outcome, packets.size());
    EXPECT_GT(outcome.tcp_flows, 0u);
    EXPECT_GT(outcome.udp_flows, 0u);
    EXPECT_GT(outcome.messages, 0u);
    EXPECT_GT(outcome.handshakes, 0u);
    EXPECT_GT(outcome.media_flows, 0u);
    EXPECT_GT(outcome.snapshots, 1u);
    EXPECT_GT(outcome.periods, 0u);
  }
}

TEST(LyingLengths, EveryFieldWithEveryValue) {
  const std::vector<AnalyzerOptions> profiles = SmallTablesOfBothProfiles();
  for (const char* trace : {"web", "web-ipv6", "voice"}) {
    const std::vector<StoredPacket> packets = LoadTrace(trace);
    const bool is_v6 = std::string_view(trace) == "web-ipv6";
    const std::span<const LengthField> fields =
        is_v6 ? std::span<const LengthField>(kV6Fields) : std::span<const LengthField>(kV4Fields);
    for (const LengthField& field : fields) {
      for (uint16_t value : kValues) {
        SCOPED_TRACE(std::string(trace) + ", " + field.name + " = " + std::to_string(value));
        // Every second packet lies, so that flows are set up by honest ones.
        std::vector<StoredPacket> lying = packets;
        for (size_t i = value % 2; i < lying.size(); i += 2) Set(lying[i], field, value);
        for (const AnalyzerOptions& options : profiles) {
          ExpectSane(Analyze(lying, options), lying.size());
        }
      }
    }
  }
}

// One change of a trace, chosen by `random`.
void Mutate(std::vector<StoredPacket>& packets, std::mt19937_64& random) {
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  StoredPacket& p = packets[below(packets.size())];
  switch (below(9)) {
    case 0:
    case 1:
    case 2:  // a byte of the headers or of the first payload bytes
      if (!p.bytes.empty()) {
        p.bytes[below(std::min<size_t>(p.bytes.size(), 160))] = static_cast<uint8_t>(random());
      }
      break;
    case 3:  // a bit anywhere
      if (!p.bytes.empty()) p.bytes[below(p.bytes.size())] ^= static_cast<uint8_t>(1 << below(8));
      break;
    case 4:
      p.bytes.resize(below(p.bytes.size() + 1));
      break;
    case 5:  // a run of equal bytes
      if (!p.bytes.empty()) {
        const size_t at = below(p.bytes.size());
        const size_t n = std::min(below(64), p.bytes.size() - at);
        std::fill_n(p.bytes.begin() + static_cast<std::ptrdiff_t>(at), n,
                    static_cast<uint8_t>(random()));
      }
      break;
    case 6:
      std::swap(p.bytes, packets[below(packets.size())].bytes);
      break;
    case 7:  // time jumps, by up to years and in both directions
      p.time = Timestamp::FromNanoseconds(p.time.nanoseconds() +
                                          (static_cast<int64_t>(random()) >> below(40)) / 100);
      break;
    default:
      p.original_length = static_cast<uint32_t>(random());
      p.link_type = below(4) == 0 ? static_cast<LinkType>(below(130)) : p.link_type;
  }
}

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(RandomMutations, AreSurvivedAndRepeatable) {
  const uint64_t first = FromEnvironment("TSTAT_SEED", 1);
  const uint64_t count =
      std::getenv("TSTAT_SEED") != nullptr ? 1 : FromEnvironment("TSTAT_MUTATIONS", 1000);
  const std::vector<AnalyzerOptions> profiles = SmallTablesOfBothProfiles();
  std::vector<std::vector<StoredPacket>> traces;
  for (const char* name : kTraces) traces.push_back(LoadTrace(name));
  for (uint64_t seed = first; seed < first + count; ++seed) {
    // A crash leaves this as the last line.
    std::fprintf(stderr, "\rTSTAT_SEED=%llu ", static_cast<unsigned long long>(seed));
    SCOPED_TRACE("repeat with TSTAT_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::vector<StoredPacket> packets = traces[seed % traces.size()];
    ASSERT_FALSE(packets.empty());
    const size_t changes = 1 + random() % 400;
    for (size_t i = 0; i < changes; ++i) Mutate(packets, random);
    const AnalyzerOptions& options = profiles[seed / traces.size() % profiles.size()];
    const AnalysisOutcome once = Analyze(packets, options);
    ExpectSane(once, packets.size());
    EXPECT_EQ(Analyze(packets, options).digest, once.digest);
    if (::testing::Test::HasFailure()) break;
  }
  std::fprintf(stderr, "\n");
}

}  // namespace
}  // namespace tstat::internal
