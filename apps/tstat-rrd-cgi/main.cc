// SPDX-License-Identifier: BSD-3-Clause
//
// tstat_rrd.cgi: pages and pictures of the databases that `tstat -r` writes; tstat_rrd.cgi(1).
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

constexpr char kUsage[] =
    "tstat_rrd.cgi is a CGI program: a web server runs it. See tstat_rrd.cgi(1).\n"
    "\n"
    "  -h, --help     this text\n"
    "  -v, --version  the version\n";

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && (std::strcmp(argv[1], "-v") == 0 || std::strcmp(argv[1], "--version") == 0)) {
    std::printf("tstat_rrd.cgi %s\n", std::string(tstat::Version()).c_str());
    return 0;
  }
  if (std::getenv("GATEWAY_INTERFACE") == nullptr) {
    std::fputs(kUsage, argc > 1 ? stdout : stderr);
    return argc > 1 ? 0 : 1;
  }
  alarm(kMaxSeconds);
  const tstat::viewer::Request request =
      tstat::viewer::Request::FromVariables([](const char* name) { return std::getenv(name); });
  const tstat::viewer::Response response = tstat::viewer::Answer(
      request, tstat::viewer::LoadConfiguration(), tstat::viewer::RrdReader());
  if (!response.log.empty()) std::fprintf(stderr, "tstat_rrd.cgi: %s\n", response.log.c_str());
  const std::string text = response.Text(request.method != "HEAD");
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return std::fflush(stdout) == 0 && written ? 0 : 1;
}
