// SPDX-License-Identifier: BSD-3-Clause
//
// From the command line to Settings: reads the files that the options name, checks what must fit
// together, and prints the messages of the start in their order.
//
//   Settings settings;
//   if (std::optional<int> status = StartUp(arguments, console, &settings)) return *status;
//   if (settings.check_config) ...                       // print what is in force, and end
//
// A program that uses the library has its words in a file:
//   if (std::optional<int> status = StartUpFromFile("tstat.conf", console, &settings)) ...
#ifndef TSTAT_STARTUP_STARTUP_H_
#define TSTAT_STARTUP_STARTUP_H_

#include <optional>
#include <string>
#include <vector>

#include "startup/console.h"
#include "startup/settings.h"

namespace tstat::cli {

// The exit status with which the command ends here (0 after -h), or nothing when it goes on.
std::optional<int> StartUp(const std::vector<std::string>& arguments, Console& console,
                           Settings* settings);

// --threads of the command where it is not given: the processors that it may use, 8 at most.
unsigned DefaultThreads(const Settings& settings);

// The same as StartUp for a program, whose words are those of the file `path`. What is about inputs
// and signals has no effect: traces, -l -i -E -f --bpf -c -t.
std::optional<int> StartUpFromFile(const std::string& path, Console& console, Settings* settings);

}  // namespace tstat::cli

#endif  // TSTAT_STARTUP_STARTUP_H_
