// SPDX-License-Identifier: BSD-3-Clause
#include "l7/stream/stream_tracker.h"

#include <utility>

#include "l7/stream/late_opening.h"

namespace tstat::internal {
namespace {

// A server that was asked for encryption answers before the hello comes: it is in one of the first
// segments. So is an identification of SSH.
constexpr uint32_t kLateBytes = 64 << 10;
// The number of a direction's first byte: the one behind its SYN, or, where only that of the other
// side was captured, the first that this one acknowledges. Without either, the one of its first
// segment.
uint32_t FirstSequence(const TcpLayer7Input& in, uint32_t sequence) {
  constexpr uint32_t kFarthestFromAcknowledged = 1 << 20;
  const auto self = static_cast<size_t>(Index(in.direction()));
  const TcpLayer7Input::Side& side = in.side[self];
  if (side.has_syn) {
    const int64_t ahead = static_cast<int32_t>(sequence - side.isn - 1);
    const bool is_near = ahead < OrderedStream::kFarthest && ahead > -OrderedStream::kFarthest;
    return is_near ? side.isn + 1 : sequence;
  }
  const bool is_known = in.side[1 - self].has_syn && side.has_acknowledged &&
                        sequence - side.acknowledged < kFarthestFromAcknowledged;
  return is_known ? side.acknowledged : sequence;
}

// A segment so far ahead that there would be no room for it, while nothing says that what lies
// between was sent: the other side has not acknowledged any of it, nor came more of what is ahead.
bool IsTooFarAhead(const TcpLayer7Input& in, uint32_t sequence, StreamFlow::Side& side) {
  const int64_t ahead = side.stream.Ahead(sequence);
  if (ahead <= 0) side.refused = 0;
  if (ahead < OrderedStream::kMostHeld || side.refused >= OrderedStream::kMostHeld) return false;
  const TcpLayer7Input::Side& self = in.side[static_cast<size_t>(Index(in.direction()))];
  if (self.has_acknowledged && side.stream.Ahead(self.acknowledged) > 0) return false;
  side.refused += static_cast<uint32_t>(in.payload_length);
  return true;
}

constexpr size_t Side(Direction d) { return static_cast<size_t>(Index(d)); }
constexpr Direction Other(Direction d) {
  return d == Direction::kClientToServer ? Direction::kServerToClient : Direction::kClientToServer;
}

// HTTP may begin late: behind the end of a body, where the capture began in one.
bool MayBecomeHttp(const StreamFlow& stream) {
  return stream.attached_count == 0 &&
         (stream.application == Application::kUnknown || stream.application == Application::kHttp);
}

}  // namespace

// What reads the bytes of a flow at present: the search for a protocol, or the protocol.
class StreamTracker::Reader : public StreamReader {
 public:
  Reader(StreamTracker& tracker, TcpLayer7Flow& flow) : tracker_(tracker), flow_(flow) {}

  size_t OnBytes(ByteReader bytes, const StreamPosition& at) override {
    StreamPosition position = at;
    size_t consumed = 0;
    while (true) {
      const size_t count = state().reading ? Read(bytes.Sub(consumed), position)
                                           : Search(bytes.Sub(consumed), position, false);
      if (count == kDone) return kDone;
      consumed += count;
      // A protocol that was just found reads the same bytes at once, and what is behind the end of
      // one is looked at.
      if (!std::exchange(again_, false) || consumed >= bytes.size()) return consumed;
      position.offset += count;
      position.segment_start &= count == 0;
      position.segment_start |= std::exchange(begins_next_, false);
    }
  }

  bool OnGap(ByteReader rest, uint64_t missing, const StreamPosition& at) override {
    StreamFlow& stream = state();
    StreamFlow::Side& side = stream.side[Side(at.direction)];
    StreamPosition position = at;
    while (!stream.reading && !rest.empty()) {
      const size_t count = Search(rest, position, true);
      if (count == kDone) return false;
      rest = rest.Sub(count);
      position.offset += count;
      if (!std::exchange(again_, false)) break;
    }
    side.begins = begins_next_ = false;
    if (!stream.reading) {
      side.rejected = true;
      return true;
    }
    StreamContext context = Context();
    const StreamFlow::Attached& reader = stream.attached[stream.attached_count - 1];
    return reader.protocol->OnGap(reader.state, rest, missing, position, context);
  }

