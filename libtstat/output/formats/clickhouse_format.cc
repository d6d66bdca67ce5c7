// SPDX-License-Identifier: BSD-3-Clause
#include "output/formats/clickhouse_format.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "config/absl_text.h"
#include "flow/random_number.h"
#include "output/formats/clickhouse_schema.h"
#include "output/formats/row_text.h"
#include "output/formats/row_time.h"
#include "schema/mapped_address.h"

namespace tstat::internal {
namespace {

static_assert(std::endian::native == std::endian::little, "RowBinary is little endian");

constexpr std::string_view kPresent = "present", kOld = "old";
constexpr std::string_view kDialectWords[] = {kPresent, kOld};
constexpr std::string_view kRowBinary = "RowBinary", kTabSeparated = "TabSeparated";
constexpr std::string_view kEncodingWords[] = {kRowBinary, kTabSeparated};

constexpr size_t kDefaultBatchBytes = size_t{16} << 20;  // a few large inserts, as the server wants
constexpr int64_t kNanosecondsOfDay = 86400 * int64_t{1000000000};

// What stands in a text is UTF-8 without controls, as in other formats.
constexpr TextRules kStringRules = MakeTextRules("", ByteRule::kCopy);
constexpr TextRules kTabRules = MakeTextRules("\\", ByteRule::kBackslash);

// A value of a column, without a kind of its own.
struct Cell {
  enum class Kind : uint8_t { kAbsent, kNumber, kReal, kText, kAddress };
  Kind kind = Kind::kAbsent;
  uint64_t number = 0;  // of signed ones, and times, in two's complement
  double real = 0;
  const Value* text = nullptr;
  const IpAddress* address = nullptr;

  static Cell OfNumber(uint64_t number) { return {.kind = Kind::kNumber, .number = number}; }
};

// What a column of `type` can hold: never another number modulo its size.
uint64_t AsType(ClickHouseType type, int64_t value) {
  const ClickHouseTypeInfo& info = InfoOf(type);
  if (info.is_signed && info.size < sizeof(value)) {
    const int64_t most = (int64_t{1} << (8 * info.size - 1)) - 1;
    value = std::clamp(value, -most - 1, most);
  }
  return static_cast<uint64_t>(value);
}
uint64_t AsType(ClickHouseType type, uint64_t value) {
  const ClickHouseTypeInfo& info = InfoOf(type);
  if (info.is_signed || info.size >= sizeof(value)) return value;
  return std::min(value, (uint64_t{1} << 8 * info.size) - 1);
}

// LEB128, as lengths of strings are written.
char* WriteLength(size_t length, char* out) {
  for (; length >= 0x80; length >>= 7) *out++ = static_cast<char>(length | 0x80);
  *out++ = static_cast<char>(length);
  return out;
}
constexpr size_t kMostLength = 10;

// Writes cells in RowBinary: fixed sizes, little endian; before one that may be null a byte.
struct BinaryEncoding {
  static constexpr size_t kMostFixed = 17;

  static char* Write(const ClickHouseColumn& column, const Cell& cell, char* out) {
    if (column.is_nullable) {
      const bool is_null = cell.kind == Cell::Kind::kAbsent;
      *out++ = is_null ? 1 : 0;
      if (is_null) return out;
    }
    const size_t size = InfoOf(column.type).size;
    if (column.type == ClickHouseType::kAddress) {
      if (cell.kind == Cell::Kind::kAddress) {
        std::memcpy(out, MappedAddress(*cell.address).data(), size);
      } else {
        std::memset(out, 0, size);
      }
    } else if (column.type == ClickHouseType::kString) {
      *out++ = 0;  // WriteText writes what there is
      return out;
    } else if (cell.kind == Cell::Kind::kReal) {
      std::memcpy(out, &cell.real, size);
    } else {
      std::memcpy(out, &cell.number, size);
    }
    return out + size;
  }
  static char* WriteText(const Value& text, char* out) {
    // Most lengths are a byte.
    char* const begin = out + 1;
    const size_t length = static_cast<size_t>(WriteTextValue(text, kStringRules, begin) - begin);
    if (length >= 0x80) {
      char bytes[kMostLength];
      const auto bytes_length = static_cast<size_t>(WriteLength(length, bytes) - bytes);
      std::memmove(out + bytes_length, begin, length);
      std::memcpy(out, bytes, bytes_length);
      return out + bytes_length + length;
    }
    *out = static_cast<char>(length);
    return begin + length;
  }
  static char* WriteNotNull(char* out) {
    *out++ = 0;
    return out;
  }
  static char* EndCell(char* out) { return out; }
  static char* EndRow(char* out) { return out; }
};

// Writes cells in TabSeparated: text with backslashes before what breaks it.
struct TabEncoding {
  // Of an address, each byte might need a backslash.
  static constexpr size_t kMostFixed = kMaxValueText + 32;

