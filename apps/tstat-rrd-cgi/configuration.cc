// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/configuration.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <optional>

#include "absl/status/status.h"
#include "tstat-rrd-cgi/encoding.h"
#include "tstat-rrd-cgi/files.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

constexpr size_t kMaxConfigurationBytes = 64 * 1024;

std::optional<std::array<uint8_t, 16>> AddressOf(const std::string& text, bool& is_v4) {
  std::array<uint8_t, 16> address{};
  is_v4 = inet_pton(AF_INET, text.c_str(), address.data() + 12) == 1;
  if (is_v4) {
    address[10] = address[11] = 0xff;
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

std::optional<AddressRange> RangeOf(std::string_view text) {
  const size_t slash = std::min(text.find('/'), text.size());
  bool is_v4 = false;
  const auto address = AddressOf(std::string(text.substr(0, slash)), is_v4);
  if (!address) return std::nullopt;
  AddressRange range{*address, 128};
  if (slash < text.size()) {
    const auto bits = NumberIn<int>(text.substr(slash + 1));
    if (!bits || *bits < 0 || *bits > (is_v4 ? 32 : 128)) return std::nullopt;
    range.bits = is_v4 ? 96 + *bits : *bits;
  }
  return range;
}

bool Holds(const AddressRange& range, const std::array<uint8_t, 16>& address) {
  const auto bytes = static_cast<size_t>(range.bits / 8);
  if (std::memcmp(range.address.data(), address.data(), bytes) != 0) return false;
  const int rest = range.bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff00 >> rest);
  return ((range.address[bytes] ^ address[bytes]) & mask) == 0;
}

// "64M": bytes, or with K, M or G that many times 1024.
std::optional<uint64_t> SizeOf(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int shift = 0;
  switch (text.back() | 0x20) {
    case 'k':
      shift = 10;
      break;
    case 'm':
      shift = 20;
      break;
    case 'g':
      shift = 30;
      break;
    default:
      break;
  }
  if (shift > 0) text.remove_suffix(1);
  const auto number = NumberIn<uint64_t>(text);
  if (!number || *number > (UINT64_MAX >> 30)) return std::nullopt;
  return *number << shift;
}

struct TextKey {
  std::string_view name;
  std::string Configuration::*value;
};
constexpr TextKey kTextKeys[] = {
    {"data_root", &Configuration::data_root},
    {"image_dir", &Configuration::image_dir},
    {"gallery_dir", &Configuration::gallery_dir},
    {"title", &Configuration::title},
    {"statistics_file", &Configuration::statistics_file},
};

struct NumberKey {
  std::string_view name;
  int Configuration::*value;
  int most;
};
constexpr NumberKey kNumberKeys[] = {
    {"processes", &Configuration::processes, kMaxProcesses},
    {"requests", &Configuration::requests, kMaxRequests},
    {"time_limit", &Configuration::time_limit, kMaxTimeLimit},
};

// Nothing that a browser would run, such as javascript:.
bool IsLinkTarget(std::string_view text) {
  const bool is_path = text.starts_with('/') && !text.starts_with("//");
  const bool is_known = is_path || text.starts_with("http://") || text.starts_with("https://");
  return is_known && IsUtf8(text) &&
         std::ranges::none_of(text, [](char c) { return IsControl(c) || c == ' ' || c == '\\'; });
}

std::string SetGalleryRights(std::string_view value, Configuration& configuration) {
  configuration.gallery_for_trusted = configuration.gallery_for_users = false;
  for (std::string_view who : Split(value, ", \t")) {
    if (who == "trusted") {
      configuration.gallery_for_trusted = true;
    } else if (who == "users") {
      configuration.gallery_for_users = true;
    } else if (!who.empty() && who != "nobody") {
      return "takes trusted, users, both, or nobody";
    }
  }
  return "";
}

// "vlan.10": the number of a VLAN (IEEE 802.1Q: 12 bits), and what it is called.
std::string SetVlanName(std::string_view number, std::string_view value,
                        Configuration& configuration) {
  constexpr int kMaxVlan = 4095;
  constexpr size_t kMaxName = 64;
  const auto vlan = NumberIn<int>(number);
  if (!vlan || *vlan < 0 || *vlan > kMaxVlan) return "takes a number from 0 to 4095 in its name";
  if (value.empty() || value.size() > kMaxName || !IsUtf8(value) ||
      std::ranges::any_of(value, IsControl)) {
    return "takes a name of at most 64 bytes";
  }
  configuration.vlan_names[*vlan] = std::string(value);
  return "";
}

// What is wrong with it; empty: nothing.
std::string SetKey(std::string_view key, std::string_view value, Configuration& configuration) {
  if (const auto* text = std::ranges::find(kTextKeys, key, &TextKey::name);
      text != std::end(kTextKeys)) {
    if (value.empty() && key != "statistics_file") return "needs a value";
    configuration.*(text->value) = std::string(value);
  } else if (key == "raw_data_url") {
    if (!value.empty() && !IsLinkTarget(value)) {
      return "takes a path that begins with /, or an address with http:// or https://";
    }
    configuration.raw_data_url = std::string(value);
  } else if (key == "trusted") {
    for (std::string_view part : Split(value, ", \t")) {
      if (part.empty()) continue;
      const auto range = RangeOf(part);
      if (!range) return "takes addresses such as 192.0.2.0/24";
      configuration.trusted.push_back(*range);
    }
  } else if (key == "cache_size") {
    const auto size = SizeOf(value);
    if (!size) return "takes a number of bytes such as 64M";
    configuration.cache_size = *size;
  } else if (key == "sandbox") {
    if (value != "yes" && value != "no") return "is yes or no";
    configuration.sandbox = value == "yes";
  } else if (const auto* number = std::ranges::find(kNumberKeys, key, &NumberKey::name);
             number != std::end(kNumberKeys)) {
    const auto read = NumberIn<int>(value);
    if (!read || *read < 1 || *read > number->most) {
      return Cat("is a number from 1 to ", number->most);
    }
    configuration.*(number->value) = *read;
  } else if (key == "gallery_allow") {
    return SetGalleryRights(value, configuration);
  } else if (key == "gallery_entries") {
    const auto count = NumberIn<size_t>(value);
    if (!count || *count > kMaxGalleryEntries) return "takes a number from 0 to 1000";
    configuration.gallery_entries = *count;
  } else if (constexpr std::string_view kVlan = "vlan."; key.starts_with(kVlan)) {
    return SetVlanName(key.substr(kVlan.size()), value, configuration);
  } else {
    return "is not known";
  }
  return "";
}

// What the environment's variable says, if it says anything.
std::optional<std::string> NamedConfiguration() {
  const char* named = std::getenv(kConfigurationVariable);
  if (named == nullptr || *named == '\0') return std::nullopt;
  return named;
}

}  // namespace

