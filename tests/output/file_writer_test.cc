// SPDX-License-Identifier: BSD-3-Clause
#include "output/file_writer.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "failing_files.h"
#include "temporary_folder.h"
#include "unpack.h"

namespace tstat::internal {
namespace {

std::string Gunzip(const std::string& path) {
  gzFile in = gzopen(path.c_str(), "rb");
  std::string text;
  char chunk[4096];
  for (int n; in != nullptr && (n = gzread(in, chunk, sizeof chunk)) > 0;) text.append(chunk, n);
  if (in != nullptr) gzclose(in);
  return text;
}

std::string Row(int i) { return "row " + std::to_string(i) + " of many\n"; }

TEST(FileWriter, AppendsToWhatIsThere) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  for (int run = 0; run < 2; ++run) {
    FileWriter out;
    ASSERT_TRUE(out.Open(SystemFiles(), path, {}).ok());
    EXPECT_TRUE(out.is_open());
    out.Append("header\n");
    out.AppendRow("row\n");
    out.Close();
    EXPECT_FALSE(out.is_open());
    EXPECT_TRUE(out.status().ok());
    EXPECT_EQ(out.lost_rows(), 0u);
  }
  EXPECT_EQ(ReadWholeFile(path), "header\nrow\nheader\nrow\n");
}

TEST(FileWriter, BufferBoundariesDoNotShow) {
  for (const bool gzip : {false, true}) {
    for (const size_t buffer_bytes : {1, 20, 4096}) {
      TemporaryFolder folder;
      const std::string path = folder.path() + "/log";
      FileWriter out;
      ASSERT_TRUE(out.Open(SystemFiles(), path, {.gzip = gzip, .buffer_bytes = buffer_bytes}).ok());
      std::string expected;
      for (int i = 0; i < 5000; ++i) {
        out.AppendRow(Row(i));
        expected += Row(i);
        if (i % 1000 == 0) out.Flush();
      }
      out.Close();
      EXPECT_EQ(gzip ? Gunzip(path) : ReadWholeFile(path), expected);
    }
  }
}

TEST(FileWriter, EmptyGzipStreamIsValid) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/log.gz";
  FileWriter out;
  ASSERT_TRUE(out.Open(SystemFiles(), path, {.gzip = true}).ok());
  out.Close();
  EXPECT_GT(std::filesystem::file_size(path), 0u);
  EXPECT_EQ(Gunzip(path), "");
}

TEST(FileWriter, FlushMakesRowsVisible) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  FileWriter out;
  ASSERT_TRUE(out.Open(SystemFiles(), path, {}).ok());
  out.AppendRow("row\n");
  EXPECT_EQ(ReadWholeFile(path), "");
  out.Flush();
  EXPECT_EQ(ReadWholeFile(path), "row\n");
}

TEST(FileWriter, ClosedByDestructorAndMovable) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  {
    FileWriter out;
    ASSERT_TRUE(out.Open(SystemFiles(), path, {}).ok());
    out.AppendRow("row\n");
    FileWriter moved = std::move(out);
    moved.AppendRow("another\n");
  }
  EXPECT_EQ(ReadWholeFile(path), "row\nanother\n");
}

TEST(FileWriter, FullDiskIsReportedOnceAndRowsAreCounted) {
  FailingFiles disk;
  disk.free_bytes = 100;
  FileWriter out;
  ASSERT_TRUE(out.Open(disk, "out/log", {.buffer_bytes = 64}).ok());
  std::string whole;
  for (int i = 0; i < 100; ++i) {
    out.AppendRow(Row(i));
    whole += Row(i);
  }
  EXPECT_EQ(out.status().message(), "out/log: No space left on device");
  EXPECT_EQ(out.status().code(), absl::StatusCode::kResourceExhausted);
  out.Close();
  // What is there is the beginning, whole rows, and none was counted as written that is not.
  const std::string& there = disk.contents["out/log"];
  EXPECT_EQ(there, whole.substr(0, 7 * Row(0).size()));
  const uint64_t rows_there = static_cast<uint64_t>(std::count(there.begin(), there.end(), '\n'));
  EXPECT_GE(out.lost_rows(), 100 - rows_there);
  EXPECT_LE(out.lost_rows(), 100u);
}

TEST(FileWriter, FullDiskBehindGzip) {
  FailingFiles disk;
  disk.free_bytes = 5;
  FileWriter out;
  ASSERT_TRUE(out.Open(disk, "log.gz", {.gzip = true}).ok());
  out.AppendRow("row\n");
  out.Close();
  EXPECT_EQ(out.status().message(), "log.gz: No space left on device");
  EXPECT_EQ(out.lost_rows(), 1u);
}

TEST(FileWriter, ErrorOfCloseIsKept) {
  FailingFiles disk;
  disk.close_fails = true;
  FileWriter out;
  ASSERT_TRUE(out.Open(disk, "log", {}).ok());
  out.Close();
  EXPECT_EQ(out.status().message(), "log: Disk quota exceeded");
}

