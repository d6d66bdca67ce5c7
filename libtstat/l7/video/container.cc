// SPDX-License-Identifier: BSD-3-Clause
#include "l7/video/container.h"

#include <string_view>

namespace tstat::internal {
namespace {

using std::string_view_literals::operator""sv;

constexpr size_t kMinData = 5;

// Signatures of four bytes: when they are there, nothing else is tried.
VideoCode FlvCode(ByteReader data, VideoMetadataState* metadata) {
  if (data.size() < 27) return VideoCode::kNone;
  ParseFlvMetadata(data, metadata);
  return VideoCode::kFlv;
}

VideoCode AviCode(ByteReader data, VideoMetadataState* metadata) {
  if (!data.StartsWith("AVI LIST", 8)) return VideoCode::kNone;
  ParseAviMetadata(data, metadata);
  return VideoCode::kAvi;
}

VideoCode AsfCode(ByteReader data, VideoMetadataState*) {
  const bool match =
      data.StartsWith("\x8E\x66\xCF\x11"sv, 4) || data.StartsWith("\0\x62\xCE\x6C"sv, 4);
  return match ? VideoCode::kWmv : VideoCode::kNone;
}

VideoCode WebmCode(ByteReader data, VideoMetadataState*) {
  // The document type after a short and after a long list of EBML elements.
  const bool match =
      data.StartsWith("webm", 24) || (data.size() >= 36 && data.StartsWith("webm", 31));
  return match ? VideoCode::kWebm : VideoCode::kNone;
}

VideoCode OggCode(ByteReader data, VideoMetadataState*) {
  return data.StartsWith("\0\2\0\0"sv, 4) ? VideoCode::kOgg : VideoCode::kNone;
}

struct Signature {
  uint32_t first_bytes;
  VideoCode (*code)(ByteReader data, VideoMetadataState* metadata);
};
constexpr Signature kSignatures[] = {
    {0x464C5601, FlvCode},   // "FLV", version 1
    {0x1200034B, FlvCode},   // a script tag, without the file header
    {0x52494646, AviCode},   // "RIFF"
    {0x3026B275, AsfCode},   // header object
    {0xA6D900AA, AsfCode},   // data object
    {0x1A45DFA3, WebmCode},  // EBML
    {0x4F676753, OggCode},   // "OggS"
};

// The others, by bytes that may stand further behind; the first one decides.
VideoCode OtherCode(ByteReader data, VideoMetadataState* metadata) {
  if (data.size() >= 12 && data.U24(0) == 0 && data.StartsWith("ftyp", 4)) {
    if (data.U8(3) == 0x14) return VideoCode::k3gpp;
    ParseMp4Metadata(data, metadata);
    return VideoCode::kMp4;
  }
  if (data.StartsWith("moof", 4)) return VideoCode::kMp4;
  if (data.U24(0) == 1 && data.U8(3) >> 4 == 0xB) return VideoCode::kMpeg;
  if (data.StartsWith("$M") && data.StartsWith("play", 12)) return VideoCode::kWmv;
  // Sync bytes of three transport stream packets.
  if (data.size() >= 400 && data.U8(0) == 0x47 && data.U8(188) == 0x47 && data.U8(376) == 0x47) {
    return VideoCode::kHls;
  }
  if (data.size() >= 16 && data.U32(0) == 0x471FFF10 && data.StartsWith("NDS File", 4)) {
    return VideoCode::kNff;
  }
  return VideoCode::kNone;
}

}  // namespace

VideoCode ContainerCode(ByteReader data, VideoMetadataState* metadata) {
  if (data.size() < kMinData) return VideoCode::kNone;
  const uint32_t first_bytes = data.U32(0);
  for (const Signature& signature : kSignatures) {
    if (first_bytes == signature.first_bytes) return signature.code(data, metadata);
  }
  return OtherCode(data, metadata);
}

}  // namespace tstat::internal
