// SPDX-License-Identifier: BSD-3-Clause
//
// The information elements of IPFIX (RFC 7012) that columns of the schema are, under an enterprise
// number. What a column's element is called and numbered follows from its name and its type alone,
// so that neither changes when columns come and go.
//
//   const IpfixElement& element = IpfixElements().Of(table, column);
//   element.number;  // 1 to 32767
//
// All of them, with their numbers: docs/ipfix.md.
#ifndef TSTAT_OUTPUT_FORMATS_IPFIX_ELEMENTS_H_
#define TSTAT_OUTPUT_FORMATS_IPFIX_ELEMENTS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tstat/table_row.h"

namespace tstat::internal {

// For documentation (RFC 5612): what is not said otherwise.
inline constexpr uint32_t kDocumentationPen = 32473;
// Reverse elements of IANA's (RFC 5103, 6.1).
inline constexpr uint32_t kReversePen = 29305;

// Abstract data types, by their numbers (RFC 5610, 3.1). A number may have fewer bytes in a record
// than its type (RFC 7011, 6.2).
enum class IpfixType : uint8_t {
  kOctetArray = 0,
  kUnsigned8 = 1,
  kUnsigned16 = 2,
  kUnsigned64 = 4,
  kSigned64 = 8,
  kFloat64 = 10,
  kBoolean = 11,
  kString = 13,
  kDateTimeMilliseconds = 15,
  kDateTimeNanoseconds = 17,
  kIpv4Address = 18,
  kIpv6Address = 19,
};
std::string_view IpfixTypeName(IpfixType type);  // "unsigned64"

// RFC 5610, 3.2 and the registry of units.
enum class IpfixSemantics : uint8_t { kDefault = 0, kQuantity = 1, kIdentifier = 4, kFlags = 5 };
enum class IpfixUnits : uint16_t { kNone = 0, kOctets = 2, kMilliseconds = 6, kNanoseconds = 8 };
std::string_view IpfixUnitsName(IpfixUnits units);  // "octets"; empty for none

struct IpfixElement {
  uint16_t number = 0;  // without the bit that says "enterprise"
  std::string name;     // "tstat_c_rtt_avg"
  IpfixType type = IpfixType::kUnsigned64;
  IpfixSemantics semantics = IpfixSemantics::kDefault;
  IpfixUnits units = IpfixUnits::kNone;
  std::string_view description;
};

// Elements that are no column's.
inline constexpr uint16_t kAbsentElement = 1, kLogElement = 2, kLabelElement = 3;

class IpfixElementTable {
 public:
  IpfixElementTable();

  // REQUIRES: a column that is not repeated.
  [[nodiscard]] const IpfixElement& Of(const RowTable& table, size_t column) const {
    return elements_[of_columns_[table.index][column]];
  }
  // REQUIRES: one of those that are no column's.
  [[nodiscard]] const IpfixElement& Special(uint16_t number) const { return elements_[number - 1]; }
  // Those that are no column's, then in the order of the tables; each once.
  [[nodiscard]] std::span<const IpfixElement> all() const { return elements_; }
  // How many have another number than their name and type give, which another one had before. A
  // column whose number may change one day: its name should be another one.
  [[nodiscard]] size_t displaced() const { return displaced_; }

 private:
  size_t AddColumn(const RowColumn& column);

  std::vector<IpfixElement> elements_;
  std::vector<std::vector<size_t>> of_columns_;  // places in elements_, by RowTable::index
  size_t displaced_ = 0;
};
const IpfixElementTable& IpfixElements();

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_IPFIX_ELEMENTS_H_
