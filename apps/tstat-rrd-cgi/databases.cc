// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/databases.h"

#include <rrd.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "tstat-rrd-cgi/database_form.h"
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

// What librrd allocated.
struct Fetched {
  unsigned long sources = 0;
  char** names = nullptr;
  rrd_value_t* values = nullptr;
  Fetched() = default;
  Fetched(const Fetched&) = delete;
  Fetched& operator=(const Fetched&) = delete;
  ~Fetched() {
    if (names != nullptr) {
      for (unsigned long i = 0; i < sources; ++i) rrd_freemem(names[i]);
    }
    rrd_freemem(names);
    rrd_freemem(values);
  }
};

}  // namespace

RrdReader::Contents RrdReader::Read(const std::string& path) {
  Contents contents;
  if (!IsSoundDatabase(path)) return contents;
  rrd_clear_error();
  const std::unique_ptr<rrd_info_t, decltype(&rrd_info_free)> info(rrd_info_r(path.c_str()),
                                                                   &rrd_info_free);
  if (info == nullptr) rrd_clear_error();
  for (const rrd_info_t* item = info.get(); item != nullptr; item = item->next) {
    std::string_view key(item->key);
    if (key == "last_update" && item->type == RD_I_CNT) {
      contents.last_update = static_cast<int64_t>(item->value.u_cnt);
    }
    constexpr std::string_view kBegin = "ds[", kEnd = "].index";
    if (!key.starts_with(kBegin) || !key.ends_with(kEnd)) continue;
    key.remove_prefix(kBegin.size());
    key.remove_suffix(kEnd.size());
    contents.sources.emplace_back(key);
  }
  return contents;
}

std::optional<int64_t> RrdReader::LastUpdate(const std::string& path,
                                             const std::string& source) const {
  std::array<int64_t, 5> stamp{};
  if (!FileStamp(path, stamp)) return std::nullopt;
  if (kept_.size() >= kMostKept) kept_.clear();
  Contents& contents = kept_[path];
  if (contents.stamp != stamp) {
    contents = Read(path);
    contents.stamp = stamp;
  }
  const bool has_source = std::ranges::find(contents.sources, source) != contents.sources.end();
  return has_source ? contents.last_update : std::nullopt;
}

std::shared_ptr<const Readings> RrdReader::Fetch(const std::string& path, const std::string& source,
                                                 int64_t end, int64_t span) {
  time_t from = end - span, to = end;
  unsigned long step = 1;
  Fetched fetched;
  rrd_clear_error();
  if (rrd_fetch_r(path.c_str(), "AVERAGE", &from, &to, &step, &fetched.sources, &fetched.names,
                  &fetched.values) != 0) {
    rrd_clear_error();
    return nullptr;
  }
  size_t column = 0;
  while (column < fetched.sources && source != fetched.names[column]) ++column;
  if (column == fetched.sources || step == 0 || to < from) return nullptr;
  auto readings = std::make_shared<Readings>();
  readings->start = from;
  readings->step = static_cast<int64_t>(step);
  // Its last row ends later than what was asked for.
  for (int64_t at = from + readings->step; at <= to && at <= end; at += readings->step) {
    readings->values.push_back(fetched.values[readings->values.size() * fetched.sources + column]);
  }
  return readings;
}

std::shared_ptr<const Readings> RrdReader::Read(const std::string& path, const std::string& source,
                                                int64_t end, int64_t span) const {
  std::array<int64_t, 5> stamp{};
  if (!FileStamp(path, stamp)) return nullptr;
  const std::string key = Cat(path, "\n", source, "\n", end, "\n", span);
  const auto found = readings_.find(key);
  if (found != readings_.end() && found->second.stamp == stamp) return found->second.readings;
  if (readings_.size() >= kMostReadings) readings_.clear();
  const bool is_database = LastUpdate(path, source).has_value();
  return (readings_[key] = {stamp, is_database ? Fetch(path, source, end, span) : nullptr})
      .readings;
}

}  // namespace tstat::viewer
