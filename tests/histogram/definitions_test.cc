// SPDX-License-Identifier: BSD-3-Clause
#include "histogram/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "histogram/reference_page.h"
#include "tests/golden/reference_required.h"
#include "tstat/histogram.h"

namespace tstat::internal {
namespace {

std::string KindName(HistogramKind kind) {
  switch (kind) {
    case HistogramKind::kDistribution:
      return "dist";
    case HistogramKind::kRate:
      return "rate";
    case HistogramKind::kAverage:
      return "avg";
    case HistogramKind::kSum:
      break;
  }
  return "sum";
}

TEST(DefinitionsTest, EachMemberOccursOnceAndItsBinsFillItsRange) {
  std::set<std::pair<HistogramFamily, HistogramSuffix>> members;
  std::set<std::string_view> names;
  for (const HistogramDefinition& d : HistogramDefinitions()) {
    if (d.family != HistogramFamily::kOfFlows) {
      EXPECT_TRUE(members.insert({d.family, d.suffix}).second) << d.name;
    }
    names.insert(d.name);
    EXPECT_GE(d.min, 0) << d.name;
    EXPECT_EQ((d.max - d.min) % d.width, 0) << d.name;
    EXPECT_LT(d.max - d.min, int64_t{1} << 32) << d.name;  // HistogramCells counts on it
    EXPECT_LT(static_cast<size_t>(d.family), kHistogramFamilyCount);
  }
  EXPECT_EQ(names.size(), HistogramDefinitions().size() - 1);  // tcp_net_dup_out is there twice
}

TEST(DefinitionsTest, WhatExistsDependsOnProfileAndGlobal) {
  int always = 0, l3 = 0, global = 0;
  for (const HistogramDefinition& d : HistogramDefinitions()) {
    always += HistogramExists(d, false, false);
    l3 += HistogramExists(d, true, false);
    global += HistogramExists(d, false, true);
  }
  EXPECT_EQ(always, 343);
  EXPECT_EQ(l3, 349);
  EXPECT_EQ(global, 355);
}

TEST(DefinitionsTest, EqualsTheListOfTstat) {
  std::ifstream in(TSTAT_SHARED_DIR "/spec/histograms.tsv");
  TSTAT_NEEDS_REFERENCE(in.good());
  std::string line;
  std::getline(in, line);
  const auto definitions = HistogramDefinitions();
  size_t i = definitions.size();
  int rows = 0;
  while (std::getline(in, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, '\t');
    ASSERT_GT(cells.size(), 6u);
    do {
      ASSERT_GT(i, 0u);
      --i;
    } while (!HistogramExists(definitions[i], false, false));
    const HistogramDefinition& d = definitions[i];
    EXPECT_EQ(d.name, cells[0]);
    EXPECT_EQ(d.description, cells[1]);
    EXPECT_EQ(d.unit, cells[2]);
    EXPECT_EQ(std::to_string(d.min), cells[3]);
    EXPECT_EQ(std::to_string(d.max), cells[4]);
    EXPECT_EQ(std::to_string(d.width), cells[5]);
    EXPECT_EQ(KindName(d.kind), cells[6]);
    ++rows;
  }
  EXPECT_EQ(rows, 343);
}

TEST(ReferencePageTest, IsUpToDate) {
  std::ifstream in(std::string(TSTAT_SOURCE_DIR) + "/docs/histograms.md");
  const std::string page((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(page, HistogramReferencePage()) << "run: ninja docs_pages";
}

TEST(SelectionTest, OfTwoWithTheSameNameTheLocalOneIsMeant) {
  HistogramSelection s;
  ASSERT_TRUE(s.Select("tcp_net_dup_out"));
  ASSERT_EQ(s.count(), 1u);
  for (size_t i = 0; i < HistogramDefinitions().size(); ++i) {
    if (s.IsSelected(i)) {
      EXPECT_EQ(HistogramDefinitions()[i].suffix, HistogramSuffix::kLoc);
    }
  }
  s = {};
  s.SelectMatching("tcp_net_dup_out");
  EXPECT_EQ(s.count(), 2u);
}

TEST(SelectionTest, HistogramsOfOtherRunsAreUnknown) {
  HistogramSelection s;
  EXPECT_FALSE(s.Select("g_tcp_bitrate_in"));
  EXPECT_FALSE(s.Select("L3_protocol_in"));
  EXPECT_TRUE(s.Select("L3_protocol_in", /*l3=*/true));
  EXPECT_FALSE(s.Select("tcp_net_dup_loc"));
  s.totals = true;
  EXPECT_TRUE(s.Select("g_tcp_bitrate_in"));
}

TEST(HistogramsTest, ArePublicWithNamesAndUnits) {
  const auto all = AllHistograms();
  ASSERT_EQ(all.size(), HistogramDefinitions().size());
  size_t named_otherwise = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    const HistogramInfo& h = all[i];
    const HistogramDefinition& d = HistogramDefinitions()[i];
    EXPECT_EQ(h.name, d.name);
    EXPECT_EQ(h.unit, d.unit);
    EXPECT_EQ(h.description, d.description);
    EXPECT_EQ(h.max, d.max);
    EXPECT_EQ(h.presence, d.presence);
    if (h.suffix.empty()) {
      EXPECT_EQ(h.family, h.name);
    } else if (!h.name.ends_with("_" + std::string(h.suffix))) {
      ++named_otherwise;
      EXPECT_EQ(h.name, "tcp_net_dup_out");
      EXPECT_EQ(h.family, "tcp_net_dup");
      EXPECT_EQ(h.suffix, "loc");
    }
  }
  EXPECT_EQ(named_otherwise, 1u);
}

// Members of a family have one family name, and no other family has it.
TEST(HistogramsTest, FamiliesAndTheirMembers) {
  std::map<HistogramFamily, std::string_view> name_of;
  std::map<std::string_view, HistogramFamily> family_of;
  for (size_t i = 0; i < AllHistograms().size(); ++i) {
    const HistogramFamily family = HistogramDefinitions()[i].family;
    const std::string_view name = AllHistograms()[i].family;
    if (family != HistogramFamily::kOfFlows) {
      EXPECT_EQ(name_of.emplace(family, name).first->second, name);
    }
    EXPECT_EQ(family_of.emplace(name, family).first->second, family) << name;
  }
  EXPECT_EQ(name_of.size(), kHistogramFamilyCount - 1);  // but kOfFlows
}

TEST(SelectionTest, ByPlace) {
  HistogramSelection s;
  EXPECT_EQ(s.count(), 0u);
  EXPECT_FALSE(s.IsSelected(5));
  s.Add(5);
  s.Add(5);
  EXPECT_EQ(s.count(), 1u);
  EXPECT_TRUE(s.IsSelected(5));
  EXPECT_FALSE(s.IsSelected(4));
  EXPECT_FALSE(s.IsSelected(100000));
}

}  // namespace
}  // namespace tstat::internal
