// SPDX-License-Identifier: BSD-3-Clause
//
// The own reader against a plain libpcap loop, on every trace of the reference set where there is
// one beside the source tree.
#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/capture/trace_bytes.h"
#include "tests/golden/reference_required.h"
#include "tstat/packet_source.h"

namespace tstat::internal {
namespace {

// Everything about a packet that a reader could get wrong, folded into one number (FNV-1a).
class Digest {
 public:
  void Add(int64_t microseconds, std::span<const uint8_t> data, uint32_t original_length) {
    Mix(static_cast<uint64_t>(microseconds));
    Mix(data.size());
    Mix(original_length);
    for (uint8_t byte : data) Mix(byte);
    ++count_;
  }
  bool operator==(const Digest&) const = default;
  uint64_t count() const { return count_; }

 private:
  void Mix(uint64_t v) { hash_ = (hash_ ^ v) * 0x100000001b3; }
  uint64_t hash_ = 0xcbf29ce484222325;
  uint64_t count_ = 0;
};

struct Summary {
  Digest digest;
  std::string error;
};

Summary ReadWithLibpcap(const std::string& path) {
  Summary summary;
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* in = pcap_open_offline(path.c_str(), error);
  if (in == nullptr) return {{}, error};
  pcap_pkthdr* header;
  const u_char* data;
  int result;
  while ((result = pcap_next_ex(in, &header, &data)) == 1) {
    summary.digest.Add(int64_t{header->ts.tv_sec} * 1000000 + header->ts.tv_usec,
                       {data, header->caplen}, header->len);
  }
  if (result == PCAP_ERROR) summary.error = pcap_geterr(in);
  pcap_close(in);
  return summary;
}

Summary ReadWithOwnReader(const std::string& path) {
  Summary summary;
  auto source = OpenTrace(path);
  if (!source.ok()) return {{}, std::string(source.status().message())};
  std::vector<Packet> batch(PacketSource::kBatchSize);
  while (size_t n = (*source)->ReadBatch(batch)) {
    for (size_t i = 0; i < n; ++i) {
      summary.digest.Add(batch[i].time.microseconds(), batch[i].data, batch[i].original_length);
    }
  }
  summary.error = std::string((*source)->status().message());
  return summary;
}

TEST(GoldenTracesTest, AreReadAsByLibpcap) {
  const std::filesystem::path folder = TSTAT_SHARED_DIR "/golden/traces";
  TSTAT_NEEDS_REFERENCE(std::filesystem::is_directory(folder));
  int traces = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = entry.path().string();
    const Summary own = ReadWithOwnReader(path);
    const Summary reference = ReadWithLibpcap(path);
    EXPECT_EQ(own.error, reference.error) << path;
    EXPECT_EQ(own.digest.count(), reference.digest.count()) << path;
    EXPECT_TRUE(own.digest == reference.digest) << path;
    ++traces;
  }
  EXPECT_GT(traces, 0);
}

// The packets of a trace in a pcapng file, made anew.
std::optional<Bytes> AsPcapng(const std::string& path) {
  auto source = OpenTrace(path);
  if (!source.ok()) return std::nullopt;
  PcapngBuilder file;
  std::vector<Packet> batch(PacketSource::kBatchSize);
  while (size_t n = (*source)->ReadBatch(batch)) {
    for (size_t i = 0; i < n; ++i) {
      file.Record(static_cast<uint64_t>(batch[i].time.microseconds()),
                  {batch[i].data.begin(), batch[i].data.end()});
    }
  }
  return file.bytes();
}

TEST(GoldenTracesTest, AreReadAsByLibpcapFromPcapng) {
  const std::filesystem::path folder = TSTAT_SHARED_DIR "/golden/traces";
  TSTAT_NEEDS_REFERENCE(std::filesystem::is_directory(folder));
  constexpr uintmax_t kLargest = 50'000;
  TraceOptions libpcap;
  libpcap.native_pcap = false;
  int traces = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.file_size() > kLargest) continue;
    const std::optional<Bytes> file = AsPcapng(entry.path().string());
    if (!file.has_value()) continue;
    const ReadResult own = ReadTrace(*file), reference = ReadTrace(*file, libpcap);
    EXPECT_EQ(own.status, reference.status) << entry.path();
    EXPECT_TRUE(own.packets == reference.packets) << entry.path();
    ++traces;
  }
  EXPECT_GT(traces, 0);
}

}  // namespace
}  // namespace tstat::internal
