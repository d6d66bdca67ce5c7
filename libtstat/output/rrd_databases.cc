// SPDX-License-Identifier: BSD-3-Clause
//
// RRD files through librrd. It draws graphs, too, and brings some seventy libraries with it, whose
// loading takes longer than the analysis of a small trace. So it is loaded when databases are asked
// for, and not linked.
#include <string>

#include "tstat/rrd.h"

#ifdef TSTAT_LIBRRD
#include <rrd.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "output/loaded_library.h"
#endif

namespace tstat::inline v1 {

#ifdef TSTAT_LIBRRD
namespace {

// Daily, weekly, monthly, yearly: steps a row, rows.
constexpr const char* kArchives[] = {"RRA:AVERAGE:0.5:1:600", "RRA:AVERAGE:0.5:6:700",
                                     "RRA:AVERAGE:0.5:24:775", "RRA:AVERAGE:0.5:288:797"};

// The functions used.
struct LibrrdFunctions {
  decltype(&rrd_create_r) create = nullptr;
  decltype(&rrd_update_r) update = nullptr;
  decltype(&rrd_get_error) get_error = nullptr;
  decltype(&rrd_clear_error) clear_error = nullptr;
};

std::optional<LibrrdFunctions> LoadLibrrd() {
  const auto library = internal::LoadedLibrary::FirstOf(TSTAT_LIBRRD);
  LibrrdFunctions f;
  if (library.Find("rrd_create_r", &f.create) && library.Find("rrd_update_r", &f.update) &&
      library.Find("rrd_get_error", &f.get_error) &&
      library.Find("rrd_clear_error", &f.clear_error)) {
    return f;
  }
  return std::nullopt;
}

class Librrd : public RrdDatabases {
 public:
  explicit Librrd(const LibrrdFunctions& functions) : librrd_(functions) {}

  bool Exists(const std::string& path) const override {
    struct stat info;
    return stat(path.c_str(), &info) == 0;
  }

  absl::Status Create(const std::string& path, const Layout& layout, int64_t start_s) override {
    if (layout.step_s < 1) {
      return absl::InvalidArgumentError("step size: value must be positive");
    }
    const std::string source =
        absl::StrCat("DS:", layout.source, ":GAUGE:", layout.heartbeat_s, ":U:U");
    std::array<const char*, 1 + std::size(kArchives)> arguments = {source.c_str()};
    std::copy(std::begin(kArchives), std::end(kArchives), arguments.begin() + 1);
    // As -r does at the start, for a directory that somebody removed; librrd tells when that fails.
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    librrd_.clear_error();
    const int result = librrd_.create(path.c_str(), static_cast<unsigned long>(layout.step_s),
                                      static_cast<time_t>(start_s),
                                      static_cast<int>(arguments.size()), arguments.data());
    return result == 0 ? absl::OkStatus() : LastError();
  }

  absl::Status Update(const std::string& path, int64_t time_s, const std::string& value) override {
    const std::string argument = absl::StrCat(time_s, ":", value);
    const char* arguments[] = {argument.c_str()};
    constexpr std::chrono::milliseconds kLongestPause{20};
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    for (std::chrono::milliseconds pause{1};; pause = std::min(2 * pause, kLongestPause)) {
      librrd_.clear_error();
      if (librrd_.update(path.c_str(), nullptr, 1, arguments) == 0) return absl::OkStatus();
      absl::Status status = LastError();
      if (!IsLocked(status) || std::chrono::steady_clock::now() >= end) return status;
      std::this_thread::sleep_for(pause);
    }
  }

 private:
  // librrd refuses a database that somebody else reads or writes at this moment (a viewer that
  // draws a graph of it), and has no number for that.
  static bool IsLocked(const absl::Status& status) {
    return absl::StrContains(status.message(), "could not lock RRD");
  }

  absl::Status LastError() const {
    absl::Status status = absl::UnknownError(librrd_.get_error());
    librrd_.clear_error();
    return status;
  }

  LibrrdFunctions librrd_;
};

}  // namespace

std::unique_ptr<RrdDatabases> LibrrdDatabases() {
  const std::optional<LibrrdFunctions> functions = LoadLibrrd();
  return functions.has_value() ? std::make_unique<Librrd>(*functions) : nullptr;
}

#else

std::unique_ptr<RrdDatabases> LibrrdDatabases() { return nullptr; }

#endif

}  // namespace tstat::inline v1
