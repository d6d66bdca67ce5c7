// SPDX-License-Identifier: BSD-3-Clause
//
// DNS messages for tests.
//
//   Bytes message = DnsHeader({.flags = 0x8180, .questions = 1, .answers = 1}) +
//                   Question("www.example.com", 1) + Record("www.example.com", 1, {192, 0, 2, 1});
#ifndef TSTAT_TESTS_NAMES_DNS_BUILDER_H_
#define TSTAT_TESTS_NAMES_DNS_BUILDER_H_

#include <cstdint>
#include <string_view>

#include "tests/decode/frame_builder.h"

namespace tstat::internal::testing {

struct DnsHeaderFields {
  uint16_t id = 0x1234, flags = 0x8180;
  uint16_t questions = 0, answers = 0, authorities = 0, additional = 0;
};
inline Bytes DnsHeader(const DnsHeaderFields& h) {
  return U16(h.id) + U16(h.flags) + U16(h.questions) + U16(h.answers) + U16(h.authorities) +
         U16(h.additional);
}

// Labels of `text` between dots; "": the root.
inline Bytes Name(std::string_view text) {
  Bytes name;
  while (!text.empty()) {
    const std::string_view label = text.substr(0, text.find('.'));
    name = name + Bytes{static_cast<uint8_t>(label.size())} + Text(label);
    text.remove_prefix(std::min(text.size(), label.size() + 1));
  }
  return name + Bytes{0};
}
inline Bytes Pointer(uint16_t offset) { return U16(static_cast<uint16_t>(0xC000 | offset)); }

inline Bytes Question(std::string_view name, uint16_t type, uint16_t record_class = 1) {
  return Name(name) + U16(type) + U16(record_class);
}

struct RecordFields {
  uint32_t ttl = 300;
  uint16_t record_class = 1;
  int data_length = -1;  // -1: the true one
};
inline Bytes Record(const Bytes& name, uint16_t type, const Bytes& data,
                    const RecordFields& f = {}) {
  const auto length = static_cast<uint16_t>(f.data_length < 0 ? data.size() : f.data_length);
  return name + U16(type) + U16(f.record_class) + U32(f.ttl) + U16(length) + data;
}
inline Bytes Record(std::string_view name, uint16_t type, const Bytes& data,
                    const RecordFields& f = {}) {
  return Record(Name(name), type, data, f);
}

}  // namespace tstat::internal::testing

#endif  // TSTAT_TESTS_NAMES_DNS_BUILDER_H_
