// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/export_text.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace tstat::ship {

std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kUnreserved = "-._~", kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || kUnreserved.find(c) != std::string_view::npos) {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back(kDigits[byte / 16]);
      encoded.push_back(kDigits[byte % 16]);
    }
  }
  return encoded;
}

std::string UrlHost(std::string_view host) {
  const bool is_bare_ipv6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
  return is_bare_ipv6 ? absl::StrCat("[", std::string(host), "]") : std::string(host);
}

ExportText::ExportText(std::string_view format, std::string_view address)
    : text_(absl::StrCat(std::string(format), "=", std::string(address))) {}

ExportText::~ExportText() {
  for (const std::string& name : variables_) unsetenv(name.c_str());
}

void ExportText::Add(std::string_view name, std::string_view value) {
  absl::StrAppend(&text_, has_options_ ? "&" : "#", std::string(name), "=", PercentEncoded(value));
  has_options_ = true;
}

void ExportText::AddSecret(std::string_view name, const std::string& value) {
  const std::string variable = absl::StrCat("TSTAT_SHIP_SECRET_", std::string(name));
  setenv(variable.c_str(), value.c_str(), /*overwrite=*/1);
  variables_.push_back(variable);
  Add(name, "env:" + variable);
}

}  // namespace tstat::ship
