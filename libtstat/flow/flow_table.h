// SPDX-License-Identifier: BSD-3-Clause
//
// The life of flows: all that depends on the order of all packets is decided here, packet by
// packet, and told to the trackers as Steps. Look-up, creation, duplicates, the collector, every
// cause of closing, the flush at the end. What is measured in between is
// not this table's business.
//
//   FlowTable table(options, &names, &step_sink);
//   for (size_t i = 0; i < n; ++i) hash[i] = table.Prepare(d[i]);             // a batch
//   for (size_t i = 0; i < n; ++i) flow[i] = table.Prefetch(d[i], hash[i]);
//   for (size_t i = 0; i < n; ++i) {
//     table.BeginPacket(++number);
//     FlowResult result = table.Process(d[i], hash[i], flow[i]);
//   }
//   table.Flush(end_time, keep);                                              // end of a trace
#ifndef TSTAT_FLOW_FLOW_TABLE_H_
#define TSTAT_FLOW_FLOW_TABLE_H_

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "decode/datagram.h"
#include "flow/call_source.h"
#include "flow/collector.h"
#include "flow/connection_lives.h"
#include "flow/duplicate_filter.h"
#include "flow/endpoint_classifier.h"
#include "flow/eviction_order.h"
#include "flow/flow_index.h"
#include "flow/flow_key.h"
#include "flow/flow_shard.h"
#include "flow/keyed_hash.h"
#include "flow/lane_slab.h"
#include "flow/memory_plan.h"
#include "flow/name_source.h"
#include "flow/slot_ring.h"
#include "flow/step_sink.h"
#include "tstat/options.h"
#include "tstat/statistics.h"

namespace tstat::internal {

// What one packet was to the table.
enum class FlowResult : uint8_t {
  kShort,        // header not captured in full: in no flow, no transport histograms
  kNotAnalysed,  // it never came to the table: other protocols, or switched off
  kTrash,        // TCP of no flow, or no slot free
  kDuplicate,    // only refreshed the flow's last time
  kCounted,
};

class FlowTable {
 public:
  // All pointers must outlive the table; `names` may be null (no DNS cache). Flows are given to the
  // lanes by their hash.
  FlowTable(const AnalyzerOptions& options, NameSource* names, StepSink* sink,
            LaneSplit split = LaneSplit());

  // The flow hash of a TCP or UDP datagram, its table cell being fetched.
  // kAsTstat: all that tells flows apart are their ends.
  template <bool kAsTstat = false>
  uint32_t Prepare(const Datagram& d) const {
    const uint32_t hash = HashOf<kAsTstat>(d);
    PrefetchCell(d, hash);
    return hash;
  }
  // The two parts of it. The hash is the same at any time.
  template <bool kAsTstat = false>
  uint32_t HashOf(const Datagram& d) const {
    uint32_t hash = FlowKey::Of(d).Hash(hash_key_);
    if constexpr (!kAsTstat) {
      if (d.flow_space >> flow_space::kShift != 0) hash += hash_key_.Hash32(d.flow_space);
    }
    return hash;
  }
  void PrefetchCell(const Datagram& d, uint32_t hash) const {
    (d.transport == Transport::kTcp ? tcp_.index : udp_.index).Prefetch(hash);
  }
  // The cell of a flow that ended lately, if Prepare's tells nothing.
  void PrefetchClosed(const Datagram& d, uint32_t hash) const {
    if (follows_connections()) {
      connections_->closed(d.transport == Transport::kTcp).PrefetchCell(hash);
    }
  }
  // What tells copies of the packet. False: nobody asks.
  bool MakeMark(const Datagram& d, uint32_t hash, CopyFilter::Mark* mark) const;
  void PrefetchMark(const CopyFilter::Mark& mark) const { connections_->copies.Prefetch(mark); }
  // Fetches the flow's lines; call when the cell has had time to arrive. Returns the flow that the
  // packet probably belongs to; kNoFlow: none.
  uint32_t Prefetch(const Datagram& d, uint32_t hash) const {
    return follows_connections() ? PrefetchBy<true>(d, hash) : PrefetchBy<false>(d, hash);
  }
  // The same where it is known what follows_connections() says.
  template <bool kConnections>
  uint32_t PrefetchBy(const Datagram& d, uint32_t hash) const {
    const bool is_tcp = d.transport == Transport::kTcp;
    const uint32_t flow = (is_tcp ? tcp_.index : udp_.index).Peek(hash);
    if (flow == kNoFlow) {
      if constexpr (kConnections) connections_->closed(is_tcp).Prefetch(hash);
      return kNoFlow;
    }
    // Without a branch by protocol, which could not be predicted.
    const void* const tcp_life = &tcp_.lives[flow];
    const void* const udp_life = &udp_.lives[flow];
    const void* const life = is_tcp ? tcp_life : udp_life;
    PrefetchFlow<kConnections>(is_tcp, life, flow);
    return flow;
  }
  // Who sent the TCP packet `d` of `flow`, as Prefetch found it: the client, if the ports say so.
  Direction GuessSender(const Datagram& d, uint32_t flow) const {
    return static_cast<Direction>(tcp_.lives[flow].key.a_port != d.source_port);
  }
  static constexpr uint32_t kNoFlow = UINT32_MAX;

