// SPDX-License-Identifier: BSD-3-Clause
//
// In sources that mutate.py changed, mutant_is(N) chooses change number N. The environment variable
// TSTAT_MUTANT says which one is on; without it the program is what it was.
#ifndef TSTAT_MUTATION_MUTANT_H_
#define TSTAT_MUTATION_MUTANT_H_

#include <cstdlib>

inline const int active_mutant = [] {
  const char* number = std::getenv("TSTAT_MUTANT");
  return number == nullptr ? -1 : std::atoi(number);
}();

inline bool mutant_is(int number) { return active_mutant == number; }

#endif  // TSTAT_MUTATION_MUTANT_H_
