// SPDX-License-Identifier: BSD-3-Clause
//
// The page of the gallery, and the form that each graph has where its visitor may keep it.
#ifndef TSTAT_RRD_CGI_GALLERY_PAGE_H_
#define TSTAT_RRD_CGI_GALLERY_PAGE_H_

#include <string_view>

#include "tstat-rrd-cgi/gallery.h"
#include "tstat-rrd-cgi/page_model.h"
#include "tstat-rrd-cgi/view_state.h"

namespace tstat::viewer {

// Adds `gallery` and what stands around it:
//
//   {"as_now": bool, "views": [{"text", "href", "current"}],
//    "entries": [{"id", "heading", "text", "added", "note", "href",
//                 "kept": {"src", "width", "height"} or "picture": {...}, "message"}]}
//
// An entry that cannot be drawn has a `message`. Entries of traces that the client may not see are
// left out.
void AddGallery(const Query& query, const PageContext& context, Json& model);

// Whether it is of a trace that the client may not see.
[[nodiscard]] bool IsHiddenEntry(const GalleryEntry& entry, const PageContext& context);

// What a form to keep the graph of a query has, apart from the token: {fields: [{name, value}],
// text}, where the text is what its field begins with.
[[nodiscard]] Json GalleryFields(const ViewState& state, const Query& query);

// For the HTML templates.
[[nodiscard]] std::string_view GalleryTemplate();

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_GALLERY_PAGE_H_
