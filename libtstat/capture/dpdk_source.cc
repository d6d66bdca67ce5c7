// SPDX-License-Identifier: BSD-3-Clause
#include "capture/dpdk_source.h"

#include <dlfcn.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "capture/dpdk_plugin.h"
#include "capture/packet_filter.h"
#include "capture/ring_source.h"

namespace tstat::internal {

bool IsDpdkName(std::string_view interface) { return interface.substr(0, 5) == "dpdk:"; }

std::vector<std::string> DpdkArguments(std::string_view interface) {
  const std::string text(interface.substr(std::min<size_t>(5, interface.size())));
  std::vector<std::string> arguments = absl::StrSplit(text, ' ', absl::SkipEmpty());
  const auto has = [&arguments](std::initializer_list<const char*> beginnings) {
    for (const std::string& argument : arguments) {
      for (const char* beginning : beginnings) {
        if (absl::StartsWith(argument, beginning)) return true;
      }
    }
    return false;
  };
  if (!has({"--log-level"})) arguments.push_back("--log-level=warning");
  // A socket on which anybody may ask for figures.
  if (!has({"--telemetry", "--no-telemetry"})) arguments.push_back("--no-telemetry");
  if (has({"-l", "-c", "--lcores"})) return arguments;
  // Else there would be a thread for each processor. Readers are threads of this library.
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  int first = 0;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    while (first < CPU_SETSIZE - 1 && !CPU_ISSET(first, &allowed)) ++first;
  }
  arguments.push_back(absl::StrCat("--lcores=", first));
  return arguments;
}

#ifdef TSTAT_WITH_DPDK
namespace {

// Ports and packets are given back with the last ring.
struct OpenDpdkPorts {
  explicit OpenDpdkPorts(const TstatDpdkPlugin* of) : plugin(of) {}
  OpenDpdkPorts(const OpenDpdkPorts&) = delete;
  OpenDpdkPorts& operator=(const OpenDpdkPorts&) = delete;
  const TstatDpdkPlugin* plugin;
  ~OpenDpdkPorts() { plugin->close(); }
};

class DpdkRing final : public PacketRing {
 public:
  DpdkRing(std::shared_ptr<OpenDpdkPorts> ports, int number,
           std::shared_ptr<const PacketFilter> filter, const LiveOptions& options)
      : ports_(std::move(ports)),
        number_(number),
        filter_(std::move(filter)),
        snapshot_length_(static_cast<size_t>(options.snapshot_length)) {}

  size_t Read(PacketArena* block) override;
  absl::Status status() const override { return status_; }
  int descriptor() const override { return -1; }
  Counts Counters() override {
    const uint64_t missed = ports_->plugin->counters(number_).missed;
    return {.received = read_.load() + missed, .dropped = missed};
  }

 private:
  std::shared_ptr<OpenDpdkPorts> ports_;
  int number_;
  std::shared_ptr<const PacketFilter> filter_;
  size_t snapshot_length_;
  absl::Status status_;
  std::atomic<uint64_t> read_ = 0;
};

size_t DpdkRing::Read(PacketArena* block) {
  if (!status_.ok()) return 0;
  std::array<TstatDpdkPacket, TSTAT_DPDK_PACKETS> packets;
  const size_t count = ports_->plugin->read(number_, packets.data());
  if (count == 0) {
    if (ports_->plugin->is_gone(number_) != 0) {
      status_ = absl::DataLossError("The interface disappeared");
    }
    return 0;
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int64_t now_ns = std::chrono::nanoseconds(now).count();
  uint64_t matching = 0;
  for (const TstatDpdkPacket& from : std::span(packets).first(count)) {
    Packet packet;
    packet.time = Timestamp::FromNanoseconds(from.time_ns != 0 ? from.time_ns : now_ns);
    packet.data = {from.data, from.length};
    packet.original_length = from.length;
    if (!filter_->Matches(packet)) continue;
    packet.data = packet.data.first(std::min(packet.data.size(), snapshot_length_));
    block->Append(packet);
    ++matching;
  }
  read_.fetch_add(matching);
  return count;
}

const TstatDpdkPlugin* LoadDpdkPlugin(std::string* error) {
  void* const library = dlopen(TSTAT_DPDK_FILE, RTLD_NOW | RTLD_LOCAL);
  using Entry = const TstatDpdkPlugin* (*)();
  const auto entry =
      library == nullptr ? nullptr : reinterpret_cast<Entry>(dlsym(library, TSTAT_DPDK_ENTRY));
  if (entry == nullptr) {
    *error = dlerror();
    return nullptr;
  }
  const TstatDpdkPlugin* const plugin = entry();
  if (plugin->version == TSTAT_DPDK_VERSION) return plugin;
  *error = absl::StrCat(TSTAT_DPDK_FILE, " is of another version of tstat");
  return nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PacketSource>> OpenDpdk(const LiveOptions& options) {
  absl::StatusOr<PacketFilter> filter = PacketFilter::Compile(options.filter, LinkType::kEthernet);
  if (!filter.ok()) return filter.status();
  std::string error;
  const TstatDpdkPlugin* const plugin = LoadDpdkPlugin(&error);
  if (plugin == nullptr) return absl::FailedPreconditionError(absl::StrCat("dpdk: ", error));
  std::vector<const char*> arguments;
  const std::vector<std::string> texts = DpdkArguments(options.interface);
  for (const std::string& text : texts) arguments.push_back(text.c_str());
  std::array<char, 512> words = {};
  const int count =
      plugin->open(static_cast<int>(arguments.size()), arguments.data(), options.readers,
                   options.promiscuous ? 1 : 0, words.data(), words.size());
  if (count <= 0) return absl::FailedPreconditionError(absl::StrCat("dpdk: ", words.data()));
  const auto ports = std::make_shared<OpenDpdkPorts>(plugin);
  const auto shared = std::make_shared<const PacketFilter>(*std::move(filter));
  std::vector<std::unique_ptr<PacketRing>> rings;
  for (int i = 0; i < count; ++i) {
    rings.push_back(std::make_unique<DpdkRing>(ports, i, shared, options));
  }
  RingSourceOptions reading = {.timeout_ms = options.timeout_ms,
                               .nanoseconds = options.nanoseconds};
  reading.merge.settled_ns = 0;  // as of AF_XDP
  const auto dropped_by_interface = [ports, count] {
    uint64_t sum = 0;
    for (int i = 0; i < count; ++i) sum += ports->plugin->counters(i).errors;
    return sum;
  };
  return ReadRings(std::move(rings), reading, dropped_by_interface);
}

#else

absl::StatusOr<std::unique_ptr<PacketSource>> OpenDpdk(const LiveOptions&) {
  return absl::UnimplementedError("dpdk: this tstat was built without DPDK (TSTAT_WITH_DPDK)");
}

#endif

}  // namespace tstat::internal
