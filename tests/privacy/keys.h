// SPDX-License-Identifier: BSD-3-Clause
//
// Keys whose images are known.
#ifndef TSTAT_TESTS_PRIVACY_KEYS_H_
#define TSTAT_TESTS_PRIVACY_KEYS_H_

#include <memory>
#include <string_view>
#include <utility>

#include "tstat/anonymizer.h"

namespace tstat {

// A text of 15 bytes, and zeros.
inline AnonymizationKey ShortKey() { return AnonymizationKey("golden-test-key"); }
// That of the trace which comes with the authors' implementation of Crypto-PAn.
inline AnonymizationKey SampleKey() {
  constexpr unsigned char kBytes[] = {21,  34, 23,  141, 51, 164, 207, 128, 19,  10,  91,
                                      22,  73, 144, 125, 16, 216, 152, 143, 131, 121, 121,
                                      101, 39, 98,  87,  76, 45,  42,  132, 34,  2};
  return AnonymizationKey({reinterpret_cast<const char*>(kBytes), sizeof(kBytes)});
}

inline std::shared_ptr<Anonymizer> Make(AnonymizerOptions options) {
  auto anonymizer = Anonymizer::Create(options);
  return anonymizer.ok() ? *std::move(anonymizer) : nullptr;
}
inline std::shared_ptr<Anonymizer> Make(const AnonymizationKey& key) {
  return Make(AnonymizerOptions{.key = key});
}

}  // namespace tstat

#endif  // TSTAT_TESTS_PRIVACY_KEYS_H_
