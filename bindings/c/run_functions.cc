// SPDX-License-Identifier: BSD-3-Clause
//
// Sessions at work: traces, an interface, packets of the caller, time, and the end.
#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "session_handle.h"
#include "sized_struct.h"
#include "tstat.h"
#include "tstat/packet_source.h"

using namespace tstat::internal;  // NOLINT: the functions of tstat.h are in no namespace
using tstat::Packet;
using tstat::PacketOrigin;
using tstat::PacketResult;
using tstat::PacketSource;
using tstat::Timestamp;

static_assert(static_cast<int>(PacketResult::kNotTaken) == TSTAT_PACKET_NOT_TAKEN &&
              static_cast<int>(PacketResult::kFiltered) == TSTAT_PACKET_FILTERED &&
              static_cast<int>(PacketResult::kDropped) == TSTAT_PACKET_DROPPED &&
              static_cast<int>(PacketResult::kShort) == TSTAT_PACKET_SHORT &&
              static_cast<int>(PacketResult::kNotAnalysed) == TSTAT_PACKET_NOT_ANALYSED &&
              static_cast<int>(PacketResult::kNoFlow) == TSTAT_PACKET_NO_FLOW &&
              static_cast<int>(PacketResult::kDuplicate) == TSTAT_PACKET_DUPLICATE &&
              static_cast<int>(PacketResult::kCounted) == TSTAT_PACKET_COUNTED);
static_assert(static_cast<int>(PacketOrigin::kUnknown) == TSTAT_ORIGIN_UNKNOWN &&
              static_cast<int>(PacketOrigin::kInternalSource) == TSTAT_ORIGIN_INTERNAL_SOURCE &&
              static_cast<int>(PacketOrigin::kExternalSource) == TSTAT_ORIGIN_EXTERNAL_SOURCE &&
              static_cast<int>(PacketOrigin::kInternalBoth) == TSTAT_ORIGIN_INTERNAL_BOTH &&
              static_cast<int>(PacketOrigin::kExternalBoth) == TSTAT_ORIGIN_EXTERNAL_BOTH);
static_assert(static_cast<int>(tstat::LinkType::kEthernet) == TSTAT_LINK_ETHERNET &&
              static_cast<int>(tstat::LinkType::kRaw) == TSTAT_LINK_IP &&
              static_cast<int>(tstat::LinkType::kLinuxCooked) == TSTAT_LINK_COOKED);

