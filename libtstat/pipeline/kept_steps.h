// SPDX-License-Identifier: BSD-3-Clause
//
// Steps that wait for the thread of their lane, with copies of the packets they are of.
//
//   KeptPackets packets;
//   KeptSteps steps;
//   steps.Add(step, packets.Keep(*step.datagram));   // on the thread of the front
//   KeptSteps::RunBoth(steps, others, &lane, &queue);   // on that of the lane
//   steps.Clear();                              // when the events have been told
//   packets.Clear();
#ifndef TSTAT_PIPELINE_KEPT_STEPS_H_
#define TSTAT_PIPELINE_KEPT_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "flow/step.h"
#include "pipeline/byte_arena.h"
#include "pipeline/kept_events.h"
#include "pipeline/lane.h"

namespace tstat::internal {

// Datagrams and their bytes, in memory that is used again.
class KeptPackets {
 public:
  // Valid until Clear.
  const Datagram* Keep(const Datagram& datagram);
  void Clear();
  // Of packets, since Clear.
  size_t bytes() const { return bytes_.bytes(); }

 private:
  static constexpr size_t kChunkDatagrams = 256;

  ByteArena bytes_;
  std::vector<std::unique_ptr<Datagram[]>> datagrams_;
  size_t datagram_count_ = 0;
};

// Copies what the views of `datagram` refer to.
void CopyBytes(Datagram* datagram, ByteArena* bytes);

// Of one lane, in their order. Flows have the indexes of the lane.
class KeptSteps {
 public:
  void AddTcpOpen(const OpenStep& step) { Add(Kind::kTcpOpen, step.flow, step, &opens_); }
  void AddTcpTurn(const OpenStep& step) { Add(Kind::kTcpTurn, step.flow, step, &opens_); }
  void AddUdpOpen(const OpenStep& step) { Add(Kind::kUdpOpen, step.flow, step, &opens_); }
  void AddTcpClose(const CloseStep& step) { Add(Kind::kTcpClose, step.flow, step, &closes_); }
  void AddUdpClose(const CloseStep& step) { Add(Kind::kUdpClose, step.flow, step, &closes_); }
  void AddUdpAnnounced(const AnnouncedStep& step) {
    Add(Kind::kUdpAnnounced, step.flow, step, &announced_);
  }
  // `kept` takes the place of the step's own.
  void Add(const TcpSegmentStep& step, const Datagram* kept) {
    Add(Kind::kTcpSegment, step.flow, step, &segments_);
    segments_.back().datagram = kept;
  }
  void Add(const UdpDatagramStep& step, const Datagram* kept) {
    Add(Kind::kUdpDatagram, step.flow, step, &datagrams_);
    datagrams_.back().datagram = kept;
  }

  size_t size() const { return places_.size(); }
  // Those of both, in the order of packets; of one packet, what the lane was told itself comes
  // first.
  static void RunBoth(const KeptSteps& of_lane, const KeptSteps& in_turn, Lane* lane,
                      EventQueue* events);
  // Keeps the memory.
  void Clear();

 private:
  enum class Kind : uint8_t {
    kTcpOpen,
    kTcpTurn,
    kTcpSegment,
    kTcpClose,
    kUdpOpen,
    kUdpDatagram,
    kUdpClose,
    kUdpAnnounced,
  };
  // So many steps ahead state is fetched, and so many of its kind a packet.
  static constexpr size_t kAhead = 6, kDatagramsAhead = 4;
  struct Place {
    uint64_t packet;  // that causes the step
    FlowIndex flow;
    Kind kind;
    bool is_tcp() const { return kind <= Kind::kTcpClose; }
  };

  class Reader;

  template <typename Step>
  uint64_t PacketOf(const Step& step) const {
    return step.order.packet;
  }
  // A close of the same packet follows.
  uint64_t PacketOf(const AnnouncedStep&) const {
    return places_.empty() ? 0 : places_.back().packet;
  }

  template <typename Step>
  void Add(Kind kind, FlowIndex flow, const Step& step, std::vector<Step>* of_kind) {
    places_.push_back({PacketOf(step), flow, kind});
    of_kind->push_back(step);
  }

  std::vector<Place> places_;
  std::vector<OpenStep> opens_;
  std::vector<TcpSegmentStep> segments_;
  std::vector<UdpDatagramStep> datagrams_;
  std::vector<CloseStep> closes_;
  std::vector<AnnouncedStep> announced_;
};

}  // namespace tstat::internal

#endif  // TSTAT_PIPELINE_KEPT_STEPS_H_
