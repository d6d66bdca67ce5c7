// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/picture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "loaded-library/locked_database.h"
#include "tstat-rrd-cgi/encoding.h"
#include "tstat-rrd-cgi/files.h"
#include "tstat-rrd-cgi/rrd_library.h"
#include "tstat-rrd-cgi/sha256.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

// Counted up when the same arguments give another picture.
constexpr char kKeyVersion[] = "2";
constexpr size_t kKeyLength = 64;
constexpr size_t kMaxPictureBytes = size_t{16} << 20;
constexpr time_t kLeftOverSeconds = 3600;
// Pictures of databases that have changed since are never asked for again.
constexpr time_t kMaxPictureAge = 7 * 86400;

constexpr FormatInfo kFormats[] = {{View::kPng, ".png", "PNG", "image/png"},
                                   {View::kSvg, ".svg", "SVG", "image/svg+xml"},
                                   {View::kEps, ".eps", "EPS", "application/postscript"},
                                   {View::kPdf, ".pdf", "PDF", "application/pdf"}};

constexpr std::string_view kLightColours[] = {
    "BACK#FFFFFF", "CANVAS#FFFFFF", "SHADEA#FFFFFF", "SHADEB#FFFFFF", "FONT#1C2430",
    "AXIS#5B6675", "ARROW#5B6675",  "FRAME#C9D0D9",  "GRID#E3E7EC",   "MGRID#C3CAD4"};
constexpr std::string_view kDarkColours[] = {
    "BACK#1B212B", "CANVAS#1B212B", "SHADEA#1B212B", "SHADEB#1B212B", "FONT#DDE3EA",
    "AXIS#8D99A8", "ARROW#8D99A8",  "FRAME#3A4452",  "GRID#2B333F",   "MGRID#465263"};

// A colour that can be seen on a dark ground: what is too dark is mixed with white.
std::string ForDarkGround(std::string_view hex) {
  const auto value = static_cast<unsigned>(std::strtoul(std::string(hex).c_str(), nullptr, 16));
  double red = value >> 16 & 255, green = value >> 8 & 255, blue = value & 255;
  const auto luminance = [&] { return 0.299 * red + 0.587 * green + 0.114 * blue; };
  constexpr double kDarkest = 95;
  if (const double now = luminance(); now < kDarkest) {
    const double white = (kDarkest - now) / (255 - now);
    for (double* part : {&red, &green, &blue}) *part += (255 - *part) * white;
  }
  char text[8];
  std::snprintf(text, sizeof(text), "%02X%02X%02X", static_cast<unsigned>(red),
                static_cast<unsigned>(green), static_cast<unsigned>(blue));
  return text;
}

bool IsElement(std::string_view argument) {
  return argument.starts_with("LINE") || argument.starts_with("AREA:") ||
         argument.starts_with("STACK:");
}

void AddColours(std::span<const std::string_view> colours, std::vector<std::string>& arguments) {
  for (std::string_view colour : colours) {
    arguments.emplace_back("--color");
    arguments.emplace_back(colour);
  }
  for (std::string_view argument : {"--border", "0"}) arguments.emplace_back(argument);
}

