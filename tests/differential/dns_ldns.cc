// SPDX-License-Identifier: BSD-3-Clause
//
// DNS messages as names/dns_message.h and names/dns_presentation.h read and write them, against
// the library ldns, whose texts Tstat's log has: which messages are valid, and the text of every
// answer. Messages are made at random: well-formed records of all types with compressed names,
// the same with bytes changed, cut or added, and noise.
//
//   dns_ldns [MESSAGES [SEED]]
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "names/dns_message.h"
#include "names/dns_presentation.h"
#include "names/dns_record_types.h"
#include "names/dns_wire.h"
#include "tests/differential/ldns_reader.h"
#include "tstat/time.h"

namespace tstat::internal {
namespace {

ParsedDns ByTstat(const Bytes& message, Timestamp now) {
  ParsedDns parsed;
  const DnsWire wire(ByteReader(message), message.size());
  const std::optional<DnsMessageView> view = DnsMessageView::Parse(wire);
  if (!view) return parsed;
  parsed.valid = true;
  parsed.additional = view->additional();
  view->ForEachAnswer([&](const DnsRecordView& record) {
    std::string text;
    DnsText out(&text, SIZE_MAX);
    AppendDnsName(wire, record.name_at, out);
    text += '\t' + std::to_string(record.ttl) + '\t';
    AppendDnsClassName(record.record_class, &text);
    text += '\t';
    AppendDnsQuestionTypeName(record.type, &text);
    text += '\t';
    if (!AppendDnsData(wire, record, now, out)) text.clear();
    if (record.type == kWks && !text.empty()) text = "WKS";
    parsed.answers.push_back(text);
  });
  return parsed;
}

// Makes messages.
class Maker {
 public:
  explicit Maker(uint64_t seed) : random_(seed) {}

  Bytes Make() {
    message_.clear();
    names_.clear();
    if (Below(20) == 0) {
      Noise(Below(80));
      return message_;
    }
    const unsigned counts[] = {Below(3), 1 + Below(4), Below(2), Below(3)};
    U16(Below(65536));
    U16(0x8000 | Below(0x8000));
    for (const unsigned count : counts) U16(Below(50) == 0 ? Below(8) : count);
    for (unsigned i = 0; i < counts[0]; ++i) {
      Name();
      U16(Type());
      U16(Class());
    }
    for (unsigned i = 0; i < counts[1] + counts[2] + counts[3]; ++i) Record();
    Mutate();
    return message_;
  }

 private:
  unsigned Below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  void U8(unsigned v) { message_.push_back(static_cast<uint8_t>(v)); }
  void U16(unsigned v) {
    U8(v >> 8);
    U8(v);
  }
  void Noise(size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) U8(Below(256));
  }
  // Letters for the most part.
  unsigned TextByte() {
    constexpr char kText[] = "abcXYZ019-_ .;()\\\",\t@";
    return Below(12) == 0 ? Below(256) : static_cast<uint8_t>(kText[Below(sizeof(kText) - 1)]);
  }
  unsigned Class() {
    constexpr unsigned kClasses[] = {1, 1, 1, 1, 2, 3, 4, 254, 255, 0x8001};
    return kClasses[Below(std::size(kClasses))];
  }
  unsigned Type() {
    if (Below(12) == 0) return Below(65536);
    if (Below(40) == 0) return 32769;
    return Below(262);
  }

  void Name() {
    const size_t start = message_.size();
    for (unsigned labels = Below(5); labels > 0; --labels) {
      const unsigned bytes = Below(30) == 0 ? Below(64) : 1 + Below(8);
      U8(bytes);
      for (unsigned i = 0; i < bytes; ++i) U8(TextByte());
    }
    if (Below(2) == 0 && !names_.empty() && names_.back() < start) {
      U16(0xC000 | static_cast<unsigned>(names_[Below(static_cast<unsigned>(names_.size()))]));
    } else if (Below(60) == 0) {
      U16(0xC000 | Below(static_cast<unsigned>(message_.size()) + 4));
    } else {
      U8(0);
    }
    if (start < 0x4000) names_.push_back(start);
  }