  explicit TabEncoding(ClickHouseDialect dialect) : is_old(dialect == ClickHouseDialect::kOld) {}

  char* Write(const ClickHouseColumn& column, const Cell& cell, char* out) const {
    if (cell.kind == Cell::Kind::kAbsent && column.is_nullable) {
      *out++ = '\\';
      *out++ = 'N';
      return out;
    }
    switch (column.type) {
      case ClickHouseType::kString:
        return out;
      case ClickHouseType::kAddress:
        return WriteAddress(cell, out);
      case ClickHouseType::kTime:
        return is_old ? WriteSigned(static_cast<int64_t>(cell.number), out)
                      : WriteSeconds(static_cast<int64_t>(cell.number), out);
      case ClickHouseType::kDay:
        return WriteDay(static_cast<int64_t>(cell.number), out);
      case ClickHouseType::kFloat64:
        return WriteReal(cell.real, out);
      default:
        return InfoOf(column.type).is_signed ? WriteSigned(static_cast<int64_t>(cell.number), out)
                                             : WriteUnsigned(cell.number, out);
    }
  }
  static char* WriteText(const Value& text, char* out) {
    return WriteTextValue(text, kTabRules, out);
  }
  static char* WriteNotNull(char* out) { return out; }
  static char* EndCell(char* out) {
    *out++ = '\t';
    return out;
  }
  static char* EndRow(char* out) {
    out[-1] = '\n';
    return out;
  }

 private:
  char* WriteAddress(const Cell& cell, char* out) const {
    const IpAddress none = IpAddress::V6(std::array<uint8_t, 16>{});
    const IpAddress& address = cell.kind == Cell::Kind::kAddress ? *cell.address : none;
    if (!is_old) {
      if (!address.is_v6()) out = WriteView("::ffff:", out);
      return out + address.Format(out, Ipv6Form::kCanonical);
    }
    for (const uint8_t mapped : MappedAddress(address)) {
      const auto byte = static_cast<char>(mapped);
      constexpr std::string_view kSpecial("\0\b\t\n\f\r\\'", 8), kLetters = "0btnfr\\'";
      const size_t at = kSpecial.find(byte);
      if (at != std::string_view::npos) *out++ = '\\';
      *out++ = at == std::string_view::npos ? byte : kLetters[at];
    }
    return out;
  }
  static char* WriteView(std::string_view text, char* out) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
  }
  // 1500000010.218414062, to the last nanosecond.
  static char* WriteSeconds(int64_t ns, char* out) {
    constexpr int64_t kSecond = 1000000000;
    const int64_t seconds = ns / kSecond - (ns % kSecond < 0 ? 1 : 0);
    out = WriteSigned(seconds, out);
    *out++ = '.';
    int64_t rest = ns - seconds * kSecond;
    for (int64_t digit = kSecond / 10; digit > 0; digit /= 10) {
      *out++ = static_cast<char>('0' + rest / digit);
      rest %= digit;
    }
    return out;
  }
  static char* WriteDay(int64_t days, char* out) {
    const std::chrono::year_month_day day{std::chrono::sys_days{std::chrono::days{days}}};
    const auto pair = [&out](unsigned value) {
      *out++ = static_cast<char>('0' + value / 10);
      *out++ = static_cast<char>('0' + value % 10);
    };
    const auto year = static_cast<unsigned>(static_cast<int>(day.year()));
    pair(year / 100);
    pair(year % 100);
    *out++ = '-';
    pair(static_cast<unsigned>(day.month()));
    *out++ = '-';
    pair(static_cast<unsigned>(day.day()));
    return out;
  }

