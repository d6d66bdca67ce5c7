// SPDX-License-Identifier: BSD-3-Clause
#include "table_names.h"

#include <algorithm>

namespace tstat::python {
namespace {

constexpr TableName kNames[] = {
    {"tcp", "tcp_complete"},        {"tcp_nocomplete", "tcp_nocomplete"},
    {"udp", "udp_complete"},        {"media", "media_flow media_stream"},
    {"skype_udp", "skype_udp"},     {"skype_tcp", "skype_tcp"},
    {"chat", "chat_complete"},      {"chat_messages", "chat_message"},
    {"video", "video_complete"},    {"http", "http_request http_response"},
    {"tcp_periodic", "tcp_period"}, {"udp_periodic", "udp_period"},
    {"dns_messages", "dns_entry"},  {"tls", "tls_handshake"},
    {"dns", "dns_resolution"},
};

}  // namespace

std::span<const TableName> TableNames() { return kNames; }

std::vector<const RowTable*> TablesOf(std::string_view name) {
  std::vector<const RowTable*> tables;
  for (const TableName& known : kNames) {
    if (known.name != name) continue;
    std::string_view rest = known.tables;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(' '), rest.size());
      if (const RowTable* table = FindRowTable(rest.substr(0, end))) tables.push_back(table);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return tables;
}

bool IsInProfile(std::string_view name, const CompatProfile& profile) {
  const std::vector<const RowTable*> tables = TablesOf(name);
  return std::any_of(tables.begin(), tables.end(),
                     [&](const RowTable* table) { return table->presence.In(profile); });
}

std::vector<TableColumn> ColumnsOf(std::string_view name) {
  std::vector<TableColumn> columns;
  for (const RowTable* const table : TablesOf(name)) {
    for (const RowColumn& column : table->columns) {
      if (column.only_in_text) continue;
      const std::string column_name = column.info.Name();
      // The same in both tables: one column.
      const auto same = std::find_if(columns.begin(), columns.end(), [&](const TableColumn& known) {
        return known.name == column_name && known.column->info.type.kind == column.info.type.kind &&
               known.column->info.type.bits == column.info.type.bits;
      });
      if (same != columns.end()) {
        same->tables.push_back(table);
      } else {
        columns.push_back({&column, column_name, {table}});
      }
    }
  }
  return columns;
}

}  // namespace tstat::python
