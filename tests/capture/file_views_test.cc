// SPDX-License-Identifier: BSD-3-Clause
//
// Large files are looked at in place: ByteStream::View, and what happens when the file changes
// meanwhile.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "capture/byte_stream.h"
#include "capture/input_buffer.h"
#include "tests/capture/trace_bytes.h"

namespace tstat::internal {
namespace {

// 3 MB of records, one of them larger than what is read at a time.
Bytes LargeTrace() {
  PcapBuilder builder(false, {.snapshot_length = 262144});
  for (uint32_t i = 0; i < 4000; ++i) {
    builder.Record(i + 1, 0, Frame(i == 1000 ? 250000 : i % 1400, static_cast<uint8_t>(i)));
  }
  return builder.bytes();
}

class FileViews : public ::testing::Test {
 protected:
  FileViews() : path_(::testing::TempDir() + "tstat-view-" + std::to_string(getpid())) {}
  ~FileViews() override { std::filesystem::remove(path_); }

  void Write(const Bytes& bytes, std::ios::openmode mode = std::ios::trunc) {
    std::ofstream file(path_, std::ios::binary | std::ios::out | mode);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  ReadResult Read() {
    ReadResult result;
    auto source = OpenTrace(path_, {.mapping = &mapping_});
    result.open = source.status();
    if (source.ok()) ReadAll(**source, result);
    return result;
  }
  std::unique_ptr<FileStream> Open(off_t offset = 0) {
    const int descriptor = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    lseek(descriptor, offset, SEEK_SET);
    return std::make_unique<FileStream>(descriptor, path_, &mapping_);
  }

  std::string path_;
  MappedRange mapping_;
};

TEST_F(FileViews, FollowEachOther) {
  const Bytes bytes = LargeTrace();
  ASSERT_GT(bytes.size(), 2u << 20);
  Write(bytes);
  auto stream = Open(100);
  size_t position = 100, used = 0, views = 0;
  for (;; used = 50000, position += used, ++views) {
    const auto view = stream->View(used, 70000);
    if (view.empty()) break;
    ASSERT_GE(view.size(), 70000u);
    ASSERT_TRUE(std::equal(view.begin(), view.end(), bytes.begin() + static_cast<long>(position)));
    EXPECT_EQ(stream->file_position(), position + view.size());
  }
  EXPECT_GT(views, 40u);
  // The rest is less than 70000 bytes, and comes from Read.
  Bytes rest(100000);
  rest.resize(stream->Read(rest));
  EXPECT_EQ(rest, Bytes(bytes.begin() + static_cast<long>(position), bytes.end()));
  EXPECT_EQ(stream->Read(rest), 0u);
  EXPECT_TRUE(stream->status().ok());
}

TEST_F(FileViews, GiveTheSamePacketsAsReading) {
  const Bytes bytes = LargeTrace();
  Write(bytes);
  const ReadResult read = Read();
  ASSERT_TRUE(read.open.ok());
  EXPECT_TRUE(read.status.ok());
  EXPECT_EQ(read.packets.size(), 4000u);
  EXPECT_EQ(read.packets, ReadTrace(bytes, {}, 10000).packets);
}

TEST_F(FileViews, EndInACutRecordLikeReading) {
  Bytes bytes = LargeTrace();
  bytes.resize(bytes.size() - 100);
  Write(bytes);
  const ReadResult read = Read(), in_memory = ReadTrace(bytes);
  EXPECT_FALSE(read.status.ok());
  EXPECT_EQ(read.status, in_memory.status);
  EXPECT_EQ(read.packets, in_memory.packets);
}

TEST_F(FileViews, FollowAFileThatGrows) {
  const Bytes bytes = LargeTrace();
  const auto half = bytes.begin() + static_cast<long>(bytes.size() / 2);
  Write(Bytes(bytes.begin(), half));
  auto source = OpenTrace(path_, {.mapping = &mapping_});
  ASSERT_TRUE(source.ok());
  ReadResult read;
  std::vector<Packet> one(1);
  ASSERT_EQ((*source)->ReadBatch(one), 1u);
  Write(Bytes(half, bytes.end()), std::ios::app);
  ReadAll(**source, read);
  EXPECT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.packets.size(), 3999u);
  EXPECT_EQ((*source)->progress(), 1.0);
}

TEST_F(FileViews, EndWhereAFileWasCutMeanwhile) {
  Bytes bytes = LargeTrace();
  Write(bytes);
  auto source = OpenTrace(path_, {.mapping = &mapping_});
  ASSERT_TRUE(source.ok());
  std::vector<Packet> one(1);
  ASSERT_EQ((*source)->ReadBatch(one), 1u);
  bytes.resize(3 * bytes.size() / 4);
  std::filesystem::resize_file(path_, bytes.size());
  ReadResult read;
  ReadAll(**source, read);
  const ReadResult in_memory = ReadTrace(bytes);
  EXPECT_EQ(read.status, in_memory.status);
  EXPECT_EQ(read.packets.size() + 1, in_memory.packets.size());
}

// Longer than pages of what was looked at are kept.
TEST_F(FileViews, StayWhatTheyAre) {
  Bytes bytes = LargeTrace();
  const Bytes records(bytes.begin() + 24, bytes.end());
  for (int i = 0; i < 11; ++i) bytes.insert(bytes.end(), records.begin(), records.end());
  ASSERT_GT(bytes.size(), 32u << 20);
  Write(bytes);
  auto source = OpenTrace(path_, {.mapping = &mapping_});
  ASSERT_TRUE(source.ok());
  std::vector<std::span<const uint8_t>> packets;
  std::vector<Packet> batch(32);
  while (const size_t n = (*source)->ReadBatch(batch)) {
    // The last packets end with the file, and are read into a buffer.
    if (!(*source)->keeps_bytes()) break;
    for (const Packet& packet : std::span(batch).first(n)) packets.push_back(packet.data);
  }
  EXPECT_GT(packets.size(), 47'000u);
  for (size_t i = 0; i < packets.size(); ++i) {
    const size_t of_trace = i % 4000;
    const Bytes frame =
        Frame(of_trace == 1000 ? 250000 : of_trace % 1400, static_cast<uint8_t>(of_trace));
    ASSERT_TRUE(std::equal(frame.begin(), frame.end(), packets[i].begin(), packets[i].end())) << i;
  }
}

// Also behind the last one, where what follows in the file is no capture that can be read.
TEST_F(FileViews, OutliveWhatFollows) {
  Bytes bytes = LargeTrace();
  Bytes header(bytes.begin(), bytes.begin() + 24);
  header[20] = 0x0f;  // link type 9999
  header[21] = 0x27;
  bytes.insert(bytes.end(), header.begin(), header.end());
  Write(bytes);
  auto source = OpenTrace(path_, {.mapping = &mapping_});
  ASSERT_TRUE(source.ok());
  std::vector<std::span<const uint8_t>> packets;
  std::vector<Packet> batch(32);
  size_t read = 0;
  while (const size_t n = (*source)->ReadBatch(batch)) {
    read += n;
    if (!(*source)->keeps_bytes()) continue;
    for (const Packet& packet : std::span(batch).first(n)) packets.push_back(packet.data);
  }
  EXPECT_EQ(read, 4000u);
  EXPECT_FALSE((*source)->status().ok());
  EXPECT_EQ((*source)->progress(), std::nullopt);
  ASSERT_GT(packets.size(), 3000u);
  for (size_t i = 0; i < packets.size(); ++i) {
    const Bytes frame = Frame(i == 1000 ? 250000 : i % 1400, static_cast<uint8_t>(i));
    ASSERT_TRUE(std::equal(frame.begin(), frame.end(), packets[i].begin(), packets[i].end())) << i;
  }
}

TEST_F(FileViews, CanBeGivenBackToAStream) {
  const Bytes bytes = LargeTrace();
  Write(bytes);
  for (const size_t consumed : {size_t{0}, size_t{5}}) {
    InputBuffer input(Open());
    ASSERT_TRUE(input.Fill(8));
    input.Consume(consumed);
    const std::unique_ptr<ByteStream> rest = input.TakeRest();
    Bytes all;
    Bytes part(300000);
    while (const size_t n = rest->Read(part)) {
      all.insert(all.end(), part.begin(), part.begin() + static_cast<long>(n));
    }
    EXPECT_EQ(all, Bytes(bytes.begin() + static_cast<long>(consumed), bytes.end()));
  }
}

TEST_F(FileViews, SayWhereTheyAre) {
  Write(LargeTrace());
  {
    auto stream = Open();
    const auto view = stream->View(0, 100);
    ASSERT_FALSE(view.empty());
    EXPECT_TRUE(mapping_.Contains(view.data()));
    EXPECT_TRUE(mapping_.Contains(view.data() + stream->file_size() - 1));
    EXPECT_FALSE(mapping_.Contains(view.data() + stream->file_size()));
    EXPECT_FALSE(mapping_.Contains(view.data() - 1));
    EXPECT_FALSE(mapping_.Contains(&mapping_));
    // More than there is: from now on the file is read.
    EXPECT_TRUE(stream->View(0, SIZE_MAX).empty());
    EXPECT_TRUE(mapping_.Contains(view.data()));
  }
  const uint8_t* bytes = nullptr;
  {
    auto stream = Open();
    bytes = stream->View(0, 100).data();
    EXPECT_TRUE(mapping_.Contains(bytes));
  }
  EXPECT_FALSE(mapping_.Contains(bytes));
}

TEST_F(FileViews, AreOnlyForThoseWhoAsk) {
  Write(LargeTrace());
  FileStream stream(open(path_.c_str(), O_RDONLY | O_CLOEXEC), path_);
  EXPECT_TRUE(stream.View(0, 100).empty());
  Bytes start(100);
  EXPECT_EQ(stream.Read(start), 100u);
  EXPECT_EQ(TraceOptions().mapping, nullptr);
  auto source = OpenTrace(path_);
  ASSERT_TRUE(source.ok());
  ReadResult read;
  ReadAll(**source, read);
  EXPECT_EQ(read.packets.size(), 4000u);
}

}  // namespace
}  // namespace tstat::internal
