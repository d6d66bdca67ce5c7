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
    {Application::kGridFtp, "AUTH GSSAPI"},
    {Application::kFtp, "AUTH TLS"},
    {Application::kFtp, "AUTH SSL"},
};
constexpr OpeningWords kFromServer[] = {
    {Application::kImap, "* OK"},
    {Application::kImap, "* PREAUTH"},
    {Application::kPop3, "+OK "},
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

constexpr char LowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool ContainsWord(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char a, char b) { return LowerCase(a) == LowerCase(b); }) != text.end();
}

// Takes the next word: what stands between blanks and line ends.
std::string_view TakeWord(std::string_view* text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  text->remove_prefix(std::min(text->find_first_not_of(kBlanks), text->size()));
  const std::string_view word = text->substr(0, text->find_first_of(kBlanks));
  text->remove_prefix(word.size());
  return word;
}

// A host name of several labels, the last one of letters, or an address of mail: what such a name
// says is no matter of the protocol.
bool IsNameOrAddress(std::string_view word) {
  const auto is_letter = [](char c) { return IsLetter(static_cast<uint8_t>(c)); };
  const auto is_of_name = [](char c) { return IsAlphanumeric(static_cast<uint8_t>(c)); };
  if (word.find('@') != std::string_view::npos) return true;
  while (!word.empty() && !is_of_name(word.front())) word.remove_prefix(1);
  while (!word.empty() && !is_of_name(word.back())) word.remove_suffix(1);
  const size_t dot = word.rfind('.');
  return dot != std::string_view::npos && dot > 0 &&
         std::all_of(word.begin() + static_cast<std::ptrdiff_t>(dot) + 1, word.end(), is_letter);
}

