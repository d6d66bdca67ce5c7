// SPDX-License-Identifier: BSD-3-Clause
//
// FORMAT=DESTINATION#OPTIONS as text, of parts that may have any bytes.
//
//   ExportText text("netsage", "amqp://" + UrlHost(host) + ":5672/" + PercentEncoded(vhost));
//   text.Add("queue", queue);
//   text.AddSecret("password", password);          // by a variable of this process' environment
//   Export::Create(text.text(), settings);
#ifndef TSTAT_SHIP_EXPORT_TEXT_H_
#define TSTAT_SHIP_EXPORT_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace tstat::ship {

// All but letters, digits, and "-._~" as %XX.
std::string PercentEncoded(std::string_view text);
// With brackets around an IPv6 address.
std::string UrlHost(std::string_view host);

class ExportText {
 public:
  ExportText(std::string_view format, std::string_view address);
  ~ExportText();  // takes the variables away again
  ExportText(const ExportText&) = delete;
  ExportText& operator=(const ExportText&) = delete;

  void Add(std::string_view name, std::string_view value);
  // Secrets are no part of texts. The variable is set in this process only: it is not what others
  // can see of its environment.
  void AddSecret(std::string_view name, const std::string& value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool has_options_ = false;
  std::vector<std::string> variables_;
};

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_EXPORT_TEXT_H_
