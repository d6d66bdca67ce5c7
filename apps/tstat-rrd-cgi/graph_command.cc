// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/graph_command.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "tstat-rrd-cgi/labels.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

constexpr Template kMenuTemplates[] = {
    {"stdev", "Mean and Stdev"}, {"avg", "Mean and Bounds"}, {"hit", "Hit Counter"},
    {"prc", "Distribution"},     {"idx", "Specific Values"}, {"normidx", "Normalized Values"},
};
constexpr Template kPageTemplates[] = {
    {"avg", "Mean and Bounds"}, {"stdev", "Mean and Stdev"}, {"hit", "Hit Counter"},
    {"idx", "Specific Values"}, {"prc", "Distribution"},     {"normidx", "Normalized Values"},
};

constexpr int32_t kOthersColour = 0x7B68EE, kSpreadColour = 0xFF0000, kMeanColour = 0xFFA500;
constexpr int32_t kMinimumColour = 0x008B8B, kAverageColour = 0x00008B, kMaximumColour = 0x006400;
constexpr double kOthersNumber = -1;

struct Series {
  std::string suffix;  // of the file: "idx1500"
  std::string label;
  double number = 0;  // what include and exclude name
  double rank = 0;    // the highest is drawn first
  int32_t colour = kNoColour;
};

// The numbers of include or exclude.
struct NumberList {
  bool all = false;
  std::set<double> numbers;

  explicit NumberList(std::string_view text) {
    for (std::string_view entry : Split(text, ",")) {
      if (entry == "ALL") {
        all = true;
      } else if (const auto number = NumberIn<double>(entry)) {
        numbers.insert(*number);
      }
    }
  }
  [[nodiscard]] bool Has(double number) const { return numbers.contains(number); }
};

std::string Colour(int32_t colour) {
  char text[8];
  std::snprintf(text, sizeof(text), "#%06X", static_cast<unsigned>(colour) & 0xffffff);
  return text;
}

