// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/influx_database.h"

#ifdef TSTAT_LIBCURL
#include <curl/curl.h>
#endif

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "loaded-library/loaded_library.h"
#include "tstat-ship/export_text.h"

namespace tstat::ship {

#ifdef TSTAT_LIBCURL
namespace {

constexpr size_t kMostAnswerBytes = size_t{1} << 20;

// The functions of libcurl, which is loaded when it is asked for.
struct Curl {
  decltype(&curl_easy_init) init = nullptr;
  decltype(&curl_easy_cleanup) cleanup = nullptr;
  decltype(&curl_easy_setopt) setopt = nullptr;
  decltype(&curl_easy_perform) perform = nullptr;
  decltype(&curl_easy_getinfo) getinfo = nullptr;
  decltype(&curl_easy_strerror) strerror = nullptr;
};

bool LoadCurlFunctions(Curl* curl) {
  const LoadedLibrary library(TSTAT_LIBCURL);
  return library.Find("curl_easy_init", &curl->init) &&
         library.Find("curl_easy_cleanup", &curl->cleanup) &&
         library.Find("curl_easy_setopt", &curl->setopt) &&
         library.Find("curl_easy_perform", &curl->perform) &&
         library.Find("curl_easy_getinfo", &curl->getinfo) &&
         library.Find("curl_easy_strerror", &curl->strerror);
}

size_t TakeAnswer(char* data, size_t size, size_t count, void* answer) {
  auto* const text = static_cast<std::string*>(answer);
  text->append(data, std::min(size * count, kMostAnswerBytes - text->size()));
  return size * count;
}

struct QueryAnswer {
  long status = 0;
  std::string body;
};

absl::StatusOr<QueryAnswer> Query(const Curl& curl, const InfluxServer& server,
                                  std::string_view query) {
  CURL* const handle = curl.init();
  if (handle == nullptr) return absl::ResourceExhaustedError("libcurl has no memory");
  QueryAnswer answer;
  std::array<char, CURL_ERROR_SIZE> error{};
  const std::string url = absl::StrCat(server.base, "/query?db=", PercentEncoded(server.database));
  const std::string body = "q=" + PercentEncoded(query);
  curl.setopt(handle, CURLOPT_URL, url.c_str());
  curl.setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl.setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl.setopt(handle, CURLOPT_USERAGENT, "tstat");
  curl.setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
  curl.setopt(handle, CURLOPT_ERRORBUFFER, error.data());
  curl.setopt(handle, CURLOPT_WRITEFUNCTION, &TakeAnswer);
  curl.setopt(handle, CURLOPT_WRITEDATA, static_cast<void*>(&answer.body));
  curl.setopt(handle, CURLOPT_CONNECTTIMEOUT, static_cast<long>(server.connect_timeout.count()));
  curl.setopt(handle, CURLOPT_TIMEOUT, static_cast<long>(server.timeout.count()));
  if (!server.user.empty()) {
    curl.setopt(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl.setopt(handle, CURLOPT_USERNAME, server.user.c_str());
    curl.setopt(handle, CURLOPT_PASSWORD, server.password.c_str());
  }
  const CURLcode result = curl.perform(handle);
  curl.getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
  curl.cleanup(handle);
  if (result == CURLE_OK) return answer;
  return absl::UnavailableError(error[0] != '\0' ? error.data() : curl.strerror(result));
}

bool HasError(const QueryAnswer& answer) { return answer.body.find("error") != std::string::npos; }

absl::Status RefusedBy(const QueryAnswer& answer) {
  constexpr size_t kShown = 200;
  std::string said = answer.body.substr(0, kShown);
  for (char& c : said) {
    if (c < ' ' || c > '~') c = ' ';
  }
  return absl::UnavailableError(absl::StrCat("HTTP ", answer.status, ": ", said));
}

}  // namespace

absl::StatusOr<DatabaseState> EnsureDatabase(const InfluxServer& server) {
  constexpr long kMultipleChoices = 300, kBadRequest = 400;
  Curl curl;
  if (!LoadCurlFunctions(&curl)) {
    return absl::UnimplementedError(
        absl::StrCat("http needs ", TSTAT_LIBCURL, ", which this machine has not (libcurl4)"));
  }
  absl::StatusOr<QueryAnswer> answer = Query(curl, server, "SHOW FIELD KEYS");
  if (!answer.ok()) return answer.status();
  if (answer->status >= kMultipleChoices && answer->status != kBadRequest) {
    return RefusedBy(*answer);
  }
  if (!HasError(*answer)) return DatabaseState::kWasThere;
  std::string name;
  for (const char c : server.database) {
    if (c == '"' || c == '\\') name.push_back('\\');
    name.push_back(c);
  }
  answer = Query(curl, server, absl::StrCat("CREATE DATABASE \"", name, "\""));
  if (!answer.ok()) return answer.status();
  if (answer->status >= kMultipleChoices || HasError(*answer)) return RefusedBy(*answer);
  return DatabaseState::kMade;
}

#else

absl::StatusOr<DatabaseState> EnsureDatabase(const InfluxServer& /*server*/) {
  return absl::UnimplementedError("this tstat was built without HTTP (TSTAT_WITH_CURL)");
}

#endif

}  // namespace tstat::ship
