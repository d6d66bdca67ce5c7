// SPDX-License-Identifier: BSD-3-Clause
#include "l7/tcp/application_page.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "l7/tcp/application_guess.h"
#include "l7/udp/applications.h"
#include "tstat/application.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kBegin =
    "# Applications\n"
    "\n"
    "The values of the columns `app` and `app_cat`, of TCP and UDP flows alike, and the ports of "
    "the server that\n"
    "tell an application where the payload is of no known protocol (`app_ev` is `port` then). By "
    "its payload an\n"
    "application is known on any port, but for those whose messages are short, or like others'. "
    "How "
    "they are told:\n"
    "[docs/truth.md](truth.md#applications).\n"
    "\n"
    "| `app` | `app_cat` | TCP ports | UDP ports | in TLS, by the port |\n"
    "| --- | --- | --- | --- | --- |\n";

// In their order.
std::string PortsOf(Application application, Application (*of_port)(uint16_t)) {
  std::string ports;
  for (uint32_t port = 1; port <= UINT16_MAX; ++port) {
    if (of_port(static_cast<uint16_t>(port)) != application) continue;
    if (!ports.empty()) ports += ", ";
    ports += std::to_string(port);
  }
  return ports;
}

}  // namespace

std::string ApplicationReferencePage() {
  std::string page(kBegin);
  for (const ApplicationInfo& known : kApplications) {
    page += "| `";
    page += known.name;
    page += "` | `";
    page += known.category;
    page += "` |";
    for (const auto of_port : {ApplicationOfTcpPort, UdpApplicationOfPort, ApplicationInTls}) {
      const std::string ports = known.application == Application::kUnknown
                                    ? std::string()
                                    : PortsOf(known.application, of_port);
      page += ports.empty() ? " |" : " " + ports + " |";
    }
    page += '\n';
  }
  return page;
}

}  // namespace tstat::internal
