// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/notices.h"

#include <map>

namespace tstat::viewer {
namespace {

// What was said, and whether it has been taken. Texts name directories of the settings, which are
// few; were they not, it would forget.
constexpr size_t kMost = 100;
std::map<std::string, bool>& Known() {
  static std::map<std::string, bool> known;
  return known;
}

}  // namespace

void Notice(const std::string& text) {
  if (Known().size() >= kMost) Known().clear();
  Known().emplace(text, false);
}

std::string TakeNotices() {
  std::string line;
  for (auto& [text, taken] : Known()) {
    if (taken) continue;
    taken = true;
    if (!line.empty()) line += "; ";
    line += text;
  }
  return line;
}

}  // namespace tstat::viewer
