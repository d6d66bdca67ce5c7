// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/capture_file.h"

#include <fcntl.h>

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "tstat-rrd-cgi/files.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

constexpr size_t kTailBytes = 64 * 1024;
constexpr size_t kDateLength = std::string_view("Fri Jul 14 04:32:03 2017").size();
// More packets than that are no count of an interval, but would make sums overflow.
constexpr uint64_t kMostPackets = uint64_t{1} << 48;

// "1000 packets received by filter": the number before the words.
std::optional<uint64_t> CountBefore(std::string_view part, std::string_view words) {
  if (!part.ends_with(words)) return std::nullopt;
  part.remove_suffix(words.size());
  const auto count = NumberIn<uint64_t>(part);
  return count && *count <= kMostPackets ? count : std::nullopt;
}

bool AddLine(std::string_view line, CaptureDrops& sums) {
  if (line.size() <= kDateLength + 3 || line[0] != '[' || line[kDateLength + 1] != ']')
    return false;
  const std::string_view date = line.substr(1, kDateLength);
  for (char c : date) {
    if (!IsAlnum(c) && c != ' ' && c != ':') return false;
  }
  std::vector<std::string_view> parts = Split(line.substr(kDateLength + 3), ",");
  for (std::string_view& part : parts) part = Trimmed(part);
  if (parts.size() < 2 || parts.size() > 3) return false;
  const auto received = CountBefore(parts[0], " packets received by filter");
  const auto dropped = CountBefore(parts[1], " dropped by kernel");
  const auto by_interface = parts.size() == 2 ? std::optional<uint64_t>(0)
                                              : CountBefore(parts[2], " dropped by interface");
  if (!received || !dropped || !by_interface) return false;
  if (sums.until.empty()) sums.until = std::string(date);
  // Some systems count what they drop among what they receive, others do not.
  sums.received += *received + (*dropped > *received ? *dropped : 0) + *by_interface;
  sums.dropped += *dropped + *by_interface;
  ++sums.intervals;
  return true;
}

}  // namespace

absl::StatusOr<CaptureDrops> CaptureDropsIn(std::string_view text, int64_t most_intervals) {
  CaptureDrops sums;
  const std::vector<std::string_view> lines = Split(text, "\n");
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (sums.intervals == most_intervals) break;
    AddLine(Trimmed(*line), sums);
  }
  if (sums.intervals == 0) return absl::FailedPreconditionError("no line of a live capture");
  return sums;
}

absl::StatusOr<CaptureDrops> ReadCaptureDrops(const Configuration& settings, const Trace& trace,
                                              int64_t most_intervals) {
  const std::string& name = settings.statistics_file;
  absl::StatusOr<std::string> text = absl::NotFoundError("no such file");
  if (name.find('/') != std::string::npos) {
    text = ReadTail(name, kTailBytes);
  } else {
    const Descriptor at(open(trace.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (at.ok()) text = ReadTailAt(at.get(), name, kTailBytes);
  }
  if (!text.ok()) return text.status();
  return CaptureDropsIn(*text, most_intervals);
}

}  // namespace tstat::viewer
