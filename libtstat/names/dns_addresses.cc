// SPDX-License-Identifier: BSD-3-Clause
#include "names/dns_addresses.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "names/dns.h"

namespace tstat::internal {
namespace {

constexpr size_t kAuthorityCount = 8, kAdditionalCount = 10;  // places in the header
constexpr uint16_t kCacheFlush = 0x8000;  // in the class, of multicast DNS (RFC 6762, 10.2)
// Of all names of a message together: more than honest ones have.
constexpr uint32_t kPointersOfAnswers = 100'000;
constexpr size_t kNoName = SIZE_MAX;

bool AsksForAddresses(uint16_t type) {
  return type == dns_type::kA || type == dns_type::kAaaa || type == dns_type::kAny ||
         type == dns_type::kSvcb || type == dns_type::kHttps;
}

// The name at `*at`, which is left behind it.
bool ReadDnsText(const DnsWire& message, size_t* at, uint32_t* pointers_left, std::string* out) {
  std::array<char, dns_name::kMaxBytes> text;
  size_t size = 0;
  const bool is_name = WalkDnsName(message, at, pointers_left, [&](size_t label, uint8_t bytes) {
    if (size != 0) text[size++] = '.';
    const std::span<const uint8_t> captured = message.Captured(label, bytes).bytes();
    const auto begin = text.begin() + static_cast<ptrdiff_t>(size);
    std::fill(std::copy(captured.begin(), captured.end(), begin), begin + bytes, '\0');
    size += bytes;
  });
  out->assign(text.data(), size);
  return is_name;
}

}  // namespace

bool DnsAddresses::Parse(const DnsWire& message, bool asked) {
  names.clear();
  aliases_.clear();
  pointers_left_ = kPointersOfAnswers;
  if (!message.Has(0, dns_header::kBytes)) return false;
  size_t at = dns_header::kBytes;
  bool is_whole = ReadQuestions(message, &at);
  if (asked && (!is_whole || names.empty())) return false;
  if (!asked) {
    names.clear();
    aliases_.clear();
  } else {
    std::vector<Alias> links;
    owners_.clear();
    ForEachRecord(message, at, [&](const Record& r) { AddAliases(message, r, &links); });
    FollowAliases(links, owners_);
  }
  is_whole &= ForEachRecord(message, at, [&](const Record& r) { AddAddresses(message, r, asked); });
  std::erase_if(names, [](const Named& n) { return n.v4.empty() && n.v6.empty(); });
  return is_whole;
}

bool DnsAddresses::ParseQuestions(const DnsWire& message) {
  names.clear();
  aliases_.clear();
  pointers_left_ = kPointersOfAnswers;
  size_t at = dns_header::kBytes;
  return message.Has(0, at) && ReadQuestions(message, &at);
}

bool DnsAddresses::ParseLoneQuestion(const DnsWire& message) {
  constexpr uint16_t kRootAndOptions = 41;
  if (!ParseQuestions(message) || names.size() != 1 || names[0].types.size() != 1) return false;
  size_t at = dns_header::kBytes;
  if (!SkipDnsName(message, &at, &pointers_left_)) return false;
  at += 4;  // type and class
  bool fits = message.U16(dns_header::kAnswerCount) == 0 && message.U16(kAuthorityCount) == 0;
  size_t end = at;
  fits &= ForEachRecord(message, at, [](const Record&) {});
  for (int i = message.U16(kAdditionalCount); fits && i > 0; --i) {
    constexpr size_t kLength = 9, kBytes = 11;  // behind the root's name
    fits = message.U8(end) == 0 && message.U16(end + 1) == kRootAndOptions;
    end += kBytes + message.U16(end + kLength);
  }
  return fits && end == message.size();
}

bool DnsAddresses::ReadQuestions(const DnsWire& message, size_t* at) {
  constexpr size_t kBytes = 4;
  constexpr uint16_t kUnicastWanted = kCacheFlush;  // RFC 6762, 5.4
  std::string name;
  for (int i = message.U16(dns_header::kQuestionCount); i > 0; --i) {
    if (!ReadDnsText(message, at, &pointers_left_, &name) || !message.Has(*at, kBytes))
      return false;
    const uint16_t type = message.U16(*at);
    const auto record_class = static_cast<uint16_t>(message.U16(*at + 2) & ~kUnicastWanted);
    *at += kBytes;
    if (record_class != kDnsClassInternet || !AsksForAddresses(type) || name.empty()) continue;
    std::string key = LowerCaseName(name);
    if (const size_t known = Find(key); known != kNoName) {
      names[known].types.push_back(type);
      continue;
    }
    if (names.size() == kMaxNames) continue;
    aliases_.push_back({std::move(key), names.size()});
    names.push_back({.name = name, .v4 = {}, .v6 = {}, .types = {type}});
  }
  return true;
}

template <typename Visit>
bool DnsAddresses::ForEachRecord(const DnsWire& message, size_t at, Visit visit) {
  constexpr size_t kClass = 2, kLength = 8, kBytes = 10;
  const int records = message.U16(dns_header::kAnswerCount) + message.U16(kAuthorityCount) +
                      message.U16(kAdditionalCount);
  for (int i = 0; i < records; ++i) {
    Record record;
    record.owner_at = at;
    if (!SkipDnsName(message, &at, &pointers_left_) || !message.Has(at, kBytes)) return false;
    record.type = message.U16(at);
    record.record_class = static_cast<uint16_t>(message.U16(at + kClass) & ~kCacheFlush);
    record.length = message.U16(at + kLength);
    record.data = at + kBytes;
    record.end = record.data + record.length;
    if (!message.Has(record.data, record.length) && record.length != 0) return false;
    if (record.record_class == kDnsClassInternet) visit(record);
    at = record.end;
  }
  return true;
}

size_t DnsAddresses::Find(const std::string& key) const {
  for (const Alias& alias : aliases_) {
    if (alias.key == key) return alias.target;
  }
  return kNoName;
}

// CNAME (and DNAME comes with one), and the target of a service.
void DnsAddresses::AddAliases(const DnsWire& message, const Record& record,
                              std::vector<Alias>* links) {
  constexpr size_t kPriority = 2;
  const bool is_service = record.type == dns_type::kSvcb || record.type == dns_type::kHttps;
  if ((record.type != dns_type::kCname && !is_service) || links->size() == kMaxAliases) return;
  size_t at = record.owner_at, target_at = record.data + (is_service ? kPriority : 0);
  std::string owner, target;
  if (!ReadDnsText(message, &at, &pointers_left_, &owner) ||
      !ReadDnsText(message, &target_at, &pointers_left_, &target) || target.empty()) {
    return;
  }
  links->push_back({LowerCaseName(target), 0});
  owners_.push_back(LowerCaseName(owner));
}

// The links may stand in any order: until none leads further.
void DnsAddresses::FollowAliases(const std::vector<Alias>& links,
                                 const std::vector<std::string>& owners) {
  for (bool found = true; found;) {
    found = false;
    for (size_t i = 0; i < links.size(); ++i) {
      const size_t target = Find(owners[i]);
      if (target == kNoName || Find(links[i].key) != kNoName) continue;
      aliases_.push_back({links[i].key, target});
      found = true;
    }
  }
}

void DnsAddresses::AddAddresses(const DnsWire& message, const Record& record, bool asked) {
  const bool is_service = record.type == dns_type::kSvcb || record.type == dns_type::kHttps;
  if (record.type != dns_type::kA && record.type != dns_type::kAaaa && !is_service) return;
  size_t at = record.owner_at;
  std::string owner;
  if (!ReadDnsText(message, &at, &pointers_left_, &owner) || owner.empty()) return;
  std::string key = LowerCaseName(owner);
  size_t index = Find(key);
  if (index == kNoName) {
    if (asked || names.size() == kMaxNames) return;
    index = names.size();
    aliases_.push_back({std::move(key), index});
    names.push_back({.name = std::move(owner), .v4 = {}, .v6 = {}, .types = {}});
  }
  Named& named = names[index];
  if (record.type == dns_type::kA && record.length == kDnsV4Bytes) {
    named.v4.push_back(message.U32(record.data));
  } else if (record.type == dns_type::kAaaa && record.length == kDnsV6Bytes) {
    V6& address = named.v6.emplace_back();
    for (size_t i = 0; i < kDnsV6Bytes; ++i) address[i] = message.U8(record.data + i);
  } else if (is_service) {
    AddHints(message, record, &named);
  }
}

void DnsAddresses::AddHints(const DnsWire& message, const Record& record, Named* named) {
  constexpr size_t kPriority = 2, kHeader = 4;
  constexpr uint16_t kV4Hint = 4, kV6Hint = 6;
  size_t at = record.data + kPriority;
  if (!SkipDnsName(message, &at, &pointers_left_)) return;
  while (at + kHeader <= record.end) {
    const uint16_t parameter = message.U16(at), length = message.U16(at + 2);
    at += kHeader;
    if (length > record.end - at) return;
    const size_t end = at + length;
    for (; parameter == kV4Hint && end - at >= kDnsV4Bytes; at += kDnsV4Bytes) {
      named->v4.push_back(message.U32(at));
    }
    for (; parameter == kV6Hint && end - at >= kDnsV6Bytes; at += kDnsV6Bytes) {
      V6& address = named->v6.emplace_back();
      for (size_t i = 0; i < kDnsV6Bytes; ++i) address[i] = message.U8(at + i);
    }
    at = end;
  }
}

}  // namespace tstat::internal
