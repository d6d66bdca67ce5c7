// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of docs/viewer.md's table that are about what a request may write and what it may cost:
// 3 to 5, 12 and 14.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/gallery.h"
#include "tstat-rrd-cgi/notices.h"
#include "tstat-rrd-cgi/picture.h"
#include "tstat-rrd-cgi/query.h"
#include "tstat-rrd-cgi/trace_index.h"

namespace tstat::viewer {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kGraph[] = "dir=Lab&var=ip_len&direction=in&template=idx&duration=1h";

std::string ContentOf(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> NamesIn(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& item : fs::directory_iterator(directory))
    names.push_back(item.path().filename());
  std::ranges::sort(names);
  return names;
}

class HardeningLimitsTest : public ViewerTest {
 protected:
  void SetUp() override {
    Make("Lab", "ip_len_in.idx40.rrd");
    fs::create_directories(settings_.gallery_dir);
    std::ofstream(directory_ / "secret.txt") << "secret text";
  }
  // With the gallery off, or on for the client that asks.
  void SetGallery(bool on) { settings_.gallery_for_users = on; }
  static Request User() {
    Request request;
    request.remote_user = "ada";
    request.host = "example.org";
    return request;
  }
  Response Post(const std::string& fields) {
    Request request = User();
    const std::string page = Get("dir=Lab&var=ip_len&direction=in&duration=1h", request).body;
    constexpr std::string_view kBefore = "name=\"gallery_token\" value=\"";
    const size_t at = page.find(kBefore);
    std::string token = "none";
    if (at != std::string::npos) {
      const size_t begin = at + kBefore.size();
      token = page.substr(begin, page.find('"', begin) - begin);
    }
    request.method = "POST";
    request.content_type = "application/x-www-form-urlencoded";
    request.body = "gallery_token=" + token + "&" + fields;
    return Get("", request);
  }
  std::string PictureFile(const std::string& query) {
    const std::vector<std::string> before = NamesIn(settings_.image_dir);
    EXPECT_EQ(Get(query).status, 200);
    for (const std::string& name : NamesIn(settings_.image_dir)) {
      if (name.ends_with(".png") && std::ranges::find(before, name) == before.end()) return name;
    }
    return "";
  }
};

TEST_F(HardeningLimitsTest, Row3NoFileThatARequestNamesIsCopied) {
  std::ofstream(settings_.image_dir + "/mine.png") << "secret text";
  for (const bool on : {false, true}) {
    SetGallery(on);
    for (const std::string& file :
         {std::string("/etc/passwd"), (directory_ / "secret.txt").string(),
          std::string("../secret.txt"), std::string("mine.png")}) {
      const std::string fields =
          "gallery_add=" + PercentEncode(file) + "&gallery_cmd=" + PercentEncode(file);
      EXPECT_EQ(Get("gallery_save=1&" + fields).status, 405);
      EXPECT_EQ(Post("gallery_save=1&" + fields).status, on ? 400 : 405) << file;
      // With a graph they are what they always were: nothing.
      EXPECT_EQ(Post("gallery_save=1&" + fields + "&" + kGraph).status, on ? 400 : 405);
    }
  }
  EXPECT_TRUE(Gallery(settings_.gallery_dir).Entries().empty());
  for (const auto& item : fs::recursive_directory_iterator(settings_.gallery_dir)) {
    EXPECT_THAT(ContentOf(item.path()), Not(HasSubstr("secret text")));
  }
}

TEST_F(HardeningLimitsTest, Row4ChangesNeedPostAndATokenAndAClientThatMay) {
  const std::string fields = std::string("gallery_save=1&gallery_text=x&") + kGraph;
  SetGallery(false);
  EXPECT_EQ(Post(fields).status, 405);
  SetGallery(true);
  EXPECT_EQ(Get(fields, User()).status, 405);
  Request request = User();
  request.method = "POST";
  request.content_type = "application/x-www-form-urlencoded";
  request.body = fields;
  EXPECT_EQ(Get("", request).status, 403);
  EXPECT_TRUE(Gallery(settings_.gallery_dir).Entries().empty());
  EXPECT_EQ(Post(fields).status, 303);
  EXPECT_EQ(Post("gallery_save=1&gallery_text=" + std::string(4097, 'x') + "&" + kGraph).status,
            400);
  settings_.gallery_entries = 1;
  EXPECT_EQ(Post(fields).status, 403);
  EXPECT_EQ(Gallery(settings_.gallery_dir).Entries().size(), 1u);
}

TEST_F(HardeningLimitsTest, Row5WhatIsKeptIsNoCommandAndPassesTheSameChecks) {
  SetGallery(true);
  ASSERT_EQ(Post(std::string("gallery_save=1&gallery_text=x&") + kGraph).status, 303);
  const fs::path gallery = settings_.gallery_dir;
  std::string entry;
  for (const std::string& name : NamesIn(gallery)) {
    if (name.ends_with(".json")) entry = name;
  }
  const std::string good = ContentOf(gallery / entry);
  EXPECT_THAT(good, Not(HasSubstr("DEF")));
  // Somebody who can write there gets no further than somebody who writes addresses.
  const auto shown = [&] { return Model("gallery_show=1&gallery_asnow=1")["gallery"]["entries"]; };
  ASSERT_EQ(shown().size(), 1u);
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"Lab\"", "\"../..\""},
                                 {"\"ip_len\"", "\"ip_len:AVERAGE\""},
                                 {"\"1h\"", "\"1h --imginfo x\""}}) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    std::ofstream(gallery / entry) << bad;
    EXPECT_EQ(shown().size(), 0u) << bad;
  }
}