  void Record() {
    Name();
    const unsigned type = Type();
    U16(type);
    U16(Class());
    U16(Below(65536));
    U16(Below(65536));
    const size_t length_at = message_.size();
    U16(0);
    const DnsRecordType& known = DnsRecordTypeOf(static_cast<uint16_t>(type));
    const size_t fields = Below(30) == 0 ? Below(4) : 9;
    for (size_t i = 0; i < fields && known.field(i) != DnsField::kNone; ++i) {
      if (i > 0 && known.repeated == known.field(i) && Below(3) == 0) break;
      Field(known.field(i));
    }
    size_t length = message_.size() - length_at - 2;
    if (Below(40) == 0) length = length + Below(5) - 2;
    message_[length_at] = static_cast<uint8_t>(length >> 8);
    message_[length_at + 1] = static_cast<uint8_t>(length);
  }

  void Sized(unsigned bytes) {
    U8(bytes);
    for (unsigned i = 0; i < bytes; ++i) U8(TextByte());
  }

  void Parameters() {
    for (unsigned i = Below(4); i > 0; --i) {
      const unsigned key = Below(10);
      U16(key);
      const size_t at = message_.size();
      U16(0);
      const unsigned kind = Below(8) == 0 ? 9 : key;
      switch (kind) {
        case 0:
          for (unsigned n = Below(4); n > 0; --n) U16(Below(12));
          break;
        case 1:
          for (unsigned n = Below(4); n > 0; --n) Sized(Below(14));
          break;
        case 2:
          break;
        case 3:
          U16(Below(65536));
          break;
        case 4:
          Noise(4 * Below(4));
          break;
        case 6:
          for (unsigned n = 16 * Below(3); n > 0; --n) U8(Below(3) == 0 ? Below(256) : 0);
          break;
        default:
          for (unsigned n = Below(12); n > 0; --n) U8(TextByte());
      }
      message_[at + 1] = static_cast<uint8_t>(message_.size() - at - 2);
    }
    if (Below(20) == 0) Noise(Below(5));
  }

  void Field(DnsField field) {
    switch (field) {
      case DnsField::kName:
        return Name();
      case DnsField::kU8:
        return U8(Below(3) == 0 ? Below(256) : Below(18));
      case DnsField::kU16:
        return U16(Below(2) == 0 ? Below(65536) : 0x100 + Below(2));
      case DnsField::kType:
        return U16(Type());
      case DnsField::kCertificateType:
        return U16(Below(3) == 0 ? Below(65536) : Below(10) + 245 * Below(2));
      case DnsField::kU32:
      case DnsField::kIpv4:
      case DnsField::kTime:
        return Noise(4);
      case DnsField::kTime48:
      case DnsField::kEui48:
        return Noise(6);
      case DnsField::kLocator64:
      case DnsField::kEui64:
        return Noise(8);
      case DnsField::kIpv6:
        for (unsigned i = 0; i < 16; ++i) U8(Below(3) == 0 ? Below(256) : 0);
        return;
      case DnsField::kString:
        return Sized(Below(50) == 0 ? Below(256) : Below(12));
      case DnsField::kLetters:
        U8(Below(6));
        for (const char c : {'i', 's', 's', 'u', Below(9) == 0 ? '-' : 'e'}) U8(uint8_t(c));
        return;
      case DnsField::kSalt:
      case DnsField::kNextOwner: {
        const unsigned bytes = Below(3) == 0 ? 20 : Below(12);
        U8(bytes);
        return Noise(bytes);
      }
      case DnsField::kSizedBase64: {
        const unsigned bytes = Below(12);
        U16(bytes);
        return Noise(bytes);
      }
      case DnsField::kHostIdentity: {
        const unsigned identity = Below(10), key = Below(10);
        U8(identity);
        U8(Below(4));
        U16(key);
        return Noise(identity + key);
      }
      case DnsField::kTypes:
        for (unsigned i = Below(4); i > 0; --i) {
          const unsigned bytes = Below(36);
          U8(Below(2) == 0 ? 0 : Below(256));
          U8(bytes);
          for (unsigned k = 0; k < bytes; ++k) U8(Below(4) == 0 ? Below(256) : 0);
        }
        return;
      case DnsField::kParameters:
        return Parameters();
      case DnsField::kLocation:
        U8(Below(12) == 0 ? 1 : 0);
        for (unsigned i = 0; i < 3; ++i)
          U8(Below(9) == 0 ? Below(256) : Below(10) << 4 | Below(10));
        return Noise(Below(20) == 0 ? Below(12) : 12);
      case DnsField::kPrefixes:
        for (unsigned i = Below(4); i > 0; --i) {
          U16(Below(12) == 0 ? Below(65536) : 1 + Below(2));
          U8(Below(129));
          const unsigned bytes = Below(18);
          U8(Below(2) << 7 | bytes);
          Noise(bytes);
        }
        return;
      case DnsField::kGateway: {
        const unsigned kind = Below(5);
        U8(Below(256));
        U8(kind);
        U8(Below(4));
        if (kind == 1) Noise(4);
        if (kind == 2) Noise(16);
        if (kind == 3) Name();
        return Noise(Below(12));
      }
      case DnsField::kServices:
        U8(Below(3) == 0 ? Below(256) : 6 + 11 * Below(2));
        return Noise(Below(24));
      case DnsField::kText:
        for (unsigned n = Below(12); n > 0; --n) U8(TextByte());
        return;
      default:
        return Noise(Below(40) == 0 ? Below(300) : Below(24));
    }
  }

