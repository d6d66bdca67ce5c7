// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "config/prefix_text.h"
#include "config/text_file.h"
#include "tstat/handshake_details.h"
#include "tstat/labels.h"

namespace tstat::inline v1 {
using namespace internal;
namespace {

constexpr std::string_view kArrow = "->";
constexpr std::string_view kShape = "a rule is: NAME -> LABEL, or NETWORK -> LABEL";

// Index of a label; rules of one label share it.
using LabelIndex = uint32_t;

// A network, its host bits cleared.
struct Network {
  IpAddress address;
  uint8_t length = 0;
  template <typename H>
  friend H AbslHashValue(H h, const Network& n) {
    const std::array<uint8_t, 16>& bytes = n.address.bytes();
    return H::combine(H::combine_contiguous(std::move(h), bytes.data(), bytes.size()), n.length,
                      n.address.is_v6());
  }
  friend bool operator==(const Network&, const Network&) = default;
};

// The first `length` bits of an address.
IpAddress Masked(const IpAddress& address, int length) {
  if (!address.is_v6()) {
    return IpAddress::V4(length == 0 ? 0 : address.v4() & (~uint32_t{0} << (32 - length)));
  }
  std::array<uint8_t, 16> bytes = address.bytes();
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(length - 8 * i, 0, 8);
    bytes[static_cast<size_t>(i)] &= static_cast<uint8_t>(0xFF00 >> kept);
  }
  return IpAddress::V6(bytes);
}

// Small letters, no dot at the end. Empty: it is too long for a name.
std::string Plain(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > LabelRules::kLongestName) return {};
  std::string plain(name);
  absl::AsciiStrToLower(&plain);
  return plain;
}

