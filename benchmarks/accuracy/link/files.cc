// SPDX-License-Identifier: BSD-3-Clause
#include "benchmarks/accuracy/link/files.h"

#include <unistd.h>

#include <cinttypes>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>

namespace accuracy {
namespace {

constexpr uint32_t kMagicOfNanoseconds = 0xa1b23c4d;
constexpr uint32_t kLinkTypeRaw = 101;
constexpr Nanoseconds kSecond = 1'000'000'000;

// Group and name.
constexpr std::pair<std::string_view, std::string_view> kCounters[] = {
    {"Tcp:", "RetransSegs"},
    {"TcpExt:", "TCPFastRetrans"},
    {"TcpExt:", "TCPSlowStartRetrans"},
    {"TcpExt:", "TCPTimeouts"},
    {"TcpExt:", "TCPLossProbes"},
    {"TcpExt:", "TCPSynRetrans"},
    {"TcpExt:", "TCPSpuriousRTOs"},
    {"TcpExt:", "TCPDSACKRecv"},
    {"TcpExt:", "TCPDSACKUndo"},
    {"TcpExt:", "TCPFullUndo"},
    {"TcpExt:", "TCPPartialUndo"},
    {"TcpExt:", "TCPLossUndo"},
    {"TcpExt:", "TCPLostRetransmit"},
    {"TcpExt:", "TCPDelivered"},
    {"TcpExt:", "TCPDeliveredCE"},
    {"TcpExt:", "TCPWinProbe"},
    {"TcpExt:", "TCPKeepAlive"},
    {"TcpExt:", "DelayedACKs"},
    {"TcpExt:", "TCPLossProbeRecovery"},
};

const char* NameOf(Fate fate) {
  switch (fate) {
    case Fate::kOnTheWay:
      return "";
    case Fate::kDelivered:
      return "delivered";
    case Fate::kLostByRule:
      return "rule";
    case Fate::kLostAtRandom:
      return "random";
    case Fate::kLostInBurst:
      return "burst";
    case Fate::kLostInOutage:
      return "outage";
    case Fate::kLostInQueue:
      return "queue";
    case Fate::kTooBig:
      return "mtu";
  }
  return "";
}

void Put(std::FILE* file, uint32_t value) { std::fwrite(&value, sizeof value, 1, file); }

void PutTime(std::FILE* file, Nanoseconds time) {
  if (time == kNever) {
    std::fputc(',', file);
  } else {
    std::fprintf(file, ",%" PRId64, time);
  }
}

std::string ReadWhole(int file, std::vector<char>& buffer) {
  std::string text;
  off_t offset = 0;
  while (true) {
    const ssize_t size = pread(file, buffer.data(), buffer.size(), offset);
    if (size <= 0) return text;
    text.append(buffer.data(), static_cast<size_t>(size));
    offset += size;
  }
}

}  // namespace

CaptureFile::CaptureFile(File file) : file_(std::move(file)) {
  Put(file_.get(), kMagicOfNanoseconds);
  Put(file_.get(), 2 | 4 << 16);  // version 2.4, on machines of either byte order
  Put(file_.get(), 0);
  Put(file_.get(), 0);
  Put(file_.get(), 262144);
  Put(file_.get(), kLinkTypeRaw);
}

uint32_t CaptureFile::Write(const std::vector<uint8_t>& bytes, Nanoseconds now) {
  Put(file_.get(), static_cast<uint32_t>(now / kSecond));
  Put(file_.get(), static_cast<uint32_t>(now % kSecond));
  Put(file_.get(), static_cast<uint32_t>(bytes.size()));
  Put(file_.get(), static_cast<uint32_t>(bytes.size()));
  std::fwrite(bytes.data(), 1, bytes.size(), file_.get());
  return ++frames_;
}

TruthFile::TruthFile(File file) : file_(std::move(file)) {
  std::fputs(
      "id,copy_of,burst,direction,length,entered,client,middle,server,client_frame,middle_frame,"
      "server_frame,"
      "left,fate,hop,marked,held\n",
      file_.get());
}

void TruthFile::Write(const Packet& packet) {
  std::FILE* file = file_.get();
  std::fprintf(file, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%s,%zu", packet.id, packet.copy_of,
               packet.burst, packet.direction == Direction::kToServer ? "to_server" : "to_client",
               packet.bytes.size());
  PutTime(file, packet.entered);
  for (const Nanoseconds time : packet.passed) PutTime(file, time);
  for (const uint32_t frame : packet.frame) std::fprintf(file, ",%u", frame);
  PutTime(file, packet.left);
  const char* hop = packet.hop == HopName::kClientHop ? "client" : "server";
  std::fprintf(file, ",%s,%s,%d,%d\n", NameOf(packet.fate), IsLost(packet.fate) ? hop : "",
               packet.marked, packet.held);
}

std::vector<std::string> CounterNames() {
  std::vector<std::string> names;
  for (const auto& [group, name] : kCounters) names.emplace_back(name);
  return names;
}

void ReadCounters(const std::string& text, std::vector<uint64_t>* values) {
  values->assign(std::size(kCounters), 0);
  std::istringstream lines(text);
  std::string names_line, values_line;
  while (std::getline(lines, names_line) && std::getline(lines, values_line)) {
    std::istringstream names(names_line), numbers(values_line);
    std::string group, name, unused;
    names >> group;
    numbers >> unused;
    int64_t value = 0;
    while (names >> name && numbers >> value) {
      for (size_t i = 0; i < std::size(kCounters); ++i) {
        if (kCounters[i].first == group && kCounters[i].second == name)
          (*values)[i] = static_cast<uint64_t>(value);
      }
    }
  }
}

CountersFile::CountersFile(File file) : file_(std::move(file)), buffer_(size_t{1} << 16) {
  std::fputs("time,end", file_.get());
  for (const std::string& name : CounterNames()) std::fprintf(file_.get(), ",%s", name.c_str());
  std::fputc('\n', file_.get());
}

void CountersFile::AddEnd(const char* name, int netstat, int snmp) {
  ends_.push_back({name, netstat, snmp, {}});
}

void CountersFile::Sample(Nanoseconds now) {
  std::vector<uint64_t> values;
  for (End& end : ends_) {
    ReadCounters(ReadWhole(end.snmp, buffer_) + ReadWhole(end.netstat, buffer_), &values);
    if (values == end.values) continue;
    std::fprintf(file_.get(), "%" PRId64 ",%s", now, end.name);
    for (const uint64_t value : values) std::fprintf(file_.get(), ",%" PRIu64, value);
    std::fputc('\n', file_.get());
    end.values = values;
  }
}

}  // namespace accuracy
