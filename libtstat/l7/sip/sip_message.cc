// SPDX-License-Identifier: BSD-3-Clause
#include "l7/sip/sip_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

namespace tstat::internal {
namespace {

constexpr size_t kLongestCallId = 255, kLongestCodecs = 255, kMostFields = 256;

constexpr std::string_view kBlanks = " \t";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
// `lower` has no capitals.
bool IsNamed(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return Lower(a) == b; });
}
bool TakePrefix(std::string_view prefix, std::string_view* text) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}
std::string_view Stripped(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}
std::optional<uint32_t> NumberOf(std::string_view text) {
  uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

// Takes the next line off `text`, without its end.
std::string_view TakeLine(std::string_view* text) {
  const size_t end = text->find('\n');
  std::string_view line = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Takes the next word off `text`; words have blanks between.
std::string_view TakeWord(std::string_view* text) {
  text->remove_prefix(std::min(text->find_first_not_of(kBlanks), text->size()));
  const std::string_view word = text->substr(0, text->find(' '));
  text->remove_prefix(word.size());
  return word;
}

std::optional<uint16_t> PortOf(std::string_view text) {
  const std::optional<uint32_t> port = NumberOf(text);
  if (!port || *port == 0 || *port > UINT16_MAX) return std::nullopt;
  return static_cast<uint16_t>(*port);
}

// "IN IP4 192.0.2.1/127": nothing of a name, or when nobody is to send there (on hold).
std::optional<IpAddress> ConnectionAddress(std::string_view value) {
  if (TakeWord(&value) != "IN") return std::nullopt;
  TakeWord(&value);  // "IP4", "IP6": the address tells
  const std::string_view word = TakeWord(&value);
  const std::optional<IpAddress> address = IpAddress::Parse(word.substr(0, word.find('/')));
  if (!address || *address == IpAddress::V4(0) ||
      *address == IpAddress::V6(std::array<uint8_t, 16>{})) {
    return std::nullopt;
  }
  return address;
}

// RFC 3551, 6.
std::string_view NameOfPayloadType(uint32_t type) {
  constexpr std::array<std::string_view, 35> kNames = {
      "PCMU",  "",     "",     "GSM",  "G723", "DVI4", "DVI4", "LPC",  "PCMA", "G722", "L16", "L16",
      "QCELP", "CN",   "MPA",  "G728", "DVI4", "DVI4", "G729", "",     "",     "",     "",    "",
      "",      "CelB", "JPEG", "",     "nv",   "",     "",     "H261", "MPV",  "MP2T", "H263"};
  return type < kNames.size() ? kNames[type] : std::string_view();
}

// One "m=" line and what follows it.
class MediaReader {
 public:
  // "audio 49170/2 RTP/AVP 0 96".
  explicit MediaReader(std::string_view value) {
    media_.kind = TakeWord(&value);
    const std::string_view ports = TakeWord(&value);
    port_ = PortOf(ports.substr(0, ports.find('/')));
    if (const size_t slash = ports.find('/'); slash != std::string_view::npos) {
      port_count_ = std::clamp<uint32_t>(NumberOf(ports.substr(slash + 1)).value_or(1), 1,
                                         kMostSdpEndpoints / 2);
    }
    media_.is_rtp = TakeWord(&value).find("RTP/") != std::string_view::npos;
    formats_ = value;
  }

  // "c=" and "a=" lines of it.
  void SetAddress(std::optional<IpAddress> address) {
    address_ = address;
    has_address_ = true;
  }
  void OnAttribute(std::string_view value) {
    if (TakePrefix("rtpmap:", &value)) {
      if (maps_.size() < kMostFields) maps_.push_back(value);
    } else if (TakePrefix("rtcp:", &value)) {
      control_port_ = PortOf(TakeWord(&value));
      control_address_ = ConnectionAddress(value);
    } else if (value == "rtcp-mux") {
      is_muxed_ = true;
    } else if (TakePrefix("candidate:", &value)) {
      OnCandidate(value);
    }
  }

  // `address`: of the session.
  std::optional<SdpMedia> Finish(std::optional<IpAddress> address) {
    if (has_address_) address = address_;
    if (!port_) return std::nullopt;
    if (address) AddPorts(*address);
    if (media_.endpoints.empty()) return std::nullopt;
    NameCodecs();
    return std::move(media_);
  }

 private:
  void Add(const IpAddress& address, uint32_t port, bool is_control) {
    if (port > UINT16_MAX || media_.endpoints.size() >= kMostSdpEndpoints) return;
    media_.endpoints.push_back({address, static_cast<uint16_t>(port), is_control});
  }
  void AddPorts(const IpAddress& address) {
    const uint32_t step = media_.is_rtp ? 2 : 1;
    for (uint32_t i = 0; i < port_count_; ++i) {
      const uint32_t port = *port_ + i * step;
      Add(address, port, false);
      if (!media_.is_rtp || is_muxed_) continue;
      if (control_port_) {
        Add(control_address_.value_or(address), *control_port_ + i * step, true);
      } else {
        Add(address, port + 1, true);
      }
    }
  }
  // RFC 8839, 5.1: "1 1 UDP 2130706431 192.0.2.3 45664 typ host".
  void OnCandidate(std::string_view value) {
    TakeWord(&value);  // foundation
    const std::string_view component = TakeWord(&value);
    const bool is_udp = IsNamed(TakeWord(&value), "udp");
    TakeWord(&value);  // priority
    const std::optional<IpAddress> address = IpAddress::Parse(TakeWord(&value));
    const std::optional<uint16_t> port = PortOf(TakeWord(&value));
    if (is_udp && address && port) Add(*address, *port, component == "2");
  }
  void NameCodecs() {
    for (std::string_view format = TakeWord(&formats_); !format.empty();
         format = TakeWord(&formats_)) {
      std::string_view name = format;
      if (media_.is_rtp) {
        const std::optional<uint32_t> type = NumberOf(format);
        name = type ? NameOfPayloadType(*type) : std::string_view();
        for (std::string_view map : maps_) {
          if (TakeWord(&map) != format) continue;
          map = Stripped(map);
          name = map.substr(0, map.find('/'));
        }
        if (name.empty()) name = format;
      }
      if (media_.codecs.size() + 1 + name.size() > kLongestCodecs) return;
      if (!media_.codecs.empty()) media_.codecs.push_back(',');
      media_.codecs.append(name);
    }
  }

  SdpMedia media_;
  std::string_view formats_;
  std::vector<std::string_view> maps_;
  std::optional<uint16_t> port_, control_port_;
  uint32_t port_count_ = 1;
  std::optional<IpAddress> address_, control_address_;
  bool has_address_ = false, is_muxed_ = false;
};

}  // namespace

bool StartsSip(std::string_view bytes) {
  if (bytes.starts_with("SIP/2.0 ")) return true;
  constexpr size_t kLongestMethod = 16;
  size_t method = 0;
  while (method < bytes.size() && method < kLongestMethod && bytes[method] >= 'A' &&
         bytes[method] <= 'Z') {
    ++method;
  }
  if (method < 3 || method == bytes.size() || bytes[method] != ' ') return false;
  bytes.remove_prefix(method + 1);
  const size_t colon = bytes.substr(0, 5).find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view scheme = bytes.substr(0, colon);
  return IsNamed(scheme, "sip") || IsNamed(scheme, "sips") || IsNamed(scheme, "tel");
}

std::optional<SipMessage> ReadSip(std::string_view bytes, bool in_stream) {
  if (!StartsSip(bytes)) return std::nullopt;
  SipMessage message;
  std::string_view rest = bytes;
  std::optional<size_t> length;
  bool has_end = false;
  TakeLine(&rest);
  for (size_t field = 0; field < kMostFields && !rest.empty(); ++field) {
    const bool is_whole = rest.find('\n') != std::string_view::npos;
    const std::string_view line = TakeLine(&rest);
    if (line.empty() && is_whole) {
      has_end = true;
      break;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_whole) continue;
    const std::string_view name = Stripped(line.substr(0, colon));
    std::string_view value = Stripped(line.substr(colon + 1));
    // Folded (RFC 3261, 7.3.1).
    if (value.empty() && !rest.empty() && (rest[0] == ' ' || rest[0] == '\t')) {
      value = Stripped(TakeLine(&rest));
    }
    if (IsNamed(name, "call-id") || IsNamed(name, "i")) {
      if (message.call_id.empty()) message.call_id = value.substr(0, kLongestCallId);
    } else if (IsNamed(name, "content-length") || IsNamed(name, "l")) {
      length = NumberOf(value);
    }
  }
  const size_t head = bytes.size() - rest.size();
  if (in_stream && (!has_end || length.value_or(0) > rest.size())) return std::nullopt;
  message.body = has_end ? rest.substr(0, length.value_or(in_stream ? 0 : rest.size())) : "";
  message.bytes = head + message.body.size();
  return message;
}

std::vector<SdpMedia> ReadSdp(std::string_view body) {
  std::vector<SdpMedia> found;
  std::optional<MediaReader> media;
  std::optional<IpAddress> session;
  const auto finish = [&] {
    if (!media) return;
    if (std::optional<SdpMedia> done = media->Finish(session)) found.push_back(*std::move(done));
    media.reset();
  };
  size_t media_count = 0;
  while (!body.empty()) {
    std::string_view line = TakeLine(&body);
    if (TakePrefix("m=", &line)) {
      finish();
      if (++media_count > kMostSdpMedia) break;
      media.emplace(line);
    } else if (TakePrefix("c=", &line)) {
      if (media) {
        media->SetAddress(ConnectionAddress(line));
      } else {
        session = ConnectionAddress(line);
      }
    } else if (media && TakePrefix("a=", &line)) {
      media->OnAttribute(line);
    }
  }
  finish();
  return found;
}

}  // namespace tstat::internal