  bool is_old;
};

struct ClickHouseSettings {
  ClickHouseDdlOptions ddl;
  std::string_view encoding = kRowBinary;
};

template <typename Encoding>
class ClickHouseFormat : public ExportFormat {
 public:
  ClickHouseFormat(ExportSelection chosen, ClickHouseSettings settings, Encoding encoding)
      : ExportFormat(std::move(chosen)), settings_(std::move(settings)), encoding_(encoding) {
    run_ = RandomNumber();
    for (const RowTable& table : RowTables()) {
      sections_.emplace_back();
      if (!selection().Has(table)) continue;
      Plan plan{.table = ClickHouseTableOf(selection(), table), .head = {}, .room = 0};
      plan.head = InsertStatement(plan.table, settings_.ddl.database, settings_.encoding);
      plan.room = plan.table.columns.size() * (Encoding::kMostFixed + 1);
      sections_.back() = plans_.size();
      plans_.push_back(std::move(plan));
    }
  }

  std::string_view content_type() const override { return "application/octet-stream"; }
  bool NeedsColumn(const RowTable& table, size_t column) const override {
    // The time of a row is the first one that it has.
    return table.columns[column].info.type.kind == ColumnKind::kTimestamp ||
           selection().Needs(table, column);
  }
  std::string_view extension() const override { return "clickhouse"; }
  size_t section_count() const override { return plans_.size(); }
  size_t SectionOf(const RowTable& table) const override { return sections_[table.index]; }
  std::string_view SectionHead(size_t section) const override { return plans_[section].head; }
  size_t batch_bytes() const override { return kDefaultBatchBytes; }
  void SetProbe(std::string_view probe) override { probe_ = probe; }
  std::string Schema() const override {
    std::string text;
    for (const Plan& plan : plans_) text += CreateStatements(plan.table, settings_.ddl);
    return text;
  }

  void AppendItem(const TableRow& row, size_t, RowBuffer& buffer) override {
    Plan& plan = plans_[sections_[row.table->index]];
    const int64_t time = FirstTime(plan.table.times, row).value_or(0);
    const uint64_t number = plan.rows++;
    char* out = buffer.Reserve(plan.room);
    for (const ClickHouseColumn& column : plan.table.columns) {
      Value text;
      const Cell cell = CellOf(column, row, time, number, &text);
      if (cell.kind == Cell::Kind::kText) {
        // The only kind without a bound.
        if (column.is_nullable) out = encoding_.WriteNotNull(out);
        buffer.Commit(out);
        out = buffer.Reserve(RoomForText(*cell.text) + kMostLength + plan.room);
        out = encoding_.WriteText(*cell.text, out);
      } else {
        out = encoding_.Write(column, cell, out);
      }
      out = encoding_.EndCell(out);
    }
    buffer.Commit(encoding_.EndRow(out));
  }

 private:
  struct Plan {
    ClickHouseTable table;
    std::string head;
    size_t room = 0;    // for a row without its texts
    uint64_t rows = 0;  // that were written
  };

  // Dates of ClickHouse 18.16 end on 2106-02-06: it takes later ones for 1970 in one place, and not
  // in another, and refuses what holds two of them. Such times are in the partition of 1970.
  static uint64_t DayOf(int64_t ns) {
    constexpr int64_t kLastDay = 49709;
    const int64_t day = ns / kNanosecondsOfDay;
    return day < 0 || day > kLastDay ? 0 : static_cast<uint64_t>(day);
  }

  Cell CellOf(const ClickHouseColumn& column, const TableRow& row, int64_t time, uint64_t number,
              Value* text) const {
    const auto of_text = [text](std::string_view shown) {
      *text = Value::Of(shown);
      return Cell{.kind = Cell::Kind::kText, .text = text};
    };
    if (!column.key.has_value()) return CellOf(column.type, row.values[column.index]);
    switch (*column.key) {
      case RowKey::kTime:
        return Cell::OfNumber(static_cast<uint64_t>(time));
      case RowKey::kDay:
        return Cell::OfNumber(DayOf(time));
      case RowKey::kProbe:
        return of_text(probe_);
      case RowKey::kRun:
        return Cell::OfNumber(run_);
      case RowKey::kRow:
        return Cell::OfNumber(number);
      case RowKey::kFlow:
        return row.flow_number.has_value() ? Cell::OfNumber(*row.flow_number) : Cell{};
      case RowKey::kLabel:
        return row.label.data() == nullptr ? Cell{} : of_text(row.label);
    }
    return {};
  }

