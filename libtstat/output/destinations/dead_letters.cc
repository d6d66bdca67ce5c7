// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/dead_letters.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace tstat::internal {
namespace {

// `text` is clean.
std::string QuotedForJson(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::string CleanText(std::string_view text, size_t most) {
  std::string clean;
  for (const char c : text) {
    if (clean.size() == most) {
      clean += "...";
      break;
    }
    const bool is_space = absl::ascii_isspace(static_cast<unsigned char>(c));
    if (is_space && (clean.empty() || clean.back() == ' ')) continue;
    const bool is_printable = absl::ascii_isprint(static_cast<unsigned char>(c));
    clean += is_space ? ' ' : is_printable ? c : '?';
  }
  while (clean.ends_with(' ')) clean.pop_back();
  return clean;
}

absl::Status DeadLetters::Restore(uint64_t bytes) {
  absl::StatusOr<std::unique_ptr<SpoolFile>> file = folder_.Open(kDeadLettersName);
  if (absl::IsNotFound(file.status())) return absl::OkStatus();
  if (!file.ok()) return file.status();
  const absl::StatusOr<uint64_t> size = (*file)->Size();
  if (!size.ok()) return size.status();
  if (*size > bytes) {
    absl::Status status = (*file)->Truncate(bytes);
    if (!status.ok()) return status;
  }
  bytes_ = std::min(*size, bytes);
  file_ = *std::move(file);
  return absl::OkStatus();
}

absl::Status DeadLetters::Add(const Batch& batch, std::string_view why, int64_t time_s,
                              bool* is_full) {
  std::string letter = absl::StrCat(
      "{\"id\":", QuotedForJson(CleanText(batch.id.ToString())), ",\"rows\":", batch.rows,
      ",\"content_type\":", QuotedForJson(CleanText(batch.content_type)), ",\"time\":", time_s,
      ",\"why\":", QuotedForJson(CleanText(why)),
      ",\"bytes\":", batch.header.size() + batch.body.size(), "}\n", batch.header, batch.body);
  letter += '\n';
  // One that was moved away, to be looked at, begins anew.
  if (absl::IsNotFound(folder_.Open(kDeadLettersName).status())) {
    file_.reset();
    bytes_ = 0;
  }
  *is_full = letter.size() > max_bytes_ - std::min(max_bytes_, bytes_);
  if (*is_full) return absl::ResourceExhaustedError("the file of dead letters has its full size");
  if (file_ == nullptr) {
    absl::StatusOr<std::unique_ptr<SpoolFile>> file = folder_.Create(kDeadLettersName);
    if (!file.ok()) return file.status();
    file_ = *std::move(file);
    (void)folder_.Sync();
  }
  const absl::StatusOr<uint64_t> size = file_->Size();
  if (!size.ok()) return size.status();
  bytes_ = std::min(bytes_, *size);
  absl::Status status = file_->WriteAt(bytes_, letter);
  if (!status.ok()) {
    (void)file_->Truncate(bytes_);
    return status;
  }
  bytes_ += letter.size();
  return absl::OkStatus();
}

}  // namespace tstat::internal
