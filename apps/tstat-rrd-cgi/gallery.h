// SPDX-License-Identifier: BSD-3-Clause
//
// Kept graphs: what a visitor thought worth keeping, with a text and a copy of the picture as it
// was. Settings are kept, not commands: a graph is built from them anew, with the checks of every
// request.
//
// In the directory, which has to be there: ID.json and ID.png of each entry, and `secret` (mode
// 600), which forms are signed with. Everything is created exclusively under a name of its own and
// then gets its name; symbolic links are not followed.
#ifndef TSTAT_RRD_CGI_GALLERY_H_
#define TSTAT_RRD_CGI_GALLERY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/files.h"
#include "tstat-rrd-cgi/query.h"

namespace tstat::viewer {

// Bytes of an entry's text and of its picture.
inline constexpr size_t kMaxGalleryText = 4096, kMaxGalleryPicture = size_t{2} << 20;

struct GalleryEntry {
  std::string id;     // 32 hexadecimal digits
  int64_t added = 0;  // Unix time
  std::string text;
  Query query;       // with a template, and a duration or a span
  int64_t last = 0;  // Unix time of the graph's end
};

[[nodiscard]] bool IsGalleryId(std::string_view text);
// UTF-8 of at most kMaxGalleryText bytes; of control characters only tab and end of line.
[[nodiscard]] bool IsGalleryText(std::string_view text);

class Gallery {
 public:
  explicit Gallery(const std::string& directory);

  // Newest first. What is no entry is left out.
  [[nodiscard]] std::vector<GalleryEntry> Entries() const;
  // NOT_FOUND without such an entry.
  [[nodiscard]] absl::StatusOr<GalleryEntry> Entry(const std::string& id) const;
  [[nodiscard]] absl::StatusOr<std::string> Picture(const std::string& id) const;

  // The entry gets an id. RESOURCE_EXHAUSTED where there are `most` of them; else the cause, which
  // is for the log.
  [[nodiscard]] absl::Status Add(GalleryEntry entry, std::string_view picture, size_t most);
  // NOT_FOUND without such an entry.
  [[nodiscard]] absl::Status Remove(const std::string& id);

  // Made by whoever asks first. The error is for the log.
  [[nodiscard]] absl::StatusOr<std::string> Secret();

 private:
  // NOT_FOUND if there is none yet.
  [[nodiscard]] absl::StatusOr<std::string> ReadSecret() const;
  // Nothing else changes the gallery as long as it is there.
  [[nodiscard]] absl::StatusOr<Descriptor> Locked() const;
  [[nodiscard]] std::vector<std::string> Names() const;
  [[nodiscard]] std::vector<std::string> Ids() const;
  // Of processes that were killed: what no entry has.
  void RemoveLeftOvers(const std::vector<std::string>& ids);

  std::string path_;
  Descriptor directory_;
};

// What a form has to bring along: signed, for one client, for some hours.
[[nodiscard]] std::string GalleryToken(std::string_view secret, std::string_view client,
                                       int64_t now);
[[nodiscard]] bool IsGalleryToken(std::string_view token, std::string_view secret,
                                  std::string_view client, int64_t now);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_GALLERY_H_
