// SPDX-License-Identifier: BSD-3-Clause
#include <array>

#include "tests/fuzz/traffic_grammar.h"

namespace tstat::internal {
namespace {

using namespace std::string_literals;

std::string Big(uint64_t value, size_t bytes) {
  std::string out;
  for (size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i));
  return out;
}

// With its length before it.
std::string Counted(const std::string& text, size_t bytes) {
  return Big(text.size(), bytes) + text;
}

std::string Name(Operands* in) {
  static constexpr std::array<const char*, 8> kNames = {"a.test",
                                                        "www.example.test",
                                                        "r3---sn.googlevideo.com",
                                                        "x",
                                                        "*.facebook.com",
                                                        "cdn.whatsapp.net",
                                                        "very-long-name.with.labels.example.org",
                                                        "xn--bcher-kva.example"};
  return kNames[in->U8() % kNames.size()];
}

std::string Raw(Operands* in) {
  const std::span<const uint8_t> bytes = in->Take(in->U8());
  return {bytes.begin(), bytes.end()};
}
std::string Filler(Operands* in) { return std::string(size_t{1} << (in->U8() % 12), 'z'); }

std::string HttpRequest(Operands* in) {
  static constexpr std::array<const char*, 6> kMethods = {"GET", "POST",    "HEAD",
                                                          "PUT", "CONNECT", "OPTIONS"};
  return std::string(kMethods[in->U8() % kMethods.size()]) +
         " /videoplayback?id=0123456789abcdef&itag=22 HTTP/1.1\r\nHost: " + Name(in) +
         "\r\nUser-Agent: fuzz\r\nReferer: http://x/\r\nCookie: a=b\r\n\r\n";
}
std::string HttpResponse(Operands* in) {
  static constexpr std::array<const char*, 5> kTypes = {"text/html", "video/mp4", "video/x-flv",
                                                        "application/octet-stream", "image/png"};
  const unsigned length = in->U16();
  return "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Type: "s + kTypes[in->U8() % kTypes.size()] +
         "\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" +
         std::string(std::min(length, 600u), 'b');
}

std::string Extension(unsigned type, const std::string& body) {
  return Big(type, 2) + Counted(body, 2);
}
std::string Record(unsigned type, const std::string& body) {
  return Big(type, 1) + "\3\3" + Counted(body, 2);
}
std::string ClientHello(Operands* in) {
  const std::string server = Extension(0, Counted("\0"s + Counted(Name(in), 2), 2));
  const std::string alpn = Extension(16, Counted(Counted("h2", 1) + Counted("http/1.1", 1), 2));
  const std::string versions = Extension(43, Counted("\3\4\3\3", 1));
  const uint8_t which = in->U8();
  std::string extensions;
  if ((which & 1) == 0) extensions += server;
  if ((which & 2) == 0) extensions += alpn;
  if ((which & 4) == 0) extensions += versions;
  const std::string body =
      "\3\3" + std::string(32, 'r') + Counted(std::string(which & 0x20, 's'), 1) +
      Counted("\x13\x01\x13\x02\xc0\x2f", 2) + Counted("\0"s, 1) + Counted(extensions, 2);
  return "\1" + Counted(body, 3);
}
std::string TlsClient(Operands* in) { return Record(22, ClientHello(in)); }
std::string TlsServer(Operands* in) {
  const std::string body = "\3\3" + std::string(32, 'R') +
                           Counted(std::string(in->U8() & 0x20, 's'), 1) + "\xc0\x2f\0"s +
                           Counted(Extension(16, Counted(Counted("h2", 1), 2)), 2);
  const std::string certificate = "\x06\x03\x55\x04\x03\x0c" + Counted(Name(in), 1);
  return Record(22, "\2" + Counted(body, 3)) +
         Record(22, "\x0b" + Counted(Counted(Counted("\x30\x82" + certificate, 3), 3), 3));
}
std::string TlsData(Operands* in) {
  return Record(in->U8() % 8 == 0 ? 21 : 23, std::string(in->U8() * size_t{5}, 'd'));
}

std::string Labels(const std::string& name) {
  std::string out, label;
  for (const char c : name + ".") {
    if (c != '.') {
      label += c;
      continue;
    }
    out += Counted(label, 1);
    label.clear();
  }
  return out + "\0"s;
}
std::string DnsQuery(Operands* in) {
  const unsigned id = in->U8();
  const std::string name = Labels(Name(in));
  return Big(id, 2) + "\1\0\0\1\0\0\0\0\0\0"s + name + (in->U8() % 2 == 0 ? "\0\1"s : "\0\x1c"s) +
         "\0\1"s;
}
std::string DnsAnswer(Operands* in) {
  const unsigned id = in->U8();
  const std::string name = Labels(Name(in));
  const bool is_v6 = in->U8() % 2 != 0;
  const std::string type = is_v6 ? "\0\x1c"s : "\0\1"s;
  const std::string server = Big(in->U8() % 16, 1);
  const std::string address =
      is_v6 ? "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\2"s + server : "\xc0\0\2"s + server;
  return Big(id, 2) + "\x81\x80\0\1\0\1\0\0\0\0"s + name + type + "\0\1"s + "\xc0\x0c" + type +
         "\0\1\0\0\0\x3c"s + Counted(address, 2);
}
std::string DnsTcp(Operands* in) {
  return Counted(in->U8() % 2 == 0 ? DnsQuery(in) : DnsAnswer(in), 2);
}

std::string Rtp(Operands* in) {
  const uint8_t first = in->U8();
  return "\x80"s +
         Big(first & 1   ? 96
             : first & 2 ? 8
                         : 0,
             1) +
         Big(in->U8(), 2) + Big(in->U8() * 160u, 4) + Big(0x1000u + (first >> 6), 4) +
         std::string(160, 'a');
}
std::string Rtcp(Operands* in) {
  const uint8_t first = in->U8();
  return "\x81\xc8\0\x0c"s + Big(0x1000u + (first >> 6), 4) + Big(in->U16(), 8) +
         Big(in->U8() * 160u, 4) + Big(in->U8(), 4) + Big(in->U16(), 4) + Big(0x1000u, 4) +
         Big(in->U8(), 4) + std::string(16, '\0');
}
std::string Sip(Operands* in) {
  const std::string port = std::to_string(4000 + in->U8() % 16);
  const std::string body = "v=0\r\nc=IN IP4 10.0.0." + std::to_string(in->U8() % 16) +
                           "\r\nm=audio " + port + " RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n";
  return std::string(in->U8() % 2 == 0 ? "INVITE sip:b@x SIP/2.0" : "SIP/2.0 200 OK") +
         "\r\nCall-ID: c1@x\r\nCSeq: 1 INVITE\r\nContent-Type: "
         "application/sdp\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string Stun(Operands* in) {
  return (in->U8() % 2 == 0 ? "\0\1"s : "\1\1"s) + "\0\0\x21\x12\xa4\x42"s + std::string(12, 't');
}
std::string Quic(Operands* in) {
  return "\xc3\0\0\0\1\x08"s + Big(in->U8(), 8) + "\0\0\x44\xd0"s + std::string(1200, 'q');
}
std::string QuicShort(Operands* in) { return "\x40"s + Big(in->U8(), 8) + std::string(60, 'q'); }
std::string Dtls(Operands* in) {
  const std::string hello = ClientHello(in).substr(4);
  return "\x16\xfe\xff"s + Big(0, 8) +
         Counted("\1"s + Big(hello.size(), 3) + "\0\0\0\0\0"s + Counted(hello, 3), 2);
}
std::string Ssh(Operands* in) {
  return in->U8() % 2 == 0 ? "SSH-2.0-OpenSSH_9.2\r\n" : "SSH-1.99-x\r\n";
}
std::string Mail(Operands* in) {
  static constexpr std::array<const char*, 6> kLines = {"220 x ESMTP\r\n", "EHLO x\r\n",
                                                        "+OK POP3\r\n",    "USER x\r\n",
                                                        "* OK IMAP4\r\n",  "a1 LOGIN x y\r\n"};
  return kLines[in->U8() % kLines.size()];
}
std::string Peers(Operands* in) {
  static const std::array<std::string, 6> kSignatures = {
      "\x13"
      "BitTorrent protocol"s +
          std::string(48, 'b'),
      "\xe3\x1a\0\0\0\1"s + std::string(25, 'e'),
      "GNUTELLA CONNECT/0.6\r\n"s,
      "d1:ad2:id20:"s + std::string(20, 'i') + "e1:q4:ping1:t2:aa1:y1:qe"s,
      "VER 1 MSNP8 CVR0\r\n"s,
      "YMSG\0\x10\0\0\0\0\0\x57\0\0\0\0\0\0\0\0"s};
  return kSignatures[in->U8() % kSignatures.size()];
}
std::string Rtsp(Operands* in) {
  return in->U8() % 2 == 0
             ? "RTSP/1.0 200 OK\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n"s
             : "$\0"s + Counted(Rtp(in), 2);
}
std::string HttpThenMore(Operands* in) {
  std::string head = HttpRequest(in);
  return head.substr(0, in->U8() % (head.size() + 1));
}

}  // namespace

std::string PayloadOf(uint8_t seed, Operands* operands) {
  using Maker = std::string (*)(Operands*);
  static constexpr Maker kMakers[] = {
      Filler,    Raw,    HttpRequest, HttpResponse, TlsClient, TlsServer,   TlsData, DnsQuery,
      DnsAnswer, DnsTcp, Rtp,         Rtcp,         Sip,       Stun,        Quic,    QuicShort,
      Dtls,      Ssh,    Mail,        Peers,        Rtsp,      HttpThenMore};
  return kMakers[seed % std::size(kMakers)](operands);
}

}  // namespace tstat::internal