bool IsPictureName(std::string_view name) {
  return name.size() == kKeyLength + 4 &&
         std::ranges::find(kFormats, name.substr(kKeyLength), &FormatInfo::suffix) !=
             std::end(kFormats) &&
         std::ranges::all_of(name.substr(0, kKeyLength),
                             [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

struct FreeInfo {
  decltype(&rrd_info_free) free;
  void operator()(rrd_info_t* info) const { free(info); }
};
using GraphInfo = std::unique_ptr<rrd_info_t, FreeInfo>;

// A logarithmic axis of values further apart than any that are measured would take librrd minutes:
// nearly nothing is nothing there, and nearly everything is not known. Others stay as they are.
void BoundValues(std::vector<std::string>& arguments) {
  if (std::ranges::find(arguments, "--logarithmic") == arguments.end()) return;
  std::vector<std::string> bounded;
  for (std::string& argument : arguments) {
    const size_t colon = argument.find(':'), hash = argument.find('#');
    if (IsElement(argument) && hash != std::string::npos && colon < hash) {
      const std::string name = argument.substr(colon + 1, hash - colon - 1);
      // Two elements may show the same values.
      const std::string own = Cat("log_", bounded.size(), "_", name);
      bounded.push_back(
          Cat("CDEF:", own, "=", name, ",ABS,1e-100,LT,0,", name, ",IF,-1e100,1e100,LIMIT"));
      argument.replace(colon + 1, name.size(), own);
    }
    bounded.push_back(std::move(argument));
  }
  arguments = std::move(bounded);
}

// Draws into memory.
absl::StatusOr<GraphInfo> GraphInfoOf(std::span<const std::string> arguments) {
  const absl::StatusOr<const RrdLibrary*> loaded = LoadRrd();
  if (!loaded.ok()) return loaded.status();
  const RrdLibrary& rrd = **loaded;
  std::vector<std::string> copies(arguments.begin(), arguments.end());
  // The picture's name: into memory.
  if (!copies.empty()) copies.front() = "-";
  BoundValues(copies);
  copies.insert(copies.begin(), "graphv");
  GraphInfo info(nullptr, {rrd.info_free});
  const auto draw = [&] {
    RrdWords words(copies);
    info.reset(rrd.graph_v(words.count(), words.words()));
    return info != nullptr;
  };
  if (!WhenUnlocked(rrd, draw)) {
    const std::string message = rrd.get_error();
    rrd.clear_error();
    return absl::InternalError(message);
  }
  return info;
}

}  // namespace

const FormatInfo& FormatOf(View view) {
  return *std::ranges::find(kFormats, view, &FormatInfo::view);
}

std::vector<std::string> PictureArguments(const Graph& graph, const PictureForm& form) {
  std::vector<std::string> arguments = graph.arguments;
  for (size_t i = 0; i + 1 < arguments.size(); ++i) {
    if (arguments[i] == "--imgformat") {
      arguments[i + 1] = std::string(FormatOf(form.format).librrd_name);
    }
    if (arguments[i] == "--zoom" && form.dense) arguments[i + 1] = "2.36";
  }
  if (form.small) {
    // The last of two counts.
    for (std::string_view argument : {"--width", "230", "--height", "90"}) {
      arguments.emplace_back(argument);
    }
  }
  // The pages say what a picture shows, in letters that fit.
  const auto title = std::ranges::find(arguments, "--title");
  if (form.theme != Theme::kPlain && title != arguments.end()) arguments.erase(title, title + 2);
  if (form.theme != Theme::kPlain) arguments.emplace_back("--disable-rrdtool-tag");
  if (form.theme == Theme::kDark) {
    for (std::string& argument : arguments) {
      const size_t hash = argument.find('#');
      if (!IsElement(argument) || hash == std::string::npos) continue;
      argument.replace(hash + 1, 6, ForDarkGround(std::string_view(argument).substr(hash + 1, 6)));
    }
    AddColours(kDarkColours, arguments);
  } else if (form.theme == Theme::kLight) {
    AddColours(kLightColours, arguments);
  }
  return arguments;
}

std::string PictureKey(std::span<const std::string> arguments,
                       std::span<const std::string> databases) {
  // The one that it was built with: to ask librrd, it would have to be loaded.
  std::string text = Cat(kKeyVersion, "\n", TSTAT_RRD_VERSION, "\n");
  const char* zone = std::getenv("TZ");
  text += Cat(zone == nullptr ? "" : zone, "\n");
  for (const std::string& argument : arguments) text += Cat(argument, "\n");
  for (const std::string& path : databases) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) continue;
    text += Cat(path, " ", status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec, " ", status.st_size,
                " ", status.st_ino, "\n");
  }
  return HexText(Sha256(text));
}

int64_t LastChange(std::span<const std::string> databases) {
  int64_t last = 0;
  for (const std::string& path : databases) {
    struct stat status {};
    if (stat(path.c_str(), &status) == 0) last = std::max<int64_t>(last, status.st_mtime);
  }
  return last;
}

