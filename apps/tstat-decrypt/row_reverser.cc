// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-decrypt/row_reverser.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tstat/schema.h"
#include "tstat/text_logs.h"

namespace tstat::decrypt {
namespace {

constexpr std::string_view kResolver = "dns_rslv";

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The label of the column that says whether `label` is anonymised.
std::string FlagOf(std::string_view label) {
  if (label == kResolver) return "dns_enc";
  const size_t ip = label.rfind("ip");
  return ip == std::string_view::npos ? std::string()
                                      : std::string(label.substr(0, ip)) + "iscrypto";
}

// Labels of all columns of the schema that `matches`.
template <typename Matches>
std::set<std::string, std::less<>> Labels(Matches matches) {
  std::set<std::string, std::less<>> labels;
  ForEachLog([&](const auto& entry) {
    if (!entry.table.has_value()) return;
    for (const auto& column : (*entry.table)().columns()) {
      if (matches(column.info)) labels.insert(column.info.Name());
    }
  });
  return labels;
}

const std::set<std::string, std::less<>>& AddressLabels() {
  static const std::set<std::string, std::less<>> labels =
      Labels([](const ColumnInfo& info) { return info.type.kind == ColumnKind::kAddress; });
  return labels;
}

std::optional<uint16_t> Group(std::string_view digits) {
  if (digits.empty() || digits.size() > 4) return std::nullopt;
  uint16_t value = 0;
  for (const char c : digits) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = static_cast<uint16_t>(value << 4 | digit);
  }
  return value;
}

// Tstat 3.1.1's own form of IPv6 addresses: one empty group stands for zeros, also at the
// beginning; a last group that is zero is missing if it is the only one.
std::optional<IpAddress> OwnForm(std::string_view text) {
  constexpr size_t kGroups = 8;
  const std::vector<std::string_view> parts = Split(text, ':');
  const auto empty = static_cast<size_t>(
      std::count_if(parts.begin(), parts.end(), [](std::string_view p) { return p.empty(); }));
  if (parts.size() < 2 || parts.size() > kGroups || empty > 1) return std::nullopt;
  if (empty == 0 && parts.size() != kGroups - 1) return std::nullopt;
  std::array<uint8_t, 16> bytes{};
  size_t at = 0;
  for (const std::string_view part : parts) {
    if (part.empty()) {
      at += kGroups - (parts.size() - 1);
      continue;
    }
    const std::optional<uint16_t> group = Group(part);
    if (!group.has_value()) return std::nullopt;
    bytes[2 * at] = static_cast<uint8_t>(*group >> 8);
    bytes[2 * at + 1] = static_cast<uint8_t>(*group);
    ++at;
  }
  return IpAddress::V6(bytes);
}

// A name that was encrypted before anybody looked at its bytes: it stays one cell.
std::string OneCell(std::string_view name) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte != 0x7f && byte != '"') {
      out.push_back(c);
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

// The version whose logs have these labels, where those of `profile` have not; else empty.
std::string_view OtherVersion(const std::vector<std::string>& labels,
                              const CompatProfile& profile) {
  const auto is_log_of = [&labels](const CompatProfile& p) {
    return std::any_of(std::begin(kLogs), std::end(kLogs),
                       [&](const LogInfo& log) { return TextLogLabels(log.log, p) == labels; });
  };
  if (is_log_of(profile)) return "";
  if (is_log_of(CompatProfile::Tstat33())) return "3.3";
  return is_log_of(CompatProfile::Tstat311()) ? "3.1.1" : "";
}

}  // namespace

std::optional<IpAddress> AddressOfText(std::string_view text) {
  if (std::optional<IpAddress> address = IpAddress::Parse(text)) return address;
  return OwnForm(text);
}

RowReverser::RowReverser(std::shared_ptr<const Anonymizer> anonymizer, ReverserOptions options)
    : anonymizer_(std::move(anonymizer)), options_(std::move(options)) {
  if (options_.decrypt_names) {
    name_labels_ = Labels([](const ColumnInfo& info) { return info.hidden_by_enc; });
  }
}

