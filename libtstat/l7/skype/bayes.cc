// SPDX-License-Identifier: BSD-3-Clause
#include "l7/skype/bayes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

namespace tstat::inline v1 {

double BayesModel::Density(const BayesClass& c, int x) const {
  if (x >= 0 && static_cast<size_t>(x) < c.table.size()) return c.table[static_cast<size_t>(x)];
  if (c.mixture.empty()) return min_density;  // not its logarithm (a quirk)
  double density = 0;
  for (const BayesClass::Gaussian& g : c.mixture) {
    const double distance = x - g.mean;
    constexpr double kOneOverRootOfTwoPi = 0.398942280401433;
    density += g.weight * kOneOverRootOfTwoPi / g.sigma *
               std::exp(-distance * distance / (2 * g.sigma * g.sigma));
  }
  density = std::max(density, min_density);
  return use_log ? std::log10(density) : density;
}

}  // namespace tstat::inline v1

namespace tstat::internal {

void BayesClassifier::Add(const BayesModel& model, int sample) {
  if (model.window_size < 1) return;  // never judged
  const size_t count = model.classes.size();
  double sum = 0;
  for (size_t i = 0; i < count; ++i) {
    const BayesClass& c = model.classes[i];
    const double density = model.Density(c, sample);
    if (model.use_log) {
      if (samples_ == 0) beliefs_[i] = std::log10(c.prior);
      beliefs_[i] += density;
    } else {
      if (samples_ == 0) beliefs_[i] = c.prior;
      beliefs_[i] *= density;
      sum += beliefs_[i];
    }
  }
  if (!model.use_log && model.normalize) {
    for (size_t i = 0; i < count; ++i) beliefs_[i] /= sum;
  }
  if (++samples_ == static_cast<uint32_t>(model.window_size)) Judge(model, sample);
}

void BayesClassifier::Judge(const BayesModel& model, int sample) {
  std::optional<double> best;
  for (size_t i = 0; i < model.classes.size(); ++i) {
    const double belief = beliefs_[i] / samples_;
    if (std::isfinite(belief) && (!best || belief > *best)) best = belief;
  }
  ++windows_;
  samples_ = 0;
  // A window that ends in a sample out of range counts, but moves nothing.
  if (best && sample <= model.largest_sample) mean_best_ += (*best - mean_best_) / windows_;
}

}  // namespace tstat::internal
