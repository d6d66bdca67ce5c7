// SPDX-License-Identifier: BSD-3-Clause
#include "config/bayes_config.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "config/text_file.h"
#include "schema/real_text.h"

namespace tstat::internal {
namespace {

// Densities of mixtures are tabulated up to this sample.
constexpr int kMaxTable = 65535;
constexpr size_t kMaxGaussians = 1000;
constexpr int kMaxCount = 1000000;  // of samples
constexpr std::string_view kFeatures[] = {"PKTSIZE", "MAXDELPKTSIZE", "AVGIPG",
                                          "PKTRATE", "BITRATE",       "AVGPKT"};

template <typename... Parts>
std::string Cat(const Parts&... parts) {
  std::string text;
  (text.append(parts), ...);
  return text;
}

// All of `word` is one number, and a finite one.
template <typename T>
bool ParseNumber(std::string_view word, T* value) {
  if (!word.empty() && word.front() == '+') word.remove_prefix(1);
  const char *const begin = word.data(), *const end = begin + word.size();
  const auto is_whole = [end](const auto& read) {
    return read.ec == std::errc() && read.ptr == end;
  };
  if constexpr (std::is_floating_point_v<T>) {
    return is_whole(RealFromChars(begin, end, *value)) && std::isfinite(*value);
  } else {
    return is_whole(std::from_chars(begin, end, *value));
  }
}

struct Token {
  std::string_view text;
  int line;
};

constexpr bool Separates(char c) { return IsBlank(c) || c == '(' || c == ')'; }

// Parentheses only group what is counted anyway, so they are blanks.
std::vector<Token> Tokenize(std::string_view text) {
  std::vector<Token> tokens;
  ForEachLine(text, [&](int number, std::string_view line) {
    if (!line.empty() && line.front() == '#') return absl::OkStatus();
    size_t i = 0;
    while (i < line.size()) {
      while (i < line.size() && Separates(line[i])) ++i;
      const size_t begin = i;
      while (i < line.size() && !Separates(line[i])) ++i;
      if (i > begin) tokens.push_back({line.substr(begin, i - begin), number});
    }
    return absl::OkStatus();
  }).IgnoreError();
  return tokens;
}

// Densities that add up to 1, none of them below `min_density` (but for the rounding of doing so).
void NormalizeDensity(double min_density, std::vector<double>* table) {
  for (int pass = 0; pass < 2; ++pass) {
    double sum = 0;
    for (double d : *table) sum += d;
    if (sum > 0 && sum != 1) {
      for (double& d : *table) d /= sum;
    }
    if (pass == 0) {
      for (double& d : *table) d = std::max(d, min_density);
    }
  }
}

class Parser {
 public:
  Parser(std::string_view file, const std::string& directory, std::vector<Token> tokens)
      : file_(file), directory_(directory), tokens_(std::move(tokens)) {}

  absl::StatusOr<BayesModel> Parse() {
    while (next_ < tokens_.size()) {
      if (absl::Status s = ParseEntry(); !s.ok()) return s;
    }
    return Finish();
  }

 private:
  absl::Status Error(std::string_view message) const {
    const size_t last = next_ == 0 ? 0 : next_ - 1;
    return ErrorAt(file_, tokens_.empty() ? 1 : tokens_[last].line, message);
  }

  absl::StatusOr<std::string_view> Word(std::string_view keyword) {
    if (next_ == tokens_.size()) return Error(Cat(keyword, ": a value is missing"));
    return tokens_[next_++].text;
  }
  absl::Status Read(std::string_view keyword, double* value) {
    absl::StatusOr<std::string_view> word = Word(keyword);
    if (!word.ok()) return word.status();
    if (!ParseNumber(*word, value)) {
      return Error(Cat(keyword, ": \"", Shown(*word), "\" is not a number"));
    }
    return absl::OkStatus();
  }
  absl::Status Read(std::string_view keyword, int* value) {
    absl::StatusOr<std::string_view> word = Word(keyword);
    if (!word.ok()) return word.status();
    if (!ParseNumber(*word, value)) {
      return Error(Cat(keyword, ": \"", Shown(*word), "\" is not an integer"));
    }
    return absl::OkStatus();
  }
  absl::Status Read(std::string_view keyword, int least, int most, int* value) {
    if (absl::Status s = Read(keyword, value); !s.ok()) return s;
    if (*value >= least && *value <= most) return absl::OkStatus();
    return Error(
        Cat(keyword, ": ", std::to_string(least), " to ", std::to_string(most), " are allowed"));
  }
  absl::Status Read(std::string_view keyword, bool* value) {
    int number = 0;
    if (absl::Status s = Read(keyword, &number); !s.ok()) return s;
    if (number != 0 && number != 1) return Error(Cat(keyword, " must be 0 or 1"));
    *value = number == 1;
    return absl::OkStatus();
  }

