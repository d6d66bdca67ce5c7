// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/trace_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/rrd_cgi/fixture.h"

namespace tstat::viewer {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// "a{b c}": each node with those below it; "*" behind those that hold databases.
std::string Outline(const Json& tree) {
  std::string text;
  for (const Json& node : tree) {
    if (!text.empty()) text += ' ';
    text += node["name"].get<std::string>();
    if (node["trace"]) text += '*';
    if (!node["children"].empty()) text += "{" + Outline(node["children"]) + "}";
  }
  return text;
}

TEST(TraceTreeTest, DirectoriesAreBoxesWithinBoxes) {
  const std::vector<std::string> traces = {"a.c", "a/b/c", "a/b/c/d", "a/d", "z"};
  EXPECT_EQ(Outline(TreeOf(traces, "", "/x")), "a{b{c*{d*}} d*} a.c* z*");
  const std::vector<std::string> flat = {"", "a", "b"};
  EXPECT_TRUE(TreeOf(flat, "", "/x").empty());
  EXPECT_TRUE(TreeOf({}, "", "/x").empty());
  const std::vector<std::string> only = {"a/b"};
  EXPECT_TRUE(TreeOf(only, "", "/x").empty());
}

TEST(TraceTreeTest, TheShownDirectoryIsMarked) {
  const std::vector<std::string> traces = {"a/b/c", "a/d"};
  const Json tree = TreeOf(traces, "a/b", "/x");
  EXPECT_FALSE(tree[0]["current"]);
  EXPECT_TRUE(tree[0]["children"][0]["current"]);
  EXPECT_EQ(tree[0]["children"][0]["href"], "/x?dir=a/b&var=NULL");
  const std::string html = TreeHtml(tree);
  EXPECT_THAT(html, HasSubstr("aria-current=\"page\">All of b</a>"));
  EXPECT_THAT(html, HasSubstr(">c</a>"));
  EXPECT_THAT(html, Not(HasSubstr("{{")));
}

TEST(TraceTreeTest, ManyAreFoldedButForTheWayToTheShownOne) {
  std::vector<std::string> traces;
  for (int i = 100; i < 200; ++i) traces.push_back("p" + std::to_string(i) + "/in/t");
  const Json tree = TreeOf(traces, "p150/in/t", "/x");
  ASSERT_EQ(tree.size(), 100u);
  EXPECT_FALSE(tree[0]["open"]);
  EXPECT_TRUE(tree[50]["open"]);
  EXPECT_TRUE(tree[50]["children"][0]["open"]);
  EXPECT_EQ(tree[50]["name"], "p150");
}

TEST(TraceTreeTest, NamesAreEscaped) {
  const std::vector<std::string> traces = {"<b>/&", "z"};
  const std::string html = TreeHtml(TreeOf(traces, "", "/x"));
  EXPECT_THAT(html, HasSubstr("<summary>&lt;b&gt;</summary>"));
  EXPECT_THAT(html, HasSubstr(">&amp;</a>"));
}

class FolderPageTest : public ViewerTest {};

TEST_F(FolderPageTest, ADirectoryOfTracesShowsThoseBelowIt) {
  Make("a/b/c", "ip_bitrate_loc.idx0.rrd");
  Make("a/d", "ip_bitrate_loc.idx0.rrd");
  Make("ab", "ip_bitrate_loc.idx0.rrd");
  EXPECT_EQ(Outline(Model("")["tree"]), "a{b{c*} d*} ab*");
  const auto folder = Model("dir=a");
  EXPECT_EQ(Get("dir=a").status, 200);
  EXPECT_EQ(folder["status"], 200);
  EXPECT_EQ(folder["page_title"], "a");
  EXPECT_FALSE(folder.contains("message"));
  ASSERT_EQ(folder["probes"]["total"], 2);
  EXPECT_EQ(folder["probes"]["traces"][0]["name"], "a/b/c");
  EXPECT_EQ(folder["probes"]["traces"][1]["name"], "a/d");
  EXPECT_THAT(folder["probes"]["spans"][0]["href"].get<std::string>(), HasSubstr("dir=a&"));
  EXPECT_EQ(Model("dir=rrd_data/a/b")["probes"]["total"], 1);
  EXPECT_THAT(Get("dir=a").body, HasSubstr("<nav class=\"tree\""));
  // A trace itself has its menus there.
  EXPECT_FALSE(Model("dir=a/d").contains("tree"));
  for (const char* unknown : {"dir=b", "dir=a/b/c/x", "dir=a/", "dir=a/bc"}) {
    EXPECT_NE(Get(unknown).status, 200) << unknown;
  }
  const std::string lost = Get("dir=b").body;
  EXPECT_THAT(lost, HasSubstr("There is no trace b."));
  EXPECT_THAT(lost, HasSubstr("<ul class=\"back\">"));
}

TEST_F(FolderPageTest, DirectoriesOfHiddenTracesAreHidden) {
  Make("test/a", "ip_bitrate_loc.idx0.rrd");
  Make("b/c", "ip_bitrate_loc.idx0.rrd");
  Make("b/d", "ip_bitrate_loc.idx0.rrd");
  EXPECT_EQ(Get("dir=test").status, 404);
  EXPECT_EQ(Outline(Model("")["tree"]), "b{c* d*}");
}

}  // namespace
}  // namespace tstat::viewer
