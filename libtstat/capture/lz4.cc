// SPDX-License-Identifier: BSD-3-Clause
//
// LZ4 frames, where the build has liblz4.
#ifdef TSTAT_WITH_LZ4
#include <lz4frame.h>
#endif

#include <memory>
#include <utility>

#include "capture/decompressor.h"

namespace tstat::internal {

#ifdef TSTAT_WITH_LZ4
namespace {

class Lz4Decompressor final : public Decompressor {
 public:
  Lz4Decompressor(std::unique_ptr<ByteStream> source, std::string name)
      : Decompressor(std::move(source), std::move(name), "lz4", Compression::kLz4) {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&lz4_, LZ4F_VERSION)) != 0) lz4_ = nullptr;
  }
  ~Lz4Decompressor() override { LZ4F_freeDecompressionContext(lz4_); }

 private:
  Progress Step(std::span<const uint8_t> in, std::span<uint8_t> out, bool at_end) override {
    if (lz4_ == nullptr) return {.error = "out of memory"};
    size_t consumed = in.size(), produced = out.size();
    const size_t result =
        LZ4F_decompress(lz4_, out.data(), &produced, in.data(), &consumed, nullptr);
    Progress p{.consumed = consumed, .produced = produced, .member_end = result == 0};
    if (LZ4F_isError(result) != 0) p.error = LZ4F_getErrorName(result);
    return p;
  }
  bool Restart() override {
    if (lz4_ != nullptr) LZ4F_resetDecompressionContext(lz4_);
    return lz4_ != nullptr;
  }

  LZ4F_dctx* lz4_ = nullptr;
};

}  // namespace

bool CanDecompress(Compression) { return true; }

std::unique_ptr<ByteStream> MakeLz4Decompressor(std::unique_ptr<ByteStream> source,
                                                std::string name) {
  return std::make_unique<Lz4Decompressor>(std::move(source), std::move(name));
}
#else
bool CanDecompress(Compression compression) { return compression != Compression::kLz4; }

std::unique_ptr<ByteStream> MakeLz4Decompressor(std::unique_ptr<ByteStream> source, std::string) {
  return source;
}
#endif

}  // namespace tstat::internal
