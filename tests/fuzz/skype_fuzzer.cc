// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: Skype's statistics of one flow, as UDP datagrams and as TCP segments. Input: a
// byte for the models (bits 0-3: samples that are judged together, bit 4: logarithms, bit 5: types
// that the signatures of other protocols gave the directions), then for each packet a byte (bit 0:
// from the server, bits 1-7: milliseconds since the one before), the size that its header claims
// and the captured length (2 bytes each, big-endian), the captured payload.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "l7/skype/skype_tcp.h"
#include "l7/skype/skype_udp.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

namespace {

using tstat::Direction;

tstat::BayesModel Model(uint8_t head, int largest, double mean, double sigma) {
  tstat::BayesModel model;
  model.window_size = head & 0x0F;
  model.use_log = (head & 0x10) != 0;
  model.largest_sample = largest;
  model.min_density = 1e-25;
  model.acceptance_threshold = model.use_log ? -3.5 : 0.1;
  for (const double shift : {0.0, 30.0}) {
    tstat::BayesClass& c = model.classes.emplace_back();
    c.prior = 0.5;
    c.mixture = {{.weight = 1, .mean = mean + shift, .sigma = sigma}};
    for (int x = 0; x <= largest; ++x) c.table.push_back(model.Density(c, x));
  }
  return model;
}

struct Packet {
  Direction sender;
  tstat::Timestamp time;
  int32_t size;
  tstat::ByteReader payload;
};

template <typename Deliver>
void ForEachPacket(tstat::ByteReader input, Deliver deliver) {
  int64_t now_us = 1'000'000'000;
  for (size_t at = 1; input.Has(at, 5);) {
    const uint8_t head = input.U8(at);
    now_us += 1000 * (head >> 1);
    const tstat::ByteReader payload = input.Sub(at + 5, input.U16(at + 3));
    deliver(Packet{head & 1 ? Direction::kServerToClient : Direction::kClientToServer,
                   tstat::Timestamp::FromMicroseconds(now_us), input.U16(at + 1), payload});
    at += 5 + payload.size();
  }
}

void RunUdp(tstat::ByteReader input, std::shared_ptr<const tstat::SkypeModels> models) {
  tstat::SkypeUdpTracker skype(std::move(models));
  tstat::SkypeUdpState state;
  std::array<tstat::SkypeUdpTracker::Side, 2> sides;
  std::array<tstat::Timestamp, 2> first;
  if (input.U8(0) & 0x20) sides[0].type = tstat::UdpType::kBitTorrentDht;
  const auto judge = [&] {
    const tstat::SkypeUdpVerdict verdict = skype.Judge(sides, state);
    for (size_t i = 0; i < 2; ++i) sides[i].type = verdict.type[i];
    // What is reported was judged.
    if (verdict.is_skype && !verdict.judged) std::abort();
  };
  ForEachPacket(input, [&](const Packet& packet) {
    const auto self = static_cast<size_t>(tstat::Index(packet.sender));
    if (sides[self].packets++ == 0) first[self] = packet.time;
    if (packet.payload.size() < tstat::SkypeUdpTracker::kMinCaptured) return;
    tstat::UdpPayload p;
    p.bytes = packet.payload;
    p.available = p.bytes.size() + 8;
    p.length_field = static_cast<uint16_t>(packet.size + 8);
    skype.OnPacket(packet.sender, p, packet.size, state);
    if (tstat::SkypeUdpTracker::IsDueEarly(state, first[self], sides[self].packets, packet.time)) {
      state.judged_early = true;
      judge();
    }
    skype.AddSamples(packet.sender, packet.size, packet.time, state);
  });
  judge();
  skype.Release(state);
}

void RunTcp(tstat::ByteReader input, std::shared_ptr<const tstat::SkypeModels> models) {
  tstat::SkypeTcpTracker skype(std::move(models));
  tstat::SkypeTcpState* state = nullptr;
  ForEachPacket(input, [&](const Packet& packet) {
    tstat::Datagram d;
    d.time = packet.time;
    tstat::TcpSegmentStep step;
    step.direction = packet.sender;
    step.datagram = &d;
    tstat::TcpLayer7Input in;
    in.step = &step;
    in.payload = packet.payload;
    in.payload_length = packet.size;
    if (in.inspected()) skype.OnSegment(in, state);
  });
  tstat::SkypeFlow found;
  skype.Judge(state, &found);
  skype.Release(state);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader input({data, size});
  auto models = std::make_shared<tstat::SkypeModels>();
  models->packet_size = Model(input.U8(0), 1500, 10, 10);
  models->packet_gap = Model(input.U8(0), 250, 20, 2);
  RunUdp(input, models);
  RunTcp(input, models);
  return 0;
}
