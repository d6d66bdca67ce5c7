// SPDX-License-Identifier: BSD-3-Clause
//
// A reader of IPFIX messages (RFC 7011) that shares nothing with what writes them.
#ifndef TSTAT_TESTS_OUTPUT_IPFIX_READER_H_
#define TSTAT_TESTS_OUTPUT_IPFIX_READER_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tstat::ipfix_reader {

// (enterprise, element): 0 is IANA.
using Element = std::pair<uint32_t, uint16_t>;

inline uint64_t NumberIn(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

struct Field {
  Element element;
  uint16_t length = 0;
};
struct Template {
  std::vector<Field> fields;
  uint16_t scopes = 0;
};
struct Record {
  uint16_t set = 0;
  std::map<Element, std::string> fields;

  std::string Bytes(uint16_t element, uint32_t enterprise = 0) const {
    const auto found = fields.find({enterprise, element});
    EXPECT_NE(found, fields.end()) << enterprise << "/" << element;
    return found == fields.end() ? "" : found->second;
  }
  uint64_t Number(uint16_t element, uint32_t enterprise = 0) const {
    return NumberIn(Bytes(element, enterprise));
  }
  bool Has(uint16_t element, uint32_t enterprise = 0) const {
    return fields.contains({enterprise, element});
  }
};
struct Message {
  uint32_t time = 0, sequence = 0, domain = 0;
  size_t bytes = 0;
  std::vector<Record> records;
  std::vector<uint16_t> new_templates;
};

class Reader {
 public:
  // Whole messages.
  std::vector<Message> Read(std::string_view bytes) {
    std::vector<Message> messages;
    while (!bytes.empty()) {
      if (bytes.size() < 16) {
        ADD_FAILURE() << bytes.size() << " bytes behind the last message";
        break;
      }
      EXPECT_EQ(NumberIn(bytes.substr(0, 2)), 10u) << "version";
      const size_t length = NumberIn(bytes.substr(2, 2));
      if (length < 16 || length > bytes.size()) {
        ADD_FAILURE() << "length " << length << " of " << bytes.size();
        break;
      }
      messages.push_back(ReadMessage(bytes.substr(0, length)));
      bytes.remove_prefix(length);
    }
    return messages;
  }
  // Of the data records of all messages.
  std::vector<Record> Records(std::string_view bytes) {
    std::vector<Record> records;
    for (Message& message : Read(bytes)) {
      for (Record& record : message.records) records.push_back(std::move(record));
    }
    return records;
  }
  const std::map<uint16_t, Template>& templates() const { return templates_; }

 private:
  static std::string_view Take(std::string_view& bytes, size_t length) {
    EXPECT_LE(length, bytes.size()) << "a field ends behind its set";
    const std::string_view taken = bytes.substr(0, length);
    bytes.remove_prefix(taken.size());
    return taken;
  }

  Message ReadMessage(std::string_view bytes) {
    Message message;
    message.bytes = bytes.size();
    message.time = static_cast<uint32_t>(NumberIn(bytes.substr(4, 4)));
    message.sequence = static_cast<uint32_t>(NumberIn(bytes.substr(8, 4)));
    message.domain = static_cast<uint32_t>(NumberIn(bytes.substr(12, 4)));
    bytes.remove_prefix(16);
    while (bytes.size() >= 4) {
      const auto set = static_cast<uint16_t>(NumberIn(bytes.substr(0, 2)));
      const size_t length = NumberIn(bytes.substr(2, 2));
      std::string_view records = Take(bytes, length).substr(4);
      while (!records.empty() && !testing::Test::HasFailure()) {
        if (set == 2 || set == 3) {
          message.new_templates.push_back(ReadTemplate(records, set == 3));
        } else {
          message.records.push_back(ReadRecord(records, set));
        }
      }
    }
    EXPECT_TRUE(bytes.empty());
    return message;
  }

  uint16_t ReadTemplate(std::string_view& bytes, bool has_scopes) {
    const auto id = static_cast<uint16_t>(NumberIn(Take(bytes, 2)));
    const size_t count = NumberIn(Take(bytes, 2));
    Template made;
    if (has_scopes) made.scopes = static_cast<uint16_t>(NumberIn(Take(bytes, 2)));
    for (size_t i = 0; i < count; ++i) {
      const auto element = static_cast<uint16_t>(NumberIn(Take(bytes, 2)));
      const auto length = static_cast<uint16_t>(NumberIn(Take(bytes, 2)));
      const bool is_enterprise = element >= 0x8000;
      const auto enterprise = static_cast<uint32_t>(is_enterprise ? NumberIn(Take(bytes, 4)) : 0);
      made.fields.push_back({{enterprise, static_cast<uint16_t>(element & 0x7fff)}, length});
    }
    EXPECT_GE(id, 256);
    templates_[id] = made;
    return id;
  }

  Record ReadRecord(std::string_view& bytes, uint16_t set) {
    Record record;
    record.set = set;
    EXPECT_TRUE(templates_.contains(set)) << "no template " << set;
    for (const Field& field : templates_[set].fields) {
      size_t length = field.length;
      if (length == 65535) {
        length = NumberIn(Take(bytes, 1));
        if (length == 255) length = NumberIn(Take(bytes, 2));
      }
      const bool is_new =
          record.fields.emplace(field.element, std::string(Take(bytes, length))).second;
      EXPECT_TRUE(is_new) << field.element.first << "/" << field.element.second << " twice";
    }
    if (templates_[set].fields.empty()) bytes = {};
    return record;
  }

  std::map<uint16_t, Template> templates_;
};

}  // namespace tstat::ipfix_reader

#endif  // TSTAT_TESTS_OUTPUT_IPFIX_READER_H_
