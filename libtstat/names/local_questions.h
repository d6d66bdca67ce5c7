// SPDX-License-Identifier: BSD-3-Clause
//
// Who asked for names by multicast: their answers come from whoever has the name, to the one that
// asked or to all (RFC 6762, 5 and 6; RFC 4795, 2). At most kMaxNames are remembered, the oldest is
// forgotten first, and of each the kMaxAskers that asked last.
//
//   LocalQuestions questions;
//   questions.Add("printer.local", {client, time});
//   for (const LocalQuestions::Asker& a : questions.AskersOf("Printer.local")) ...
#ifndef TSTAT_NAMES_LOCAL_QUESTIONS_H_
#define TSTAT_NAMES_LOCAL_QUESTIONS_H_

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "names/dns.h"
#include "tstat/ip_address.h"
#include "tstat/time.h"

namespace tstat::internal {

class LocalQuestions {
 public:
  static constexpr size_t kMaxNames = 4096, kMaxAskers = 16;

  struct Asker {
    IpAddress address;
    Timestamp time;
  };

  void Add(std::string_view name, const Asker& asker) {
    std::string key = LowerCaseName(name);
    auto known = askers_.find(key);
    if (known == askers_.end()) {
      if (askers_.size() == kMaxNames) {
        askers_.erase(order_.front());
        order_.pop_front();
      }
      order_.push_back(key);
      known = askers_.emplace(std::move(key), std::vector<Asker>()).first;
    }
    std::vector<Asker>& askers = known->second;
    std::erase_if(askers, [&](const Asker& a) { return a.address == asker.address; });
    if (askers.size() == kMaxAskers) askers.erase(askers.begin());
    askers.push_back(asker);
  }

  // In the order in which they asked.
  std::vector<Asker> AskersOf(std::string_view name) const {
    const auto known = askers_.find(LowerCaseName(name));
    return known != askers_.end() ? known->second : std::vector<Asker>();
  }

  size_t size() const { return askers_.size(); }

 private:
  absl::btree_map<std::string, std::vector<Asker>> askers_;
  std::deque<std::string> order_;  // names, in which they came
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_LOCAL_QUESTIONS_H_
