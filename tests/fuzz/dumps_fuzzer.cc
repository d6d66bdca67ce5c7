// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: packet dumps of arbitrary packets by arbitrary keys. What is written must be
// whole captures, and as many packets as were selected, less those that are counted as lost.
//
//   byte 0        bit 0: the 3.3 profile; bits 1-2: the chain of rules; bit 3: pcapng; bit 4: a
//                 small disk
//   up to a 0     lines of [dump]
//   up to a 0     lines of -F
//   then frames   time step (1 byte: 2^n microseconds), length (2 bytes, big-endian), bytes
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "tests/output/failing_files.h"
#include "tests/output/temporary_folder.h"
#include "tstat/analyzer.h"
#include "tstat/dump_filter.h"
#include "tstat/packet_dumps.h"
#include "tstat/runtime_config.h"

namespace {

using namespace tstat;
using namespace tstat::internal;

// The text up to a zero byte, which goes, too.
std::string TakeText(ByteReader* input) {
  std::string text;
  size_t at = 0;
  for (; at < input->size() && input->U8(at) != 0; ++at) {
    text.push_back(static_cast<char>(input->U8(at)));
  }
  *input = input->Sub(std::min(at + 1, input->size()));
  return text;
}

std::optional<PacketDumpOptions> ReadOptions(ByteReader* input) {
  constexpr UdpDumpChain kChains[] = {UdpDumpChain::kQuicElseType, UdpDumpChain::kFirstThatIsOn,
                                      UdpDumpChain::kEach, UdpDumpChain::kEach};
  const unsigned kind = input->U8(0);
  *input = input->Sub(1);
  PacketDumpOptions options;
  options.profile = (kind & 1) == 0 ? CompatProfile::Tstat311() : CompatProfile::Tstat33();
  options.profile.udp_dump_chain = kChains[kind >> 1 & 3];
  options.profile.dump_link_padding = options.profile.udp_dump_chain != UdpDumpChain::kEach;
  options.format = (kind & 8) == 0 ? DumpFormat::kPcap : DumpFormat::kPcapng;
  const auto change = ParseRuntimeConfig("[dump]\n" + TakeText(input), "runtime.conf", {}, {});
  const auto names = ParseDumpNameFilter(TakeText(input), "names.conf");
  if (!change.ok() || !names.ok()) return std::nullopt;
  options.settings = change->config.dump;
  options.names = *names;
  return options;
}

uint32_t Number(std::string_view text, size_t at) {
  uint32_t value = 0;
  if (at + sizeof(value) > text.size()) std::abort();
  std::memcpy(&value, text.data() + at, sizeof(value));
  return value;
}

// Packets of a capture that ends with a whole one.
size_t CountPcap(std::string_view text) {
  constexpr size_t kHeaderBytes = 24, kRecordBytes = 16, kLength = 8;
  size_t count = 0, at = kHeaderBytes;
  for (; at < text.size(); ++count) at += kRecordBytes + Number(text, at + kLength);
  if (at != text.size()) std::abort();
  return count;
}
size_t CountPcapng(std::string_view text) {
  constexpr uint32_t kPacketBlock = 6;
  size_t count = 0, at = 0;
  while (at < text.size()) {
    const uint32_t length = Number(text, at + 4);
    if (length < 12 || length % 4 != 0 || Number(text, at + length - 4) != length) std::abort();
    count += Number(text, at) == kPacketBlock ? 1 : 0;
    at += length;
  }
  if (at != text.size()) std::abort();
  return count;
}

void Analyse(ByteReader input, const CompatProfile& profile, OutputTree* tree, PacketDumps* dumps) {
  AnalyzerOptions options;
  options.profile = profile;
  options.globals.max_tcp_pairs = 64;
  options.globals.max_udp_pairs = 64;
  options.globals.dns_cache_size = 16;
  options.globals.dns_cache_size_ipv6 = 16;
  options.address_mask = 0xFF;
  Analyzer analyzer(options);
  analyzer.AddSink(tree);
  analyzer.AddSink(dumps);
  analyzer.BeginTrace({});
  Packet packet;
  int64_t microseconds = 1'700'000'000'000'000;
  for (size_t at = 0; input.Has(at, 3);) {
    microseconds += int64_t{1} << (input.U8(at) % 40);
    const size_t length = std::min<size_t>(input.U16(at + 1), input.size() - at - 3);
    // A block of its own: a read one byte behind the frame is seen.
    const auto block = std::make_unique<uint8_t[]>(length);
    std::copy_n(input.bytes().data() + at + 3, length, block.get());
    packet.time = Timestamp::FromMicroseconds(microseconds);
    packet.data = {block.get(), length};
    packet.original_length = static_cast<uint32_t>(length);
    analyzer.Process(packet);
    at += 3 + length;
  }
  analyzer.EndTrace();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TemporaryFolder folder;
  if (size == 0) return 0;
  ByteReader input({data, size});
  const bool is_full = (data[0] & 16) != 0;
  std::optional<PacketDumpOptions> options = ReadOptions(&input);
  if (!options.has_value()) return 0;
  const bool is_pcap = options->format == DumpFormat::kPcap;
  uint64_t prepared = 0;
  options->rewrite = [&prepared](const FlowPacket&, std::vector<uint8_t>*) {
    ++prepared;
    return true;
  };
  FailingFiles files;
  files.free_bytes = is_full ? 3000 : SIZE_MAX / 2;
  const CompatProfile profile = options->profile;
  const std::string base = folder.path() + "/out";
  OutputTree tree({.directory = base});
  uint64_t lost = 0;
  {
    PacketDumps dumps(&tree, *std::move(options), &files);
    Analyse(input, profile, &tree, &dumps);
    lost = dumps.lost_packets();
  }
  std::error_code ignored;
  std::filesystem::remove_all(base, ignored);
  if (!is_full && lost != 0) std::abort();
  uint64_t written = lost;
  for (const auto& [path, text] : files.contents) {
    if (path.ends_with("/log.txt") || text.empty()) continue;
    written += is_pcap ? CountPcap(text) : CountPcapng(text);
  }
  if (written < prepared) std::abort();
  return 0;
}
