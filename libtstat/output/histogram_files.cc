// SPDX-License-Identifier: BSD-3-Clause
#include "tstat/histogram_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "output/files.h"
#include "schema/number_format.h"
#include "tstat/ip_address.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

std::string Dotted(uint32_t address) {
  std::array<char, IpAddress::kMaxTextLength> text;
  return {text.data(), IpAddress::V4(address).Format(text.data(), Ipv6Form::kCanonical)};
}

// As printf of the reference's machine writes it: NaN from 0/0 has the sign.
std::string Number(double value, int precision) {
  if (std::isnan(value)) return "-nan";
  return fmt::format("{:.{}f}", value, precision);
}

std::string SubnetLine(uint32_t mask) {
  return fmt::format("#Number of packets per subnet ({} NETMASK) \n", Dotted(mask));
}

void AppendHeader(const HistogramSnapshot::Histogram& h, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "#{}\n#RANGE: min={} bin_size={} max={}\n",
                 h.description, h.min, h.width, h.max);
}

void AppendLine(int64_t label, int64_t cell, std::string* out) {
  std::array<char, 2 * kMaxNumberLength + 2> line;
  char* end = WriteSigned(label, line.data());
  *end++ = ' ';
  end = WriteSigned(cell, end);
  *end++ = '\n';
  out->append(line.data(), static_cast<size_t>(end - line.data()));
}

std::string TotalText(const HistogramSnapshot::Histogram& h) {
  std::string out;
  AppendHeader(h, &out);
  const auto cells = h.total_cells;
  const auto total = static_cast<double>(static_cast<uint64_t>(cells.front()) +
                                         static_cast<uint64_t>(h.total_samples) +
                                         static_cast<uint64_t>(cells.back()));
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "#SAMPLES: <min={:.0f} valid={:.0f} >max={:.0f} tot={:.0f}\n",
                 static_cast<double>(cells.front()), static_cast<double>(h.total_samples),
                 static_cast<double>(cells.back()), total);
  double sum = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    const double share = static_cast<double>(cells[i]) / total;
    sum += share;
    if (!(share > 0)) continue;
    // What is set without samples has a total of 0: "inf -nan" (a quirk of the format).
    if (std::isnan(sum)) {
      fmt::format_to(to, "{} {:e} -nan\n", h.LabelOf(i), share);
    } else {
      fmt::format_to(to, "{} {:e} {:e}\n", h.LabelOf(i), share, sum);
    }
  }
  return out;
}

// A file of it would hold more than its header.
bool HasSamples(const HistogramSnapshot::Histogram& h, bool total) {
  if (total) {
    return std::any_of(h.total_cells.begin(), h.total_cells.end(),
                       [](int64_t cell) { return cell != 0; });
  }
  bool has_samples = false;
  h.ForEachNonZero([&has_samples](size_t, int64_t) { has_samples = true; });
  return has_samples;
}

}  // namespace

std::string HistogramFileText(const HistogramSnapshot::Histogram& h, bool total) {
  if (total) return TotalText(h);
  std::string out;
  AppendHeader(h, &out);
  h.ForEachNonZero([&](size_t i, int64_t cell) { AppendLine(h.LabelOf(i), cell, &out); });
  return out;
}

std::string AddressFileText(const HistogramSnapshot& snapshot) {
  std::string out = SubnetLine(snapshot.address_mask);
  out += "#Subnet IP \tsrc_hits \tdst_hits \tsrc_bytes \tdst_bytes\n";
  for (const HistogramSnapshot::Address& a : snapshot.addresses) {
    std::array<char, IpAddress::kMaxTextLength + 4 * (kMaxNumberLength + 1) + 1> line;
    char* end = line.data() + IpAddress::V4(a.network).Format(line.data(), Ipv6Form::kCanonical);
    *end++ = '\t';
    end = WriteSigned(a.source_packets, end);
    *end++ = '\t';
    end = WriteSigned(a.destination_packets, end);
    *end++ = '\t';
    end = WriteUnsigned(a.source_bytes, end);
    *end++ = '\t';
    end = WriteUnsigned(a.destination_bytes, end);
    *end++ = '\n';
    out.append(line.data(), static_cast<size_t>(end - line.data()));
  }
  return out;
}

