// SPDX-License-Identifier: BSD-3-Clause
//
// Takes options of a destination out of the map by name, and remembers the first mistake.
//
//   DestinationOptionReader reader(options, others);
//   reader.Time("timeout", &timeout);
//   if (absl::Status status = reader.End("tcp"); !status.ok()) return status;
#ifndef TSTAT_OUTPUT_DESTINATIONS_OPTION_READER_H_
#define TSTAT_OUTPUT_DESTINATIONS_OPTION_READER_H_

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "output/destinations/dead_letters.h"
#include "output/destinations/registry.h"
#include "output/destinations/secret.h"
#include "output/files.h"

namespace tstat::internal {

class DestinationOptionReader {
 public:
  DestinationOptionReader(const DestinationOptionMap& options, std::string_view others)
      : options_(options), others_(others) {}

  void Text(const char* name, std::string* value) {
    if (const std::string* text = Find(name)) *value = *text;
  }
  // The path of a file that is read later, by a library.
  void File(const char* name, std::string* path) {
    Text(name, path);
    if (path->empty()) return;
    struct stat info {};
    absl::Status status;
    if (access(path->c_str(), R_OK) != 0 || stat(path->c_str(), &info) != 0) {
      status = ErrnoStatus(errno);
    } else if (!S_ISREG(info.st_mode)) {
      status = absl::InvalidArgumentError("is no file");
    }
    if (!status.ok()) {
      Note(name,
           absl::Status(status.code(), absl::StrCat(CleanText(*path), ": ", status.message())));
    }
  }
  void Secret(const char* name, std::string* value) {
    const std::string* text = Find(name);
    if (text == nullptr) return;
    absl::StatusOr<std::string> secret = ReadSecret(*text);
    if (!secret.ok()) return Note(name, secret.status());
    *value = *std::move(secret);
  }
  void Bytes(const char* name, uint64_t* value) {
    if (const std::string* text = Find(name)) Store(name, ParseByteCount(*text), value);
  }
  void Time(const char* name, int64_t* value) {
    if (const std::string* text = Find(name)) Store(name, ParseSeconds(*text), value);
  }
  void Time(const char* name, std::chrono::seconds* value) {
    int64_t seconds = value->count();
    Time(name, &seconds);
    if (seconds < 1 && status_.ok()) {
      Note(name, absl::InvalidArgumentError("must be at least one second"));
    }
    *value = std::chrono::seconds(seconds);
  }
  void Number(const char* name, uint64_t* value) {
    const std::string* text = Find(name);
    if (text != nullptr && !absl::SimpleAtoi(*text, value)) {
      Note(name,
           absl::InvalidArgumentError(absl::StrCat("\"", CleanText(*text), "\" is no number")));
    }
  }
  void AtLeastOne(const char* name, uint64_t value) {
    if (!Has(name) || value > 0) return;
    Note(name, absl::InvalidArgumentError("must be at least 1; without the option there is none"));
  }
  void OneOf(const char* name, std::span<const char* const> words, std::string* value) {
    const std::string* text = Find(name);
    if (text == nullptr) return;
    *value = *text;
    if (std::find(words.begin(), words.end(), *text) == words.end()) {
      Note(name, absl::InvalidArgumentError(absl::StrCat("\"", CleanText(*text), "\" is none of ",
                                                         absl::StrJoin(words, ", "))));
    }
  }
  void YesOrNo(const char* name, bool* value) {
    const std::string* text = Find(name);
    if (text == nullptr) return;
    *value = *text == "yes";
    if (*text != "yes" && *text != "no") {
      Note(name, absl::InvalidArgumentError(
                     absl::StrCat("\"", CleanText(*text), "\" is neither yes nor no")));
    }
  }
  // All options were asked for by now: further ones are mistakes.
  absl::Status End(std::string_view what) {
    for (const auto& [name, value] : options_) {
      if (!status_.ok() || std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      status_ = absl::InvalidArgumentError(absl::StrCat(
          "\"", CleanText(name), "\" is no option of ", std::string(what),
          known_.empty() ? ", which has none" : "; there are: ", absl::StrJoin(known_, " "),
          std::string(others_)));
    }
    return status_;
  }
  bool Has(const char* name) const { return options_.contains(name); }
  void Note(const char* name, const absl::Status& status) {
    if (!status_.ok()) return;
    status_ = absl::Status(status.code(), absl::StrCat("option ", name, ": ", status.message()));
  }

 private:
  const std::string* Find(const char* name) {
    known_.push_back(name);
    const auto found = options_.find(name);
    return found == options_.end() ? nullptr : &found->second;
  }
  template <typename Value>
  void Store(const char* name, absl::StatusOr<Value> parsed, Value* value) {
    if (!parsed.ok()) return Note(name, parsed.status());
    *value = *parsed;
  }

  const DestinationOptionMap& options_;
  std::string_view others_;
  std::vector<std::string> known_;
  absl::Status status_;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_OPTION_READER_H_
