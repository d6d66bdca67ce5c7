// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/rrd_library.h"

#include "absl/status/status.h"
#include "loaded-library/loaded_library.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

void (*in_place_of_loading)() = nullptr;

const LoadedLibrary& Library() {
  static const auto library = LoadedLibrary::FirstOf(TSTAT_LIBRRD);
  return library;
}

absl::StatusOr<RrdLibrary> Load() {
  RrdLibrary rrd;
  if (Library().Find("rrd_graph_v", &rrd.graph_v) && Library().Find("rrd_xport", &rrd.xport) &&
      Library().Find("rrd_info_free", &rrd.info_free) &&
      Library().Find("rrd_freemem", &rrd.freemem) &&
      Library().Find("rrd_get_error", &rrd.get_error) &&
      Library().Find("rrd_clear_error", &rrd.clear_error)) {
    return rrd;
  }
  return absl::UnavailableError(Cat("cannot load ", TSTAT_LIBRRD));
}

}  // namespace

absl::StatusOr<const RrdLibrary*> LoadRrd() {
  if (in_place_of_loading != nullptr) in_place_of_loading();
  static const absl::StatusOr<RrdLibrary> rrd = Load();
  if (!rrd.ok()) return rrd.status();
  return &*rrd;
}

void InPlaceOfLoadingRrd(void (*act)()) { in_place_of_loading = act; }

}  // namespace tstat::viewer

// cairo calls this one, not libpng's (CMakeLists.txt exports it). libpng would try five filters on
// each row, and choose one that makes it larger as often as not: pictures of flat colours are best
// left as they are. That, and zlib's best effort, are two thirds of the time that a graph takes.
extern "C" {
using PngPart = void*;
__attribute__((visibility("default"))) PngPart png_create_write_struct(const char* version,
                                                                       void* errors, void* fail,
                                                                       void* warn) {
  const auto& library = tstat::viewer::Library();
  PngPart (*create)(const char*, void*, void*, void*) = nullptr;
  if (!library.Find("png_create_write_struct", &create)) return nullptr;
  PngPart png = create(version, errors, fail, warn);
  if (png == nullptr) return nullptr;
  constexpr int kBaseMethod = 0, kNoFilter = 8, kLevel = 3;  // png.h
  void (*set_filter)(PngPart, int, int) = nullptr;
  void (*set_level)(PngPart, int) = nullptr;
  if (library.Find("png_set_filter", &set_filter)) set_filter(png, kBaseMethod, kNoFilter);
  if (library.Find("png_set_compression_level", &set_level)) set_level(png, kLevel);
  return png;
}
}
