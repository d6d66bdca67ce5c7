// SPDX-License-Identifier: BSD-3-Clause
//
// Pictures, drawn by librrd in this process, and those that were drawn before.
#ifndef TSTAT_RRD_CGI_PICTURE_H_
#define TSTAT_RRD_CGI_PICTURE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/configuration.h"
#include "tstat-rrd-cgi/graph_command.h"
#include "tstat-rrd-cgi/query.h"

namespace tstat::viewer {

struct FormatInfo {
  View view;
  std::string_view suffix, librrd_name, content_type;
};
// REQUIRES: the view is a picture.
[[nodiscard]] const FormatInfo& FormatOf(View view);

struct PictureForm {
  View format = View::kPng;
  Theme theme = Theme::kPlain;
  bool dense = false;
  bool small = false;
};

// The graph's arguments with those of the form.
[[nodiscard]] std::vector<std::string> PictureArguments(const Graph& graph,
                                                        const PictureForm& form);

// Names a picture: changes with its arguments, its databases, and the time zone.
[[nodiscard]] std::string PictureKey(std::span<const std::string> arguments,
                                     std::span<const std::string> databases);

// Unix time of the last change of any of the databases; 0 if there is none.
[[nodiscard]] int64_t LastChange(std::span<const std::string> databases);

// Where the graph is in its picture, without axes and legend: shares of the width from the left and
// of the height from the top. Its left edge is the time `start`, its right one `end` (Unix time).
struct PlotArea {
  double left = 0, right = 1, top = 0, bottom = 1;
  int64_t start = 0, end = 0;
};
// Draws to find out. INTERNAL with librrd's message, which is for the log.
[[nodiscard]] absl::StatusOr<PlotArea> PlotAreaOf(std::span<const std::string> arguments);

// The bytes of the picture. INTERNAL with librrd's message, which is for the log.
[[nodiscard]] absl::StatusOr<std::string> Draw(std::span<const std::string> arguments);

// The picture of that key from the image directory, or drawn and kept there as far as there is
// room; a directory that cannot be used is done without.
[[nodiscard]] absl::StatusOr<std::string> CachedPicture(const Configuration& settings,
                                                        const std::string& key,
                                                        const PictureForm& form,
                                                        std::span<const std::string> arguments);

// Deletes the oldest pictures until all of them have at most `limit` bytes and none is older than a
// week, and what was left over by processes that were killed. Other files are left alone.
void TrimPictures(int directory, uint64_t limit);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_PICTURE_H_