namespace {

bool IsPacketTime(int64_t ns) {
  return ns >= Timestamp::EarliestOfPacket().nanoseconds() &&
         ns <= Timestamp::LatestOfPacket().nanoseconds();
}
constexpr const char* kTimeText = "the time is before 1938 or after 2223";

// What cannot be opened as it is (a directory, ...) has nothing to do with the session's state.
int FailToOpen(tstat_session* session, const absl::Status& status) {
  if (!absl::IsFailedPrecondition(status)) return session->Fail(status);
  return session->Fail(absl::InvalidArgumentError(status.message()));
}

constexpr const char* kPacketsName = "packets";  // of a trace that the first packet begins

void LeaveTrace(tstat_session* session) { session->in_trace = session->trace_has_packet = false; }

// Reads `source` to its end, or until somebody asks for the end.
int RunSource(tstat_session* session, PacketSource& source, const std::string& name) {
  LeaveTrace(session);
  const tstat::SessionTrace trace{.name = name,
                                  .is_stream = session->live || source.is_stream(),
                                  .is_last = !session->session->options().analyzer.concatenate};
  bool interrupted = false;
  const absl::Status status = session->session->Run(source, trace, [&] {
    interrupted = interrupted || session->interrupted.exchange(false);
    return !interrupted && !session->call_backs.stopped();
  });
  if (!source.note().empty()) {
    const std::string note = absl::StrCat(name, ": ", std::string(source.note()));
    for (const auto& entry : session->notices) {
      entry.function(TSTAT_TRACE_NOTE, note.c_str(), 0, entry.user);
    }
  }
  if (interrupted) return session->Fail(TSTAT_INTERRUPTED, "interrupted");
  return session->Fail(status);
}

// As the readers of traces have it: microseconds count, rounded down.
Timestamp WithMicroseconds(int64_t ns) {
  const int64_t us = ns / 1000 - (ns % 1000 < 0 ? 1 : 0);
  return Timestamp::FromMicroseconds(us);
}

// TSTAT_OK and the packet, or why it cannot be one; `is_first`: of its trace.
int Convert(tstat_session* session, const tstat_packet* packet, bool is_first, Packet* out) {
  tstat_packet given;
  if (!ReadSized(packet, &given)) return session->Fail(TSTAT_INVALID, "there is no packet");
  if (given.data == nullptr && given.captured_length > 0) {
    return session->Fail(TSTAT_INVALID, "the packet has no bytes");
  }
  if (given.link_type < 0 || given.link_type > UINT16_MAX) {
    return session->Fail(TSTAT_INVALID, "link_type: 0 to 65535 are allowed");
  }
  if (given.origin < TSTAT_ORIGIN_UNKNOWN || given.origin > TSTAT_ORIGIN_EXTERNAL_BOTH) {
    return session->Fail(TSTAT_INVALID, "origin: TSTAT_ORIGIN_UNKNOWN and its like are allowed");
  }
  if (!IsPacketTime(given.time)) return session->Fail(TSTAT_OUT_OF_RANGE, kTimeText);
  out->time = WithMicroseconds(given.time);
  if (!out->time.is_set() && is_first) {
    return session->Fail(TSTAT_OUT_OF_RANGE, "a trace cannot begin at time 0");
  }
  out->data = {static_cast<const uint8_t*>(given.data), given.captured_length};
  out->original_length = given.original_length != 0 ? given.original_length : given.captured_length;
  out->link_type = static_cast<tstat::LinkType>(given.link_type);
  out->origin = static_cast<PacketOrigin>(given.origin);
  return TSTAT_OK;
}

void BeginTrace(tstat_session* session, const char* name, unsigned flags) {
  session->session->BeginTrace({.name = name,
                                .is_stream = (flags & TSTAT_STREAM) != 0,
                                .is_last = (flags & TSTAT_MORE_COMES) == 0});
  session->in_trace = true;
}

// Before packets are analysed.
void BeginPackets(tstat_session* session) {
  if (!session->in_trace) BeginTrace(session, kPacketsName, 0);
  session->trace_has_packet = true;
}

// Some packets, after which the session still works: else its error.
int Analyse(tstat_session* session, std::span<const Packet> packets, PacketResult* last) {
  BeginPackets(session);
  session->session->ProcessBatch(packets.first(packets.size() - 1));
  *last = session->session->Process(packets.back());
  return *last == PacketResult::kNotTaken ? session->Fail(session->session->status())
                                          : static_cast<int>(TSTAT_OK);
}

}  // namespace

int tstat_session_run_trace(tstat_session* session, const char* path) {
  return DriveStarted(session, [&]() -> int {
    if (path == nullptr) return session->Fail(TSTAT_INVALID, "the trace has no name");
    absl::StatusOr<std::unique_ptr<PacketSource>> source =
        tstat::OpenTrace(path, tstat::SessionTraceOptions(session->session->options()));
    if (!source.ok()) return FailToOpen(session, source.status());
    return RunSource(session, **source, path);
  });
}

int tstat_session_run_pair(tstat_session* session, const char* first, const char* second) {
  return DriveStarted(session, [&]() -> int {
    if (first == nullptr || second == nullptr) {
      return session->Fail(TSTAT_INVALID, "a trace has no name");
    }
    std::array<std::unique_ptr<PacketSource>, 2> sources;
    const std::array<const char*, 2> paths = {first, second};
    for (size_t i = 0; i < paths.size(); ++i) {
      absl::StatusOr<std::unique_ptr<PacketSource>> source =
          tstat::OpenTrace(paths[i], tstat::SessionTraceOptions(session->session->options()));
      if (!source.ok()) return FailToOpen(session, source.status());
      sources[i] = *std::move(source);
    }
    const auto merged = tstat::MergeByTime(std::move(sources[0]), std::move(sources[1]));
    return RunSource(session, *merged, absl::StrCat(first, ", ", second));
  });
}

int tstat_session_run_live(tstat_session* session) {
  return DriveStarted(session, [&]() -> int {
    if (!session->live) return session->FailState("the option \"live\" is not set");
    std::string interface;
    absl::StatusOr<std::unique_ptr<PacketSource>> source =
        tstat::OpenLive(session->capture, &interface);
    if (!source.ok()) return FailToOpen(session, source.status());
    return RunSource(session, **source, interface);
  });
}

void tstat_session_interrupt(tstat_session* session) {
  if (session != nullptr) session->interrupted.store(true);
}

int tstat_session_begin_trace(tstat_session* session, const char* name, unsigned flags) {
  return DriveStarted(session, [&]() -> int {
    if (name == nullptr) return session->Fail(TSTAT_INVALID, "the trace has no name");
    if ((flags & ~static_cast<unsigned>(TSTAT_STREAM | TSTAT_MORE_COMES)) != 0) {
      return session->Fail(TSTAT_INVALID, "flags: TSTAT_STREAM, TSTAT_MORE_COMES are allowed");
    }
    LeaveTrace(session);
    BeginTrace(session, name, flags);
    return TSTAT_OK;
  });
}