  // A protocol begins or ends: the other direction is to be offered once more.
  bool changed() const { return changed_; }
  void ClearChanged() { changed_ = false; }

 private:
  StreamFlow& state() { return *flow_.stream; }
  StreamContext Context() {
    const StreamFlow& stream = state();
    return {flow_, state().application, ends_here_,
            stream.attached_count > 0 && stream.attached[stream.attached_count - 1].is_outer};
  }

  size_t Read(ByteReader bytes, const StreamPosition& at) {
    StreamFlow& stream = state();
    StreamContext context = Context();
    const StreamFlow::Attached& reader = stream.attached[stream.attached_count - 1];
    const size_t count = reader.protocol->OnBytes(reader.state, bytes, at, context);
    if (ends_here_) {
      ends_here_ = false;
      stream.reading = false;
      for (StreamFlow::Side& side : stream.side) {
        side.rejected = side.begins = false;
        side.undecided = 0;
      }
      changed_ = again_ = true;
    }
    return count;
  }

  size_t Search(ByteReader bytes, const StreamPosition& at, bool complete) {
    StreamFlow& stream = state();
    StreamFlow::Side& side = stream.side[Side(at.direction)];
    const bool begins = std::exchange(side.begins, false) || at.segment_start;
    if (side.rejected) return SearchLater(bytes, at, begins, complete);
    // Behind a few bytes that may still become a protocol, a hello: they asked for it.
    if (side.undecided > 0 && bytes.size() > side.undecided) {
      const SignatureMatch hello = TestLateTlsHello(bytes.Sub(side.undecided));
      if (hello == SignatureMatch::kMaybe && !complete) return 0;
      if (hello == SignatureMatch::kYes) {
        side.rejected = side.begins = again_ = true;
        return side.undecided;
      }
    }
    // They may be the end of a body, too, and HTTP what is behind them.
    if (side.undecided > 0 && MayBecomeHttp(stream) &&
        IsLateHttp(bytes.Sub(side.undecided), at.direction) && !IsLateHttp(bytes, at.direction) &&
        OpenReader(kHttpSignature, true)) {
      stream.application = Application::kHttp;
      begins_next_ = true;
      return side.undecided;
    }
    const uint16_t port = at.identity != nullptr ? at.identity->endpoints.server.port : 0;
    const FoundSignature found = FindSignature({bytes, at.direction, port}, complete);
    switch (found.match) {
      case SignatureMatch::kMaybe:
        side.undecided = static_cast<uint16_t>(bytes.size());  // less than kLongestOpening
        return 0;
      case SignatureMatch::kYes: {
        const bool is_outer = stream.application == Application::kUnknown;
        if (is_outer) stream.application = found.signature->application;
        if (OpenReader(*found.signature, is_outer)) return 0;
        break;
      }
      case SignatureMatch::kNo:
        break;
    }
    side.rejected = true;
    return SearchLater(bytes, at, false, complete);
  }

