// SPDX-License-Identifier: BSD-3-Clause
//
// What a transport session knows of the IPFIX messages that it carries (RFC 7011): where each ends,
// how many data records it has, and so which sequence number it gets.
//
//   IpfixSession session;
//   if (!session.Begin(batch.header)) return false;  // no templates
//   std::string bytes;
//   return session.StampAll(batch.body, now_s, &bytes);
#ifndef TSTAT_OUTPUT_DESTINATIONS_IPFIX_SESSION_H_
#define TSTAT_OUTPUT_DESTINATIONS_IPFIX_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tstat::internal {

inline constexpr std::string_view kIpfixContentType = "application/ipfix";  // RFC 5655
inline constexpr uint16_t kIpfixVersion = 10, kIpfixPort = 4739;
inline constexpr size_t kIpfixHeaderBytes = 16, kIpfixSetHeaderBytes = 4;
inline constexpr uint16_t kIpfixTemplateSet = 2, kIpfixOptionsTemplateSet = 3;

// The first message of `rest`, which is taken from it; nullopt: there is none, or not all of it
// (`rest` stays).
std::optional<std::string_view> NextIpfixMessage(std::string_view* rest);

class IpfixSession {
 public:
  // Forgets all, and learns the templates that stand in `messages`. False: these are none.
  [[nodiscard]] bool Begin(std::string_view messages);

  // How many data records a message has; nullopt: its sets are not what the templates say.
  [[nodiscard]] std::optional<uint32_t> RecordsIn(std::string_view message) const;

  // Appends the message as it is to be sent now, seconds since 1970, and counts its records. False:
  // as RecordsIn.
  [[nodiscard]] bool Stamp(std::string_view message, int64_t now_s, std::string* out);
  // All of them. False: something else is among them.
  [[nodiscard]] bool StampAll(std::string_view messages, int64_t now_s, std::string* out);

  // That of the next message.
  [[nodiscard]] uint32_t sequence() const { return sequence_; }
  void set_sequence(uint32_t sequence) { sequence_ = sequence; }

 private:
  [[nodiscard]] bool Learn(uint16_t set, std::string_view records);
  [[nodiscard]] std::optional<uint32_t> CountRecords(uint16_t set, std::string_view records) const;

  std::map<uint16_t, std::vector<uint16_t>> templates_;  // lengths of fields
  uint32_t sequence_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_IPFIX_SESSION_H_
