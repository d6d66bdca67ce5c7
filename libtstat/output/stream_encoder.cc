// SPDX-License-Identifier: BSD-3-Clause
#include "output/stream_encoder.h"

#include <zlib.h>
#include <zstd.h>

#include <cstddef>

namespace tstat::internal {
namespace {

constexpr size_t kChunk = size_t{32} * 1024;

absl::Status NoMemory() { return absl::ResourceExhaustedError("no memory for compression"); }

class GzipEncoder final : public StreamEncoder {
 public:
  GzipEncoder() {
    constexpr int kGzipWindow = 15 + 16;
    constexpr int kMemoryLevel = 8;
    ok_ = deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                       Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~GzipEncoder() override {
    if (ok_) deflateEnd(&stream_);
  }
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;

  absl::Status Encode(std::string_view data, Flush flush, std::string* out) override {
    if (!ok_) return NoMemory();
    constexpr int kModes[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream_.avail_in = static_cast<uInt>(data.size());
    do {
      const size_t before = out->size();
      out->resize(before + kChunk);
      stream_.next_out = reinterpret_cast<Bytef*>(out->data() + before);
      stream_.avail_out = kChunk;
      deflate(&stream_, kModes[static_cast<size_t>(flush)]);
      out->resize(before + kChunk - stream_.avail_out);
    } while (stream_.avail_out == 0);
    return absl::OkStatus();
  }

 private:
  z_stream stream_{};
  bool ok_ = false;
};

class ZstdEncoder final : public StreamEncoder {
 public:
  ZstdEncoder() : context_(ZSTD_createCCtx(), &ZSTD_freeCCtx) {
    // A reader is told when a file was damaged.
    if (context_ != nullptr) ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  absl::Status Encode(std::string_view data, Flush flush, std::string* out) override {
    if (context_ == nullptr) return NoMemory();
    constexpr ZSTD_EndDirective kModes[] = {ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end};
    ZSTD_inBuffer in{data.data(), data.size(), 0};
    for (bool done = false; !done;) {
      const size_t before = out->size();
      out->resize(before + kChunk);
      ZSTD_outBuffer to{out->data() + before, kChunk, 0};
      const size_t left =
          ZSTD_compressStream2(context_.get(), &to, &in, kModes[static_cast<size_t>(flush)]);
      out->resize(before + to.pos);
      if (ZSTD_isError(left) != 0) return absl::ResourceExhaustedError(ZSTD_getErrorName(left));
      done = flush == Flush::kNone ? in.pos == in.size : left == 0;
    }
    return absl::OkStatus();
  }

 private:
  std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context_;
};

}  // namespace

std::unique_ptr<StreamEncoder> MakeGzipEncoder() { return std::make_unique<GzipEncoder>(); }
std::unique_ptr<StreamEncoder> MakeZstdEncoder() { return std::make_unique<ZstdEncoder>(); }

}  // namespace tstat::internal
