/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the functions of tstat.h do when they are used as they should be.
 */
#include "tests/bindings/tstat_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tstat.h"

static char* path_of(const char* folder, const char* name) {
  static char paths[4][1024];
  static unsigned next = 0;
  char* path = paths[next++ % 4];
  snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
  return path;
}

static int64_t number_of(const tstat_session* session, const char* name) {
  int64_t value = -1;
  return tstat_session_statistic(session, name, &value) == TSTAT_OK ? value : -1;
}

/* ---- versions, schema, options, histograms ---- */

static const char* versions(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  CHECK(tstat_c_api() == TSTAT_C_API);
  CHECK(strlen(tstat_version()) >= 5);
  CHECK(strcmp(tstat_status_name(TSTAT_OK), "TSTAT_OK") == 0);
  CHECK(strcmp(tstat_status_name(TSTAT_STOPPED), "TSTAT_STOPPED") == 0);
  CHECK(strcmp(tstat_status_name(TSTAT_INTERNAL), "TSTAT_INTERNAL") == 0);
  CHECK(strcmp(tstat_status_name(TSTAT_INTERNAL - 1), "?") == 0);
  CHECK(strcmp(tstat_status_name(4), "?") == 0);
  for (int status = TSTAT_INTERNAL; status <= TSTAT_INTERRUPTED; ++status) {
    CHECK(strncmp(tstat_status_name(status), "TSTAT_", 6) == 0);
  }
  return NULL;
}

static const char* schema(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  size_t tables_of_logs = 0;
  for (size_t i = 0; i < tstat_log_count(); ++i) {
    tstat_log_info log = {.struct_size = sizeof(log)};
    CHECK(tstat_log_at(i, &log) == TSTAT_OK);
    CHECK(strncmp(log.name, "log_", 4) == 0);
    CHECK(log.on_by_default ==
          (strstr(log.name, "http") == NULL && strstr(log.name, "periodic") == NULL &&
           strstr(log.name, "dns") == NULL));
    tables_of_logs += log.tables;
  }
  CHECK(tables_of_logs == tstat_table_count());
  CHECK(tstat_table_count() >= 14);
  for (size_t i = 0; i < tstat_table_count(); ++i) {
    const tstat_table* table = tstat_table_at(i);
    tstat_table_info info = {.struct_size = sizeof(info)};
    CHECK(tstat_table_describe(table, &info) == TSTAT_OK);
    CHECK(tstat_table_named(info.name) == table);
    CHECK(strlen(info.description) > 10 && info.columns > 4);
    CHECK(tstat_table_in_profile(table, TSTAT_PROFILE_311) ||
          tstat_table_in_profile(table, TSTAT_PROFILE_33));
    CHECK(tstat_table_in_profile(table, TSTAT_PROFILE_NONE) ==
          tstat_table_in_profile(table, TSTAT_PROFILE_33));
    CHECK(tstat_table_in_profile(table, 3) == 0);
    for (size_t c = 0; c < info.columns; ++c) {
      tstat_column_info column = {.struct_size = sizeof(column)};
      CHECK(tstat_column_describe(table, c, &column) == TSTAT_OK);
      CHECK(tstat_column_named(table, column.name) == c);
      CHECK(strstr(column.name, column.label) != NULL);
      CHECK((column.side == TSTAT_OF_CLIENT) ==
            (strncmp(column.name, "c_", 2) == 0 && strcmp(column.name, column.label) != 0));
      CHECK(column.type >= TSTAT_UNSIGNED && column.type <= TSTAT_DURATION &&
            column.type_name[0] != 0);
      CHECK(column.privacy >= TSTAT_PUBLIC && column.privacy <= TSTAT_PRIVATE_DERIVED);
      CHECK(column.type != TSTAT_ENUMERATION || column.codes > 0);
      for (size_t k = 0; k < column.codes; ++k) {
        tstat_code code = {.struct_size = sizeof(code)};
        CHECK(tstat_column_code(table, c, k, &code) == TSTAT_OK);
        CHECK(code.meaning != NULL && code.name != NULL);
      }
      tstat_code none = {.struct_size = sizeof(none)};
      CHECK(tstat_column_code(table, c, column.codes, &none) == TSTAT_NOT_FOUND);
    }
  }
  return NULL;
}

/* What a program knows of one column. */
static const char* one_column(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  const tstat_table* table = tstat_table_named("tcp_complete");
  tstat_table_info info = {.struct_size = sizeof(info)};
  CHECK(tstat_table_describe(table, &info) == TSTAT_OK);
  CHECK(strcmp(info.log, "log_tcp_complete") == 0);
  tstat_column_info column = {.struct_size = sizeof(column)};
  CHECK(tstat_column_describe(table, tstat_column_named(table, "s_mss"), &column) == TSTAT_OK);
  CHECK(strcmp(column.label, "mss") == 0 && strcmp(column.unit, "bytes") == 0);
  CHECK(strcmp(column.type_name, "uint16") == 0 && column.bits == 16);
  CHECK(strcmp(column.absent, "no such option") == 0);
  CHECK(column.side == TSTAT_OF_SERVER && column.privacy == TSTAT_PUBLIC);
  CHECK(tstat_column_describe(table, tstat_column_named(table, "con_t"), &column) == TSTAT_OK);
  CHECK(column.type == TSTAT_BIT_SET && column.privacy == TSTAT_PRIVATE_DERIVED);
  tstat_code code = {.struct_size = sizeof(code)};
  int http = 0;
  for (size_t k = 0; k < column.codes; ++k) {
    CHECK(tstat_column_code(table, tstat_column_named(table, "con_t"), k, &code) == TSTAT_OK);
    http |= code.value == 1 && strcmp(code.name, "http") == 0;
  }
  CHECK(http);
  const size_t versions_column = tstat_column_named(table, "c_TLSvers");
  CHECK(versions_column != TSTAT_NO_COLUMN);
  CHECK(tstat_column_in_profile(table, versions_column, TSTAT_PROFILE_33) == 1);
  CHECK(tstat_column_in_profile(table, versions_column, TSTAT_PROFILE_311) == 0);
  const size_t number_column = tstat_column_named(table, "flow_no");
  CHECK(tstat_column_in_profile(table, number_column, TSTAT_PROFILE_33) == 0);
  CHECK(tstat_column_in_profile(table, number_column, TSTAT_PROFILE_NONE) == 1);
  CHECK(tstat_table_in_profile(tstat_table_named("tcp_period"), TSTAT_PROFILE_311) == 0);
  CHECK(tstat_table_in_profile(tstat_table_named("tcp_period"), TSTAT_PROFILE_33) == 1);
  return NULL;
}

