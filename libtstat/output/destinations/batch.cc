// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/batch.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace tstat::internal {
namespace {

Batch PartOf(const Batch& batch, const char* part, std::string_view body) {
  Batch result;
  result.id = batch.id;
  absl::StrAppend(&result.id.part, result.id.part.empty() ? "" : ".", part);
  result.content_type = batch.content_type;
  result.header = batch.header;
  result.body = body;
  result.splits_by_lines = true;
  // A last line may have no end.
  result.rows = static_cast<uint32_t>(std::count(body.begin(), body.end(), '\n')) +
                (body.ends_with('\n') ? 0 : 1);
  return result;
}

}  // namespace

std::string BatchId::ToString() const {
  return absl::StrCat(probe, "/", run, "/", sequence, part.empty() ? "" : ".", part);
}

bool IsBatchName(const std::string& name) {
  constexpr size_t kMostCharacters = 64;
  return !name.empty() && name.size() <= kMostCharacters &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
         });
}

bool SplitBatch(const Batch& batch, Batch* first, Batch* second) {
  const std::string_view body = batch.body;
  if (!batch.splits_by_lines || body.size() < 2) return false;
  // The end of line that is nearest to the middle; that of the last line is none.
  const std::string_view ends = body.substr(0, body.size() - 1);
  const size_t middle = body.size() / 2, after = ends.find('\n', middle);
  size_t end = ends.rfind('\n', middle);
  if (end == std::string_view::npos ||
      (after != std::string_view::npos && after - middle < middle - end)) {
    end = after;
  }
  if (end == std::string_view::npos) return false;
  const Batch whole = batch;  // `first` may be it
  *first = PartOf(whole, "1", std::string_view(whole.body).substr(0, end + 1));
  *second = PartOf(whole, "2", std::string_view(whole.body).substr(end + 1));
  return true;
}

}  // namespace tstat::internal