int tstat_session_end_trace(tstat_session* session) {
  return DriveRunning(session, [&]() -> int {
    session->session->EndTrace();
    LeaveTrace(session);
    return TSTAT_OK;
  });
}

int tstat_session_feed(tstat_session* session, const tstat_packet* packet, int* result) {
  if (result != nullptr) *result = TSTAT_PACKET_NOT_TAKEN;
  return DriveStarted(session, [&]() -> int {
    Packet converted;
    int status = Convert(session, packet, !session->trace_has_packet, &converted);
    if (status != TSTAT_OK) return status;
    PacketResult became = PacketResult::kNotTaken;
    status = Analyse(session, {&converted, 1}, &became);
    if (result != nullptr) *result = static_cast<int>(became);
    return status;
  });
}

int tstat_session_feed_many(tstat_session* session, const tstat_packet* packets, size_t count,
                            size_t* taken) {
  if (taken != nullptr) *taken = 0;
  return DriveStarted(session, [&]() -> int {
    if (count == 0) return TSTAT_OK;
    if (packets == nullptr) return session->Fail(TSTAT_INVALID, "there are no packets");
    const size_t stride = packets->struct_size;
    if (stride <= sizeof(size_t) || stride % alignof(tstat_packet) != 0) {
      return session->Fail(TSTAT_INVALID, "struct_size is not the size of a tstat_packet");
    }
    const auto* next = reinterpret_cast<const char*>(packets);
    std::array<Packet, PacketSource::kBatchSize> batch;
    for (size_t done = 0; done < count && !session->call_backs.stopped();) {
      size_t n = 0;
      int refused = TSTAT_OK;
      for (; n < batch.size() && done + n < count; ++n, next += stride) {
        const bool is_first = !session->trace_has_packet && n == 0;
        refused =
            Convert(session, reinterpret_cast<const tstat_packet*>(next), is_first, &batch[n]);
        if (refused != TSTAT_OK) break;
      }
      PacketResult last;
      const int status =
          n > 0 ? Analyse(session, std::span(batch).first(n), &last) : static_cast<int>(TSTAT_OK);
      if (status != TSTAT_OK) return status;
      done += n;
      if (taken != nullptr) *taken = done;
      if (refused != TSTAT_OK) return refused;
    }
    return TSTAT_OK;
  });
}

int tstat_session_advance_time(tstat_session* session, int64_t time) {
  return DriveRunning(session, [&]() -> int {
    if (!IsPacketTime(time)) return session->Fail(TSTAT_OUT_OF_RANGE, kTimeText);
    session->session->AdvanceTime(WithMicroseconds(time));
    return TSTAT_OK;
  });
}

int tstat_session_new_output(tstat_session* session, int64_t time, const char* name) {
  return DriveRunning(session, [&]() -> int {
    if (!IsPacketTime(time)) return session->Fail(TSTAT_OUT_OF_RANGE, kTimeText);
    session->session->StartNewOutput(Timestamp::FromNanoseconds(time), name != nullptr ? name : "");
    return TSTAT_OK;
  });
}

int tstat_session_finish(tstat_session* session) {
  if (session != nullptr && session->state == tstat_session::State::kFinished) {
    return Drive(session, [&]() -> int { return session->UnlessStopped(TSTAT_OK); });
  }
  const auto finish = [&]() -> int {
    session->state = tstat_session::State::kFinished;
    LeaveTrace(session);
    return session->UnlessStopped(session->Fail(session->session->Finish()));
  };
  // Outputs are closed even after a call-back asked for the end.
  if (session != nullptr && session->call_backs.stopped()) return Drive(session, finish);
  return DriveRunning(session, finish);
}

int tstat_session_flush(tstat_session* session) {
  return DriveRunning(session, [&]() -> int {
    session->session->Flush();
    return TSTAT_OK;
  });
}

int tstat_session_retry(tstat_session* session, int64_t now) {
  return DriveRunning(session, [&]() -> int {
    if (!IsPacketTime(now)) return session->Fail(TSTAT_OUT_OF_RANGE, kTimeText);
    session->session->Retry(Timestamp::FromNanoseconds(now));
    return TSTAT_OK;
  });
}

int tstat_session_reload(tstat_session* session, const char* path) {
  return DriveRunning(session, [&]() -> int {
    if (path == nullptr) return session->Fail(TSTAT_INVALID, "the file has no name");
    return session->Fail(session->session->Reload(path));
  });
}
