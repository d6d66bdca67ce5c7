// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/health.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "tstat-rrd-cgi/capture_file.h"
#include "tstat-rrd-cgi/graph_command.h"
#include "tstat-rrd-cgi/human.h"
#include "tstat-rrd-cgi/picture.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

enum class Condition { kGood, kLook, kUnknown };

// Some connections are always older than the capture, or seen on one way only.
constexpr double kUsualIgnoredShare = 0.05;
// Where databases of tstat end: yearly averages go back so far.
constexpr int64_t kWholePast = int64_t{790} * 86400;

Json ItemOf(std::string_view name, Condition condition, std::string text) {
  constexpr std::string_view kNames[] = {"good", "look", "unknown"};
  constexpr std::string_view kTexts[] = {"Good", "Look here", "Not measured"};
  const auto at = static_cast<size_t>(condition);
  return {{"name", std::string(name)},
          {"state", std::string(kNames[at])},
          {"state_text", std::string(kTexts[at])},
          {"text", std::move(text)}};
}

// `written`: Unix time at which the database was changed.
Json LastUpdateItem(int64_t last, int64_t written, int64_t interval, int64_t now) {
  constexpr char kName[] = "Last update";
  const int64_t age = now - last, patience = 2 * interval + interval / 2;
  const std::string every =
      interval > 0 ? Cat("New ones are expected every ", AgeText(interval), ".") : "";
  if (age < -interval) {
    return ItemOf(kName, Condition::kLook,
                  Cat("The last values are dated ", AgeText(-age),
                      " ahead of this machine's clock: one of the clocks is wrong."));
  }
  // A value comes at the end of an interval; one may be on its way.
  if (interval == 0 || age <= patience) {
    return ItemOf(
        kName, Condition::kGood,
        Cat("The last values came ", AgeText(std::max<int64_t>(age, 0)), " ago. ", every));
  }
  // A probe writes values when they are measured.
  if (written - last > patience) {
    Json item = ItemOf(
        kName, Condition::kUnknown,
        Cat("These are of a recording, which ends at ", MomentText(last), ": they were written ",
            AgeText(written - last), " later. No new ones are expected."));
    item["state_text"] = "Recording";
    return item;
  }
  return ItemOf(kName, Condition::kLook,
                Cat("The probe has stopped: nothing new for ", AgeText(age), ", since ",
                    MomentText(last), ". ", every));
}

Json GapsItem(const SpanReader& span, const DatabaseReader& reader, const SteadyDatabase& steady) {
  constexpr char kName[] = "Gaps";
  const std::string path = span.trace().PathOf(steady.file);
  const auto readings = reader.Read(path, steady.histogram, span.end(), span.span());
  if (readings == nullptr) {
    return ItemOf(kName, Condition::kUnknown, "The databases cannot be read.");
  }
  const auto past = reader.Read(path, steady.histogram, span.end(), kWholePast);
  const int64_t begin = past == nullptr ? 0 : GapsOf(*past, 0).first_known;
  const Gaps gaps = GapsOf(*readings, begin == 0 ? 0 : begin + past->step);
  if (gaps.first_known == 0) {
    return ItemOf(kName, Condition::kUnknown,
                  Cat("There are no values in steps of ", AgeText(gaps.step), " yet."));
  }
  const std::string seen = Cat(" (in steps of ", AgeText(gaps.step), ")");
  const std::string from = gaps.first_known > readings->start && gaps.count == 0
                               ? Cat(" The first values are of ", MomentText(gaps.first_known), ".")
                               : "";
  if (gaps.count == 0) {
    return ItemOf(kName, Condition::kGood, Cat("Values without a gap", seen, ".", from));
  }
  const double share = static_cast<double>(gaps.seconds) / static_cast<double>(span.span());
  return ItemOf(kName, Condition::kLook,
                Cat(Counted(gaps.count, "gap", "gaps"), ", ", AgeText(gaps.seconds), " together, ",
                    ShareText(share), " of this span", seen,
                    ": the probe was off, or saw no traffic for two intervals."));
}

Json MissedItem(const SpanReader& span) {
  constexpr char kName[] = "Missed flows";
  const auto udp = span.Total("profile_flows", "idx0"), tcp = span.Total("profile_flows", "idx2");
  if (!udp && !tcp) {
    return ItemOf(kName, Condition::kUnknown,
                  "A line \"profile_flows idx:0,1,2,3\" in the probe's rrd.conf measures them.");
  }
  const double missed = std::round(SumOf({udp, tcp}).value_or(0));
  if (missed < 1) {
    return ItemOf(kName, Condition::kGood, "None: the probe had room for every flow.");
  }
  const auto all =
      SumOf({span.Total("L4_flow_number", "idx0"), span.Total("L4_flow_number", "idx1")});
  const std::string share = all && *all >= missed ? Cat(" (", ShareText(missed / *all), ")") : "";
  return ItemOf(kName, Condition::kLook,
                Cat("About ", CountText(missed), " flows", share,
                    " were not followed: the probe had no room for them. Max_TCP_Pairs, "
                    "Max_UDP_Pairs or --max-flows give it more."));
}