// "A", "B", ..., "Z", "AA", ...; what librrd calculates with is no name.
std::string Letter(size_t place) {
  std::string name;
  for (++place; place > 0; place = (place - 1) / 26) {
    name.insert(name.begin(), static_cast<char>('A' + (place - 1) % 26));
  }
  constexpr std::string_view kOperators[] = {"EQ", "GE", "GT", "IF", "LE", "LT", "NE", "UN"};
  if (std::ranges::find(kOperators, name) != std::end(kOperators)) name += '_';
  return name;
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == ':' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// librrd takes a back slash of a path as it is, but for one before a colon.
std::string EscapedPath(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == ':') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// Which networks a site has, only its administrator knows.
constexpr std::string_view kVlanHistogram = "eth_8021Q_vlanid";

std::vector<Series> IndexSeries(const Trace& trace, std::string_view histogram) {
  const std::span<const ValueLabel> labels = LabelsOf(histogram);
  size_t width = 0;
  for (const ValueLabel& label : labels) width = std::max(width, label.label.size());
  const bool is_vlan = histogram == kVlanHistogram;
  if (is_vlan) {
    for (const auto& [number, name] : trace.vlan_names) width = std::max(width, name.size());
  }
  std::vector<Series> all;
  for (const std::string& part : PartsOf(trace, histogram, "idx")) {
    if (part == "oth") {
      all.push_back({"idxoth", "Others", kOthersNumber, 0, kOthersColour});
      continue;
    }
    const int value = NumberIn<int>(part).value_or(0);
    Series series{Cat("idx", part), Cat(histogram, " = ", value), static_cast<double>(value),
                  static_cast<double>(value), kNoColour};
    const auto found = std::ranges::find(labels, value, &ValueLabel::value);
    if (found != labels.end()) {
      series.label = std::string(found->label);
      series.label.resize(std::max(width, series.label.size()), ' ');
      series.colour = found->colour;
      if (found->rank != kNoRank) series.rank = found->rank;
    } else if (const auto name = trace.vlan_names.find(value);
               is_vlan && name != trace.vlan_names.end()) {
      series.label = name->second;
      series.label.resize(std::max(width, series.label.size()), ' ');
    }
    all.push_back(std::move(series));
  }
  return all;
}

std::vector<Series> PercentileSeries(const Trace& trace, std::string_view histogram) {
  std::vector<Series> all;
  for (const std::string& part : PartsOf(trace, histogram, "prc")) {
    const double number = NumberIn<double>(part).value_or(0);
    all.push_back({Cat("prc", part), Cat(part, "-th Percentile"), number, number, kNoColour});
  }
  return all;
}

// The series of a template, in the order of drawing.
std::vector<Series> SeriesOf(const Query& query, const Trace& trace, std::string_view histogram) {
  if (query.graph_template == "avg") {
    return {{"min", "Minimum", 0, 0, kMinimumColour},
            {"avg", "Average", 0, 0, kAverageColour},
            {"max", "Maximum", 0, 0, kMaximumColour}};
  }
  if (query.graph_template == "stdev") {
    return {{"avg", "Average", 0, 0, kMeanColour}, {"stdev", "Stdev", 0, 0, kSpreadColour}};
  }
  if (query.graph_template == "hit") return {{"hit", "Hit Counter", 0, 0, kNoColour}};
  std::vector<Series> all = query.graph_template == "prc" ? PercentileSeries(trace, histogram)
                                                          : IndexSeries(trace, histogram);
  const NumberList exclude(query.exclude), include(query.include);
  std::erase_if(all, [&](const Series& series) {
    return (exclude.all || exclude.Has(series.number)) && !include.Has(series.number);
  });
  // The others stand behind the value 0.
  std::ranges::sort(all, [](const Series& a, const Series& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.number > b.number;
  });
  return all;
}

std::string FileOf(std::string_view histogram, std::string_view suffix) {
  return Cat(histogram, ".", suffix, ".rrd");
}

// Writes the arguments of one picture.
class Builder {
 public:
  Builder(const Query& query, const Trace& trace, const DatabaseReader& reader,
          std::vector<std::string>* unusable)
      : query_(query),
        trace_(trace),
        reader_(reader),
        unusable_(unusable),
        halves_(HalvesOf(query.var, query.direction)) {}

  absl::StatusOr<Graph> Build(std::string_view picture) {
    Add(picture);
    AddLayout();
    AddLimits();
    const bool is_spread = query_.graph_template == "stdev";
    std::vector<Series> series = SeriesOf(query_, trace_, halves_.positive);
    if (series.empty() && !HasTemplate(trace_, halves_.positive, query_.graph_template)) {
      return absl::NotFoundError(
          Cat("There are no databases of ", halves_.positive, " for this kind of graph."));
    }
    if (series.empty()) {
      return absl::InvalidArgumentError("No series is left: all of them are excluded.");
    }
    if (series.size() > kMaxSeries) {
      return absl::ResourceExhaustedError(
          Cat("The graph has more than ", kMaxSeries, " series: exclude some of them."));
    }
    // Colours go by the places of all series, whether they can be read or not.
    for (size_t i = 0; i < series.size(); ++i) {
      if (series[i].colour == kNoColour) series[i].colour = ColourOfPlace(i);
    }
    std::vector<Series> positive = series, negative = series;
    if (const absl::Status s = KeepUsable(halves_.positive, positive); !s.ok()) return s;
    if (!halves_.negative.empty()) {
      std::erase_if(negative, [&](const Series& one) {
        return broken_.contains(one.suffix) && !trace_.Has(FileOf(halves_.negative, one.suffix));
      });
      if (const absl::Status s = KeepUsable(halves_.negative, negative); !s.ok()) return s;
      NameBrokenWithout(series);
    }
    const size_t needed = is_spread ? 2 : 1;
    if (positive.size() < needed) {
      return absl::FailedPreconditionError(
          Cat("The databases of ", halves_.positive, " cannot be read."));
    }
    AddSpan(positive);
    if (is_spread) {
      AddSpread(halves_.positive, false);
    } else {
      AddSeries(halves_.positive, positive, false);
    }
    if (!halves_.negative.empty() && negative.size() >= needed) {
      if (is_spread) {
        AddSpread(halves_.negative, true);
      } else {
        AddSeries(halves_.negative, negative, true);
      }
    }
    return std::move(graph_);
  }

 private:
  template <typename... Parts>
  void Add(const Parts&... parts) {
    graph_.arguments.push_back(Cat(parts...));
  }

  void AddLayout() {
    for (std::string_view argument : {"--imgformat", "PNG"}) Add(argument);
    if (query_.logscale == "true") Add("--logarithmic");
    if (query_.bigpic == "true") {
      for (std::string_view argument : {"--width", "666", "--height", "200"}) Add(argument);
    }
    for (std::string_view argument : {"--zoom", "1.18"}) Add(argument);
  }

  void AddLimits() {
    const bool automatic = query_.yauto == "true";
    const bool has_upper = !automatic && !query_.ymax.empty();
    bool rigid = false;
    const auto make_rigid = [&] {
      if (!std::exchange(rigid, true)) Add("--rigid");
    };
    if (query_.graph_template == "normidx" && !has_upper) {
      make_rigid();
      Add("--upper-limit");
      Add("100");
    } else if (has_upper) {
      make_rigid();
      Add("--upper-limit");
      Add(query_.ymax);
    }
    if (!automatic && !query_.ymin.empty()) {
      make_rigid();
      Add("--lower-limit");
      Add(query_.ymin);
    }
  }

  // Leaves out what is no database or has no file; it is an error if none has.
  absl::Status KeepUsable(const std::string& histogram, std::vector<Series>& series) {
    std::vector<Series> usable;
    bool any = series.empty();
    for (Series& one : series) {
      const std::string file = FileOf(histogram, one.suffix);
      const std::string path = trace_.PathOf(file);
      const bool is_there = trace_.Has(file);
      any = any || is_there;
      if (const auto last = is_there ? reader_.LastUpdate(path, histogram) : std::nullopt) {
        graph_.databases.push_back(path);
        if (histogram == halves_.positive) last_.emplace(file, *last);
        usable.push_back(std::move(one));
      } else {
        broken_.insert(one.suffix);
        if (unusable_ != nullptr) unusable_->push_back(file);
      }
    }
    if (!any) return absl::NotFoundError(Cat("The databases of ", histogram, " are missing."));
    series = std::move(usable);
    return absl::OkStatus();
  }

  // Below the axis, too, files are named that are no databases, though nothing is above them.
  void NameBrokenWithout(const std::vector<Series>& above) {
    if (unusable_ == nullptr) return;
    for (const Series& one : SeriesOf(query_, trace_, halves_.negative)) {
      const std::string file = FileOf(halves_.negative, one.suffix);
      if (std::ranges::find(above, one.suffix, &Series::suffix) == above.end() &&
          trace_.Has(file) && !reader_.LastUpdate(trace_.PathOf(file), halves_.negative)) {
        unusable_->push_back(file);
      }
    }
  }

  // Ends with the last update of the first database by name, unless the query says when.
  void AddSpan(const std::vector<Series>& positive) {
    std::string first;
    for (const Series& series : positive) {
      const std::string file = FileOf(halves_.positive, series.suffix);
      if (first.empty() || file < first) first = file;
    }
    const int64_t last = last_.at(first);
    graph_.last = last;
    Add("--title");
    Add(TitleOf(query_.var), halves_.note, " - Last: ", DateText(last));
    Add("--end");
    if (query_.has_span()) {
      Add(query_.end);
      Add("--start");
      Add(query_.start);
      return;
    }
    Add(last);
    Add("--start");
    Add("end-", query_.duration);
  }

  void AddDefinition(std::string_view name, std::string_view histogram, std::string_view suffix) {
    Add("DEF:", name, "=", EscapedPath(trace_.PathOf(FileOf(histogram, suffix))), ":", histogram,
        ":AVERAGE");
  }

  void AddSeries(const std::string& histogram, const std::vector<Series>& series, bool negative) {
    const std::string_view other = negative ? "oth_" : "";
    const std::string_view half = negative ? "neg_" : "pos_";
    for (size_t i = 0; i < series.size(); ++i) {
      AddDefinition(Cat(other, Letter(i)), histogram, series[i].suffix);
    }
    std::string sum = "0";
    for (size_t i = 0; i < series.size(); ++i) {
      const std::string name = Cat(other, Letter(i));
      Add("CDEF:c_", name, "=", name, ",UN,0,", name, ",IF");
      sum += Cat(",c_", name, ",+");
    }
    Add("CDEF:", half, "sum=", sum);
    for (size_t i = 0; i < series.size(); ++i) {
      std::string value = Cat("c_", other, Letter(i));
      if (negative) value = Cat("0,", value, ",-");
      if (query_.graph_template == "normidx") value += Cat(",100.0,*,", half, "sum,/");
      Add("CDEF:", half, Letter(i), "=", value);
    }
    const bool stacked = query_.graph_template == "idx" || query_.graph_template == "normidx";
    for (size_t i = 0; i < series.size(); ++i) {
      const std::string_view kind = !stacked ? "LINE2" : i == 0 ? "AREA" : "STACK";
      Add(kind, ":", half, Letter(i), Colour(series[i].colour), ":",
          negative ? "" : Escaped(series[i].label));
    }
  }

  void AddSpread(const std::string& histogram, bool negative) {
    const std::string_view other = negative ? "oth_" : "";
    AddDefinition(Cat(other, "avg"), histogram, "avg");
    AddDefinition(Cat(other, "stdev"), histogram, "stdev");
    if (negative) {
      Add("CDEF:neg_avg=0,oth_avg,-");
      Add("CDEF:neg_p1s=neg_avg,oth_stdev,-");
      Add("LINE2:neg_p1s", Colour(kSpreadColour), ":");
      Add("LINE3:neg_avg", Colour(kMeanColour), ":");
    } else {
      Add("CDEF:p1s=avg,stdev,+");
      Add("LINE2:p1s", Colour(kSpreadColour), ": Average + Stdev");
      Add("LINE3:avg", Colour(kMeanColour), ": Average");
    }
  }

  const Query& query_;
  const Trace& trace_;
  const DatabaseReader& reader_;
  std::vector<std::string>* unusable_;
  Halves halves_;
  Graph graph_;
  std::set<std::string> broken_;         // ends of the names of what cannot be read
  std::map<std::string, int64_t> last_;  // of the positive half's files
};

}  // namespace

