// SPDX-License-Identifier: BSD-3-Clause
//
// A DNS message as a whole (RFC 1035, 4): questions, and records with the fields of their RDATA. It
// is one if everything in it can be read; a total function over hostile bytes, in bounded time.
//
//   if (const auto message = DnsMessageView::Parse(DnsWire(captured, bytes))) {
//     message->ForEachAnswer([](const DnsRecordView& record) { ... });
//   }
#ifndef TSTAT_NAMES_DNS_MESSAGE_H_
#define TSTAT_NAMES_DNS_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "names/dns_record_types.h"
#include "names/dns_wire.h"

namespace tstat::internal {

// Steps through the fields of RDATA: while its end is not reached and the type has a field more. A
// name may go beyond the end; what comes next in the message begins where the last field ended.
class DnsFields {
 public:
  DnsFields(const DnsWire& wire, const DnsRecordType& type, size_t begin, size_t end)
      : wire_(wire), type_(type), next_(begin), end_(end) {}

  // False: there is no further field, or it is broken.
  bool Next(uint32_t* pointers_left);

  bool broken() const { return broken_; }
  DnsField field() const { return field_; }
  size_t at() const { return at_; }             // of the field, in the message
  size_t bytes() const { return next_ - at_; }  // that it takes there
  size_t next() const { return next_; }         // behind it

 private:
  // Of the field at next_, without names; 0: it is not there in full.
  size_t Length() const;

  const DnsWire& wire_;
  const DnsRecordType& type_;
  DnsField field_ = DnsField::kNone;
  size_t index_ = 0, at_ = 0, next_, end_;
  bool broken_ = false;
};

struct DnsQuestionView {
  size_t name_at = 0;
  uint16_t type = 0, record_class = 0;
};

struct DnsRecordView {
  size_t name_at = 0;
  uint16_t type = 0, record_class = 0;
  uint32_t ttl = 0;
  size_t data_begin = 0, data_end = 0;
};

class DnsMessageView {
 public:
  // Pointers that all names of a message may have together. More of them than honest messages of
  // 64 KiB can have, and a few milliseconds of work.
  static constexpr uint32_t kMaxPointers = 1'000'000;

  // Nothing: some name, question or record cannot be read. `wire` is copied.
  static std::optional<DnsMessageView> Parse(const DnsWire& wire);
  // One whose end is missing or broken, too: records before that are visited. It is told from what
  // is no DNS by its header and first question: an operation that exists, the reserved bit unset,
  // at most kMostQuestionsOfBegin, a class that is used.
  static std::optional<DnsMessageView> ParseBegin(const DnsWire& wire);
  static constexpr uint16_t kMostQuestionsOfBegin = 16;

  const DnsWire& wire() const { return wire_; }
  uint16_t id() const { return wire_.U16(0); }
  uint16_t flags() const { return wire_.U16(2); }
  bool is_response() const { return (flags() & 0x8000) != 0; }
  uint8_t response_code() const { return flags() & 0xF; }
  uint16_t questions() const { return wire_.U16(4); }
  uint16_t answers() const { return wire_.U16(6); }
  uint16_t authorities() const { return wire_.U16(8); }
  // Without those that speak of the message itself: OPT and TSIG.
  uint16_t additional() const { return additional_; }

  // Calls `visit(const DnsQuestionView&)` for at most `most` questions.
  template <typename Visit>
  void ForEachQuestion(size_t most, Visit visit) const {
    size_t at = kHeaderBytes;
    uint32_t pointers = kMaxPointers;
    for (size_t i = 0; i < questions() && i < most; ++i) {
      DnsQuestionView question;
      if (!ReadQuestion(wire_, &at, &pointers, &question)) return;
      visit(question);
    }
  }
  // Calls `visit(const DnsRecordView&)` for each record of the answer section.
  template <typename Visit>
  void ForEachAnswer(Visit visit) const {
    size_t at = answers_at_;
    uint32_t pointers = kMaxPointers;
    for (size_t i = 0; i < answers(); ++i) {
      DnsRecordView record;
      if (!ReadRecord(wire_, &at, &pointers, &record)) return;
      visit(record);
    }
  }

 private:
  static constexpr size_t kHeaderBytes = 12;

  explicit DnsMessageView(const DnsWire& wire) : wire_(wire) {}
  bool IsPlausible() const;

  // Read what is at `*at` and leave it behind that.
  static bool ReadQuestion(const DnsWire& wire, size_t* at, uint32_t* pointers,
                           DnsQuestionView* question);
  static bool ReadRecord(const DnsWire& wire, size_t* at, uint32_t* pointers,
                         DnsRecordView* record);

  DnsWire wire_;
  size_t answers_at_ = 0;
  uint16_t additional_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_NAMES_DNS_MESSAGE_H_