static const char* options(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  int output_dir = 0;
  for (size_t i = 0; i < tstat_option_count(); ++i) {
    tstat_option_info option = {.struct_size = sizeof(option)};
    CHECK(tstat_option_at(i, &option) == TSTAT_OK);
    CHECK(strlen(option.name) > 1 && strlen(option.help) > 5);
    output_dir |= strcmp(option.name, "output-dir") == 0 && option.letter == 's' &&
                  strcmp(option.argument, "DIR") == 0;
    CHECK(strcmp(option.name, "help") != 0 && strcmp(option.name, "user") != 0);
  }
  CHECK(output_dir);
  return NULL;
}

static const char* histogram_definitions(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  int rtt = 0;
  CHECK(tstat_histogram_count() > 300);
  for (size_t i = 0; i < tstat_histogram_count(); ++i) {
    tstat_histogram_info h = {.struct_size = sizeof(h)};
    CHECK(tstat_histogram_at(i, &h) == TSTAT_OK);
    CHECK(h.name[0] != 0 && h.description[0] != 0 && h.width > 0 && h.max >= h.min);
    CHECK(h.kind >= TSTAT_DISTRIBUTION && h.kind <= TSTAT_SUM);
    rtt |= strcmp(h.name, "tcp_rtt_avg_out") == 0 && strcmp(h.family, "tcp_rtt_avg") == 0 &&
           strcmp(h.suffix, "out") == 0 && strcmp(h.unit, "ms") == 0;
  }
  CHECK(rtt);
  return NULL;
}

/* ---- rows ---- */

struct rows {
  unsigned rows, http_rows;
  uint64_t packets;
  const char* wrong;
};

static int count_rows(const tstat_row* row, void* user) {
  struct rows* rows = user;
  tstat_table_info info = {.struct_size = sizeof(info)};
  tstat_table_describe(tstat_row_table(row), &info);
  if (strncmp(info.name, "http_", 5) == 0) ++rows->http_rows;
  ++rows->rows;
  return 0;
}

static const char* check_tcp_row(const tstat_row* row, struct rows* rows) {
  uint64_t client = 0, server = 0, mss = 0;
  int64_t first = 0, last = 0, duration = 0, signed_number;
  int internal = -1;
  double real = 0;
  tstat_address address = {.struct_size = sizeof(address)};
  tstat_text name = {.struct_size = sizeof(name)};
  const tstat_table* table = tstat_row_table(row);
  CHECK(tstat_row_uint64_named(row, "c_pkts_all", &client) == TSTAT_OK);
  CHECK(tstat_row_uint64(row, tstat_column_named(table, "s_pkts_all"), &server) == TSTAT_OK);
  rows->packets += client + server;
  CHECK(tstat_row_double_named(row, "c_pkts_all", &real) == TSTAT_OK && real == (double)client);
  CHECK(tstat_row_time_named(row, "first", &first) == TSTAT_OK);
  CHECK(tstat_row_time_named(row, "last", &last) == TSTAT_OK);
  CHECK(tstat_row_duration_named(row, "durat", &duration) == TSTAT_OK);
  CHECK(duration == last - first && duration > 0);
  CHECK(tstat_row_bool_named(row, "c_isint", &internal) == TSTAT_OK && internal == 1);
  CHECK(tstat_row_address_named(row, "s_ip", &address) == TSTAT_OK);
  CHECK(address.version == 4 && address.encrypted == 0);
  CHECK(address.bytes[0] == 198 || address.bytes[0] == 203);
  CHECK(tstat_row_uint64_named(row, "c_mss", &mss) == TSTAT_OK && mss == 1460);
  CHECK(tstat_row_uint64_named(row, "con_t", &mss) == TSTAT_OK);
  const int with_name = tstat_row_text_named(row, "fqdn", &name);
  CHECK(with_name == TSTAT_ABSENT ||
        (with_name == TSTAT_OK && name.length > 8 && name.begin_missing == 0));
  /* Nothing is written where there is no value. */
  name.bytes = "untouched";
  CHECK(tstat_row_text_named(row, "c_TLSvers", &name) == TSTAT_ABSENT);
  CHECK(strcmp(name.bytes, "untouched") == 0);
  /* Wrong types, names and places. */
  CHECK(tstat_row_int64_named(row, "c_pkts_all", &signed_number) == TSTAT_WRONG_TYPE);
  CHECK(tstat_row_uint64_named(row, "c_isint", &client) == TSTAT_WRONG_TYPE);
  CHECK(tstat_row_bool_named(row, "c_pkts_all", &internal) == TSTAT_WRONG_TYPE);
  CHECK(tstat_row_double_named(row, "durat", &real) == TSTAT_WRONG_TYPE);
  CHECK(tstat_row_text_named(row, "c_ip", &name) == TSTAT_WRONG_TYPE);
  CHECK(tstat_row_address_named(row, "fqdn", &address) == TSTAT_WRONG_TYPE);
  CHECK(tstat_row_time_named(row, "durat", &first) == TSTAT_WRONG_TYPE);
  CHECK(tstat_row_duration_named(row, "first", &duration) == TSTAT_WRONG_TYPE);
  CHECK(tstat_row_uint64_named(row, "no_such_column", &client) == TSTAT_NOT_FOUND);
  CHECK(tstat_row_uint64(row, 10000, &client) == TSTAT_NOT_FOUND);
  CHECK(tstat_row_uint64(row, TSTAT_NO_COLUMN, &client) == TSTAT_NOT_FOUND);
  CHECK(tstat_row_uint64(row, 0, NULL) == TSTAT_INVALID);
  CHECK(tstat_row_uint64_named(row, NULL, &client) == TSTAT_INVALID);
  CHECK(tstat_row_uint64_named(row, "c_mss", NULL) == TSTAT_INVALID);
  address.struct_size = 0;
  CHECK(tstat_row_address_named(row, "s_ip", &address) == TSTAT_INVALID);
  ++rows->rows;
  return NULL;
}

