// SPDX-License-Identifier: BSD-3-Clause
//
// Two processes: a worker that does what it is asked, and its parent, which makes another one when
// it died. The parent does nothing else, so that it cannot die of a database, and it was forked
// before anything was forbidden to the analysis.
//
// A request stays in the socket until it is answered; so those that wait outlive the worker.
#include "output/rrd_process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

enum class Kind : uint8_t { kCreate, kUpdate };

// In front of a request: the path and the text follow.
struct RequestHeader {
  uint64_t number = 0;
  Kind kind = Kind::kUpdate;
  int64_t time_s = 0;
  int64_t step_s = 0, heartbeat_s = 0;  // of kCreate
  uint32_t path_bytes = 0;
};
// In front of an answer: the message of the status follows.
struct AnswerHeader {
  uint64_t number = 0;
  absl::StatusCode code = absl::StatusCode::kOk;
};

constexpr size_t kLongestMessage = 16 * 1024;
// Requests that may wait for their answers. A queue of Linux takes ten messages by default: with
// fewer neither side waits for the other one while that waits for it.
constexpr uint64_t kWindow = 8;

// The request at which the worker is; in memory that its parent sees.
struct Progress {
  volatile uint64_t number = 0;
};

std::string Pack(const RequestHeader& header, std::string_view path, std::string_view text) {
  std::string message(sizeof(header), 0);
  std::memcpy(message.data(), &header, sizeof(header));
  message.append(path).append(text);
  return message;
}

ssize_t ReceiveMessage(int socket, char* out, size_t size, int flags) {
  ssize_t got;
  do {
    got = recv(socket, out, size, flags);
  } while (got < 0 && errno == EINTR);
  return got;
}

bool SendMessage(int socket, std::string_view message) {
  ssize_t sent;
  do {
    sent = send(socket, message.data(), message.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(message.size());
}

bool SendAnswer(int socket, uint64_t number, absl::StatusCode code, std::string_view text) {
  constexpr size_t kLongestText = 1024;
  const AnswerHeader header{.number = number, .code = code};
  std::string message(sizeof(header), 0);
  std::memcpy(message.data(), &header, sizeof(header));
  message.append(text.substr(0, kLongestText));
  return SendMessage(socket, message);
}

absl::Status Do(RrdDatabases& databases, const RequestHeader& header, std::string_view rest) {
  const std::string path(rest.substr(0, header.path_bytes));
  const std::string text(rest.substr(header.path_bytes));
  if (header.kind == Kind::kUpdate) return databases.Update(path, header.time_s, text);
  const RrdDatabases::Layout layout{
      .step_s = header.step_s, .heartbeat_s = header.heartbeat_s, .source = text};
  return databases.Create(path, layout, header.time_s);
}

// Until there are no more requests.
[[noreturn]] void Work(int socket, RrdDatabases& databases, Progress* progress) {
  std::array<char, kLongestMessage> message;
  for (;;) {
    const ssize_t got = ReceiveMessage(socket, message.data(), message.size(), MSG_PEEK);
    RequestHeader header;
    if (got < static_cast<ssize_t>(sizeof(header))) _exit(0);
    std::memcpy(&header, message.data(), sizeof(header));
    progress->number = header.number;
    const absl::Status status =
        Do(databases, header,
           {message.data() + sizeof(header), static_cast<size_t>(got) - sizeof(header)});
    const std::string text(status.message());
    if (!SendAnswer(socket, header.number, status.code(), text)) _exit(0);
    ReceiveMessage(socket, message.data(), message.size(), 0);
  }
}

// The request at which the worker died is answered and taken away. False: it died without one.
bool AnswerForTheDead(int socket, const Progress& progress, std::string_view cause) {
  std::array<char, kLongestMessage> message;
  const ssize_t got =
      ReceiveMessage(socket, message.data(), message.size(), MSG_PEEK | MSG_DONTWAIT);
  RequestHeader header;
  if (got < static_cast<ssize_t>(sizeof(header))) return false;
  std::memcpy(&header, message.data(), sizeof(header));
  if (header.number != progress.number) return false;
  const std::string path(message.data() + sizeof(header), header.path_bytes);
  SendAnswer(socket, header.number, absl::StatusCode::kAborted,
             absl::StrCat(path, ": the process that wrote to it died (",
                          absl::string_view(cause.data(), cause.size()), ")"));
  ReceiveMessage(socket, message.data(), message.size(), 0);
  return true;
}

// Nothing of the analysis is kept: neither its files and locks, nor what it does at signals. The
// end of the requests ends the helper; a signal to the whole group must not be earlier.
void Detach(int socket) {
  constexpr int kToBeIgnored[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE, SIGXFSZ};
  for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
  for (int number : kToBeIgnored) std::signal(number, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard = 0; standard <= 2; ++standard) {
    if (null >= 0) dup2(null, standard);
  }
  for (int i = 3, end = static_cast<int>(sysconf(_SC_OPEN_MAX)); i < std::min(end, 65536); ++i) {
    if (i != socket) close(i);
  }
  const rlimit no_core = {.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &no_core);
}

[[noreturn]] void Supervise(int socket, RrdDatabases& databases) {
  constexpr int kMostIdleDeaths = 10;  // one after the other: something else is wrong
  Detach(socket);
  void* const shared =
      mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) _exit(1);
  auto* const progress = new (shared) Progress;
  for (int idle_deaths = 0; idle_deaths < kMostIdleDeaths;) {
    const pid_t worker = fork();
    if (worker < 0) _exit(1);
    if (worker == 0) Work(socket, databases, progress);
    int status = 0;
    while (waitpid(worker, &status, 0) < 0) {
      if (errno != EINTR) _exit(1);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) _exit(0);
    const char* const cause = WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exit";
    idle_deaths = AnswerForTheDead(socket, *progress, cause) ? 0 : idle_deaths + 1;
  }
  _exit(1);
}

}  // namespace

