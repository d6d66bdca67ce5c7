// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/ipfix_session.h"

#include <utility>

namespace tstat::internal {
namespace {

constexpr uint16_t kFirstDataSet = 256, kVariable = 65535;
constexpr size_t kTimeOffset = 4, kSequenceOffset = 8;

// Numbers in network order; after the end there are zeros, and `failed`.
class NetworkReader {
 public:
  explicit NetworkReader(std::string_view bytes) : bytes_(bytes) {}

  uint32_t Number(size_t length) {
    uint32_t number = 0;
    for (const char byte : Take(length)) number = number << 8 | static_cast<uint8_t>(byte);
    return number;
  }
  std::string_view Take(size_t length) {
    if (length > bytes_.size()) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const std::string_view taken = bytes_.substr(0, length);
    bytes_.remove_prefix(length);
    return taken;
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

void Put(uint32_t number, size_t offset, std::string* out) {
  for (size_t i = 0; i < sizeof(number); ++i) {
    (*out)[offset + i] = static_cast<char>(number >> (8 * (sizeof(number) - 1 - i)));
  }
}

// Calls visit(set, records) for each set; false: they are not whole, or visit says so.
template <typename Visit>
bool VisitSets(std::string_view message, const Visit& visit) {
  NetworkReader reader(message.substr(kIpfixHeaderBytes));
  while (reader.left() > 0) {
    const auto set = static_cast<uint16_t>(reader.Number(2));
    const size_t length = reader.Number(2);
    if (reader.failed() || length < kIpfixSetHeaderBytes) return false;
    const std::string_view records = reader.Take(length - kIpfixSetHeaderBytes);
    if (reader.failed() || !visit(set, records)) return false;
  }
  return true;
}

}  // namespace

std::optional<std::string_view> NextIpfixMessage(std::string_view* rest) {
  NetworkReader reader(*rest);
  const uint32_t version = reader.Number(2);
  const size_t length = reader.Number(2);
  if (reader.failed() || version != kIpfixVersion || length < kIpfixHeaderBytes ||
      length > rest->size()) {
    return std::nullopt;
  }
  const std::string_view message = rest->substr(0, length);
  rest->remove_prefix(length);
  return message;
}

bool IpfixSession::Begin(std::string_view messages) {
  templates_.clear();
  sequence_ = 0;
  while (const std::optional<std::string_view> message = NextIpfixMessage(&messages)) {
    const bool is_whole = VisitSets(*message, [this](uint16_t set, std::string_view records) {
      return set >= kFirstDataSet || Learn(set, records);
    });
    if (!is_whole) return false;
  }
  return messages.empty();
}

bool IpfixSession::Learn(uint16_t set, std::string_view records) {
  if (set != kIpfixTemplateSet && set != kIpfixOptionsTemplateSet) return false;
  NetworkReader reader(records);
  while (reader.left() > 0) {
    const auto id = static_cast<uint16_t>(reader.Number(2));
    const size_t count = reader.Number(2);
    if (set == kIpfixOptionsTemplateSet) reader.Number(2);  // how many are scopes
    std::vector<uint16_t> lengths;
    for (size_t i = 0; i < count && !reader.failed(); ++i) {
      constexpr uint32_t kEnterprise = 0x8000;
      const uint32_t element = reader.Number(2);
      lengths.push_back(static_cast<uint16_t>(reader.Number(2)));
      if ((element & kEnterprise) != 0) reader.Number(4);
    }
    if (reader.failed() || id < kFirstDataSet || lengths.empty()) return false;
    templates_[id] = std::move(lengths);
  }
  return true;
}

std::optional<uint32_t> IpfixSession::CountRecords(uint16_t set, std::string_view records) const {
  if (set < kFirstDataSet) return 0;
  const auto found = templates_.find(set);
  if (found == templates_.end()) return std::nullopt;
  NetworkReader reader(records);
  uint32_t count = 0;
  while (reader.left() > 0) {
    const size_t before = reader.left();
    for (size_t length : found->second) {
      if (length == kVariable) {
        constexpr size_t kLong = 255;
        length = reader.Number(1);
        if (length == kLong) length = reader.Number(2);
      }
      reader.Take(length);
    }
    if (reader.failed() || reader.left() == before) return std::nullopt;
    ++count;
  }
  return count;
}

std::optional<uint32_t> IpfixSession::RecordsIn(std::string_view message) const {
  uint32_t records = 0;
  const bool is_whole = VisitSets(message, [&](uint16_t set, std::string_view bytes) {
    const std::optional<uint32_t> count = CountRecords(set, bytes);
    records += count.value_or(0);
    return count.has_value();
  });
  return is_whole ? std::optional(records) : std::nullopt;
}

bool IpfixSession::Stamp(std::string_view message, int64_t now_s, std::string* out) {
  const std::optional<uint32_t> records = RecordsIn(message);
  if (!records.has_value()) return false;
  const size_t begin = out->size();
  out->append(message);
  Put(static_cast<uint32_t>(now_s), begin + kTimeOffset, out);
  Put(sequence_, begin + kSequenceOffset, out);
  sequence_ += *records;
  return true;
}

bool IpfixSession::StampAll(std::string_view messages, int64_t now_s, std::string* out) {
  while (const std::optional<std::string_view> message = NextIpfixMessage(&messages)) {
    if (!Stamp(*message, now_s, out)) return false;
  }
  return messages.empty();
}

}  // namespace tstat::internal