  absl::Status ParseEntry() {
    const std::string_view keyword = tokens_[next_++].text;
    if (keyword == "FEATURE") return ParseFeature();
    if (keyword == "WINDOW_SIZE") return Read(keyword, -1, kMaxCount, &model_.window_size);
    if (keyword == "USE_LOG") return Read(keyword, &model_.use_log);
    if (keyword == "NORMALIZE") return Read(keyword, &model_.normalize);
    if (keyword == "AUTO_OTHER") return ParseAutoOther();
    if (keyword == "CLASS_LEN") return Read(keyword, 0, kMaxCount, &model_.largest_sample);
    if (keyword == "MIN_THRESHOLD") return ParseMinDensity();
    if (keyword == "AVG_THRESHOLD") return Read(keyword, &model_.acceptance_threshold);
    if (keyword == "WIN_THRESHOLD") return Read(keyword, &window_threshold_);
    double unused = 0;
    if (keyword == "PRC_THRESHOLD") return Read(keyword, &unused);
    if (keyword == "DISCRETE") return ParseDiscrete();
    if (keyword == "GAUSSIAN") return ParseGaussian();
    if (keyword == "GAUSSIAN+") return ParseMixture();
    return Error(Cat("unknown keyword \"", Shown(keyword), "\""));
  }

  // Its logarithm is taken.
  absl::Status ParseMinDensity() {
    if (absl::Status s = Read("MIN_THRESHOLD", &model_.min_density); !s.ok()) return s;
    if (model_.min_density > 0 && model_.min_density <= 1) return absl::OkStatus();
    return Error("MIN_THRESHOLD: a density above 0, at most 1");
  }

  absl::Status ParseFeature() {
    absl::StatusOr<std::string_view> word = Word("FEATURE");
    if (!word.ok()) return word.status();
    if (std::find(std::begin(kFeatures), std::end(kFeatures), *word) == std::end(kFeatures)) {
      return Error(Cat("unknown feature \"", Shown(*word), "\""));
    }
    return absl::OkStatus();
  }

  // The reference's extra class never works.
  absl::Status ParseAutoOther() {
    bool on = false;
    if (absl::Status s = Read("AUTO_OTHER", &on); !s.ok()) return s;
    return on ? Error("AUTO_OTHER 1 is not supported: give the other class a density of its own")
              : absl::OkStatus();
  }

  // Name and prior probability. `equal_allowed`: "=" stands for one share of all classes.
  absl::StatusOr<BayesClass*> ParseClass(std::string_view keyword, bool equal_allowed) {
    if (model_.classes.size() == BayesModel::kMaxClasses) {
      return Error(Cat("more than ", std::to_string(BayesModel::kMaxClasses), " classes"));
    }
    absl::StatusOr<std::string_view> name = Word(keyword);
    if (!name.ok()) return name.status();
    BayesClass& c = model_.classes.emplace_back();
    c.name = std::string(*name);
    if (equal_allowed && next_ < tokens_.size() && tokens_[next_].text == "=") {
      ++next_;
      c.prior = -1;
      return &c;
    }
    if (absl::Status s = Read(keyword, &c.prior); !s.ok()) return s;
    if (c.prior < 0 || c.prior > 1) {
      return Error(Cat(keyword, ": a probability is a number from 0 to 1"));
    }
    return &c;
  }

  absl::Status ParseDiscrete() {
    absl::StatusOr<BayesClass*> c = ParseClass("DISCRETE", /*equal_allowed=*/true);
    if (!c.ok()) return c.status();
    const std::string path = internal::Cat(directory_, "/", (*c)->name, ".DAT");
    absl::StatusOr<std::string> text = ReadTextFile(path);
    if (!text.ok()) return text.status();
    return ForEachLine(*text, [&](int number, std::string_view line) {
      if (!line.empty() && line.front() == '#') return absl::OkStatus();
      const std::string_view word = StripTrailingBlanks(line);
      if (word.empty()) return absl::OkStatus();
      double density = 0;
      if (!ParseNumber(word, &density) || density < 0) {
        return ErrorAt(path, number, Cat("\"", Shown(word), "\" is not a density"));
      }
      (*c)->table.push_back(density);
      return absl::OkStatus();
    });
  }