static int on_tcp_row(const tstat_row* row, void* user) {
  struct rows* rows = user;
  rows->wrong = check_tcp_row(row, rows);
  return rows->wrong != NULL;
}

static const char* rows_of_a_trace(const char* traces, const char* scratch) {
  (void)scratch;
  struct rows tcp = {0}, all = {0}, http = {0};
  tstat_session* session = tstat_session_new();
  CHECK(session != NULL && strcmp(tstat_session_error(session), "") == 0);
  CHECK(tstat_session_on_row(session, "tcp_complete", on_tcp_row, &tcp) == TSTAT_OK);
  CHECK(tstat_session_on_row(session, NULL, count_rows, &all) == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "log_http_complete", count_rows, &http) == TSTAT_OK);
  const int status = tstat_session_run_trace(session, path_of(traces, "web.pcap"));
  if (tcp.wrong != NULL) return tcp.wrong;
  CHECK(status == TSTAT_OK);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(tcp.rows == 8 && tcp.packets > 100);
  CHECK(http.rows == http.http_rows && http.rows > 10);
  CHECK(all.http_rows == http.rows && all.rows > tcp.rows + http.rows);
  CHECK(number_of(session, "ip_packets") == 262 && number_of(session, "tcp_flows") == 8);
  CHECK(number_of(session, "first_packet") > 1500000000000000000);
  CHECK(number_of(session, "lost_rows") == 0);
  CHECK(tstat_session_free(session) == TSTAT_OK);
  return NULL;
}

static int with_versions(const tstat_row* row, void* user) {
  tstat_text text = {.struct_size = sizeof(text)};
  if (tstat_row_text_named(row, "c_TLSvers", &text) == TSTAT_OK && text.length >= 4) ++*(int*)user;
  return 0;
}

/* The profile is an option: its columns have values, its tables rows. */
static const char* rows_of_the_other_profile(const char* traces, const char* scratch) {
  (void)scratch;
  int versions_seen = 0;
  struct rows periods = {0};
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "compat", "3.3") == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "tcp_complete", with_versions, &versions_seen) == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "tcp_period", count_rows, &periods) == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_OK);
  CHECK(versions_seen > 0 && periods.rows > 0);
  return tstat_session_free(session) == TSTAT_OK ? NULL : "not freed";
}

/* ---- batches ---- */

struct batches {
  unsigned calls, rows, smaller;
  uint64_t packets;
  const char* wrong;
};

static const char* check_batch(const tstat_batch* batch, struct batches* batches) {
  const tstat_table* table = tstat_batch_table(batch);
  tstat_table_info info = {.struct_size = sizeof(info)};
  CHECK(tstat_table_describe(table, &info) == TSTAT_OK);
  const size_t rows = tstat_batch_rows(batch);
  ++batches->calls;
  batches->rows += (unsigned)rows;
  batches->smaller += rows < 3;
  tstat_array array = {.struct_size = sizeof(array)};
  CHECK(tstat_batch_column(batch, tstat_column_named(table, "c_pkts_all"), &array) == TSTAT_OK);
  CHECK(array.rows == rows && array.element_size == 8 && array.type == TSTAT_UNSIGNED);
  CHECK(array.data_size == 8 * rows && array.offsets == NULL && array.absent == 0);
  for (size_t i = 0; i < rows; ++i) batches->packets += ((const uint64_t*)array.data)[i];
  const size_t names = tstat_column_named(table, "fqdn");
  CHECK(tstat_batch_column(batch, names, &array) == TSTAT_OK);
  CHECK(array.element_size == 0 && array.offsets[0] == 0 && array.offsets[rows] == array.data_size);
  uint8_t bits[1] = {0xff};
  CHECK(tstat_batch_bitmap(batch, names, bits, 1) == TSTAT_OK);
  size_t valid = 0;
  for (size_t i = 0; i < rows; ++i) {
    CHECK(((bits[0] >> i) & 1) == array.valid[i]);
    valid += array.valid[i];
  }
  CHECK(bits[0] >> rows == 0 && valid + array.absent == rows);
  CHECK(tstat_batch_bitmap(batch, names, bits, 0) == TSTAT_INVALID);
  CHECK(tstat_batch_bitmap(batch, names, NULL, 1) == TSTAT_INVALID);
  CHECK(tstat_batch_bitmap(batch, 100000, bits, 1) == TSTAT_NOT_FOUND);
  CHECK(tstat_batch_column(batch, info.columns, &array) == TSTAT_NOT_FOUND);
  CHECK(tstat_batch_column(batch, 0, NULL) == TSTAT_INVALID);
  CHECK(tstat_batch_column(batch, tstat_column_named(table, "c_TLSvers"), &array) == TSTAT_ABSENT);
  return NULL;
}

