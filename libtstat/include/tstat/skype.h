// SPDX-License-Identifier: BSD-3-Clause
//
// Skype by statistics: voice and video flows whose packets have the sizes, the pace and the
// randomness of Skype's. Needs models, which are read from a directory (-B):
//
//   tstat::AnalyzerOptions options;
//   auto models = tstat::ReadSkypeModels("/etc/tstat/bayes");
//   if (!models.ok()) return models.status();
//   options.bayes = true;
//   options.skype_models = std::make_shared<const tstat::SkypeModels>(*std::move(models));
#ifndef TSTAT_SKYPE_H_
#define TSTAT_SKYPE_H_

#include <cassert>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tstat/export.h"
#include "tstat/flow.h"
#include "tstat/tcp_flow.h"
#include "tstat/udp_flow.h"

namespace tstat::inline v1 {

// One hypothesis of a naive Bayesian classifier: how likely each value of a feature is.
struct BayesClass {
  struct Gaussian {
    double weight = 1, mean = 0, sigma = 1;
  };
  std::string name;
  double prior = 0;
  std::vector<Gaussian> mixture;  // empty: `table` is the density
  // Density at 0, 1, 2, ...; base-10 logarithms with BayesModel::use_log. For a mixture: its values
  // up to BayesModel::largest_sample, computed once.
  std::vector<double> table;
};

struct BayesModel {
  // More would not fit the fixed state of a flow.
  static constexpr size_t kMaxClasses = 16;

  int window_size = -1;  // samples that are judged together; below 1: never judged
  bool use_log = true;
  bool normalize = true;  // without use_log: beliefs add up to 1 after each sample
  int largest_sample = 0;
  double min_density = 1e-33;
  double acceptance_threshold = 1;  // of the mean best belief
  std::vector<BayesClass> classes;

  // Density of class `c` at `x`: its logarithm with use_log, except where a discrete class ends.
  [[nodiscard]] TSTAT_EXPORT double Density(const BayesClass& c, int x) const;
};

struct SkypeModels {
  BayesModel packet_size;
  BayesModel packet_gap;
};

// Reads `directory`/pktsize.conf and avgipg.conf, and the density files that they name. Errors name
// file and line.
TSTAT_EXPORT absl::StatusOr<SkypeModels> ReadSkypeModels(const std::string& directory);

// One direction of a flow, by its sender.
struct SkypeDirection {
  // UDP, packets by the signature of their first bytes.
  uint32_t end_to_end_packets = 0, skype_out_packets = 0, signalling_packets = 0,
           unknown_packets = 0;
  uint32_t audio_video_packets = 0;  // audio, or audio and video
  uint32_t video_packets = 0;        // video only, by their size
  // Mean beliefs in the best class; -100: never evaluated.
  double size_belief = 0, gap_belief = 0;
  // Chi-square distances of the payload's first nibbles from randomness. UDP: smallest and largest
  // of those that should be far and near; TCP: the largest of the first four bytes, in
  // max_near_header.
  double min_header = 0;       // UDP: all of the first four bytes
  double max_near_header = 0;  // UDP: those random in end-to-end flows
  double min_far_header = 0;   // UDP: those not random in end-to-end flows
  double max_payload = 0;      // of the next four bytes
  bool size_accepted = false, gap_accepted = false;
  uint8_t verdict = 0;  // of the randomness test: 5 end to end, 6 SkypeOut, 7 TCP; 0 none
  bool has_video = false;

  // 1 both beliefs accepted, -1 size only, -2 gap only, 0 none.
  [[nodiscard]] int bayes_code() const {
    if (size_accepted) return gap_accepted ? 1 : -1;
    return gap_accepted ? -2 : 0;
  }
};

// A flow that was found to be Skype. It is reported when that is found: a long UDP flow may be
// under way still, then the record shows the state of that moment.
struct SkypeFlow {
  // One of the two is set: the flow as it stood when it was judged.
  std::shared_ptr<const UdpFlow> udp;
  std::shared_ptr<const TcpFlow> tcp;
  SkypeDirection client, server;
  OrderKey order;

  // REQUIRES: one of the two is set.
  [[nodiscard]] const Endpoints& endpoints() const {
    const UdpFlow* const of_udp = udp.get();
    const TcpFlow* const of_tcp = tcp.get();
    assert(of_udp != nullptr || of_tcp != nullptr);
    return of_udp != nullptr ? of_udp->endpoints : of_tcp->endpoints;
  }
  [[nodiscard]] const SkypeDirection& of(Direction sender) const {
    return sender == Direction::kClientToServer ? client : server;
  }
};

}  // namespace tstat::inline v1

#endif  // TSTAT_SKYPE_H_