RrdProcess::RrdProcess(std::unique_ptr<RrdDatabases> databases)
    : databases_(std::move(databases)) {}

RrdProcess::~RrdProcess() { Gone().IgnoreError(); }

absl::Status RrdProcess::Start() {
  std::array<int, 2> sockets;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    return ErrnoStatus(errno);
  }
  helper_ = fork();
  if (helper_ == 0) {
    close(sockets[0]);
    Supervise(sockets[1], *databases_);
  }
  const int error = errno;
  close(sockets[1]);
  socket_ = sockets[0];
  if (helper_ > 0) return absl::OkStatus();
  Gone().IgnoreError();
  return ErrnoStatus(error);
}

absl::Status RrdProcess::Create(const std::string& path, const Layout& layout, int64_t start_s) {
  const RequestHeader header{.number = sent_ + 1,
                             .kind = Kind::kCreate,
                             .time_s = start_s,
                             .step_s = layout.step_s,
                             .heartbeat_s = layout.heartbeat_s,
                             .path_bytes = static_cast<uint32_t>(path.size())};
  absl::Status status = Send(Pack(header, path, layout.source));
  return status.ok() ? Receive() : status;
}

absl::Status RrdProcess::Update(const std::string& path, int64_t time_s, const std::string& value) {
  const Value one{.path = &path, .time_s = time_s, .value = value};
  return UpdateAll({&one, 1}).front();
}

std::vector<absl::Status> RrdProcess::UpdateAll(std::span<const Value> values) {
  std::vector<absl::Status> results;
  results.reserve(values.size());
  size_t asked = 0;
  while (results.size() < values.size()) {
    absl::Status status;
    if (asked < values.size() && asked - results.size() < kWindow) {
      const Value& v = values[asked++];
      const RequestHeader header{.number = sent_ + 1,
                                 .time_s = v.time_s,
                                 .path_bytes = static_cast<uint32_t>(v.path->size())};
      status = Send(Pack(header, *v.path, v.value));
      if (status.ok()) continue;
      // Those before it are answered, if there is anybody left.
      while (results.size() + 1 < asked) results.push_back(Receive());
    } else {
      status = Receive();
    }
    results.push_back(std::move(status));
  }
  return results;
}

absl::Status RrdProcess::Send(const std::string& request) {
  if (request.size() > kLongestMessage) return absl::InvalidArgumentError("the path is too long");
  if (socket_ < 0 || !SendMessage(socket_, request)) return Gone();
  ++sent_;
  return absl::OkStatus();
}

absl::Status RrdProcess::Receive() {
  std::array<char, kLongestMessage> message;
  AnswerHeader header;
  do {
    const ssize_t got =
        socket_ < 0 ? -1 : ReceiveMessage(socket_, message.data(), message.size(), 0);
    if (got < static_cast<ssize_t>(sizeof(header))) return Gone();
    std::memcpy(&header, message.data(), sizeof(header));
    // A worker that died right after its answer was answered for once more.
    if (header.number > received_) {
      received_ = header.number;
      return absl::Status(header.code,
                          absl::string_view(message.data() + sizeof(header),
                                            static_cast<size_t>(got) - sizeof(header)));
    }
  } while (true);
}

// Without the socket the helper ends.
absl::Status RrdProcess::Gone() {
  if (socket_ >= 0) close(std::exchange(socket_, -1));
  if (helper_ > 0) {
    while (waitpid(helper_, nullptr, 0) < 0 && errno == EINTR) {
    }
    helper_ = -1;
  }
  return absl::UnavailableError("the process that writes to databases is gone");
}

}  // namespace tstat::internal
