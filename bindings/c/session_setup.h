// SPDX-License-Identifier: BSD-3-Clause
//
// What a session of tstat.h was told before it starts, by the names of the command's options and of
// the keys of its files; and what that comes to.
//
//   SessionSetup setup;
//   absl::Status status = setup.Set("internal-nets", "nets.conf");
//   status.Update(setup.SetKey("Max_Time_Step", "60"));
//   absl::StatusOr<SessionPlan> plan = setup.Resolve();      // reads files
#ifndef TSTAT_BINDINGS_C_SESSION_SETUP_H_
#define TSTAT_BINDINGS_C_SESSION_SETUP_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "startup/command_line.h"
#include "tstat/packet_source.h"
#include "tstat/session.h"

namespace tstat::internal {

// An option as tstat_option_at() has it.
struct OptionTexts {
  cli::Option id = {};
  cli::Argument argument = {};
  char letter = 0;
  std::string name, placeholder, help;
  bool own = false;  // of tstat.h, not of the command
};

// All of them, by names that end with NUL.
const std::vector<OptionTexts>& SessionOptionTable();

struct SessionPlan {
  SessionOptions options;
  LiveOptions capture;
  bool live = false;
  bool dns_cache_notices = false;
  std::vector<std::string> messages;  // what the command would print
};

class SessionSetup {
 public:
  // NotFound: no such option. InvalidArgument: a value that it cannot have, in the command's words.
  absl::Status Set(std::string_view name, std::string_view value);
  // NotFound: no such key. InvalidArgument: a value that is no word.
  absl::Status SetKey(std::string_view key, std::string_view value);
  // NotFound: no histogram has this in its name.
  absl::Status SelectHistograms(std::string_view part);

  absl::StatusOr<SessionPlan> Resolve() const;

 private:
  struct Given {
    const OptionTexts* option = nullptr;
    std::string value;
  };
  struct Key {
    std::string section, name, value;
  };

  // Whether an option of tstat.h's own, which takes no value, was given.
  bool Has(std::string_view name) const;
  std::vector<std::string> Arguments() const;
  std::string SectionText(std::string_view section) const;

  std::vector<Given> given_;
  std::vector<Key> keys_;
  std::vector<std::string> histograms_;
};

}  // namespace tstat::internal

#endif  // TSTAT_BINDINGS_C_SESSION_SETUP_H_