Json IgnoredItem(const SpanReader& span) {
  constexpr char kName[] = "Ignored packets";
  const auto ignored = span.Total("profile_trash", "idx0");
  if (!ignored) {
    return ItemOf(kName, Condition::kUnknown,
                  "A line \"profile_trash idx:0\" in the probe's rrd.conf measures them.");
  }
  if (std::round(*ignored) < 1) {
    return ItemOf(kName, Condition::kGood, "None: every TCP packet belonged to a connection.");
  }
  const std::string about = Cat("About ", CountText(std::round(*ignored)));
  const auto all =
      SumOf({span.Total("ip_protocol_in", "idx6"), span.Total("ip_protocol_out", "idx6"),
             span.Total("ip_protocol_loc", "idx6")});
  if (!all || *all < *ignored) {
    return ItemOf(kName, Condition::kUnknown,
                  Cat(about, " TCP packets of no connection; of how many is not known."));
  }
  const double share = *ignored / *all;
  const bool is_usual = share <= kUsualIgnoredShare;
  return ItemOf(
      kName, is_usual ? Condition::kGood : Condition::kLook,
      Cat(about, " (", ShareText(share), " of all TCP packets): of connections whose ",
          "beginning was not seen", is_usual ? "." : ". Does the probe see both directions?"));
}

// "2017-07-14 04:32" of "Fri Jul 14 04:32:03 2017", which has no zone; else the text itself.
std::string PlainDate(const std::string& text) {
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr size_t kLength = 24;
  if (text.size() != kLength) return text;
  const auto* month = std::ranges::find(kMonths, std::string_view(text).substr(4, 3));
  if (month == std::end(kMonths)) return text;
  const auto number = static_cast<int>(month - std::begin(kMonths)) + 1;
  const std::string day = text[8] == ' ' ? Cat("0", text.substr(9, 1)) : text.substr(8, 2);
  return Cat(text.substr(20), number < 10 ? "-0" : "-", number, "-", day, " ", text.substr(11, 5));
}

Json CaptureItem(const SpanReader& span, const Configuration& settings, int64_t interval) {
  constexpr char kName[] = "Capture";
  const std::string& file = settings.statistics_file;
  const std::string name = file.substr(file.rfind('/') + 1);
  const int64_t most = interval > 0 ? std::max<int64_t>(1, span.span() / interval) : 1;
  const auto drops = ReadCaptureDrops(settings, span.trace(), most);
  if (absl::IsFailedPrecondition(drops.status())) {
    return ItemOf(kName, Condition::kLook,
                  Cat("The statistics file ", name, " has no line of a live capture."));
  }
  if (!drops.ok()) {
    return ItemOf(kName, Condition::kLook, Cat("The statistics file ", name, " cannot be read."));
  }
  const std::string when = Cat(" in the last ", Counted(drops->intervals, "interval", "intervals"),
                               " until ", PlainDate(drops->until), " by the probe's clock");
  const auto received = static_cast<double>(drops->received);
  if (drops->dropped == 0) {
    return ItemOf(kName, Condition::kGood,
                  Cat("All of ", CountText(received), " packets were read", when, "."));
  }
  const double share = static_cast<double>(drops->dropped) / std::max(1.0, received);
  return ItemOf(
      kName, Condition::kLook,
      Cat(CountText(static_cast<double>(drops->dropped)), " of ", CountText(received), " packets (",
          ShareText(share), ") were dropped", when, ": a larger --capture-buffer may help."));
}

}  // namespace

Json HealthOf(const SpanReader& span, const DatabaseReader& reader, const Configuration& settings,
              int64_t now) {
  Json items = Json::array();
  const int64_t interval = span.interval();
  const auto steady = FindSteady(span.trace(), reader);
  if (steady) {
    const std::string paths[] = {span.trace().PathOf(steady->file)};
    items.push_back(LastUpdateItem(span.end(), LastChange(paths), interval, now));
    items.push_back(GapsItem(span, reader, *steady));
  }
  items.push_back(MissedItem(span));
  items.push_back(IgnoredItem(span));
  if (!settings.statistics_file.empty()) items.push_back(CaptureItem(span, settings, interval));

  Condition whole = Condition::kUnknown;
  std::string text = "Nothing that is measured says how the probe was in this span.";
  for (const Json& item : items) {
    if (item["state"] == "look") {
      whole = Condition::kLook;
      text = item["text"];
      break;
    }
    if (item["state"] == "good" && whole == Condition::kUnknown) {
      whole = Condition::kGood;
      text = "Nothing that is measured needs a look.";
    }
  }
  Json health = ItemOf("", whole, std::move(text));
  health.erase("name");
  health["items"] = std::move(items);
  return health;
}

}  // namespace tstat::viewer
