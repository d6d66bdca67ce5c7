// SPDX-License-Identifier: BSD-3-Clause
//
// Protocols that begin with words.
#include <algorithm>
#include <array>
#include <string_view>

#include "l7/byte_class.h"
#include "l7/stream/signature_tables.h"

namespace tstat::internal {
namespace {

using enum SignatureMatch;

// Of words in a certain case, which no other protocol begins with.
struct OpeningWords {
  Application application;
  std::string_view words;
};
constexpr OpeningWords kFromClient[] = {
    {Application::kSmtp, "EHLO "},
    {Application::kSmtp, "HELO "},
    {Application::kSmtp, "LHLO "},
    {Application::kImap, "* OK"},
    {Application::kRtsp, "DESCRIBE rtsp"},
    {Application::kRtsp, "OPTIONS rtsp"},
    {Application::kRtsp, "SETUP rtsp"},
    {Application::kRtsp, "PLAY rtsp"},
    {Application::kRtsp, "ANNOUNCE rtsp"},
    {Application::kSip, "INVITE sip"},
    {Application::kSip, "REGISTER sip"},
    {Application::kSip, "OPTIONS sip"},
    {Application::kSip, "MESSAGE sip"},
    {Application::kSip, "SUBSCRIBE sip"},
    {Application::kSip, "NOTIFY sip"},
    {Application::kSip, "ACK sip"},
    {Application::kSip, "BYE sip"},
    {Application::kSip, "CANCEL sip"},
    {Application::kSip, "INFO sip"},
    {Application::kSip, "PRACK sip"},
    {Application::kSip, "PUBLISH sip"},
    {Application::kSip, "REFER sip"},
    {Application::kSip, "UPDATE sip"},
    {Application::kSip, "INVITE tel:"},
    {Application::kSip, "INVITE urn:service:"},
    {Application::kSip, "SIP/2.0 "},
    {Application::kIrc, "NICK "},
    {Application::kIrc, "CAP LS"},
    {Application::kBitTorrent,
     "\x13"
     "BitTorrent protocol"},
    {Application::kAmqp, "AMQP"},
    {Application::kGnutella, "GNUTELLA "},
    {Application::kDirectConnect, "$MyNick "},
    {Application::kDirectConnect, "$Lock "},
    {Application::kRsync, "@RSYNCD:"},
    {Application::kVnc, "RFB 00"},
    {Application::kRedis, "*1\r\n$"},
    {Application::kRedis, "*2\r\n$"},
    {Application::kRedis, "*3\r\n$"},
    {Application::kRedis, "*4\r\n$"},
    {Application::kRedis, "*5\r\n$"},
    {Application::kRedis, "*6\r\n$"},
    {Application::kRedis, "*7\r\n$"},
    {Application::kRedis, "*8\r\n$"},
    {Application::kRedis, "*9\r\n$"},
    {Application::kRedis, "ping\r\n"},
    {Application::kRedis, "PING\r\n"},
    {Application::kGridFtp, "AUTH GSSAPI"},
    {Application::kFtp, "AUTH TLS"},
    {Application::kFtp, "AUTH SSL"},
};
constexpr OpeningWords kFromServer[] = {
    {Application::kImap, "* OK"},
    {Application::kImap, "* PREAUTH"},
    {Application::kPop3, "+OK "},
    {Application::kPop3, "-ERR "},
    {Application::kRtsp, "RTSP/1.0 "},
    {Application::kSip, "SIP/2.0 "},
    {Application::kAmqp, "AMQP"},
    {Application::kRsync, "@RSYNCD:"},
    {Application::kVnc, "RFB 00"},
    {Application::kDirectConnect, "$Lock "},
    {Application::kRedis, "-NOAUTH "},
    {Application::kRedis, "+PONG\r\n"},
    {Application::kBitTorrent,
     "\x13"
     "BitTorrent protocol"},
    {Application::kIcecast, "ICY 200"},
};

// Whether `text` begins with `words`, as far as it goes.
constexpr SignatureMatch TestWords(std::string_view text, std::string_view words) {
  if (text.size() >= words.size()) return text.starts_with(words) ? kYes : kNo;
  return words.starts_with(text) ? kMaybe : kNo;
}

template <Application kApplication>
SignatureMatch TestWordsOf(const StreamOpening& o) {
  const std::string_view text = o.bytes.Text(0, 32);
  SignatureMatch best = kNo;
  const auto look = [&](const auto& table) {
    for (const OpeningWords& row : table) {
      if (row.application == kApplication) best = std::max(best, TestWords(text, row.words));
    }
  };
  o.from == Direction::kClientToServer ? look(kFromClient) : look(kFromServer);
  return best;
}

std::string_view TextOf(const StreamOpening& o) { return o.bytes.Text(0, kLongestOpening); }

bool ContainsWord(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
           return (static_cast<uint8_t>(a) | 0x20) == (static_cast<uint8_t>(b) | 0x20);
         }) != text.end();
}

