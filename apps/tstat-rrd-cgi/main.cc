// SPDX-License-Identifier: BSD-3-Clause
//
// tstat_rrd.cgi: pages and pictures of the databases that `tstat -r` writes; tstat_rrd.cgi(1).
#ifdef TSTAT_WITH_FCGI
#include <fcgiapp.h>
#endif
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/status/statusor.h"
#include "tstat-rrd-cgi/configuration.h"
#include "tstat-rrd-cgi/databases.h"
#include "tstat-rrd-cgi/responder.h"
#include "tstat-rrd-cgi/sandbox.h"
#include "tstat-rrd-cgi/workers.h"
#include "tstat/version.h"

namespace {

// No request needs as long; one that does ends.
constexpr unsigned kMaxSeconds = 60;

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

int AnswerOne() {
  alarm(kMaxSeconds);
  const Settings settings = tstat::viewer::LoadConfiguration();
  TellOnce(tstat::viewer::LockIn(Known(settings)), settings);
  tstat::viewer::Request request =
      tstat::viewer::Request::FromVariables([](const char* name) { return std::getenv(name); });
  request.ReadBody([](char* buffer, size_t size) { return std::fread(buffer, 1, size, stdin); });
  const std::string text = AnswerTo(request, settings);
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return std::fflush(stdout) == 0 && written ? 0 : 1;
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

// One of the processes that answer.
int AnswerMany(int listener) {
  const Ending ending;
  const Settings first = tstat::viewer::LoadConfiguration();
  const std::string reachable = tstat::viewer::StampOf(Known(first));
  Tell(tstat::viewer::LockIn(Known(first)));
  FCGX_Request connection;
  if (FCGX_Init() != 0 || FCGX_InitRequest(&connection, listener, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
    return 1;
  }
  const int requests = first.ok() ? first->requests : 1;
  for (int left = requests; left > 0 && FCGX_Accept_r(&connection) == 0; --left) {
    ending.Hold();
    alarm(kMaxSeconds);
    tstat::viewer::Request request = tstat::viewer::Request::FromVariables(
        [&](const char* name) { return FCGX_GetParam(name, connection.envp); });
    request.ReadBody([&](char* buffer, size_t size) {
      const int got = FCGX_GetStr(buffer, static_cast<int>(size), connection.in);
      return static_cast<size_t>(std::max(got, 0));
    });
    // Read each time: a responder that runs for months knows what the file says today. Directories
    // that were not named when it locked itself in are for its successor; so is a file that took
    // the place of the one it may read.
    const Settings now = tstat::viewer::LoadConfiguration();
    const bool is_other = tstat::viewer::StampOf(Known(now)) != reachable;
    const std::string text = AnswerTo(request, is_other ? first : now);
    FCGX_PutStr(text.data(), static_cast<int>(text.size()), connection.out);
    FCGX_Finish_r(&connection);
    alarm(0);
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

int KeepAnswering(int listener) {
  const Settings settings = tstat::viewer::LoadConfiguration();
  tstat::viewer::KeepWorkers(settings.ok() ? settings->processes : 1,
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
  if (const int listener = argc == 1 ? Listener() : -1; listener >= 0) {
    return KeepAnswering(listener);
  }
#endif
  if (std::getenv("GATEWAY_INTERFACE") == nullptr) {
    std::fputs(kUsage, argc > 1 ? stdout : stderr);
    return argc > 1 ? 0 : 1;
  }
  return AnswerOne();
}
