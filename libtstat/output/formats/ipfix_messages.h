// SPDX-License-Identifier: BSD-3-Clause
//
// Records of IPFIX, and the messages that they are put into.
#ifndef TSTAT_OUTPUT_FORMATS_IPFIX_MESSAGES_H_
#define TSTAT_OUTPUT_FORMATS_IPFIX_MESSAGES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "output/destinations/ipfix_session.h"
#include "schema/row_buffer.h"
#include "tstat/ip_address.h"

namespace tstat::internal {

// Appends numbers in network order.
class IpfixFieldWriter {
 public:
  explicit IpfixFieldWriter(RowBuffer* out) : out_(out) {}

  // The last `length` bytes of a number: 1 to 8.
  void Number(uint64_t number, size_t length) {
    char* const out = out_->Reserve(sizeof(number));
    for (size_t i = 0; i < length; ++i) {
      out[i] = static_cast<char>(number >> (8 * (length - 1 - i)));
    }
    out_->Commit(out + length);
  }
  void Bytes(std::string_view bytes) { out_->Append(bytes); }
  // RFC 7011, 7.
  void Variable(std::string_view bytes) {
    constexpr size_t kLong = 255;
    if (bytes.size() < kLong) {
      Number(bytes.size(), 1);
    } else {
      Number(kLong, 1);
      Number(bytes.size(), 2);
    }
    Bytes(bytes);
  }
  // 4 or 16 bytes; null: none.
  void Address(const IpAddress* address, bool is_v6) {
    char bytes[16] = {};
    if (address != nullptr && address->is_v6()) {
      std::memcpy(bytes, address->bytes().data(), sizeof(bytes));
      // (No row has addresses of both kinds.)
    } else if (address != nullptr && is_v6) {
      bytes[10] = bytes[11] = '\xff';
      std::memcpy(bytes + 12, address->bytes().data(), 4);
    } else if (address != nullptr) {
      std::memcpy(bytes, address->bytes().data(), 4);
    }
    Bytes({bytes, is_v6 ? sizeof(bytes) : 4});
  }

 private:
  RowBuffer* out_;
};

// Puts records into messages, which are whole after each of them.
class IpfixMessageWriter {
 public:
  IpfixMessageWriter(size_t most_bytes, uint32_t domain)
      : most_bytes_(most_bytes), domain_(domain) {}

  // A record of a set; `time`: nanoseconds. `count`: whether it is a data record.
  void Append(uint16_t set, std::string_view record, int64_t time, bool count, RowBuffer& out) {
    if (time > time_) time_ = time;
    const size_t end = out.view().size();
    const bool has_message = end > 0 && end == end_;
    const bool same_set = has_message && set == set_;
    const size_t more = record.size() + (same_set ? 0 : kIpfixSetHeaderBytes);
    if (!has_message || end - message_ + more > most_bytes_) {
      BeginMessage(out);
      BeginSet(set, out);
    } else if (!same_set) {
      BeginSet(set, out);
    }
    out.Append(record);
    end_ = out.view().size();
    Put(message_ + 2, end_ - message_, 2, out);
    Put(set_begin_ + 2, end_ - set_begin_, 2, out);
    Put(message_ + 4, ExportTime(), 4, out);
    if (count) ++records_;
  }
  // The next record begins a message.
  void EndMessage() { end_ = 0; }

 private:
  // Seconds, at or after the time.
  [[nodiscard]] uint64_t ExportTime() const {
    constexpr int64_t kSecond = 1000000000;
    const int64_t seconds = (time_ + kSecond - 1) / kSecond;
    return static_cast<uint64_t>(
        std::clamp<int64_t>(seconds, 0, std::numeric_limits<uint32_t>::max()));
  }
  void BeginMessage(RowBuffer& out) {
    message_ = out.view().size();
    IpfixFieldWriter writer(&out);
    writer.Number(kIpfixVersion, 2);
    writer.Number(0, 2);
    writer.Number(0, 4);
    writer.Number(records_, 4);
    writer.Number(domain_, 4);
  }
  void BeginSet(uint16_t set, RowBuffer& out) {
    set_ = set;
    set_begin_ = out.view().size();
    IpfixFieldWriter writer(&out);
    writer.Number(set, 2);
    writer.Number(0, 2);
  }
  static void Put(size_t offset, uint64_t number, size_t length, RowBuffer& out) {
    char bytes[sizeof(number)];
    for (size_t i = 0; i < length; ++i) {
      bytes[i] = static_cast<char>(number >> (8 * (length - 1 - i)));
    }
    out.Overwrite(offset, {bytes, length});
  }

  const size_t most_bytes_;
  const uint32_t domain_;
  uint32_t records_ = 0;  // data records so far: sequence numbers
  int64_t time_ = 0;      // the latest one so far
  size_t message_ = 0, set_begin_ = 0, end_ = 0;
  uint16_t set_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_IPFIX_MESSAGES_H_