std::span<const Template> AllTemplates() { return kMenuTemplates; }

std::span<const Template> TemplatesOfPage() { return kPageTemplates; }

std::string_view TemplateText(std::string_view name) {
  const auto* found = std::ranges::find(kMenuTemplates, name, &Template::name);
  return found == std::end(kMenuTemplates) ? name : found->text;
}

std::vector<std::string> PartsOf(const Trace& trace, std::string_view histogram,
                                 std::string_view kind) {
  const std::string prefix = Cat(histogram, ".", kind);
  std::vector<std::string> parts;
  auto at = std::ranges::lower_bound(trace.files, prefix);
  for (; at != trace.files.end() && at->starts_with(prefix); ++at) {
    std::string_view part = *at;
    part.remove_prefix(prefix.size());
    part.remove_suffix(std::string_view(".rrd").size());
    const size_t digits = DigitsAt(part);
    const bool is_number = digits > 0 && digits <= 9;
    const bool is_whole = is_number && digits == part.size();
    const bool is_decimal = kind == "prc" && is_number && digits < part.size() &&
                            part[digits] == '.' &&
                            DigitsAt(part.substr(digits + 1)) == part.size() - digits - 1;
    if (is_whole || is_decimal || (kind == "idx" && part == "oth")) parts.emplace_back(part);
  }
  return parts;
}

