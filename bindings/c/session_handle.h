// SPDX-License-Identifier: BSD-3-Clause
//
// What a tstat_session is, and how functions of tstat.h work on it: one at a time, without
// exceptions, with the text of what went wrong.
//
//   int tstat_session_flush(tstat_session* session) {
//     return Drive(session, [&]() -> int {
//       session->session->Flush();
//       return TSTAT_OK;
//     });
//   }
#ifndef TSTAT_BINDINGS_C_SESSION_HANDLE_H_
#define TSTAT_BINDINGS_C_SESSION_HANDLE_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "call_backs.h"
#include "session_setup.h"
#include "status_codes.h"
#include "tstat.h"
#include "tstat/event_sink.h"
#include "tstat/session.h"

struct tstat_session {
  enum class State : uint8_t { kSetUp, kRunning, kFinished, kFailed };
  template <typename Function>
  using Entry = tstat::internal::CallBacks::Entry<Function>;

  State state = State::kSetUp;
  tstat::internal::SessionSetup setup;
  tstat::internal::CallBacks call_backs;
  std::vector<Entry<tstat_notice_function>> notices;
  Entry<tstat_flow_function> flow_filter;

  // From the start on.
  bool live = false;
  tstat::LiveOptions capture;
  std::unique_ptr<tstat::EventSink> sink;  // outlives the session
  std::unique_ptr<tstat::Session> session;
  bool in_trace = false;          // begun for packets of the caller
  bool trace_has_packet = false;  // and one was fed

  std::atomic<bool> interrupted = false;
  bool in_call = false;  // a function of Drive is at work
  std::string error;
  const char* plain_error = nullptr;  // in place of `error`, when there is no memory for a text

  // What was handed out.
  std::string directory, report, problem, reason;
  std::vector<absl::Status> problems;  // not handed out yet, latest first

  // `status`, and its text. Never throws.
  int Fail(int status, const char* text) noexcept {
    plain_error = nullptr;
    try {
      error = text;
    } catch (...) {
      plain_error = "no memory";
    }
    return status;
  }
  int Fail(const absl::Status& status) noexcept {
    if (status.ok()) return TSTAT_OK;
    try {
      return Fail(tstat::internal::CodeOf(status), std::string(status.message()).c_str());
    } catch (...) {
      return Fail(TSTAT_EXHAUSTED, "no memory");
    }
  }
  int FailState(const char* text) noexcept { return Fail(TSTAT_WRONG_STATE, text); }
  // What stands in for `status` when a call-back asked for the end.
  int UnlessStopped(int status) const { return call_backs.stopped() ? TSTAT_STOPPED : status; }
};

namespace tstat::internal {

// What `body` returns. TSTAT_INVALID without a session, TSTAT_BUSY from within a call-back.
template <typename Body>
int Drive(tstat_session* session, Body body) noexcept {
  if (session == nullptr) return TSTAT_INVALID;
  if (std::exchange(session->in_call, true)) {
    return session->Fail(TSTAT_BUSY, "called from within a call-back of the session");
  }
  int status = TSTAT_INTERNAL;
  try {
    status = body();
  } catch (const std::bad_alloc&) {
    status = session->Fail(TSTAT_EXHAUSTED, "no memory");
  } catch (const std::exception& e) {
    status = session->Fail(TSTAT_INTERNAL, e.what());
  } catch (...) {
    status = session->Fail(TSTAT_INTERNAL, "an exception");
  }
  session->in_call = false;
  return status;
}

// As Drive, of a session that is not yet started.
template <typename Body>
int DriveSetUp(tstat_session* session, Body body) noexcept {
  return Drive(session, [&]() -> int {
    if (session->state != tstat_session::State::kSetUp) {
      return session->FailState("the session has started: options and call-backs come before");
    }
    return body();
  });
}

// As Drive, of a session that runs. When a call-back asked for the end nothing is done.
template <typename Body>
int DriveRunning(tstat_session* session, Body body) noexcept {
  return Drive(session, [&]() -> int {
    switch (session->state) {
      case tstat_session::State::kSetUp:
        return session->FailState("the session has not started");
      case tstat_session::State::kFinished:
        return session->FailState("the session is finished");
      case tstat_session::State::kFailed:
        return session->FailState("the session could not be started");
      case tstat_session::State::kRunning:
        break;
    }
    return session->call_backs.stopped() ? TSTAT_STOPPED : session->UnlessStopped(body());
  });
}

// Reads files, opens outputs. In Drive, of a session that is not yet started.
int StartSession(tstat_session* session);

// As DriveRunning, after the start if it is still to come.
template <typename Body>
int DriveStarted(tstat_session* session, Body body) noexcept {
  if (session != nullptr && !session->in_call && session->state == tstat_session::State::kSetUp) {
    const int status = DriveSetUp(session, [&] { return StartSession(session); });
    if (status != TSTAT_OK) return status;
  }
  return DriveRunning(session, body);
}

}  // namespace tstat::internal

#endif  // TSTAT_BINDINGS_C_SESSION_HANDLE_H_
