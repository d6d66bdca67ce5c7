// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "config/text_file.h"
#include "histogram/definitions.h"
#include "tstat/rrd.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

constexpr size_t kLongestLine = 1023;  // longer ones are read in pieces
constexpr std::string_view kWhite = " \t\r\v\f";

struct Flag {
  std::string_view token;
  bool RrdDirective::*member;
};
constexpr Flag kFlags[] = {
    {"avg", &RrdDirective::avg}, {"min", &RrdDirective::min},     {"max", &RrdDirective::max},
    {"var", &RrdDirective::var}, {"stdev", &RrdDirective::stdev}, {"hit", &RrdDirective::hit},
};

// Only spaces separate tokens; other white space ends one, and what follows in it is lost (a quirk
// of the format).
std::vector<std::string_view> Tokens(std::string_view line) {
  std::vector<std::string_view> tokens;
  while (!line.empty()) {
    const size_t end = std::min(line.find(' '), line.size());
    std::string_view token = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    token.remove_prefix(std::min(token.find_first_not_of(kWhite), token.size()));
    token = token.substr(0, token.find_first_of(kWhite));
    if (!token.empty()) tokens.push_back(token);
  }
  return tokens;
}

std::optional<size_t> FindHistogram(std::string_view name, bool global, bool l3) {
  const auto definitions = HistogramDefinitions();
  for (size_t i = definitions.size(); i-- > 0;) {
    if (definitions[i].name == name && HistogramExists(definitions[i], l3, global)) return i;
  }
  return std::nullopt;
}

class Reader {
 public:
  Reader(std::string_view file, bool global, bool l3) : file_(file), global_(global), l3_(l3) {}

  absl::Status ReadLine(int number, std::string_view line) {
    if (line.find('#') != std::string_view::npos) return absl::OkStatus();
    const std::vector<std::string_view> tokens = Tokens(line);
    if (tokens.empty()) return absl::OkStatus();
    const std::optional<size_t> id = FindHistogram(tokens[0], global_, l3_);
    if (!id.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("rrdtool: variable <", Shown(tokens[0]), "> unknown while processing <",
                       View(file_), "> line ", number, " (tstat -H '?' lists the histograms)"));
    }
    RrdDirective& directive = directives_[*id];
    directive.id = *id;
    directive.histogram = tokens[0];
    for (size_t i = 1; i < tokens.size(); ++i) {
      if (absl::Status status = Apply(number, tokens[i], &directive); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  RrdConfig Take() {
    RrdConfig config;
    for (auto& [id, directive] : directives_) config.directives.push_back(std::move(directive));
    return config;
  }

 private:
  absl::Status Apply(int number, std::string_view token, RrdDirective* directive) {
    for (const Flag& flag : kFlags) {
      if (token != flag.token) continue;
      directive->*flag.member = true;
      return absl::OkStatus();
    }
    if (const size_t at = token.find("idx:"); at != std::string_view::npos) {
      directive->indexes.clear();
      return ForEachValue(number, token.substr(at + 4), [&](std::string_view value) {
        int index = 0;
        if (value == "other") {
          directive->other = true;
        } else if (absl::SimpleAtoi(View(value), &index)) {
          directive->indexes.push_back(index);
        } else {
          return BadValue(number, "idx", value, "integers of 32 bit and 'other' are allowed");
        }
        return absl::OkStatus();
      });
    }
    if (const size_t at = token.find("prc:"); at != std::string_view::npos) {
      directive->percentiles.clear();
      return ForEachValue(number, token.substr(at + 4), [&](std::string_view value) {
        double percent = 0;
        // Not a number is not between the two, either.
        if (!absl::SimpleAtod(View(value), &percent) || !(percent >= 0 && percent <= 100)) {
          return BadValue(number, "prc", value, "0 to 100 are allowed");
        }
        directive->percentiles.push_back(percent);
        return absl::OkStatus();
      });
    }
    return absl::InvalidArgumentError(absl::StrCat("rrdtool: unknown token <", Shown(token),
                                                   "> unknown while processing <", View(file_),
                                                   "> line ", number,
                                                   " (allowed: avg, min, max, var, stdev, hit, "
                                                   "idx:VALUES, prc:PERCENTAGES)"));
  }

  absl::Status BadValue(int number, std::string_view list, std::string_view value,
                        std::string_view allowed) const {
    return ErrorAt(file_, number,
                   absl::StrCat(View(list), ": '", Shown(value), "': ", View(allowed)));
  }

  absl::Status ForEachValue(int number, std::string_view list,
                            const std::function<absl::Status(std::string_view)>& use) {
    size_t count = 0;
    while (!list.empty()) {
      const size_t end = std::min(list.find(','), list.size());
      if (end > 0) {
        if (absl::Status status = use(list.substr(0, end)); !status.ok()) return status;
      }
      list.remove_prefix(std::min(end + 1, list.size()));
      if (++count > RrdDirective::kMaxValues) {
        return ErrorAt(file_, number,
                       absl::StrCat("more than ", RrdDirective::kMaxValues, " values in a list"));
      }
    }
    return absl::OkStatus();
  }

  std::string_view file_;
  bool global_, l3_;
  std::map<size_t, RrdDirective, std::greater<>> directives_;
};

}  // namespace

void RrdConfig::SelectIn(HistogramSelection* selection) const {
  for (const RrdDirective& directive : directives) selection->Add(directive.id);
  selection->statistics = true;
}

absl::StatusOr<RrdConfig> ParseRrdConfig(std::string_view text, std::string_view name, bool global,
                                         bool l3) {
  Reader reader(name, global, l3);
  absl::Status status = ForEachLine(text, [&](int number, std::string_view line) {
    do {
      const std::string_view piece = line.substr(0, kLongestLine);
      if (absl::Status s = reader.ReadLine(number, piece); !s.ok()) return s;
      line.remove_prefix(piece.size());
    } while (!line.empty());
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return reader.Take();
}

absl::StatusOr<RrdConfig> ReadRrdConfig(const std::string& path, bool global, bool l3) {
  absl::StatusOr<std::string> text = ReadTextFile(path);
  if (!text.ok()) return text.status();
  return ParseRrdConfig(*text, path, global, l3);
}

}  // namespace tstat::inline v1
