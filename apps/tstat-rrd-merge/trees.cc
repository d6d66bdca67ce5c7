// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-merge/trees.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace tstat::rrd_merge {
namespace {

namespace fs = std::filesystem;

bool IsWithin(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// Without links, "." and the slash at its end.
absl::StatusOr<fs::path> RealPath(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
  return real.has_filename() ? real : real.parent_path();
}

}  // namespace

absl::Status CheckPlaces(const std::string& output, const std::vector<std::string>& inputs) {
  std::vector<std::string> names = {output};
  names.insert(names.end(), inputs.begin(), inputs.end());
  std::vector<fs::path> places;
  for (const std::string& name : names) {
    std::error_code error;
    if (!places.empty() && !fs::is_directory(name, error)) {
      return absl::NotFoundError(
          absl::StrCat(name, ": ", error ? error.message() : "not a directory"));
    }
    absl::StatusOr<fs::path> place = RealPath(name);
    if (!place.ok()) return place.status();
    for (size_t i = 0; i < places.size(); ++i) {
      if (*place == places[i]) {
        return absl::InvalidArgumentError(absl::StrCat(name, ": the same directory as ", names[i]));
      }
      if (IsWithin(*place, places[i])) {
        return absl::InvalidArgumentError(absl::StrCat(name, ": lies in ", names[i]));
      }
      if (IsWithin(places[i], *place)) {
        return absl::InvalidArgumentError(absl::StrCat(names[i], ": lies in ", name));
      }
    }
    places.push_back(*std::move(place));
  }
  return absl::OkStatus();
}

absl::StatusOr<DatabaseNames> FindDatabases(const std::vector<std::string>& inputs) {
  DatabaseNames names;
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::error_code error;
    fs::recursive_directory_iterator entry(inputs[i], error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      std::error_code ignored;  // a link to nothing is no file
      if (entry->path().extension() == ".rrd" && entry->is_regular_file(ignored)) {
        names[entry->path().lexically_relative(inputs[i]).string()].push_back(i);
      }
    }
    if (error) return absl::UnavailableError(absl::StrCat(inputs[i], ": ", error.message()));
  }
  return names;
}

}  // namespace tstat::rrd_merge
