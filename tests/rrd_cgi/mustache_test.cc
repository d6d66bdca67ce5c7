// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/mustache.h"

#include <gtest/gtest.h>

namespace tstat::viewer {
namespace {

using Json = nlohmann::ordered_json;

TEST(MustacheTest, ValuesAreEscaped) {
  EXPECT_EQ(Render("<a title='{{x}}'>{{{x}}}</a>", Json{{"x", "<'\"&>"}}),
            "<a title='&lt;&#39;&quot;&amp;&gt;'><'\"&></a>");
}

TEST(MustacheTest, SectionsRepeatAndLookOutwards) {
  const Json values = {{"name", "n"}, {"list", {{{"x", 1}}, {{"x", 2}, {"name", "m"}}}}};
  EXPECT_EQ(Render("{{#list}}{{x}}{{name}} {{/list}}", values), "1n 2m ");
  EXPECT_EQ(Render("{{#names}}[{{.}}]{{/names}}", Json{{"names", Json::array({"a", "b"})}}),
            "[a][b]");
}

TEST(MustacheTest, NothingIsInverted) {
  const char* text = "{{#x}}yes{{/x}}{{^x}}no{{/x}}";
  EXPECT_EQ(Render(text, Json::object()), "no");
  EXPECT_EQ(Render(text, Json{{"x", false}}), "no");
  EXPECT_EQ(Render(text, Json{{"x", ""}}), "no");
  EXPECT_EQ(Render(text, Json{{"x", Json::array()}}), "no");
  EXPECT_EQ(Render(text, Json{{"x", true}}), "yes");
}

TEST(MustacheTest, NestedSectionsOfTheSameNameAndMembers) {
  EXPECT_EQ(Render("{{#a}}{{#a}}{{b}}{{/a}}!{{/a}}", Json{{"a", {{"b", "x"}, {"a", true}}}}), "x!");
  EXPECT_EQ(Render("{{a.b}}{{a.c}}", Json{{"a", {{"b", "x"}}}}), "x");
  const Json list = {{"a", Json::array({"x", "y"})}, {"none", Json::array()}};
  EXPECT_EQ(Render("{{a.1}}{{a.2}}{{a.x}}{{none.0}}", list), "y");
  EXPECT_EQ(Render("{{#a.0}}<{{#a}}{{.}}{{/a}}>{{/a.0}}{{#none.0}}no{{/none.0}}", list), "<xy>");
}

TEST(MustacheTest, BrokenTemplatesEnd) {
  EXPECT_EQ(Render("a{{", Json::object()), "a{{");
  EXPECT_EQ(Render("{{#x}}a", Json{{"x", true}}), "a");
}

}  // namespace
}  // namespace tstat::viewer
