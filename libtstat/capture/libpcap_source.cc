// SPDX-License-Identifier: BSD-3-Clause
#include "capture/libpcap_source.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <sys/types.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "capture/link_types.h"
#include "capture/packet_arena.h"
#include "capture/packet_filter.h"
#include "capture/pcap_format.h"
#include "capture/sub_second.h"

namespace tstat::internal {
namespace {

// libpcap reads a FILE; this one takes its bytes from an InputBuffer.
ssize_t ReadCookie(void* cookie, char* out, size_t size) {
  InputBuffer& input = *static_cast<InputBuffer*>(cookie);
  // A signal must not cut a block in two: libpcap cannot resume within one.
  while (!input.Fill(1)) {
    if (!input.stream().interrupted()) return 0;
  }
  const size_t n = std::min(size, input.available().size());
  std::memcpy(out, input.available().data(), n);
  input.Consume(n);
  return static_cast<ssize_t>(n);
}

class LibpcapSource final : public PacketSource {
 public:
  LibpcapSource(InputBuffer input, TraceOrigin origin)
      : input_(std::move(input)),
        origin_(origin),
        classic_(PcapFormat::Matches(input_.available())),
        gate_(origin.time_zero) {}
  ~LibpcapSource() override {
    if (pcap_ != nullptr) pcap_close(pcap_);
  }

  absl::Status Open(const std::string& filter);

  size_t ReadBatch(std::span<Packet> batch) override;
  absl::Status status() const override { return status_; }
  std::string_view note() const override { return clock_.note(); }
  SkippedPackets skipped() const override { return gate_.skipped(); }
  bool is_stream() const override { return origin_.is_stream; }
  bool is_compressed() const override { return origin_.is_compressed; }
  std::optional<double> progress() const override {
    if (input_.stream().file_size() == 0) return std::nullopt;
    return input_.Progress(!origin_.is_compressed);
  }

 private:
  void OnPacket(const pcap_pkthdr& header, const u_char* data);
  void OnEnd(int result);

  InputBuffer input_;
  TraceOrigin origin_;
  bool classic_;
  pcap_t* pcap_ = nullptr;
  PacketFilter filter_;
  PacketArena arena_;
  SubSecondClock clock_;
  LinkType link_type_ = LinkType::kEthernet;
  absl::Status status_;
  TimeGate gate_;
  bool done_ = false;
};

absl::Status LibpcapSource::Open(const std::string& filter) {
  cookie_io_functions_t functions = {};
  functions.read = ReadCookie;
  FILE* file = fopencookie(&input_, "rb", functions);
  if (file == nullptr) return absl::ResourceExhaustedError(strerror(errno));
  char error[PCAP_ERRBUF_SIZE];
  pcap_ = pcap_fopen_offline(file, error);
  if (pcap_ == nullptr) {
    fclose(file);
    if (!input_.stream().status().ok()) return input_.stream().status();
    return absl::InvalidArgumentError(error);
  }
  const int dlt = pcap_datalink(pcap_);
  if (absl::Status s = CheckLinkType(dlt); !s.ok()) return s;
  link_type_ = static_cast<LinkType>(dlt);
  absl::StatusOr<PacketFilter> compiled = PacketFilter::CompileFor(filter, pcap_);
  if (!compiled.ok()) return compiled.status();
  filter_ = *std::move(compiled);
  return absl::OkStatus();
}

void LibpcapSource::OnPacket(const pcap_pkthdr& header, const u_char* data) {
  Packet packet;
  packet.data = {data, header.caplen};
  packet.original_length = header.len;
  packet.link_type = link_type_;
  if (!filter_.Matches(packet)) return;
  // The seconds of classic files are unsigned: 1970 to 2106. libpcap gives them a sign.
  const int64_t seconds = classic_ ? static_cast<uint32_t>(header.ts.tv_sec) : header.ts.tv_sec;
  const std::optional<Timestamp> time = clock_.Convert(seconds, header.ts.tv_usec);
  if (!time.has_value()) return gate_.Refuse();
  packet.time = *time;
  if (gate_.Accept(packet.time)) arena_.Append(packet);
}

void LibpcapSource::OnEnd(int result) {
  done_ = true;
  status_ = input_.stream().status();
  if (status_.ok() && result == PCAP_ERROR) {
    status_ = WithChecksum(absl::DataLossError(pcap_geterr(pcap_)), origin_, &input_);
  }
}

size_t LibpcapSource::ReadBatch(std::span<Packet> batch) {
  arena_.Clear();
  while (!done_ && arena_.size() < batch.size() && !arena_.full()) {
    pcap_pkthdr* header;
    const u_char* data;
    const int result = pcap_next_ex(pcap_, &header, &data);
    if (result == 1) {
      OnPacket(*header, data);
    } else {
      OnEnd(result);
    }
  }
  return arena_.Deliver(batch);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PacketSource>> OpenWithLibpcap(InputBuffer input,
                                                              const std::string& filter,
                                                              TraceOrigin origin) {
  auto source = std::make_unique<LibpcapSource>(std::move(input), origin);
  if (absl::Status s = source->Open(filter); !s.ok()) return s;
  return source;
}

}  // namespace tstat::internal
