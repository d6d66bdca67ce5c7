// SPDX-License-Identifier: BSD-3-Clause
#include "config/bayes_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "l7/skype/bayes.h"

namespace tstat::internal {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<BayesModel> Parse(std::string_view text) {
  return ParseBayesModel(text, "m.conf", "/nowhere");
}

TEST(BayesConfig, ReadsAllKindsOfEntries) {
  const absl::StatusOr<BayesModel> model = Parse(
      "# comment\nFEATURE PKTSIZE WINDOW_SIZE 5\nCLASS_LEN 100 AVG_THRESHOLD -3.5\n"
      "WIN_THRESHOLD -3\n\nGAUSSIAN a = 10 2\nGAUSSIAN+ b 0.5 2 (0.5 1 1) (0.5 50 3)\n");
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->window_size, 5);
  EXPECT_EQ(model->acceptance_threshold, -3.5);
  ASSERT_EQ(model->classes.size(), 2u);
  EXPECT_EQ(model->classes[0].prior, 0.5);
  EXPECT_EQ(model->classes[1].mixture.size(), 2u);
  EXPECT_NEAR(model->Density(model->classes[0], 10), std::log10(0.398942280401433 / 2), 1e-12);
}

TEST(BayesConfig, PositiveWindowThresholdReplacesTheOther) {
  const absl::StatusOr<BayesModel> model =
      Parse("WINDOW_SIZE 2 CLASS_LEN 100 AVG_THRESHOLD -9 GAUSSIAN a = 10 2");
  ASSERT_TRUE(model.ok());
  EXPECT_DOUBLE_EQ(model->acceptance_threshold, 2.0 / 2 + 3);
}

TEST(BayesConfig, ErrorsNameTheLine) {
  const struct {
    std::string_view text, expected;
  } cases[] = {
      {"FEATURE PKTSIZE\nWINDOWS 1\n", "m.conf:2: unknown keyword \"WINDOWS\""},
      {"WINDOW_SIZE\n", "m.conf:1: WINDOW_SIZE: a value is missing"},
      {"USE_LOG 2", "m.conf:1: USE_LOG must be 0 or 1"},
      {"\nAUTO_OTHER 1", "m.conf:2: AUTO_OTHER 1 is not supported"},
      {"GAUSSIAN a = 10 0", "m.conf:1: GAUSSIAN: sigma must be positive"},
      {"GAUSSIAN a 7 10 1", "a probability is a number from 0 to 1"},
      {"GAUSSIAN+ a = 1 (1 1 1)", "GAUSSIAN+: \"=\" is not a number"},
      {"DISCRETE a =", "/nowhere/a.DAT"},
      {"CLASS_LEN 1e3", "CLASS_LEN: \"1e3\" is not an integer"},
  };
  for (const auto& c : cases) {
    const absl::StatusOr<BayesModel> model = Parse(c.text);
    ASSERT_FALSE(model.ok()) << c.text;
    EXPECT_THAT(std::string(model.status().message()), HasSubstr(std::string(c.expected)));
  }
  std::string many;
  for (int i = 0; i < 17; ++i) many += "GAUSSIAN a = 1 1\n";
  EXPECT_FALSE(Parse(many).ok());
}

TEST(BayesClassifier, MeanOfTheBestBeliefs) {
  BayesModel model = *Parse(
      "WINDOW_SIZE 1 CLASS_LEN 250 MIN_THRESHOLD 1e-25 AVG_THRESHOLD -3.5 WIN_THRESHOLD -3\n"
      "GAUSSIAN a = 10 2\nGAUSSIAN b = 20 2");
  const double top = std::log10(0.5) + std::log10(0.398942280401433 / 2);
  BayesClassifier c;
  c.Add(model, 10);
  c.Add(model, 20);
  EXPECT_NEAR(c.SettleMeanBestBelief(), top, 1e-12);
  c.Add(model, 251);  // out of range: counts as a window without a belief
  EXPECT_NEAR(c.SettleMeanBestBelief(), top, 1e-12);
  c.Add(model, 100);  // far from both: the floor
  EXPECT_NEAR(c.SettleMeanBestBelief(), top + (std::log10(0.5) - 25 - top) / 4, 1e-9);
}

TEST(BayesClassifier, NeverJudgedIsMinusHundred) {
  BayesModel model = *Parse("CLASS_LEN 250 WIN_THRESHOLD -3 GAUSSIAN a = 10 2");
  BayesClassifier c;
  c.Add(model, 10);
  EXPECT_EQ(c.SettleMeanBestBelief(), -100);
}

}  // namespace
}  // namespace tstat::internal
