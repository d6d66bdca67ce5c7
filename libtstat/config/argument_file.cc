// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/argument_file.h"

#include "config/text_file.h"

namespace tstat::inline v1 {
using namespace internal;

std::vector<std::string> ParseArguments(std::string_view text) {
  std::vector<std::string> arguments;
  ForEachLine(text, [&arguments](int, std::string_view line) {
    for (std::string_view word : WordsBeforeComment(line)) arguments.emplace_back(word);
    return absl::OkStatus();
  }).IgnoreError();
  return arguments;
}

}  // namespace tstat::inline v1
