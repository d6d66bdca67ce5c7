// SPDX-License-Identifier: BSD-3-Clause
//
// Every row of every log as a line of JSON, whatever bytes are in names. All that is known of the
// records comes from tstat/schema.h.
//
//   json_sink trace.pcap [3.3]
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tstat/analyzer.h"
#include "tstat/schema.h"

namespace {

using nlohmann::json;

json ToJson(const tstat::Value& value) {
  using Kind = tstat::Value::Kind;
  switch (value.kind()) {
    case Kind::kAbsent:
      return nullptr;
    case Kind::kUnsigned:
      return value.unsigned_number();
    case Kind::kSigned:
      return value.signed_number();
    case Kind::kReal:
      return value.real();
    case Kind::kBoolean:
      return value.boolean();
    case Kind::kText:
      return value.text();
    case Kind::kAddress:
      return value.address().ToString();
    case Kind::kTimestamp:
      return value.timestamp().nanoseconds();
    case Kind::kDuration:
      return value.duration().count();
  }
  return nullptr;
}

class JsonSink : public tstat::RowSink<JsonSink> {
 public:
  using RowSink::RowSink;
  template <typename Record>
  void OnRow(const tstat::LogTable<Record>& table, const Record& record) {
    json row = {{"table", table.info().name}};
    for (const auto& column : table.columns()) {
      if (!column.info.presence.In(row_options().profile)) continue;
      row[column.info.Name()] = ToJson(Read(column, record));
    }
    // Bytes that are no UTF-8 become U+FFFD.
    std::puts(row.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: json_sink TRACE [3.3]\n");
    return 2;
  }
  auto source = tstat::OpenTrace(argv[1]);
  if (!source.ok()) {
    std::fprintf(stderr, "%s\n", source.status().ToString().c_str());
    return 1;
  }
  tstat::AnalyzerOptions options;
  if (argc == 3 && std::string_view(argv[2]) == "3.3") {
    options.profile = tstat::CompatProfile::Tstat33();
  }
  JsonSink sink({.profile = options.profile});
  tstat::Analyzer analyzer(options);
  analyzer.AddSink(&sink);
  return analyzer.Run(**source).ok() ? 0 : 1;
}
