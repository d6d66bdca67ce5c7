// SPDX-License-Identifier: BSD-3-Clause
//
// A session that writes into a folder of its own, and what it wrote.
#ifndef TSTAT_TESTS_PIPELINE_SESSION_FIXTURE_H_
#define TSTAT_TESTS_PIPELINE_SESSION_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/output/temporary_folder.h"
#include "tstat/session.h"

namespace tstat::internal {

namespace fs = std::filesystem;

inline std::string Trace(const std::string& name) {
  return std::string(TSTAT_SOURCE_DIR) + "/tests/traces/" + name;
}

// Every file below `folder`, without the log directory's name, which is the trace's time.
inline std::map<std::string, std::string> Tree(const std::string& folder) {
  std::map<std::string, std::string> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[fs::relative(entry.path(), folder).string()] = ReadWholeFile(entry.path());
  }
  return files;
}

inline size_t Lines(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    setenv("TZ", "UTC", 1);
    tzset();
    options_.output_dir = Path("out");
    options_.histogram_engine = false;
    options_.on_notice = [this](const SessionNotice& notice) { notices_.push_back(notice); };
  }

  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
    return Path(name);
  }

  std::unique_ptr<Session> Create() {
    absl::StatusOr<std::unique_ptr<Session>> session = Session::Create(options_);
    EXPECT_TRUE(session.ok()) << session.status();
    return session.ok() ? *std::move(session) : nullptr;
  }

  // The texts of one kind.
  std::vector<std::string> Told(SessionNotice::Kind kind) const {
    std::vector<std::string> texts;
    for (const SessionNotice& notice : notices_) {
      if (notice.kind == kind) texts.push_back(notice.text);
    }
    return texts;
  }

  TemporaryFolder folder_;
  SessionOptions options_;
  std::vector<SessionNotice> notices_;
};

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_PIPELINE_SESSION_FIXTURE_H_
