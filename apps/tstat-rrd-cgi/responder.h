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
  std::string remote_user;  // whom the web server has authenticated; empty: nobody
  std::string if_none_match;
  std::string host;                // name and port that the client used
  bool secure = false;             // by TLS
  std::string origin, fetch_site;  // whose page made the request, as the browser says
  std::string content_type, content_length, transfer_encoding;
  std::string body;
  std::string body_problem;  // a sentence, if the body could not be read

  // From the meta-variables of CGI (RFC 3875); `variable` returns null for those that are not set.
  static Request FromVariables(const std::function<const char*(const char*)>& variable);

  // Reads the body of a POST: as many bytes as it is said to have, or to its end if it has no
  // length (chunked), kMaxBody of them at most. `read` returns how many bytes it got, 0 at the end.
  void ReadBody(const std::function<size_t(char* buffer, size_t size)>& read);
};
inline constexpr size_t kMaxBody = 65536;

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string log;  // for the server's log; empty: nothing

  // As CGI has it; without the body for HEAD.
  [[nodiscard]] std::string Text(bool with_body) const;
};

// What is answered to a request that takes too long.
[[nodiscard]] Response TooLateAnswer(const Request& request,
                                     const absl::StatusOr<Configuration>& settings,
                                     const DatabaseReader& reader);

[[nodiscard]] Response Answer(const Request& request, const absl::StatusOr<Configuration>& settings,
                              const DatabaseReader& reader);

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_RESPONDER_H_
