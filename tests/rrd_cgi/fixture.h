// SPDX-License-Identifier: BSD-3-Clause
//
// A data root in a temporary directory, with databases that librrd made.
#ifndef TSTAT_TESTS_RRD_CGI_FIXTURE_H_
#define TSTAT_TESTS_RRD_CGI_FIXTURE_H_

#include <gtest/gtest.h>
#include <rrd.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tstat-rrd-cgi/configuration.h"
#include "tstat-rrd-cgi/databases.h"
#include "tstat-rrd-cgi/responder.h"

namespace tstat::viewer {

inline constexpr int64_t kLastUpdate = 1500006000;

// Says the same time of every database, without looking at it.
class FixedReader : public DatabaseReader {
 public:
  std::optional<int64_t> LastUpdate(const std::string& path, const std::string&) const override {
    if (path.find(broken) != std::string::npos && !broken.empty()) return std::nullopt;
    return kLastUpdate;
  }
  std::string broken;
};

// The one element that loads the viewer's own script is on each page, once.
inline std::string WithoutOwnScript(std::string body) {
  for (const char* own : {"<script src=\"/cgi-bin/tstat_rrd.cgi/script.js\" defer></script>",
                          "<script src=\"tstat_rrd.cgi/script.js\" defer></script>"}) {
    if (const size_t at = body.find(own); at != std::string::npos) {
      return body.erase(at, std::string_view(own).size());
    }
  }
  return body;
}

class ViewerTest : public ::testing::Test {
 protected:
  ViewerTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tstat-viewer-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    settings_.data_root = directory_ / "rrd_data";
    settings_.image_dir = directory_ / "images";
    settings_.gallery_dir = directory_ / "gallery";
    std::filesystem::create_directories(settings_.data_root);
    std::filesystem::create_directories(settings_.image_dir);
    setenv("TZ", "UTC", 1);
  }
  ~ViewerTest() override { std::filesystem::remove_all(directory_); }

  // A database of the histogram in the name, with two hours of values.
  void Make(const std::string& trace, const std::string& file) {
    const std::filesystem::path path = settings_.data_root / std::filesystem::path(trace) / file;
    std::filesystem::create_directories(path.parent_path());
    const std::string source = "DS:" + file.substr(0, file.find('.')) + ":GAUGE:600:U:U";
    const char* layout[] = {source.c_str(), "RRA:AVERAGE:0.5:1:600"};
    ASSERT_EQ(rrd_create_r(path.c_str(), 300, kLastUpdate - 7200, 2, layout), 0) << rrd_get_error();
    for (int64_t time = kLastUpdate - 6900; time <= kLastUpdate; time += 300) {
      const std::string value = std::to_string(time) + ":" + std::to_string(time % 1000);
      const char* values[] = {value.c_str()};
      ASSERT_EQ(rrd_update_r(path.c_str(), nullptr, 1, values), 0) << rrd_get_error();
    }
  }
  // An empty file of that name: for what looks at names only.
  void Touch(const std::string& trace, const std::string& file, std::string_view content = "") {
    const std::filesystem::path path = settings_.data_root / std::filesystem::path(trace) / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }

  Response Get(const std::string& query, Request request = {}) {
    request.query_string = query;
    request.script_name = "/cgi-bin/tstat_rrd.cgi";
    return Answer(request, settings_, reader_);
  }
  nlohmann::ordered_json Model(const std::string& query) {
    return nlohmann::ordered_json::parse(Get(query + "&view=json").body);
  }
  static std::string Header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }

  std::filesystem::path directory_;
  Configuration settings_;
  RrdReader reader_;
};

}  // namespace tstat::viewer

#endif  // TSTAT_TESTS_RRD_CGI_FIXTURE_H_
