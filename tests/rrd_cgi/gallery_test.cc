// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/gallery.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "tests/rrd_cgi/fixture.h"
#include "tstat-rrd-cgi/gallery_form.h"

namespace tstat::viewer {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kGraph[] = "dir=Lab&var=ip_len&direction=in&template=idx&duration=1h";
// Where it stands, with the form to keep it.
constexpr char kPage[] = "dir=Lab&var=ip_len&direction=in&duration=1h";

std::string ContentOf(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class GalleryTest : public ViewerTest {
 protected:
  void SetUp() override {
    Make("Lab", "ip_len_in.idx40.rrd");
    Make("test1", "ip_len_in.idx40.rrd");
    fs::create_directories(settings_.gallery_dir);
    settings_.trusted = ParseConfiguration("trusted = 192.0.2.0/24")->trusted;
    settings_.gallery_for_trusted = true;
  }

  static Request Client(const std::string& address = "192.0.2.7") {
    Request request;
    request.remote_address = address;
    request.host = "example.org";
    return request;
  }
  // A form that a browser sends from a page of the viewer.
  Response Post(const std::string& body, Request request = Client()) {
    request.method = "POST";
    request.content_type = "application/x-www-form-urlencoded";
    request.body = body;
    return Get("", request);
  }
  // What the form on a page has, for that client.
  std::string TokenOf(Request request = Client()) {
    const std::string page = Get(kPage, request).body;
    constexpr std::string_view kBefore = "name=\"gallery_token\" value=\"";
    const size_t at = page.find(kBefore);
    if (at == std::string::npos) return "";
    const size_t begin = at + kBefore.size();
    return page.substr(begin, page.find('"', begin) - begin);
  }
  std::string Form(const std::string& fields, const Request& request = Client()) {
    return "gallery_token=" + TokenOf(request) + "&" + fields;
  }
  Response Keep(const std::string& text, const std::string& settings = kGraph) {
    return Post(Form("gallery_save=1&gallery_text=" + PercentEncode(text) + "&" + settings));
  }
  nlohmann::ordered_json Shown(const std::string& more = "", Request request = Client()) {
    request.query_string = "";
    return nlohmann::ordered_json::parse(Get("gallery_show=1&view=json" + more, request).body);
  }
  std::vector<std::string> TextsOf(const nlohmann::ordered_json& model) {
    std::vector<std::string> texts;
    for (const auto& entry : model["gallery"]["entries"]) texts.push_back(entry["text"]);
    return texts;
  }
};

TEST_F(GalleryTest, KeepsAGraphWithItsTextAndItsPicture) {
  ASSERT_EQ(Keep("Two\r\nlines, <b>").status, 303);
  const auto model = Shown();
  ASSERT_EQ(model["gallery"]["entries"].size(), 1u);
  const auto& entry = model["gallery"]["entries"][0];
  EXPECT_EQ(entry["text"], "Two\nlines, <b>");
  EXPECT_THAT(entry["note"].get<std::string>(), HasSubstr("1h until 2017-07-14 04:20 UTC"));
  Request request = Client();
  request.path_info = "/gallery/" + entry["id"].get<std::string>() + ".png";
  const Response picture = Get("", request);
  EXPECT_EQ(picture.status, 200);
  EXPECT_EQ(Header(picture, "Content-Type"), "image/png");
  EXPECT_EQ(picture.body.substr(1, 3), "PNG");
  request.if_none_match = Header(picture, "ETag");
  EXPECT_EQ(Get("", request).status, 304);
  const std::string page = Get("gallery_show=1", Client()).body;
  EXPECT_THAT(page, HasSubstr("Two\nlines, &lt;b&gt;"));
  EXPECT_THAT(page, HasSubstr(entry["kept"]["src"].get<std::string>()));
}

TEST_F(GalleryTest, StoresSettingsAndNoCommand) {
  ASSERT_EQ(Keep("x").status, 303);
  const Gallery gallery(settings_.gallery_dir);
  const auto entries = gallery.Entries();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].query.dir, "Lab");
  EXPECT_EQ(entries[0].query.var, "ip_len");
  EXPECT_EQ(entries[0].query.duration, "1h");
  EXPECT_EQ(entries[0].last, kLastUpdate);
  const std::string text = ContentOf(fs::path(settings_.gallery_dir) / (entries[0].id + ".json"));
  for (const char* never : {"DEF", "AVERAGE", ".rrd", "--", "/"}) {
    EXPECT_THAT(text, Not(HasSubstr(never)));
  }
}