absl::StatusOr<PlotArea> PlotAreaOf(std::span<const std::string> arguments) {
  const absl::StatusOr<GraphInfo> info = GraphInfoOf(arguments);
  if (!info.ok()) return info.status();
  const auto number = [&](std::string_view name) -> int64_t {
    for (const rrd_info_t* item = info->get(); item != nullptr; item = item->next) {
      if (name == item->key && item->type == RD_I_CNT) {
        return static_cast<int64_t>(item->value.u_cnt);
      }
    }
    return 0;
  };
  const auto width = static_cast<double>(number("image_width"));
  const auto height = static_cast<double>(number("image_height"));
  if (width <= 0 || height <= 0) return absl::InternalError("librrd made no picture");
  const int64_t left = number("graph_left"), top = number("graph_top");
  PlotArea area;
  area.left = static_cast<double>(left) / width;
  area.right = static_cast<double>(left + number("graph_width")) / width;
  area.top = static_cast<double>(top) / height;
  area.bottom = static_cast<double>(top + number("graph_height")) / height;
  area.start = number("graph_start");
  area.end = number("graph_end");
  return area;
}

absl::StatusOr<std::string> Draw(std::span<const std::string> arguments) {
  const absl::StatusOr<GraphInfo> info = GraphInfoOf(arguments);
  if (!info.ok()) return info.status();
  for (const rrd_info_t* item = info->get(); item != nullptr; item = item->next) {
    if (std::string_view(item->key) != "image" || item->type != RD_I_BLO) continue;
    return std::string(reinterpret_cast<const char*>(item->value.u_blo.ptr),
                       item->value.u_blo.size);
  }
  return absl::InternalError("librrd made no picture");
}

absl::StatusOr<std::string> CachedPicture(const Configuration& settings, const std::string& key,
                                          const PictureForm& form,
                                          std::span<const std::string> arguments) {
  const std::string name = Cat(key, FormatOf(form.format).suffix);
  const Descriptor directory(open(settings.image_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.ok()) {
    auto kept = ReadFileAt(directory.get(), name, kMaxPictureBytes);
    if (kept.ok() && !kept->empty()) return kept;
  }
  absl::StatusOr<std::string> drawn = Draw(arguments);
  if (drawn.ok() && directory.ok() && drawn->size() <= settings.cache_size) {
    if (ReplaceFileAt(directory.get(), name, *drawn).ok()) {
      TrimPictures(directory.get(), settings.cache_size);
    }
  }
  return drawn;
}

void TrimPictures(int directory, uint64_t limit) {
  struct Kept {
    int64_t changed;
    std::string name;
    uint64_t size;
  };
  // The copy is closed with the stream, and has a place of its own in the directory.
  const int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return;
  DIR* stream = fdopendir(copy);
  if (stream == nullptr) {
    close(copy);
    return;
  }
  std::vector<Kept> pictures;
  uint64_t total = 0;
  while (const dirent* item = readdir(stream)) {
    const std::string_view name = item->d_name;
    const bool is_picture = IsPictureName(name);
    const bool is_left_over = name.ends_with(".tmp") && name.size() > kKeyLength + 4 &&
                              IsPictureName(name.substr(0, kKeyLength + 4));
    struct stat status {};
    if ((!is_picture && !is_left_over) ||
        fstatat(directory, item->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      continue;
    }
    if (is_left_over) {
      if (std::time(nullptr) - status.st_mtime > kLeftOverSeconds)
        unlinkat(directory, item->d_name, 0);
      continue;
    }
    pictures.push_back({status.st_mtime, item->d_name, static_cast<uint64_t>(status.st_size)});
    total += pictures.back().size;
  }
  closedir(stream);
  std::ranges::sort(pictures, {}, &Kept::changed);
  for (const Kept& picture : pictures) {
    if (total <= limit && std::time(nullptr) - picture.changed <= kMaxPictureAge) break;
    unlinkat(directory, picture.name.c_str(), 0);
    total -= picture.size;
  }
}

}  // namespace tstat::viewer