static int on_batch(const tstat_batch* batch, void* user) {
  struct batches* batches = user;
  batches->wrong = check_batch(batch, batches);
  return batches->wrong != NULL;
}

static const char* batches_of_a_trace(const char* traces, const char* scratch) {
  (void)scratch;
  struct batches batches = {0};
  struct rows rows = {0};
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_on_batch(session, "tcp_complete", 3, on_batch, &batches) == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "tcp_complete", on_tcp_row, &rows) == TSTAT_OK);
  const int status = tstat_session_run_trace(session, path_of(traces, "web.pcap"));
  if (batches.wrong != NULL) return batches.wrong;
  CHECK(status == TSTAT_OK);
  CHECK(batches.calls == 3 && batches.rows == 8 && batches.smaller == 1);
  CHECK(batches.packets > 50 && batches.packets < rows.packets);
  return tstat_session_free(session) == TSTAT_OK ? NULL : "not freed";
}

/* ---- histograms ---- */

struct snapshots {
  unsigned intervals, ends;
  int64_t rtt_samples, totals, cells;
  size_t networks;
  const char* wrong;
};

static const char* check_snapshot(const tstat_snapshot* snapshot, struct snapshots* seen) {
  tstat_snapshot_info info = {.struct_size = sizeof(info)};
  CHECK(tstat_snapshot_describe(snapshot, &info) == TSTAT_OK);
  if (info.kind == TSTAT_SNAPSHOT_INTERNAL_ADDRESSES) return NULL;
  seen->intervals += info.kind == TSTAT_SNAPSHOT_INTERVAL;
  seen->ends += info.kind == TSTAT_SNAPSHOT_TRACE_END;
  CHECK(info.time > 1500000000000000000 && info.histograms > 0);
  tstat_histogram h = {.struct_size = sizeof(h)};
  CHECK(tstat_snapshot_histogram_named(snapshot, "tcp_rtt_avg_out", &h) == TSTAT_OK);
  CHECK(strcmp(h.name, "tcp_rtt_avg_out") == 0 && strlen(h.description) > 5);
  CHECK(h.cell_count > 3 && h.width > 0);
  CHECK(tstat_histogram_label(&h, 0) == h.min - h.width && tstat_histogram_label(&h, 1) == h.min);
  CHECK(tstat_histogram_label(&h, 2) == h.min + h.width);
  CHECK(tstat_histogram_label(&h, h.cell_count - 1) == h.max);
  CHECK(tstat_histogram_label(&h, h.cell_count) == 0 && tstat_histogram_label(NULL, 0) == 0);
  for (size_t i = 0; i < h.cell_count; ++i) seen->cells += h.cells[i];
  seen->rtt_samples += h.samples;
  if (h.total_cells != NULL) seen->totals = h.total_samples;
  CHECK(tstat_snapshot_histogram_named(snapshot, "none", &h) == TSTAT_NOT_FOUND);
  CHECK(tstat_snapshot_histogram(snapshot, info.histograms, &h) == TSTAT_NOT_FOUND);
  CHECK(tstat_snapshot_histogram(snapshot, 0, &h) == TSTAT_OK && h.name[0] != 0);
  CHECK(tstat_snapshot_histogram(snapshot, 0, NULL) == TSTAT_INVALID);
  tstat_network network = {.struct_size = sizeof(network)};
  for (size_t i = 0; i < info.addresses; ++i) {
    CHECK(tstat_snapshot_network(snapshot, 0, i, &network) == TSTAT_OK);
    CHECK((network.network & ~info.address_mask) == 0);
    CHECK(network.source_packets + network.destination_packets > 0);
    ++seen->networks;
  }
  CHECK(tstat_snapshot_network(snapshot, 0, info.addresses, &network) == TSTAT_NOT_FOUND);
  CHECK(tstat_snapshot_network(snapshot, 1, info.internal_addresses, &network) == TSTAT_NOT_FOUND);
  return NULL;
}

static int on_snapshot(const tstat_snapshot* snapshot, void* user) {
  struct snapshots* seen = user;
  seen->wrong = check_snapshot(snapshot, seen);
  return seen->wrong != NULL;
}

