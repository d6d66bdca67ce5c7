// SPDX-License-Identifier: BSD-3-Clause
#include "capture/decompressor.h"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "decode/byte_reader.h"

namespace tstat::internal {
namespace {

constexpr size_t kBufferSize = 64 * 1024;
// Most bytes that SniffCompression needs.
constexpr size_t kMagicSize = 6;

// A hostile file may ask for windows of gigabytes. What the strongest ordinary settings need (xz
// -9: 65 MiB; zstd --ultra -22: 128 MiB) still works.
constexpr uint64_t kXzMemoryLimit = uint64_t{100} << 20;
constexpr int kZstdWindowLog = 27;

// The C interfaces take pointers to non-const bytes that they only read.
template <typename T>
T* Mutable(const uint8_t* bytes) {
  return reinterpret_cast<T*>(const_cast<uint8_t*>(bytes));
}

class GzipDecompressor final : public Decompressor {
 public:
  GzipDecompressor(std::unique_ptr<ByteStream> source, std::string name)
      : Decompressor(std::move(source), std::move(name), "gzip", Compression::kGzip) {
    usable_ = inflateInit2(&zlib_, 16 + MAX_WBITS) == Z_OK;
  }
  ~GzipDecompressor() override { inflateEnd(&zlib_); }

 private:
  Progress Step(std::span<const uint8_t> in, std::span<uint8_t> out, bool at_end) override {
    if (!usable_) return {.error = "out of memory"};
    zlib_.next_in = Mutable<Bytef>(in.data());
    zlib_.avail_in = static_cast<uInt>(in.size());
    zlib_.next_out = out.data();
    zlib_.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&zlib_, Z_NO_FLUSH);
    Progress p{.consumed = in.size() - zlib_.avail_in, .produced = out.size() - zlib_.avail_out};
    p.member_end = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      p.error = zlib_.msg != nullptr ? zlib_.msg : "invalid data";
    }
    return p;
  }
  bool Restart() override { return inflateReset(&zlib_) == Z_OK; }

  z_stream zlib_ = {};
  bool usable_;
};

class Bzip2Decompressor final : public Decompressor {
 public:
  Bzip2Decompressor(std::unique_ptr<ByteStream> source, std::string name)
      : Decompressor(std::move(source), std::move(name), "bzip2", Compression::kBzip2) {
    usable_ = BZ2_bzDecompressInit(&bzip2_, 0, 0) == BZ_OK;
  }
  ~Bzip2Decompressor() override { BZ2_bzDecompressEnd(&bzip2_); }

 private:
  Progress Step(std::span<const uint8_t> in, std::span<uint8_t> out, bool at_end) override {
    if (!usable_) return {.error = "out of memory"};
    bzip2_.next_in = Mutable<char>(in.data());
    bzip2_.avail_in = static_cast<unsigned>(in.size());
    bzip2_.next_out = reinterpret_cast<char*>(out.data());
    bzip2_.avail_out = static_cast<unsigned>(out.size());
    const int result = BZ2_bzDecompress(&bzip2_);
    Progress p{.consumed = in.size() - bzip2_.avail_in, .produced = out.size() - bzip2_.avail_out};
    p.member_end = result == BZ_STREAM_END;
    if (result != BZ_OK && result != BZ_STREAM_END) p.error = "invalid data";
    return p;
  }
  bool Restart() override {
    BZ2_bzDecompressEnd(&bzip2_);
    bzip2_ = {};
    return usable_ = BZ2_bzDecompressInit(&bzip2_, 0, 0) == BZ_OK;
  }

  bz_stream bzip2_ = {};
  bool usable_;
};

class XzDecompressor final : public Decompressor {
 public:
  XzDecompressor(std::unique_ptr<ByteStream> source, std::string name)
      : Decompressor(std::move(source), std::move(name), "xz", Compression::kXz) {
    usable_ = Restart();
  }
  ~XzDecompressor() override { lzma_end(&lzma_); }

 private:
  Progress Step(std::span<const uint8_t> in, std::span<uint8_t> out, bool at_end) override {
    if (!usable_) return {.error = "out of memory"};
    lzma_.next_in = in.data();
    lzma_.avail_in = in.size();
    lzma_.next_out = out.data();
    lzma_.avail_out = out.size();
    const lzma_ret result = lzma_code(&lzma_, LZMA_RUN);
    Progress p{.consumed = in.size() - lzma_.avail_in, .produced = out.size() - lzma_.avail_out};
    p.member_end = result == LZMA_STREAM_END;
    if (result == LZMA_MEMLIMIT_ERROR || result == LZMA_MEM_ERROR) {
      p.error = "needs too much memory";
    } else if (result != LZMA_OK && result != LZMA_STREAM_END && result != LZMA_BUF_ERROR) {
      p.error = "invalid data";
    }
    return p;
  }
  bool Restart() override { return lzma_stream_decoder(&lzma_, kXzMemoryLimit, 0) == LZMA_OK; }