  // The `number`-th packet comes: its Steps have order keys from this on.
  void BeginPacket(uint64_t number) { order_ = {number, 0}; }
  // The order of what comes next of the present packet.
  OrderKey NextOrder() {
    const OrderKey next = order_;
    order_.sub += uint64_t{1} << kOrdersPerStepBits;
    return next;
  }

  // The first IP packet of the run starts the collector's clock.
  void StartClock(Timestamp now) { clock_.Start(now); }

  // The clock of the packets fell from `before` back to `now`: flows that were active later than
  // now count as active now, and the collector goes on as if no time had passed. Without this call
  // it waits until the old time is reached again.
  void OnClockStep(Timestamp before, Timestamp now);

  // It is `now`, and no packet came: what the collector would close by now if a flow began is
  // closed.
  void AdvanceTime(Timestamp now);

  // visit(LiveFlow) for each open flow with a slot: TCP, then UDP, in slot order.
  void ForEachLive(absl::FunctionRef<void(const LiveFlow&)> visit) const;

  // REQUIRES: d.transport is kTcp or kUdp; BeginPacket was called. `expected`: the flow that
  // Prefetch found, or kNoFlow; it need not be right any more. `flags` are those of this packet, or
  // null when nobody needs them per packet (then they are computed for new flows only). `mark`:
  // that of MakeMark, or null.
  FlowResult Process(const Datagram& d, uint32_t hash, uint32_t expected,
                     const PacketFlags* flags = nullptr, const CopyFilter::Mark* mark = nullptr) {
    return follows_connections() ? ProcessBy<true>(d, hash, expected, flags, mark)
                                 : ProcessBy<false>(d, hash, expected, flags);
  }
  // The same where it is known what follows_connections() says.
  template <bool kConnections>
  FlowResult ProcessBy(const Datagram& d, uint32_t hash, uint32_t expected,
                       const PacketFlags* flags, const CopyFilter::Mark* mark = nullptr) {
    assert(d.transport == Transport::kTcp || d.transport == Transport::kUdp);
    began_flow_ = handed_on_ = false;
    const bool is_tcp = d.transport == Transport::kTcp;
    if constexpr (kConnections) {
      return is_tcp ? ProcessConnection(d, hash, expected, flags, mark)
                    : ProcessConversation(d, hash, expected, flags, mark);
    }
    return is_tcp ? ProcessTcp<InTurn>(d, hash, expected, flags, {})
                  : ProcessUdp<InTurn>(d, hash, expected, flags, {});
  }

  // --- Packets of several lanes at once, on several threads (FlowShard)

