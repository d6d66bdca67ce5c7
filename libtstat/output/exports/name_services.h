// SPDX-License-Identifier: BSD-3-Clause
//
// Names of hosts are looked up by modules of the C library, which are loaded by the first look-up
// that needs them: too late for a process that may map no code any more.
#ifndef TSTAT_OUTPUT_EXPORTS_NAME_SERVICES_H_
#define TSTAT_OUTPUT_EXPORTS_NAME_SERVICES_H_

#include <string>
#include <string_view>
#include <vector>

namespace tstat::internal {

// Loads those that nsswitch.conf (5) names for hosts, as far as they are there.
void LoadNameServices();

// "libnss_dns.so.2", ... for the hosts of an nsswitch.conf.
std::vector<std::string> NameServiceModules(std::string_view nsswitch);

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_EXPORTS_NAME_SERVICES_H_
