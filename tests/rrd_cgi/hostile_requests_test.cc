// SPDX-License-Identifier: BSD-3-Clause
//
// Requests that no browser sends, made by grammars: addresses, forms, and JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/gallery.h"
#include "tstat-rrd-cgi/query.h"

namespace tstat::viewer {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;

class HostileRequestsTest : public ViewerTest {
 protected:
  void SetUp() override {
    Make("Lab", "ip_len_in.idx40.rrd");
    Make("test1", "ip_len_in.idx40.rrd");
    fs::create_directories(directory_ / "secret");
    fs::create_directories(settings_.gallery_dir);
    std::ofstream(directory_ / "secret" / "README") << "secret text";
  }
  static void ExpectNothingOfOthers(const Response& response, const std::string& request) {
    const std::string body = WithoutOwnScript(response.body);
    for (const char* never : {"root:", "secret text", "<script", "AVERAGE\"", "uid="}) {
      EXPECT_EQ(body.find(never), std::string::npos) << request;
    }
  }
  // Files that are there, and how large they are.
  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& item : fs::recursive_directory_iterator(directory_)) {
      if (item.path().string().starts_with(settings_.image_dir)) continue;
      files.push_back(item.path().string() +
                      (item.is_regular_file() ? std::to_string(item.file_size()) : ""));
    }
    std::ranges::sort(files);
    return files;
  }
};

// Requests made by a grammar: known parameters with values that were made to break something.
std::vector<std::string> HostileRequests(size_t count) {
  const std::vector<std::string> names = {
      "dir",    "var",     "direction",     "template",       "duration", "logscale",
      "bigpic", "advopt",  "advcmd",        "yauto",          "ymin",     "ymax",
      "hifreq", "exclude", "include",       "format",         "style",    "view",
      "theme",  "scale",   "gallery_show",  "gallery_add",    "describe", "x",
      "start",  "end",     "gallery_asnow", "gallery_delete", "per",      "size"};
  const std::vector<std::string> values = {"",
                                           "Lab",
                                           "ip_len",
                                           "in",
                                           "idx",
                                           "12h",
                                           "true",
                                           "-1",
                                           "ALL",
                                           "1e308",
                                           "1e309",
                                           "nan",
                                           "0x1",
                                           "..",
                                           "../..",
                                           "/",
                                           "//",
                                           "/etc/passwd",
                                           "Lab/..",
                                           "./Lab",
                                           "%00",
                                           "Lab%00.rrd",
                                           "%0d%0a",
                                           "%",
                                           "%g0",
                                           "%c0%ae%c0%ae/",
                                           "%ff%fe",
                                           "%e2%80%ae",
                                           "'",
                                           "%22",
                                           "%3cscript%3e",
                                           "%26",
                                           "%3b",
                                           "$(id)",
                                           "`id`",
                                           "|id",
                                           "*",
                                           "?",
                                           "[a]",
                                           "{a,b}",
                                           "~",
                                           "%5c",
                                           ":",
                                           "DEF:a=b:c:AVERAGE",
                                           "--imginfo",
                                           "99999999999999999999",
                                           "9999y",
                                           "0h",
                                           "1,,2",
                                           "png",
                                           "json",
                                           "svg",
                                           "exe",
                                           std::string(257, 'a'),
                                           std::string(64, '9'),
                                           std::string(200, '/')};
  std::mt19937 random(14);
  const auto pick = [&](const std::vector<std::string>& from) {
    return from[std::uniform_int_distribution<size_t>(0, from.size() - 1)(random)];
  };
  std::vector<std::string> all;
  while (all.size() < count) {
    std::string query;
    for (int parts = std::uniform_int_distribution<int>(1, 5)(random); parts > 0; --parts) {
      query += pick(names) + (random() % 16 == 0 ? "" : "=") + pick(values);
      if (random() % 8 == 0) query += pick(values);
      query += random() % 2 == 0 ? "&" : ";";
    }
    all.push_back(query);
  }
  return all;
}

TEST_F(HostileRequestsTest, AddressesGetAnAnswerAndNothingElse) {
  const FixedReader reader;
  const std::vector<std::string> before = Files();
  size_t refused = 0;
  for (const std::string& query : HostileRequests(1000)) {
    Request request;
    request.query_string = query;
    const Response response = Answer(request, settings_, reader);
    EXPECT_THAT(response.status, AnyOf(200, 400, 404, 405)) << query;
    ExpectNothingOfOthers(response, query);
    if (response.status != 200) ++refused;
  }
  EXPECT_GT(refused, 500u);
  EXPECT_EQ(Files(), before);
}

// Paths below the program, of which some are there.
TEST_F(HostileRequestsTest, PathsGetAnAnswerAndNothingElse) {
  const std::vector<std::string> before = Files();
  std::mt19937 random(15);
  const std::vector<std::string> parts = {
      "/",         "query",  "search", "annotations", "..",   "gallery",
      "style.css", "%2e%2e", "secret", "README",      ".png", "a",
      "\0",        "etc",    "passwd", "//",          "*",    "traces.index"};
  for (int i = 0; i < 500; ++i) {
    Request request;
    request.path_info = "/";
    for (size_t n = random() % 6; n > 0; --n) request.path_info += parts[random() % parts.size()];
    request.method = random() % 2 == 0 ? "GET" : "POST";
    const Response response = Get("", request);
    EXPECT_THAT(response.status, AnyOf(200, 400, 404, 405)) << request.path_info;
    ExpectNothingOfOthers(response, request.path_info);
  }
  EXPECT_EQ(Files(), before);
}