static const char* histograms_of_a_trace(const char* traces, const char* scratch) {
  struct snapshots seen = {0};
  const char* config = path_of(scratch, "histo.conf");
  FILE* file = fopen(config, "w");
  CHECK(file != NULL && fputs("include ADX\n", file) >= 0 && fclose(file) == 0);
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "internal-nets", path_of(traces, "networks.conf")) == TSTAT_OK);
  CHECK(tstat_session_set(session, "H", config) == TSTAT_OK);
  CHECK(tstat_session_set(session, "global-histograms", NULL) == TSTAT_OK);
  CHECK(tstat_session_set_key(session, "Max_Time_Step", "1") == TSTAT_OK);
  CHECK(tstat_session_select_histograms(session, "tcp_rtt") == TSTAT_OK);
  CHECK(tstat_session_select_histograms(session, "no such") == TSTAT_NOT_FOUND);
  CHECK(tstat_session_on_histograms(session, on_snapshot, &seen) == TSTAT_OK);
  const int status = tstat_session_run_trace(session, path_of(traces, "mixed.pcap"));
  if (seen.wrong != NULL) return seen.wrong;
  CHECK(status == TSTAT_OK);
  CHECK(seen.intervals > 1 && seen.ends == 1);
  CHECK(seen.rtt_samples > 0 && seen.totals == seen.rtt_samples && seen.cells >= seen.rtt_samples);
  CHECK(seen.networks > 0);
  return tstat_session_free(session) == TSTAT_OK ? NULL : "not freed";
}

/* ---- privacy ---- */

/* A classic trace of this machine's byte order, whole. */
struct trace {
  uint8_t* bytes;
  tstat_packet* packets;
  size_t count;
};

struct hidden {
  unsigned rows, batches, handshakes, flows;
  const char* wrong;
};

static int is_true_client(const tstat_address* address) {
  static const uint8_t client[4] = {10, 0, 0, 2};
  return memcmp(address->bytes, client, 4) == 0;
}

static const char* check_hidden_row(const tstat_row* row, struct hidden* hidden) {
  tstat_address client = {.struct_size = sizeof(client)};
  tstat_text name = {.struct_size = sizeof(name)}, again = {.struct_size = sizeof(again)};
  CHECK(tstat_row_address_named(row, "c_ip", &client) == TSTAT_OK);
  CHECK(client.version == 4 && client.encrypted == 1 && !is_true_client(&client));
  if (tstat_row_text_named(row, "fqdn", &name) == TSTAT_OK) {
    /* Labels of 26 characters; the first text stays when a second one is read. */
    const char first = name.bytes[0];
    CHECK(name.length == 26 * 3 + 2 && name.bytes[26] == '.');
    CHECK(tstat_row_text_named(row, "fqdn", &again) == TSTAT_OK && again.bytes != name.bytes);
    CHECK(name.bytes[0] == first && memcmp(name.bytes, again.bytes, name.length) == 0);
    ++hidden->rows;
  }
  return NULL;
}

static int on_hidden_row(const tstat_row* row, void* user) {
  struct hidden* hidden = user;
  hidden->wrong = check_hidden_row(row, hidden);
  return hidden->wrong != NULL;
}

static int on_hidden_batch(const tstat_batch* batch, void* user) {
  static const uint8_t client[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 2};
  struct hidden* hidden = user;
  tstat_array array = {.struct_size = sizeof(array)};
  const size_t column = tstat_column_named(tstat_batch_table(batch), "c_ip");
  if (tstat_batch_column(batch, column, &array) != TSTAT_OK) hidden->wrong = "no column c_ip";
  for (size_t i = 0; i < array.rows; ++i) {
    if (memcmp((const uint8_t*)array.data + 16 * i, client, 16) == 0)
      hidden->wrong = "a true address";
  }
  ++hidden->batches;
  return hidden->wrong != NULL;
}

static int on_hidden_tls(const tstat_tls* tls, void* user) {
  struct hidden* hidden = user;
  if (is_true_client(&tls->client) || strstr(tls->server_name, "example") != NULL ||
      strstr(tls->common_name, "example") != NULL ||
      strstr(tls->resolved_name, "example") != NULL) {
    hidden->wrong = "a true name or address in a handshake";
  }
  hidden->handshakes += strlen(tls->server_name) == 26 * 3 + 2;
  return hidden->wrong != NULL;
}

static int on_hidden_flow(const tstat_flow* flow, void* user) {
  struct hidden* hidden = user;
  if (is_true_client(&flow->client)) hidden->wrong = "a true address of an open flow";
  ++hidden->flows;
  return 0;
}

static const char* read_trace(const char* path, struct trace* trace);
static void free_trace(struct trace* trace);

/* What outputs may not show no call-back shows either. */
static const char* anonymised(const char* traces, const char* scratch) {
  (void)scratch;
  struct hidden hidden = {0};
  struct trace trace = {0};
  const char* wrong = read_trace(path_of(traces, "web.pcap"), &trace);
  if (wrong != NULL) return wrong;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "strict-anonymity", NULL) == TSTAT_OK);
  CHECK(tstat_session_set(session, "keyvalue", "a key") == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "tcp_complete", on_hidden_row, &hidden) == TSTAT_OK);
  CHECK(tstat_session_on_batch(session, "tcp_complete", 4, on_hidden_batch, &hidden) == TSTAT_OK);
  CHECK(tstat_session_on_tls(session, on_hidden_tls, &hidden) == TSTAT_OK);
  CHECK(tstat_session_feed_many(session, trace.packets, trace.count, NULL) == TSTAT_OK);
  CHECK(tstat_session_for_each_flow(session, on_hidden_flow, &hidden) == TSTAT_OK);
  const int status = tstat_session_finish(session);
  if (hidden.wrong != NULL) return hidden.wrong;
  CHECK(status == TSTAT_OK);
  CHECK(hidden.rows > 0 && hidden.batches == 2 && hidden.handshakes > 0 && hidden.flows > 0);
  tstat_session_free(session);
  free_trace(&trace);
  return NULL;
}