  // How many packets come next, by protocol, when the latest of them is, and by how much one at
  // most is earlier than one before it.
  struct Epoch {
    uint32_t tcp = 0, udp = 0;
    Timestamp latest;
    int64_t back_ns = 0;
  };
  // Whether lanes may take their packets. Otherwise they have to be processed one after the other.
  bool CanTakeInLanes(const Epoch& epoch);
  // Room for so many packets of each lane.
  void ReserveInLanes(const Epoch& epoch, std::span<const std::vector<uint32_t>> packets_of_lane);
  // By any thread, each lane by one at a time. No flags are needed.
  void ProcessInLane(const Datagram& d, uint32_t hash, uint32_t expected, FlowShard* shard) {
    if (d.transport == Transport::kTcp) {
      ProcessTcp<InLane>(d, hash, expected, nullptr, {shard});
    } else {
      ProcessUdp<InLane>(d, hash, expected, nullptr, {shard});
    }
  }
  // Prefetch, where the state of flows is another thread's.
  uint32_t PrefetchInLane(const Datagram& d, uint32_t hash) const;
  // All packets of the lane have been taken; events of some lane are about to be.
  void BeginEvents(const FlowShard& shard);
  // What a packet has left to be done in its turn. BeginPacket was called.
  void TakeEvents(uint32_t packet, const Datagram& d, uint32_t hash, FlowShard* shard);
  // All events have been taken, of all packets up to the `number`-th. Then each lane ends.
  void AdvanceTo(uint64_t number) {
    if (order_.packet != number) BeginPacket(number);
  }
  void EndEvents(FlowShard* shard);
  uint64_t packets_set_aside() const { return packets_set_aside_; }
  uint32_t LaneFor(uint32_t hash) const { return tcp_.lives.split().lane(hash); }
  // A tunnel's own datagram: it makes a row and is in no sum.
  void ProcessOuter(const Datagram& d, const PacketFlags& flags) {
    const FlowResult result = Process(d, Prepare(d), kNoFlow, &flags);
    if (d.transport == Transport::kUdp && result != FlowResult::kShort) ++outer_packets_;
  }
  // An ICMP error quotes a packet with these ends. REQUIRES: follows_connections().
  void NoteIcmpError(const Datagram& quoted);
  // Flows live as connections do (CompatProfile::flows_follow_connections).
  bool follows_connections() const { return connections_ != nullptr; }

  // `tell` hears of the first packet of each flow of UDP, with a slot or without.
  void TellOfUdpFlows(std::function<void(const Datagram&)> tell) {
    tell_of_udp_flow_ = std::move(tell);
  }

  // Not in Tstat's profiles. `calls` must outlive the table.
  void SetCalls(CallSource* calls) {
    if (connections_ != nullptr) connections_->calls = calls;
  }

  // End of a trace: TCP flows, the expired ones first, then UDP flows, each in slot order. With
  // `keep` TCP flows stay known to a further trace.
  void Flush(Timestamp end_time, bool keep);

  // A new trace begins: open-flow counters start anew.
  void ResetOpenCounters();

  // The packet that was processed last began a flow, if only one that found no slot.
  bool began_flow() const { return began_flow_; }
  // The packet that was processed last went to a lane as a Step.
  bool handed_on() const { return handed_on_; }
  // Flows without a slot so far in the run.
  uint64_t tcp_refused() const { return tcp_.refused; }
  uint64_t udp_refused() const { return udp_.refused; }

  const ClosedFlows& closed_flows() const { return closed_flows_; }
  // Adds this table's figures.
  void AddTo(Statistics* statistics) const;
  size_t memory_bytes() const;

 private:
  // How far behind the collector's position the next flow to close is looked for.
  static constexpr uint32_t kColumnsAhead = 64;

