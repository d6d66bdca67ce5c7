// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/preamble.h"

#include <algorithm>
#include <string_view>

namespace tstat::internal {
namespace {

using enum SignatureMatch;

// --- PROXY protocol

constexpr std::string_view kProxyWord = "PROXY ";
constexpr std::string_view kProxySignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr size_t kLongestProxyLine = 107, kProxyLengthAt = 14, kProxyHeader = 16;

SignatureMatch BeginsWith(ByteReader bytes, std::string_view words) {
  const std::string_view text = bytes.Text(0, words.size());
  if (text != words.substr(0, text.size())) return kNo;
  return text.size() == words.size() ? kYes : kMaybe;
}

// --- SOCKS

constexpr uint8_t kVersion4 = 4, kVersion5 = 5, kPasswordVersion = 1, kConnect = 1;
constexpr uint8_t kGranted4 = 0x5A, kNoAuthentication = 0, kPassword = 2;

// Behind three bytes, the address by its type, and a port (RFC 1928, 4). 0: not whole.
std::optional<size_t> MessageWithAddress(ByteReader b) {
  constexpr size_t kTypeAt = 3, kAddressAt = 4, kPort = 2;
  constexpr uint8_t kIpv4 = 1, kName = 3, kIpv6 = 4;
  if (!b.Has(0, kAddressAt + 1)) return 0;
  size_t address = 0;
  if (b.U8(kTypeAt) == kIpv4) {
    address = 4;
  } else if (b.U8(kTypeAt) == kName) {
    address = size_t{1} + b.U8(kAddressAt);
  } else if (b.U8(kTypeAt) == kIpv6) {
    address = 16;
  } else {
    return std::nullopt;
  }
  const size_t size = kAddressAt + address + kPort;
  return b.Has(0, size) ? size : 0;
}

// A port, an address, a user, and with the address 0.0.0.x a name (SOCKS 4A).
std::optional<size_t> Request4(ByteReader b) {
  constexpr size_t kCommandAt = 1, kAddressAt = 4, kUserAt = 8, kLongestText = 512;
  if (b.Has(kCommandAt) && b.U8(kCommandAt) != kConnect) return std::nullopt;
  if (!b.Has(0, kUserAt)) return 0;
  const uint32_t address = b.U32(kAddressAt);
  size_t at = kUserAt;
  for (int texts = address != 0 && address < 256 ? 2 : 1; texts > 0; --texts) {
    const std::string_view text = b.Text(at, kLongestText);
    const size_t end = text.find('\0');
    if (end == std::string_view::npos) {
      return text.size() < kLongestText ? std::optional<size_t>(0) : std::nullopt;
    }
    at += end + 1;
  }
  return at;
}

// A user and a password (RFC 1929).
size_t Password(ByteReader b) {
  constexpr size_t kUserAt = 1;
  const size_t password_at = kUserAt + 1 + b.U8(kUserAt);
  const size_t size = password_at + 1 + b.U8(password_at);
  return b.Has(password_at) && b.Has(0, size) ? size : 0;
}

}  // namespace

SignatureMatch TestProxyHeader(const StreamOpening& opening) {
  return std::max(BeginsWith(opening.bytes, kProxyWord),
                  BeginsWith(opening.bytes, kProxySignature));
}

std::optional<size_t> ProxyHeaderBytes(ByteReader bytes) {
  if (BeginsWith(bytes, kProxySignature) == kYes) {
    const size_t size = kProxyHeader + bytes.U16(kProxyLengthAt);
    return bytes.Has(0, kProxyHeader) && bytes.Has(0, size) ? size : 0;
  }
  if (BeginsWith(bytes, kProxyWord) != kYes) return std::nullopt;
  const std::string_view line = bytes.Text(0, kLongestProxyLine);
  if (const size_t end = line.find("\r\n"); end != std::string_view::npos) return end + 2;
  return line.size() < kLongestProxyLine ? std::optional<size_t>(0) : std::nullopt;
}

// The side without a header waits until the other one's is read.
size_t ProxyHeaderReader::OnBytes(uint32_t /*state*/, ByteReader bytes,
                                  const StreamPosition& /*at*/, StreamContext& flow) {
  if (TestProxyHeader({.bytes = bytes}) != kYes) return 0;
  const std::optional<size_t> size = ProxyHeaderBytes(bytes);
  if (!size) return StreamReader::kDone;
  flow.ends_here = *size != 0;
  return *size;
}

SignatureMatch TestSocksGreeting(const StreamOpening& o) {
  constexpr uint8_t kMostMethods = 9;
  const ByteReader b = o.bytes;
  if (o.from != Direction::kClientToServer) return kNo;
  if (b.U8(0) == kVersion5) {
    const uint8_t methods = b.U8(1);
    if (b.Has(1) && (methods == 0 || methods > kMostMethods)) return kNo;
    const size_t size = size_t{2} + methods;
    for (size_t i = 2; i < size && b.Has(i); ++i) {
      if (b.U8(i) > kMostMethods && b.U8(i) < 0x80) return kNo;
    }
    if (b.size() > size) return kNo;  // the server has to choose first
    return b.size() == size && b.Has(1) ? kYes : kMaybe;
  }
  if (b.U8(0) != kVersion4) return kNo;
  const std::optional<size_t> size = Request4(b);
  if (!size || (*size != 0 && *size < b.size())) return kNo;
  return *size == 0 ? kMaybe : kYes;
}

std::optional<size_t> SocksReader::ClientMessage(ByteReader b, Stage& stage) {
  constexpr size_t kCommandAt = 1;
  if (stage == Stage::kGreeting && b.U8(0) == kVersion4) {
    const std::optional<size_t> size = Request4(b);
    if (size && *size != 0) stage = Stage::kEnd;
    return size;
  }
  if (stage == Stage::kGreeting) {
    if (b.U8(0) != kVersion5) return std::nullopt;
    const size_t size = size_t{2} + b.U8(1);
    if (!b.Has(1) || !b.Has(0, size)) return 0;
    stage = Stage::kRequest;
    return size;
  }
  if (b.U8(0) == kPasswordVersion) return Password(b);
  if (b.U8(0) != kVersion5 || (b.Has(kCommandAt) && b.U8(kCommandAt) != kConnect)) {
    return std::nullopt;
  }
  const std::optional<size_t> size = MessageWithAddress(b);
  if (size && *size != 0) stage = Stage::kEnd;
  return size;
}

std::optional<size_t> SocksReader::ServerMessage(ByteReader b, Stage& stage) {
  constexpr size_t kShort = 2, kReply4 = 8;
  if (!b.Has(0, kShort)) return 0;
  if (stage == Stage::kGreeting && b.U8(0) == 0) {
    if (b.U8(1) != kGranted4) return std::nullopt;
    if (!b.Has(0, kReply4)) return 0;
    stage = Stage::kEnd;
    return kReply4;
  }
  if (stage == Stage::kGreeting) {
    const uint8_t method = b.U8(1);
    if (b.U8(0) != kVersion5 || (method != kNoAuthentication && method != kPassword)) {
      return std::nullopt;
    }
    stage = Stage::kRequest;
    return kShort;
  }
  if (b.U8(0) == kPasswordVersion) return b.U8(1) == 0 ? std::optional(kShort) : std::nullopt;
  if (b.U8(0) != kVersion5 || b.U8(1) != 0) return std::nullopt;  // refused
  const std::optional<size_t> size = MessageWithAddress(b);
  if (size && *size != 0) stage = Stage::kEnd;
  return size;
}

size_t SocksReader::OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                            StreamContext& flow) {
  Flow& sides = flows_[state];
  if (sides.stage[0] == Stage::kFailed) return StreamReader::kDone;
  const bool is_client = at.direction == Direction::kClientToServer;
  Stage& stage = sides.stage[static_cast<size_t>(Index(at.direction))];
  size_t done = 0;
  while (stage != Stage::kEnd && done < bytes.size()) {
    const ByteReader rest = bytes.Sub(done);
    const std::optional<size_t> size =
        is_client ? ClientMessage(rest, stage) : ServerMessage(rest, stage);
    if (!size) {
      sides.stage = {Stage::kFailed, Stage::kFailed};
      return StreamReader::kDone;
    }
    if (*size == 0) return done;
    done += *size;
    if (!is_client) flow.Recognise(Application::kSocks);
  }
  // What comes behind waits for the other side.
  flow.ends_here = sides.stage[0] == Stage::kEnd && sides.stage[1] == Stage::kEnd;
  return done;
}

}  // namespace tstat::internal
