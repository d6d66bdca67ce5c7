// SPDX-License-Identifier: BSD-3-Clause
//
// tstat_rrd.cgi: pages and pictures of the databases that `tstat -r` writes; tstat_rrd.cgi(1).
#ifdef TSTAT_WITH_FCGI
#include <fcgiapp.h>
#endif
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/configuration.h"
#include "tstat-rrd-cgi/databases.h"
#include "tstat-rrd-cgi/responder.h"
#include "tstat-rrd-cgi/rrd_library.h"
#include "tstat-rrd-cgi/sandbox.h"
#include "tstat-rrd-cgi/workers.h"
#include "tstat/version.h"

namespace {

#ifdef TSTAT_WITH_FCGI
#define TSTAT_VIEWER_KIND "CGI and FastCGI program"
#else
#define TSTAT_VIEWER_KIND "CGI program"
#endif
constexpr char kUsage[] = "tstat_rrd.cgi is a " TSTAT_VIEWER_KIND
                          ": a web server runs it. See tstat_rrd.cgi(1).\n"
                          "\n"
                          "  -h, --help     this text\n"
                          "  -v, --version  the version\n";

void Log(const tstat::viewer::Response& response) {
  if (!response.log.empty()) std::fprintf(stderr, "tstat_rrd.cgi: %s\n", response.log.c_str());
}

using Settings = absl::StatusOr<tstat::viewer::Configuration>;

const tstat::viewer::Configuration* Known(const Settings& settings) {
  return settings.ok() ? &*settings : nullptr;
}

std::string AnswerTo(const tstat::viewer::Request& request, const Settings& settings) {
  static const tstat::viewer::RrdReader reader;
  const tstat::viewer::Response response = tstat::viewer::Answer(request, settings, reader);
  Log(response);
  return response.Text(request.method != "HEAD");
}

void Tell(const std::string& missing) {
  if (!missing.empty()) {
    std::fprintf(stderr, "tstat_rrd.cgi: not all of the sandbox works here: %s\n", missing.c_str());
  }
}

// A program that is run for each request tells it once: a file says that it was told.
void TellOnce(const std::string& missing, const Settings& settings) {
  if (missing.empty() || !settings.ok()) return;
  const std::string file = settings->image_dir + "/sandbox.told";
  const int told = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (told < 0 && errno == EEXIST) return;
  if (told >= 0) close(told);
  Tell(missing);
}

// Of what takes too long, which a signal ends.
std::string too_late_answer;          // what is answered then; empty: nothing, or nothing more
const char* too_late_line = nullptr;  // for the log; null: the usual one

void EndTooLate(int) {
  const char* line = too_late_line != nullptr
                         ? too_late_line
                         : "tstat_rrd.cgi: a request has taken too long: time_limit\n";
  (void)!write(STDERR_FILENO, line, std::strlen(line));
  (void)!write(STDOUT_FILENO, too_late_answer.data(), too_late_answer.size());
  _exit(1);
}

int TimeLimitOf(const Settings& settings) {
  return settings.ok() ? settings->time_limit : tstat::viewer::Configuration().time_limit;
}

void LimitTime(int seconds) {
  struct sigaction action {};
  action.sa_handler = EndTooLate;
  sigaction(SIGALRM, &action, nullptr);
  alarm(static_cast<unsigned>(std::max(seconds, 1)));
}

void ForgetTooLateAnswer() {
  sigset_t alarms, before;
  sigemptyset(&alarms);
  sigaddset(&alarms, SIGALRM);
  sigprocmask(SIG_BLOCK, &alarms, &before);
  too_late_answer.clear();
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

int AnswerLockedIn(const Settings& settings) {
  TellOnce(tstat::viewer::LockIn(Known(settings)), settings);
  tstat::viewer::Request request =
      tstat::viewer::Request::FromVariables([](const char* name) { return std::getenv(name); });
  request.ReadBody([](char* buffer, size_t size) { return std::fread(buffer, 1, size, stdin); });
  const std::string text = AnswerTo(request, settings);
  ForgetTooLateAnswer();
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return std::fflush(stdout) == 0 && written ? 0 : 1;
}

// Exit status of a process that would have had to draw.
constexpr int kNeedsRrd = 99;

// Answers in another process, which does not draw: once it is locked in it could not load librrd,
// and to load it takes longer than most answers. Its exit status; nothing if it needed librrd.
std::optional<int> AnswerWithoutRrd(const Settings& settings) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    tstat::viewer::InPlaceOfLoadingRrd([] { _exit(kNeedsRrd); });
    LimitTime(TimeLimitOf(settings));
    _exit(AnswerLockedIn(settings));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (!WIFEXITED(status)) return 1;
  return WEXITSTATUS(status) == kNeedsRrd ? std::nullopt : std::optional(WEXITSTATUS(status));
}

int AnswerOne() {
  const std::time_t begin = std::time(nullptr);
  const Settings settings = tstat::viewer::LoadConfiguration();
  const tstat::viewer::RrdReader reader;
  const tstat::viewer::Request request =
      tstat::viewer::Request::FromVariables([](const char* name) { return std::getenv(name); });
  too_late_answer = tstat::viewer::TooLateAnswer(request, settings, reader).Text(true);
  // A body can be read once.
  if (request.method != "POST") {
    if (const std::optional<int> status = AnswerWithoutRrd(settings)) return *status;
  }
  LimitTime(TimeLimitOf(settings) - static_cast<int>(std::time(nullptr) - begin));
  (void)tstat::viewer::LoadRrd();  // who needs it says what is wrong
  return AnswerLockedIn(settings);
}

#ifdef TSTAT_WITH_FCGI
void NoMore(int) { FCGX_ShutdownPending(); }

// The signals that end a responder. They wait until the answer that it is at has been given.
class Ending {
 public:
  Ending() {
    sigemptyset(&signals_);
    struct sigaction action {};
    action.sa_handler = NoMore;  // and not again what it interrupts: accept
    for (int number : {SIGTERM, SIGINT, SIGHUP}) {
      sigaddset(&signals_, number);
      sigaction(number, &action, nullptr);
    }
  }
  void Hold() const { sigprocmask(SIG_BLOCK, &signals_, nullptr); }
  void Release() const { sigprocmask(SIG_UNBLOCK, &signals_, nullptr); }

