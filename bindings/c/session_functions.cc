// SPDX-License-Identifier: BSD-3-Clause
//
// Sessions before they run: their life, options and call-backs.
#include <new>
#include <string>
#include <utility>

#include "call_backs.h"
#include "flow_struct.h"
#include "session_handle.h"
#include "sized_struct.h"
#include "startup/notices.h"
#include "tstat.h"

using namespace tstat::internal;  // NOLINT: the functions of tstat.h are in no namespace
using tstat::SessionNotice;

namespace {

int NoticeCode(SessionNotice::Kind kind) {
  using Kind = SessionNotice::Kind;
  static constexpr std::pair<Kind, int> kCodes[] = {
      {Kind::kLogDirectory, TSTAT_LOG_DIRECTORY},
      {Kind::kHistogramDirectory, TSTAT_HISTOGRAM_DIRECTORY},
      {Kind::kDumpDirectory, TSTAT_DUMP_DIRECTORY},
      {Kind::kWarning, TSTAT_WARNING},
      {Kind::kUnopenedFile, TSTAT_UNOPENED_FILE},
      {Kind::kManyEmptyHistograms, TSTAT_MANY_EMPTY_HISTOGRAMS},
      {Kind::kConfigurationWarning, TSTAT_CONFIGURATION_WARNING},
      {Kind::kConfigurationNotice, TSTAT_CONFIGURATION_NOTICE},
  };
  for (const auto& [known, code] : kCodes) {
    if (known == kind) return code;
  }
  return TSTAT_OTHER_NOTICE;
}

}  // namespace

namespace tstat::internal {

int StartSession(tstat_session* session) {
  session->state = tstat_session::State::kFailed;
  absl::StatusOr<SessionPlan> plan = session->setup.Resolve();
  if (!plan.ok()) return session->Fail(plan.status());
  SessionOptions& options = plan->options;
  if (const std::string name = session->call_backs.NameWithoutRows(options.analyzer.profile);
      !name.empty()) {
    return session->Fail(absl::NotFoundError(
        name + ": the session's version of Tstat has no such rows (option compat)"));
  }
  options.on_notice = [session](const SessionNotice& notice) {
    for (const auto& entry : session->notices) {
      entry.function(NoticeCode(notice.kind), notice.text.c_str(), notice.time.nanoseconds(),
                     entry.user);
    }
  };
  if (plan->dns_cache_notices) {
    options.analyzer.on_dns_cache_full = [session](bool is_v6, uint32_t size, Timestamp time) {
      const std::string text = cli::DnsCacheText(is_v6, size, time);
      for (const auto& entry : session->notices) {
        entry.function(TSTAT_DNS_CACHE_FULL, text.c_str(), time.nanoseconds(), entry.user);
      }
    };
  }
  if (session->flow_filter.function != nullptr) {
    options.analyzer.flow_filter = [session](const NewFlow& flow) {
      const tstat_flow told = FlowStruct(flow);
      return session->call_backs.stopped() ||
             session->flow_filter.function(&told, session->flow_filter.user) != 0;
    };
  }
  const RowOptions rows = {
      .profile = options.analyzer.profile,
      .logs = session->call_backs.logs(),
      .http_url_level = static_cast<HttpUrlLevel>(options.runtime.http_url_level),
      .anonymizer = options.anonymizer};
  session->live = plan->live;
  session->capture = plan->capture;
  absl::StatusOr<std::unique_ptr<Session>> created = Session::Create(std::move(options));
  if (!created.ok()) return session->Fail(created.status());
  session->session = *std::move(created);
  session->sink = MakeSessionSink(&session->call_backs, rows);
  session->session->AddSink(session->sink.get());
  for (const std::string& message : plan->messages) {
    for (const auto& entry : session->notices) {
      entry.function(TSTAT_START_MESSAGE, message.c_str(), 0, entry.user);
    }
  }
  session->state = tstat_session::State::kRunning;
  return TSTAT_OK;
}

}  // namespace tstat::internal

tstat_session* tstat_session_new(void) {
  return WithoutExceptions<tstat_session*>(nullptr, [] { return new tstat_session; });
}

int tstat_session_free(tstat_session* session) {
  if (session == nullptr) return TSTAT_OK;
  if (session->in_call) {
    return session->Fail(TSTAT_BUSY, "called from within a call-back of the session");
  }
  session->in_call = true;  // its outputs may have notices as they close
  session->session.reset();
  delete session;
  return TSTAT_OK;
}

const char* tstat_session_error(const tstat_session* session) {
  if (session == nullptr) return "there is no session";
  return session->plain_error != nullptr ? session->plain_error : session->error.c_str();
}