  lzma_stream lzma_ = LZMA_STREAM_INIT;
  bool usable_;
};

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor(std::unique_ptr<ByteStream> source, std::string name)
      : Decompressor(std::move(source), std::move(name), "zstd", Compression::kZstd),
        zstd_(ZSTD_createDStream()) {
    if (zstd_ != nullptr) ZSTD_DCtx_setParameter(zstd_, ZSTD_d_windowLogMax, kZstdWindowLog);
  }
  ~ZstdDecompressor() override { ZSTD_freeDStream(zstd_); }

 private:
  Progress Step(std::span<const uint8_t> in, std::span<uint8_t> out, bool at_end) override {
    if (zstd_ == nullptr) return {.error = "out of memory"};
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const size_t result = ZSTD_decompressStream(zstd_, &to, &from);
    Progress p{.consumed = from.pos, .produced = to.pos, .member_end = result == 0};
    if (ZSTD_isError(result) != 0) p.error = ZSTD_getErrorName(result);
    return p;
  }
  bool Restart() override { return ZSTD_isError(ZSTD_initDStream(zstd_)) == 0; }

  ZSTD_DStream* zstd_;
};

}  // namespace

Compression SniffCompression(std::span<const uint8_t> start) {
  const ByteReader r(start);
  if (r.Has(0, 2) && r.U16(0) == 0x1f8b) return Compression::kGzip;
  if (r.Has(0, 2) && r.U16(0) == 0x1f9d) return Compression::kCompress;
  if (r.StartsWith("BZh") && r.U8(3) >= '1' && r.U8(3) <= '9') return Compression::kBzip2;
  if (r.StartsWith(std::string_view("\xfd"
                                    "7zXZ\0",
                                    6)))
    return Compression::kXz;
  // A frame, or a skippable frame in front of one (RFC 8878, 3.1.1 and 3.1.2).
  if (r.Has(0, 4) && (r.U32Le(0) == 0xfd2fb528 || (r.U32Le(0) & ~0xfu) == 0x184d2a50)) {
    return Compression::kZstd;
  }
  if (r.Has(0, 4) && r.U32Le(0) == 0x184d2204) return Compression::kLz4;
  return Compression::kNone;
}

std::unique_ptr<ByteStream> Decompress(Compression compression, std::unique_ptr<ByteStream> source,
                                       std::string name) {
  assert(compression != Compression::kNone);
  switch (compression) {
    case Compression::kNone:
      break;
    case Compression::kGzip:
      return std::make_unique<GzipDecompressor>(std::move(source), std::move(name));
    case Compression::kCompress:
      return MakeLzwDecompressor(std::move(source), std::move(name));
    case Compression::kBzip2:
      return std::make_unique<Bzip2Decompressor>(std::move(source), std::move(name));
    case Compression::kXz:
      return std::make_unique<XzDecompressor>(std::move(source), std::move(name));
    case Compression::kZstd:
      return std::make_unique<ZstdDecompressor>(std::move(source), std::move(name));
    case Compression::kLz4:
      return MakeLz4Decompressor(std::move(source), std::move(name));
  }
  return source;
}

Decompressor::Decompressor(std::unique_ptr<ByteStream> source, std::string name,
                           std::string_view format, Compression compression)
    : source_(std::move(source)),
      name_(std::move(name)),
      format_(format),
      compression_(compression),
      buffer_(std::make_unique_for_overwrite<uint8_t[]>(kBufferSize)) {}

bool Decompressor::ReadMore() {
  if (source_ended_) return false;
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == kBufferSize) {  // a decoder that gets nowhere with that much
    Fail("invalid data");
    return false;
  }
  const size_t n = source_->Read({buffer_.get() + end_, kBufferSize - end_});
  end_ += n;
  if (n != 0) return true;
  interrupted_ = source_->interrupted();
  if (!interrupted_) {
    source_ended_ = true;
    if (!source_->status().ok()) {
      status_ = source_->status();
      done_ = true;
    }
  }
  return false;
}

void Decompressor::Fail(std::string_view reason) {
  done_ = true;
  status_ = absl::AbortedError(
      absl::StrCat(name_, ": ", std::string(format_), " data: ", std::string(reason)));
}

bool Decompressor::StartNextMember() {
  // Padding with zeros up to a block (tapes, xz stream padding) is no garbage.
  for (;;) {
    while (begin_ < end_ && buffer_[begin_] == 0) ++begin_;
    if (end_ - begin_ >= kMagicSize) break;
    if (!ReadMore()) {
      if (!source_ended_ || done_) return false;
      break;
    }
  }
  if (SniffCompression(pending()) != compression_) {
    done_ = true;
    return false;
  }
  if (!Restart()) {
    Fail("out of memory");
    return false;
  }
  between_members_ = false;
  return true;
}

size_t Decompressor::Read(std::span<uint8_t> out) {
  interrupted_ = false;
  while (!done_) {
    if (between_members_ && !StartNextMember()) break;
    if (begin_ == end_ && !source_ended_ && !ReadMore() && !source_ended_) break;
    if (done_) break;
    const Progress p = Step(pending(), out, source_ended_);
    begin_ += p.consumed;
    between_members_ = p.member_end;
    if (!p.error.empty()) {
      Fail(p.error);
    } else if (!p.member_end && p.produced == 0 && p.consumed == 0 && source_ended_) {
      Fail("unexpected end");
    } else if (!p.member_end && p.produced == 0 && p.consumed == 0 && begin_ != end_ &&
               !ReadMore() && !source_ended_) {
      break;
    }
    if (p.produced != 0) return p.produced;
  }
  return 0;
}

}  // namespace tstat::internal