 private:
  sigset_t signals_{};
};

// Clients that are slow, of servers that hand on what comes as it comes, keep a process busy: so
// long for all of a request, and for an answer so long and a second for each piece of it.
constexpr size_t kBodySeconds = 5, kSendSeconds = 5, kSendPiece = size_t{128} << 10;

// The time limit of all of a request counts, too.
void LimitPart(size_t seconds, int time_limit, const char* line) {
  const bool is_shorter = seconds < static_cast<size_t>(time_limit);
  too_late_line = is_shorter ? line : nullptr;
  LimitTime(is_shorter ? static_cast<int>(seconds) : time_limit);
}

void ReadBodyInTime(FCGX_Stream* stream, int time_limit, tstat::viewer::Request& request) {
  LimitPart(kBodySeconds, time_limit,
            "tstat_rrd.cgi: the body of a request has not come within 5 seconds\n");
  request.ReadBody([&](char* buffer, size_t size) {
    const int got = FCGX_GetStr(buffer, static_cast<int>(size), stream);
    return static_cast<size_t>(std::max(got, 0));
  });
  too_late_line = nullptr;
}

void SendInTime(const std::string& text, int time_limit, FCGX_Request& connection) {
  LimitPart(kSendSeconds + text.size() / kSendPiece, time_limit,
            "tstat_rrd.cgi: an answer has been taken too slowly\n");
  FCGX_PutStr(text.data(), static_cast<int>(text.size()), connection.out);
  FCGX_Finish_r(&connection);
  alarm(0);
  too_late_line = nullptr;
}

// Whether the file has been written to within the last 100 ms.
bool IsBeingWritten(const std::string& file) {
  struct stat status {};
  timespec now{};
  if (stat(file.c_str(), &status) != 0 || clock_gettime(CLOCK_REALTIME, &now) != 0) return false;
  const int64_t age = (now.tv_sec - status.st_mtim.tv_sec) * int64_t{1000} +
                      (now.tv_nsec - status.st_mtim.tv_nsec) / 1'000'000;
  return age >= 0 && age < 100;
}

// Who saves a file empties it first, and what it does not name yet would be out of reach for as
// long as this process runs: so it waits for the end of the writing, a second at most.
Settings LoadWrittenConfiguration() {
  const std::string file = tstat::viewer::ConfigurationPath();
  constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 20'000'000};
  for (int left = 50; left > 0 && IsBeingWritten(file); --left) nanosleep(&kPause, nullptr);
  return tstat::viewer::LoadConfiguration();
}

