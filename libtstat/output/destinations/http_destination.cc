// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/http_destination.h"

#ifdef TSTAT_LIBCURL
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "output/destinations/http_answer.h"
#include "output/destinations/sections.h"
#include "output/loaded_library.h"
#endif

namespace tstat::internal {

#ifdef TSTAT_LIBCURL
namespace {

constexpr size_t kKeptAnswer = 4096;             // for messages
constexpr size_t kMostAnswer = size_t{1} << 20;  // a longer one is not read to its end

struct CurlFunctions {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) init = nullptr;
  decltype(&curl_easy_cleanup) cleanup = nullptr;
  decltype(&curl_easy_reset) reset = nullptr;
  decltype(&curl_easy_setopt) setopt = nullptr;
  decltype(&curl_easy_perform) perform = nullptr;
  decltype(&curl_easy_getinfo) getinfo = nullptr;
  decltype(&curl_easy_strerror) strerror = nullptr;
  decltype(&curl_slist_append) append = nullptr;
  decltype(&curl_slist_free_all) free_all = nullptr;
  bool is_loaded = false;
};

CurlFunctions LoadCurl() {
  const LoadedLibrary library(TSTAT_LIBCURL);
  CurlFunctions f;
  f.is_loaded =
      library.Find("curl_global_init", &f.global_init) && library.Find("curl_easy_init", &f.init) &&
      library.Find("curl_easy_cleanup", &f.cleanup) && library.Find("curl_easy_reset", &f.reset) &&
      library.Find("curl_easy_setopt", &f.setopt) &&
      library.Find("curl_easy_perform", &f.perform) &&
      library.Find("curl_easy_getinfo", &f.getinfo) &&
      library.Find("curl_easy_strerror", &f.strerror) &&
      library.Find("curl_slist_append", &f.append) &&
      library.Find("curl_slist_free_all", &f.free_all) &&
      f.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return f;
}

// Loaded once, with the first destination that needs it.
const CurlFunctions& Curl() {
  static const CurlFunctions functions = LoadCurl();
  return functions;
}

// One request's.
struct Exchange {
  HttpAnswer answer;
  bool has_head = false;  // all header lines of the answer
  size_t answer_bytes = 0;
  const std::stop_token* stop = nullptr;
};

size_t TakeBody(char* data, size_t size, size_t count, void* exchange) {
  auto* const e = static_cast<Exchange*>(exchange);
  const size_t bytes = size * count;
  e->answer_bytes += bytes;
  const size_t kept = std::min(bytes, kKeptAnswer - std::min(kKeptAnswer, e->answer.body.size()));
  e->answer.body.append(data, kept);
  return e->answer_bytes <= kMostAnswer ? bytes : 0;
}

size_t TakeHeader(char* data, size_t size, size_t count, void* exchange) {
  constexpr size_t kMostValue = 100;
  auto* const e = static_cast<Exchange*>(exchange);
  absl::string_view line(data, size * count);
  // A new status line: what came before was an interim answer.
  if (absl::StartsWith(line, "HTTP/")) e->answer.retry_after.clear();
  e->has_head = line == "\r\n" || line == "\n";
  constexpr absl::string_view kRetryAfter = "retry-after:";
  if (absl::StartsWithIgnoreCase(line, kRetryAfter)) {
    line = absl::StripAsciiWhitespace(line.substr(kRetryAfter.size()));
    e->answer.retry_after = std::string(line.substr(0, kMostValue));
  }
  return size * count;
}

int GoesOn(void* exchange, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(exchange)->stop->stop_requested() ? 1 : 0;
}

class HttpDestination : public Destination {
 public:
  HttpDestination(HttpDestinationOptions options, const CurlFunctions& functions)
      : options_(std::move(options)), curl_(functions) {}
  ~HttpDestination() override { HttpDestination::Close(); }
  HttpDestination(const HttpDestination&) = delete;
  HttpDestination& operator=(const HttpDestination&) = delete;

  std::string name() const override { return options_.url.Name(); }
  Outcome Send(const Batch& batch, const std::stop_token& stop) override;
  void Close() override {
    if (handle_ != nullptr) curl_.cleanup(std::exchange(handle_, nullptr));
  }

 private:
  template <typename Value>
  void Set(CURLoption option, Value value) {
    curl_.setopt(handle_, option, value);
  }
  // A request.
  Outcome Post(const Batch& batch, std::string_view body, const std::stop_token& stop);
  void SetConnection();
  curl_slist* HeadersOf(const Batch& batch) const;