bool HasTemplate(const Trace& trace, std::string_view histogram, std::string_view name) {
  const auto has = [&](std::string_view suffix) { return trace.Has(FileOf(histogram, suffix)); };
  if (name == "avg") return has("avg") && has("min") && has("max");
  if (name == "stdev") return has("avg") && has("stdev");
  if (name == "hit") return has("hit");
  if (name == "prc") return !PartsOf(trace, histogram, "prc").empty();
  if (name == "idx" || name == "normidx") return !PartsOf(trace, histogram, "idx").empty();
  return false;
}

absl::StatusOr<Graph> BuildGraph(const Query& query, const Trace& trace,
                                 const DatabaseReader& reader, std::string_view picture,
                                 std::vector<std::string>* unusable) {
  return Builder(query, trace, reader, unusable).Build(picture);
}

std::string DateText(int64_t time) {
  const auto seconds = static_cast<time_t>(time);
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return "";
  // Not of the locale: the same text everywhere.
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char clock[48];
  std::snprintf(clock, sizeof(clock), "%2d %02d:%02d:%02d %d", local.tm_mday, local.tm_hour,
                local.tm_min, local.tm_sec, local.tm_year + 1900);
  return Cat(kDays[local.tm_wday], " ", kMonths[local.tm_mon], " ", clock);
}

std::string ShellText(std::span<const std::string> arguments) {
  std::string text = "rrdtool graph";
  for (const std::string& argument : arguments) {
    text += " \\\n\t'";
    for (char c : argument) {
      if (c == '\'') {
        text += "'\\''";
      } else {
        text += c;
      }
    }
    text += '\'';
  }
  return text;
}

}  // namespace tstat::viewer
