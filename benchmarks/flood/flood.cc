// SPDX-License-Identifier: BSD-3-Clause
//
// A flood mixed with an honest trace, as pcap on standard output.
//
//   flood KIND COUNT [--seed N] [--honest TRACE] [--only]
//
// COUNT attacks are spread evenly over the time of TRACE (Ethernet; by default a minute without
// honest packets). --only: the honest packets alone, with the same times. The same arguments give
// the same bytes. Checksums of TCP and UDP are 0.
#include <pcap/pcap.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/accuracy/link/random.h"

namespace {

class Random : public accuracy::Random {
 public:
  using accuracy::Random::Random;
  // Above those of tunnels.
  uint16_t Port() { return static_cast<uint16_t>(32768 + Next() % 28000); }
  char Letter() { return static_cast<char>('a' + Next() % 26); }
};

// A frame that is written from its end of headers on.
class Frame {
 public:
  void Clear() { size_ = 0; }
  void U8(uint64_t v) { bytes_[size_++] = static_cast<uint8_t>(v); }
  void U16(uint64_t v) { U8(v >> 8), U8(v); }
  void U32(uint64_t v) { U16(v >> 16), U16(v); }
  void U64(uint64_t v) { U32(v >> 32), U32(v); }
  void Text(std::string_view text) {
    std::memcpy(&bytes_[size_], text.data(), text.size());
    size_ += text.size();
  }
  // Out of a longer text, from anywhere on: to make all anew would take longer than to analyse it.
  void Letters(Random& random, size_t count) {
    static const std::string text = [] {
      Random letters(0);
      std::string t(8192, ' ');
      for (char& c : t) c = letters.Letter();
      return t;
    }();
    Text(std::string_view(text).substr(random.Next() % (text.size() - count), count));
  }
  void SetU16(size_t at, uint64_t v) {
    bytes_[at] = static_cast<uint8_t>(v >> 8), bytes_[at + 1] = static_cast<uint8_t>(v);
  }
  uint16_t GetU16(size_t at) const {
    return static_cast<uint16_t>(bytes_[at] << 8 | bytes_[at + 1]);
  }
  size_t size() const { return size_; }
  const uint8_t* data() const { return bytes_.data(); }

 private:
  std::array<uint8_t, 2048> bytes_{};
  size_t size_ = 0;
};

// One end of an attack.
struct End {
  uint32_t address = 0;
  uint16_t port = 0;
};
constexpr uint32_t kVictim = 0xcb007105;    // 203.0.113.5
constexpr uint32_t kResolver = 0xcb007135;  // 203.0.113.53

// What is written, in the order of times: packets of the honest trace come between the attacks.
class Output {
 public:
  Output() { std::setvbuf(stdout, nullptr, _IOFBF, 1 << 20); }
  void Header() {
    const uint32_t words[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};
    Write(words, sizeof words);
  }
  void Packet(int64_t time_us, const uint8_t* bytes, uint32_t captured, uint32_t length) {
    const uint32_t words[] = {static_cast<uint32_t>(time_us / 1'000'000),
                              static_cast<uint32_t>(time_us % 1'000'000), captured, length};
    Write(words, sizeof words);
    Write(bytes, captured);
  }

 private:
  static void Write(const void* bytes, size_t size) {
    if (std::fwrite(bytes, 1, size, stdout) != size) std::exit(1);  // the reader has ended
  }
};

class Honest {
 public:
  explicit Honest(const std::string& path) {
    if (path.empty()) return;
    char error[PCAP_ERRBUF_SIZE];
    pcap_t* const trace = pcap_open_offline(path.c_str(), error);
    if (trace == nullptr || pcap_datalink(trace) != DLT_EN10MB) {
      std::fprintf(stderr, "flood: %s: %s\n", path.c_str(),
                   trace == nullptr ? error : "not Ethernet");
      std::exit(1);
    }
    pcap_pkthdr* header;
    const u_char* bytes;
    while (pcap_next_ex(trace, &header, &bytes) == 1) {
      packets_.push_back({header->ts.tv_sec * int64_t{1'000'000} + header->ts.tv_usec,
                          header->len,
                          {bytes, bytes + header->caplen}});
    }
    pcap_close(trace);
  }
  int64_t first_us() const {
    return packets_.empty() ? 1'700'000'000'000'000 : packets_[0].time_us;
  }
  int64_t last_us() const {
    return packets_.empty() ? first_us() + 60'000'000 : packets_.back().time_us;
  }
  void WriteUntil(int64_t time_us, Output& out) {
    for (; next_ < packets_.size() && packets_[next_].time_us <= time_us; ++next_) {
      const Packet& p = packets_[next_];
      out.Packet(p.time_us, p.bytes.data(), static_cast<uint32_t>(p.bytes.size()), p.length);
    }
  }

 private:
  struct Packet {
    int64_t time_us;
    uint32_t length;
    std::vector<uint8_t> bytes;
  };
  std::vector<Packet> packets_;
  size_t next_ = 0;
};

class Attack {
 public:
  Attack(Honest& honest, Output& out, uint64_t packets, uint64_t seed)
      : honest_(honest), out_(out), packets_(packets), random(seed) {}

