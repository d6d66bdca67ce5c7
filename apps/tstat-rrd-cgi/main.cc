// SPDX-License-Identifier: BSD-3-Clause
//
// tstat_rrd.cgi: pages and pictures of the databases that `tstat -r` writes; tstat_rrd.cgi(1).
#ifdef TSTAT_WITH_FCGI
#include <fcgiapp.h>
#endif
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tstat-rrd-cgi/configuration.h"
#include "tstat-rrd-cgi/databases.h"
#include "tstat-rrd-cgi/responder.h"
#include "tstat/version.h"

namespace {

// No request needs as long; one that does ends.
constexpr unsigned kMaxSeconds = 60;
#ifdef TSTAT_WITH_FCGI
// librrd loses some hundred bytes with each picture that it draws; servers start another responder.
constexpr int kMaxRequests = 10000;
#endif

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

tstat::viewer::Response AnswerTo(const tstat::viewer::Request& request) {
  static const tstat::viewer::RrdReader reader;
  // Read each time: a responder that runs for months knows what the file says today.
  tstat::viewer::Response response =
      tstat::viewer::Answer(request, tstat::viewer::LoadConfiguration(), reader);
  Log(response);
  return response;
}

int AnswerOne() {
  alarm(kMaxSeconds);
  const tstat::viewer::Request request =
      tstat::viewer::Request::FromVariables([](const char* name) { return std::getenv(name); });
  const std::string text = AnswerTo(request).Text(request.method != "HEAD");
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return std::fflush(stdout) == 0 && written ? 0 : 1;
}

#ifdef TSTAT_WITH_FCGI
// The server's socket is descriptor 0; it ends this process by a signal, or by closing that.
int AnswerMany() {
  if (FCGX_Init() != 0) return 1;
  FCGX_Request connection;
  if (FCGX_InitRequest(&connection, 0, 0) != 0) return 1;
  for (int left = kMaxRequests; left > 0 && FCGX_Accept_r(&connection) == 0; --left) {
    alarm(kMaxSeconds);
    const tstat::viewer::Request request = tstat::viewer::Request::FromVariables(
        [&](const char* name) { return FCGX_GetParam(name, connection.envp); });
    const std::string text = AnswerTo(request).Text(request.method != "HEAD");
    FCGX_PutStr(text.data(), static_cast<int>(text.size()), connection.out);
    FCGX_Finish_r(&connection);
    alarm(0);
  }
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
  if (argc == 1 && FCGX_IsCGI() == 0) return AnswerMany();
#endif
  if (std::getenv("GATEWAY_INTERFACE") == nullptr) {
    std::fputs(kUsage, argc > 1 ? stdout : stderr);
    return argc > 1 ? 0 : 1;
  }
  return AnswerOne();
}
