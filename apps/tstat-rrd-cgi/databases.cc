// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/databases.h"

#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

// What changes when the file does; false: there is none.
bool FileStamp(const std::string& path, std::array<int64_t, 5>& stamp) {
  struct stat status {};
  // A link may lead to something that is no file: to open a pipe could take for ever.
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  stamp = {static_cast<int64_t>(status.st_dev), static_cast<int64_t>(status.st_ino), status.st_size,
           status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  return true;
}

}  // namespace

std::optional<int64_t> RrdReader::LastUpdate(const std::string& path,
                                             const std::string& source) const {
  std::array<int64_t, 5> stamp{};
  if (!FileStamp(path, stamp)) return std::nullopt;
  if (kept_.size() >= kMostKept) kept_.clear();
  Contents& contents = kept_[path];
  if (contents.stamp != stamp) {
    std::optional<DatabaseForm> form = ReadForm(path);
    contents.last_update = form ? std::optional(form->last_update) : std::nullopt;
    contents.sources = form ? std::move(form->sources) : std::vector<std::string>();
    contents.stamp = stamp;
  }
  const bool has_source = std::ranges::find(contents.sources, source) != contents.sources.end();
  return has_source ? contents.last_update : std::nullopt;
}

std::shared_ptr<const Readings> RrdReader::Read(const std::string& path, const std::string& source,
                                                int64_t end, int64_t span) const {
  std::array<int64_t, 5> stamp{};
  if (!FileStamp(path, stamp)) return nullptr;
  const std::string key = Cat(path, "\n", source, "\n", end, "\n", span);
  const auto found = readings_.find(key);
  if (found != readings_.end() && found->second.stamp == stamp) return found->second.readings;
  if (readings_.size() >= kMostReadings) readings_.clear();
  std::shared_ptr<const Readings> read;
  if (std::optional<Readings> values =
          ReadAverages(path, source, std::max<int64_t>(0, end - span), end)) {
    read = std::make_shared<const Readings>(*std::move(values));
  }
  return (readings_[key] = {stamp, std::move(read)}).readings;
}

}  // namespace tstat::viewer
