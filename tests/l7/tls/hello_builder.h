// SPDX-License-Identifier: BSD-3-Clause
//
// Builds hellos of TLS and DTLS, with lengths that fit.
#ifndef TSTAT_TESTS_L7_TLS_HELLO_BUILDER_H_
#define TSTAT_TESTS_L7_TLS_HELLO_BUILDER_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "decode/byte_reader.h"

namespace tstat::internal::hello {

inline ByteReader View(const std::string& text) {
  return ByteReader({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}
inline std::string Number(size_t value, int bytes) {
  std::string s;
  while (bytes-- > 0) s.push_back(static_cast<char>(value >> (8 * bytes)));
  return s;
}
inline std::string Vector(const std::string& content, int length_bytes) {
  return Number(content.size(), length_bytes) + content;
}
inline std::string Extension(uint16_t type, const std::string& content) {
  return Number(type, 2) + Vector(content, 2);
}
inline std::string ServerName(const std::string& name) {
  return Extension(0, Vector(Number(0, 1) + Vector(name, 2), 2));
}
inline std::string Alpn(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += Vector(name, 1);
  return Extension(16, Vector(list, 2));
}
inline std::string Numbers(const std::vector<uint16_t>& values) {
  std::string s;
  for (const uint16_t value : values) s += Number(value, 2);
  return s;
}
inline std::string List16(uint16_t type, const std::vector<uint16_t>& values) {
  return Extension(type, Vector(Numbers(values), 2));
}
inline std::string Versions(const std::vector<uint16_t>& values) {
  return Extension(43, Vector(Numbers(values), 1));
}

// Bodies of messages, without type and length.
struct ClientFields {
  uint16_t version = 0x0303;
  std::string session = {};
  std::optional<std::string> cookie = {};
  std::vector<uint16_t> ciphers = {0x1301};
  std::string extensions = {};
};
inline std::string Client(const ClientFields& f) {
  return Number(f.version, 2) + std::string(32, 'r') + Vector(f.session, 1) +
         (f.cookie ? Vector(*f.cookie, 1) : "") + Vector(Numbers(f.ciphers), 2) +
         Vector(std::string(1, '\0'), 1) + Vector(f.extensions, 2);
}
struct ServerFields {
  uint16_t version = 0x0303;
  std::string random = std::string(32, 'r');
  std::string session = {};
  std::string extensions = {};
};
inline std::string Server(const ServerFields& f) {
  return Number(f.version, 2) + f.random + Vector(f.session, 1) + Number(0x1301, 2) + Number(0, 1) +
         Vector(f.extensions, 2);
}

inline std::string Message(uint8_t type, const std::string& body) {
  return Number(type, 1) + Vector(body, 3);
}
inline std::string Record(uint8_t type, const std::string& content, uint16_t version = 0x0301) {
  return Number(type, 1) + Number(version, 2) + Vector(content, 2);
}

}  // namespace tstat::internal::hello

#endif  // TSTAT_TESTS_L7_TLS_HELLO_BUILDER_H_
