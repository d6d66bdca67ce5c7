// SPDX-License-Identifier: BSD-3-Clause
//
// Names, streams, compression and errors of OpenTrace.
#include "capture/open_trace.h"

#include <bzlib.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#ifdef TSTAT_WITH_LZ4
#include <lz4frame.h>
#endif
#include <lzma.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "capture/decompressor.h"
#include "tests/capture/trace_bytes.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

// A trace that compresses to several blocks and whose packets do not.
Bytes BigTrace() {
  PcapBuilder builder;
  uint32_t state = 1;
  for (uint32_t i = 0; i < 3000; ++i) {
    Bytes frame(i % 200);
    for (uint8_t& b : frame) b = static_cast<uint8_t>((state = state * 1664525 + 1013904223) >> 24);
    builder.Record(i + 1, i, frame);
  }
  return builder.bytes();
}

Bytes Gzip(const Bytes& in) {
  z_stream z = {};
  deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  Bytes out(deflateBound(&z, in.size()));
  z.next_in = const_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

Bytes Bzip2(const Bytes& in) {
  Bytes out(in.size() + in.size() / 50 + 1000);
  unsigned size = static_cast<unsigned>(out.size());
  BZ2_bzBuffToBuffCompress(reinterpret_cast<char*>(out.data()), &size,
                           reinterpret_cast<char*>(const_cast<uint8_t*>(in.data())),
                           static_cast<unsigned>(in.size()), 1, 0, 0);
  out.resize(size);
  return out;
}

Bytes Xz(const Bytes& in) {
  Bytes out(lzma_stream_buffer_bound(in.size()));
  size_t size = 0;
  lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, nullptr, in.data(), in.size(), out.data(), &size,
                          out.size());
  out.resize(size);
  return out;
}

Bytes Zstd(const Bytes& in) {
  Bytes out(ZSTD_compressBound(in.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), in.data(), in.size(), 1));
  return out;
}

#ifdef TSTAT_WITH_LZ4
Bytes Lz4(const Bytes& in) {
  LZ4F_preferences_t preferences = {};
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  Bytes out(LZ4F_compressFrameBound(in.size(), &preferences));
  out.resize(LZ4F_compressFrame(out.data(), out.size(), in.data(), in.size(), &preferences));
  return out;
}
#endif

// compress(1) with its code table cleared whenever it is full.
class LzwCompressor {
 public:
  explicit LzwCompressor(int max_width = 16) : max_width_(max_width) {}

  Bytes Run(const Bytes& in) {
    out_ = {0x1f, 0x9d, static_cast<uint8_t>(0x80 | max_width_)};
    Reset();
    int prefix = -1;
    for (uint8_t byte : in) {
      if (prefix < 0) {
        prefix = byte;
        continue;
      }
      const auto found = codes_.find({prefix, byte});
      if (found != codes_.end()) {
        prefix = found->second;
        continue;
      }
      Emit(prefix);
      if (next_ < 1 << max_width_) {
        codes_[{prefix, byte}] = next_++;
        if (next_ > 1 << width_ && width_ < max_width_) Align(width_ + 1);
      } else {
        Emit(256);
        Align(9);
        Reset();
      }
      prefix = byte;
    }
    if (prefix >= 0) Emit(prefix);
    if (bit_count_ != 0) out_.push_back(static_cast<uint8_t>(bits_));
    return out_;
  }

 private:
  void Reset() {
    codes_.clear();
    next_ = 257;
    width_ = 9;
  }
  void Emit(int code) {
    bits_ |= static_cast<uint64_t>(code) << bit_count_;
    bit_count_ += width_;
    group_ = (group_ + 1) % 8;
    for (; bit_count_ >= 8; bit_count_ -= 8, bits_ >>= 8)
      out_.push_back(static_cast<uint8_t>(bits_));
  }
  void Align(int width) {
    while (group_ != 0) Emit(0);
    width_ = width;
  }

  int max_width_;
  Bytes out_;
  std::map<std::pair<int, uint8_t>, int> codes_;
  int next_ = 257;
  int width_ = 9;
  int group_ = 0;
  uint64_t bits_ = 0;
  int bit_count_ = 0;
};

struct Codec {
  const char* name;
  Bytes (*compress)(const Bytes&);
  bool multiple_members;
};

const Codec kCodecs[] = {
    {"gzip", Gzip, true},
    {"bzip2", Bzip2, true},
    {"xz", Xz, true},
    {"zstd", Zstd, true},
#ifdef TSTAT_WITH_LZ4
    {"lz4", Lz4, true},
#endif
    {"compress", [](const Bytes& in) { return LzwCompressor().Run(in); }, false},
    {"compress", [](const Bytes& in) { return LzwCompressor(10).Run(in); }, false},
};

