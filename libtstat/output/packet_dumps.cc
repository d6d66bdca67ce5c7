// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/packet_dumps.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "decode/byte_reader.h"
#include "output/dump_comment.h"
#include "output/dump_file.h"
#include "output/dump_rules.h"
#include "output/files.h"
#include "tstat/flow_packet.h"
#include "tstat/report.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

constexpr double kMicrosecondsPerSecond = 1e6;
constexpr int kMostDirectories = 100000;  // tracesNN: far more than a name is tried for

// Numbers that log.txt lists, when they are set.
struct ListedNumber {
  std::string_view key;
  uint32_t DumpSettings::*value;
};
constexpr ListedNumber kListedNumbers[] = {
    {"udp_maxpackets", &DumpSettings::udp_max_packets},
    {"udp_maxbytes", &DumpSettings::udp_max_bytes},
    {"tcp_maxpackets", &DumpSettings::tcp_max_packets},
    {"tcp_maxbytes", &DumpSettings::tcp_max_bytes},
};

constexpr size_t kAddressesAt = 12;  // in an IPv4 header (RFC 791, 3.1)

// IPv4 addresses as the analysis has them (-A).
void PutAddresses(const FlowPacket& packet, std::vector<uint8_t>* bytes) {
  if (packet.is_v6) return;
  size_t at = kAddressesAt;
  for (const IpAddress& address : {packet.source, packet.destination}) {
    const uint32_t value = address.v4();
    for (int shift = 24; shift >= 0; shift -= 8, ++at) {
      if (at < bytes->size()) (*bytes)[at] = static_cast<uint8_t>(value >> shift);
    }
  }
}
bool HasItsAddresses(const FlowPacket& packet) {
  const ByteReader header(packet.bytes);
  if (packet.is_v6 || !header.Has(kAddressesAt, 8)) return true;
  return header.U32(kAddressesAt) == packet.source.v4() &&
         header.U32(kAddressesAt + 4) == packet.destination.v4();
}

}  // namespace

class PacketDumps::Impl {
 public:
  Impl(OutputTree* tree, PacketDumpOptions options, FileOpener* files)
      : tree_(*tree),
        options_(std::move(options)),
        files_(files != nullptr ? *files : tree->files()),
        rules_(options_.settings, options_.names, options_.profile) {}

  bool any() const { return options_.settings.any(); }
  void SetSettings(const DumpSettings& settings, const DumpNameFilter& names);
  void OnNewOutput(Timestamp time);
  void OnFlowPacket(const FlowPacket& packet);
  void CloseAll();
  void Flush();
  void Retry() { directory_failed_ = false; }

  absl::Status status() const { return status_; }
  absl::Status TakeProblem();
  void RepeatProblems() {
    for (Dump& dump : dumps_) dump.told = false;
    directory_told_ = log_told_ = false;
  }
  uint64_t lost_packets() const;

 private:
  struct Dump {
    DumpFile file;
    Timestamp window_start;  // of the present slice; unset: none yet
    uint32_t slice = 0;
    bool ended = false;  // by an error, until the next directory
    bool told = false;   // an error of it, until RepeatProblems
  };

  bool MakeDirectory(Timestamp time);
  // What of `packet` is to be written; false: nothing.
  bool Prepare(const FlowPacket& packet, DumpRecord* record);
  void Write(size_t index, const DumpRecord& record);
  DumpRecord WithoutPadding(const DumpRecord& record) const;
  void MoveWindow(Dump& dump, Timestamp now);
  absl::Status OpenFile(size_t index);
  std::string LogText() const;
  absl::Status WriteLog(std::string_view text);
  // `told`: of what failed.
  void Fail(const absl::Status& status, bool* told);

  OutputTree& tree_;
  PacketDumpOptions options_;
  FileOpener& files_;
  DumpRules rules_;
  std::array<Dump, dump::kCount> dumps_;
  std::string directory_;  // empty: there is none, the next packet makes it
  int directory_number_ = 0;
  bool directory_failed_ = false;
  Timestamp first_, last_;  // of what was dumped into it
  std::vector<uint8_t> changed_;
  std::string comment_;
  uint64_t lost_packets_ = 0;
  bool directory_told_ = false, log_told_ = false;
  absl::Status status_;
  std::vector<absl::Status> problems_;  // not taken yet
};

void PacketDumps::Impl::Fail(const absl::Status& status, bool* told) {
  status_.Update(status);
  if (!std::exchange(*told, true)) problems_.push_back(status);
}

absl::Status PacketDumps::Impl::TakeProblem() {
  if (problems_.empty()) return absl::OkStatus();
  absl::Status first = std::move(problems_.front());
  problems_.erase(problems_.begin());
  return first;
}