  // The two hot cache lines of a TCP flow.
  struct alignas(64) TcpLife {
    FlowKey key;
    Timestamp last;
    uint32_t slot = SlotRing::kNoSlot;
    std::array<uint8_t, 2> syn_count{},
        fin_count{};               // wrap at 256 (a quirk that shows in the rows)
    std::array<bool, 2> closed{};  // the direction's FIN was acknowledged
    bool reported = true;
    bool measured : 1 = true;    // by the flow filter
    bool guessed : 1 = false;    // the client, by its port, until there is payload
    bool set_aside : 1 = false;  // its packets, for the rest of the epoch
    uint32_t number_low = 0;

    std::array<Timestamp, 2> last_counted{};
    Timestamp first;
    uint64_t packets = 0;
    std::array<uint32_t, 2> fin_position{};
    std::array<DuplicateFilter, 2> duplicates;
    uint32_t hash = 0;
    uint32_t number_high = 0;

    uint64_t number() const { return uint64_t{number_high} << 32 | number_low; }
    void set_number(uint64_t number) {
      number_low = static_cast<uint32_t>(number);
      number_high = static_cast<uint32_t>(number >> 32);
    }
    bool both_syns() const { return syn_count[0] > 0 && syn_count[1] > 0; }
    // The SYNs of one side at least.
    bool any_syn() const { return syn_count[0] > 0 || syn_count[1] > 0; }
    // Nothing but SYNs, of one side.
    bool singleton() const {
      return (syn_count[0] > 0) != (syn_count[1] > 0) &&
             packets == uint64_t{syn_count[0]} + syn_count[1];
    }
  };
  struct alignas(64) UdpLife {
    FlowKey key;
    Timestamp last;
    uint32_t slot = SlotRing::kNoSlot;
    uint32_t hash = 0;
    uint64_t packets = 0;

    // Of counted packets; before the first one: -1 s.
    std::array<Timestamp, 2> last_counted{Timestamp::FromSeconds(-1), Timestamp::FromSeconds(-1)};
    Timestamp first;
    std::array<DuplicateFilter, 2> duplicates;
    uint64_t flow_number = 0;
    bool reported = true;
    bool measured = true;
    bool has_state = false;  // FlowBytes::state is charged
    bool set_aside = false;  // its packets, for the rest of the epoch

    uint64_t number() const { return flow_number; }
    void set_number(uint64_t number) { flow_number = number; }
    bool singleton() const { return packets <= 1; }
  };
  static_assert(sizeof(TcpLife) == 128 && sizeof(UdpLife) == 128);

  // One kind of flows.
  template <typename Life>
  struct Table {
    Table(uint32_t slots, uint32_t last_given, const Globals& globals, LaneSplit split)
        : lives(FlowCapacity(slots), split),
          index(split.lanes()),
          ring(slots, last_given, globals.list_search_dept, globals.gc_split_ratio),
          columns(globals.gc_split_ratio) {}
    // Flows at most, the oldest of which make room for new ones. Some slots stay free, so that the
    // search for one is short.
    void LimitLive(uint32_t limit) {
      if (limit != 0) most_live = std::max(std::min(limit, ring.size() - ring.size() / 64), 1u);
    }
    // `part`: of MemoryPlan.
    void LimitMemory(uint64_t part, const FlowBytes& of_flow) {
      if (part == MemoryPlan::kNoLimit) return;
      most_charged = part;
      bytes = of_flow;
      const uint64_t flows = std::clamp<uint64_t>(part / of_flow.open, 1, UINT32_MAX);
      const uint32_t limit = most_live != 0 ? most_live : UINT32_MAX;
      LimitLive(std::min(limit, static_cast<uint32_t>(flows)));
    }
    void CountOpen() {
      ++open;
      charged += bytes.open;
    }
    LaneSlab<Life> lives;
    FlowIndexTable index;
    SlotRing ring;
    DeadlineColumns columns;
    EvictionOrder eviction;  // used when there is a limit
    uint32_t most_live = 0;  // the limit; 0: none but the slots
    uint64_t created = 0, refused = 0, evicted = 0;
    // With a limit on memory: what live flows are taken to need, more than which they may not.
    FlowBytes bytes;
    uint64_t charged = 0, most_charged = MemoryPlan::kNoLimit;
    int64_t open = 0;
  };