// Forms from a client that may change the gallery, with a token that holds and without.
TEST_F(HostileRequestsTest, FormsChangeNothingUnlessTheyAreWhole) {
  settings_.gallery_for_users = true;
  Request request;
  request.remote_user = "ada";
  const auto secret = Gallery(settings_.gallery_dir).Secret();
  ASSERT_TRUE(secret.ok());
  const std::string token = GalleryToken(*secret, "ada\n", std::time(nullptr));
  const std::vector<std::string> before = Files();
  std::mt19937 random(16);
  const std::vector<std::string> others = {"gallery_delete=..%2f..%2fsecret%2fREADME",
                                           "gallery_delete=secret",
                                           "gallery_save=1&gallery_add=/etc/passwd",
                                           "gallery_save=1&gallery_text=%00",
                                           "gallery_save=1&dir=..%2fsecret",
                                           "gallery_save=1&duration=1h&template=idx",
                                           "gallery_delete=" + std::string(60000, 'a'),
                                           "gallery_text=%",
                                           std::string("\0\xff", 2)};
  request.method = "POST";
  for (const std::string& query : HostileRequests(500)) {
    request.content_type =
        random() % 8 == 0 ? "multipart/form-data; boundary=x" : "application/x-www-form-urlencoded";
    request.body = random() % 4 == 0 ? "" : "gallery_token=" + token + "&";
    request.body += others[random() % others.size()] + "&" + query;
    const Response response = Get("", request);
    EXPECT_THAT(response.status, AnyOf(400, 403, 404)) << request.body.substr(0, 300);
    ExpectNothingOfOthers(response, request.body.substr(0, 300));
  }
  EXPECT_EQ(Files(), before);
}

// JSON that is nearly what the data source understands.
class JsonMaker {
 public:
  std::string Make() {
    std::string text = "{";
    for (size_t n = 1 + random_() % 5; n > 0; --n) {
      text += "\"" + Pick(kNames) + "\":" + Value(0) + (n > 1 ? "," : "");
    }
    text += "}";
    // Something is missing, or too much.
    if (random_() % 4 == 0) text.erase(random_() % text.size(), 1 + random_() % 5);
    if (random_() % 8 == 0) text.insert(random_() % text.size(), 1, static_cast<char>(random_()));
    return text;
  }
  std::string Path() { return Pick(kPaths); }

 private:
  std::string Pick(const std::vector<std::string>& from) { return from[random_() % from.size()]; }
  std::string Value(int depth) {
    const auto kind = random_() % 6;
    if (kind == 0 && depth < 20) {
      return "[" + Value(depth + 1) + "," + Value(depth + 1) + "]";
    }
    if (kind <= 2 && depth < 20) {
      return "{\"" + Pick(kNames) + "\":" + Value(depth + 1) + ",\"" + Pick(kNames) +
             "\":" + Value(depth + 1) + "}";
    }
    return Pick(kValues);
  }

  const std::vector<std::string> kNames = {
      "target",       "range",  "from",  "to",  "targets",    "maxDataPoints",
      "intervalMs",   "hide",   "type",  "key", "annotation", "query",
      "adhocFilters", "metric", "value", "x",   "operator",   "payload"};
  const std::vector<std::string> kValues = {
      "0",
      "-1",
      "1e308",
      "1e400",
      "9223372036854775807",
      "1499998800000",
      "null",
      "true",
      "\"\"",
      "\"Lab\"",
      "\"2017-07-14T04:20:00Z\"",
      "\"9999-99-99T99:99:99Z\"",
      "\"Lab:ip_len:in:idx:40\"",
      "\"../secret:ip_len:in:idx:40\"",
      "\"test1:ip_len:in:idx:40\"",
      "\"Lab:ip_len:in:idx:*\"",
      "\"Lab:*:in:idx:40\"",
      "\":::::\"",
      "\"\\u0000\"",
      "\"\\ud800\"",
      "\"<script>\"",
      "\"table\"",
      "[]",
      "{}",
      "\"" + std::string(5000, 'a') + "\"",
      "[" + std::string(40, '[') + std::string(40, ']') + "]"};
  const std::vector<std::string> kPaths = {"/query",       "/query",    "/query",
                                           "/search",      "/metrics",  "/variable",
                                           "/annotations", "/tag-keys", "/tag-values"};
  std::mt19937 random_{17};
};

TEST_F(HostileRequestsTest, JsonGetsJsonAndNothingElse) {
  const std::vector<std::string> before = Files();
  JsonMaker maker;
  size_t refused = 0;
  for (int i = 0; i < 2000; ++i) {
    Request request;
    request.method = "POST";
    request.path_info = maker.Path();
    request.body = maker.Make();
    const Response response = Get("", request);
    const std::string shown = request.path_info + " " + request.body.substr(0, 400);
    EXPECT_THAT(response.status, AnyOf(200, 400, 404)) << shown;
    EXPECT_EQ(Header(response, "Content-Type"), "application/json");
    EXPECT_FALSE(nlohmann::json::parse(response.body, nullptr, false).is_discarded()) << shown;
    EXPECT_EQ(response.body.find("root:"), std::string::npos) << shown;
    EXPECT_EQ(response.body.find("secret text"), std::string::npos) << shown;
    EXPECT_EQ(response.body.find(directory_.string()), std::string::npos) << shown;
    if (response.status != 200) ++refused;
  }
  EXPECT_GT(refused, 500u);
  EXPECT_EQ(Files(), before);
}

}  // namespace
}  // namespace tstat::viewer
