// SPDX-License-Identifier: BSD-3-Clause
//
// The layer-7 parsers, each on messages of its protocol: the seeds of the fuzz targets.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "decode/byte_reader.h"
#include "l7/http/message_parser.h"
#include "l7/p2p/bittorrent.h"
#include "l7/p2p/ed2k.h"
#include "l7/tls/tls.h"
#include "l7/video/metadata.h"
#include "l7/video/video_state.h"
#include "names/dns.h"

namespace tstat::internal {
namespace {

class Seed {
 public:
  // `skipped`: bytes in front that are the fuzz target's own.
  Seed(const std::string& name, size_t skipped) {
    std::ifstream in(std::string(TSTAT_SOURCE_DIR "/tests/fuzz/corpus/") + name, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
    bytes_.erase(bytes_.begin(),
                 bytes_.begin() + static_cast<std::ptrdiff_t>(std::min(skipped, bytes_.size())));
  }
  ByteReader payload() const { return ByteReader(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

// Calls parse(payload) over and over.
template <typename Parse>
void Run(benchmark::State& state, const char* seed, size_t skipped, Parse parse) {
  const Seed message(seed, skipped);
  if (message.payload().empty()) return state.SkipWithError("no such seed");
  for (auto _ : state) benchmark::DoNotOptimize(parse(message.payload()));
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(message.payload().size()));
}

void ClientHello(benchmark::State& state) {
  Run(state, "tls/client_hello", 0,
      [](ByteReader p) { return TlsClientHello::Parse(p)->server_name.size(); });
}
BENCHMARK(ClientHello);

void ServerHello(benchmark::State& state) {
  Run(state, "tls/server_hello", 0, [](ByteReader p) {
    return TlsServerHello::Parse(p, static_cast<int32_t>(p.size()))->version_count +
           TlsCommonName::Parse(p).has_value();
  });
}
BENCHMARK(ServerHello);

void DnsResponse(benchmark::State& state) {
  Run(state, "dns/addresses", 2, [](ByteReader p) { return DnsAnswer::Parse(p).has_value(); });
}
BENCHMARK(DnsResponse);

void HttpRequest(benchmark::State& state) {
  const CompatProfile profile;
  HttpSplitState split;
  Run(state, "http_message/keep-alive", 3, [&](ByteReader p) {
    return HttpSegment::Parse(p, Direction::kClientToServer, profile, &split).has_value();
  });
}
BENCHMARK(HttpRequest);

void Video(benchmark::State& state, const char* seed) {
  Run(state, seed, 0, [](ByteReader p) {
    VideoState video;
    return InspectVideoSegment(p, &video);
  });
}
BENCHMARK_CAPTURE(Video, Flv, "video_container/flv");
BENCHMARK_CAPTURE(Video, Mp4, "video_container/mp4");

// What every first segment of an unknown flow is asked.
void PeerToPeerSignatures(benchmark::State& state) {
  Run(state, "tls/client_hello", 0, [](ByteReader p) {
    return Ed2kMessage::Parse(p, static_cast<int32_t>(p.size())).has_value() ||
           BitTorrentMessage::Parse(p).has_value();
  });
}
BENCHMARK(PeerToPeerSignatures);

}  // namespace
}  // namespace tstat::internal
