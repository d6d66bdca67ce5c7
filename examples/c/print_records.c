/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Columns of the records of a trace, a line a row, by the names of the schema (docs/logs/).
 *
 *   print_records trace.pcap tcp_complete c_ip s_ip s_port c_rtt_avg fqdn
 *
 *   cc print_records.c -o print_records $(pkg-config --cflags --libs libtstat)
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "tstat.h"

enum { kMostColumns = 64 };

struct columns {
  int count;
  size_t number[kMostColumns];
  int type[kMostColumns];
};

static int print_text(const tstat_row* row, size_t column) {
  tstat_text text = {.struct_size = sizeof(text)};
  const int status = tstat_row_text(row, column, &text);
  for (size_t i = 0; status == TSTAT_OK && i < text.length; ++i) {
    const unsigned char byte = (unsigned char)text.bytes[i]; /* whatever was on the wire */
    putchar(byte > ' ' && byte < 0x7f ? byte : '?');
  }
  return status;
}

static int print_address(const tstat_row* row, size_t column) {
  char text[INET6_ADDRSTRLEN] = "?";
  tstat_address address = {.struct_size = sizeof(address)};
  const int status = tstat_row_address(row, column, &address);
  if (status != TSTAT_OK) return status;
  inet_ntop(address.version == 4 ? AF_INET : AF_INET6, address.bytes, text, sizeof(text));
  fputs(text, stdout);
  if (address.encrypted) fputs("*", stdout); /* the image of an address (option crypto-nets) */
  return status;
}

static int print_value(const tstat_row* row, size_t column, int type) {
  int64_t ns = 0;
  double number = 0;
  int flag = 0, status;
  switch (type) {
    case TSTAT_TEXT:
      return print_text(row, column);
    case TSTAT_ADDRESS:
      return print_address(row, column);
    case TSTAT_BOOLEAN:
      status = tstat_row_bool(row, column, &flag);
      if (status == TSTAT_OK) fputs(flag ? "yes" : "no", stdout);
      return status;
    case TSTAT_TIME:
      status = tstat_row_time(row, column, &ns);
      if (status == TSTAT_OK)
        printf("%" PRId64 ".%06" PRId64, ns / 1000000000, ns / 1000 % 1000000);
      return status;
    case TSTAT_DURATION:
      status = tstat_row_duration(row, column, &ns);
      if (status == TSTAT_OK) printf("%.3fms", (double)ns / 1e6);
      return status;
    default:
      status = tstat_row_double(row, column, &number);
      if (status == TSTAT_OK) printf("%.15g", number);
      return status;
  }
}

static int on_row(const tstat_row* row, void* user) {
  const struct columns* columns = user;
  for (int i = 0; i < columns->count; ++i) {
    if (i > 0) putchar('\t');
    if (print_value(row, columns->number[i], columns->type[i]) != TSTAT_OK) putchar('-');
  }
  putchar('\n');
  return ferror(stdout); /* nobody reads: the analysis ends */
}

int main(int argc, char** argv) {
  if (argc < 4 || argc - 3 > kMostColumns) {
    fprintf(stderr, "usage: print_records TRACE TABLE COLUMN...\n");
    return 2;
  }
  struct columns columns = {.count = argc - 3};
  const tstat_table* table = tstat_table_named(argv[2]);
  if (table == NULL) {
    fprintf(stderr, "%s: no such table; there are:", argv[2]);
    tstat_table_info info = {.struct_size = sizeof(info)};
    for (size_t i = 0; tstat_table_describe(tstat_table_at(i), &info) == TSTAT_OK; ++i) {
      fprintf(stderr, " %s", info.name);
    }
    fprintf(stderr, "\n");
    return 2;
  }
  for (int i = 0; i < columns.count; ++i) {
    tstat_column_info info = {.struct_size = sizeof(info)};
    columns.number[i] = tstat_column_named(table, argv[3 + i]);
    if (tstat_column_describe(table, columns.number[i], &info) != TSTAT_OK) {
      fprintf(stderr, "%s: no such column of %s\n", argv[3 + i], argv[2]);
      return 2;
    }
    columns.type[i] = info.type;
  }
  tstat_session* session = tstat_session_new();
  int status = tstat_session_on_row(session, argv[2], on_row, &columns);
  if (status == TSTAT_OK) status = tstat_session_run_trace(session, argv[1]);
  if (status < 0) fprintf(stderr, "%s\n", tstat_session_error(session));
  tstat_session_finish(session);
  tstat_session_free(session);
  return status < 0;
}