/* ---- packets of the caller ---- */

static const char* read_trace(const char* path, struct trace* trace) {
  FILE* file = fopen(path, "rb");
  CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
  const long size = ftell(file);
  rewind(file);
  trace->bytes = malloc((size_t)size);
  CHECK(fread(trace->bytes, 1, (size_t)size, file) == (size_t)size && fclose(file) == 0);
  uint32_t header[6];
  memcpy(header, trace->bytes, sizeof(header));
  CHECK(header[0] == 0xa1b2c3d4u || header[0] == 0xa1b23c4du);
  const int64_t unit = header[0] == 0xa1b2c3d4u ? 1000 : 1;
  trace->packets = calloc((size_t)size / 16, sizeof(*trace->packets));
  for (size_t at = 24; at + 16 <= (size_t)size; ++trace->count) {
    uint32_t record[4];
    memcpy(record, trace->bytes + at, sizeof(record));
    tstat_packet* packet = &trace->packets[trace->count];
    packet->struct_size = sizeof(*packet);
    packet->time = record[0] * (int64_t)1000000000 + record[1] * unit;
    packet->data = trace->bytes + at + 16;
    packet->captured_length = record[2];
    packet->original_length = record[3];
    packet->link_type = (int)header[5];
    at += 16 + record[2];
  }
  return NULL;
}

static void free_trace(struct trace* trace) {
  free(trace->bytes);
  free(trace->packets);
}

static const char* packets_one_by_one(const char* traces, const char* scratch) {
  (void)scratch;
  struct trace trace = {0};
  struct rows rows = {0};
  int results[8] = {0};
  const char* wrong = read_trace(path_of(traces, "web.pcap"), &trace);
  if (wrong != NULL) return wrong;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_on_row(session, "tcp_complete", on_tcp_row, &rows) == TSTAT_OK);
  CHECK(tstat_session_begin_trace(session, "mine", 0) == TSTAT_OK);
  for (size_t i = 0; i < trace.count; ++i) {
    int result = -1;
    CHECK(tstat_session_feed(session, &trace.packets[i], &result) == TSTAT_OK);
    CHECK(result > TSTAT_PACKET_NOT_TAKEN && result <= TSTAT_PACKET_COUNTED);
    ++results[result];
  }
  CHECK(tstat_session_end_trace(session) == TSTAT_OK);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(rows.wrong == NULL && rows.rows == 8);
  CHECK(results[TSTAT_PACKET_COUNTED] > 200);
  CHECK(results[TSTAT_PACKET_DROPPED] == 6 && results[TSTAT_PACKET_NOT_ANALYSED] == 4);
  uint64_t packets = 0;
  const char* reason = NULL;
  CHECK(tstat_session_dropped(session, 0, &reason, &packets) == TSTAT_OK);
  CHECK(strcmp(reason, "not IP") == 0 && packets == 6);
  CHECK(tstat_session_dropped(session, 1, &reason, &packets) == TSTAT_OK && packets == 4);
  CHECK(tstat_session_dropped(session, 2, &reason, &packets) == TSTAT_NOT_FOUND);
  tstat_session_free(session);
  free_trace(&trace);
  return NULL;
}

/* Of a program that knows more members of tstat_packet than this library. */
struct later_packet {
  tstat_packet packet;
  uint64_t more[2];
};

static const char* packets_at_once(const char* traces, const char* scratch) {
  (void)scratch;
  struct trace trace = {0};
  struct rows rows = {0};
  size_t taken = 0;
  const char* wrong = read_trace(path_of(traces, "web.pcap"), &trace);
  if (wrong != NULL) return wrong;
  struct later_packet* later = calloc(trace.count, sizeof(*later));
  for (size_t i = 0; i < trace.count; ++i) {
    later[i].packet = trace.packets[i];
    later[i].packet.struct_size = sizeof(*later);
  }
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_on_row(session, "tcp_complete", on_tcp_row, &rows) == TSTAT_OK);
  CHECK(tstat_session_feed_many(session, trace.packets, 100, &taken) == TSTAT_OK && taken == 100);
  CHECK(tstat_session_feed_many(session, &later[100].packet, trace.count - 100, NULL) == TSTAT_OK);
  CHECK(tstat_session_feed_many(session, NULL, 0, &taken) == TSTAT_OK && taken == 0);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(rows.wrong == NULL && rows.rows == 8);
  CHECK(number_of(session, "ip_packets") == 262);
  tstat_session_free(session);
  free(later);
  free_trace(&trace);
  return NULL;
}

/* From the IP header on, with the direction that the caller knows. */
static const char* packets_without_link_header(const char* traces, const char* scratch) {
  (void)scratch;
  struct trace trace = {0};
  struct rows rows = {0};
  const char* wrong = read_trace(path_of(traces, "web.pcap"), &trace);
  if (wrong != NULL) return wrong;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_on_row(session, "tcp_complete", count_rows, &rows) == TSTAT_OK);
  for (size_t i = 0; i < trace.count; ++i) {
    tstat_packet* packet = &trace.packets[i];
    const uint8_t* bytes = packet->data;
    if (packet->link_type != TSTAT_LINK_ETHERNET || bytes[12] != 8 || bytes[13] != 0) continue;
    packet->data = bytes + 14;
    packet->captured_length -= 14;
    packet->original_length = 0;
    packet->link_type = TSTAT_LINK_IP;
    packet->origin = bytes[26] == 10 ? TSTAT_ORIGIN_INTERNAL_SOURCE : TSTAT_ORIGIN_EXTERNAL_SOURCE;
    CHECK(tstat_session_feed(session, packet, NULL) == TSTAT_OK);
  }
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(rows.rows == 8);
  tstat_session_free(session);
  free_trace(&trace);
  return NULL;
}