  absl::Status ParseGaussian() {
    absl::StatusOr<BayesClass*> c = ParseClass("GAUSSIAN", /*equal_allowed=*/true);
    if (!c.ok()) return c.status();
    BayesClass::Gaussian g;
    if (absl::Status s = Read("GAUSSIAN", &g.mean); !s.ok()) return s;
    return AddGaussian("GAUSSIAN", g, *c);
  }

  absl::Status ParseMixture() {
    constexpr std::string_view kKeyword = "GAUSSIAN+";
    absl::StatusOr<BayesClass*> c = ParseClass(kKeyword, /*equal_allowed=*/false);
    if (!c.ok()) return c.status();
    int count = 0;
    if (absl::Status s = Read(kKeyword, &count); !s.ok()) return s;
    if (count < 1 || static_cast<size_t>(count) > kMaxGaussians) {
      return Error(Cat("GAUSSIAN+: 1 to ", std::to_string(kMaxGaussians), " components"));
    }
    for (int i = 0; i < count; ++i) {
      BayesClass::Gaussian g;
      if (absl::Status s = Read(kKeyword, &g.weight); !s.ok()) return s;
      if (absl::Status s = Read(kKeyword, &g.mean); !s.ok()) return s;
      if (absl::Status s = AddGaussian(kKeyword, g, *c); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  absl::Status AddGaussian(std::string_view keyword, BayesClass::Gaussian g, BayesClass* c) {
    if (absl::Status s = Read(keyword, &g.sigma); !s.ok()) return s;
    if (!(g.sigma > 0)) return Error(Cat(keyword, ": sigma must be positive"));
    c->mixture.push_back(g);
    return absl::OkStatus();
  }

  // What depends on all entries.
  absl::StatusOr<BayesModel> Finish() {
    for (BayesClass& c : model_.classes) {
      if (c.prior < 0) c.prior = 1.0 / static_cast<double>(model_.classes.size());
      if (c.mixture.empty()) {
        model_.largest_sample = std::max(model_.largest_sample, static_cast<int>(c.table.size()));
        NormalizeDensity(model_.min_density, &c.table);
        if (model_.use_log) {
          for (double& d : c.table) d = std::log10(d);
        }
      }
    }
    for (BayesClass& c : model_.classes) {
      if (c.mixture.empty()) continue;
      std::vector<double> table;
      for (int x = 0; x <= std::min(model_.largest_sample, kMaxTable); ++x) {
        table.push_back(model_.Density(c, x));
      }
      c.table = std::move(table);
    }
    if (window_threshold_ > 0) {
      model_.acceptance_threshold =
          std::log10(model_.largest_sample) / static_cast<double>(model_.window_size) + 3;
    }
    return std::move(model_);
  }

  std::string_view file_;
  const std::string& directory_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
  BayesModel model_;
  double window_threshold_ = 1;
};

}  // namespace

absl::StatusOr<BayesModel> ParseBayesModel(std::string_view text, std::string_view file,
                                           const std::string& directory) {
  return Parser(file, directory, Tokenize(text)).Parse();
}

}  // namespace tstat::internal

namespace tstat::inline v1 {

absl::StatusOr<SkypeModels> ReadSkypeModels(const std::string& directory) {
  SkypeModels models;
  const struct {
    std::string_view name;
    BayesModel* model;
  } files[] = {{"pktsize.conf", &models.packet_size}, {"avgipg.conf", &models.packet_gap}};
  for (const auto& file : files) {
    const std::string path = internal::Cat(directory, "/", file.name);
    absl::StatusOr<std::string> text = ReadTextFile(path);
    if (!text.ok()) return text.status();
    absl::StatusOr<BayesModel> model = internal::ParseBayesModel(*text, path, directory);
    if (!model.ok()) return model.status();
    *file.model = *std::move(model);
  }
  return models;
}

}  // namespace tstat::inline v1
