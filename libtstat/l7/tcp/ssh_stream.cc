// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/ssh_stream.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "l7/byte_class.h"
#include "l7/tls/fingerprint.h"
#include "tstat/handshake_details.h"

namespace tstat::internal {
namespace {

// RFC 4253, 4.2 and 6.
constexpr size_t kLongestIdentification = 255;
constexpr uint16_t kMostLinesBefore = 1024;  // as many as OpenSSH takes
constexpr size_t kPacketHeader = 5, kPaddingAt = 4, kLongestPacket = 35000;
constexpr uint8_t kKexInit = 20;
constexpr size_t kCookie = 16;

// The identification string without what ends it; controls in it end it, too.
std::string_view Identification(std::string_view line) {
  const auto* const end = std::find_if(line.begin(), line.end(),
                                       [](char c) { return IsControl(static_cast<uint8_t>(c)); });
  return line.substr(0, static_cast<size_t>(end - line.begin()));
}

}  // namespace

std::string Hassh(ByteReader message, Direction sender) {
  if (message.U8(0) != kKexInit) return {};
  // Key exchange, host keys, then ciphers, codes and compressions of both ways.
  std::array<std::string_view, 8> lists;
  size_t at = 1 + kCookie;
  for (std::string_view& list : lists) {
    const uint32_t length = message.U32(at);
    if (!message.Has(at, 4) || !message.Has(at + 4, length)) return {};
    list = message.Text(at + 4, length);
    at += 4 + length;
  }
  const size_t way = sender == Direction::kClientToServer ? 0 : 1;
  std::string text(lists[0]);
  for (const size_t kind : {2, 4, 6}) {
    text += ';';
    text += lists[kind + way];
  }
  return Md5Hex(text);
}

uint32_t SshStreamProtocol::Open(StreamContext& flow) {
  flow.Recognise(Application::kSsh);
  return flows_.Allocate();
}

size_t SshStreamProtocol::ReadIdentification(ByteReader bytes, Side& side, bool* found) {
  constexpr std::string_view kBegin = "SSH-";
  size_t done = 0;
  while (done < bytes.size()) {
    const std::string_view line = bytes.Text(done);
    const size_t end = line.find('\n');
    const bool whole = end != std::string_view::npos;
    if (!side.in_line) {
      if (line.starts_with(kBegin)) {
        if (std::min(end, line.size()) >= kLongestIdentification) return StreamReader::kDone;
        if (!whole) return done;
        side.software = Identification(line.substr(0, end));
        *found = true;
        return done + end + 1;
      }
      if (kBegin.starts_with(line)) return done;
      if (++side.lines > kMostLinesBefore) return StreamReader::kDone;
    }
    side.in_line = !whole;
    done = whole ? done + end + 1 : bytes.size();
  }
  return done;
}

size_t SshStreamProtocol::OnBytes(uint32_t state, ByteReader bytes, const StreamPosition& at,
                                  StreamContext& flow) {
  Side& side = flows_[state][static_cast<size_t>(Index(at.direction))];
  size_t done = 0;
  if (side.software.empty()) {
    bool found = false;
    done = ReadIdentification(bytes, side, &found);
    if (!found) return done;
    if (replaces_old_ && at.direction == Direction::kServerToClient) {
      flow.flow.Recognise(connection_type::kSsh);
    }
  }
  const ByteReader packet = bytes.Sub(done);
  if (!packet.Has(0, kPacketHeader)) return done;
  const size_t length = packet.U32(0);
  if (length > kLongestPacket) return StreamReader::kDone;
  if (!packet.Has(kPaddingAt, length)) return done;
  const size_t padding = packet.U8(kPaddingAt);
  if (length > padding + 1) {
    side.hassh = Hassh(packet.Sub(kPacketHeader, length - padding - 1), at.direction);
  }
  return StreamReader::kDone;
}

// Of an identification and of lists that are not whole nothing can be said.
bool SshStreamProtocol::OnGap(uint32_t /*state*/, ByteReader /*rest*/, uint64_t /*missing*/,
                              const StreamPosition& /*at*/, StreamContext& /*flow*/) {
  return false;
}

void SshStreamProtocol::FillRecord(uint32_t state, TcpFlow* record) const {
  const Flow& flow = flows_[state];
  HandshakeDetails details =
      record->layer7.handshake != nullptr ? *record->layer7.handshake : HandshakeDetails();
  details.client_software = flow[0].software;
  details.server_software = flow[1].software;
  details.hassh = flow[0].hassh;
  details.hassh_server = flow[1].hassh;
  record->layer7.handshake = std::make_shared<const HandshakeDetails>(std::move(details));
}

}  // namespace tstat::internal