  const HttpDestinationOptions options_;
  const CurlFunctions& curl_;
  CURL* handle_ = nullptr;
};

void HttpDestination::SetConnection() {
  const std::string url = options_.url.ToString();
  Set(CURLOPT_URL, url.c_str());
  Set(CURLOPT_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_USERAGENT, "tstat");
  Set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(options_.connect_timeout.count()));
  Set(CURLOPT_TIMEOUT, static_cast<long>(options_.timeout.count()));
  Set(CURLOPT_SSL_VERIFYPEER, 1L);
  Set(CURLOPT_SSL_VERIFYHOST, 2L);
  Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options_.ca.empty()) {
    Set(CURLOPT_CAINFO, options_.ca.c_str());
    Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!options_.certificate.empty()) Set(CURLOPT_SSLCERT, options_.certificate.c_str());
  if (!options_.key.empty()) Set(CURLOPT_SSLKEY, options_.key.c_str());
  if (!options_.user.empty()) {
    Set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    Set(CURLOPT_USERNAME, options_.user.c_str());
    Set(CURLOPT_PASSWORD, options_.password.c_str());
  }
}

curl_slist* HttpDestination::HeadersOf(const Batch& batch) const {
  curl_slist* list = nullptr;
  const auto add = [this, &list](const std::string& line) {
    curl_slist* const longer = curl_.append(list, line.c_str());
    if (longer != nullptr) list = longer;
  };
  const BatchId& id = batch.id;
  add(absl::StrCat("Content-Type: ", batch.content_type == kSectionsType
                                         ? std::string("application/octet-stream")
                                         : batch.content_type));
  add(absl::StrCat("X-Tstat-Probe: ", id.probe));
  add(absl::StrCat("X-Tstat-Run: ", id.run));
  add(absl::StrCat("X-Tstat-Sequence: ", id.sequence, id.part.empty() ? "" : ".", id.part));
  for (const std::string& line : options_.headers) add(line);
  return list;
}

Outcome HttpDestination::Send(const Batch& batch, const std::stop_token& stop) {
  if (batch.content_type != kSectionsType) {
    return batch.header.empty() ? Post(batch, batch.body, stop)
                                : Post(batch, batch.header + batch.body, stop);
  }
  Outcome refused = Outcome::Delivered();
  SectionReader sections(batch.body);
  while (const std::optional<std::string_view> request = sections.Next()) {
    Outcome outcome = Post(batch, *request, stop);
    if (outcome.kind == Outcome::Kind::kDelivered) continue;
    // What one table does not take others do; at the next try all come again.
    if (outcome.kind != Outcome::Kind::kRejected) return outcome;
    refused = std::move(outcome);
  }
  return sections.at_end() ? refused : Outcome::Rejected("the batch is cut");
}

Outcome HttpDestination::Post(const Batch& batch, std::string_view body,
                              const std::stop_token& stop) {
  if (handle_ == nullptr) handle_ = curl_.init();
  if (handle_ == nullptr) return Outcome::TryAgain("libcurl has no memory");
  curl_.reset(handle_);  // keeps connections
  SetConnection();
  Exchange exchange;
  exchange.stop = &stop;
  std::array<char, CURL_ERROR_SIZE> error{};
  Set(CURLOPT_ERRORBUFFER, error.data());
  Set(CURLOPT_WRITEFUNCTION, &TakeBody);
  Set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
  Set(CURLOPT_HEADERFUNCTION, &TakeHeader);
  Set(CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
  Set(CURLOPT_NOPROGRESS, 0L);
  Set(CURLOPT_XFERINFOFUNCTION, &GoesOn);
  Set(CURLOPT_XFERINFODATA, static_cast<void*>(&exchange));
  Set(CURLOPT_POST, 1L);
  Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  Set(CURLOPT_POSTFIELDS, body.data());
  curl_slist* const headers = HeadersOf(batch);
  Set(CURLOPT_HTTPHEADER, headers);

  const CURLcode result = curl_.perform(handle_);
  long status = 0;
  curl_.getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  // Nothing of this call is looked at again.
  curl_.reset(handle_);
  curl_.free_all(headers);
  exchange.answer.status = status;
  // A server that has said no may hang up before it was sent everything; one that has more to say
  // than is read has said what counts.
  const bool has_said_all =
      result == CURLE_OK || status >= 400 || (result == CURLE_WRITE_ERROR && status >= 200);
  if (has_said_all && exchange.has_head)
    return OutcomeOf(exchange.answer, batch.rows, std::time(nullptr));
  return Outcome::TryAgain(error[0] != '\0'     ? error.data()
                           : result != CURLE_OK ? curl_.strerror(result)
                                                : "the answer ends before it has begun");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Destination>> MakeHttpDestination(HttpDestinationOptions options) {
  const CurlFunctions& functions = Curl();
  if (!functions.is_loaded) {
    return absl::UnimplementedError(absl::StrCat(options.url.scheme, " needs ", TSTAT_LIBCURL,
                                                 ", which this machine has not (libcurl4)"));
  }
  return std::make_unique<HttpDestination>(std::move(options), functions);
}

#else

absl::StatusOr<std::unique_ptr<Destination>> MakeHttpDestination(
    HttpDestinationOptions /*options*/) {
  return absl::UnimplementedError("this tstat was built without HTTP (TSTAT_WITH_CURL)");
}

#endif

}  // namespace tstat::internal