size_t tstat_option_count(void) {
  return WithoutExceptions(size_t{0}, [] { return SessionOptionTable().size(); });
}

int tstat_option_at(size_t index, tstat_option_info* info) {
  if (info == nullptr) return TSTAT_INVALID;
  return StatusWithoutExceptions([&]() -> int {
    if (index >= SessionOptionTable().size()) return TSTAT_NOT_FOUND;
    const OptionTexts& option = SessionOptionTable()[index];
    return FillSized(info, {.struct_size = 0,
                            .name = option.name.c_str(),
                            .letter = option.letter,
                            .argument = option.placeholder.c_str(),
                            .help = option.help.c_str()});
  });
}

int tstat_session_set(tstat_session* session, const char* name, const char* value) {
  return DriveSetUp(session, [&]() -> int {
    if (name == nullptr) return session->Fail(TSTAT_INVALID, "the option has no name");
    return session->Fail(session->setup.Set(name, value != nullptr ? value : ""));
  });
}

int tstat_session_set_key(tstat_session* session, const char* key, const char* value) {
  return DriveSetUp(session, [&]() -> int {
    if (key == nullptr || value == nullptr) {
      return session->Fail(TSTAT_INVALID, "a key has a name and a value");
    }
    return session->Fail(session->setup.SetKey(key, value));
  });
}

int tstat_session_select_histograms(tstat_session* session, const char* part) {
  return DriveSetUp(session, [&]() -> int {
    if (part == nullptr) return session->Fail(TSTAT_INVALID, "there is no name");
    return session->Fail(session->setup.SelectHistograms(part));
  });
}

namespace {

// Adds a call-back by `add`, if there is one.
template <typename Function, typename Add>
int AddCallBack(tstat_session* session, Function function, Add add) {
  return DriveSetUp(session, [&]() -> int {
    if (function == nullptr) return session->Fail(TSTAT_INVALID, "there is no function");
    return add();
  });
}

constexpr size_t kMostBatchRows = 1048576;

}  // namespace

int tstat_session_on_row(tstat_session* session, const char* name, tstat_row_function function,
                         void* user) {
  return AddCallBack(session, function, [&]() -> int {
    const int status = session->call_backs.AddRows(name, function, user);
    if (status == TSTAT_OK) return status;
    return session->Fail(status, (std::string(name) + ": no log or table has this name").c_str());
  });
}

int tstat_session_on_batch(tstat_session* session, const char* table, size_t rows,
                           tstat_batch_function function, void* user) {
  return AddCallBack(session, function, [&]() -> int {
    if (table == nullptr) return session->Fail(TSTAT_INVALID, "the table has no name");
    if (rows == 0 || rows > kMostBatchRows) {
      return session->Fail(TSTAT_INVALID, "a batch has 1 to 1048576 rows");
    }
    const tstat_table* const known = tstat_table_named(table);
    if (known == nullptr) {
      return session->Fail(TSTAT_NOT_FOUND,
                           (std::string(table) + ": no table has this name").c_str());
    }
    session->call_backs.batches.push_back({known, rows, {function, user}});
    return TSTAT_OK;
  });
}

int tstat_session_on_histograms(tstat_session* session, tstat_snapshot_function function,
                                void* user) {
  return AddCallBack(session, function, [&]() -> int {
    session->call_backs.histograms.push_back({function, user});
    return TSTAT_OK;
  });
}

int tstat_session_on_event(tstat_session* session, tstat_event_function function, void* user) {
  return AddCallBack(session, function, [&]() -> int {
    session->call_backs.events.push_back({function, user});
    return TSTAT_OK;
  });
}

int tstat_session_on_tls(tstat_session* session, tstat_tls_function function, void* user) {
  return AddCallBack(session, function, [&]() -> int {
    session->call_backs.tls.push_back({function, user});
    return TSTAT_OK;
  });
}

int tstat_session_on_flow_packet(tstat_session* session, tstat_flow_packet_function function,
                                 void* user) {
  return AddCallBack(session, function, [&]() -> int {
    session->call_backs.packets.push_back({function, user});
    return TSTAT_OK;
  });
}

int tstat_session_on_notice(tstat_session* session, tstat_notice_function function, void* user) {
  return AddCallBack(session, function, [&]() -> int {
    session->notices.push_back({function, user});
    return TSTAT_OK;
  });
}

int tstat_session_filter_flows(tstat_session* session, tstat_flow_function function, void* user) {
  return DriveSetUp(session, [&]() -> int {
    session->flow_filter = {function, user};
    return TSTAT_OK;
  });
}

int tstat_session_start(tstat_session* session) {
  return DriveSetUp(session, [&]() -> int { return StartSession(session); });
}
