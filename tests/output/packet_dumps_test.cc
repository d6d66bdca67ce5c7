// SPDX-License-Identifier: BSD-3-Clause
//
// Directories, files, slices, log.txt and errors of packet dumps.
#include "tstat/packet_dumps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "output/files.h"
#include "tests/output/failing_files.h"
#include "tests/output/temporary_folder.h"
#include "tstat/flow_packet.h"

namespace tstat::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kStart = 1'500'000'000;
constexpr size_t kHeader = 24, kRecord = 16 + 14;

Timestamp At(double seconds) {
  return Timestamp::FromMicroseconds(kStart * 1'000'000 + static_cast<int64_t>(seconds * 1e6));
}

class PacketDumpsTest : public ::testing::Test {
 protected:
  PacketDumpsTest() : tree_({.directory = folder_.path() + "/out"}) {
    bytes_ = std::vector<uint8_t>(28, 0x11);
    options_.settings.enabled = {"ip_complete"};
    options_.on_created = [this](const std::string& directory, Timestamp) {
      made_.push_back(directory.substr(directory.rfind('/') + 1));
    };
  }
  void Make(FileOpener* files = nullptr) {
    dumps_ = std::make_unique<PacketDumps>(&tree_, options_, files);
  }
  void NewOutput(double seconds) {
    tree_.OnNewOutput({At(seconds)});
    dumps_->OnNewOutput({At(seconds)});
  }
  void Packet(double seconds) {
    FlowPacket packet;
    packet.time = At(seconds);
    packet.bytes = bytes_;
    packet.ip_length = ip_length_;
    packet.source = source_;
    packet.destination = IpAddress::V4(0x11111111);
    dumps_->OnFlowPacket(packet);
  }
  // Paths below the log directory, sorted.
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree_.directory())) {
      if (entry.is_regular_file()) {
        names.push_back(std::filesystem::relative(entry.path(), tree_.directory()));
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string Read(const std::string& name) const {
    return ReadWholeFile(tree_.directory() + "/" + name);
  }

  TemporaryFolder folder_;
  OutputTree tree_;
  PacketDumpOptions options_;
  std::unique_ptr<PacketDumps> dumps_;
  std::vector<uint8_t> bytes_;
  uint32_t ip_length_ = 28;
  IpAddress source_ = IpAddress::V4(0x11111111);
  std::vector<std::string> made_;
};

TEST_F(PacketDumpsTest, WithoutASwitchNothingIsWantedOrMade) {
  options_.settings.enabled.clear();
  Make();
  EXPECT_TRUE(dumps_->Wants().empty());
  NewOutput(0);
  dumps_->OnTraceEnd({});
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_THAT(made_, IsEmpty());
}

TEST_F(PacketDumpsTest, AFileComesWithItsFirstPacket) {
  options_.settings.enabled = {"udp_dns", "ip_complete", "tcp_complete"};
  options_.settings.udp_max_packets = 3;
  options_.settings.tcp_max_bytes = 7;
  options_.settings.stop_dumping_mask = 8192;
  Make();
  EXPECT_TRUE(dumps_->Wants().has(Event::kFlowPacket));
  NewOutput(0);
  EXPECT_THAT(Files(), ElementsAre("traces00/log.txt"));
  EXPECT_EQ(Read("traces00/log.txt"), "");
  Packet(1);
  Packet(7);
  dumps_->OnTraceEnd({});
  EXPECT_THAT(Files(), ElementsAre("traces00/ip_complete.pcap", "traces00/log.txt"));
  EXPECT_EQ(Read("traces00/ip_complete.pcap").size(), kHeader + 2 * (kRecord + 28));
  setenv("TZ", "UTC", 1);
  tzset();
  EXPECT_EQ(Read("traces00/log.txt"),
            "dump start: Fri Jul 14 02:40:01 2017\n"
            "dump stop:  Fri Jul 14 02:40:07 2017\n"
            "---\nenabled protocols:\n---\n"
            "udp_dns\nip_complete\ntcp_complete\n"
            "---\nadditional option:\n---\n"
            "udp_maxpackets = 3\ntcp_maxbytes = 7\n"
            "stop_dumping_mask =  8192 # (0x2000)\n");
  EXPECT_THAT(made_, ElementsAre("traces00"));
  EXPECT_TRUE(dumps_->status().ok()) << dumps_->status();
  EXPECT_EQ(dumps_->lost_packets(), 0u);
}

TEST_F(PacketDumpsTest, ALogWithoutPacketsSaysSo) {
  Make();
  NewOutput(0);
  dumps_->OnTraceEnd({});
  EXPECT_THAT(Read("traces00/log.txt"), ::testing::StartsWith("no packets to dump\n---\nenabled "));
}

TEST_F(PacketDumpsTest, SlicesBeginWithTheFirstPacketAndKeepItsMicroseconds) {
  options_.settings.slice_win = 600;
  Make();
  NewOutput(0);
  for (const double t : {0.5, 100.0, 600.4, 600.5, 3000.0, 3000.6}) Packet(t);
  dumps_->OnTraceEnd({});
  const auto packets = [&](const std::string& slice) {
    return (Read("traces00/ip_complete" + slice + ".pcap").size() - kHeader) / (kRecord + 28);
  };
  EXPECT_EQ(packets("00"), 3u);
  EXPECT_EQ(packets("01"), 1u);
  EXPECT_EQ(packets("02"), 1u);
  EXPECT_EQ(packets("03"), 1u);
  // The next trace goes on with the last number; its window starts anew.
  NewOutput(5000);
  Packet(5000);
  Packet(5599);
  Packet(5601);
  dumps_->OnTraceEnd({});
  EXPECT_THAT(Files(), ElementsAre("traces00/ip_complete03.pcap", "traces00/ip_complete04.pcap",
                                   "traces00/log.txt"));
  EXPECT_EQ(packets("03"), 2u);
}

TEST_F(PacketDumpsTest, ASliceGoesOnWhenTheClockIsSetBack) {
  options_.settings.slice_win = 60;
  Make();
  NewOutput(0);
  Packet(100);
  Packet(1);
  Packet(159.999999);
  dumps_->OnTraceEnd({});
  EXPECT_THAT(Files(), ElementsAre("traces00/ip_complete00.pcap", "traces00/log.txt"));
}

TEST_F(PacketDumpsTest, ChangedSettingsBeginADirectory) {
  options_.settings.slice_win = 60;
  Make();
  NewOutput(0);
  Packet(0);
  Packet(70);
  DumpSettings settings = options_.settings;
  dumps_->SetSettings(settings, {});
  Packet(71);  // nothing has changed
  settings.snap_len = 4;
  dumps_->SetSettings(settings, {});
  EXPECT_THAT(made_, ElementsAre("traces00"));
  Packet(72);
  EXPECT_THAT(made_, ElementsAre("traces00", "traces01"));
  settings.enabled.clear();
  dumps_->SetSettings(settings, {});
  EXPECT_TRUE(dumps_->Wants().empty());
  settings.enabled = {"ip_complete"};
  DumpNameFilter names;
  names.otherwise = false;
  dumps_->SetSettings(settings, names);
  Packet(80);
  dumps_->OnTraceEnd({});
  EXPECT_THAT(Files(),
              ElementsAre("traces00/ip_complete00.pcap", "traces00/ip_complete01.pcap",
                          "traces00/log.txt", "traces01/ip_complete00.pcap", "traces01/log.txt",
                          "traces02/ip_complete00.pcap", "traces02/log.txt"));
  EXPECT_EQ(Read("traces00/ip_complete01.pcap").size(), kHeader + 2 * (kRecord + 28));
  EXPECT_EQ(Read("traces01/ip_complete00.pcap").size(), kHeader + kRecord + 4);
  EXPECT_THAT(Read("traces01/log.txt"), HasSubstr("dump start: "));
}

// The next output counts from 0 again, and no directory is left without packets.
TEST_F(PacketDumpsTest, ANewOutputAfterAChangeHasOneDirectory) {
  Make();
  NewOutput(0);
  DumpSettings settings = options_.settings;
  settings.snap_len = 4;
  dumps_->SetSettings(settings, {});
  NewOutput(60);
  Packet(60);
  dumps_->OnTraceEnd({});
  EXPECT_THAT(made_, ElementsAre("traces00", "traces00"));
}

TEST_F(PacketDumpsTest, PaddingIsKeptOrCut) {
  ip_length_ = 24;
  Make();
  NewOutput(0);
  Packet(0);
  dumps_->OnTraceEnd({});
  EXPECT_EQ(Read("traces00/ip_complete.pcap").size(), kHeader + kRecord + 28);
  // One byte of it in the dumps of flows; all where the packet is IPv6.
  options_.settings.enabled = {"udp_complete"};
  for (const bool is_v6 : {false, true}) {
    Make();
    NewOutput(is_v6 ? 180 : 120);
    const Endpoints endpoints;
    FlowPacket packet;
    packet.time = At(120);
    packet.bytes = bytes_;
    packet.ip_length = 24;
    packet.is_v6 = is_v6;
    packet.source = packet.destination = IpAddress::V4(0x11111111);
    packet.endpoints = &endpoints;
    packet.udp.emplace();
    dumps_->OnFlowPacket(packet);
    dumps_->OnTraceEnd({});
    EXPECT_EQ(Read("traces00/udp_complete.pcap").size(), kHeader + kRecord + (is_v6 ? 28 : 25));
  }
  options_.settings.enabled = {"ip_complete"};
  options_.profile.dump_link_padding = false;
  Make();
  NewOutput(60);
  Packet(60);
  ip_length_ = 0;  // left to the network card
  Packet(61);
  dumps_->OnTraceEnd({});
  const std::string text = Read("traces00/ip_complete.pcap");
  EXPECT_EQ(text.size(), kHeader + 2 * kRecord + 24 + 28);
  EXPECT_EQ(text[kHeader + kRecord + 24 + 12], 14 + 28);
}

TEST_F(PacketDumpsTest, MaskedAddressesStandInTheCopy) {
  source_ = IpAddress::V4(0x0A0B0C0D);
  Make();
  NewOutput(0);
  Packet(0);
  bytes_.resize(14);  // within an address
  Packet(1);
  dumps_->OnTraceEnd({});
  const std::string text = Read("traces00/ip_complete.pcap");
  EXPECT_EQ(text.substr(kHeader + kRecord, 20),
            std::string(12, 0x11) + "\x0A\x0B\x0C\x0D" + std::string(4, 0x11));
  EXPECT_EQ(bytes_[12], 0x11);
}

TEST_F(PacketDumpsTest, ARewriterSeesAndChangesEachPacketOnce) {
  options_.settings.enabled = {"ip_complete", "udp_complete", "udp_unknown"};
  source_ = IpAddress::V4(0x0A0B0C0D);
  int calls = 0;
  options_.rewrite = [&](const FlowPacket& packet, std::vector<uint8_t>* bytes) {
    ++calls;
    EXPECT_EQ((*bytes)[12], 0x0A);
    if (packet.time == At(1)) return false;
    bytes->resize(20);
    (*bytes)[0] = 0x99;
    return true;
  };
  Make();
  NewOutput(0);
  const Endpoints endpoints;
  FlowPacket packet;
  packet.bytes = bytes_;
  packet.ip_length = 28;
  packet.source = source_;
  packet.endpoints = &endpoints;
  packet.udp.emplace();
  for (const double t : {0.0, 1.0, 2.0}) {
    packet.time = At(t);
    dumps_->OnFlowPacket(packet);
  }
  dumps_->OnTraceEnd({});
  EXPECT_EQ(calls, 3);
  for (const char* name : {"ip_complete", "udp_complete", "udp_unknown"}) {
    const std::string text = Read(std::string("traces00/") + name + ".pcap");
    EXPECT_EQ(text.size(), kHeader + 2 * (kRecord + 20)) << name;
    EXPECT_EQ(static_cast<uint8_t>(text[kHeader + kRecord]), 0x99);
    EXPECT_EQ(text[kHeader + 12], 14 + 28) << "the original length";
  }
}

TEST_F(PacketDumpsTest, AFullDiskEndsADumpAndIsToldOnce) {
  FailingFiles files;
  files.free_bytes = kHeader + kRecord + 28 + 3;
  Make(&files);
  NewOutput(0);
  Packet(0);
  dumps_->Flush();
  EXPECT_TRUE(dumps_->TakeProblem().ok());
  Packet(1);
  dumps_->Flush();
  EXPECT_THAT(std::string(dumps_->TakeProblem().message()),
              HasSubstr("traces00/ip_complete.pcap: No space left on device"));
  files.free_bytes = 1 << 20;
  Packet(2);
  Packet(3);
  dumps_->Flush();
  EXPECT_TRUE(dumps_->TakeProblem().ok());
  EXPECT_EQ(dumps_->lost_packets(), 3u);
  EXPECT_FALSE(dumps_->status().ok());
  // The next output begins anew.
  NewOutput(60);
  Packet(60);
  dumps_->OnTraceEnd({});
  EXPECT_EQ(dumps_->lost_packets(), 3u);
  EXPECT_EQ(files.contents[tree_.directory() + "/traces00/ip_complete.pcap"].size(),
            kHeader + kRecord + 28);
}

TEST_F(PacketDumpsTest, OneFileThatCannotBeMadeDoesNotEndTheOthers) {
  FailingFiles files;
  options_.settings.enabled = {"ip_complete", "udp_complete"};
  Make(&files);
  NewOutput(0);
  files.refused_path = tree_.directory() + "/traces00/ip_complete.pcap";
  const Endpoints endpoints;
  FlowPacket packet;
  packet.time = At(0);
  packet.bytes = bytes_;
  packet.ip_length = 28;
  packet.endpoints = &endpoints;
  packet.source = packet.destination = IpAddress::V4(0x11111111);
  packet.udp.emplace();
  dumps_->OnFlowPacket(packet);
  dumps_->OnFlowPacket(packet);
  EXPECT_THAT(std::string(dumps_->TakeProblem().message()), HasSubstr("Permission denied"));
  EXPECT_EQ(dumps_->lost_packets(), 2u);
  dumps_->OnTraceEnd({});
  EXPECT_EQ(files.contents[tree_.directory() + "/traces00/udp_complete.pcap"].size(),
            kHeader + 2 * (kRecord + 28));
}

TEST_F(PacketDumpsTest, ADirectoryThatWentIsToldOnce) {
  options_.settings.slice_win = 10;
  Make();
  NewOutput(0);
  Packet(0);
  dumps_->Flush();
  std::filesystem::remove_all(tree_.directory() + "/traces00");
  Packet(1);
  dumps_->Flush();
  EXPECT_THAT(std::string(dumps_->TakeProblem().message()), HasSubstr("removed"));
  Packet(20);
  dumps_->Flush();
  EXPECT_TRUE(dumps_->TakeProblem().ok());
  EXPECT_EQ(dumps_->lost_packets(), 2u);
  dumps_->OnTraceEnd({});
  EXPECT_THAT(std::string(dumps_->TakeProblem().message()), HasSubstr("traces00/log.txt: "));
}

TEST_F(PacketDumpsTest, NoLinkIsFollowed) {
  const std::string victim = folder_.path() + "/victim";
  { std::ofstream(victim) << "precious"; }
  Make();
  NewOutput(0);
  std::filesystem::create_symlink(victim, tree_.directory() + "/traces00/ip_complete.pcap");
  Packet(0);
  dumps_->OnTraceEnd({});
  EXPECT_EQ(ReadWholeFile(victim), "precious");
}

TEST_F(PacketDumpsTest, ADirectoryOfThatNameIsLeftAlone) {
  Make();
  tree_.OnNewOutput({At(0)});
  std::filesystem::create_directory(tree_.directory() + "/traces00");
  dumps_->OnNewOutput({At(0)});
  EXPECT_THAT(made_, ElementsAre("traces01"));
}

TEST_F(PacketDumpsTest, WhatCannotBeADirectoryLosesItsPackets) {
  Make();
  tree_.OnNewOutput({At(0)});
  { std::ofstream(tree_.directory() + "/traces00") << "a file"; }
  dumps_->OnNewOutput({At(0)});
  EXPECT_THAT(std::string(dumps_->TakeProblem().message()),
              HasSubstr("Cannot create directory " + tree_.directory() + "/traces00"));
  Packet(0);
  Packet(1);
  EXPECT_TRUE(dumps_->TakeProblem().ok());
  EXPECT_EQ(dumps_->lost_packets(), 2u);
  std::filesystem::remove(tree_.directory() + "/traces00");
  dumps_->Retry();
  Packet(2);
  EXPECT_EQ(dumps_->lost_packets(), 2u);
  EXPECT_THAT(made_, ElementsAre("traces00"));
}

}  // namespace
}  // namespace tstat::internal
