// SPDX-License-Identifier: BSD-3-Clause
//
// What one direction's packets are to the Bayesian classifiers: sizes, and mean gaps over windows
// of 30 audio packets. The same for UDP and TCP.
#ifndef TSTAT_L7_SKYPE_SAMPLES_H_
#define TSTAT_L7_SKYPE_SAMPLES_H_

#include <cstdint>

#include "l7/skype/bayes.h"
#include "tstat/skype.h"
#include "tstat/time.h"

namespace tstat::internal {

class SkypeSamples {
 public:
  // `size`: payload bytes, by the headers.
  void AddUdp(const SkypeModels& models, int32_t size, Timestamp now);
  void AddTcp(const SkypeModels& models, int32_t size, Timestamp now);

  // Fills the counters, beliefs and what follows from them.
  void Judge(const SkypeModels& models, SkypeDirection* out);

 private:
  void CountAudio(const SkypeModels& models, Timestamp now);

  BayesClassifier sizes_, gaps_;
  Timestamp window_start_;
  uint32_t audio_video_ = 0, video_ = 0;
  bool started_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_SKYPE_SAMPLES_H_