void RowReverser::BeginLog(std::string_view path) {
  addresses_.clear();
  names_.clear();
  other_version_ = {};
  reverses_without_flag_ = false;
  separator_ = ' ';
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".gz")) name.remove_suffix(3);
  SetLog(name);
}

bool RowReverser::SetLog(std::string_view name) {
  for (const LogInfo& log : kLogs) {
    if (log.name != name) continue;
    SetColumns(TextLogLabels(log.log, options_.profile));
    return true;
  }
  return false;
}

void RowReverser::SetColumns(const std::vector<std::string>& labels) {
  addresses_.clear();
  names_.clear();
  const auto find = [&labels](const std::string& label) {
    const auto found = std::find(labels.begin(), labels.end(), label);
    return found != labels.end() ? static_cast<size_t>(found - labels.begin()) : kNone;
  };
  const bool strict = anonymizer_->options().strict;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (name_labels_.contains(labels[i])) names_.push_back(i);
    if (!AddressLabels().contains(labels[i])) continue;
    const size_t flag = strict ? kNone : find(FlagOf(labels[i]));
    // 3.1.1 never anonymises the resolver, and has no flag for it.
    if (labels[i] == kResolver && flag == kNone && !strict) continue;
    addresses_.push_back({i, flag});
  }
}

// "#15#c_ip:1 c_port:2 ..."; what stands before the last '#' is no label.
void RowReverser::ReadHeader(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  separator_ = line.find('\t') != std::string_view::npos ? '\t' : ' ';
  std::vector<std::string> labels;
  for (std::string_view label : Split(line, separator_)) {
    if (labels.empty()) label.remove_prefix(label.rfind('#') + 1);
    labels.emplace_back(label.substr(0, label.rfind(':')));
  }
  other_version_ = OtherVersion(labels, options_.profile);
  SetColumns(labels);
}

std::string RowReverser::ReversedAddress(const IpAddress& image) const {
  return anonymizer_->Reverse(image).ToString(options_.profile.ipv6_form);
}

void RowReverser::ReverseCell(const AddressCell& cell, std::vector<std::string>* cells) {
  if (cell.place >= cells->size()) return;
  std::string* const flag = cell.flag < cells->size() ? &(*cells)[cell.flag] : nullptr;
  if (flag != nullptr && *flag != "1") return;
  std::string& text = (*cells)[cell.place];
  const std::optional<IpAddress> image = AddressOfText(text);
  if (!image.has_value()) return;
  const IpAddress address = anonymizer_->Reverse(*image);
  const bool was_encrypted =
      flag != nullptr || options_.encrypted.empty() ||
      (options_.encrypted.Contains(address) && !options_.exempt.Contains(address));
  if (!was_encrypted) return;
  if (flag == nullptr && options_.encrypted.empty() && !anonymizer_->options().strict) {
    reverses_without_flag_ = true;
  }
  text = address.ToString(options_.profile.ipv6_form);
  if (flag != nullptr) *flag = "0";
}

std::string RowReverser::Reversed(const std::string& line) {
  if (line.starts_with('#')) {
    ReadHeader(line);
    return line;
  }
  if (addresses_.empty() && names_.empty()) {
    ++unknown_rows_;
    return line;
  }
  const bool has_end = line.ends_with('\n');
  const std::string_view row = std::string_view(line).substr(0, line.size() - (has_end ? 1 : 0));
  std::vector<std::string> cells;
  for (const std::string_view cell : Split(row, separator_)) cells.emplace_back(cell);
  for (const AddressCell& cell : addresses_) ReverseCell(cell, &cells);
  for (const size_t place : names_) {
    if (place >= cells.size()) continue;
    if (std::optional<std::string> name = anonymizer_->DecryptName(cells[place])) {
      cells[place] = OneCell(*name);
    }
  }
  return absl::StrCat(absl::StrJoin(cells, std::string(1, separator_)), has_end ? "\n" : "");
}

}  // namespace tstat::decrypt