TEST_F(GalleryTest, AFileThatStoresNoGraphIsNoEntry) {
  ASSERT_EQ(Keep("x").status, 303);
  const Gallery gallery(settings_.gallery_dir);
  const std::string other = std::string(32, 'b') + ".json";
  for (const char* text :
       {R"({"version":1,"added":1,"last":1,"text":"x","settings":{}})",
        R"({"version":1,"added":1,"last":1,"text":"x","settings":{"dir":""}})", "{}", "[]", ""}) {
    std::ofstream(fs::path(settings_.gallery_dir) / other) << text;
    EXPECT_EQ(gallery.Entries().size(), 1u) << text;
  }
  EXPECT_EQ(Shown()["gallery"]["entries"].size(), 1u);
}

TEST_F(GalleryTest, StoredPicturesStayAndThoseOfNowChange) {
  ASSERT_EQ(Keep("x").status, 303);
  const auto before = Shown()["gallery"]["entries"][0];
  const auto now = Shown("&gallery_asnow=1");
  EXPECT_TRUE(now["gallery"]["as_now"].get<bool>());
  const auto& entry = now["gallery"]["entries"][0];
  EXPECT_FALSE(entry.contains("kept"));
  EXPECT_THAT(entry["picture"]["png"].get<std::string>(), HasSubstr("var=ip_len"));
  const std::string path = settings_.data_root + "/Lab/ip_len_in.idx40.rrd";
  const std::string value = std::to_string(kLastUpdate + 300) + ":7";
  const char* values[] = {value.c_str()};
  ASSERT_EQ(rrd_update_r(path.c_str(), nullptr, 1, values), 0) << rrd_get_error();
  fs::last_write_time(path, fs::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_EQ(Shown()["gallery"]["entries"][0], before);
  EXPECT_THAT(Shown("&gallery_asnow=1")["gallery"]["entries"][0]["note"].get<std::string>(),
              HasSubstr("until 2017-07-14 04:25 UTC"));
}

TEST_F(GalleryTest, AnEntryWhoseDatabasesAreGoneIsNamedAndTheRestIsShown) {
  Make("Gone", "ip_len_in.idx40.rrd");
  ASSERT_EQ(Keep("one").status, 303);
  fs::remove(settings_.image_dir + "/traces.index");
  ASSERT_EQ(Keep("two", "dir=Gone&var=ip_len&direction=in&template=idx&duration=1h").status, 303);
  fs::remove_all(settings_.data_root + "/Gone");
  fs::remove(settings_.image_dir + "/traces.index");
  for (const char* more : {"", "&gallery_asnow=1"}) {
    const auto model = Shown(more);
    ASSERT_EQ(model["gallery"]["entries"].size(), 2u);
    for (const auto& entry : model["gallery"]["entries"]) {
      if (entry["text"] == "two") {
        EXPECT_EQ(entry["message"], "The databases of ip_len in Gone are gone.");
        EXPECT_FALSE(entry.contains("picture"));
      } else {
        EXPECT_FALSE(entry.contains("message"));
        EXPECT_TRUE(entry.contains("picture") || entry.contains("kept"));
      }
    }
  }
  EXPECT_EQ(Get("gallery_show=1", Client()).status, 200);
}

TEST_F(GalleryTest, NewestIsFirst) {
  Gallery gallery(settings_.gallery_dir);
  Query query = *ParseQuery(kGraph);
  for (const auto& [added, text] :
       {std::pair<int64_t, const char*>{200, "b"}, {300, "c"}, {100, "a"}}) {
    ASSERT_TRUE(gallery.Add({"", added, text, query, 0}, "picture", 10).ok());
  }
  EXPECT_THAT(TextsOf(Shown()), ElementsAre("c", "b", "a"));
}

TEST_F(GalleryTest, EntriesCanBeDeleted) {
  ASSERT_EQ(Keep("one").status, 303);
  ASSERT_EQ(Keep("two").status, 303);
  std::string id;
  const auto model = Shown();
  for (const auto& entry : model["gallery"]["entries"]) {
    if (entry["text"] == "one") id = entry["id"];
  }
  EXPECT_EQ(Post(Form("gallery_delete=" + id)).status, 303);
  EXPECT_EQ(Post(Form("gallery_delete=" + id)).status, 404);
  for (const char* other : {"..%2fsecret", "secret", "%00", ""}) {
    EXPECT_THAT(Post(Form(std::string("gallery_delete=") + other)).status,
                ::testing::AnyOf(400, 404))
        << other;
  }
  EXPECT_THAT(TextsOf(Shown()), ElementsAre("two"));
  // One entry, its picture, and the secret.
  EXPECT_EQ(std::distance(fs::directory_iterator(settings_.gallery_dir), fs::directory_iterator()),
            3);
}

TEST_F(GalleryTest, OffUnlessTheConfigurationSaysWhoMayChangeIt) {
  const std::string form = Form(std::string("gallery_save=1&gallery_text=x&") + kGraph);
  settings_.gallery_for_trusted = false;
  const Response response = Post(form);
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(Header(response, "Allow"), "GET, HEAD");
  EXPECT_EQ(TokenOf(), "");
  EXPECT_THAT(Get(kPage, Client()).body, Not(HasSubstr("<form class=\"keep\"")));
  settings_.gallery_for_trusted = true;
  EXPECT_EQ(Post(form, Client("198.51.100.1")).status, 403);
  EXPECT_EQ(TokenOf(Client("198.51.100.1")), "");
  EXPECT_EQ(Post(form).status, 303);
  EXPECT_EQ(Shown()["gallery"]["entries"].size(), 1u);
}

TEST_F(GalleryTest, UsersOfTheWebServerMayWhereTheConfigurationSaysSo) {
  Request user = Client("198.51.100.1");
  user.remote_user = "ada";
  EXPECT_EQ(TokenOf(user), "");
  settings_.gallery_for_trusted = false;
  settings_.gallery_for_users = true;
  const std::string fields = std::string("gallery_save=1&gallery_text=x&") + kGraph;
  EXPECT_EQ(Post(Form(fields, user), user).status, 303);
  EXPECT_EQ(Post(Form(fields, user), Client("198.51.100.1")).status, 403);
}

TEST_F(GalleryTest, OnlyFormsOfItsOwnPagesAreTaken) {
  const std::string fields = std::string("gallery_save=1&gallery_text=x&") + kGraph;
  EXPECT_EQ(Post(fields).status, 403);
  EXPECT_EQ(Post("gallery_token=&" + fields).status, 403);
  std::string token = TokenOf();
  ASSERT_FALSE(token.empty());
  token.back() = token.back() == '0' ? '1' : '0';
  EXPECT_EQ(Post("gallery_token=" + token + "&" + fields).status, 403);
  // Nobody can use his own one in another's browser.
  EXPECT_EQ(Post(Form(fields, Client("192.0.2.8"))).status, 403);
  for (const auto& [origin, site, status] :
       {std::tuple<const char*, const char*, int>{"http://evil.example", "", 403},
        {"null", "", 403},
        {"", "cross-site", 403},
        {"", "same-site", 403},
        {"http://example.org.evil.example", "", 403},
        {"https://EXAMPLE.org", "same-origin", 303},
        {"http://example.org:8080", "same-origin", 303},
        {"http://[::1]:8080", "", 403},
        {"", "", 303}}) {
    Request request = Client();
    request.origin = origin;
    request.fetch_site = site;
    EXPECT_EQ(Post(Form(fields), request).status, status) << origin << " " << site;
  }
  // A port that the server names has to be the same.
  for (const auto& [origin, status] :
       {std::pair<const char*, int>{"http://[::1]:8080", 303}, {"http://[::1]:81", 403}}) {
    Request request = Client();
    request.host = "[::1]:8080";
    request.origin = origin;
    EXPECT_EQ(Post(Form(fields), request).status, status) << origin;
  }
  Request json = Client();
  json.method = "POST";
  json.content_type = "text/plain";
  json.body = Form(fields);
  EXPECT_EQ(Get("", json).status, 400);
}

TEST_F(GalleryTest, TextsAndEntriesHaveLimits) {
  EXPECT_EQ(Keep(std::string(kMaxGalleryText, 'x')).status, 303);
  EXPECT_EQ(Keep(std::string(kMaxGalleryText + 1, 'x')).status, 400);
  for (const char* text : {"a%00b", "%1b[0m", "%ff", "%c0%af", "%7f"}) {
    EXPECT_EQ(Post(Form(std::string("gallery_save=1&gallery_text=") + text + "&" + kGraph)).status,
              400)
        << text;
  }
  settings_.gallery_entries = 2;
  EXPECT_EQ(Keep("second").status, 303);
  EXPECT_EQ(Keep("third").status, 403);
  EXPECT_EQ(Shown()["gallery"]["entries"].size(), 2u);
}

TEST_F(GalleryTest, OnlyGraphsThatThereAreCanBeKept) {
  for (const auto& [settings, status] :
       {std::pair<const char*, int>{"dir=Nope&var=ip_len&template=idx&duration=1h", 404},
        {"dir=Lab&var=ip_len&template=idx", 404},
        {"dir=Lab&var=ip_len&direction=in&template=idx&duration=1h&exclude=ALL", 400},
        {"dir=../secret&var=ip_len&template=idx&duration=1h", 400},
        {"", 404}}) {
    EXPECT_EQ(Keep("x", settings).status, status) << settings;
  }
  EXPECT_THAT(Gallery(settings_.gallery_dir).Entries(), IsEmpty());
}

TEST_F(GalleryTest, TracesOfTrustedClientsStayTheirs) {
  ASSERT_EQ(Keep("x", "dir=test1&var=ip_len&direction=in&template=idx&duration=1h").status, 303);
  const auto model = Shown();
  ASSERT_EQ(model["gallery"]["entries"].size(), 1u);
  const std::string id = model["gallery"]["entries"][0]["id"];
  const Request stranger = Client("198.51.100.1");
  EXPECT_THAT(Shown("", stranger)["gallery"]["entries"], IsEmpty());
  Request picture = stranger;
  picture.path_info = "/gallery/" + id + ".png";
  EXPECT_EQ(Get("", picture).status, 404);
  picture.remote_address = "192.0.2.7";
  EXPECT_EQ(Get("", picture).status, 200);
}

TEST_F(GalleryTest, OnlyItsOwnPicturesAreServed) {
  ASSERT_FALSE(TokenOf().empty());
  const fs::path gallery = settings_.gallery_dir;
  std::ofstream(gallery / "other.png") << "x";
  const std::string id(32, 'a');
  fs::create_symlink("/etc/passwd", gallery / (id + ".png"));
  for (const char* path :
       {"/gallery/secret", "/gallery/secret.png", "/gallery/other.png", "/gallery/../x.png",
        "/gallery/", "/gallery/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.png"}) {
    Request request = Client();
    request.path_info = path;
    EXPECT_EQ(Get("", request).status, 404) << path;
  }
}

TEST_F(GalleryTest, FilesOfOthersAreNoEntries) {
  ASSERT_EQ(Keep("mine").status, 303);
  const fs::path gallery = settings_.gallery_dir;
  const std::string settings =
      R"("settings": {"dir": "Lab", "var": "ip_len", "template": "idx", "duration": "1h"}})";
  const std::string head = R"({"version": 1, "added": 5, "text": "y", )";
  std::ofstream(gallery / (std::string(32, 'b') + ".json")) << head << settings;
  EXPECT_EQ(Shown()["gallery"]["entries"].size(), 2u);
  int number = 0;
  for (const std::string& text :
       {std::string("x"), std::string("[]"), head + "\"settings\": {\"dir\": \"..\"}}",
        head + "\"settings\": {\"dir\": 5}}", head + "\"settings\": []}",
        "{\"version\": 2, \"added\": 5, \"text\": \"y\", " + settings,
        "{\"version\": 1, \"added\": 5, \"text\": 7, " + settings, std::string(200000, ' ')}) {
    std::ofstream(gallery / (std::string(31, 'c') + std::to_string(number++) + ".json")) << text;
  }
  fs::create_symlink(std::string(32, 'b') + ".json", gallery / (std::string(32, 'd') + ".json"));
  EXPECT_EQ(Shown()["gallery"]["entries"].size(), 2u);
}

TEST_F(GalleryTest, TheSecretIsPrivateAndMadeOnce) {
  const fs::path secret = fs::path(settings_.gallery_dir) / "secret";
  // Of several processes at once, all have the same one.
  std::vector<pid_t> children;
  std::set<std::string> seen;
  int out[2];
  ASSERT_EQ(pipe(out), 0);
  for (int i = 0; i < 8; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const auto made = Gallery(settings_.gallery_dir).Secret();
      const std::string text = made.ok() ? *made : std::string(64, '-');
      _exit(write(out[1], text.data(), text.size()) == 64 ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    std::string text(64, '\0');
    ASSERT_EQ(read(out[0], text.data(), 64), 64);
    seen.insert(text);
  }
  close(out[0]);
  close(out[1]);
  EXPECT_THAT(seen, ElementsAre(ContentOf(secret)));
  struct stat status {};
  ASSERT_EQ(stat(secret.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(std::distance(fs::directory_iterator(settings_.gallery_dir), fs::directory_iterator()),
            1);
}

TEST_F(GalleryTest, ASecretThatOthersKnowIsNotUsed) {
  const fs::path secret = fs::path(settings_.gallery_dir) / "secret";
  const fs::path elsewhere = directory_ / "elsewhere";
  std::ofstream(elsewhere) << std::string(64, 'a');
  fs::permissions(elsewhere, fs::perms::owner_all);
  fs::create_symlink(elsewhere, secret);
  EXPECT_EQ(TokenOf(), "");
  fs::remove(secret);
  std::ofstream(secret) << std::string(64, 'a');
  fs::permissions(secret, fs::perms::owner_all | fs::perms::others_read);
  EXPECT_EQ(TokenOf(), "");
  fs::permissions(secret, fs::perms::owner_read);
  EXPECT_NE(TokenOf(), "");
  const Response page = [&] {
    fs::remove(secret);
    std::ofstream(secret) << "short";
    fs::permissions(secret, fs::perms::owner_read);
    return Get(kPage, Client());
  }();
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.log, HasSubstr("not a secret of this program"));
  EXPECT_THAT(page.log, HasSubstr("chmod 600, or remove it"));
}

TEST_F(GalleryTest, WithoutItsDirectoryPagesAreShown) {
  settings_.gallery_dir = directory_ / "nowhere";
  const Response page = Get(kPage, Client());
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.log, HasSubstr("nowhere"));
  EXPECT_THAT(page.body, Not(HasSubstr("nowhere")));
  EXPECT_THAT(Get("gallery_show=1", Client()).body, HasSubstr("No pictures in the gallery yet !"));
  const Response response = Post("gallery_token=1.a&gallery_delete=" + std::string(32, 'a'));
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, Not(HasSubstr("nowhere")));
}

TEST_F(GalleryTest, WhatWasLeftOverGoesWithTheNextEntry) {
  const fs::path gallery = settings_.gallery_dir;
  const std::string id(32, 'e');
  std::ofstream(gallery / (id + ".png")) << "x";
  std::ofstream(gallery / (id + ".json.1.1.tmp")) << "x";
  std::ofstream(gallery / "mine.txt") << "x";
  ASSERT_EQ(Keep("x").status, 303);
  EXPECT_FALSE(fs::exists(gallery / (id + ".png")));
  EXPECT_FALSE(fs::exists(gallery / (id + ".json.1.1.tmp")));
  EXPECT_TRUE(fs::exists(gallery / "mine.txt"));
}

TEST(GalleryTokenTest, HoldsForHoursAndForOneClient) {
  constexpr int64_t kNow = 1500000000;
  const std::string token = GalleryToken("secret", "ada", kNow);
  EXPECT_TRUE(IsGalleryToken(token, "secret", "ada", kNow));
  EXPECT_EQ(token, GalleryToken("secret", "ada", kNow + 60));
  EXPECT_TRUE(IsGalleryToken(token, "secret", "ada", kNow + 10 * 3600));
  EXPECT_FALSE(IsGalleryToken(token, "secret", "ada", kNow + 13 * 3600));
  // Nor before its time: such a one was not made here.
  EXPECT_FALSE(IsGalleryToken(token, "secret", "ada", kNow - 24 * 3600));
  EXPECT_FALSE(IsGalleryToken(token, "secret", "bob", kNow));
  EXPECT_FALSE(IsGalleryToken(token, "other", "ada", kNow));
  for (const char* wrong : {"", ".", "1500040000", "1500040000.", "x.y", "-1.a"}) {
    EXPECT_FALSE(IsGalleryToken(wrong, "secret", "ada", kNow)) << wrong;
  }
  EXPECT_FALSE(IsGalleryToken(GalleryToken("", "ada", kNow), "", "ada", kNow));
}

TEST(GalleryFormTest, AsksForOneThing) {
  EXPECT_FALSE(ParseGalleryForm("").ok());
  EXPECT_FALSE(ParseGalleryForm("gallery_text=x").ok());
  EXPECT_FALSE(ParseGalleryForm("gallery_save=1&gallery_delete=a").ok());
  EXPECT_FALSE(ParseGalleryForm("gallery_save=%zz").ok());
  const auto form = ParseGalleryForm("dir=a%26b&gallery_text=x+y%0d%0az&gallery_save=1&var=v");
  ASSERT_TRUE(form.ok());
  EXPECT_EQ(form->settings, "dir=a%26b&var=v");
  EXPECT_EQ(form->text, "x y\nz");
}

}  // namespace
}  // namespace tstat::viewer