std::string InternalAddressBlock(const HistogramSnapshot& snapshot) {
  std::string out = SubnetLine(snapshot.internal_address_mask);
  fmt::format_to(std::back_inserter(out), "#Sampling rate: Average {} [s] - Max {} [s]\n",
                 snapshot.average_period_s, snapshot.peak_period_s);
  out +=
      "#Subnet IP \tTime \tsrc_hits \tdst_hits \tsrc_bytes \tdst_bytes \tUp Rate [kbps] \t"
      "Down Rate [kbps] \tMax Up Rate [kbps] \tMax Down Rate [kbps]\n";
  const double seconds = static_cast<double>(snapshot.time.microseconds()) / 1e6;
  for (const HistogramSnapshot::Address& a : snapshot.internal_addresses) {
    fmt::format_to(std::back_inserter(out), "{}\t{:.6f}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
                   Dotted(a.network), seconds, a.source_packets, a.destination_packets,
                   a.source_bytes, a.destination_bytes, Number(a.up, 3), Number(a.down, 3),
                   Number(a.max_up, 3), Number(a.max_down, 3));
  }
  return out;
}

class HistogramFiles::Impl {
 public:
  Impl(OutputTree* tree, HistogramFilesOptions options, FileOpener* files)
      : tree_(*tree),
        options_(std::move(options)),
        files_(files != nullptr ? *files : tree->files()) {}

  HistogramFilesOptions& options() { return options_; }
  void OnHistograms(const HistogramSnapshot& snapshot);
  absl::Status status() const { return status_; }
  absl::Status TakeProblem() { return std::exchange(problem_, absl::OkStatus()); }
  uint64_t lost_files() const { return lost_files_; }

 private:
  void WriteAll(const HistogramSnapshot& snapshot, const std::string& name, bool total);
  void WriteAddresses(const HistogramSnapshot& snapshot, const std::string& name);
  // Makes the directory `name`. Empty: it cannot be made, and `files` files are lost.
  std::string MakeDirectory(const std::string& name, Timestamp time, uint64_t files);
  void CountEmpty();
  void AppendTo(const std::string& path, std::string_view text);
  // Keeps what went wrong with a file.
  void Note(const std::string& path, const absl::Status& status);
  void Fail(const absl::Status& status, uint64_t files);

  OutputTree& tree_;
  HistogramFilesOptions options_;
  FileOpener& files_;
  absl::Status status_;
  absl::Status problem_;
  uint64_t lost_files_ = 0;
  uint64_t empty_files_ = 0;  // written
  bool error_told_ = false;
};

void HistogramFiles::Impl::OnHistograms(const HistogramSnapshot& snapshot) {
  error_told_ = false;
  if (tree_.directory().empty()) {
    if (!tree_.status().ok() && options_.enabled) lost_files_ += snapshot.histograms.size();
    return;
  }
  const bool last = snapshot.kind == HistogramSnapshot::Kind::kTraceEnd;
  if (!last && !options_.intervals) return;
  const std::string name = last ? "LAST" : fmt::format("{:03}", snapshot.index);
  if (options_.enabled && !snapshot.histograms.empty()) {
    if (last && !snapshot.histograms.front().total_cells.empty()) {
      WriteAll(snapshot, "GLOBAL", /*total=*/true);
    }
    WriteAll(snapshot, name, /*total=*/false);
  }
  if (options_.intervals) WriteAddresses(snapshot, name);
}

void HistogramFiles::Impl::WriteAll(const HistogramSnapshot& snapshot, const std::string& name,
                                    bool total) {
  const std::string directory = MakeDirectory(name, snapshot.time, snapshot.histograms.size());
  if (directory.empty()) return;
  absl::StatusOr<std::unique_ptr<FileBatch>> batch = files_.OpenBatch(directory);
  if (!batch.ok()) {
    return Fail(absl::Status(batch.status().code(),
                             absl::StrCat(directory, ": ", batch.status().message())),
                snapshot.histograms.size());
  }
  for (size_t i = 0; i < snapshot.histograms.size(); ++i) {
    const HistogramSnapshot::Histogram& h = snapshot.histograms[i];
    // Of two with the same name the file is that of the second (a quirk of the format).
    if (i + 1 < snapshot.histograms.size() && snapshot.histograms[i + 1].name == h.name) continue;
    if (!HasSamples(h, total)) {
      if (!options_.empty_files) continue;
      CountEmpty();
    }
    const absl::Status status = (*batch)->Write(h.name, HistogramFileText(h, total));
    if (!status.ok()) Note(absl::StrCat(directory, "/", std::string(h.name)), status);
  }
}

