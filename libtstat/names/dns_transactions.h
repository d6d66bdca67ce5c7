// SPDX-License-Identifier: BSD-3-Clause
//
// The questions of a flow that wait for their answers: when each was asked, by its number and what
// it asks for. The last kMaxQuestions are remembered.
//
//   transactions.Ask(id, what, time);
//   if (transactions.AskedAt(id, what).is_set()) ...
#ifndef TSTAT_NAMES_DNS_TRANSACTIONS_H_
#define TSTAT_NAMES_DNS_TRANSACTIONS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tstat/time.h"

namespace tstat::internal {

class DnsTransactions {
 public:
  static constexpr size_t kMaxQuestions = 256;

  // `what`: a number of the name, type and class that are asked for; 0: not known, equal to all.
  // An equal one takes the place of an earlier one: it was sent again.
  void Ask(uint16_t id, size_t what, Timestamp time) {
    const Question asked{.id = id, .what = what, .time = time};
    const auto known = std::find_if(questions_.begin(), questions_.end(),
                                    [&](const Question& q) { return q.Matches(id, what); });
    if (known != questions_.end()) {
      *known = asked;
    } else if (questions_.size() < kMaxQuestions) {
      questions_.push_back(asked);
    } else {
      questions_[next_++ % kMaxQuestions] = asked;
    }
  }
  // Unset: nobody asked, or it was long ago.
  Timestamp AskedAt(uint16_t id, size_t what) const {
    const auto known = std::find_if(questions_.begin(), questions_.end(),
                                    [&](const Question& q) { return q.Matches(id, what); });
    return known != questions_.end() ? known->time : Timestamp();
  }

 private:
  struct Question {
    bool Matches(uint16_t number, size_t asked) const {
      return id == number && (what == asked || what == 0 || asked == 0);
    }

    uint16_t id = 0;
    size_t what = 0;
    Timestamp time;
  };
  std::vector<Question> questions_;
  uint32_t next_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_TRANSACTIONS_H_
