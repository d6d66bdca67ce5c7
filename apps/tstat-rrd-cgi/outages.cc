// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/outages.h"

#include <rrd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <string>
#include <string_view>

namespace tstat::viewer {
namespace {

// Databases that are looked at: all of a trace are updated at the same time.
constexpr size_t kMostLooked = 16;
// After the last update, so many steps may pass until the next one is late.
constexpr int64_t kPatientSteps = 2;

struct NewestDatabase {
  std::string path;
  int64_t last = 0;
};

NewestDatabase NewestOf(const Trace& trace, const DatabaseReader& reader) {
  NewestDatabase newest;
  // Spread over the names: all kinds of databases.
  const size_t stride = std::max<size_t>(1, trace.files.size() / kMostLooked);
  for (size_t i = 0; i < trace.files.size(); i += stride) {
    const std::string& file = trace.files[i];
    const std::string path = trace.PathOf(file);
    const auto last = reader.LastUpdate(path, file.substr(0, file.find('.')));
    if (last && *last > newest.last) newest = {path, *last};
  }
  return newest;
}

struct FetchedSpan {
  time_t start = 0, end = 0;
  unsigned long step = 0, sources = 0;
  char** names = nullptr;
  rrd_value_t* values = nullptr;
  FetchedSpan() = default;
  FetchedSpan(const FetchedSpan&) = delete;
  FetchedSpan& operator=(const FetchedSpan&) = delete;
  ~FetchedSpan() {
    for (unsigned long i = 0; names != nullptr && i < sources; ++i) rrd_freemem(names[i]);
    rrd_freemem(names);
    rrd_freemem(values);
  }
  bool Fetch(const std::string& path, int64_t from, int64_t to) {
    start = from;
    end = to;
    // The finest archive that has the whole span.
    step = 1;
    rrd_clear_error();
    if (rrd_fetch_r(path.c_str(), "AVERAGE", &start, &end, &step, &sources, &names, &values) == 0) {
      return step > 0 && sources > 0;
    }
    rrd_clear_error();
    return false;
  }
  [[nodiscard]] size_t rows() const { return static_cast<size_t>(end - start) / step; }
  [[nodiscard]] bool IsKnown(size_t row) const { return !std::isnan(values[row * sources]); }
  // When the step of a row begins.
  [[nodiscard]] int64_t Begin(size_t row) const { return start + static_cast<int64_t>(row * step); }
};

}  // namespace

std::vector<Outage> OutagesOf(const Trace& trace, const DatabaseReader& reader, int64_t from,
                              int64_t to, size_t most) {
  std::vector<Outage> outages;
  const NewestDatabase newest = NewestOf(trace, reader);
  FetchedSpan fetched;
  if (newest.last == 0 || from >= to || !fetched.Fetch(newest.path, from, to)) return outages;
  const auto add = [&](int64_t begin, int64_t end, bool is_last) {
    begin = std::max(begin, from);
    end = std::min(end, to);
    if (begin < end) outages.push_back({begin, end, is_last});
  };
  bool was_known = false;
  int64_t unknown_since = 0;
  for (size_t row = 0; row < fetched.rows() && fetched.Begin(row) < newest.last; ++row) {
    if (!fetched.IsKnown(row)) {
      if (was_known && unknown_since == 0) unknown_since = fetched.Begin(row);
      continue;
    }
    if (unknown_since != 0) add(unknown_since, fetched.Begin(row), false);
    was_known = true;
    unknown_since = 0;
  }
  const auto patience = kPatientSteps * static_cast<int64_t>(fetched.step);
  if (to > newest.last + patience) add(newest.last, to, true);
  if (outages.size() > most)
    outages.erase(outages.begin(), outages.end() - static_cast<long>(most));
  return outages;
}

}  // namespace tstat::viewer
