// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/databases.h"

#include <rrd.h>

#include <memory>

#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {

std::optional<int64_t> RrdReader::LastUpdate(const std::string& path,
                                             const std::string& source) const {
  rrd_clear_error();
  const std::unique_ptr<rrd_info_t, decltype(&rrd_info_free)> info(rrd_info_r(path.c_str()),
                                                                   &rrd_info_free);
  if (info == nullptr) {
    rrd_clear_error();
    return std::nullopt;
  }
  std::optional<int64_t> last;
  bool has_source = false;
  const std::string index = Cat("ds[", source, "].index");
  for (const rrd_info_t* item = info.get(); item != nullptr; item = item->next) {
    if (index == item->key) has_source = true;
    if (std::string_view(item->key) == "last_update" && item->type == RD_I_CNT) {
      last = static_cast<int64_t>(item->value.u_cnt);
    }
  }
  return has_source ? last : std::nullopt;
}

}  // namespace tstat::viewer
