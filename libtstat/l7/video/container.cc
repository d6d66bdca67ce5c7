// SPDX-License-Identifier: BSD-3-Clause
#include "l7/video/container.h"

#include <cstddef>
#include <string_view>

namespace tstat::internal {
namespace {

using std::string_view_literals::operator""sv;
using Head = VideoContainer::Head;

constexpr size_t kMinData = 5;

bool HoldsFlvTag(ByteReader data) {
  constexpr size_t kShortest = 27;
  return data.size() >= kShortest;
}
bool IsAvi(ByteReader data) { return data.StartsWith("AVI LIST", 8); }
bool IsAsf(ByteReader data) {
  constexpr size_t kRestOfIdentifier = 4;
  return data.StartsWith("\x8E\x66\xCF\x11"sv, kRestOfIdentifier) ||
         data.StartsWith("\0\x62\xCE\x6C"sv, kRestOfIdentifier);
}
bool IsWebm(ByteReader data) {
  // The document type after a short and after a long list of EBML elements.
  constexpr size_t kShortList = 24, kLongList = 31, kLongListBytes = 36;
  return data.StartsWith("webm", kShortList) ||
         (data.size() >= kLongListBytes && data.StartsWith("webm", kLongList));
}
bool IsOgg(ByteReader data) {
  constexpr size_t kPageVersion = 4;  // then the flags and the low half of the position
  return data.StartsWith("\0\2\0\0"sv, kPageVersion);
}

// Of four bytes: when they are there, nothing else is tried.
struct Signature {
  uint32_t first_bytes;
  bool (*accepts)(ByteReader data);
  VideoCode code;
  Head head = Head::kNone;
};
constexpr Signature kSignatures[] = {
    {0x464C5601, HoldsFlvTag, VideoCode::kFlv, Head::kFlv},  // "FLV", version 1
    {0x1200034B, HoldsFlvTag, VideoCode::kFlv, Head::kFlv},  // a script tag, no file header
    {0x52494646, IsAvi, VideoCode::kAvi, Head::kAvi},        // "RIFF"
    {0x3026B275, IsAsf, VideoCode::kWmv},                    // header object
    {0xA6D900AA, IsAsf, VideoCode::kWmv},                    // data object
    {0x1A45DFA3, IsWebm, VideoCode::kWebm},                  // EBML
    {0x4F676753, IsOgg, VideoCode::kOgg},                    // "OggS"
};

// ISO 14496-12: a box begins with its size and its type.
constexpr size_t kBoxSizeLow = 3, kBoxType = 4;

bool IsMp4(ByteReader data) {
  constexpr size_t kShortest = 12;
  return data.size() >= kShortest && data.U24(0) == 0 && data.StartsWith("ftyp", kBoxType);
}
bool Is3gpp(ByteReader data) { return data.U8(kBoxSizeLow) == 0x14 && IsMp4(data); }
bool IsMp4Fragment(ByteReader data) { return data.StartsWith("moof", kBoxType); }
bool IsMpeg(ByteReader data) { return data.U24(0) == 1 && data.U8(3) >> 4 == 0xB; }
bool IsWmvStream(ByteReader data) { return data.StartsWith("$M") && data.StartsWith("play", 12); }
bool IsHls(ByteReader data) {
  // Sync bytes of three transport stream packets.
  constexpr size_t kPacket = 188, kShortest = 400;
  constexpr uint8_t kSync = 0x47;
  return data.size() >= kShortest && data.U8(0) == kSync && data.U8(kPacket) == kSync &&
         data.U8(2 * kPacket) == kSync;
}
bool IsNff(ByteReader data) {
  constexpr uint32_t kFirstBytes = 0x471FFF10;
  constexpr size_t kName = 4, kShortest = 16;
  return data.size() >= kShortest && data.U32(0) == kFirstBytes &&
         data.StartsWith("NDS File", kName);
}

// The others, by bytes that may stand further behind; the first one decides.
struct Pattern {
  bool (*accepts)(ByteReader data);
  VideoCode code;
  Head head = Head::kNone;
};
constexpr Pattern kPatterns[] = {
    {Is3gpp, VideoCode::k3gpp},       {IsMp4, VideoCode::kMp4, Head::kMp4},
    {IsMp4Fragment, VideoCode::kMp4}, {IsMpeg, VideoCode::kMpeg},
    {IsWmvStream, VideoCode::kWmv},   {IsHls, VideoCode::kHls},
    {IsNff, VideoCode::kNff},
};

}  // namespace

std::optional<VideoContainer> VideoContainer::Parse(ByteReader data) {
  if (data.size() < kMinData) return std::nullopt;
  const uint32_t first_bytes = data.U32(0);
  for (const Signature& s : kSignatures) {
    if (first_bytes != s.first_bytes) continue;
    if (!s.accepts(data)) return std::nullopt;
    return VideoContainer{s.code, s.head};
  }
  for (const Pattern& p : kPatterns) {
    if (p.accepts(data)) return VideoContainer{p.code, p.head};
  }
  return std::nullopt;
}

}  // namespace tstat::internal