  // `source` sends what `body` writes behind the IP header.
  template <typename Body>
  void Ip4(uint8_t protocol, uint32_t source, uint32_t destination, Body body,
           uint16_t fragment = 0) {
    Begin(0x0800);
    const size_t ip = frame_.size();
    frame_.U32(0x45000000), frame_.U16(random.Next()), frame_.U16(fragment);
    frame_.U8(64), frame_.U8(protocol), frame_.U16(0);
    frame_.U32(source), frame_.U32(destination);
    body(frame_);
    frame_.SetU16(ip + 2, frame_.size() - ip);
    uint32_t sum = 0;
    for (size_t i = 0; i < 20; i += 2) sum += frame_.GetU16(ip + i);
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    frame_.SetU16(ip + 10, ~sum);
    Send();
  }
  template <typename Body>
  void Ip6(uint8_t next_header, const std::array<uint64_t, 2>& source, Body body) {
    Begin(0x86dd);
    const size_t ip = frame_.size();
    frame_.U32(0x60000000), frame_.U16(0), frame_.U8(next_header), frame_.U8(64);
    frame_.U64(source[0]), frame_.U64(source[1]);
    frame_.U64(0x20010db800020000), frame_.U64(5);
    body(frame_);
    frame_.SetU16(ip + 4, frame_.size() - ip - 40);
    Send();
  }
  template <typename Body>
  void Tcp(const End& from, const End& to, uint8_t flags, uint32_t sequence, uint32_t ack,
           Body body) {
    Ip4(6, from.address, to.address, [&](Frame& f) {
      TcpHeader(f, from.port, to.port, flags, sequence, ack);
      body(f);
    });
  }
  void Tcp(const End& from, const End& to, uint8_t flags, uint32_t sequence, uint32_t ack = 0) {
    Tcp(from, to, flags, sequence, ack, [](Frame&) {});
  }
  static void TcpHeader(Frame& f, uint16_t from, uint16_t to, uint8_t flags, uint32_t sequence,
                        uint32_t ack) {
    f.U16(from), f.U16(to), f.U32(sequence), f.U32(ack);
    f.U8(0x50), f.U8(flags), f.U16(64240), f.U32(0);
  }
  template <typename Body>
  void Udp(const End& from, const End& to, Body body) {
    Ip4(17, from.address, to.address, [&](Frame& f) { UdpDatagram(f, from.port, to.port, body); });
  }
  template <typename Body>
  static void UdpDatagram(Frame& f, uint16_t from, uint16_t to, Body body) {
    const size_t udp = f.size();
    f.U16(from), f.U16(to), f.U32(0);
    body(f);
    f.SetU16(udp + 4, f.size() - udp);
  }

 private:
  void Begin(uint16_t type) {
    frame_.Clear();
    frame_.U32(0x02000000), frame_.U16(1), frame_.U32(0x02000000), frame_.U16(2);
    frame_.U16(type);
  }
  void Send() {
    const int64_t first = honest_.first_us(), span = honest_.last_us() - first;
    const int64_t time =
        first + static_cast<int64_t>(static_cast<double>(span) * static_cast<double>(sent_++) /
                                     static_cast<double>(packets_));
    honest_.WriteUntil(time, out_);
    const auto size = static_cast<uint32_t>(frame_.size());
    out_.Packet(time, frame_.data(), size, size);
  }

  Honest& honest_;
  Output& out_;
  uint64_t packets_, sent_ = 0;
  Frame frame_;