// One of the processes that answer.
int AnswerMany(int listener) {
  const Ending ending;
  const Settings first = LoadWrittenConfiguration();
  const std::string reachable = tstat::viewer::StampOf(Known(first));
  Tell(tstat::viewer::LockIn(Known(first)));
  FCGX_Request connection;
  if (FCGX_Init() != 0 || FCGX_InitRequest(&connection, listener, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
    return 1;
  }
  const int requests = first.ok() ? first->requests : 1;
  int time_limit = TimeLimitOf(first);
  for (int left = requests; left > 0 && FCGX_Accept_r(&connection) == 0; --left) {
    ending.Hold();
    tstat::viewer::Request request = tstat::viewer::Request::FromVariables(
        [&](const char* name) { return FCGX_GetParam(name, connection.envp); });
    ReadBodyInTime(connection.in, time_limit, request);
    LimitTime(time_limit);
    // Read each time: a responder that runs for months knows what the file says today. Directories
    // that were not named when it locked itself in are for its successor; so is a file that took
    // the place of the one it may read.
    const Settings now = tstat::viewer::LoadConfiguration();
    time_limit = TimeLimitOf(now);
    const bool is_other = tstat::viewer::StampOf(Known(now)) != reachable;
    const std::string text = AnswerTo(request, is_other ? first : now);
    SendInTime(text, time_limit, connection);
    if (is_other || !first.ok()) break;
    ending.Release();
  }
  return 0;
}

// The server's socket: descriptor 0, or what systemd hands over to this process (sd_listen_fds(3)).
// -1: there is none.
int Listener() {
  if (FCGX_IsCGI() == 0) return 0;
  constexpr int kFirstOfSystemd = 3;
  const char* count = std::getenv("LISTEN_FDS");
  const char* process = std::getenv("LISTEN_PID");
  const bool is_given = count != nullptr && process != nullptr && std::strcmp(count, "1") == 0 &&
                        process == std::to_string(getpid());
  return is_given ? kFirstOfSystemd : -1;
}

// Ends with the server of that process id, if it is told one. Whether that still runs.
bool EndWithServer() {
  const char* server = std::getenv("TSTAT_RRD_CGI_SERVER");
  if (server == nullptr) return true;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  return server == std::to_string(getppid());  // it may have ended before that
}

int KeepAnswering(int listener) {
  if (!EndWithServer()) return 1;
  const Settings settings = tstat::viewer::LoadConfiguration();
  (void)tstat::viewer::LoadRrd();  // once for all of them; who needs it says what is wrong
  tstat::viewer::KeepWorkers(settings.ok() ? settings->processes : 1, listener,
                             [listener] { return AnswerMany(listener); });
  return 0;
}
#endif

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && (std::strcmp(argv[1], "-v") == 0 || std::strcmp(argv[1], "--version") == 0)) {
    std::printf("tstat_rrd.cgi %s\n", std::string(tstat::Version()).c_str());
    return 0;
  }
#ifdef TSTAT_WITH_FCGI
  if (argc == 1) {
    tstat::viewer::HoldEnd();
    if (const int listener = Listener(); listener >= 0) return KeepAnswering(listener);
    tstat::viewer::ReleaseEnd();
  }
#endif
  if (std::getenv("GATEWAY_INTERFACE") == nullptr) {
    std::fputs(kUsage, argc > 1 ? stdout : stderr);
    return argc > 1 ? 0 : 1;
  }
  return AnswerOne();
}
