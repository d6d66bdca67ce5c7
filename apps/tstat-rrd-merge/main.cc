// SPDX-License-Identifier: BSD-3-Clause
//
// tstat-rrd-merge: RRD databases of several probes become those of one; tstat-rrd-merge(1).
#include <fcntl.h>
#include <getopt.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tstat-rrd-merge/merge.h"
#include "tstat-rrd-merge/rrd_file.h"
#include "tstat-rrd-merge/trees.h"
#include "tstat/version.h"

namespace tstat::rrd_merge {
namespace {

constexpr char kUsage[] =
    "Usage: tstat-rrd-merge OUTPUT INPUT...\n"
    "\n"
    "Merges directories of databases that 'tstat -r' wrote, one a probe, into one: counters (hit,\n"
    "idx) are added, min and max are those of all probes, of avg, var, stdev and prc there is the\n"
    "mean.\n"
    "\n"
    "  -h, --help                this text\n"
    "  -v, --version             the version\n";

constexpr option kOptions[] = {
    {"help", no_argument, nullptr, 'h'},
    {"version", no_argument, nullptr, 'v'},
    {nullptr, 0, nullptr, 0},
};

void Tell(const std::string& message) {
  std::fprintf(stderr, "tstat-rrd-merge: %s\n", message.c_str());
}
void Tell(const absl::Status& status) { Tell(std::string(status.message())); }

// The exit status when there is nothing more to do.
std::optional<int> HandleOptions(int argc, char** argv) {
  for (int option; (option = getopt_long(argc, argv, "hv", kOptions, nullptr)) != -1;) {
    switch (option) {
      case 'h':
        std::fputs(kUsage, stdout);
        return 0;
      case 'v':
        std::printf("tstat-rrd-merge %s\n", std::string(kVersion).c_str());
        return 0;
      default:
        std::fputs("Try 'tstat-rrd-merge --help' for the list of options.\n", stderr);
        return 1;
    }
  }
  if (argc - optind >= 2) return std::nullopt;
  std::fputs(kUsage, stderr);
  return 1;
}

// Makes the directory, and lets nobody else write there as long as this process lives.
bool TakeOutput(const std::string& output) {
  std::error_code error;
  std::filesystem::create_directories(output, error);
  // Some C++ libraries say so of a file in its place; open() says what is wrong with it.
  if (error && error != std::errc::file_exists) {
    Tell(absl::StrCat(output, ": ", error.message()));
    return false;
  }
  const int fd = open(output.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
  const int why = errno;
  if (fd >= 0) close(fd);
  Tell(why == EWOULDBLOCK ? absl::StrCat(output, ": another tstat-rrd-merge writes there")
                          : std::string(absl::ErrnoToStatus(why, output).message()));
  return false;
}

// What can be merged of the databases `paths`; the others are told.
std::vector<Database> ReadAll(const std::vector<std::string>& paths) {
  std::vector<Database> databases;
  std::string first;
  for (const std::string& path : paths) {
    absl::StatusOr<Database> database = ReadDatabase(path);
    if (!database.ok()) {
      Tell(database.status());
    } else if (!databases.empty() && !HaveSameLayout(databases.front(), *database)) {
      Tell(absl::StrCat(path, ": not the source, step and archives of ", first));
    } else {
      if (databases.empty()) first = path;
      databases.push_back(*std::move(database));
    }
  }
  return databases;
}

int Main(int argc, char** argv) {
  if (const std::optional<int> status = HandleOptions(argc, argv)) return *status;
  const std::string output = argv[optind];
  const std::vector<std::string> inputs(argv + optind + 1, argv + argc);
  if (absl::Status status = CheckPlaces(output, inputs); !status.ok()) return Tell(status), 1;
  const absl::StatusOr<DatabaseNames> names = FindDatabases(inputs);
  if (!names.ok()) return Tell(names.status()), 1;
  if (names->empty()) return Tell("no databases in these directories"), 1;
  if (absl::Status status = LoadLibrrd(); !status.ok()) return Tell(status), 1;
  if (!TakeOutput(output)) return 1;

  bool all_merged = true;
  for (const auto& [name, owners] : *names) {
    std::vector<std::string> paths;
    for (const size_t i : owners) paths.push_back(absl::StrCat(inputs[i], "/", name));
    const std::optional<Rule> rule = RuleOfName(name);
    if (!rule.has_value()) {
      for (const std::string& path : paths) Tell(path + ": not a name of tstat's databases");
      all_merged = false;
      continue;
    }
    const std::vector<Database> databases = ReadAll(paths);
    if (databases.size() < paths.size()) all_merged = false;
    if (databases.empty()) continue;
    const std::filesystem::path target = std::filesystem::path(output) / name;
    std::error_code ignored;  // WriteDatabase() tells
    std::filesystem::create_directories(target.parent_path(), ignored);
    // The next one would fare no better.
    if (absl::Status status = WriteDatabase(Merge(*rule, databases), target.string());
        !status.ok()) {
      return Tell(status), 1;
    }
  }
  return all_merged ? 0 : 1;
}

}  // namespace
}  // namespace tstat::rrd_merge

int main(int argc, char** argv) { return tstat::rrd_merge::Main(argc, argv); }