 public:
  Random random;
};

constexpr uint8_t kSyn = 2, kAck = 16, kPush = 8;

End Anyone(Random& random) {
  return {static_cast<uint32_t>(random.Next()) | 0x40000000, random.Port()};
}

// Connection attempts from everywhere.
void Syn(Attack& a, uint64_t) { a.Tcp(Anyone(a.random), {kVictim, 80}, kSyn, 1000); }

// One host tries all ports of a network.
void Udp(Attack& a, uint64_t i) {
  a.Udp({0xc6336409, 40000},
        {0x0b000000 | static_cast<uint32_t>(i / 60000 % 0x1000000),
         static_cast<uint16_t>(i % 60000 + 1)},
        [&](Frame& f) { f.U64(a.random.Next()); });
}

// Questions and answers about names that nobody has, each with an address.
void Dns(Attack& a, uint64_t) {
  const uint64_t r = a.random.Next();
  const End client = {0x0a400000 | static_cast<uint32_t>(r & 0xfffff), a.random.Port()};
  const End resolver = {kResolver, 53};
  std::array<char, 24> name;
  for (char& c : name) c = a.random.Letter();
  for (const bool is_answer : {false, true}) {
    a.Udp(is_answer ? resolver : client, is_answer ? client : resolver, [&](Frame& f) {
      f.U16(r >> 32), f.U16(is_answer ? 0x8180 : 0x0100), f.U16(1), f.U16(is_answer ? 1 : 0);
      f.U32(0);
      f.U8(name.size()), f.Text({name.data(), name.size()}), f.U8(7), f.Text("invalid"), f.U8(0);
      f.U16(1), f.U16(1);
      if (!is_answer) return;
      f.U16(0xc00c), f.U16(1), f.U16(1), f.U32(60), f.U16(4), f.U32(r >> 8);
    });
  }
}

// Media of a thousand pairs of ports, where a new stream begins with every third packet.
void Ssrc(Attack& a, uint64_t i) {
  const auto pair = static_cast<uint32_t>(i % 1000);
  const uint64_t number = i / 1000;
  const uint64_t ssrc = Random((uint64_t{pair} << 32) + number / 3).Next();
  a.Udp({0x0a500000 | pair, 5004}, {kVictim, static_cast<uint16_t>(20000 + 2 * pair)},
        [&](Frame& f) {
          f.U16(0x8000), f.U16(number), f.U32(160 * number), f.U32(ssrc);
          for (int word = 0; word < 20; ++word) f.U64(a.random.Next());
        });
}

// First fragments of segments whose rest never comes.
void Fragment(Attack& a, uint64_t) {
  const End from = Anyone(a.random);
  constexpr uint16_t kMoreFragments = 0x2000;
  a.Ip4(
      6, from.address, kVictim,
      [&](Frame& f) {
        Attack::TcpHeader(f, from.port, 80, kAck | kPush, 1001, 1);
        f.Letters(a.random, 60);
      },
      kMoreFragments);
}

// A connection with a begin of `bytes`, behind which nothing comes.
template <typename Bytes>
void Begin(Attack& a, uint16_t port, Bytes bytes) {
  const End client = Anyone(a.random), server = {kVictim, port};
  a.Tcp(client, server, kSyn, 1000);
  a.Tcp(server, client, kSyn | kAck, 2000, 1001);
  a.Tcp(client, server, kAck | kPush, 1001, 2001, bytes);
}
constexpr size_t kBegin = 400;

void Tls(Attack& a, uint64_t) {
  Begin(a, 443, [&](Frame& f) {
    f.U8(22), f.U16(0x0301), f.U16(16000);  // a record,
    f.U8(1), f.U8(0), f.U16(15996);         // a hello,
    f.U16(0x0303), f.U64(a.random.Next());  // of TLS 1.2
    f.Letters(a.random, kBegin);
  });
}
void Http(Attack& a, uint64_t) {
  Begin(a, 80, [&](Frame& f) {
    f.Text("GET / HTTP/1.1\r\nHost: www.example.test\r\nX-Header: ");
    f.Letters(a.random, kBegin);
  });
}

// Connection attempts and datagrams from a network of IPv6.
void Ipv6(Attack& a, uint64_t i) {
  const std::array<uint64_t, 2> source = {0x20010db800ff0000, a.random.Next()};
  const uint16_t port = a.random.Port();
  if (i % 2 == 0) {
    a.Ip6(6, source, [&](Frame& f) { Attack::TcpHeader(f, port, 80, kSyn, 1000, 0); });
  } else {
    a.Ip6(17, source, [&](Frame& f) {
      Attack::UdpDatagram(f, port, 4000, [&](Frame& u) { u.U64(a.random.Next()); });
    });
  }
}

struct Kind {
  std::string_view name;
  uint64_t packets;  // of an attack
  void (*send)(Attack&, uint64_t number);
};
constexpr Kind kKinds[] = {
    {"syn", 1, Syn},           {"udp", 1, Udp}, {"dns", 2, Dns},   {"ssrc", 1, Ssrc},
    {"fragment", 1, Fragment}, {"tls", 3, Tls}, {"http", 3, Http}, {"ipv6", 1, Ipv6},
};

int Usage() {
  std::fputs("usage: flood KIND COUNT [--seed N] [--honest TRACE] [--only]\nKIND:", stderr);
  for (const Kind& kind : kKinds) std::fprintf(stderr, " %s", std::string(kind.name).c_str());
  std::fputs("\n", stderr);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2) return Usage();
  const Kind* kind = nullptr;
  for (const Kind& k : kKinds) {
    if (k.name == words[0]) kind = &k;
  }
  const uint64_t count = std::strtoull(words[1].c_str(), nullptr, 10);
  if (kind == nullptr || count == 0) return Usage();
  uint64_t seed = 1;
  std::string honest_path;
  bool only = false;
  for (size_t i = 2; i < words.size(); ++i) {
    const bool has_value = i + 1 < words.size();
    if (words[i] == "--only") {
      only = true;
    } else if (words[i] == "--seed" && has_value) {
      seed = std::strtoull(words[++i].c_str(), nullptr, 10);
    } else if (words[i] == "--honest" && has_value) {
      honest_path = words[++i];
    } else {
      return Usage();
    }
  }
  Output out;
  Honest honest(honest_path);
  out.Header();
  if (!only) {
    Attack attack(honest, out, count * kind->packets, seed);
    for (uint64_t i = 0; i < count; ++i) kind->send(attack, i);
  }
  honest.WriteUntil(INT64_MAX, out);
  return std::fflush(stdout) == 0 ? 0 : 1;
}