TEST(FileWriter, CannotOpen) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/missing/log";
  FileWriter out;
  EXPECT_FALSE(out.Open(SystemFiles(), path, {}).ok());
  EXPECT_FALSE(out.is_open());
  EXPECT_EQ(out.status().message(), "Could not open file " + path + ": No such file or directory");
  out.AppendRow("row\n");
  out.Close();
  EXPECT_EQ(out.lost_rows(), 1u);
}

// Longer than the buffer of the tests below takes: what does not wait there is lost.
std::string Rows(FileWriter& out, int first, int last) {
  std::string text;
  for (int i = first; i < last; ++i) {
    out.AppendRow(Row(i));
    text += Row(i);
  }
  return text;
}

TEST(FileWriter, GoesOnWhereTheFullDiskStoppedIt) {
  for (const size_t free_bytes : {0, 3, 7, 8, 30}) {
    FailingFiles disk;
    disk.free_bytes = free_bytes;
    FileWriter out;
    ASSERT_TRUE(out.Open(disk, "log", {.header = "#header\n"}).ok());
    const std::string rows = Rows(out, 0, 5);
    out.Flush();
    EXPECT_FALSE(out.is_well());
    EXPECT_EQ(out.Retry().message(), "log: No space left on device");
    disk.free_bytes = 1 << 20;
    EXPECT_TRUE(out.Retry().ok());
    EXPECT_EQ(disk.contents["log"], "#header\n" + rows) << free_bytes;
    const std::string more = Rows(out, 5, 7);
    out.Close();
    EXPECT_EQ(disk.contents["log"], "#header\n" + rows + more);
    EXPECT_EQ(out.lost_rows(), 0u);
    EXPECT_TRUE(out.status().ok());
  }
}

TEST(FileWriter, GzipGoesOnWhereTheFullDiskStoppedIt) {
  TemporaryFolder folder;
  FailingFiles disk;
  disk.free_bytes = 12;
  FileWriter out;
  ASSERT_TRUE(out.Open(disk, "log.gz", {.gzip = true, .header = "#header\n"}).ok());
  std::string rows = Rows(out, 0, 5);
  out.Flush();
  EXPECT_FALSE(out.is_well());
  rows += Rows(out, 5, 9);
  disk.free_bytes = 1 << 20;
  EXPECT_TRUE(out.Retry().ok());
  out.Close();
  EXPECT_EQ(out.lost_rows(), 0u);
  const std::string path = folder.path() + "/log.gz";
  std::ofstream(path, std::ios::binary) << disk.contents["log.gz"];
  EXPECT_EQ(Gunzip(path), "#header\n" + rows);
}

TEST(FileWriter, WhatWaitsIsBoundedAndTheRestIsCounted) {
  FailingFiles disk;
  disk.free_bytes = 0;
  FileWriter out;
  ASSERT_TRUE(out.Open(disk, "log", {.buffer_bytes = 100}).ok());
  Rows(out, 0, 100);
  const uint64_t lost = out.lost_rows();
  EXPECT_GT(lost, 90u);
  EXPECT_LT(lost, 100u);
  disk.free_bytes = 1 << 20;
  EXPECT_TRUE(out.Retry().ok());
  Rows(out, 100, 101);
  out.Close();
  const std::string& text = disk.contents["log"];
  EXPECT_TRUE(text.starts_with(Row(0)));
  EXPECT_TRUE(text.ends_with(Row(100)));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), static_cast<int64_t>(101 - lost));
  EXPECT_EQ(out.lost_rows(), lost);
}

TEST(FileWriter, RemovedFileIsMadeAgain) {
  FailingFiles disk;
  FileWriter out;
  ASSERT_TRUE(out.Open(disk, "log", {.header = "#header\n"}).ok());
  Rows(out, 0, 3);
  out.Flush();
  disk.RemoveAll();
  const std::string rows = Rows(out, 3, 6);
  out.Flush();
  EXPECT_EQ(out.status().message(), "log: the file was removed");
  EXPECT_TRUE(out.Retry().ok());
  EXPECT_EQ(disk.contents["log"], "#header\n" + rows);
  // Retry finds out by itself, too.
  disk.RemoveAll();
  EXPECT_TRUE(out.Retry().ok());
  EXPECT_EQ(disk.contents["log"], "#header\n");
  EXPECT_EQ(out.lost_rows(), 0u);
}

// The first half of a row went with the old file.
TEST(FileWriter, RowsAreNotCutInTwo) {
  FailingFiles disk;
  disk.free_bytes = Row(0).size() + 4;
  FileWriter out;
  ASSERT_TRUE(out.Open(disk, "log", {.header = ""}).ok());
  Rows(out, 0, 3);
  out.Flush();
  EXPECT_EQ(disk.contents["log"], Row(0) + Row(1).substr(0, 4));
  disk.RemoveAll();
  disk.free_bytes = 1 << 20;
  EXPECT_TRUE(out.Retry().ok());
  EXPECT_EQ(disk.contents["log"], Row(2));
  EXPECT_EQ(out.lost_rows(), 1u);
}

