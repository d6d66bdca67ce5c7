// SPDX-License-Identifier: BSD-3-Clause
//
// Rows whose every text a sender chose: the given bytes are dealt out to all texts of all records,
// and each log writes its row. What must hold for each row is here, too.
//
//   ForEachHostileRow(bytes, profile, [](const HostileRow& row) { ... WhatIsWrong(row) ... });
#ifndef TSTAT_TESTS_SCHEMA_HOSTILE_ROWS_H_
#define TSTAT_TESTS_SCHEMA_HOSTILE_ROWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "decode/byte_reader.h"
#include "schema/log_schema.h"
#include "schema/tcp_columns.h"
#include "tests/schema/row.h"
#include "tstat/chat.h"
#include "tstat/dns.h"
#include "tstat/http_message.h"
#include "tstat/media.h"
#include "tstat/periodic.h"
#include "tstat/schema.h"
#include "tstat/skype.h"
#include "tstat/tcp_flow.h"
#include "tstat/udp_flow.h"
#include "tstat/video.h"

namespace tstat::internal {

struct HostileRow {
  std::string_view log;
  char separator;
  size_t cells;      // that the log has
  std::string line;  // with its newline
};

// By arithmetic, not by the table that the writer uses.
inline bool IsUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto first = static_cast<uint8_t>(text[at++]);
    if (first < 0x80) continue;
    const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc0 || first >= 0xf8) return false;
    uint32_t code = first & (0x3fu >> more);
    for (int i = 0; i < more; ++i) {
      if (at == text.size() || (static_cast<uint8_t>(text[at]) & 0xc0) != 0x80) return false;
      code = code << 6 | (static_cast<uint8_t>(text[at++]) & 0x3fu);
    }
    constexpr uint32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
    if (code < kSmallest[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      return false;
    }
  }
  return true;
}

// Cells of a row for a reader that takes a `"` at the begin of one for a quote, which ends at the
// next one that is alone (RFC 4180, 2).
inline size_t CellsWithQuotes(std::string_view text, char separator) {
  size_t cells = 1;
  bool begins = true, quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c != '"') continue;
      quoted = at + 1 < text.size() && text[at + 1] == '"';
      at += quoted ? 1 : 0;
    } else if (c == separator) {
      ++cells;
      begins = true;
      continue;
    } else if (begins && c == '"') {
      quoted = true;
    }
    begins = false;
  }
  return quoted ? 0 : cells;
}

// Empty: nothing.
inline std::string WhatIsWrong(const HostileRow& row) {
  const std::string_view line = row.line;
  if (line.empty() || line.back() != '\n') return "no newline at the end";
  const std::string_view text = line.substr(0, line.size() - 1);
  const bool has_records = row.log == "dns_entry";  // with TABs and quotes of their own
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '\t' && has_records) continue;
    if ((byte < ' ' && c != row.separator) || byte == 0x7f) return "a control character";
  }
  if (text.starts_with('#')) return "it looks like a header";
  if (!IsUtf8(text)) return "it is not UTF-8";
  const auto separators = std::count(text.begin(), text.end(), row.separator);
  if (static_cast<size_t>(separators) + 1 != row.cells) {
    return "it has " + std::to_string(separators + 1) + " cells, not " + std::to_string(row.cells);
  }
  if (CellsWithQuotes(text, row.separator) != row.cells) return "a quote hides cells";
  if (has_records) return "";
  for (size_t at = text.find('"'); at != std::string_view::npos; at = text.find('"', at + 1)) {
    if (at == 0 || text[at - 1] == row.separator) return "a cell begins with a quote";
  }
  return "";
}

// Deals out texts: a length byte, then as many bytes, as long as there are any.
class TextSource {
 public:
  explicit TextSource(ByteReader bytes) : bytes_(bytes) {}
  std::string_view Next(size_t limit = 255) {
    const size_t length = std::min<size_t>(bytes_.U8(at_), limit);
    const std::string_view text = bytes_.Sub(at_ + 1, length).Text();
    at_ += 1 + text.size();
    return text;
  }
  uint8_t NextByte() { return bytes_.U8(at_++); }

 private:
  ByteReader bytes_;
  size_t at_ = 0;
};