TEST(DecompressionTest, EveryFormatInAnyChunks) {
  const Bytes trace = BigTrace();
  const ReadResult plain = ReadTrace(trace);
  ASSERT_THAT(plain.packets, SizeIs(3000));
  EXPECT_FALSE(plain.is_compressed);
  for (const Codec& codec : kCodecs) {
    const Bytes compressed = codec.compress(trace);
    for (size_t chunk : {SIZE_MAX, size_t{1000}, size_t{1}}) {
      SCOPED_TRACE(testing::Message() << codec.name << " chunk " << chunk);
      const ReadResult r = ReadTrace(compressed, {}, chunk);
      ASSERT_TRUE(r.open.ok()) << r.open;
      EXPECT_TRUE(r.status.ok()) << r.status;
      EXPECT_TRUE(r.is_compressed);
      EXPECT_EQ(r.packets, plain.packets);
    }
  }
}

TEST(DecompressionTest, MembersAreReadAsOneAndGarbageAfterThemIsIgnored) {
  const Bytes trace = BigTrace();
  const size_t half = trace.size() / 2;
  for (const Codec& codec : kCodecs) {
    if (!codec.multiple_members) continue;
    const Bytes both = ByteWriter()
                           .Raw(codec.compress(Bytes(trace.begin(), trace.begin() + half)))
                           .Raw(codec.compress(Bytes(trace.begin() + half, trace.end())))
                           .Raw({0, 0, 0, 0, 'x', 'y'})
                           .bytes();
    for (size_t chunk : {SIZE_MAX, size_t{1}}) {
      const ReadResult r = ReadTrace(both, {}, chunk);
      EXPECT_THAT(r.packets, SizeIs(3000)) << codec.name;
      EXPECT_TRUE(r.status.ok()) << r.status;
    }
  }
}

TEST(DecompressionTest, CutDataIsDeliveredAndReported) {
  const Bytes trace = BigTrace();
  for (const Codec& codec : kCodecs) {
    if (!codec.multiple_members) continue;  // compress(1) has no end to miss
    SCOPED_TRACE(codec.name);
    Bytes compressed = codec.compress(trace);
    compressed.resize(compressed.size() / 2);
    const ReadResult r = ReadTrace(compressed);
    ASSERT_TRUE(r.open.ok()) << r.open;
    EXPECT_GT(r.packets.size(), 200u);
    EXPECT_LT(r.packets.size(), 3000u);
    EXPECT_EQ(r.status,
              absl::AbortedError(std::string("trace: ") + codec.name + " data: unexpected end"));
  }
}

TEST(DecompressionTest, CutAnywhereNeverFailsBadly) {
  PcapBuilder builder;
  for (uint32_t i = 0; i < 20; ++i) builder.Record(i + 1, 0, Frame(20));
  for (const Codec& codec : kCodecs) {
    const Bytes whole = codec.compress(builder.bytes());
    for (size_t size = 0; size < whole.size(); ++size) {
      const ReadResult r = ReadTrace(Bytes(whole.begin(), whole.begin() + size));
      EXPECT_LE(r.packets.size(), 20u);
    }
  }
}

TEST(DecompressionTest, DamagedDataNeverFailsBadly) {
  const Bytes trace = BigTrace();
  for (const Codec& codec : kCodecs) {
    const Bytes whole = codec.compress(trace);
    for (size_t at = 6; at < whole.size(); at += whole.size() / 10) {
      Bytes damaged = whole;
      damaged[at] ^= 0x55;
      const ReadResult r = ReadTrace(damaged);
      EXPECT_LE(r.packets.size(), 600000u) << codec.name;
    }
  }
}

#ifndef TSTAT_WITH_LZ4
TEST(DecompressionTest, WhatThereIsNoLibraryForIsNamed) {
  Bytes frame = Frame(100);
  frame[0] = 0x04, frame[1] = 0x22, frame[2] = 0x4d, frame[3] = 0x18;
  EXPECT_EQ(ReadTrace(frame).open,
            absl::InvalidArgumentError("trace: is compressed with lz4, which this build of tstat "
                                       "does not read: unpack it first"));
}
#endif

TEST(DecompressionTest, NothingDecompressedIsUnreadable) {
  Bytes damaged = Gzip(BigTrace());
  damaged[2] = 99;  // unknown method
  EXPECT_EQ(ReadTrace(damaged).open.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(ReadTrace(damaged).open.message()), StartsWith("trace: gzip data: "));
}

TEST(DecompressionTest, CompressedNothingIsAnEmptyFile) {
  const ReadResult r = ReadTrace(Gzip({}));
  EXPECT_TRUE(r.open.ok()) << r.open;
  EXPECT_EQ(r.note, "empty file");
  EXPECT_TRUE(r.status.ok()) << r.status;
}

class OpenTraceTest : public testing::Test {
 protected:
  OpenTraceTest() : folder_(testing::TempDir() + "/open_trace_test." + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~OpenTraceTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const Bytes& bytes) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return path;
  }

  std::string folder_;
};

TEST_F(OpenTraceTest, NamesDoNotMatter) {
  const std::string path = Write("odd.txt", Gzip(BigTrace()));
  auto source = OpenTrace(path);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_TRUE((*source)->is_compressed());
  EXPECT_FALSE((*source)->is_stream());
  EXPECT_LT((*source)->progress(), 0.9);
  ReadResult result;
  ReadAll(**source, result);
  EXPECT_THAT(result.packets, SizeIs(3000));
  EXPECT_EQ((*source)->progress(), 1.0);
}