/* ---- flows, time, events ---- */

struct flows {
  unsigned tcp, udp;
  const char* wrong;
  unsigned limit;
};

static const char* check_flow(const tstat_flow* flow, struct flows* flows) {
  CHECK(flow->struct_size == sizeof(*flow));
  CHECK(flow->protocol == TSTAT_UDP || flows->udp == 0); /* TCP first */
  flows->tcp += flow->protocol == TSTAT_TCP;
  flows->udp += flow->protocol == TSTAT_UDP;
  CHECK(flow->packets > 0 && flow->number > 0 && flow->last >= flow->first);
  CHECK(flow->client.version == 4 && flow->client_port > 0 && flow->server_port > 0);
  return NULL;
}

static int on_flow(const tstat_flow* flow, void* user) {
  struct flows* flows = user;
  if (flows->wrong == NULL) flows->wrong = check_flow(flow, flows);
  return flows->tcp + flows->udp == flows->limit;
}

struct events {
  unsigned outputs, intervals, ends;
  int64_t last;
};

static int on_event(const tstat_event* event, void* user) {
  struct events* events = user;
  events->outputs += event->kind == TSTAT_NEW_OUTPUT;
  events->intervals += event->kind == TSTAT_INTERVAL_END;
  events->ends += event->kind == TSTAT_TRACE_END;
  events->last = event->time;
  return 0;
}

static const char* flows_and_time(const char* traces, const char* scratch) {
  (void)scratch;
  struct trace trace = {0};
  struct flows flows = {.limit = 1000};
  struct events events = {0};
  struct rows rows = {0};
  const char* wrong = read_trace(path_of(traces, "web.pcap"), &trace);
  if (wrong != NULL) return wrong;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_on_event(session, on_event, &events) == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "log_udp_complete", count_rows, &rows) == TSTAT_OK);
  CHECK(tstat_session_feed_many(session, trace.packets, trace.count, NULL) == TSTAT_OK);
  CHECK(tstat_session_for_each_flow(session, on_flow, &flows) == TSTAT_OK);
  if (flows.wrong != NULL) return flows.wrong;
  CHECK(flows.tcp == (unsigned)number_of(session, "open_tcp_flows"));
  CHECK(flows.udp == (unsigned)number_of(session, "open_udp_flows") && flows.udp > 1);
  struct flows one = {.limit = 1};
  CHECK(tstat_session_for_each_flow(session, on_flow, &one) == TSTAT_STOPPED);
  CHECK(one.tcp + one.udp == 1 && tstat_session_stop_value(session) == 0);
  CHECK(events.outputs == 1 && events.intervals == 0 && rows.rows < flows.udp);
  const int64_t last = trace.packets[trace.count - 1].time;
  CHECK(tstat_session_advance_time(session, last + 86400 * (int64_t)1000000000) == TSTAT_OK);
  CHECK(number_of(session, "open_udp_flows") == 0 && rows.rows >= flows.udp);
  CHECK(events.intervals > 0 && events.ends == 0);
  CHECK(tstat_session_new_output(session, last + 2 * 86400 * (int64_t)1000000000, "later") ==
        TSTAT_OK);
  CHECK(events.outputs == 2);
  CHECK(tstat_session_finish(session) == TSTAT_OK && events.ends == 1);
  tstat_session_free(session);
  free_trace(&trace);
  return NULL;
}

struct handshakes {
  unsigned seen, named, other;
};

static int on_tls(const tstat_tls* tls, void* user) {
  struct handshakes* handshakes = user;
  ++handshakes->seen;
  handshakes->named += strcmp(tls->server_name, "www.example.test") == 0 && tls->answered == 1 &&
                       strcmp(tls->common_name, "www.example.test") == 0 &&
                       strcmp(tls->resolved_name, "www.example.test") == 0 &&
                       tls->server_port == 443 && tls->client.version == 4 &&
                       tls->client_port > 1023 && tls->flow_number > 0;
  handshakes->other += tls->struct_size != sizeof(*tls) || tls->time < 1500000000000000000;
  return 0;
}

static const char* handshakes_of_a_trace(const char* traces, const char* scratch) {
  (void)scratch;
  struct handshakes handshakes = {0};
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_on_tls(session, on_tls, &handshakes) == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_OK);
  CHECK(handshakes.seen > 0 && handshakes.named > 0 && handshakes.other == 0);
  tstat_session_free(session);
  return NULL;
}

static int only_http(const tstat_flow* flow, void* user) {
  ++*(unsigned*)user;
  return flow->protocol == TSTAT_TCP && flow->server_port == 80 && flow->client_internal == 1;
}

static int leave_out(const tstat_flow* flow, void* user) {
  (void)flow, (void)user;
  return 0;
}

static const char* flows_left_out(const char* traces, const char* scratch) {
  (void)scratch;
  unsigned asked = 0;
  struct rows rows = {0}, udp = {0};
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_filter_flows(session, leave_out, NULL) == TSTAT_OK);
  CHECK(tstat_session_filter_flows(session, only_http, &asked) == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "tcp_complete", on_tcp_row, &rows) == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "udp_complete", count_rows, &udp) == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_OK);
  CHECK(rows.rows > 0 && rows.rows < 8 && udp.rows == 0);
  CHECK(asked == number_of(session, "tcp_flows") + number_of(session, "udp_flows"));
  tstat_session_free(session);
  return NULL;
}