void PacketDumps::Impl::SetSettings(const DumpSettings& settings, const DumpNameFilter& names) {
  if (settings == options_.settings && names == options_.names) return;
  CloseAll();
  options_.settings = settings;
  options_.names = names;
  rules_ = DumpRules(settings, names, options_.profile);
  for (Dump& dump : dumps_) dump.slice = 0;
  directory_failed_ = false;
}

void PacketDumps::Impl::OnNewOutput(Timestamp time) {
  CloseAll();
  directory_number_ = 0;
  directory_failed_ = false;
  if (any() && !tree_.directory().empty()) MakeDirectory(time);
}

// One that is there already was made before, in this output or by somebody else.
bool PacketDumps::Impl::MakeDirectory(Timestamp time) {
  if (directory_failed_) return false;
  directory_failed_ = true;
  if (tree_.directory().empty()) return false;  // the tree tells why
  for (; directory_number_ < kMostDirectories; ++directory_number_) {
    const std::string name = absl::StrFormat("traces%02d", directory_number_);
    const absl::StatusOr<bool> made = tree_.MakeSubdirectory(name);
    if (!made.ok()) {
      Fail(made.status(), &directory_told_);
      return false;
    }
    if (!*made) continue;
    ++directory_number_;
    directory_ = absl::StrCat(tree_.directory(), "/", name);
    directory_failed_ = false;
    first_ = last_ = Timestamp();
    if (options_.on_created) options_.on_created(directory_, time);
    // It is there while packets come, as Tstat's is.
    if (absl::Status status = WriteLog(""); !status.ok()) Fail(status, &log_told_);
    return true;
  }
  return false;
}

void PacketDumps::Impl::OnFlowPacket(const FlowPacket& packet) {
  DumpList list;
  rules_.Select(packet, &list);
  if (list.empty()) return;
  DumpRecord record;
  if (!Prepare(packet, &record)) return;
  for (const uint8_t index : list) Write(index, record);
}

bool PacketDumps::Impl::Prepare(const FlowPacket& packet, DumpRecord* record) {
  record->time = packet.time;
  record->bytes = packet.bytes;
  record->original_length = packet.ip_length;
  record->is_v6 = packet.is_v6;
  if (options_.rewrite || !HasItsAddresses(packet)) {
    changed_.assign(packet.bytes.begin(), packet.bytes.end());
    PutAddresses(packet, &changed_);
    if (options_.rewrite && !options_.rewrite(packet, &changed_)) return false;
    record->bytes = changed_;
  }
  const bool is_classic = options_.format == DumpFormat::kPcap;
  if (!is_classic || !options_.profile.dump_link_padding) {
    // A header that says less than itself is wrong (or offloaded to the card): all of it is kept.
    constexpr uint32_t kShortestPacket = 20;
    if (packet.ip_length < kShortestPacket) {
      record->original_length = static_cast<uint32_t>(record->bytes.size());
    } else if (record->bytes.size() > packet.ip_length) {
      record->bytes = record->bytes.first(packet.ip_length);
    }
  }
  if (!is_classic) {
    comment_.clear();
    AppendDumpComment(packet, &comment_);
    record->comment = comment_;
  }
  return true;
}

// Of what a link adds behind an IPv4 packet the engines see one byte, and so do their dumps (a
// quirk).
DumpRecord PacketDumps::Impl::WithoutPadding(const DumpRecord& record) const {
  DumpRecord cut = record;
  const size_t most = size_t{record.original_length} + 1;
  if (!record.is_v6 && cut.bytes.size() > most) cut.bytes = cut.bytes.first(most);
  return cut;
}

void PacketDumps::Impl::Write(size_t index, const DumpRecord& record) {
  Dump& dump = dumps_[index];
  if (dump.ended || (directory_.empty() && !MakeDirectory(record.time))) {
    ++lost_packets_;
    return;
  }
  if (options_.settings.slice_win != 0) MoveWindow(dump, record.time);
  absl::Status status;
  if (!dump.file.is_open()) {
    status = OpenFile(index);
    if (!status.ok()) ++lost_packets_;
  }
  if (status.ok()) status = dump.file.Write(index == dump::kIp ? record : WithoutPadding(record));
  if (!status.ok()) {
    dump.ended = true;
    return Fail(status, &dump.told);
  }
  if (!first_.is_set()) first_ = record.time;
  last_ = record.time;
}

// Slices without packets have no number.
void PacketDumps::Impl::MoveWindow(Dump& dump, Timestamp now) {
  const int64_t width_us =
      int64_t{options_.settings.slice_win} * static_cast<int64_t>(kMicrosecondsPerSecond);
  if (!dump.window_start.is_set()) {
    dump.window_start = now;
    return;
  }
  const auto elapsed_us = static_cast<int64_t>(ElapsedMicroseconds(dump.window_start, now));
  if (elapsed_us < width_us) return;
  if (dump.file.is_open()) {
    if (absl::Status status = dump.file.Close(); !status.ok()) Fail(status, &dump.told);
  }
  ++dump.slice;
  dump.window_start = Timestamp::FromNanoseconds(dump.window_start.nanoseconds() +
                                                 elapsed_us / width_us * width_us * 1000);
}

