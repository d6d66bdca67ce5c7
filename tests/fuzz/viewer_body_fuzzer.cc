// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: what is sent to the web viewer with POST: forms of the gallery, JSON of data
// sources, and the names and times in them. What passes is bounded, and means what it says.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tstat-rrd-cgi/gallery.h"
#include "tstat-rrd-cgi/gallery_form.h"
#include "tstat-rrd-cgi/grafana_targets.h"
#include "tstat-rrd-cgi/json_body.h"
#include "tstat-rrd-cgi/query.h"

namespace tstat::viewer {
namespace {

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void CheckTarget(std::string_view text) {
  const std::optional<Target> target = ParseTarget(text);
  if (!target) return;
  Require(target->Text() == text, "another name");
  Require(target->trace.empty() || IsCleanTraceName(target->trace), "not a clean name");
  const Query query = target->ToQuery();
  for (const std::string* part :
       {&query.var, &query.direction, &query.graph_template, &query.include, &query.exclude}) {
    Require(part->find_first_of("/\\:'\"<>&;|$`*? ") == std::string::npos, "not plain");
  }
}

void CheckTime(const Json& value) {
  const std::optional<int64_t> time = MillisecondsOf(value);
  if (!time || !value.is_string()) return;
  constexpr int64_t kYears = int64_t{10000} * 366 * 86400 * 1000;
  Require(*time > -kYears && *time < kYears, "not a time of four digits of year");
}

// All texts of it, wherever they stand.
void CheckTexts(const Json& value, int depth) {
  Require(depth <= kMaxJsonDepth, "too deep");
  CheckTime(value);
  if (value.is_string()) CheckTarget(value.get_ref<const std::string&>());
  if (!value.is_structured()) return;
  for (const Json& member : value) CheckTexts(member, depth + 1);
}

void CheckJson(std::string_view text) {
  const absl::StatusOr<Json> body = ParseJsonBody(text);
  if (!body.ok()) {
    Require(absl::IsInvalidArgument(body.status()), "another error");
    return;
  }
  Require(body->is_object(), "no object");
  CheckTexts(*body, 0);
  for (const char* name : {"target", "range", "maxDataPoints"}) {
    (void)TextMember(*body, name);
    (void)NumberMember(*body, name);
    CheckTime(Member(*body, name));
  }
}

void CheckForm(std::string_view text) {
  const absl::StatusOr<GalleryForm> form = ParseGalleryForm(text);
  if (!form.ok()) {
    Require(absl::IsInvalidArgument(form.status()), "another error of a form");
    return;
  }
  Require(form->save == form->removed.empty(), "two things at once");
  Require(form->text.find('\r') == std::string::npos, "a line end of another system");
  Require(!IsGalleryToken(form->token, "secret", "client", 1500000000), "a token was guessed");
  if (IsGalleryId(form->removed)) Require(form->removed.size() == 32, "not an id");
  if (IsGalleryText(form->text)) Require(IsUtf8(form->text), "not UTF-8");
  (void)ParseQuery(form->settings);
}

}  // namespace
}  // namespace tstat::viewer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  tstat::viewer::CheckJson(text);
  tstat::viewer::CheckForm(text);
  tstat::viewer::CheckTarget(text);
  return 0;
}
