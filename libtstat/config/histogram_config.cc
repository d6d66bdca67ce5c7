// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/histogram_config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "config/text_file.h"
#include "histogram/definitions.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

constexpr std::string_view kWhite = " \t\r\n\v\f";
constexpr uint32_t kDefaultMask = 0xffffff00;
constexpr uint64_t kDefaultAveragePeriod = 60, kDefaultPeakPeriod = 1;
constexpr int64_t kLongestPeriod = 1000000000;

// Entry by entry. Where a comment may begin depends on what was before (a quirk of the format).
class Entries {
 public:
  explicit Entries(std::string_view text) : rest_(text) {}

  bool Next(std::string_view* keyword, std::string_view* argument) {
    for (;;) {
      Skip(after_entry_ ? kWhite : "\n");
      if (rest_.empty() || rest_[0] != '#') break;
      const size_t end = rest_.find('\n');
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      after_entry_ = false;
    }
    *keyword = Word();
    if (keyword->empty()) return false;
    *argument = Word();
    after_entry_ = true;
    return true;
  }

 private:
  void Skip(std::string_view characters) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
  }
  std::string_view Word() {
    Skip(kWhite);
    const std::string_view word = rest_.substr(0, rest_.find_first_of(kWhite));
    rest_.remove_prefix(word.size());
    return word;
  }

  std::string_view rest_;
  bool after_entry_ = false;
};

// A prefix length, or the classic dotted notation.
std::optional<uint32_t> ParseMask(const std::string& text) {
  if (text.find('.') == std::string::npos) {
    int length = 0;
    if (!absl::SimpleAtoi(text, &length) || length < 1 || length > 32) return std::nullopt;
    return ~uint32_t{0} << (32 - length);
  }
  in_addr address;
  if (inet_aton(text.c_str(), &address) == 0) return std::nullopt;
  return ntohl(address.s_addr);
}

class Reader {
 public:
  Reader(HistogramConfig* config, bool l3) : config_(*config), l3_(l3) {}

  absl::Status Read(std::string_view text) {
    Entries entries(text);
    std::string_view keyword, argument;
    while (entries.Next(&keyword, &argument)) {
      ++number_;
      if (absl::Status status = Apply(keyword, std::string(argument)); !status.ok()) {
        error_line_ = 1 + std::count(text.data(), keyword.data(), '\n');
        error_ = keyword == "include" ? argument : keyword;
        return status;
      }
    }
    return absl::OkStatus();
  }

  // After an error: "LINE: "TEXT": what is allowed there". The reference's own message counts
  // entries, not lines.
  std::string Hint() const {
    if (!error_is_allowed_.empty()) {
      return absl::StrCat(error_line_, ": ", error_is_allowed_);
    }
    return absl::StrCat(error_line_, ": \"", Shown(error_), "\": ",
                        error_is_name_ ? "tstat -H '?' lists the histograms"
                                       : "the keywords are include, include_matching, adx_mask, "
                                         "adx2_mask, adx2_sample, adx3_sample");
  }

 private:
  absl::Status Apply(std::string_view keyword, const std::string& argument) {
    HistogramSelection& s = config_.selection;
    if (keyword == "include") return Include(argument);
    if (keyword == "include_matching") {
      s.SelectMatching(argument, l3_);
    } else if (keyword == "adx_mask") {
      s.address_mask = Mask(argument);
    } else if (keyword == "adx2_mask") {
      s.internal_addresses = true;
      s.internal_address_mask = Mask(argument);
      s.average_period_s = kDefaultAveragePeriod;
      s.peak_period_s = kDefaultPeakPeriod;
    } else if (keyword == "adx2_sample") {
      return Period(keyword, argument, kDefaultAveragePeriod, &s.average_period_s);
    } else if (keyword == "adx3_sample") {
      absl::Status status = Period(keyword, argument, kDefaultPeakPeriod, &s.peak_period_s);
      if (!status.ok()) return status;
      if (s.peak_period_s > s.average_period_s) {
        Warn(absl::StrCat("HISTO: max sample interval adx3_sample ", s.peak_period_s,
                          " is larger than adx2_sample ", s.average_period_s,
                          ". Using adx2_sample value for both"));
        s.peak_period_s = s.average_period_s;
      }
    } else {
      return absl::InvalidArgumentError(absl::StrCat("BAYES: unknown keyword <", Shown(keyword),
                                                     "> at config line <", number_, ">"));
    }
    return absl::OkStatus();
  }