  void Mutate() {
    if (message_.size() <= 12 || Below(3) != 0) return;
    const auto place = [this] { return 12 + Below(static_cast<unsigned>(message_.size()) - 12); };
    for (unsigned i = 1 + Below(3); i > 0; --i)
      message_[place()] = static_cast<uint8_t>(Below(256));
    if (Below(4) == 0) message_.resize(place());
  }

  std::mt19937_64 random_;
  Bytes message_;
  std::vector<size_t> names_;
};

// Debian's ldns is built without GOST (algorithm 12) and does not know that its keys have 512 bits.
bool IsSameAnswer(const std::string& want, const std::string& got) {
  constexpr std::string_view kGost = ", size = 512b}", kUnknown = ", size = 0b}";
  if (want == got) return true;
  const size_t same = got.size() - std::min(got.size(), kGost.size());
  return got.substr(same) == kGost && want == got.substr(0, same).append(kUnknown) &&
         got.find("\tDNSKEY\t") != std::string::npos && got.find(" 12 ") != std::string::npos;
}

bool IsSame(const ParsedDns& want, const ParsedDns& got) {
  return want.valid == got.valid && want.additional == got.additional &&
         std::equal(want.answers.begin(), want.answers.end(), got.answers.begin(),
                    got.answers.end(), IsSameAnswer);
}

int Run(uint64_t count, uint64_t seed) {
  const Timestamp now = Timestamp::FromNanoseconds(int64_t{time(nullptr)} * 1'000'000'000);
  Maker maker(seed);
  uint64_t valid = 0, records = 0, hidden = 0, different = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const Bytes message = maker.Make();
    const ParsedDns want = ByLdns(message), got = ByTstat(message, now);
    valid += want.valid ? 1 : 0;
    records += want.answers.size();
    hidden += static_cast<uint64_t>(std::count(want.answers.begin(), want.answers.end(), ""));
    if (IsSame(want, got)) continue;
    if (++different > 10) continue;
    std::printf("message %llu:", static_cast<unsigned long long>(i));
    for (const uint8_t byte : message) std::printf(" %02x", byte);
    std::printf("\n  ldns: valid %d, additional %u\n  here: valid %d, additional %u\n", want.valid,
                want.additional, got.valid, got.additional);
    for (size_t k = 0; k < std::max(want.answers.size(), got.answers.size()); ++k) {
      const std::string a = k < want.answers.size() ? want.answers[k] : "(none)";
      const std::string b = k < got.answers.size() ? got.answers[k] : "(none)";
      if (a != b) std::printf("  ldns: %s\n  here: %s\n", a.c_str(), b.c_str());
    }
  }
  std::printf(
      "seed %llu: %llu messages, %llu valid, %llu answers (%llu without a text), %llu different\n",
      static_cast<unsigned long long>(seed), static_cast<unsigned long long>(count),
      static_cast<unsigned long long>(valid), static_cast<unsigned long long>(records),
      static_cast<unsigned long long>(hidden), static_cast<unsigned long long>(different));
  // A maker of messages that nobody can read would find nothing.
  return different == 0 && valid > count / 4 && records > count / 4 ? 0 : 1;
}

}  // namespace
}  // namespace tstat::internal

int main(int argc, char** argv) {
  const uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device()();
  return tstat::internal::Run(count, seed);
}