// Up to the end of the line whose code has a blank behind it: that is the last one (RFC
// 5321, 4.2.1, RFC 959, 4.2). Without such a line, all without a line end behind it.
std::string_view Greeting220Text(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return text;
    if (text.substr(at).starts_with("220 ")) return text.substr(0, end + 1);
    at = end + 1;
  }
  while (text.size() < kLongestOpening && text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

// Mail and files are greeted with the same code: the words behind it say whose it is, else the
// port.
enum class Greeting220 : uint8_t { kNone, kMaybe, kSmtp, kFtp, kGridFtp };
Greeting220 GreetingOfWords(std::string_view text) {
  Greeting220 found = Greeting220::kNone;
  while (true) {
    const std::string_view word = TakeWord(&text);
    if (word.empty()) return found;
    if (IsNameOrAddress(word)) continue;
    if (ContainsWord(word, "gridftp")) return Greeting220::kGridFtp;
    if (found != Greeting220::kNone) continue;
    if (ContainsWord(word, "smtp")) found = Greeting220::kSmtp;
    if (ContainsWord(word, "ftp")) found = Greeting220::kFtp;
  }
}
bool SpeaksOfMail(std::string_view text) {
  while (true) {
    const std::string_view word = TakeWord(&text);
    if (word.empty()) return false;
    if (!IsNameOrAddress(word) && ContainsWord(word, "mail")) return true;
  }
}
Greeting220 GreetingOf(const StreamOpening& o) {
  constexpr uint16_t kFtpPort = 21, kGridFtpPort = 2811;
  constexpr std::array<uint16_t, 4> kSmtpPorts = {25, 465, 587, 2525};
  if (o.from != Direction::kServerToClient) return Greeting220::kNone;
  const std::string_view text = Greeting220Text(TextOf(o));
  const SignatureMatch blank = TestWords(text, "220 "), dash = TestWords(text, "220-");
  if (blank == kNo && dash == kNo) return Greeting220::kNone;
  if (text.size() < kLongestOpening && !text.ends_with('\n')) return Greeting220::kMaybe;
  // The first word may be a host's name without a domain: those behind it come first.
  std::string_view behind = text.substr(4);
  const std::string_view first = TakeWord(&behind);
  const Greeting220 said = GreetingOfWords(behind);
  if (said == Greeting220::kGridFtp || o.server_port == kGridFtpPort) return Greeting220::kGridFtp;
  if (said != Greeting220::kNone) return said;
  if (o.server_port == kFtpPort) return Greeting220::kFtp;
  if (std::find(kSmtpPorts.begin(), kSmtpPorts.end(), o.server_port) != kSmtpPorts.end()) {
    return Greeting220::kSmtp;
  }
  return SpeaksOfMail(behind) ? Greeting220::kSmtp : GreetingOfWords(first);
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

// A greeting without a word behind it, and an error: servers of other protocols have them, too.
SignatureMatch TestPop3Greeting(const StreamOpening& o) {
  constexpr uint16_t kPort = 110;
  if (o.from != Direction::kServerToClient || o.server_port != kPort) return kNo;
  const std::string_view text = o.bytes.Text(0, 5);
  return std::max(TestWords(text, "+OK\r\n"), TestWords(text, "-ERR "));
}

// Requests over TCP may have keep-alives before them: empty lines (RFC 5626, 3.5.1).
SignatureMatch TestSipBehindLines(const StreamOpening& o) {
  std::string_view text = TextOf(o);
  if (!text.starts_with('\r')) return kNo;
  while (text.starts_with("\r\n")) text.remove_prefix(2);
  const size_t lines = o.bytes.Text(0, kLongestOpening).size() - text.size();
  if (text.empty() || text == "\r") return kMaybe;
  return TestWordsOf<Application::kSip>(
      {.bytes = o.bytes.Sub(lines), .from = o.from, .server_port = o.server_port});
}

// The password comes before the name (RFC 2812, 3.1): the second line tells. Servers among each
// other, too.
SignatureMatch TestIrcPassword(const StreamOpening& o) {
  if (o.from != Direction::kClientToServer) return kNo;
  std::string_view text = TextOf(o);
  if (const SignatureMatch m = TestWords(text, "PASS "); m != kYes) return m;
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return text.size() < kLongestOpening ? kMaybe : kNo;
  SignatureMatch best = kNo;
  for (const std::string_view word : {"NICK ", "USER ", "CAP ", "SERVER ", "PROTOCTL "}) {
    best = std::max(best, TestWords(text.substr(end + 1), word));
  }
  return best;
}

// A command of Redis: the number of its words, and the length of the first one.
SignatureMatch TestRedisCommand(const StreamOpening& o) {
  constexpr size_t kMostDigits = 7;  // 1,048,576 words
  if (o.from != Direction::kClientToServer) return kNo;
  std::string_view text = o.bytes.Text(0, 32);
  if (!text.starts_with('*')) return kNo;
  const auto take_number = [&text] {
    text.remove_prefix(1);
    size_t digits = 0;
    while (digits < text.size() && IsDigit(static_cast<uint8_t>(text[digits]))) ++digits;
    const bool fits = digits == 0 ? text.empty() : text[0] != '0' && digits <= kMostDigits;
    text.remove_prefix(digits);
    return fits;
  };
  if (!take_number()) return kNo;
  if (const SignatureMatch m = TestWords(text, "\r\n$"); m != kYes) return m;
  text.remove_prefix(2);
  if (!take_number()) return kNo;
  return TestWords(text, "\r\n");
}

// A command in a line, as people type it. Its words are common, so that the port has to fit.
SignatureMatch TestRedisLine(const StreamOpening& o) {
  constexpr uint16_t kPort = 6379;
  if (o.server_port != kPort || o.from != Direction::kClientToServer) return kNo;
  std::array<char, 8> room{};
  const std::string_view text = o.bytes.Text(0, room.size());
  std::transform(text.begin(), text.end(), room.begin(), LowerCase);
  const std::string_view lower(room.data(), text.size());
  SignatureMatch best = kNo;
  for (const std::string_view word :
       {"ping\r\n", "ping ", "auth ", "select ", "info\r\n", "info ", "get ", "set ", "hello ",
        "client ", "config ", "keys ", "quit\r\n", "command", "monitor"}) {
    best = std::max(best, TestWords(lower, word));
  }
  return best;
}

// The first command of both sides names a version of the protocol. (Other words of the protocol are
// common.)
SignatureMatch TestMsn(const StreamOpening& o) {
  constexpr size_t kLongestLine = 64;
  const std::string_view text = o.bytes.Text(0, kLongestLine);
  if (const SignatureMatch m = TestWords(text, "VER "); m != kYes) return m;
  const size_t end = text.find('\n');
  if (end == std::string_view::npos && text.size() < kLongestLine) return kMaybe;
  return text.substr(0, end).find(" MSNP") != std::string_view::npos ? kYes : kNo;
}

// The header of a packet: the word, a version, and the length of what is behind 20 bytes.
SignatureMatch TestYahooMessenger(const StreamOpening& o) {
  constexpr std::string_view kWord = "YMSG";
  if (const SignatureMatch m = TestWords(o.bytes.Text(0, kWord.size()), kWord); m != kYes) return m;
  constexpr size_t kVersion = 4, kZeros = 6, kHeader = 8;
  if (!o.bytes.Has(0, kHeader)) return kMaybe;
  const uint8_t major = o.bytes.U8(kVersion), minor = o.bytes.U8(kVersion + 1);
  return (major == 0 || minor == 0) && o.bytes.U16(kZeros) == 0 ? kYes : kNo;
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
    {Application::kIrc, StreamReaderId::kNone, TestIrcPassword},
    {Application::kImap, StreamReaderId::kNone, TestWordsOf<Application::kImap>},
    {Application::kPop3, StreamReaderId::kNone, TestWordsOf<Application::kPop3>},
    {Application::kPop3, StreamReaderId::kNone, TestPop3Greeting},
    {Application::kRtsp, StreamReaderId::kNone, TestWordsOf<Application::kRtsp>},
    {Application::kSip, StreamReaderId::kNone, TestWordsOf<Application::kSip>},
    {Application::kSip, StreamReaderId::kNone, TestSipBehindLines},
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
    {Application::kRedis, StreamReaderId::kNone, TestRedisCommand},
    {Application::kRedis, StreamReaderId::kNone, TestRedisLine},
    {Application::kMsn, StreamReaderId::kNone, TestMsn},
    {Application::kYahooMessenger, StreamReaderId::kNone, TestYahooMessenger},
    {Application::kIcecast, StreamReaderId::kNone, TestWordsOf<Application::kIcecast>},
    {Application::kGit, StreamReaderId::kNone, TestGit},
    {Application::kMemcached, StreamReaderId::kNone, TestMemcached},
};

}  // namespace

std::span<const StreamSignature> TextSignatures() { return kTextSignatures; }

}  // namespace tstat::internal
