// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/databases.h"

#include <rrd.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {

RrdReader::Contents RrdReader::Read(const std::string& path) {
  Contents contents;
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
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  const std::array<int64_t, 5> stamp = {static_cast<int64_t>(status.st_dev),
                                        static_cast<int64_t>(status.st_ino), status.st_size,
                                        status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  if (kept_.size() >= kMostKept) kept_.clear();
  Contents& contents = kept_[path];
  if (contents.stamp != stamp) {
    contents = Read(path);
    contents.stamp = stamp;
  }
  const bool has_source = std::ranges::find(contents.sources, source) != contents.sources.end();
  return has_source ? contents.last_update : std::nullopt;
}

}  // namespace tstat::viewer
