// SPDX-License-Identifier: BSD-3-Clause
//
// Random numbers that are the same with every compiler and library (SplitMix64: Steele, Lea,
// Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
#ifndef TSTAT_ACCURACY_RANDOM_H_
#define TSTAT_ACCURACY_RANDOM_H_

#include <cstdint>

namespace accuracy {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // In [0, 1).
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

  // A number is drawn also when the probability is 0: another option moves no other decision.
  bool Happens(double probability) { return Uniform() < probability; }

 private:
  uint64_t state_;
};

}  // namespace accuracy

#endif  // TSTAT_ACCURACY_RANDOM_H_
