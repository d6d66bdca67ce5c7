// SPDX-License-Identifier: BSD-3-Clause
#include "libtstat_analysis.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "decode/byte_reader.h"
#include "startup/notices.h"
#include "startup/startup.h"
#include "tstat/anonymizer.h"
#include "tstat/ip_address.h"
#include "tstat/report.h"

namespace tstat::internal {
namespace {

constexpr size_t kIpv4Header = 20, kIpv6Header = 40;
// Above it IANA has given no protocol number a meaning but "for experiments" and "reserved"
// (https://www.iana.org/assignments/protocol-numbers, 2023).
constexpr uint8_t kLastAssignedProtocol = 145;
// Problems of outputs are looked for after so many packets.
constexpr uint32_t kCallsPerLook = 1024;

uint8_t VersionOf(std::span<const uint8_t> packet) { return ByteReader(packet).U8(0) >> 4; }

bool IsIp(std::span<const uint8_t> packet) {
  return VersionOf(packet) == 4 || VersionOf(packet) == 6;
}

}  // namespace

std::optional<Timestamp> TimeOf(const timeval& time) {
  constexpr int64_t kSecond = 1'000'000'000, kMicroseconds = 1'000'000;
  const int64_t seconds = time.tv_sec, microseconds = time.tv_usec;
  if (microseconds < 0 || microseconds >= kMicroseconds) return std::nullopt;
  if (seconds < Timestamp::EarliestOfPacket().nanoseconds() / kSecond ||
      seconds >= Timestamp::LatestOfPacket().nanoseconds() / kSecond) {
    return std::nullopt;
  }
  return Timestamp::FromMicroseconds(seconds * kMicroseconds + microseconds);
}

bool IsKeepAlive(std::span<const uint8_t> packet) {
  const ByteReader bytes(packet);
  switch (VersionOf(packet)) {
    case 4:
      if (!bytes.Has(0, kIpv4Header)) return false;
      // Protocol 0 is the hop-by-hop header of IPv6, which IPv4 does not have.
      return bytes.U8(9) == 0 || bytes.U8(9) > kLastAssignedProtocol;
    case 6:
      return bytes.Has(0, kIpv6Header) && bytes.U8(6) > kLastAssignedProtocol;
    default:
      return false;
  }
}

Analysis::Analysis() : console_(stdout, stderr) { console_.set_always_bold(true); }

std::unique_ptr<Analysis> Analysis::Start(const char* path, std::vector<std::string>* written) {
  std::unique_ptr<Analysis> analysis(new Analysis());
  if (!analysis->Open(path, written)) return nullptr;
  return analysis;
}

bool Analysis::Open(const char* path, std::vector<std::string>* written) {
  if (std::optional<int> status = cli::StartUpFromFile(path, console_, &settings_)) {
    if (*status == 0) {
      console_.Error(absl::StrCat(path, " asks for a text (-h, -v, -H ?): no analysis begins"));
    }
    return false;
  }
  SessionOptions options = settings_.session;
  options.kept_directories = *written;
  options.on_notice = [this, written](const SessionNotice& notice) {
    if (notice.kind == SessionNotice::Kind::kLogDirectory) {
      std::error_code error;
      const std::filesystem::path absolute = std::filesystem::absolute(notice.text, error);
      written->push_back(error ? notice.text : absolute.string());
    }
    cli::TellNotice(notice, /*ticks=*/false, console_);
  };
  if (settings_.dns_cache_notices) cli::TellOfDnsCache(console_, &options.analyzer);
  reloaded_.emplace(settings_);
  every_ip_packet_counts_ = options.analyzer.profile.step_on_every_ip_packet;
  absl::StatusOr<std::unique_ptr<Session>> session = Session::Create(std::move(options));
  if (!session.ok()) {
    console_.Error(session.status());
    return false;
  }
  session_ = *std::move(session);
  session_->BeginTrace({.name = "stdin", .rotates = true, .waits_for_output = true});
  if (!session_->out_of_memory()) return true;
  console_.Error("no memory for the tables of flows");
  return false;
}

void Analysis::NewLogDirectory(std::string_view name, Timestamp time) {
  session_->BeginOutput(time, name.empty() ? "stdin" : name);
  TellProblems(time);
}

// -2 and -M go before what the program says: the library sees neither pairs nor MAC addresses.
PacketOrigin Analysis::OriginOf(int direction) const {
  if (settings_.paired) return PacketOrigin::kExternalSource;
  if (settings_.session.analyzer.use_macs) return PacketOrigin::kExternalBoth;
  switch (direction) {
    case 1:
      return PacketOrigin::kInternalBoth;
    case 2:
      return PacketOrigin::kInternalSource;
    case 3:
      return PacketOrigin::kExternalSource;
    case 4:
      return PacketOrigin::kExternalBoth;
    default:
      return PacketOrigin::kUnknown;
  }
}

int Analysis::Next(Timestamp time, std::span<const uint8_t> bytes, int direction) {
  if (bytes.empty()) return 0;
  // Its time counts nevertheless.
  if (!IsIp(bytes) && !std::exchange(foreign_told_, true)) {
    console_.Err("Warning: saw at least one non-ip packet\n");
  }
  if (IsKeepAlive(bytes)) {
    session_->AdvanceTime(time);
    FollowFiles();
    TellProblems(time);
    return 0;
  }
  Packet packet;
  packet.time = time;
  packet.data = bytes;
  packet.original_length = static_cast<uint32_t>(bytes.size());
  packet.link_type = LinkType::kRaw;
  packet.origin = OriginOf(direction);
  const PacketResult result = session_->Process(packet);
  if (++calls_ >= kCallsPerLook) TellProblems(time);
  if (result == PacketResult::kNotTaken) {
    if (!std::exchange(memory_told_, true)) console_.Error("the analysis ended: out of memory");
    return -1;
  }
  const bool is_ip = result > PacketResult::kDropped;
  const bool counts = result == PacketResult::kCounted || (every_ip_packet_counts_ && is_ip);
  if (!counts) return 0;
  if (packet.origin == PacketOrigin::kExternalBoth && !external_told_) TellOfExternalFlow(bytes);
  FollowFiles();
  return 1;
}

void Analysis::TellOfExternalFlow(std::span<const uint8_t> packet) {
  external_told_ = true;
  const ByteReader bytes(packet);
  constexpr uint8_t kUdp = 17;
  const bool is_udp = (VersionOf(packet) == 4 ? bytes.U8(9) : bytes.U8(6)) == kUdp;
  // Messages have no addresses where outputs have images of them.
  if (session_->options().anonymizer != nullptr) {
    console_.Err(absl::StrCat("WARN: This ", is_udp ? "udp " : "",
                              "flow is neither incoming nor outgoing!\n"));
    return;
  }
  const auto address = [&](size_t v4, size_t v6) {
    if (VersionOf(packet) == 4) return IpAddress::V4(bytes.U32(v4)).ToString();
    if (!bytes.Has(v6, 16)) return IpAddress().ToString();
    return IpAddress::V6(packet.subspan(v6).first<16>()).ToString();
  };
  console_.Err(absl::StrCat("WARN: This ", is_udp ? "udp " : "",
                            "flow is neither incoming nor outgoing: src - ", address(12, 8),
                            "; dst - ", address(16, 24), "!\n"));
}

void Analysis::FollowFiles() {
  if (reloaded_.has_value()) reloaded_->Follow(/*tells_all=*/false, *session_, console_);
}

void Analysis::TellProblems(Timestamp now) {
  calls_ = 0;
  if (!session_->is_well()) session_->Retry(now);
  for (const absl::Status& status : session_->TakeProblems()) {
    console_.Error(status);
    output_failed_ = true;
  }
}

std::string Analysis::AddressReport() const {
  const Anonymizer* const anonymizer = session_->options().anonymizer.get();
  if (anonymizer == nullptr) return {};
  return AnonymizerReport(anonymizer->counters_v4(), anonymizer->counters_v6());
}

void Analysis::Finish() {
  session_->Finish().IgnoreError();  // told as problems
  TellProblems(session_->statistics().last_packet);
  if (output_failed_) cli::TellLosses(session_->losses(), console_);
  if (const absl::Status status = console_.Flush(); !status.ok()) console_.Error(status);
}

}  // namespace tstat::internal
