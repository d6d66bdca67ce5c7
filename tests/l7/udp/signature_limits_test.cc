// SPDX-License-Identifier: BSD-3-Clause
//
// UDP signatures at their edges: the shortest datagram of each, every row of their tables.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "l7/udp/classifier.h"
#include "tests/decode/frame_builder.h"

namespace tstat::internal {
namespace {

using std::string_view_literals::operator""sv;
using testing::Bytes;
using testing::Fill;
using testing::Text;
using testing::operator+;

// Of a datagram whose header says `length`, all of whose `bytes` were captured.
UdpType TypeOf(const Bytes& bytes, int length, const CompatProfile& profile = {}) {
  UdpPayload p;
  p.bytes = ByteReader(bytes);
  p.length_field = static_cast<uint16_t>(length);
  p.available = bytes.size() + 8;
  Datagram d;
  d.source_port = 40000;
  d.destination_port = 50000;
  return UdpClassifier(profile).Classify(p, UdpType::kUnknown, d);
}

CompatProfile Signatures33() {
  CompatProfile profile;
  profile.udp_3_3_signatures = true;
  return profile;
}

Bytes DnsQuery(uint8_t type, uint8_t record_class) {
  return Bytes{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0} + Text("\3www\7example\3com"sv) +
         Bytes{0, 0, type, 0, record_class};
}

uint8_t Low(int value) { return static_cast<uint8_t>(value); }

TEST(UdpSignatureLimits, ShortestDatagrams) {
  struct Case {
    UdpType type;
    int shortest;  // length field
    std::function<Bytes(int length)> payload;
    CompatProfile profile = {};
  };
  const std::vector<Case> kCases = {
      {UdpType::kDns, 23, [](int) { return DnsQuery(1, 1); }},
      {UdpType::kDns, 23, [](int) { return DnsQuery(1, 1); }, Signatures33()},
      {UdpType::kBitTorrentDht, 24, [](int) { return Text("d1:ad2:id20:abcdefghijklm"); }},
      {UdpType::kEd2k, 10,
       [](int) {
         return Bytes{0xE3, 0x92};
       }},
      {UdpType::kSip, 23, [](int) { return Text("INVITE sip:bob@a.test"); }},
      {UdpType::kPpLive, 23, [](int) { return Text("\xE9\x03zz\x98\xAB\x01\x02"sv); }},
      {UdpType::kSopCast, 23,
       [](int n) { return Text("\x00z\x01zzzzz\x06\x01\x00"sv) + Bytes{Low(n - 16)}; }},
      {UdpType::kTvAnts, 23,
       [](int) { return Text("\x04\x00\x07\x00zz\x00\x00\x53\x53\x00\x11\x00"sv); }},
      {UdpType::kMturn, 23,
       [](int n) {
         return Bytes{0xFF, 0x10, 0, Low(n - 12)};
       },
       Signatures33()},
      {UdpType::kPpStream, 13,
       [](int n) {
         return Bytes{Low(n - 8), 0, 0x43};
       }},
      {UdpType::kTeredo, 22, [](int) { return Text("\x60\x00\x00\x00zzzz\x20\x01\x00\x00"sv); }},
      {UdpType::kDtls, 26,
       [](int) {
         return Bytes{0x16, 0xFE, 0xFD} + Fill(9);
       }},
  };
  for (const Case& c : kCases) {
    const int n = c.shortest;
    EXPECT_EQ(TypeOf(c.payload(n), n, c.profile), c.type) << static_cast<int>(c.type);
    EXPECT_EQ(TypeOf(c.payload(n - 1), n - 1, c.profile), UdpType::kUnknown)
        << static_cast<int>(c.type);
  }
}

// --- eDonkey

constexpr int kLongest = 130;
using Lengths = std::set<int>;
Lengths Every(int first, int step) {
  Lengths lengths;
  for (int n = first; n <= kLongest; n += step) lengths.insert(n);
  return lengths;
}
Lengths From(int first) { return Every(first, 1); }
const Lengths kAny = From(10);

using Opcodes = std::map<int, Lengths>;

void ExpectOpcodes(uint8_t family, UdpType type, const Opcodes& opcodes) {
  for (int opcode = 0; opcode < 256; ++opcode) {
    const auto row = opcodes.find(opcode);
    const Lengths expected = row != opcodes.end() ? row->second : Lengths();
    Lengths found;
    for (int n = 10; n <= kLongest; ++n) {
      // What some opcodes have behind them, and nothing of a hello with a version.
      const Bytes payload = Bytes{family, Low(opcode), 0xFF, 0xF0} + Fill(40, 0);
      if (TypeOf(payload, n) == type) found.insert(n);
    }
    EXPECT_EQ(found, expected) << int{family} << " opcode " << opcode;
  }
}

TEST(EdonkeyOpcodes, OfServers) {
  ExpectOpcodes(0xE3, UdpType::kEd2k,
                {{0x92, kAny},
                 {0x96, {14}},
                 {0x97, {22, 26, 34, 38, 42, 50}},
                 {0x98, kAny},
                 {0x99, kAny},
                 {0x9A, Every(10, 16)},
                 {0x9B, {33, 39, 56, 68, 79, 97}},
                 {0xA2, {14}},
                 {0xA3, From(50)}});
  ExpectOpcodes(0xC5, UdpType::kEd2k,
                {{0x90, kAny},
                 {0x91, kAny},
                 {0x92, {10}},
                 {0x93, {10}},
                 {0x94, kAny},
                 {0x95, {29}},
                 {0xFE, {10, 11}}});
}

TEST(EdonkeyOpcodes, OfKademliaAndItsVariant) {
  const Lengths kCalls = {10, 12, 26, 27};
  const Opcodes kOpcodes = {
      {0x00, {35}},          {0x01, {10}},     {0x08, Every(12, 25)}, {0x09, Every(31, 25)},
      {0x10, {35}},          {0x11, {30, 35}}, {0x18, {35}},          {0x19, {30}},
      {0x20, {43}},          {0x21, {43}},     {0x22, From(27)},      {0x28, Every(27, 25)},
      {0x29, Every(27, 25)}, {0x30, From(27)}, {0x32, {42}},          {0x33, kAny},
      {0x34, kAny},          {0x35, kAny},     {0x38, From(47)},      {0x3A, From(47)},
      {0x3B, kAny},          {0x40, From(47)}, {0x42, From(47)},      {0x43, kAny},
      {0x44, kAny},          {0x45, kAny},     {0x48, kCalls},        {0x4A, kCalls},
      {0x4B, {10, 12, 27}},  {0x4C, {10, 12}}, {0x50, {12}},          {0x51, {44, 45}},
      {0x52, {44}},          {0x53, {29}},     {0x58, {14}},          {0x59, {10}},
      {0x5A, {44, 45}},      {0x60, {10}},     {0x61, {10}},          {0x62, {13}},
  };
  ExpectOpcodes(0xE4, UdpType::kKad, kOpcodes);
  ExpectOpcodes(0xA4, UdpType::kKadu, kOpcodes);
}

TEST(EdonkeyOpcodes, AHelloWithAVersionHasAnyLength) {
  for (const uint8_t opcode : {0x11, 0x19}) {
    for (int version = 0; version < 20; ++version) {
      Bytes hello = Bytes{0xE4, opcode} + Fill(40, 0);
      hello[21] = 1;
      hello[22] = Low(version);
      const UdpType type = version >= 1 && version <= 10 ? UdpType::kKad : UdpType::kUnknown;
      EXPECT_EQ(TypeOf(hello, 31), type) << version;
      EXPECT_EQ(TypeOf(hello, 29), UdpType::kUnknown) << version;
      hello[21] = 0;
      EXPECT_EQ(TypeOf(hello, 31), UdpType::kUnknown) << version;
    }
  }
}

TEST(EdonkeyOpcodes, WhatFollowsThemMustHaveBeenCaptured) {
  const Bytes sources = Bytes{0xE3, 0xA2, 0xFF, 0xF0, 0, 0, 0};
  EXPECT_EQ(TypeOf(sources, 14), UdpType::kEd2k);
  EXPECT_EQ(TypeOf(Bytes(sources.begin(), sources.end() - 1), 14), UdpType::kUnknown);
  Bytes other_mark = sources;
  other_mark[3] = 0xF1;
  EXPECT_EQ(TypeOf(other_mark, 14), UdpType::kUnknown);
  for (const auto& [family, type] :
       {std::pair<uint8_t, UdpType>{0xE5, UdpType::kKad}, {0xA5, UdpType::kKadu}}) {
    for (const uint8_t method : {0xDA, 0x9C}) {
      EXPECT_EQ(TypeOf({family, 0, 0x78, method, 0}, 20), type);
      EXPECT_EQ(TypeOf({family, 0, 0x78, method}, 20), UdpType::kUnknown);
      EXPECT_EQ(TypeOf({family, 0, 0x79, method, 0}, 20), UdpType::kUnknown);
      EXPECT_EQ(TypeOf({family, 0, 0x78, Low(method + 1), 0}, 20), UdpType::kUnknown);
    }
  }
}

// --- DNS

TEST(DnsSignature, TypesAndClasses) {
  const std::set<int> of_both = {0x1c, 0xfc, 0xfd, 0xff};
  for (int value = 0; value < 256; ++value) {
    const bool common = (value >= 1 && value <= 0x10) || of_both.contains(value);
    const bool of_311 = common || value == 0x26;
    const bool of_33 = common || value == 0x21 || value == 0x2e || value == 0x40 || value == 0x41;
    EXPECT_EQ(TypeOf(DnsQuery(Low(value), 1), 50) == UdpType::kDns, of_311) << value;
    EXPECT_EQ(TypeOf(DnsQuery(Low(value), 1), 50, Signatures33()) == UdpType::kDns, of_33) << value;
    const bool is_class = value == 1 || value == 3 || value == 4 || value == 0xff;
    EXPECT_EQ(TypeOf(DnsQuery(1, Low(value)), 50) == UdpType::kDns, is_class) << value;
  }
}

TEST(DnsSignature, HeaderAndName) {
  for (int value = 0; value < 256; ++value) {
    const auto is_dns_with = [value](size_t at) {
      Bytes query = DnsQuery(1, 1);
      query[at] = Low(value);
      return TypeOf(query, 50) == UdpType::kDns;
    };
    const bool letter = (value >= 'a' && value <= 'z') || (value >= 'A' && value <= 'Z') ||
                        (value >= '0' && value <= '9');
    EXPECT_EQ(is_dns_with(4), value == 0) << value;
    EXPECT_EQ(is_dns_with(5), value == 1 || value == 2) << value;
    EXPECT_EQ(is_dns_with(12), value >= 1 && value <= 0x3f) << value;
    EXPECT_EQ(is_dns_with(13), letter) << value;
  }
}

// --- BitTorrent

TEST(BitTorrentSignature, DatagramsOfOneLength) {
  struct Form {
    int length;
    size_t available, offset;
    std::string_view bytes;
  };
  const Form kForms[] = {
      {24, 16, 0, "\x00\x00\x04\x17\x27\x10\x19\x80"sv},
      {44, 20, 8, "\x00\x00\x04\x00"sv},
      {65, 20, 8, "\x00\x00\x04\x04"sv},
      {67, 20, 8, "\x00\x00\x04\x06"sv},
      {211, 12, 0, "\x00\x00\x04\x05"sv},
      {29, 12, 0, "\x00\x00\x04\x01"sv},
      {52, 16, 0, "\x00\x00\x08\x27\x37\x50\x29\x50"sv},
  };
  for (const Form& form : kForms) {
    // Up to the last byte that is compared, which is the last one that must be there.
    const Bytes payload = Fill(form.offset, 0x7A) + Text(form.bytes);
    ASSERT_EQ(payload.size() + 8, form.available);
    for (int n = 24; n < 220; ++n) {
      const UdpType type = n == form.length ? UdpType::kBitTorrentDht : UdpType::kUnknown;
      EXPECT_EQ(TypeOf(payload, n), type) << form.length << " " << n;
    }
    for (size_t i = 0; i < form.bytes.size(); ++i) {
      Bytes other = payload;
      other[form.offset + i] ^= 0x40;
      EXPECT_EQ(TypeOf(other, form.length), UdpType::kUnknown) << form.length << " " << i;
    }
  }
  const Bytes others =
      Fill(8, 0x7A) + Text("\x00\x00\x04\x02"sv) + Fill(16, 0x7A) + Text("\x00\x00\x01\x04"sv);
  const std::set<int> taken = {44, 52, 65, 67, 211};
  for (int n = 24; n < 220; ++n) {
    EXPECT_EQ(TypeOf(others, n) == UdpType::kBitTorrentDht, n >= 40 && !taken.contains(n)) << n;
  }
}

TEST(BitTorrentSignature, NumbersOfMessages) {
  const std::set<int> requests = {0, 2, 4, 6, 10, 11, 12}, responses = {1, 3, 5, 7, 8, 9, 13};
  for (int number = 0; number < 32; ++number) {
    const Bytes request = Bytes{0x80} + Fill(7, 0) + Bytes{0, 0, 4, Low(number)};
    const Bytes response = Bytes{0, 0, 4, Low(number), 1, 1, 1, 1, 0x80, 1, 1, 1};
    EXPECT_EQ(TypeOf(request, 30) == UdpType::kBitTorrentDht, requests.contains(number)) << number;
    EXPECT_EQ(TypeOf(response, 30) == UdpType::kBitTorrentDht, responses.contains(number))
        << number;
    EXPECT_EQ(TypeOf(Bytes(request.begin(), request.end() - 1), 30), UdpType::kUnknown);
    EXPECT_EQ(TypeOf(Bytes(response.begin(), response.end() - 1), 30), UdpType::kUnknown);
    Bytes no_mark = request;
    no_mark[0] = 0x7f;
    EXPECT_EQ(TypeOf(no_mark, 30), UdpType::kUnknown);
  }
}

// --- others

TEST(SipSignature, MethodsAndAnswers) {
  for (const char* start :
       {"SIP/2.0", "REGISTER sip:", "ACK sip:", "INVITE sip:", "PRACK sip:", "BYE sip:",
        "OPTIONS sip:", "CANCEL sip:", "UPDATE sip:", "SUBSCRIBE sip:", "NOTIFY sip:",
        "PUBLISH sip:", "INFO sip:", "REFER sip:", "MESSAGE sip:"}) {
    const Bytes message = Text(start);
    EXPECT_EQ(TypeOf(message, 100), UdpType::kSip) << start;
    EXPECT_EQ(TypeOf(Bytes(message.begin(), message.end() - 1), 100), UdpType::kUnknown) << start;
  }
}

TEST(SopCastSignature, MessagesAndTheirLength) {
  for (int number = 0; number < 0x10000; ++number) {
    const bool known = number == 0x0601 || number == 0x0101 || number == 0x01FF || number == 0x03FF;
    const Bytes message =
        Text("\x00z\x01zzzzz"sv) + testing::U16(static_cast<uint16_t>(number)) + Bytes{1, 4};
    if (known || number % 97 == 0) {
      EXPECT_EQ(TypeOf(message, 260 + 16) == UdpType::kSopCast, known) << number;
      EXPECT_EQ(TypeOf(message, 260 + 17), UdpType::kUnknown) << number;
    }
  }
  for (const size_t at : {size_t{1}, size_t{2}, size_t{10}}) {
    Bytes other = Text("\xFF\xFF\x01zzzzzzz\x00\x20"sv);
    EXPECT_EQ(TypeOf(other, 0x20 + 16), UdpType::kSopCast);
    other[at] ^= 2;
    EXPECT_EQ(TypeOf(other, 0x20 + 16), UdpType::kUnknown) << at;
  }
}

TEST(TvAntsSignature, EveryByteOfTheHead) {
  const Bytes head = Text("\x04\x00\x07\x00zz\x00\x00\x53\x53\x00\x11\x00"sv);
  for (size_t at = 0; at < head.size(); ++at) {
    std::set<int> accepted = {head[at]};
    if (at == 4 || at == 5) continue;  // any
    if (at == 2) accepted = {5, 7};
    if (at == 8) accepted = {0x44, 0x53};
    if (at == 11) accepted = {0x11, 0x12, 0x13};
    for (int value = 0; value < 256; ++value) {
      Bytes changed = head;
      changed[at] = Low(value);
      EXPECT_EQ(TypeOf(changed, 40) == UdpType::kTvAnts, accepted.contains(value))
          << at << " " << value;
    }
  }
}

TEST(PpStreamSignature, ThreeWaysToCount) {
  for (int less = 0; less < 20; ++less) {
    const bool known = less == 8 || less == 12 || less == 14;
    EXPECT_EQ(TypeOf({Low(22 - less), 0, 0x43}, 22) == UdpType::kPpStream, known) << less;
    EXPECT_EQ(TypeOf({Low(22 - less), 0, 0x44}, 22), UdpType::kUnknown);
  }
  EXPECT_EQ(TypeOf({0, 1, 0x43}, 256 + 8), UdpType::kPpStream);  // little endian
}

TEST(PpLiveSignature, WhereTheSecondByteIsRepeated) {
  for (int low = 0; low < 16; ++low) {
    const size_t place = 5 + static_cast<size_t>(low % 8 / 2 * 2);
    for (size_t at = 5; at < 13; ++at) {
      Bytes payload = Bytes{Low(0x30 + low), 0xA1, 0xB2} + Fill(12, 0x77);
      payload[at] = 0xA1;
      payload[at + 1] = 0xB2;
      EXPECT_EQ(TypeOf(payload, 100) == UdpType::kPpLive, at == place) << low << " " << at;
    }
  }
  for (const int third : {0xB2, 0xB3}) {
    for (int repeated = 0xA0; repeated < 0xC0; ++repeated) {
      Bytes payload = Bytes{0x30, 0xA1, Low(third)} + Fill(12, 0x77);
      payload[5] = 0xA1;
      payload[6] = Low(repeated);
      const bool fits =
          repeated == third || repeated == third - 1 || (third % 2 == 0 && repeated == third + 1);
      EXPECT_EQ(TypeOf(payload, 100) == UdpType::kPpLive, fits) << third << " " << repeated;
    }
  }
}

TEST(DtlsSignature, VersionsAndLengths) {
  for (int value = 0; value < 256; ++value) {
    Bytes record = Bytes{0x16, 0xFE, Low(value)} + Fill(9);
    EXPECT_EQ(TypeOf(record, 40) == UdpType::kDtls, value >= 0xFB) << value;
    record[2] = 0xFD;
    record[11] = Low(value);
    EXPECT_EQ(TypeOf(record, 40) == UdpType::kDtls, value <= 0x39) << value;
    EXPECT_EQ(TypeOf(Bytes(record.begin(), record.end() - 1), 40), UdpType::kUnknown);
  }
}

}  // namespace
}  // namespace tstat::internal
