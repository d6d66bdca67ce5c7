// SPDX-License-Identifier: BSD-3-Clause
//
// Every log of the reference is read, and its values are printed again: the cells must be the same.
// Skipped where there is no reference.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "schema/number_format.h"
#include "schema/row_tables.h"
#include "tstat/log_reader.h"

namespace tstat::internal {
namespace {

// Printed as %f and the like print nothing.
std::string Zero(Format format) {
  switch (format) {
    case Format::kFixed3:
      return "0.000";
    case Format::kFixed6:
      return "0.000000";
    default:
      return "0";
  }
}

std::string Fixed(double number, int decimals) {
  char out[kMaxFixedLength];
  return std::string(out, WriteFixedSlow(number, decimals, out));
}
std::string General(double number) {
  char out[kMaxNumberLength];
  return std::string(out, WriteGeneral(number, out));
}

// A time of `ns` in a unit of 10^`digits` ns, cut to `decimals`.
std::string TimeText(int64_t ns, size_t digits, size_t decimals) {
  std::string text = std::to_string(ns < 0 ? -ns : ns);
  if (text.size() <= digits) text.insert(0, digits + 1 - text.size(), '0');
  text.insert(text.size() - digits, ".");
  text.resize(text.size() - (digits - decimals));
  return (ns < 0 ? "-" : "") + text;
}

std::string LabelOf(uint64_t number, const CodeTable* codes) {
  const Code* const code = codes != nullptr ? codes->Find(static_cast<uint32_t>(number)) : nullptr;
  if (code == nullptr) return std::to_string(number);
  const size_t end = code->meaning.find('`', 1);
  return std::string(code->meaning.substr(1, end - 1));
}

std::string Integer(uint64_t bits, Format format) {
  char out[kMaxNumberLength];
  char* end = out;
  switch (format) {
    case Format::kUint16:
      end = WriteUnsigned(static_cast<uint16_t>(bits), out);
      break;
    case Format::kUint32:
      end = WriteUnsigned(static_cast<uint32_t>(bits), out);
      break;
    case Format::kInt32:
      end = WriteSigned(static_cast<int32_t>(bits), out);
      break;
    case Format::kInt64:
      end = WriteSigned(static_cast<int64_t>(bits), out);
      break;
    case Format::kHex32:
      end = WriteHex32(static_cast<uint32_t>(bits), out);
      break;
    case Format::kHex:
      end = WriteHex(static_cast<uint32_t>(bits), out);
      break;
    case Format::kHex8:
    case Format::kHex16:
      end = WriteHexPadded(static_cast<uint32_t>(bits), format == Format::kHex8 ? 2 : 4, out);
      break;
    default:
      end = WriteUnsigned(bits, out);
      break;
  }
  return std::string(out, end);
}

std::string Printed(const RowTable& table, size_t column, const Value& value, Ipv6Form ipv6) {
  const TextInfo& text = RowTextOf(table).columns[column];
  switch (value.kind()) {
    case Value::Kind::kAbsent:
      return text.placeholder.empty() ? Zero(text.format) : std::string(text.placeholder);
    case Value::Kind::kUnsigned:
      // An MSS is 16 bits with a sign there.
      if (table.columns[column].info.label == "mss") {
        return std::to_string(static_cast<int16_t>(value.unsigned_number()));
      }
      return PrintsTexts(text.format)
                 ? LabelOf(value.unsigned_number(), table.columns[column].info.type.codes)
                 : Integer(value.unsigned_number(), text.format);
    case Value::Kind::kSigned:
      return Integer(static_cast<uint64_t>(value.signed_number()), text.format);
    case Value::Kind::kBoolean:
      return value.boolean() ? "1" : "0";
    case Value::Kind::kReal:
      return text.format == Format::kGeneral
                 ? General(value.real())
                 : Fixed(value.real(), text.format == Format::kFixed3 ? 3 : 6);
    case Value::Kind::kText:
      return std::string(value.text());
    case Value::Kind::kAddress:
      return value.address().ToString(ipv6);
    case Value::Kind::kTimestamp:
    case Value::Kind::kDuration: {
      const int64_t ns = value.kind() == Value::Kind::kDuration ? value.duration().count()
                                                                : value.timestamp().nanoseconds();
      if (text.format == Format::kGeneral) return General(static_cast<double>(ns) / 1e6);
      return TimeText(ns, text.unit == "s" ? 9 : 6, text.format == Format::kFixed3 ? 3 : 6);
    }
  }
  return "";
}

// Cells that a value cannot bring back.
bool IsAmbiguous(const TextInfo& text, const Value& value, std::string_view cell,
                 std::string_view printed) {
  // Of jitters, %g prints more than nanoseconds.
  if (text.format == Format::kGeneral && value.kind() == Value::Kind::kDuration) {
    const double ns = std::stod(std::string(cell)) * 1e6;
    return std::abs(ns - static_cast<double>(value.duration().count())) <= 0.5001;
  }
  // No value: 0 or the placeholder, or what is no number.
  const std::set<std::string_view> nothing = {"0",    "0.0", "0.000000", "0.000", "-",
                                              "--",   "---", "000",      "UNK",   "?",
                                              "-nan", "nan", "inf",      "-inf"};
  return nothing.count(cell) > 0 && nothing.count(printed) > 0;
}

// Cells of log_mm_complete whose unit, or whose column, depends on the kind of stream: what became
// of them is what they say.
bool IsOfStream(const TableRow& row, size_t column) {
  if (row.table->text_log != Log::kMmComplete) return false;
  std::string name = row.table->columns[column].name;
  const Value& value = row.values[column];
  const double cell = std::stod(std::string(row.cells[column]));
  const auto is = [](const Value& found, double expected) {
    double number = 0;
    if (found.kind() == Value::Kind::kReal) number = found.real();
    if (found.kind() == Value::Kind::kUnsigned) {
      number = static_cast<double>(found.unsigned_number());
    }
    if (found.kind() == Value::Kind::kDuration) {
      number = static_cast<double>(found.duration().count()) / 1e6;
    }
    return !found.is_absent() && std::abs(number - expected) <= 1e-9 * std::abs(expected) + 1e-6;
  };
  if (name == "rtp_stdev_payload") {
    const uint64_t packets = row.values[*row.table->Find("packets")].unsigned_number();
    return is(value, cell * std::sqrt(static_cast<double>(packets - 1)));
  }
  if (const size_t jitter = name.find("jitter"); jitter != std::string::npos) {
    name.insert(jitter, "rtcp_");
    if (name.ends_with("_avg")) name.resize(name.size() - 4);
    const std::optional<size_t> of_clock = row.table->Find(name);
    return value.is_absent() && of_clock.has_value() && is(row.values[*of_clock], cell);
  }
  for (const char* const unit : {"durat", "duration", "rate", "speed"}) {
    if (name.ends_with(unit)) return is(value, 1000 * cell);
  }
  return false;
}

TEST(GoldenLogs, PrintAgainAsTheyWere) {
  size_t rows = 0, cells = 0, problems = 0;
  std::map<std::string, std::pair<size_t, std::string>> differences;
  for (const auto& [folder, ipv6] :
       {std::pair{"3.1.1", Ipv6Form::kFourDigits}, std::pair{"3.3", Ipv6Form::kCanonical},
        std::pair{"3.3-ldns", Ipv6Form::kCanonical}}) {
    const std::string root = std::string(TSTAT_SHARED_DIR) + "/golden/" + folder;
    if (!std::filesystem::exists(root)) GTEST_SKIP() << root << " is not there";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.path().filename().string().rfind("log_", 0) != 0) continue;
      LogReaderOptions options;
      options.on_problem = [&](const LogProblem& problem) {
        if (++problems < 10) ADD_FAILURE() << problem.message;
      };
      auto reader = LogReader::Open(entry.path().string(), options);
      ASSERT_TRUE(reader.ok()) << reader.status();
      absl::StatusOr<bool> next = false;
      while ((next = reader->Next()).ok() && *next) {
        ++rows;
        const TableRow& row = reader->row();
        for (size_t i = 0; i < row.values.size(); ++i) {
          if (row.cells[i].data() == nullptr) continue;
          ++cells;
          const std::string printed = Printed(*row.table, i, row.values[i], ipv6);
          if (printed == row.cells[i]) continue;
          if (IsAmbiguous(RowTextOf(*row.table).columns[i], row.values[i], row.cells[i], printed))
            continue;
          if (IsOfStream(row, i)) continue;
          auto& [count, example] =
              differences[std::string(row.table->name) + " " + row.table->columns[i].name];
          ++count;
          example =
              std::string(row.cells[i]) + " became " + printed + " in " + entry.path().string();
        }
      }
      ASSERT_TRUE(next.ok()) << next.status();
    }
  }
  for (const auto& [column, difference] : differences) {
    ADD_FAILURE() << column << ": " << difference.first << " cells: " << difference.second;
  }
  EXPECT_GT(rows, 10000u);
  EXPECT_GT(cells, 1000000u);
}

}  // namespace
}  // namespace tstat::internal