  // In bytes that no protocol begins with. `begins`: they are the begin of a segment.
  size_t SearchLater(ByteReader bytes, const StreamPosition& at, bool begins, bool complete) {
    StreamFlow::Side& side = state().side[Side(at.direction)];
    const bool unknown = state().application == Application::kUnknown;
    if (at.segment_start && MayBecomeHttp(state()) && IsLateHttp(bytes, at.direction) &&
        OpenReader(kHttpSignature, true)) {
      state().application = Application::kHttp;
      return 0;
    }
    const SignatureMatch hello = begins ? TestLateTlsHello(bytes) : SignatureMatch::kNo;
    const size_t tls = hello == SignatureMatch::kNo ? FindUpgradedTlsHello(bytes) : 0;
    if (hello == SignatureMatch::kYes || (tls > 0 && tls < bytes.size())) {
      if (OpenReader(kTlsSignature, unknown)) return tls;
    }
    const SshLine ssh = MayBecomeSsh(at.direction) ? FindSshLine(bytes, begins) : SshLine();
    if (ssh.match == SignatureMatch::kYes && OpenReader(kSshSignature, unknown)) return ssh.at;
    if (!complete && (hello == SignatureMatch::kMaybe || ssh.match == SignatureMatch::kMaybe)) {
      side.begins = true;
      return ssh.at;  // 0, where it is TLS that may begin
    }
    side.late_bytes += static_cast<uint32_t>(bytes.size());
    if (side.late_bytes <= kLateBytes) return bytes.size();
    side.asleep = true;
    return kDone;
  }

  // A server that says who it is behind other lines, to a client that has not begun with something
  // else.
  bool MayBecomeSsh(Direction direction) {
    constexpr uint16_t kName = 4;  // "SSH-"
    const StreamFlow& stream = state();
    const StreamFlow::Side& client = stream.side[Side(Direction::kClientToServer)];
    return direction == Direction::kServerToClient && stream.application == Application::kUnknown &&
           !client.rejected && client.undecided < kName;
  }

  bool OpenReader(const StreamSignature& signature, bool is_outer) {
    const auto id = static_cast<size_t>(signature.reader);
    StreamProtocol* const protocol = tracker_.protocols_[id].get();
    StreamFlow& stream = state();
    if (protocol == nullptr || stream.attached_count == stream.attached.size()) return false;
    StreamFlow::Attached& attached = stream.attached[stream.attached_count++];
    attached = {protocol, 0, is_outer};
    StreamContext context = Context();
    attached.state = protocol->Open(context);
    stream.reading = changed_ = again_ = true;
    return true;
  }

