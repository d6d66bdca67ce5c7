// SPDX-License-Identifier: BSD-3-Clause
//
// Streams that decompress another one, in one pass and with bounded memory. The format is told by
// content, never by a file's name.
//
//   if (Compression c = SniffCompression(first_bytes); c != Compression::kNone)
//     stream = Decompress(c, std::move(stream), name);
//
// Members that follow each other (`cat a.gz b.gz`) are read as one. After the last one, bytes that
// start no further member are ignored, as gunzip does. Damaged or cut data: everything before is
// delivered, then status() is Aborted with a message that begins with the file's name.
#ifndef TSTAT_CAPTURE_DECOMPRESSOR_H_
#define TSTAT_CAPTURE_DECOMPRESSOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "capture/byte_stream.h"

namespace tstat::internal {

enum class Compression : uint8_t { kNone, kGzip, kCompress, kBzip2, kXz, kZstd, kLz4 };

// Looks at the first bytes of a file; six are enough. A skippable frame, with which zstd and lz4
// both may begin, counts as zstd's.
[[nodiscard]] Compression SniffCompression(std::span<const uint8_t> start);

// False for what this build has no library for: kLz4 perhaps.
[[nodiscard]] bool CanDecompress(Compression compression);

// REQUIRES: compression != kNone, and CanDecompress. `name` is for messages.
[[nodiscard]] std::unique_ptr<ByteStream> Decompress(Compression compression,
                                                     std::unique_ptr<ByteStream> source,
                                                     std::string name);

// What the decompressors have in common: the compressed bytes waiting, the end, errors.
class Decompressor : public ByteStream {
 public:
  [[nodiscard]] size_t Read(std::span<uint8_t> out) final;
  absl::Status status() const final { return status_; }
  bool interrupted() const final { return interrupted_; }
  void ReportPauses(bool on) final { source_->ReportPauses(on); }
  uint64_t file_position() const final { return source_->file_position() - pending().size(); }
  uint64_t file_size() const final { return source_->file_size(); }

 protected:
  // What a Step did.
  struct Progress {
    size_t consumed = 0;
    size_t produced = 0;
    bool member_end = false;      // a member is complete; the next byte may start another
    std::string_view error = {};  // not empty: the data are damaged
  };

  Decompressor(std::unique_ptr<ByteStream> source, std::string name, std::string_view format,
               Compression compression);

  // Decompresses from `in` to `out`, as far as it gets. `at_end`: no bytes will follow `in`.
  virtual Progress Step(std::span<const uint8_t> in, std::span<uint8_t> out, bool at_end) = 0;
  // Prepares for another member. False when the library fails to.
  virtual bool Restart() = 0;

 private:
  std::span<const uint8_t> pending() const { return {buffer_.get() + begin_, end_ - begin_}; }
  // Reads more compressed bytes behind the pending ones; false when none came now.
  bool ReadMore();
  // Between two members: starts the next one, if there is one. False at the end of everything, or
  // when that cannot be told before more bytes come.
  bool StartNextMember();
  void Fail(std::string_view reason);

  std::unique_ptr<ByteStream> source_;
  std::string name_;
  std::string_view format_;
  Compression compression_;
  std::unique_ptr<uint8_t[]> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool source_ended_ = false;
  bool between_members_ = false;
  bool done_ = false;
  bool interrupted_ = false;
  absl::Status status_;
};

// Frames of LZ4; lz4.cc. REQUIRES: CanDecompress(Compression::kLz4).
[[nodiscard]] std::unique_ptr<ByteStream> MakeLz4Decompressor(std::unique_ptr<ByteStream> source,
                                                              std::string name);

// The classic `compress` format (LZW, magic 1f 9d), which gunzip reads too; lzw.cc.
[[nodiscard]] std::unique_ptr<ByteStream> MakeLzwDecompressor(std::unique_ptr<ByteStream> source,
                                                              std::string name);

}  // namespace tstat::internal

#endif  // TSTAT_CAPTURE_DECOMPRESSOR_H_