TEST_F(HardeningLimitsTest, Row12AGraphHasSoManySeriesAtMost) {
  for (size_t i = 0; i <= kMaxSeries; ++i) {
    Touch("Many", "tcp_port_dst_in.idx" + std::to_string(i) + ".rrd");
  }
  const FixedReader reader;
  const auto answer = [&](const std::string& more) {
    Request request;
    request.query_string =
        "dir=Many&var=tcp_port_dst&direction=in&template=idx&advopt=true&advcmd=true&" + more;
    return Answer(request, settings_, reader);
  };
  const Response page = answer("");
  EXPECT_EQ(page.status, 400);
  EXPECT_THAT(page.body, HasSubstr("more than 512 series: exclude some of them."));
  EXPECT_THAT(page.body, HasSubstr("name=\"exclude\""));  // where that is done
  EXPECT_EQ(answer("duration=1d&view=png").status, 400);
  EXPECT_EQ(answer("exclude=0").status, 200);
}

TEST_F(HardeningLimitsTest, Row12WhatIsNoFileIsNotOpened) {
  // Opening a pipe waits until somebody writes.
  ASSERT_EQ(mkfifo((settings_.data_root + "/Lab/ip_len_in.idx1500.rrd").c_str(), 0600), 0);
  const fs::path pipe = directory_ / "rrd_data" / "Lab" / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  fs::create_symlink(pipe, settings_.data_root + "/Lab/ip_len_in.idxoth.rrd");
  alarm(30);
  const auto model = Model("dir=Lab&var=ip_len&direction=in&template=idx");
  EXPECT_EQ(model["kind"], "graphs");
  EXPECT_THAT(model["unusable"].dump(), HasSubstr("idxoth"));
  EXPECT_EQ(Get(std::string(kGraph) + "&view=png").status, 200);
  fs::create_directories(settings_.data_root + "/Lab/README");
  EXPECT_EQ(Get("dir=Lab").status, 200);
  alarm(0);
}

TEST_F(HardeningLimitsTest, Row12PicturesGoByTheirAge) {
  const std::string old = PictureFile(std::string(kGraph) + "&view=png");
  ASSERT_FALSE(old.empty());
  const fs::path path = fs::path(settings_.image_dir) / old;
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(6 * 24));
  EXPECT_FALSE(
      PictureFile("dir=Lab&var=ip_len&direction=in&template=idx&duration=2h&view=png").empty());
  EXPECT_TRUE(fs::exists(path));
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(8 * 24));
  EXPECT_FALSE(
      PictureFile("dir=Lab&var=ip_len&direction=in&template=idx&duration=3h&view=png").empty());
  EXPECT_FALSE(fs::exists(path));
  // Other files are left alone, however old.
  const fs::path other = fs::path(settings_.image_dir) / "other.png";
  std::ofstream(other) << "x";
  fs::last_write_time(other, fs::file_time_type::clock::now() - std::chrono::hours(999));
  EXPECT_FALSE(
      PictureFile("dir=Lab&var=ip_len&direction=in&template=idx&duration=4h&view=png").empty());
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(HardeningLimitsTest, Row12TheCacheIsBoundedUnderParallelRequests) {
  const Response one = Get(std::string(kGraph) + "&view=png");
  ASSERT_EQ(one.status, 200);
  settings_.cache_size = one.body.size() * 4;
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      int wrong = 0;
      for (int span = 1; span <= 8; ++span) {
        const Response response =
            Get("dir=Lab&var=ip_len&direction=in&template=idx&view=png&duration=" +
                std::to_string(span + i % 3) + "h");
        if (response.status != 200 || response.body.substr(1, 3) != "PNG") ++wrong;
      }
      _exit(wrong);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  uintmax_t total = 0;
  for (const std::string& name : NamesIn(settings_.image_dir)) {
    EXPECT_FALSE(name.ends_with(".tmp")) << name;
    if (name.ends_with(".png")) total += fs::file_size(fs::path(settings_.image_dir) / name);
  }
  EXPECT_LE(total, settings_.cache_size);
  EXPECT_GT(total, 0u);
}

