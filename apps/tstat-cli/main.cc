// SPDX-License-Identifier: BSD-3-Clause
//
// tstat: reads traces, writes logs. Options and files: tstat(1).
#include <csignal>
#include <cstdio>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "startup/console.h"
#include "startup/settings.h"
#include "startup/startup.h"
#include "tstat-cli/check_config.h"
#include "tstat-cli/run.h"

int main(int argc, char** argv) {
  // A request for the report that comes before there is one must not end the process.
  std::signal(SIGUSR1, SIG_IGN);
  tstat::cli::Console console(stdout, stderr);
  try {
    tstat::cli::Settings settings;
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    if (std::optional<int> status = tstat::cli::StartUp(arguments, console, &settings)) {
      return *status;
    }
    if (settings.check_config) return tstat::cli::CheckConfiguration(settings, console);
    if (!settings.threads_given) {
      settings.session.analyzer.threads = tstat::cli::DefaultThreads(settings);
    }
    return tstat::cli::Run(std::move(settings), console).Execute();
  } catch (const std::bad_alloc&) {
    // The outputs are closed by now: what was analysed is in them.
    console.Error("out of memory");
    return tstat::cli::kExitError;
  }
}