  template <typename Life>
  static TableUse UseOf(const char* name, const Table<Life>& table);

  // How a packet is taken: in the turn of all, or of its lane.
  struct InTurn {};
  struct InLane {
    FlowShard* shard;
  };
  template <typename Turn>
  FlowResult ProcessTcp(const Datagram& d, uint32_t hash, uint32_t expected,
                        const PacketFlags* flags, Turn turn);
  template <typename Turn>
  FlowResult ProcessUdp(const Datagram& d, uint32_t hash, uint32_t expected,
                        const PacketFlags* flags, Turn turn);
  // What is done at once in the turn of all, and left to be done in that of a lane.
  PacketCounts& CountsOf(InTurn) { return counts_; }
  PacketCounts& CountsOf(InLane turn) { return turn.shard->counts; }
  OrderKey NextOrder(InTurn) { return NextOrder(); }
  OrderKey NextOrder(InLane turn) { return turn.shard->NextOrder(); }
  template <typename Life>
  bool SetsAside(Life&, uint32_t, InTurn) const {
    return false;
  }
  bool SetsAside(TcpLife& life, uint32_t flow, InLane turn) const {
    return SetsAside(life, flow, turn.shard, &turn.shard->tcp_set_aside);
  }
  bool SetsAside(UdpLife& life, uint32_t flow, InLane turn) const {
    return SetsAside(life, flow, turn.shard, &turn.shard->udp_set_aside);
  }
  // The collector may meet the flow before the packet does.
  template <typename Life>
  bool SetsAside(Life& life, uint32_t flow, FlowShard* shard, std::vector<uint32_t>* flows) const {
    const bool may_be_due = shard->latest() > Later(life.last, IdleLimit(life));
    if (!may_be_due && !life.set_aside) [[likely]]
      return false;
    if (!life.set_aside) flows->push_back(flow);
    life.set_aside = true;
    shard->Add(FlowShard::Kind::kSetAside, flow);
    return true;
  }
  template <typename Life>
  uint32_t Begin(Table<Life>& table, const Datagram& d, uint32_t hash, const PacketFlags* flags,
                 InTurn) {
    return Create(table, d, hash, flags);
  }
  template <typename Life>
  uint32_t Begin(Table<Life>& table, const Datagram& d, uint32_t hash, const PacketFlags*,
                 InLane turn);
  void Hand(const TcpSegmentStep& step, InTurn) {
    handed_on_ = true;
    sink_->OnTcpSegment(step);
  }
  void Hand(const UdpDatagramStep& step, InTurn) {
    handed_on_ = true;
    sink_->OnUdpDatagram(step);
  }
  template <typename Step>
  void Hand(const Step& step, InLane turn) {
    turn.shard->Hand(step);
  }
  void TellDns(const UdpDatagramStep& step, const UdpLife& life, InTurn) {
    names_->OnDnsDatagram(step, life.number(), life.last_counted[0], life.last_counted[1]);
  }
  void TellDns(const UdpDatagramStep& step, const UdpLife& life, InLane turn) {
    turn.shard->Add(FlowShard::Kind::kDns, {step, life.last_counted[0], life.last_counted[1]},
                    &turn.shard->dns);
  }
  template <typename Life>
  void Touch(Table<Life>& table, Life& life, uint32_t, Timestamp now, InTurn) {
    Touch(table, life, now);
  }
  template <typename Life>
  void Touch(Table<Life>&, Life& life, uint32_t flow, Timestamp now, InLane turn);
  void End(Table<TcpLife>& table, uint32_t flow, CloseStep* step, InTurn) {
    Close(table, flow, step);
  }
  void End(Table<TcpLife>& table, uint32_t flow, CloseStep* step, InLane turn);
  // The flow gets its slot and its number.
  template <typename Life>
  void OpenInTurn(Table<Life>& table, const Datagram& d, OpenStep* open);
  template <typename Life>
  void LowerInTurn(Table<Life>& table, uint32_t flow, Timestamp now);
  static Timestamp Later(Timestamp t, int64_t ns) {
    constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
    const int64_t base = t.nanoseconds();
    return Timestamp::FromNanoseconds(base > kLast - ns ? kLast : base + ns);
  }
  // Of a flow that begins (a TCP flow that has counted nothing yet is about to become a singleton);
  // the least of all.
  int64_t SingletonLimit(const TcpLife&) const { return tcp_singleton_ns_; }
  int64_t SingletonLimit(const UdpLife&) const { return udp_singleton_ns_; }

