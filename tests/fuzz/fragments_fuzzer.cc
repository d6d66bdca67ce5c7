// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: IP packets, most of them fragments, through the true profile's decoder and the
// table of fragments. Each packet is made of six bytes of the input: who and what, the fragment's
// identification and place, its length, the time since the one before, and where its bytes begin in
// the input. What the table says must agree with itself: a segment that is complete is as long as
// its last fragment ends, has the bytes of its first one and of nothing else, and was held before;
// what is held stays within its bounds.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "decode/frame_decoder.h"
#include "flow/fragment_table.h"

namespace {

using tstat::LinkType;
using tstat::Timestamp;
using tstat::internal::Datagram;
using tstat::internal::FragmentTable;
using tstat::internal::FrameDecoder;
using tstat::internal::Transport;
using Bytes = std::vector<uint8_t>;
using Verdict = FragmentTable::Verdict;

constexpr size_t kRecord = 6;

void Require(bool holds) {
  if (!holds) abort();
}

void Append16(size_t value, Bytes* out) {
  out->push_back(static_cast<uint8_t>(value >> 8));
  out->push_back(static_cast<uint8_t>(value));
}

// From the bits of `kind`: version, protocol, one of four sources.
Bytes MakePacket(std::span<const uint8_t> record, std::span<const uint8_t> content) {
  const uint8_t kind = record[0], id = record[1] >> 5, place = record[1] & 31;
  const bool is_v6 = (kind & 1) != 0, more = (kind & 8) != 0;
  const uint8_t protocol = (kind & 2) != 0 ? 17 : 6, source = kind >> 4 & 3;
  const size_t fragment = (place & 16) != 0 ? size_t{place} << 8 : place;
  Bytes packet;
  if (is_v6) {
    packet = {0x60, 0, 0, 0};
    Append16(content.size() + 8, &packet);
    packet.insert(packet.end(), {44, 64});
    for (const uint8_t last : {source, uint8_t{200}}) {
      packet.insert(packet.end(), {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
    }
    packet.insert(packet.end(), {protocol, 0});
    Append16(fragment << 3 | (more ? 1 : 0), &packet);
    packet.insert(packet.end(), {0, 0, 0, id});
  } else {
    packet = {0x45, 0};
    Append16(content.size() + 20, &packet);
    packet.insert(packet.end(), {0, id});
    Append16(fragment | (more ? 0x2000 : 0), &packet);
    packet.insert(packet.end(), {64, protocol, 0, 0, 10, 0, 0, source, 10, 0, 0, 200});
  }
  packet.insert(packet.end(), content.begin(), content.end());
  return packet;
}

void CheckSegment(const Datagram& whole, const Datagram& last, const Datagram& first,
                  const Bytes& first_bytes) {
  Require(whole.transport == Transport::kTcp && !whole.truncated);
  Require(whole.time == last.time && whole.source == last.source &&
          whole.destination == last.destination && whole.fragment_id == last.fragment_id);
  const auto end = int64_t{8} * last.fragment_offset + std::max<int64_t>(last.ip_payload_length, 0);
  Require(whole.ip_payload_length == std::max<int64_t>(end, first.ip_payload_length));
  Require(whole.ip_total_length == static_cast<uint32_t>(whole.ip_header_length) +
                                       static_cast<uint32_t>(whole.ip_payload_length));
  Require(tstat::internal::ReadTcpHeader(whole).payload_length >= 0);
  const auto bytes = whole.ip.bytes();
  Require(bytes.size() <= FragmentTable::kMostBytes && bytes.size() <= first_bytes.size());
  Require(std::equal(bytes.begin(), bytes.end(), first_bytes.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> input(data, size);
  const FrameDecoder decoder(/*opens_tunnels=*/false);
  FragmentTable table;
  int64_t now_ns = 1'500'000'000'000'000'000;
  using Key = std::tuple<tstat::IpAddress, tstat::IpAddress, uint32_t>;
  std::map<Key, std::pair<Datagram, Bytes>> held;  // the first fragments, by the verdicts
  for (size_t at = 0; at + kRecord <= size; at += kRecord) {
    const auto record = input.subspan(at, kRecord);
    const size_t begin = record[4] * size / 256;
    const size_t length = std::min<size_t>(record[2] * (record[5] & 63), size - begin);
    const Bytes bytes = MakePacket(record, input.subspan(begin, length));
    now_ns += (int64_t{record[3]} - 16) * 20'000'000;
    tstat::Packet packet;
    packet.link_type = LinkType::kRaw;
    packet.data = bytes;
    packet.original_length = static_cast<uint32_t>(bytes.size());
    Datagram d;
    std::vector<Datagram> outer;
    if (!decoder.Decode(packet, &d, &outer).has_ip || !FragmentTable::IsFragment(d)) continue;
    d.time = Timestamp::FromNanoseconds(now_ns);
    const Key key{d.source, d.destination, d.fragment_id};
    const Verdict verdict = table.Take(&d, {});
    if (verdict == Verdict::kHeld) {
      Require(d.transport == Transport::kTcp && d.fragment_offset == 0);
      held[key] = {d, bytes};
    } else if (verdict == Verdict::kCompletes) {
      Require(held.contains(key) && d.fragment_offset != 0 && !d.more_fragments);
      CheckSegment(table.segment(), d, held[key].first, held[key].second);
      held.erase(key);
    } else if (d.transport == Transport::kTcp && !d.truncated) {
      Require(tstat::internal::ReadTcpHeader(d).payload_length >= 0);
    }
    Require(table.memory_bytes() <= FragmentTable::kMost * (FragmentTable::kMostBytes + 1024));
  }
  return 0;
}