// No top-level domain is a number: this is an address that is none.
bool EndsInNumber(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "host:8080" -> "host".
std::string_view WithoutPort(std::string_view name) {
  const size_t colon = name.rfind(':');
  if (colon == std::string_view::npos) return name;
  const bool is_port = std::all_of(name.begin() + static_cast<std::ptrdiff_t>(colon) + 1,
                                   name.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_port ? name.substr(0, colon) : name;
}

bool IsNameByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

std::string_view Stripped(std::string_view text) {
  text = StripTrailingBlanks(text);
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  return text;
}

}  // namespace

class LabelRules::Impl {
 public:
  absl::Status Add(std::string_view line, std::string_view file, int number);

  std::string_view OfName(std::string_view name) const;
  std::string_view OfAddress(const IpAddress& address) const;
  size_t size() const { return rules_; }

 private:
  struct Rule {
    LabelIndex label = 0;
    int line = 0;
  };
  // What a pattern is about: a name, what is below it, a network.
  absl::StatusOr<std::vector<Rule*>> RulesOf(std::string_view pattern);
  absl::StatusOr<std::vector<Rule*>> RulesOfName(std::string_view pattern);
  LabelIndex IndexOf(std::string_view label);

  std::vector<std::string> labels_{std::string()};  // 0: none
  absl::flat_hash_map<std::string, LabelIndex> label_indexes_;
  absl::flat_hash_map<std::string, Rule> names_, domains_;  // domains: what is below; "": all
  absl::flat_hash_map<Network, Rule> networks_;
  std::vector<int> v4_lengths_, v6_lengths_;  // that occur, the longest first
  size_t most_dots_ = 0;                      // of a domain
  size_t rules_ = 0;
};

LabelIndex LabelRules::Impl::IndexOf(std::string_view label) {
  const auto [entry, is_new] =
      label_indexes_.try_emplace(std::string(label), static_cast<LabelIndex>(labels_.size()));
  if (is_new) labels_.emplace_back(label);
  return entry->second;
}

absl::StatusOr<std::vector<LabelRules::Impl::Rule*>> LabelRules::Impl::RulesOfName(
    std::string_view pattern) {
  if (pattern == "*") return std::vector<Rule*>{&domains_[""]};
  const bool below = pattern.starts_with("*.");
  const bool both = pattern.starts_with('.');
  std::string_view bare = pattern;
  if (below) bare.remove_prefix(2);
  if (both) bare.remove_prefix(1);
  const bool is_name = !bare.empty() && bare[0] != '.' &&
                       bare.find("..") == std::string_view::npos &&
                       std::all_of(bare.begin(), bare.end(), IsNameByte);
  const std::string name = is_name ? Plain(bare) : std::string();
  if (name.empty() || EndsInNumber(name)) {
    return absl::InvalidArgumentError(
        "neither a network nor a name: letters, digits, '-', '_' and dots, 253 bytes at most (of "
        "others the form that begins with xn--), with '*.' or '.' in front of a domain");
  }
  std::vector<Rule*> rules;
  if (!below) rules.push_back(&names_[name]);
  if (below || both) {
    most_dots_ = std::max<size_t>(most_dots_,
                                  static_cast<size_t>(std::count(name.begin(), name.end(), '.')));
    rules.push_back(&domains_[name]);
  }
  return rules;
}

absl::StatusOr<std::vector<LabelRules::Impl::Rule*>> LabelRules::Impl::RulesOf(
    std::string_view pattern) {
  constexpr size_t kMostDigits = 3;
  const PrefixText prefix = PrefixText::Parse(pattern);
  const size_t slash = pattern.find('/');
  if (!prefix.address.has_value()) {
    if (slash == std::string_view::npos) return RulesOfName(pattern);
    return absl::InvalidArgumentError("not an IPv4 or IPv6 address before the '/'");
  }
  const bool is_long = slash != std::string_view::npos && pattern.size() - slash > 1 + kMostDigits;
  if (!prefix.length.has_value() || is_long) {
    return absl::InvalidArgumentError(absl::StrCat("the prefix length must be 0-", prefix.most()));
  }
  const int length = *prefix.length;
  std::vector<int>& lengths = prefix.address->is_v6() ? v6_lengths_ : v4_lengths_;
  const auto place = std::lower_bound(lengths.begin(), lengths.end(), length, std::greater<>());
  if (place == lengths.end() || *place != length) lengths.insert(place, length);
  return std::vector<Rule*>{
      &networks_[{Masked(*prefix.address, length), static_cast<uint8_t>(length)}]};
}

absl::Status LabelRules::Impl::Add(std::string_view line, std::string_view file, int number) {
  const auto error = [&](std::string_view text, std::string_view reason) {
    return ErrorAt(file, number, absl::StrCat("\"", Shown(text), "\": ", View(reason)));
  };
  const std::string_view rule = Stripped(line.substr(0, line.find('#')));
  if (rule.empty()) return absl::OkStatus();
  const size_t arrow = rule.find(kArrow);
  if (arrow == std::string_view::npos) return error(rule, kShape);
  const std::string_view pattern = Stripped(rule.substr(0, arrow));
  const std::string_view label = Stripped(rule.substr(arrow + kArrow.size()));
  if (pattern.empty() || label.empty()) return error(rule, kShape);
  const auto is_printable = [](char c) { return c > ' ' && c < 0x7F; };
  if (label.size() > kLongestLabel || !std::all_of(label.begin(), label.end(), is_printable)) {
    return error(label, absl::StrCat("a label is one word of printable ASCII characters, ",
                                     kLongestLabel, " at most"));
  }
  if (label == "-") return error(label, "stands for no label in rows");
  if (rules_ == kMostRules) {
    return error(rule, absl::StrCat("there are more than ", kMostRules, " rules"));
  }
  const absl::StatusOr<std::vector<Rule*>> told = RulesOf(pattern);
  if (!told.ok()) {
    return error(pattern, {told.status().message().data(), told.status().message().size()});
  }
  const LabelIndex index = IndexOf(label);
  for (Rule* const one : *told) {
    if (one->label != 0 && one->label != index) {
      return error(pattern, absl::StrCat("has the label \"", labels_[one->label],
                                         "\" already, by line ", one->line));
    }
  }
  for (Rule* const one : *told) {
    if (one->label == 0) *one = {index, number};
  }
  ++rules_;
  return absl::OkStatus();
}

std::string_view LabelRules::Impl::OfName(std::string_view given) const {
  if (names_.empty() && domains_.empty()) return {};
  const std::string_view host = WithoutPort(given);
  if (host.empty()) return {};
  const std::string name = Plain(host);
  if (name.empty()) return {};
  if (const auto rule = names_.find(name); rule != names_.end()) return labels_[rule->second.label];
  if (domains_.empty()) return {};
  // From the longest domain that may have a rule to the shortest one.
  std::array<size_t, kLongestName + 1> dots;
  size_t count = 0;
  for (size_t at = name.size(); at-- > 0 && count <= most_dots_;) {
    if (name[at] == '.') dots[count++] = at;
  }
  while (count-- > 0) {
    const std::string_view domain = std::string_view(name).substr(dots[count] + 1);
    if (const auto rule = domains_.find(View(domain)); rule != domains_.end()) {
      return labels_[rule->second.label];
    }
  }
  const auto all = domains_.find("");
  return all != domains_.end() ? std::string_view(labels_[all->second.label]) : std::string_view();
}

std::string_view LabelRules::Impl::OfAddress(const IpAddress& address) const {
  for (const int length : address.is_v6() ? v6_lengths_ : v4_lengths_) {
    const auto rule = networks_.find({Masked(address, length), static_cast<uint8_t>(length)});
    if (rule != networks_.end()) return labels_[rule->second.label];
  }
  return {};
}

LabelRules::LabelRules(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
LabelRules::~LabelRules() = default;

absl::StatusOr<std::shared_ptr<const LabelRules>> LabelRules::Parse(std::string_view text,
                                                                    std::string_view name) {
  const absl::StatusOr<std::string_view> checked = CheckedText(text, name);
  if (!checked.ok()) return checked.status();
  auto impl = std::make_unique<Impl>();
  const absl::Status status = ForEachLine(
      *checked, [&](int number, std::string_view line) { return impl->Add(line, name, number); });
  if (!status.ok()) return status;
  return std::shared_ptr<const LabelRules>(new LabelRules(std::move(impl)));
}

absl::StatusOr<std::shared_ptr<const LabelRules>> LabelRules::Read(const std::string& path,
                                                                   TextSource source) {
  const absl::StatusOr<std::string> text = ReadTextFile(path, source);
  if (!text.ok()) return text.status();
  return Parse(*text, path);
}

std::string_view LabelRules::OfName(std::string_view name) const { return impl_->OfName(name); }
std::string_view LabelRules::OfAddress(const IpAddress& address) const {
  return impl_->OfAddress(address);
}
size_t LabelRules::size() const { return impl_->size(); }

namespace {

std::string_view Find(const LabelRules& rules, std::initializer_list<std::string_view> names,
                      const Endpoints& endpoints) {
  for (const std::string_view name : names) {
    if (const std::string_view label = rules.OfName(name); !label.empty()) return label;
  }
  if (endpoints.resolution != nullptr) {
    const std::string_view label = rules.OfName(endpoints.resolution->name);
    if (!label.empty()) return label;
  }
  for (const Endpoint* const end : {&endpoints.server, &endpoints.client}) {
    if (end->encrypted) continue;
    if (const std::string_view label = rules.OfAddress(end->address); !label.empty()) return label;
  }
  return {};
}

std::string_view HelloName(const std::shared_ptr<const HandshakeDetails>& handshake) {
  return handshake != nullptr ? std::string_view(handshake->server_name) : std::string_view();
}

}  // namespace

std::string_view LabelRules::Of(const TcpFlow& flow) const {
  const TcpLayer7& layer7 = flow.layer7;
  return Find(*this, {HelloName(layer7.handshake), layer7.tls_server_name, layer7.http_hostname},
              flow.endpoints);
}

std::string_view LabelRules::Of(const UdpFlow& flow) const {
  const std::string_view quic =
      flow.quic != nullptr ? std::string_view(flow.quic->server_name) : std::string_view();
  return Find(*this, {HelloName(flow.handshake), quic}, flow.endpoints);
}

}  // namespace tstat::inline v1