/* ---- outputs ---- */

struct notices {
  unsigned directories, messages;
  char directory[1024];
};

static void on_notice(int kind, const char* text, int64_t time, void* user) {
  struct notices* notices = user;
  if (kind == TSTAT_START_MESSAGE) ++notices->messages;
  if (kind != TSTAT_LOG_DIRECTORY || time <= 0) return;
  ++notices->directories;
  snprintf(notices->directory, sizeof(notices->directory), "%s", text);
}

static int exists(const char* folder, const char* name) {
  FILE* file = fopen(path_of(folder, name), "r");
  if (file != NULL) fclose(file);
  return file != NULL;
}

static const char* outputs(const char* traces, const char* scratch) {
  struct notices notices = {0};
  tstat_session* session = tstat_session_new();
  CHECK(strcmp(tstat_session_directory(session), "") == 0);
  CHECK(strcmp(tstat_session_report(session), "") == 0);
  CHECK(tstat_session_set(session, "s", path_of(scratch, "out")) == TSTAT_OK);
  CHECK(tstat_session_set(session, "no-histograms", "1") == TSTAT_OK);
  CHECK(tstat_session_set_key(session, "log_http_complete", "1") == TSTAT_OK);
  CHECK(tstat_session_set_key(session, "log_udp_complete", "0") == TSTAT_OK);
  CHECK(tstat_session_on_notice(session, on_notice, &notices) == TSTAT_OK);
  CHECK(tstat_session_start(session) == TSTAT_OK);
  CHECK(notices.messages > 0); /* "Warning: -N option not specified." and what keys change */
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_OK);
  CHECK(tstat_session_flush(session) == TSTAT_OK && tstat_session_retry(session, 0) == TSTAT_OK);
  CHECK(notices.directories == 1);
  CHECK(strcmp(tstat_session_directory(session), notices.directory) == 0);
  CHECK(strncmp(notices.directory, scratch, strlen(scratch)) == 0);
  CHECK(exists(notices.directory, "log_http_complete") &&
        exists(notices.directory, "log_tcp_complete"));
  CHECK(!exists(notices.directory, "log_udp_complete"));
  CHECK(strstr(tstat_session_report(session), "total packet analized : 262") != NULL);
  const char* problem = NULL;
  CHECK(tstat_session_take_problem(session, &problem) == TSTAT_ABSENT && problem == NULL);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  tstat_session_free(session);
  return NULL;
}

/* A file stands where a directory is to be. */
static const char* problems(const char* traces, const char* scratch) {
  FILE* file = fopen(path_of(scratch, "taken"), "w");
  CHECK(file != NULL && fclose(file) == 0);
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "output-dir", path_of(scratch, "taken/out")) == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) < 0);
  CHECK(strstr(tstat_session_error(session), "taken") != NULL);
  const char* problem = NULL;
  CHECK(tstat_session_take_problem(session, &problem) < 0);
  CHECK(problem != NULL && strstr(problem, "taken") != NULL);
  while (tstat_session_take_problem(session, &problem) < 0) continue;
  CHECK(tstat_session_take_problem(session, &problem) == TSTAT_ABSENT);
  CHECK(number_of(session, "ip_packets") == 262);
  CHECK(tstat_session_finish(session) < 0);
  tstat_session_free(session);
  return NULL;
}

/* Flows go on from trace to trace, in two files of one link and in one. */
static const char* several_traces(const char* traces, const char* scratch) {
  (void)scratch;
  struct rows rows = {0}, pair = {0};
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "c", "") == TSTAT_OK);
  CHECK(tstat_session_set(session, "bpf", "tcp") == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "log_tcp_complete", count_rows, &rows) == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "mixed.pcap")) == TSTAT_OK);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(rows.rows > 8 && number_of(session, "udp_packets") == 0);
  tstat_session_free(session);
  session = tstat_session_new();
  CHECK(tstat_session_on_row(session, "log_tcp_complete", count_rows, &pair) == TSTAT_OK);
  CHECK(tstat_session_run_pair(session, path_of(traces, "web.pcap"), path_of(traces, "ssh.pcap")) ==
        TSTAT_OK);
  CHECK(pair.rows > 8);
  tstat_session_free(session);
  return NULL;
}

const struct call_test kCallTests[] = {
    {"Versions", versions},
    {"Schema", schema},
    {"OneColumn", one_column},
    {"Options", options},
    {"HistogramDefinitions", histogram_definitions},
    {"RowsOfATrace", rows_of_a_trace},
    {"RowsOfTheOtherProfile", rows_of_the_other_profile},
    {"BatchesOfATrace", batches_of_a_trace},
    {"HistogramsOfATrace", histograms_of_a_trace},
    {"Anonymised", anonymised},
    {"PacketsOneByOne", packets_one_by_one},
    {"PacketsAtOnce", packets_at_once},
    {"PacketsWithoutLinkHeader", packets_without_link_header},
    {"FlowsAndTime", flows_and_time},
    {"FlowsLeftOut", flows_left_out},
    {"HandshakesOfATrace", handshakes_of_a_trace},
    {"Outputs", outputs},
    {"Problems", problems},
    {"SeveralTraces", several_traces},
};
const unsigned kCallTestCount = sizeof(kCallTests) / sizeof(kCallTests[0]);
