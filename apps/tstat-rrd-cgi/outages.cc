// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/outages.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

namespace tstat::viewer {
namespace {

// Databases that are looked at: all of a trace are updated at the same time.
constexpr size_t kMostLooked = 16;
// After the last update, so many steps may pass until the next one is late.
constexpr int64_t kPatientSteps = 2;

struct NewestDatabase {
  std::string path, source;
  int64_t last = 0;
};

NewestDatabase NewestOf(const Trace& trace, const DatabaseReader& reader) {
  NewestDatabase newest;
  // Spread over the names: all kinds of databases.
  const size_t stride = std::max<size_t>(1, trace.files.size() / kMostLooked);
  for (size_t i = 0; i < trace.files.size(); i += stride) {
    const std::string& file = trace.files[i];
    const std::string path = trace.PathOf(file);
    const std::string source = file.substr(0, file.find('.'));
    const auto last = reader.LastUpdate(path, source);
    if (last && *last > newest.last) newest = {path, source, *last};
  }
  return newest;
}

// Also of the step that has begun at `to`.
std::optional<Readings> ReadingsOf(const NewestDatabase& newest, int64_t from, int64_t to) {
  const std::optional<Readings> none = ReadAverages(newest.path, newest.source, from, from);
  if (!none.has_value()) return std::nullopt;
  return ReadAverages(newest.path, newest.source, from, to + none->step);
}

}  // namespace

std::vector<Outage> OutagesOf(const Trace& trace, const DatabaseReader& reader, int64_t from,
                              int64_t to, size_t most) {
  std::vector<Outage> outages;
  const NewestDatabase newest = NewestOf(trace, reader);
  if (newest.last == 0 || from >= to) return outages;
  const std::optional<Readings> readings = ReadingsOf(newest, from, to);
  if (!readings.has_value()) return outages;
  const int64_t step = readings->step;
  const auto add = [&](int64_t first, int64_t last, bool is_last) {
    first = std::max(first, from);
    last = std::min(last, to);
    if (first < last) outages.push_back({first, last, is_last});
  };
  bool was_known = false;
  int64_t unknown_since = 0;
  int64_t begin = readings->start;
  for (auto value = readings->values.begin();
       value != readings->values.end() && begin < newest.last; ++value, begin += step) {
    if (std::isnan(*value)) {
      if (was_known && unknown_since == 0) unknown_since = begin;
      continue;
    }
    if (unknown_since != 0) add(unknown_since, begin, false);
    was_known = true;
    unknown_since = 0;
  }
  if (to > newest.last + kPatientSteps * step) add(newest.last, to, true);
  if (outages.size() > most)
    outages.erase(outages.begin(), outages.end() - static_cast<long>(most));
  return outages;
}

}  // namespace tstat::viewer