// Mail and files are greeted with the same code: the words behind it say whose it is, else the
// port.
enum class Greeting220 : uint8_t { kNone, kMaybe, kSmtp, kFtp, kGridFtp };
Greeting220 GreetingOf(const StreamOpening& o) {
  constexpr uint16_t kFtpPort = 21, kGridFtpPort = 2811;
  constexpr std::array<uint16_t, 4> kSmtpPorts = {25, 465, 587, 2525};
  if (o.from != Direction::kServerToClient) return Greeting220::kNone;
  const std::string_view text = TextOf(o);
  const SignatureMatch blank = TestWords(text, "220 "), dash = TestWords(text, "220-");
  if (blank == kNo && dash == kNo) return Greeting220::kNone;
  const bool whole = text.size() >= kLongestOpening || text.find('\n') != std::string_view::npos;
  if (!whole) return Greeting220::kMaybe;
  if (ContainsWord(text, "gridftp") || o.server_port == kGridFtpPort) return Greeting220::kGridFtp;
  if (ContainsWord(text, "smtp") || ContainsWord(text, "mail")) return Greeting220::kSmtp;
  if (ContainsWord(text, "ftp") || o.server_port == kFtpPort) return Greeting220::kFtp;
  return std::find(kSmtpPorts.begin(), kSmtpPorts.end(), o.server_port) != kSmtpPorts.end()
             ? Greeting220::kSmtp
             : Greeting220::kNone;
}
template <Greeting220 kGreeting>
SignatureMatch TestGreeting(const StreamOpening& o) {
  const Greeting220 found = GreetingOf(o);
  if (found == Greeting220::kMaybe) return kMaybe;
  return found == kGreeting ? kYes : kNo;
}

// "USER" begins sessions of files, of mail and of chat.
template <Application kApplication, uint16_t kPort>
SignatureMatch TestUser(const StreamOpening& o) {
  if (o.from != Direction::kClientToServer || o.server_port != kPort) return kNo;
  return TestWords(o.bytes.Text(0, 5), "USER ");
}

// A greeting without a word behind it, which servers of other protocols have, too.
SignatureMatch TestPop3Greeting(const StreamOpening& o) {
  constexpr uint16_t kPort = 110;
  if (o.from != Direction::kServerToClient || o.server_port != kPort) return kNo;
  return TestWords(o.bytes.Text(0, 5), "+OK\r\n");
}

SignatureMatch TestNntp(const StreamOpening& o) {
  constexpr uint16_t kPort = 119;
  if (o.from != Direction::kServerToClient || o.server_port != kPort) return kNo;
  return std::max(TestWords(o.bytes.Text(0, 4), "200 "), TestWords(o.bytes.Text(0, 4), "201 "));
}

SignatureMatch TestXmpp(const StreamOpening& o) {
  const std::string_view text = TextOf(o);
  if (const SignatureMatch m = TestWords(text, "<stream:stream"); m != kNo) return m;
  if (const SignatureMatch m = TestWords(text, "<?xml"); m != kYes) return m;
  if (text.find("<stream:stream") != std::string_view::npos) return kYes;
  return text.size() < kLongestOpening ? kMaybe : kNo;
}

