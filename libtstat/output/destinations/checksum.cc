// SPDX-License-Identifier: BSD-3-Clause
//
// V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction",
// Intel, 2009: bytes are polynomials over GF(2), and a check is a remainder, so 16 bytes that stand
// D bits before others can be replaced by their product with x^D modulo the divisor, added to
// those. What is left in the end is 16 bytes with the remainder of all, which zlib finds.
#include "output/destinations/checksum.h"

#include <zlib.h>

#include <array>
#include <cstddef>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace tstat::internal {
namespace {

uint32_t ZlibCrc32(std::string_view bytes, uint32_t before) {
  return static_cast<uint32_t>(
      crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

#if defined(__x86_64__)

// x^power modulo the divisor of CRC-32, bits in its order (the first one is the highest power),
// one place further left: products of two such numbers come out one place too far right.
constexpr uint64_t PowerOfX(int power) {
  constexpr uint32_t kDivisor = 0xedb88320, kOne = 0x80000000;
  uint32_t remainder = kOne;
  for (int i = 0; i < power; ++i) {
    remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? kDivisor : 0);
  }
  return uint64_t{remainder} << 1;
}

// What the two halves of 16 bytes are multiplied with to move them on by `bits`.
struct Shift {
  uint64_t first, second;
};
constexpr Shift ShiftBy(int bits) {
  return {.first = PowerOfX(bits + 32), .second = PowerOfX(bits - 32)};
}

constexpr size_t kBlock = 16,
                 kBlocks = 4;  // as many at once as there are multiplications under way
constexpr size_t kLeastFolded = 2 * kBlocks * kBlock;
constexpr Shift kByOne = ShiftBy(8 * kBlock), kByAll = ShiftBy(8 * kBlock * kBlocks);

__attribute__((target("pclmul,sse4.1"))) __m128i Load(const char* bytes) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
}

__attribute__((target("pclmul,sse4.1"))) __m128i Moved(__m128i block, const Shift& shift) {
  const __m128i factors =
      _mm_set_epi64x(static_cast<int64_t>(shift.second), static_cast<int64_t>(shift.first));
  return _mm_xor_si128(_mm_clmulepi64_si128(block, factors, 0x00),
                       _mm_clmulepi64_si128(block, factors, 0x11));
}

// Asked of the processor itself: __builtin_cpu_supports needs a library that not all compilers
// have.
bool CanFold() {
  constexpr unsigned kNeeded = bit_PCLMUL | bit_SSE4_1;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & kNeeded) == kNeeded;
}

// REQUIRES: kLeastFolded bytes or more.
__attribute__((target("pclmul,sse4.1"))) uint32_t FoldedCrc32(std::string_view bytes,
                                                              uint32_t before) {
  __m128i blocks[kBlocks];
  for (size_t i = 0; i < kBlocks; ++i) blocks[i] = Load(bytes.data() + i * kBlock);
  // The state of a check is its complement; it stands before the first bytes.
  blocks[0] = _mm_xor_si128(blocks[0], _mm_cvtsi32_si128(static_cast<int>(~before)));
  bytes.remove_prefix(kBlocks * kBlock);
  for (; bytes.size() >= kBlocks * kBlock; bytes.remove_prefix(kBlocks * kBlock)) {
    for (size_t i = 0; i < kBlocks; ++i) {
      blocks[i] = _mm_xor_si128(Moved(blocks[i], kByAll), Load(bytes.data() + i * kBlock));
    }
  }
  __m128i folded = blocks[0];
  for (size_t i = 1; i < kBlocks; ++i) folded = _mm_xor_si128(Moved(folded, kByOne), blocks[i]);
  std::array<char, kBlock> last;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(last.data()), folded);
  constexpr uint32_t kNoState = ~uint32_t{0};
  return ZlibCrc32(bytes, ZlibCrc32({last.data(), last.size()}, kNoState));
}

#endif

}  // namespace

uint32_t Crc32(std::string_view bytes, uint32_t before) {
#if defined(__x86_64__)
  static const bool is_fast = CanFold();
  if (is_fast && bytes.size() >= kLeastFolded) return FoldedCrc32(bytes, before);
#endif
  return ZlibCrc32(bytes, before);
}

}  // namespace tstat::internal