  StreamTracker& tracker_;
  TcpLayer7Flow& flow_;
  bool ends_here_ = false, changed_ = false, again_ = false;
  bool begins_next_ = false;  // what is read again begins a segment
};

StreamTracker::StreamTracker(const StreamOptions& options, EventSink* out)
    : protocols_(MakeStreamProtocols(options, out)) {}

StreamFlow& StreamTracker::Attach(TcpLayer7Flow& flow) {
  if (flow.stream == nullptr) {
    const uint32_t slot = flows_.Allocate();
    flow.stream = &flows_[slot];
    flow.stream->slot = slot;
  }
  return *flow.stream;
}

// A direction in which nothing was found is read again where a segment begins with HTTP, and where
// the other direction has.
bool StreamTracker::Wakes(const StreamFlow& stream, const TcpLayer7Input& in) {
  if (!stream.side[Side(in.direction())].asleep) return false;
  return stream.reading || (MayBecomeHttp(stream) && IsLateHttp(in.payload, in.direction()));
}

void StreamTracker::OnSegment(const TcpLayer7Input& in, TcpLayer7Flow& flow) {
  if (in.payload_length <= 0 || flow.stream_done[Side(in.direction())]) return;
  StreamFlow& stream = Attach(flow);
  const Direction direction = in.direction();
  OrderedStream& bytes = stream.side[Side(direction)].stream;
  const bool wakes = bytes.done() && Wakes(stream, in);
  if (bytes.done() && !wakes) return;
  const TcpHeader& header = in.step->header;
  const uint32_t sequence = header.sequence + ((header.flags & tcp_flags::kSyn) != 0 ? 1 : 0);
  if (!bytes.started()) bytes.Start(FirstSequence(in, sequence));
  if (wakes) {
    stream.side[Side(direction)].asleep = false;
    bytes.Restart(sequence);
  }
  if (IsTooFarAhead(in, sequence, stream.side[Side(direction)])) return;
  stream.last = {.offset = 0,
                 .direction = direction,
                 .segment_start = false,
                 .time = in.time(),
                 .order = in.step->order,
                 .flow_packets = in.flow_packets,
                 .identity = in.identity};
  Reader reader(*this, flow);
  const auto length = static_cast<uint32_t>(in.payload_length);
  bytes.OnSegment({sequence, in.payload, length}, stream.last, reader, &stream.held, buffers_);
  StreamPosition at = stream.last;
  // A protocol that was found in one direction has the other one to read, and may end in it.
  for (int i = 0; i < 4 && reader.changed(); ++i) {
    reader.ClearChanged();
    at.direction = Other(at.direction);
    stream.side[Side(at.direction)].stream.Offer(at, reader, &stream.held, buffers_);
  }
  for (const size_t i : {0, 1}) {
    flow.stream_done[i] = stream.side[i].stream.done() && !stream.side[i].asleep;
  }
}

void StreamTracker::Finish(const CloseStep& step, TcpLayer7Flow& flow) {
  if (flow.stream == nullptr) return;
  StreamFlow& stream = *flow.stream;
  Reader reader(*this, flow);
  stream.last.order = step.order;  // of what is read only now
  for (const Direction d : {Direction::kClientToServer, Direction::kServerToClient}) {
    OrderedStream& bytes = stream.side[Side(d)].stream;
    StreamPosition at = stream.last;
    at.direction = d;
    bytes.Finish(at, reader, &stream.held, buffers_);
    counters_.differing_bytes += bytes.differing_bytes();
    counters_.missing_bytes += bytes.missing_bytes();
  }
  bool ends_here = false;
  StreamContext context = {flow, stream.application, ends_here};
  for (size_t i = 0; i < stream.attached_count; ++i) {
    stream.attached[i].protocol->Finish(stream.attached[i].state, stream.last, context);
  }
}

void StreamTracker::OnFlowClosing(const CloseStep& step, TcpLayer7Flow& flow, TcpFlow* record) {
  if (flow.stream == nullptr) return;
  StreamFlow& stream = *flow.stream;
  FillRecord(flow, record);
  bool ends_here = false;
  StreamContext context = {flow, stream.application, ends_here};
  for (size_t i = 0; i < stream.attached_count; ++i) {
    const StreamFlow::Attached& attached = stream.attached[i];
    attached.protocol->OnFlowClosing(attached.state, step, *record, context);
  }
}

void StreamTracker::FillRecord(const TcpLayer7Flow& flow, TcpFlow* record) {
  if (flow.stream == nullptr) return;
  const StreamFlow& stream = *flow.stream;
  if (stream.application != Application::kUnknown) {
    record->layer7.application = stream.application;
    record->layer7.evidence = Evidence::kSignature;
  }
  for (size_t i = 0; i < stream.attached_count; ++i) {
    stream.attached[i].protocol->FillRecord(stream.attached[i].state, record);
  }
}

void StreamTracker::Release(TcpLayer7Flow& flow) {
  if (flow.stream == nullptr) return;
  StreamFlow& stream = *flow.stream;
  for (StreamFlow::Side& side : stream.side) side.stream.Release(&stream.held, buffers_);
  for (size_t i = 0; i < stream.attached_count; ++i) {
    stream.attached[i].protocol->Release(stream.attached[i].state);
  }
  flows_.Free(stream.slot);
  flow.stream = nullptr;
}

TextBudget StreamTracker::texts() const {
  TextBudget all{.used = 0, .most = 0};
  for (const std::unique_ptr<StreamProtocol>& protocol : protocols_) {
    if (protocol == nullptr) continue;
    const TextBudget texts = protocol->texts();
    all.used += texts.used, all.most += texts.most;
  }
  return all;
}

size_t StreamTracker::memory_bytes() const {
  size_t bytes = flows_.memory_bytes() + buffers_.memory_bytes();
  for (const auto& protocol : protocols_) {
    if (protocol != nullptr) bytes += protocol->memory_bytes();
  }
  return bytes;
}

}  // namespace tstat::internal
