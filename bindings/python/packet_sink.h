// SPDX-License-Identifier: BSD-3-Clause
//
// The sink of an analysis that keeps packets of flows until Python takes them.
//
//   PacketSink sink(row_options);
//   sink.Watch(FlowProtocol::kTcp, 17);             // that flow's; WatchAll(): all packets
//   session.AddSink(&sink);
//   ...
//   for (const PacketSink::Kept& kept : sink.Take()) Use(kept);
#ifndef TSTAT_BINDINGS_PYTHON_PACKET_SINK_H_
#define TSTAT_BINDINGS_PYTHON_PACKET_SINK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "privacy/packet_anonymizer.h"
#include "tstat/event_sink.h"
#include "tstat/flow_packet.h"
#include "tstat/schema.h"

namespace tstat::python {

class PacketSink final : public EventSink {
 public:
  // A packet that owns what it refers to; addresses and bytes are as rows and dumps may show them.
  struct Kept {
    FlowPacket packet;                // without `bytes`, `transport`, `endpoints`, `tcp->verdicts`
    std::string bytes;                // from the IP header on
    std::optional<size_t> transport;  // where in `bytes` the TCP or UDP header begins
    size_t transport_length = 0;      // of it what there is in `bytes`
    std::vector<SegmentVerdict> verdicts;
    bool has_flow = false;
    IpAddress client, server;
    uint16_t client_port = 0, server_port = 0;
  };

  explicit PacketSink(const RowOptions& options) : anonymizer_(options.anonymizer) {}

  void WatchAll() { all_ = true; }
  void Watch(FlowProtocol protocol, uint64_t flow_number) { flows_.emplace(protocol, flow_number); }

  EventMask Wants() const override { return Event::kFlowPacket; }
  void OnFlowPacket(const FlowPacket& packet) override;

  [[nodiscard]] bool has_packets() const { return !kept_.empty(); }
  [[nodiscard]] std::vector<Kept> Take() { return std::exchange(kept_, {}); }

 private:
  [[nodiscard]] bool IsWatched(const FlowPacket& packet) const;
  void KeepBytes(const FlowPacket& packet, Kept* kept) const;

  std::shared_ptr<Anonymizer> anonymizer_;
  bool all_ = false;
  std::set<std::pair<FlowProtocol, uint64_t>> flows_;
  std::vector<Kept> kept_;
};

}  // namespace tstat::python

#endif  // TSTAT_BINDINGS_PYTHON_PACKET_SINK_H_
