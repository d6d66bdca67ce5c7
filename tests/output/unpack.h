// SPDX-License-Identifier: BSD-3-Clause
//
// Unpacks compressed text in memory, as far as there is any.
#ifndef TSTAT_TESTS_OUTPUT_UNPACK_H_
#define TSTAT_TESTS_OUTPUT_UNPACK_H_

#include <zlib.h>
#include <zstd.h>

#include <memory>
#include <string>

namespace tstat::internal {

inline std::string UnpackGzip(const std::string& packed) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return "no memory";
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  for (int result = Z_OK; result == Z_OK;) {
    const size_t before = text.size();
    text.resize(before + 65536);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + before);
    stream.avail_out = 65536;
    result = inflate(&stream, Z_SYNC_FLUSH);
    text.resize(before + 65536 - stream.avail_out);
    if (stream.avail_in == 0 && stream.avail_out != 0) break;
  }
  inflateEnd(&stream);
  return text;
}

inline std::string UnpackZstd(const std::string& packed) {
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                   &ZSTD_freeDCtx);
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::string text;
  while (true) {
    const size_t before = text.size();
    text.resize(before + 65536);
    ZSTD_outBuffer out{text.data() + before, 65536, 0};
    const size_t result = ZSTD_decompressStream(context.get(), &out, &in);
    text.resize(before + out.pos);
    if (ZSTD_isError(result) != 0) return ZSTD_getErrorName(result);
    if (in.pos == in.size && out.pos < out.size) return text;
  }
}

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_OUTPUT_UNPACK_H_
