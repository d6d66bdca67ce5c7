// SPDX-License-Identifier: BSD-3-Clause
#include "benchmarks/accuracy/link/options.h"

#include <cmath>
#include <sstream>

namespace accuracy {
namespace {

constexpr double kMillisecond = 1e6;

Nanoseconds Milliseconds(double value) { return std::llround(value * kMillisecond); }

bool ReadRule(std::istringstream& words, LossRule* rule) {
  constexpr std::pair<const char*, LossRule::Kind> kKinds[] = {
      {"syn", LossRule::Kind::kSyn},
      {"fin", LossRule::Kind::kFin},
      {"ack", LossRule::Kind::kAck},
      {"data", LossRule::Kind::kData},
      {"segment", LossRule::Kind::kSegment}};
  std::string kind;
  if (!(words >> kind >> rule->first)) return false;
  rule->last = rule->first;
  if (words.peek() == '-') {
    words.get();
    if (!(words >> rule->last)) return false;
  }
  if (!(words >> std::ws).eof() && !(words >> rule->times)) return false;
  for (const auto& [name, value] : kKinds) {
    if (kind != name) continue;
    rule->kind = value;
    return rule->first >= 1 && rule->first <= rule->last && rule->times >= 1;
  }
  return false;
}

bool ReadInterval(std::istringstream& words, bool has_delay, Interval* interval) {
  double begin = 0, length = 0, delay = 0;
  if (!(words >> begin >> length) || (has_delay && !(words >> delay))) return false;
  *interval = {Milliseconds(begin), Milliseconds(begin + length), Milliseconds(delay)};
  return begin >= 0 && length > 0 && delay >= 0;
}

bool ReadProbability(std::istringstream& words, double* value) {
  return (words >> *value) && *value >= 0 && *value <= 1;
}

bool ReadTime(std::istringstream& words, Nanoseconds* value) {
  double milliseconds = 0;
  if (!(words >> milliseconds) || milliseconds < 0) return false;
  *value = Milliseconds(milliseconds);
  return true;
}

// Those that are more than one number.
bool ReadList(const std::string& name, std::istringstream& words, HopOptions* hop) {
  if (name == "lose") return ReadRule(words, &hop->lose.emplace_back());
  if (name == "outage") return ReadInterval(words, false, &hop->outages.emplace_back());
  if (name == "spike") return ReadInterval(words, true, &hop->spikes.emplace_back());
  if (name == "burst") {
    return ReadProbability(words, &hop->burst_begin) && ReadProbability(words, &hop->burst_end) &&
           ReadProbability(words, &hop->burst_loss);
  }
  if (name == "reorder")
    return ReadProbability(words, &hop->reorder) && ReadTime(words, &hop->reorder_by);
  if (name == "duplicate")
    return ReadProbability(words, &hop->duplicate) && ReadTime(words, &hop->duplicate_after);
  return false;
}

bool ReadOption(const std::string& name, std::istringstream& words, HopOptions* hop) {
  if (name == "delay") return ReadTime(words, &hop->delay);
  if (name == "jitter") return ReadTime(words, &hop->jitter);
  if (name == "jitter_reorders") return static_cast<bool>(words >> hop->jitter_reorders);
  if (name == "loss") return ReadProbability(words, &hop->loss);
  if (name == "queue") return static_cast<bool>(words >> hop->queue);
  if (name == "mark_above") return static_cast<bool>(words >> hop->mark_above);
  if (name == "mtu") return (words >> hop->mtu) && hop->mtu >= 68;
  if (name == "rate") {  // Mbit/s
    constexpr double kBytesPerMegabit = 125000;
    if (!(words >> hop->bytes_per_second) || hop->bytes_per_second <= 0) return false;
    hop->bytes_per_second *= kBytesPerMegabit;
    return true;
  }
  return ReadList(name, words, hop);
}

bool ReadLine(const std::string& line, PathOptions* options) {
  std::istringstream words(line);
  std::string first, direction, name;
  words >> first;
  if (first.empty() || first[0] == '#') return true;
  bool good = false;
  if (first == "seed") {
    good = static_cast<bool>(words >> options->seed);
  } else {
    words >> direction >> name;
    if (first != "client" && first != "server") return false;
    if (direction != "to_server" && direction != "to_client") return false;
    good = ReadOption(name, words, &options->hops[first == "server"][direction == "to_client"]);
  }
  return good && (words >> std::ws).eof();
}

}  // namespace

std::string ReadOptions(const std::string& text, PathOptions* options) {
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (!ReadLine(line, options))
      return "line " + std::to_string(number) + ": not understood: " + line;
  }
  return "";
}

}  // namespace accuracy