TEST(FileWriter, OpensLaterWhatCouldNotBeOpened) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/later/log";
  FileWriter out;
  EXPECT_FALSE(out.Open(SystemFiles(), path, {.header = "#header\n"}).ok());
  EXPECT_TRUE(out.is_active());
  const std::string rows = Rows(out, 0, 3);
  EXPECT_FALSE(out.Retry().ok());
  std::filesystem::create_directory(folder.path() + "/later");
  EXPECT_TRUE(out.Retry().ok());
  EXPECT_EQ(ReadWholeFile(path), "#header\n" + rows);
  // The real thing: the directory goes, and comes again.
  std::filesystem::remove_all(folder.path() + "/later");
  const std::string more = Rows(out, 3, 5);
  out.Flush();
  EXPECT_EQ(out.status().message(), path + ": the file was removed");
  EXPECT_FALSE(out.Retry().ok());
  std::filesystem::create_directory(folder.path() + "/later");
  EXPECT_TRUE(out.Retry().ok());
  EXPECT_EQ(ReadWholeFile(path), "#header\n" + more);
}

TEST(FileWriter, HeaderOnlyInNewFiles) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  for (int run = 0; run < 2; ++run) {
    FileWriter out;
    ASSERT_TRUE(out.Open(SystemFiles(), path, {.header = "#header\n"}).ok());
    out.AppendRow(Row(run));
  }
  EXPECT_EQ(ReadWholeFile(path), "#header\n" + Row(0) + Row(1));
}

TEST(FileWriter, RealFullDevice) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP();
  FileWriter out;
  ASSERT_TRUE(out.Open(SystemFiles(), "/dev/full", {}).ok());
  out.AppendRow("row\n");
  out.Close();
  EXPECT_EQ(out.status().message(), "/dev/full: No space left on device");
  EXPECT_EQ(out.lost_rows(), 1u);
}

// On a disk that stays full.
TEST(FileWriter, NoHalfRowIsLeft) {
  for (size_t room = 0; room < 60; ++room) {
    FailingFiles disk;
    disk.free_bytes = room;
    FileWriter out;
    ASSERT_TRUE(out.Open(disk, "log", {.buffer_bytes = 32, .header = "header\n"}).ok());
    for (int i = 0; i < 5; ++i) out.AppendRow(Row(i));
    out.Flush();
    out.Close();
    const std::string& text = disk.contents["log"];
    EXPECT_TRUE(text.empty() || text.back() == '\n') << room << ": " << text;
    const auto lines = static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
    EXPECT_EQ(out.lost_rows(), lines == 0 ? 5 : 5 - (lines - 1)) << room;
  }
}

// Those that gzip had taken and not given are lost, too.
TEST(FileWriter, NoRowOfAGzipStreamIsLostAndNotCounted) {
  constexpr int kRows = 400;
  for (size_t room = 0; room < 3000; room += 97) {
    FailingFiles disk;
    disk.free_bytes = room;
    FileWriter out;
    ASSERT_TRUE(out.Open(disk, "log.gz", {.gzip = true, .buffer_bytes = 512}).ok());
    for (int i = 0; i < kRows; ++i) out.AppendRow(Row(i));
    out.Close();
    const std::string there = UnpackGzip(disk.contents["log.gz"]);
    const auto rows = static_cast<uint64_t>(std::count(there.begin(), there.end(), '\n'));
    EXPECT_GE(out.lost_rows() + rows, kRows) << room;
  }
}

TEST(SystemFiles, CutBack) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  auto file = SystemFiles().OpenForAppend(path);
  ASSERT_TRUE(file.ok());
  std::string_view text = "a row\nhalf";
  ASSERT_TRUE((*file)->Append(&text).ok());
  EXPECT_FALSE((*file)->CutBack(100).ok());
  EXPECT_TRUE((*file)->CutBack(4).ok());
  text = "more\n";
  ASSERT_TRUE((*file)->Append(&text).ok());
  EXPECT_EQ(ReadWholeFile(path), "a row\nmore\n");
}

TEST(SystemFiles, Batches) {
  TemporaryFolder folder;
  const std::string target = folder.path() + "/target", directory = folder.path() + "/d";
  std::ofstream(target) << "precious";
  EXPECT_FALSE(SystemFiles().OpenBatch(directory).ok());
  std::filesystem::create_directory(directory);
  std::filesystem::create_symlink(target, directory + "/b");
  std::ofstream(directory + "/a") << "old and longer";
  auto batch = SystemFiles().OpenBatch(directory);
  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE((*batch)->Write("a", "new").ok());
  EXPECT_TRUE((*batch)->Write("b", "new").ok());
  EXPECT_EQ(ReadWholeFile(directory + "/a"), "new");
  EXPECT_EQ(ReadWholeFile(directory + "/b"), "new");
  EXPECT_EQ(ReadWholeFile(target), "precious");
  EXPECT_EQ((*batch)->Write("x/y", "new").message(),
            "Could not open file " + directory + "/x/y: No such file or directory");
}

}  // namespace
}  // namespace tstat::internal
