// SPDX-License-Identifier: BSD-3-Clause
//
// A naive Bayesian classifier over windows of samples of one feature.
//
//   BayesClassifier sizes;                         // one a direction and feature
//   sizes.Add(model, 120); ...
//   if (sizes.SettleMeanBestBelief() >= model.acceptance_threshold) ...
#ifndef TSTAT_L7_SKYPE_BAYES_H_
#define TSTAT_L7_SKYPE_BAYES_H_

#include <array>
#include <cstdint>

#include "tstat/skype.h"

namespace tstat::internal {

class BayesClassifier {
 public:
  void Add(const BayesModel& model, int sample);

  // Mean over the windows of the belief in their best class. kNever if it is 0, as when no window
  // was judged, and then that is what the mean goes on from.
  static constexpr double kNever = -100;
  double SettleMeanBestBelief() {
    if (mean_best_ == 0) mean_best_ = kNever;
    return mean_best_;
  }

 private:
  void Judge(const BayesModel& model, int sample);

  std::array<double, BayesModel::kMaxClasses> beliefs_{};
  double mean_best_ = 0;
  uint32_t samples_ = 0;  // of this window
  uint32_t windows_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_SKYPE_BAYES_H_