  absl::Status Include(const std::string& name) {
    HistogramSelection& s = config_.selection;
    const bool all = name == "ALL";
    if (all) s.SelectMatching("", l3_);
    if (all || name == "ADX") {
      s.addresses = true;
      s.internal_addresses = false;
      return absl::OkStatus();
    }
    if (s.Select(name, l3_)) return absl::OkStatus();
    error_is_name_ = true;
    return absl::InvalidArgumentError(absl::StrCat("HISTO: cannot find histogram <", Shown(name),
                                                   "> to include at config line <", number_, ">"));
  }

  uint32_t Mask(const std::string& text) {
    if (const std::optional<uint32_t> mask = ParseMask(text)) return *mask;
    const bool dotted = text.find('.') != std::string::npos;
    Warn(absl::StrCat("Warning: Invalid netmask ", dotted ? Shown(text) + " " : "",
                      "in <adx_mask> or <adx2_mask> histogram option. Using default "
                      "255.255.255.0"));
    return kDefaultMask;
  }

  absl::Status Period(std::string_view keyword, const std::string& text, uint64_t otherwise,
                      uint64_t* period) {
    int64_t value = 0;
    if (!absl::SimpleAtoi(text, &value) || value > kLongestPeriod) {
      error_is_allowed_ = absl::StrCat(View(keyword), ": '", Shown(text), "': 1 to ",
                                       kLongestPeriod, " seconds are allowed");
      return absl::InvalidArgumentError(absl::StrCat("HISTO: wrong sample interval <", Shown(text),
                                                     "> for ", View(keyword), " at config line <",
                                                     number_, ">"));
    }
    *period = value >= 1 ? static_cast<uint64_t>(value) : otherwise;
    if (value < 1) {
      Warn(absl::StrCat("HISTO: wrong sample interval <", value, "> for ", View(keyword),
                        " at config line <", number_, ">. Using default ", otherwise));
    }
    return absl::OkStatus();
  }

  void Warn(std::string text) { config_.warnings.push_back(std::move(text)); }

  HistogramConfig& config_;
  bool l3_;
  int number_ = 0;
  int64_t error_line_ = 0;
  std::string_view error_;
  bool error_is_name_ = false;
  std::string error_is_allowed_;  // after a number that is not: what would be
};

// With an error, `*hint` says where it is and what is allowed there.
absl::StatusOr<HistogramConfig> Parse(std::string_view text, const HistogramSelection& before,
                                      bool l3, std::string* hint) {
  HistogramConfig config;
  config.selection = before;
  Reader reader(&config, l3);
  const absl::Status status = reader.Read(text);
  if (status.ok()) return config;
  *hint = reader.Hint();
  return status;
}

}  // namespace

absl::StatusOr<HistogramConfig> ParseHistogramConfig(std::string_view text,
                                                     const HistogramSelection& before, bool l3) {
  std::string hint;
  return Parse(text, before, l3, &hint);
}

absl::StatusOr<HistogramConfig> ReadHistogramConfig(const std::string& path,
                                                    const HistogramSelection& before, bool l3) {
  absl::StatusOr<std::string> text = ReadTextFile(path);
  if (!text.ok()) return text.status();
  std::string hint;
  absl::StatusOr<HistogramConfig> config = Parse(*text, before, l3, &hint);
  if (config.ok()) return config;
  return absl::Status(config.status().code(),
                      absl::StrCat(config.status().message(), "\n", path, ":", hint));
}

std::string HistogramListing(bool l3, bool global) {
  const CompatProfile profile = l3 ? CompatProfile::Tstat33() : CompatProfile::Tstat311();
  std::string out = "#name\tmin\tbin_size\tmax\tdescription\n";
  const auto definitions = HistogramDefinitions();
  for (size_t i = definitions.size(); i-- > 0;) {
    const HistogramDefinition& d = definitions[i];
    if (!HistogramExists(d, l3, global)) continue;
    absl::StrAppend(&out, View(d.name), "\t", d.min, "\t", d.width, "\t", HistogramMax(d, profile),
                    "\t", View(d.description), "\n");
  }
  return out;
}

}  // namespace tstat::inline v1
