// SPDX-License-Identifier: BSD-3-Clause
//
// A batch whose rows are of several kinds, which a receiver wants in a request each: its body is a
// list of sections, each of which is the body of a request.
//
//   AppendSection("INSERT INTO t FORMAT RowBinary\n", rows, &batch.body);
//   batch.content_type = kSectionsType;
//   ...
//   SectionReader sections(batch.body);
//   while (std::optional<std::string_view> request = sections.Next()) Send(*request);
//   if (!sections.at_end()) return false;  // it is cut
#ifndef TSTAT_OUTPUT_DESTINATIONS_SECTIONS_H_
#define TSTAT_OUTPUT_DESTINATIONS_SECTIONS_H_

#include <optional>
#include <string>
#include <string_view>

namespace tstat::internal {

inline constexpr std::string_view kSectionsType = "application/x-tstat-sections";

// A section is `head` and `rows`, one behind the other.
void AppendSection(std::string_view head, std::string_view rows, std::string* body);

// Views the body.
class SectionReader {
 public:
  explicit SectionReader(std::string_view body) : rest_(body) {}

  // nullopt: there is none, or not all of it.
  std::optional<std::string_view> Next();
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DESTINATIONS_SECTIONS_H_
