// SPDX-License-Identifier: BSD-3-Clause
//
// One request and its answer, whatever carries them.
#ifndef TSTAT_RRD_CGI_RESPONDER_H_
#define TSTAT_RRD_CGI_RESPONDER_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/configuration.h"
#include "tstat-rrd-cgi/databases.h"

namespace tstat::viewer {

struct Request {
  std::string method = "GET";
  std::string query_string;
  std::string script_name;  // path of the program in the server
  std::string path_info;    // what follows it
  std::string remote_address;
  std::string if_none_match;

  // From the meta-variables of CGI (RFC 3875); `variable` returns null for those that are not set.
  static Request FromVariables(const std::function<const char*(const char*)>& variable);
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string log;  // for the server's log; empty: nothing

  // As CGI has it; without the body for HEAD.
  [[nodiscard]] std::string Text(bool with_body) const;
};

[[nodiscard]] Response Answer(const Request& request, const absl::StatusOr<Configuration>& settings,
                              const DatabaseReader& reader);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_RESPONDER_H_
