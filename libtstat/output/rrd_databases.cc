// SPDX-License-Identifier: BSD-3-Clause
//
// RRD files through librrd.
#include <string>

#include "output/rrd_writer.h"

#ifdef TSTAT_WITH_RRD
#include <rrd.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#endif

namespace tstat {

#ifdef TSTAT_WITH_RRD
namespace {

// Daily, weekly, monthly, yearly: steps a row, rows.
constexpr const char* kArchives[] = {"RRA:AVERAGE:0.5:1:600", "RRA:AVERAGE:0.5:6:700",
                                     "RRA:AVERAGE:0.5:24:775", "RRA:AVERAGE:0.5:288:797"};

absl::Status LastError() {
  absl::Status status = absl::UnknownError(rrd_get_error());
  rrd_clear_error();
  return status;
}

class Librrd : public RrdDatabases {
 public:
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
    rrd_clear_error();
    const int result = rrd_create_r(path.c_str(), static_cast<unsigned long>(layout.step_s),
                                    static_cast<time_t>(start_s),
                                    static_cast<int>(arguments.size()), arguments.data());
    return result == 0 ? absl::OkStatus() : LastError();
  }

  absl::Status Update(const std::string& path, int64_t time_s, const std::string& value) override {
    const std::string argument = absl::StrCat(time_s, ":", value);
    const char* arguments[] = {argument.c_str()};
    rrd_clear_error();
    const int result = rrd_update_r(path.c_str(), nullptr, 1, arguments);
    return result == 0 ? absl::OkStatus() : LastError();
  }
};

}  // namespace

std::unique_ptr<RrdDatabases> LibrrdDatabases() { return std::make_unique<Librrd>(); }

#else

std::unique_ptr<RrdDatabases> LibrrdDatabases() { return nullptr; }

#endif

}  // namespace tstat
