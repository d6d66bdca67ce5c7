// SPDX-License-Identifier: BSD-3-Clause
//
// The questions of a flow that wait for their answers: when each was asked, by its number. The last
// kMaxQuestions are remembered.
//
//   transactions.Ask(id, time);
//   if (transactions.AskedAt(id).is_set()) ...
#ifndef TSTAT_NAMES_DNS_TRANSACTIONS_H_
#define TSTAT_NAMES_DNS_TRANSACTIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "tstat/time.h"

namespace tstat::internal {

class DnsTransactions {
 public:
  static constexpr size_t kMaxQuestions = 16;

  // One with the number of an earlier one takes its place: it was sent again.
  void Ask(uint16_t id, Timestamp time) {
    Question* place = &questions_[next_ % kMaxQuestions];
    for (Question& q : questions_) {
      if (q.time.is_set() && q.id == id) place = &q;
    }
    if (place == &questions_[next_ % kMaxQuestions]) ++next_;
    *place = {.id = id, .time = time};
  }
  // Unset: nobody asked, or it was long ago.
  Timestamp AskedAt(uint16_t id) const {
    for (const Question& q : questions_) {
      if (q.time.is_set() && q.id == id) return q.time;
    }
    return Timestamp();
  }

 private:
  struct Question {
    uint16_t id = 0;
    Timestamp time;
  };
  std::array<Question, kMaxQuestions> questions_;
  uint32_t next_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_TRANSACTIONS_H_
