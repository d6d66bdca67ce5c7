// SPDX-License-Identifier: BSD-3-Clause
#include "startup/packet_filter_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tstat/text_file.h"

namespace tstat::cli {
namespace {

// What both let through; an empty one lets through everything.
std::string JoinFilters(const std::string& file, const std::string& expression) {
  if (absl::StripAsciiWhitespace(file).empty()) return expression;
  if (expression.empty()) return file;
  return absl::StrCat("(", file, ") and (", expression, ")");
}

}  // namespace

absl::StatusOr<std::string> PacketFilterText(const Settings& settings) {
  if (settings.filter_file.empty()) return settings.filter_expression;
  absl::StatusOr<std::string> text = ReadTextFile(settings.filter_file);
  if (!text.ok()) return text.status();
  return JoinFilters(*text, settings.filter_expression);
}

}  // namespace tstat::cli