TEST_F(OpenTraceTest, ErrorsNameTheFileAndSayWhy) {
  const std::string missing = folder_ + "/missing.pcap";
  EXPECT_EQ(OpenTrace(missing).status(),
            absl::NotFoundError(missing + ": No such file or directory"));
  EXPECT_EQ(OpenTrace(folder_).status(),
            absl::FailedPreconditionError(folder_ + ": is a directory"));
  const std::string text =
      Write("text.pcap", {'h', 'e', 'l', 'l', 'o', ' ', 'w', 'o', 'r', 'l', 'd', '\n'});
  EXPECT_EQ(OpenTrace(text).status(), absl::InvalidArgumentError(text + ": not a capture file"));
  const std::string short_text = Write("short.pcap", {'h'});
  EXPECT_EQ(OpenTrace(short_text).status(),
            absl::InvalidArgumentError(short_text + ": not a capture file"));
}

TEST_F(OpenTraceTest, EmptyFileHasNoPackets) {
  auto source = OpenTrace(Write("empty.pcap", {}));
  ASSERT_TRUE(source.ok());
  Packet packet;
  EXPECT_EQ((*source)->ReadBatch({&packet, 1}), 0u);
  EXPECT_TRUE((*source)->status().ok());
  EXPECT_EQ((*source)->note(), "empty file");
  EXPECT_TRUE((*source)->is_empty());
}

TEST_F(OpenTraceTest, NamedPipeIsAStream) {
  const std::string path = folder_ + "/pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const Bytes trace = Gzip(BigTrace());
  std::thread writer([&] { Write("pipe", trace); });
  auto source = OpenTrace(path);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_TRUE((*source)->is_stream());
  EXPECT_TRUE((*source)->is_compressed());
  EXPECT_EQ((*source)->progress(), std::nullopt);
  ReadResult result;
  ReadAll(**source, result);
  writer.join();
  EXPECT_THAT(result.packets, SizeIs(3000));
}

// A stream that a signal interrupts before every read.
class InterruptedStream final : public ByteStream {
 public:
  explicit InterruptedStream(Bytes bytes) : inner_(std::move(bytes), 100) {}
  size_t Read(std::span<uint8_t> out) override {
    interrupted_ = !interrupted_ && armed_;
    return interrupted_ ? 0 : inner_.Read(out);
  }
  bool interrupted() const override { return interrupted_; }
  void Arm() { armed_ = true; }

 private:
  MemoryStream inner_;
  bool armed_ = false;
  bool interrupted_ = false;
};

TEST_F(OpenTraceTest, SignalsInterruptReadBatchWithoutLoss) {
  for (const Bytes& bytes : {BigTrace(), Gzip(BigTrace()), LzwCompressor().Run(BigTrace())}) {
    auto stream = std::make_unique<InterruptedStream>(bytes);
    InterruptedStream* control = stream.get();
    auto source = OpenTraceStream(std::move(stream), "trace", {}, true);
    ASSERT_TRUE(source.ok());
    control->Arm();
    ReadResult result;
    int interruptions = 0;
    do {
      ReadAll(**source, result);
      interruptions += (*source)->timed_out();
    } while ((*source)->timed_out());
    EXPECT_GT(interruptions, 1);
    EXPECT_THAT(result.packets, SizeIs(3000));
    EXPECT_TRUE(result.status.ok()) << result.status;
  }
}

// A second without bytes is told between packets, within one, and not where it was not asked for.
TEST_F(OpenTraceTest, PausesOfAStreamAreReported) {
  const Bytes trace = BigTrace();
  for (const size_t cut : {size_t{24 + 16 + 50}, trace.size() / 2}) {
    const std::string path = folder_ + "/pauses";
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    std::promise<void> paused;
    std::thread writer([&] {
      std::ofstream out(path, std::ios::binary);
      const char* bytes = reinterpret_cast<const char*>(trace.data());
      out.write(bytes, static_cast<std::streamsize>(cut)).flush();
      paused.get_future().wait();
      out.write(bytes + cut, static_cast<std::streamsize>(trace.size() - cut));
    });
    auto source = OpenTrace(path, {.reports_pauses = true});
    EXPECT_TRUE(source.ok()) << source.status();
    ReadResult result;
    ReadAll(**source, result);
    EXPECT_TRUE((*source)->timed_out());
    EXPECT_LT(result.packets.size(), 3000u);
    paused.set_value();
    do ReadAll(**source, result);
    while ((*source)->timed_out());
    writer.join();
    EXPECT_THAT(result.packets, SizeIs(3000));
    EXPECT_TRUE(result.status.ok()) << result.status;
    remove(path.c_str());
  }
}

TEST_F(OpenTraceTest, SignalWhileOpeningIsCancelled) {
  auto stream = std::make_unique<InterruptedStream>(BigTrace());
  stream->Arm();
  EXPECT_EQ(OpenTraceStream(std::move(stream), "trace", {}, true).status().code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace tstat::internal