absl::Status PacketDumps::Impl::OpenFile(size_t index) {
  Dump& dump = dumps_[index];
  const std::string_view name = DumpName(index);
  std::string path = absl::StrCat(directory_, "/", absl::string_view(name.data(), name.size()));
  if (options_.settings.slice_win != 0) absl::StrAppendFormat(&path, "%02d", dump.slice);
  absl::StrAppend(&path, DumpSuffix(options_.format, options_.compression));
  return dump.file.Open(files_, std::move(path),
                        {.format = options_.format,
                         .compression = options_.compression,
                         .snap_len = options_.settings.snap_len});
}

void PacketDumps::Impl::CloseAll() {
  for (Dump& dump : dumps_) {
    if (dump.file.is_open()) {
      if (absl::Status status = dump.file.Close(); !status.ok()) Fail(status, &dump.told);
    }
    dump.window_start = Timestamp();
    dump.ended = false;
  }
  if (directory_.empty()) return;
  if (absl::Status status = WriteLog(LogText()); !status.ok()) Fail(status, &log_told_);
  directory_.clear();
}

absl::Status PacketDumps::Impl::WriteLog(std::string_view text) {
  const std::string path = directory_ + "/log.txt";
  absl::StatusOr<std::unique_ptr<AppendFile>> file = files_.OpenNew(path);
  absl::Status status = file.status();
  if (file.ok()) {
    status = (*file)->Append(&text);
    status.Update((*file)->Close());
  }
  return status.ok() ? status : CannotWrite(path, status);
}

std::string PacketDumps::Impl::LogText() const {
  const DumpSettings& settings = options_.settings;
  std::string text = first_.is_set() ? absl::StrCat("dump start: ", TimeStampText(first_),
                                                    "\ndump stop:  ", TimeStampText(last_), "\n")
                                     : "no packets to dump\n";
  text += "---\nenabled protocols:\n---\n";
  for (size_t i = 0; i < dump::kCount; ++i) {
    if (rules_.is_on(i)) text.append(DumpName(i)).append("\n");
  }
  text += "---\nadditional option:\n---\n";
  for (const ListedNumber& number : kListedNumbers) {
    if (const uint32_t value = settings.*number.value; value != 0) {
      text.append(number.key);
      absl::StrAppend(&text, " = ", value, "\n");
    }
  }
  if (settings.stop_dumping_mask != 0) {
    absl::StrAppendFormat(&text, "stop_dumping_mask =  %d # (0x%X)\n",
                          static_cast<int32_t>(settings.stop_dumping_mask),
                          settings.stop_dumping_mask);
  }
  return text;
}

void PacketDumps::Impl::Flush() {
  for (Dump& dump : dumps_) {
    if (!dump.file.is_open()) continue;
    if (absl::Status status = dump.file.Flush(); !status.ok()) {
      dump.ended = true;
      Fail(status, &dump.told);
    }
  }
}

uint64_t PacketDumps::Impl::lost_packets() const {
  uint64_t lost = lost_packets_;
  for (const Dump& dump : dumps_) lost += dump.file.lost_packets();
  return lost;
}

PacketDumps::PacketDumps(OutputTree* tree, PacketDumpOptions options, internal::FileOpener* files)
    : impl_(std::make_unique<Impl>(tree, std::move(options), files)) {}
PacketDumps::~PacketDumps() { impl_->CloseAll(); }

void PacketDumps::RepeatProblems() { impl_->RepeatProblems(); }
void PacketDumps::SetSettings(const DumpSettings& settings, const DumpNameFilter& names) {
  impl_->SetSettings(settings, names);
}
EventMask PacketDumps::Wants() const {
  return impl_->any() ? EventMask(Event::kFlowPacket) : EventMask();
}
void PacketDumps::OnNewOutput(const OutputStart& output) { impl_->OnNewOutput(output.time); }
void PacketDumps::OnFlowPacket(const FlowPacket& packet) { impl_->OnFlowPacket(packet); }
void PacketDumps::OnTraceEnd(const TraceEnd&) { impl_->CloseAll(); }
void PacketDumps::Flush() { impl_->Flush(); }
void PacketDumps::Retry() { impl_->Retry(); }
absl::Status PacketDumps::status() const { return impl_->status(); }
absl::Status PacketDumps::TakeProblem() { return impl_->TakeProblem(); }
uint64_t PacketDumps::lost_packets() const { return impl_->lost_packets(); }

}  // namespace tstat::inline v1
