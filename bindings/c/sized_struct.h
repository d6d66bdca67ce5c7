// SPDX-License-Identifier: BSD-3-Clause
//
// Structures of tstat.h that begin with `struct_size`: the caller's may be an older one, with fewer
// members, or a newer one, with more.
//
//   return FillSized(info, tstat_log_info{.struct_size = sizeof(tstat_log_info), .name = name});
#ifndef TSTAT_BINDINGS_C_SIZED_STRUCT_H_
#define TSTAT_BINDINGS_C_SIZED_STRUCT_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "tstat.h"

namespace tstat::internal {

// Writes as much of `value` as the caller's structure holds; what is unknown of a larger one is 0.
// TSTAT_INVALID for a structure that has nothing but its size.
template <typename Struct>
int FillSized(Struct* out, const Struct& value) {
  static_assert(std::is_trivially_copyable_v<Struct> && offsetof(Struct, struct_size) == 0);
  if (out == nullptr || out->struct_size <= sizeof(size_t)) return TSTAT_INVALID;
  const size_t size = out->struct_size;
  const size_t known = std::min(size, sizeof(Struct));
  char* const bytes = reinterpret_cast<char*>(out);
  std::memcpy(bytes + sizeof(size_t), reinterpret_cast<const char*>(&value) + sizeof(size_t),
              known - sizeof(size_t));
  std::memset(bytes + known, 0, size - known);
  return TSTAT_OK;
}

// The caller's structure as this library knows it; members that are not in it are 0. False: there
// is none.
template <typename Struct>
bool ReadSized(const Struct* in, Struct* value) {
  static_assert(std::is_trivially_copyable_v<Struct> && offsetof(Struct, struct_size) == 0);
  if (in == nullptr || in->struct_size <= sizeof(size_t)) return false;
  *value = {};
  std::memcpy(reinterpret_cast<char*>(value), reinterpret_cast<const char*>(in),
              std::min(in->struct_size, sizeof(Struct)));
  return true;
}

}  // namespace tstat::internal

#endif  // TSTAT_BINDINGS_C_SIZED_STRUCT_H_
