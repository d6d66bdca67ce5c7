// SPDX-License-Identifier: BSD-3-Clause
//
// Changes of the gallery: what the forms of the pages send with POST.
//
//   gallery_save=1     with gallery_text and the settings of a graph (dir, var, direction,
//   template,
//                      duration, ...): keeps it
//   gallery_delete=ID  removes an entry
//   gallery_token      of the page that the form stands on
#ifndef TSTAT_RRD_CGI_GALLERY_FORM_H_
#define TSTAT_RRD_CGI_GALLERY_FORM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tstat-rrd-cgi/page_model.h"
#include "tstat-rrd-cgi/responder.h"

namespace tstat::viewer {

// Whether the configuration lets anybody change the gallery, and this client.
[[nodiscard]] bool HasGalleryForms(const Configuration& settings);
[[nodiscard]] bool MayChangeGallery(const Request& request, const PageContext& context);

// For the forms of a page; empty if the client may not change the gallery, or if that cannot be
// written (then `log` says why).
[[nodiscard]] std::string GalleryTokenFor(const Request& request, const PageContext& context,
                                          int64_t now, std::string& log);

struct GalleryForm {
  std::string token, text, removed;
  bool save = false;
  std::string settings;  // the other fields, as a query string
};
// INVALID_ARGUMENT with a sentence.
[[nodiscard]] absl::StatusOr<GalleryForm> ParseGalleryForm(std::string_view body);

// 303 when it is done; 400, 403, 404, 405, 503 and a sentence when it is not.
struct GalleryOutcome {
  int status = 303;
  std::string sentence;
  std::string log;
};
[[nodiscard]] GalleryOutcome ChangeGallery(const Request& request, const PageContext& context,
                                           int64_t now);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_GALLERY_FORM_H_