namespace hostile_rows_internal {

template <size_t kSize>
void Fill(std::string_view text, std::array<char, kSize>& out) {
  out.fill('\0');
  std::copy_n(text.begin(), std::min(text.size(), kSize - 1), out.begin());
}

inline Endpoints HostileEndpoints(TextSource& texts) {
  Endpoints ends;
  ends.client = {.address = IpAddress::V4(0x0a000001), .port = 40000};
  ends.server = {.address = IpAddress::V4(0xc6336407), .port = 443};
  auto resolution = std::make_shared<DnsResolution>();
  resolution->name = texts.Next();
  resolution->resolver = IpAddress::V4(0x08080808);
  ends.resolution = std::move(resolution);
  return ends;
}

inline TcpFlow HostileTcpFlow(TextSource& texts) {
  TcpFlow flow;
  flow.endpoints = HostileEndpoints(texts);
  flow.layer7.connection_type = connection_type::kHttp | connection_type::kTls;
  flow.layer7.tls_server_name = texts.Next();
  flow.layer7.tls_common_name = texts.Next();
  flow.layer7.http_hostname = texts.Next();
  Fill(texts.Next(3), flow.layer7.http_response_code);
  flow.client.tls_versions = texts.Next();
  flow.server.tls_versions = texts.Next();
  return flow;
}

inline UdpFlow HostileUdpFlow(TextSource& texts) {
  UdpFlow flow;
  flow.endpoints = HostileEndpoints(texts);
  auto quic = std::make_shared<QuicDetails>();
  quic->flagged = true;
  quic->server_name = texts.Next();
  quic->user_agent = texts.Next();
  flow.quic = std::move(quic);
  return flow;
}

inline HttpValue HostileValue(TextSource& texts) {
  const uint8_t flags = texts.NextByte();
  HttpValue value{.text = texts.Next(), .found = (flags & 1) != 0, .truncated = (flags & 2) != 0};
  value.continued = (flags & 4) != 0;
  return value;
}

inline HttpMessage HostileMessage(HttpMessage::Kind kind, const Endpoints* endpoints,
                                  TextSource& texts) {
  HttpMessage message;
  message.kind = kind;
  message.endpoints = endpoints;
  for (HttpValue HttpMessage::*value :
       {&HttpMessage::method, &HttpMessage::hostname, &HttpMessage::path, &HttpMessage::referer,
        &HttpMessage::user_agent, &HttpMessage::cookie, &HttpMessage::do_not_track,
        &HttpMessage::status, &HttpMessage::content_length, &HttpMessage::content_type,
        &HttpMessage::server, &HttpMessage::content_range, &HttpMessage::location,
        &HttpMessage::set_cookie}) {
    message.*value = HostileValue(texts);
  }
  return message;
}

template <typename Record, typename Check>
void Write(const LogTable<Record>& log, const Record& record, const CompatProfile& profile,
           const Check& check) {
  constexpr uint8_t kEveryBlock = 255;
  HostileRow row{log.info().name, log.info().separator, 0,
                 RowOf(log, record, kEveryBlock, profile)};
  for (const ColumnBlock<Record>& block : TextOf(log).blocks) {
    for (size_t i = 0; i < block.size; ++i) {
      const TextInfo text = block.row(i).text;
      row.cells += text.is_printed && text.presence.In(profile);
    }
  }
  check(row);
}

}  // namespace hostile_rows_internal

// The logs that have text from packets.
template <typename Check>
void ForEachHostileRow(ByteReader bytes, const CompatProfile& profile, const Check& check) {
  using namespace hostile_rows_internal;  // NOLINT: its only user
  using Kind = HttpMessage::Kind;
  TextSource texts(bytes);
  const TcpFlow tcp = HostileTcpFlow(texts);
  Write(TcpCompleteTable(), tcp, profile, check);
  Write(TcpNocompleteTable(), tcp, profile, check);
  Write(UdpCompleteTable(), HostileUdpFlow(texts), profile, check);
  VideoFlow video;
  video.flow = std::make_shared<const TcpFlow>(tcp);
  video.youtube_id16_46.Set(texts.Next());
  video.youtube_id11.Set(texts.Next());
  video.youtube_itag.Set(texts.Next());
  Write(VideoCompleteTable(), video, profile, check);
  ChatFlow chat;
  chat.flow = std::make_shared<const TcpFlow>(tcp);
  Fill(texts.Next(7), chat.version);
  chat.version_known = true;
  Write(ChatCompleteTable(), chat, profile, check);
  for (const Kind kind : {Kind::kRequest, Kind::kRequestContinuation}) {
    Write(HttpRequestTable(), HostileMessage(kind, &tcp.endpoints, texts), profile, check);
  }
  for (const Kind kind : {Kind::kResponse, Kind::kResponseContinuation}) {
    Write(HttpResponseTable(), HostileMessage(kind, &tcp.endpoints, texts), profile, check);
  }
  DnsEntry entry;
  entry.has_name = true;
  entry.name = texts.Next();
  entry.raw_name = texts.Next();
  entry.data = texts.Next();
  for (const DnsEntryKind kind : {DnsEntryKind::kQuestion, DnsEntryKind::kAnswer,
                                  DnsEntryKind::kError, DnsEntryKind::kNoRecord}) {
    entry.kind = kind;
    Write(DnsEntryTable(), entry, profile, check);
  }
}

// The logs that have numbers and words of tstat's own only, of flows with hostile names.
template <typename Check>
void ForEachRowWithoutText(ByteReader bytes, const CompatProfile& profile, const Check& check) {
  using namespace hostile_rows_internal;  // NOLINT: its only user
  TextSource texts(bytes);
  const TcpFlow tcp = HostileTcpFlow(texts);
  const UdpFlow udp = HostileUdpFlow(texts);
  Write(ChatMessageTable(), ChatMessage(), profile, check);
  MediaFlow media;
  media.udp = std::make_shared<const UdpFlow>(udp);
  media.client.rtp.emplace_back();
  Write(MediaFlowTable(), media, profile, check);
  ForEachMediaStream(
      media, [&](const MediaStream& stream) { Write(MediaStreamTable(), stream, profile, check); });
  SkypeFlow skype_tcp, skype_udp;
  skype_tcp.tcp = std::make_shared<const TcpFlow>(tcp);
  skype_udp.udp = std::make_shared<const UdpFlow>(udp);
  Write(SkypeTcpTable(), skype_tcp, profile, check);
  Write(SkypeUdpTable(), skype_udp, profile, check);
  TcpPeriod tcp_period;
  tcp_period.endpoints = tcp.endpoints;
  Write(TcpPeriodTable(), tcp_period, profile, check);
  UdpPeriod udp_period;
  udp_period.endpoints = udp.endpoints;
  Write(UdpPeriodTable(), udp_period, profile, check);
}

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_SCHEMA_HOSTILE_ROWS_H_