  static Cell CellOf(ClickHouseType type, const Value& value) {
    switch (value.kind()) {
      case Value::Kind::kAbsent:
        return {};
      case Value::Kind::kUnsigned:
        if (type == ClickHouseType::kFloat64) {
          return {.kind = Cell::Kind::kReal, .real = static_cast<double>(value.unsigned_number())};
        }
        return Cell::OfNumber(AsType(type, value.unsigned_number()));
      case Value::Kind::kSigned:
        if (type == ClickHouseType::kFloat64) {
          return {.kind = Cell::Kind::kReal, .real = static_cast<double>(value.signed_number())};
        }
        return Cell::OfNumber(AsType(type, value.signed_number()));
      case Value::Kind::kReal:
        // What JSON has no form for is absent there, too.
        if (!std::isfinite(value.real())) return {};
        return {.kind = Cell::Kind::kReal, .real = value.real()};
      case Value::Kind::kBoolean:
        return Cell::OfNumber(value.boolean() ? 1 : 0);
      case Value::Kind::kText:
        return {.kind = Cell::Kind::kText, .text = &value};
      case Value::Kind::kAddress:
        return {.kind = Cell::Kind::kAddress, .address = &value.address()};
      case Value::Kind::kTimestamp:
      case Value::Kind::kDuration:
        return Cell::OfNumber(static_cast<uint64_t>(NanosecondsOf(value)));
    }
    return {};
  }

  ClickHouseSettings settings_;
  Encoding encoding_;
  std::string probe_;
  uint64_t run_ = 0;
  std::vector<Plan> plans_;
  std::vector<size_t> sections_;  // places in plans_, by RowTable::index
};

absl::StatusOr<int> TakeDays(ExportOptions* options) {
  const std::optional<std::string> text = options->Take("ttl_days");
  if (!text.has_value()) return 0;
  constexpr int kMostDays = 36500;
  int days = 0;
  if (!absl::SimpleAtoi(*text, &days) || days < 1 || days > kMostDays) {
    return absl::InvalidArgumentError(
        absl::StrCat("option ttl_days: it is a number of days from 1 to ", kMostDays));
  }
  return days;
}

// Names that statements have as they are.
absl::StatusOr<std::string> TakeName(ExportOptions* options, std::string_view option) {
  const std::optional<std::string> name = options->Take(option);
  if (!name.has_value()) return std::string();
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  if (name->empty() || name->find_first_not_of(kAllowed) != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat("option ", View(option),
                                                   ": names have letters, digits, \"_\", \"-\" "
                                                   "and \".\""));
  }
  return *name;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExportFormat>> MakeClickHouseFormat(const ExportDefaults& defaults,
                                                                   ExportOptions* options) {
  absl::StatusOr<ExportSelection> selection = ExportSelection::Take(defaults, options);
  if (!selection.ok()) return selection.status();
  absl::StatusOr<std::string_view> dialect = options->TakeWord("dialect", kDialectWords);
  if (!dialect.ok()) return dialect.status();
  absl::StatusOr<std::string_view> encoding = options->TakeWord("encoding", kEncodingWords);
  if (!encoding.ok()) return encoding.status();
  absl::StatusOr<std::string> database = TakeName(options, "database");
  if (!database.ok()) return database.status();
  absl::StatusOr<std::string> cluster = TakeName(options, "cluster");
  if (!cluster.ok()) return cluster.status();
  if (!cluster->empty() && database->empty()) {
    // Servers run statements for a cluster in their default database, whatever the connection's is.
    return absl::InvalidArgumentError("option cluster: it needs option database");
  }
  absl::StatusOr<int> days = TakeDays(options);
  if (!days.ok()) return days.status();
  ClickHouseSettings settings;
  settings.ddl = {
      .dialect = *dialect == kOld ? ClickHouseDialect::kOld : ClickHouseDialect::kPresent,
      .database = *std::move(database),
      .cluster = *std::move(cluster),
      .ttl_days = *days};
  if (settings.ddl.dialect == ClickHouseDialect::kOld && *days > 0) {
    return absl::InvalidArgumentError(
        "option ttl_days: dialect=old has no TTL; tstat-drop-days drops old days");
  }
  settings.encoding = *encoding;
  if (*encoding == kTabSeparated) {
    const TabEncoding tabs(settings.ddl.dialect);
    return std::make_unique<ClickHouseFormat<TabEncoding>>(*std::move(selection),
                                                           std::move(settings), tabs);
  }
  return std::make_unique<ClickHouseFormat<BinaryEncoding>>(*std::move(selection),
                                                            std::move(settings), BinaryEncoding{});
}

}  // namespace tstat::internal