std::string_view Configuration::root_name() const {
  std::string_view path = data_root;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

absl::StatusOr<Configuration> ParseConfiguration(std::string_view text) {
  Configuration configuration;
  int number = 0;
  // Editors of Windows begin a file with a byte order mark.
  if (constexpr std::string_view kMark = "\xef\xbb\xbf"; text.starts_with(kMark)) {
    text.remove_prefix(kMark.size());
  }
  for (std::string_view line : Split(text, "\n")) {
    ++number;
    line = Trimmed(line);
    if (line.empty() || line.starts_with('#')) continue;
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      return absl::InvalidArgumentError(Cat("line ", number, ": not 'key = value'"));
    }
    const std::string_view key = Trimmed(line.substr(0, equals));
    const std::string wrong = SetKey(key, Trimmed(line.substr(equals + 1)), configuration);
    if (!wrong.empty()) {
      return absl::InvalidArgumentError(Cat("line ", number, ": '", key, "' ", wrong));
    }
  }
  return configuration;
}

std::string ConfigurationPath() { return NamedConfiguration().value_or(kConfigurationFile); }

absl::StatusOr<Configuration> LoadConfiguration() {
  const std::optional<std::string> named = NamedConfiguration();
  const std::string path = named.value_or(kConfigurationFile);
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxConfigurationBytes);
  if (!text.ok()) {
    if (!named.has_value() && absl::IsNotFound(text.status())) return Configuration();
    return text.status();
  }
  absl::StatusOr<Configuration> configuration = ParseConfiguration(*text);
  if (!configuration.ok()) {
    return absl::InvalidArgumentError(
        Cat(path, ", ", std::string(configuration.status().message())));
  }
  return configuration;
}

bool IsTrusted(const Configuration& configuration, const std::string& address) {
  bool is_v4 = false;
  const auto bytes = AddressOf(address, is_v4);
  return bytes && std::ranges::any_of(configuration.trusted, [&](const AddressRange& range) {
           return Holds(range, *bytes);
         });
}

}  // namespace tstat::viewer