  // A new flow for the first packet `d`; kNoFlow when there is no slot. Runs the collector first.
  // `sender`: of the packet.
  template <typename Life>
  uint32_t Create(Table<Life>& table, const Datagram& d, uint32_t hash, const PacketFlags* flags,
                  Direction sender = Direction::kClientToServer);

  // With CompatProfile::flows_follow_connections (flow_table_connections.cc). Not a part of what
  // all other profiles go through.
  FlowResult ProcessConnection(const Datagram& packet, uint32_t hash, uint32_t expected,
                               const PacketFlags* flags, const CopyFilter::Mark* made);
  FlowResult ProcessConversation(const Datagram& packet, uint32_t hash, uint32_t expected,
                                 const PacketFlags* flags, const CopyFilter::Mark* made);
  // `packet`, or a copy that lasts until the next one: what is earlier than the flow's last packet
  // gets the time of that, so that no flow ends before it begins. Unless the clock was set, and is
  // followed.
  template <typename Life>
  const Datagram& NotBefore(const Table<Life>& table, uint32_t flow, const Datagram& packet);
  // The flow of a segment that is in no open one; kNoFlow: it is late, or there is no slot.
  uint32_t BeginConnection(const Datagram& d, const TcpHeader& h, uint32_t hash,
                           const PacketFlags* flags, Direction* sender);
  // The first payload, or a SYN, says that the client, which was guessed, is the server.
  void TurnIfSaid(uint32_t flow, const Datagram& d, const TcpHeader& h, const PacketFlags* flags,
                  Direction* sender);
  // The packet is captured for the second time.
  bool IsCopy(uint32_t flow, const Datagram& d, const TcpHeader& h, int self,
              const CopyFilter::Mark& mark) const;
  // A segment with SYN is of another connection than the open flow.
  bool BeginsAnother(uint32_t flow, const Datagram& d, const TcpHeader& h, int self) const;
  // Of a flow that has ended: the segment is late, and counts there.
  bool IsLateIn(uint32_t flow, const Datagram& d, const TcpHeader& h, int self) const;
  // Counts what the segment means for the life of its flow. Whether it ends it.
  bool FollowConnection(uint32_t flow, const Datagram& d, const TcpHeader& h, int self);
  // Closes a flow that has ended.
  void CloseEnded(uint32_t flow, Timestamp now);
  // Closes those that count nothing any more, and what there is no memory for; the one that ended
  // first, if there is any.
  void CloseEndedLongAgo(Timestamp now);
  void PrefetchEnded() const;
  bool CloseFirstEnded(Timestamp now);
  // Flows are closed until the others are within the limit of memory.
  template <typename Life>
  void MakeRoom(Table<Life>& table, Timestamp now);
  static bool MayNeedState(const Datagram& d);
  // The flow has state beside that of all, from now on.
  template <typename Life>
  static void Charge(Table<Life>& table) {
    table.charged += table.bytes.state;
  }
  // A slot for a TCP flow, of those that ended; kNoSlot: they do not help.
  uint32_t MakeSlot(uint32_t flow, Timestamp now);
  // What is known of a flow when it is closed.
  ClosedFlow Summary(const TcpLife& life, uint32_t flow, const CloseStep& step) const;
  // The flow was silent for too long to go on: it is closed.
  template <typename Life>
  bool EndsBySilence(Table<Life>& table, uint32_t flow, Timestamp now);
  // The flow was open for so long that a record of it is due.
  template <typename Life>
  void ReportIfLong(Table<Life>& table, uint32_t flow, Timestamp now);
  static bool IsComplete(const TcpLife& life, CloseCause cause);
  // Fills in what the Step says of the flow's life, and fetches where the flow will be remembered.
  void DescribeEnd(const TcpLife& life, uint32_t flow, CloseStep* step) const;
  static void SetEnd(const TcpLife& life, const TcpConnection& connection, CloseStep* step);
  void DescribeEnd(const UdpLife& life, uint32_t flow, CloseStep* step) const;
  // The Step was told.
  void RememberClosed(const TcpLife& life, uint32_t flow, const CloseStep& step);
  void RememberClosed(const UdpLife& life, uint32_t flow, const CloseStep& step);
  void Describe(const TcpLife& life, uint32_t flow, CloseStep* step) const;
  void Describe(const UdpLife& life, uint32_t flow, CloseStep* step) const;
  void TellNames(const TcpSegmentStep& step, uint64_t number);
  // Tells the sink of the call that the flow is of, if one is known. The CloseStep follows.
  void TellCall(const UdpLife& life, const CloseStep& step) const;