void HistogramFiles::Impl::CountEmpty() {
  constexpr uint64_t kMany = 10000;
  if (++empty_files_ == kMany && options_.on_many_empty) options_.on_many_empty(kMany);
}

void HistogramFiles::Impl::WriteAddresses(const HistogramSnapshot& snapshot,
                                          const std::string& name) {
  const bool external =
      snapshot.has_addresses && (options_.empty_files || !snapshot.addresses.empty());
  const bool internal = snapshot.has_internal_addresses &&
                        (options_.empty_files || !snapshot.internal_addresses.empty());
  if (!external && !internal) return;
  const uint64_t files = (external ? 1 : 0) + (internal ? 1 : 0);
  const std::string directory = MakeDirectory(name, Timestamp(), files);
  if (directory.empty()) return;
  if (external) {
    const std::string path = directory + "/addresses";
    absl::StatusOr<std::unique_ptr<FileBatch>> batch = files_.OpenBatch(directory);
    const absl::Status status =
        batch.ok() ? (*batch)->Write("addresses", AddressFileText(snapshot)) : batch.status();
    if (!status.ok()) Note(path, status);
  }
  if (internal) {
    AppendTo(directory + "/addresses2", InternalAddressBlock(snapshot));
  }
}

std::string HistogramFiles::Impl::MakeDirectory(const std::string& name, Timestamp time,
                                                uint64_t files) {
  const std::string directory = absl::StrCat(tree_.directory(), "/", name);
  const absl::StatusOr<bool> made = tree_.MakeSubdirectory(name);
  if (!made.ok()) {
    Fail(made.status(), files);
    return "";
  }
  if (*made && options_.on_created) options_.on_created(directory, time);
  return directory;
}

void HistogramFiles::Impl::AppendTo(const std::string& path, std::string_view text) {
  absl::StatusOr<std::unique_ptr<AppendFile>> file = files_.OpenForAppend(path);
  if (!file.ok()) return Note(path, CannotOpen(path, file.status()));
  absl::Status status = (*file)->Append(&text);
  status.Update((*file)->Close());
  if (!status.ok()) Note(path, CannotWrite(path, status));
}

void HistogramFiles::Impl::Note(const std::string& path, const absl::Status& status) {
  // One stands for the hundreds that follow when a disk is full.
  if (absl::StartsWith(status.message(), "Could not open file") && options_.on_error &&
      !std::exchange(error_told_, true)) {
    options_.on_error("Could not open file " + path);
  }
  Fail(status, 1);
}

void HistogramFiles::Impl::Fail(const absl::Status& status, uint64_t files) {
  status_.Update(status);
  problem_.Update(status);
  lost_files_ += files;
}

HistogramFiles::HistogramFiles(OutputTree* tree, HistogramFilesOptions options,
                               internal::FileOpener* files)
    : impl_(std::make_unique<Impl>(tree, std::move(options), files)) {}
HistogramFiles::~HistogramFiles() = default;

void HistogramFiles::set_enabled(bool enabled) { impl_->options().enabled = enabled; }
void HistogramFiles::set_empty_files(bool empty_files) {
  impl_->options().empty_files = empty_files;
}
void HistogramFiles::OnHistograms(const HistogramSnapshot& snapshot) {
  impl_->OnHistograms(snapshot);
}
absl::Status HistogramFiles::status() const { return impl_->status(); }
absl::Status HistogramFiles::TakeProblem() { return impl_->TakeProblem(); }
uint64_t HistogramFiles::lost_files() const { return impl_->lost_files(); }

}  // namespace tstat::inline v1
