// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: the input is a list of frames, analysed with every parser switched on, and with
// the histograms that have few bins: the others would only make the search slow.
//
//   byte 0        link type, an index into kLinkTypes; plus their number: the 3.3 profile; plus
//   that
//                 twice: none, with periods of a minute
//   then frames   time step (1 byte: 2^n microseconds), length (2 bytes, big-endian), bytes
//
// make_corpus.py writes such files from traces.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "decode/byte_reader.h"
#include "tests/robustness/everything_sink.h"
#include "tstat/analyzer.h"
#include "tstat/histogram.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

constexpr std::array<tstat::LinkType, 8> kLinkTypes = {
    tstat::LinkType::kEthernet,  tstat::LinkType::kRaw,     tstat::LinkType::kLinuxCooked,
    tstat::LinkType::kNull,      tstat::LinkType::kPpp,     tstat::LinkType::kIeee80211,
    tstat::LinkType::kCiscoHdlc, tstat::LinkType::kRadiotap};

tstat::AnalyzerOptions FuzzOptions(const tstat::CompatProfile& profile) {
  tstat::AnalyzerOptions options;
  options.profile = profile;
  options.active_timeout_s = 60;  // of none
  options.globals.max_tcp_pairs = 64;
  options.globals.max_udp_pairs = 64;
  options.globals.hash_table_size = 101;
  options.globals.dns_cache_size = 16;
  options.globals.dns_cache_size_ipv6 = 16;
  tstat::HistogramSelection histograms;
  histograms.totals = histograms.statistics = true;
  histograms.addresses = histograms.internal_addresses = true;
  for (const char* part :
       {"ip_bitrate", "ip_protocol", "ip6_", "icmpv6", "tcp_bitrate", "udp_bitrate", "http_bitrate",
        "web_", "tls_", "video_rate", "num", "opts", "anomalies", "chat", "profile"}) {
    histograms.SelectMatching(part);
  }
  options.globals.max_adx_slots = 101;
  options.histograms = std::make_shared<const tstat::HistogramSelection>(histograms);
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tstat::ByteReader input({data, size});
  tstat::EverythingSink sink;
  const unsigned kind = input.U8(0);
  const std::array<tstat::CompatProfile, 3> profiles = {tstat::CompatProfile::Tstat311(),
                                                        tstat::CompatProfile::Tstat33(),
                                                        tstat::CompatProfile::None()};
  tstat::Analyzer analyzer(FuzzOptions(profiles[kind / kLinkTypes.size() % profiles.size()]));
  analyzer.AddSink(&sink);
  analyzer.BeginTrace({});
  tstat::Packet packet;
  packet.link_type = kLinkTypes[kind % kLinkTypes.size()];
  int64_t microseconds = 1'700'000'000'000'000;
  for (size_t at = 1; input.Has(at, 3);) {
    microseconds += int64_t{1} << (input.U8(at) % 40);
    const size_t length = std::min<size_t>(input.U16(at + 1), size - at - 3);
    // A block of its own: a read one byte behind the frame is seen.
    const auto block = std::make_unique<uint8_t[]>(length);
    std::copy_n(data + at + 3, length, block.get());
    packet.time = tstat::Timestamp::FromMicroseconds(microseconds);
    packet.data = {block.get(), length};
    packet.original_length = static_cast<uint32_t>(length);
    analyzer.Process(packet);
    at += 3 + length;
  }
  analyzer.EndTrace();
  return 0;
}