TEST_F(HardeningLimitsTest, Row12PlantedLinksAreReplacedAndNotFollowed) {
  const std::string query = std::string(kGraph) + "&view=png";
  const Response good = Get(query);
  const std::string name = [&] {
    for (const std::string& one : NamesIn(settings_.image_dir)) {
      if (one.ends_with(".png")) return one;
    }
    return std::string();
  }();
  ASSERT_FALSE(name.empty());
  const fs::path images = settings_.image_dir;
  const fs::path victim = directory_ / "secret.txt";
  for (const std::string& planted : {name, std::string("traces.index")}) {
    fs::remove(images / planted);
    fs::create_symlink(victim, images / planted);
  }
  // Names under which files are written first, as far as they can be guessed.
  for (int i = 0; i < 64; ++i) {
    const std::string temporary =
        name + "." + std::to_string(getpid()) + "." + std::to_string(i) + ".tmp";
    if (!fs::exists(images / temporary)) fs::create_symlink(victim, images / temporary);
  }
  const Response again = Get(query);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, good.body);
  EXPECT_EQ(ContentOf(victim), "secret text");
  EXPECT_FALSE(fs::is_symlink(images / name));
  EXPECT_FALSE(fs::is_symlink(images / "traces.index"));
  EXPECT_EQ(ContentOf(images / name), good.body);
}

TEST_F(HardeningLimitsTest, Row14DepthIsLimitedAtItsEdge) {
  ASSERT_EQ(kMaxTraceDepth, 8);
  Touch("1/2/3/4/5/6/7/8", "x.rrd");
  Touch("a/2/3/4/5/6/7/8/9", "x.rrd");
  EXPECT_THAT(*WalkTraces(settings_.data_root), ElementsAre("1/2/3/4/5/6/7/8", "Lab"));
  EXPECT_EQ(Get("dir=1/2/3/4/5/6/7/8").status, 200);
  EXPECT_EQ(Get("dir=a/2/3/4/5/6/7/8/9").status, 404);
}

TEST_F(HardeningLimitsTest, Row14DirectoriesAreCountedToTheirLimit) {
  ASSERT_EQ(kMaxDirectories, 10000u);
  const fs::path root = directory_ / "wide";
  const auto make = [&](size_t number) {
    char name[16];
    std::snprintf(name, sizeof(name), "d%05zu", number);
    fs::create_directories(root / name);
    std::ofstream(root / name / "x.rrd");
  };
  for (size_t i = 1; i <= kMaxDirectories; ++i) make(i);
  EXPECT_EQ(WalkTraces(root)->size(), kMaxDirectories);
  EXPECT_EQ(WalkTraces(root)->back(), "d10000");
  EXPECT_EQ(TakeNotices(), "");
  make(kMaxDirectories + 1);
  EXPECT_EQ(WalkTraces(root)->size(), kMaxDirectories);
  EXPECT_EQ(WalkTraces(root)->back(), "d10000");
  EXPECT_THAT(TakeNotices(), HasSubstr("more than 10000 directories"));
}

TEST_F(HardeningLimitsTest, Row14ANewTraceAppearsAfterAMinuteAtMost) {
  ASSERT_EQ(kIndexSeconds, 60);
  ASSERT_THAT(*ListTracesAt(settings_, 0), ElementsAre("Lab"));
  const auto written = fs::last_write_time(settings_.image_dir + "/traces.index");
  const int64_t now = std::chrono::duration_cast<std::chrono::seconds>(
                          std::chrono::file_clock::to_sys(written).time_since_epoch())
                          .count();
  Touch("New", "x.rrd");
  EXPECT_THAT(*ListTracesAt(settings_, now), ElementsAre("Lab"));
  EXPECT_THAT(*ListTracesAt(settings_, now + 60), ElementsAre("Lab"));
  EXPECT_THAT(*ListTracesAt(settings_, now + 61), ElementsAre("Lab", "New"));
  // From then on all see it.
  EXPECT_THAT(*ListTraces(settings_), ElementsAre("Lab", "New"));
  // A clock that went back is no reason to wait.
  Touch("Newer", "x.rrd");
  EXPECT_THAT(*ListTracesAt(settings_, now - 3600), ElementsAre("Lab", "New", "Newer"));
}

}  // namespace
}  // namespace tstat::viewer