// Four hexadecimal digits of a length, then the service.
SignatureMatch TestGit(const StreamOpening& o) {
  const std::string_view text = TextOf(o);
  for (size_t i = 0; i < std::min<size_t>(4, text.size()); ++i) {
    if (!IsHex(static_cast<uint8_t>(text[i]))) return kNo;
  }
  return text.size() < 4 ? kMaybe : TestWords(text.substr(4), "git-");
}

// A client's command of memcached; the words are common, so that the port has to fit.
SignatureMatch TestMemcached(const StreamOpening& o) {
  constexpr uint16_t kPort = 11211;
  if (o.server_port != kPort || o.from != Direction::kClientToServer) return kNo;
  SignatureMatch best = kNo;
  for (const std::string_view word :
       {"get ", "set ", "add ", "gets ", "stats", "version", "delete "}) {
    best = std::max(best, TestWords(o.bytes.Text(0, 8), word));
  }
  return best;
}

constexpr StreamSignature kTextSignatures[] = {
    {Application::kGridFtp, StreamReaderId::kNone, TestWordsOf<Application::kGridFtp>},
    {Application::kGridFtp, StreamReaderId::kNone, TestGreeting<Greeting220::kGridFtp>},
    {Application::kSmtp, StreamReaderId::kNone, TestWordsOf<Application::kSmtp>},
    {Application::kSmtp, StreamReaderId::kNone, TestGreeting<Greeting220::kSmtp>},
    {Application::kFtp, StreamReaderId::kNone, TestWordsOf<Application::kFtp>},
    {Application::kFtp, StreamReaderId::kNone, TestGreeting<Greeting220::kFtp>},
    {Application::kFtp, StreamReaderId::kNone, TestUser<Application::kFtp, 21>},
    {Application::kPop3, StreamReaderId::kNone, TestUser<Application::kPop3, 110>},
    {Application::kIrc, StreamReaderId::kNone, TestUser<Application::kIrc, 6667>},
    {Application::kImap, StreamReaderId::kNone, TestWordsOf<Application::kImap>},
    {Application::kPop3, StreamReaderId::kNone, TestWordsOf<Application::kPop3>},
    {Application::kPop3, StreamReaderId::kNone, TestPop3Greeting},
    {Application::kRtsp, StreamReaderId::kNone, TestWordsOf<Application::kRtsp>},
    {Application::kSip, StreamReaderId::kNone, TestWordsOf<Application::kSip>},
    {Application::kIrc, StreamReaderId::kNone, TestWordsOf<Application::kIrc>},
    {Application::kXmpp, StreamReaderId::kNone, TestXmpp},
    {Application::kNntp, StreamReaderId::kNone, TestNntp},
    {Application::kBitTorrent, StreamReaderId::kNone, TestWordsOf<Application::kBitTorrent>},
    {Application::kAmqp, StreamReaderId::kNone, TestWordsOf<Application::kAmqp>},
    {Application::kGnutella, StreamReaderId::kNone, TestWordsOf<Application::kGnutella>},
    {Application::kDirectConnect, StreamReaderId::kNone, TestWordsOf<Application::kDirectConnect>},
    {Application::kRsync, StreamReaderId::kNone, TestWordsOf<Application::kRsync>},
    {Application::kVnc, StreamReaderId::kNone, TestWordsOf<Application::kVnc>},
    {Application::kRedis, StreamReaderId::kNone, TestWordsOf<Application::kRedis>},
    {Application::kIcecast, StreamReaderId::kNone, TestWordsOf<Application::kIcecast>},
    {Application::kGit, StreamReaderId::kNone, TestGit},
    {Application::kMemcached, StreamReaderId::kNone, TestMemcached},
};

}  // namespace

std::span<const StreamSignature> TextSignatures() { return kTextSignatures; }

}  // namespace tstat::internal