  // Of the flow that `sender` sends `d` in.
  void SetEndpoints(const Datagram& d, const PacketFlags& f, Direction sender,
                    Endpoints* out) const;
  void SetEndpoint(const IpAddress& address, uint16_t port, bool internal, bool cloud,
                   Endpoint* out) const;
  // REQUIRES: somebody wants to know.
  void TellOfEncrypted(const Endpoints& endpoints) const;
  // The flow of `key` (`expected`, probably) and the direction of a packet in it; or kNoFlow.
  template <typename Life>
  uint32_t FindFlow(const Table<Life>& table, const FlowKey& key, uint32_t hash, uint32_t expected,
                    Direction* direction, PacketCounts* counts) const;
  // The flow in `slot` may be due at `deadline`.
  template <typename Life>
  void LowerDeadline(Table<Life>& table, uint32_t slot, Timestamp deadline);
  // A packet of the flow came.
  template <typename Life>
  void Touch(Table<Life>& table, Life& life, Timestamp now) {
    if (!life.first.is_set()) life.first = now;
    const bool back_in_time = now < life.last;
    life.last = now;
    // Deadlines only move forward with the packets of a flow, except when the clock runs back.
    if (back_in_time && life.slot != SlotRing::kNoSlot) [[unlikely]]
      TouchBackInTime(table, life, now);
  }
  template <typename Life>
  void TouchBackInTime(Table<Life>& table, const Life& life, Timestamp now);

  void Collect(Timestamp now);
  // The life and the state of a flow.
  void PrefetchAnyFlow(bool is_tcp, const void* life, uint32_t flow) const {
    if (follows_connections()) return PrefetchFlow<true>(is_tcp, life, flow);
    PrefetchFlow<false>(is_tcp, life, flow);
  }
  template <bool kConnections>
  void PrefetchFlow(bool is_tcp, const void* life, uint32_t flow) const {
    __builtin_prefetch(life, 1);
    __builtin_prefetch(static_cast<const char*>(life) + 64, 1);
    if constexpr (kConnections) connections_->Prefetch(is_tcp, flow);
    sink_->Prefetch(is_tcp, flow);
  }
  void PrefetchDue(uint32_t column, int32_t now_s) const;
  // What the state of TCP flows points to, when that has arrived.
  void PrefetchDueAttached(uint32_t column, int32_t now_s) const;
  template <typename Life>
  void PrefetchColumn(const Table<Life>& table, uint32_t column, int32_t now_s) const;
  template <typename Life>
  void VisitColumn(Table<Life>& table, uint32_t column, Timestamp now);
  // False: there is none to be closed.
  template <typename Life>
  bool Evict(Table<Life>& table, Timestamp now);
  template <typename Life>
  EvictionOrder::State StateForEviction(const Table<Life>& table, uint32_t flow) const;
  // All deadlines of flows that were active later than now are looked at again.
  template <typename Life>
  void LowerDeadlines(Table<Life>& table, Timestamp now);
  // When the flow was last active, by a clock that may have been set back.
  template <typename Life>
  Timestamp LastActive(const Life& life, Timestamp now) const {
    return life.last > now ? std::min(life.last, stepped_back_to_) : life.last;
  }

  int64_t IdleLimit(const TcpLife& life) const {
    if (!life.singleton()) return tcp_idle_ns_;
    if (connections_ == nullptr) return tcp_singleton_ns_;
    // A SYN is repeated after twice the time each time: what goes on is one attempt.
    const int64_t attempt_ns = life.last.nanoseconds() - life.first.nanoseconds();
    return std::max(tcp_singleton_ns_, std::min(2 * attempt_ns, tcp_idle_ns_));
  }
  int64_t IdleLimit(const UdpLife& life) const {
    return life.singleton() ? udp_singleton_ns_ : udp_idle_ns_;
  }

  // Tells the sink, then forgets the flow (unless step->state_kept).
  void Close(Table<TcpLife>& table, uint32_t flow, CloseStep* step);
  void Close(Table<UdpLife>& table, uint32_t flow, CloseStep* step);
  template <typename Life>
  CloseStep MakeClose(const Life& life, uint32_t flow, CloseCause cause, Timestamp now) {
    return MakeClose(life, flow, cause, now, NextOrder());
  }
  template <typename Life>
  static CloseStep MakeClose(const Life& life, uint32_t flow, CloseCause cause, Timestamp now,
                             OrderKey order);
  // What Close does but for telling, and remembering.
  void CountClosed(Table<TcpLife>& table, const CloseStep& step);
  void CountClosed(Table<UdpLife>& table, const CloseStep& step);
  // The flow is not found any more; then it is no more.
  template <typename Life>
  void Forget(Table<Life>& table, uint32_t flow);
  template <typename Life>
  void Release(Table<Life>& table, uint32_t flow);
  template <typename Life>
  void VisitLive(const Table<Life>& table, absl::FunctionRef<void(const LiveFlow&)> visit) const;

  const AnalyzerOptions& options_;
  EndpointClassifier classifier_;
  NameSource* names_;
  StepSink* sink_;
  HashKey hash_key_;
  // A singleton is idle too long by either limit: its own is the lower one.
  int64_t tcp_idle_ns_, tcp_singleton_ns_, udp_idle_ns_, udp_singleton_ns_;

  // Null: flows live as Tstat's do.
  std::unique_ptr<ConnectionLives> connections_;

  CollectorClock clock_;
  // That PrefetchDue has fetched for a later run, and what its flows point to.
  uint32_t fetched_column_ = UINT32_MAX;
  bool fetched_attached_ = false;
  Table<TcpLife> tcp_;
  Table<UdpLife> udp_;
  uint32_t kept_without_slot_ = 0;
  bool began_flow_ = false, handed_on_ = false;
  std::function<void(const Datagram&)> tell_of_udp_flow_;

  // Far in the future: never.
  Timestamp stepped_back_to_ = Timestamp::FromNanoseconds(INT64_MAX);
  bool deadlines_too_late_ = false;    // since then
  uint64_t deadlines_lowered_at_ = 0;  // packet number

  OrderKey order_;  // the next one
  ClosedFlows closed_flows_;
  // Those of tunnels, which are rows and no part of any sum.
  uint64_t outer_packets_ = 0, outer_flows_ = 0;
  int64_t open_outer_flows_ = 0;
  PacketCounts counts_;
  uint64_t packets_set_aside_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_FLOW_TABLE_H_
