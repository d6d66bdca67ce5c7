/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the functions of tstat.h do when they are used as they should not be: nothing, and they say
 * so. And how a program ends an analysis.
 */
#include <stdio.h>
#include <string.h>

#include "tests/bindings/tstat_calls.h"
#include "tstat.h"

static int nothing_of_row(const tstat_row* row, void* user) {
  (void)row, (void)user;
  return 0;
}
static int nothing_of_batch(const tstat_batch* batch, void* user) {
  (void)batch, (void)user;
  return 0;
}
static int nothing_of_snapshot(const tstat_snapshot* snapshot, void* user) {
  (void)snapshot, (void)user;
  return 0;
}
static int nothing_of_event(const tstat_event* event, void* user) {
  (void)event, (void)user;
  return 0;
}
static int nothing_of_tls(const tstat_tls* tls, void* user) {
  (void)tls, (void)user;
  return 0;
}
static void nothing_of_notice(int kind, const char* text, int64_t time, void* user) {
  (void)kind, (void)text, (void)time, (void)user;
}
static int nothing_of_flow(const tstat_flow* flow, void* user) {
  (void)flow, (void)user;
  return 0;
}

/* A UDP datagram without payload. */
static tstat_packet packet_at(int64_t time) {
  static const uint8_t bytes[60] = {
      0,    1, 2,  3,  4, 5, 6, 7, 8,  9,  10, 11, 8,  0, /* Ethernet */
      0x45, 0, 0,  28, 0, 0, 0, 0, 64, 17, 0,  0,  10, 0,
      0,    1, 10, 0,  0, 2, 4, 0, 5,  0,  0,  8,  0,  0}; /* UDP */
  tstat_packet packet = {.struct_size = sizeof(packet), .time = time, .data = bytes};
  packet.captured_length = sizeof(bytes);
  packet.link_type = TSTAT_LINK_ETHERNET;
  return packet;
}

static const char* path_of(const char* folder, const char* name) {
  static char path[1024];
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  return path;
}

/* ---- without an object ---- */

static const char* no_session(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  const tstat_packet packet = packet_at(1);
  int result = 77;
  size_t taken = 77;
  int64_t number;
  uint64_t packets;
  const char* text;
  CHECK(tstat_session_free(NULL) == TSTAT_OK);
  CHECK(strlen(tstat_session_error(NULL)) > 0);
  CHECK(tstat_session_set(NULL, "output-dir", "x") == TSTAT_INVALID);
  CHECK(tstat_session_set_key(NULL, "Dirs", "1") == TSTAT_INVALID);
  CHECK(tstat_session_select_histograms(NULL, "") == TSTAT_INVALID);
  CHECK(tstat_session_on_row(NULL, NULL, nothing_of_row, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_batch(NULL, "tcp_complete", 1, nothing_of_batch, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_histograms(NULL, nothing_of_snapshot, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_event(NULL, nothing_of_event, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_tls(NULL, nothing_of_tls, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_notice(NULL, nothing_of_notice, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_filter_flows(NULL, nothing_of_flow, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_start(NULL) == TSTAT_INVALID);
  CHECK(tstat_session_run_trace(NULL, "x") == TSTAT_INVALID);
  CHECK(tstat_session_run_pair(NULL, "x", "y") == TSTAT_INVALID);
  CHECK(tstat_session_run_live(NULL) == TSTAT_INVALID);
  tstat_session_interrupt(NULL);
  CHECK(tstat_session_begin_trace(NULL, "x", 0) == TSTAT_INVALID);
  CHECK(tstat_session_end_trace(NULL) == TSTAT_INVALID);
  CHECK(tstat_session_feed(NULL, &packet, &result) == TSTAT_INVALID);
  CHECK(result == TSTAT_PACKET_NOT_TAKEN);
  CHECK(tstat_session_feed_many(NULL, &packet, 1, &taken) == TSTAT_INVALID && taken == 0);
  CHECK(tstat_session_advance_time(NULL, 1) == TSTAT_INVALID);
  CHECK(tstat_session_new_output(NULL, 1, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_finish(NULL) == TSTAT_INVALID);
  CHECK(tstat_session_flush(NULL) == TSTAT_INVALID);
  CHECK(tstat_session_retry(NULL, 1) == TSTAT_INVALID);
  CHECK(tstat_session_reload(NULL, "x") == TSTAT_INVALID);
  CHECK(tstat_session_take_problem(NULL, &text) == TSTAT_INVALID);
  CHECK(strcmp(tstat_session_directory(NULL), "") == 0);
  CHECK(strcmp(tstat_session_report(NULL), "") == 0);
  CHECK(tstat_session_statistic(NULL, "ip_packets", &number) == TSTAT_INVALID);
  CHECK(tstat_session_dropped(NULL, 0, &text, &packets) == TSTAT_INVALID);
  CHECK(tstat_session_for_each_flow(NULL, nothing_of_flow, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_stop_value(NULL) == 0);
  return NULL;
}

static const char* no_object(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  const tstat_table* table = tstat_table_at(0);
  tstat_table_info table_info = {.struct_size = sizeof(table_info)};
  tstat_column_info column = {.struct_size = sizeof(column)};
  tstat_log_info log = {.struct_size = sizeof(log)};
  tstat_option_info option = {.struct_size = sizeof(option)};
  tstat_histogram_info definition = {.struct_size = sizeof(definition)};
  tstat_histogram histogram = {.struct_size = sizeof(histogram)};
  tstat_snapshot_info snapshot = {.struct_size = sizeof(snapshot)};
  tstat_network network = {.struct_size = sizeof(network)};
  tstat_code code = {.struct_size = sizeof(code)};
  tstat_array array = {.struct_size = sizeof(array)};
  tstat_text text = {.struct_size = sizeof(text)};
  tstat_address address = {.struct_size = sizeof(address)};
  uint64_t u;
  int64_t i;
  double d;
  int b;
  uint8_t bits[8];
  CHECK(tstat_log_at(tstat_log_count(), &log) == TSTAT_NOT_FOUND);
  CHECK(tstat_log_at(0, NULL) == TSTAT_INVALID);
  CHECK(tstat_table_at(tstat_table_count()) == NULL && tstat_table_at((size_t)-1) == NULL);
  CHECK(tstat_table_named(NULL) == NULL && tstat_table_named("") == NULL);
  CHECK(tstat_table_describe(NULL, &table_info) == TSTAT_INVALID);
  CHECK(tstat_table_describe(table, NULL) == TSTAT_INVALID);
  CHECK(tstat_table_in_profile(NULL, TSTAT_PROFILE_311) == 0);
  CHECK(tstat_table_in_profile(table, -1) == 0 && tstat_table_in_profile(table, 3) == 0);
  CHECK(tstat_column_describe(NULL, 0, &column) == TSTAT_INVALID);
  CHECK(tstat_column_describe(table, 0, NULL) == TSTAT_INVALID);
  CHECK(tstat_column_describe(table, TSTAT_NO_COLUMN, &column) == TSTAT_NOT_FOUND);
  CHECK(tstat_column_code(NULL, 0, 0, &code) == TSTAT_INVALID);
  CHECK(tstat_column_code(table, 0, 0, NULL) == TSTAT_INVALID);
  CHECK(tstat_column_code(table, TSTAT_NO_COLUMN, 0, &code) == TSTAT_NOT_FOUND);
  CHECK(tstat_column_in_profile(NULL, 0, TSTAT_PROFILE_311) == 0);
  CHECK(tstat_column_in_profile(table, TSTAT_NO_COLUMN, TSTAT_PROFILE_311) == 0);
  CHECK(tstat_column_in_profile(table, 0, 99) == 0);
  CHECK(tstat_column_named(NULL, "c_ip") == TSTAT_NO_COLUMN);
  CHECK(tstat_column_named(table, NULL) == TSTAT_NO_COLUMN);
  CHECK(tstat_column_named(table, "C_IP") == TSTAT_NO_COLUMN);
  CHECK(tstat_option_at(tstat_option_count(), &option) == TSTAT_NOT_FOUND);
  CHECK(tstat_option_at(0, NULL) == TSTAT_INVALID);
  CHECK(tstat_histogram_at(tstat_histogram_count(), &definition) == TSTAT_NOT_FOUND);
  CHECK(tstat_histogram_at(0, NULL) == TSTAT_INVALID);
  CHECK(tstat_statistic_name(tstat_statistic_count()) == NULL);
  CHECK(tstat_row_table(NULL) == NULL);
  CHECK(tstat_row_uint64(NULL, 0, &u) == TSTAT_INVALID &&
        tstat_row_uint64_named(NULL, "c_ip", &u) == TSTAT_INVALID);
  CHECK(tstat_row_int64(NULL, 0, &i) == TSTAT_INVALID &&
        tstat_row_int64_named(NULL, "c_ip", &i) == TSTAT_INVALID);
  CHECK(tstat_row_double(NULL, 0, &d) == TSTAT_INVALID &&
        tstat_row_double_named(NULL, "c_ip", &d) == TSTAT_INVALID);
  CHECK(tstat_row_bool(NULL, 0, &b) == TSTAT_INVALID &&
        tstat_row_bool_named(NULL, "c_ip", &b) == TSTAT_INVALID);
  CHECK(tstat_row_text(NULL, 0, &text) == TSTAT_INVALID &&
        tstat_row_text_named(NULL, "c_ip", &text) == TSTAT_INVALID);
  CHECK(tstat_row_address(NULL, 0, &address) == TSTAT_INVALID);
  CHECK(tstat_row_address_named(NULL, "c_ip", &address) == TSTAT_INVALID);
  CHECK(tstat_row_time(NULL, 0, &i) == TSTAT_INVALID &&
        tstat_row_time_named(NULL, "c_ip", &i) == TSTAT_INVALID);
  CHECK(tstat_row_duration(NULL, 0, &i) == TSTAT_INVALID &&
        tstat_row_duration_named(NULL, "c_ip", &i) == TSTAT_INVALID);
  CHECK(tstat_batch_table(NULL) == NULL && tstat_batch_rows(NULL) == 0);
  CHECK(tstat_batch_column(NULL, 0, &array) == TSTAT_INVALID);
  CHECK(tstat_batch_bitmap(NULL, 0, bits, sizeof(bits)) == TSTAT_INVALID);
  CHECK(tstat_snapshot_describe(NULL, &snapshot) == TSTAT_INVALID);
  CHECK(tstat_snapshot_histogram(NULL, 0, &histogram) == TSTAT_INVALID);
  CHECK(tstat_snapshot_histogram_named(NULL, "ip_len_in", &histogram) == TSTAT_INVALID);
  CHECK(tstat_snapshot_network(NULL, 0, 0, &network) == TSTAT_INVALID);
  return NULL;
}

/* Structures of older and newer programs, and none at all. */
static const char* sizes_of_structures(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  struct {
    tstat_log_info info;
    uint8_t more[16];
  } newer;
  memset(&newer, 0xaa, sizeof(newer));
  newer.info.struct_size = sizeof(newer);
  CHECK(tstat_log_at(0, &newer.info) == TSTAT_OK);
  CHECK(newer.info.struct_size == sizeof(newer) && newer.info.tables == 1);
  for (size_t i = 0; i < sizeof(newer.more); ++i) CHECK(newer.more[i] == 0);
  struct {
    size_t struct_size;
    const char* name;
    uint64_t behind;
  } older = {.struct_size = sizeof(size_t) + sizeof(char*), .behind = 42};
  tstat_log_info* as_info = (tstat_log_info*)(void*)&older;
  CHECK(tstat_log_at(0, as_info) == TSTAT_OK);
  CHECK(strcmp(older.name, "log_tcp_complete") == 0 && older.behind == 42);
  for (size_t size = 0; size <= sizeof(size_t); ++size) {
    newer.info.struct_size = size;
    CHECK(tstat_log_at(0, &newer.info) == TSTAT_INVALID);
  }
  return NULL;
}

/* ---- options ---- */

static const char* wrong_options(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, NULL, "x") == TSTAT_INVALID);
  CHECK(tstat_session_set(session, "", "x") == TSTAT_NOT_FOUND);
  CHECK(tstat_session_set(session, "--output-dir", "x") == TSTAT_NOT_FOUND);
  CHECK(tstat_session_set(session, "output", "x") == TSTAT_NOT_FOUND);
  CHECK(strstr(tstat_session_error(session), "output: there is no such option") != NULL);
  CHECK(tstat_session_set(session, "help", NULL) == TSTAT_NOT_FOUND);
  CHECK(tstat_session_set(session, "z", "file") == TSTAT_NOT_FOUND);
  CHECK(tstat_session_set(session, "no-udp", "yes") == TSTAT_INVALID);
  CHECK(tstat_session_set(session, "compat", "4.0") == TSTAT_INVALID);
  CHECK(strstr(tstat_session_error(session), "the versions are 3.1.1") != NULL);
  CHECK(strncmp(tstat_session_error(session), "--compat", 8) == 0);
  CHECK(tstat_session_set(session, "E", "0") == TSTAT_INVALID);
  CHECK(tstat_session_set(session, "max-flows", "many") == TSTAT_INVALID);
  CHECK(tstat_session_set(session, "histo-empty", NULL) == TSTAT_INVALID);
  CHECK(tstat_session_set(session, "bpf", "tcp and and") == TSTAT_INVALID);
  CHECK(tstat_session_set_key(session, NULL, "1") == TSTAT_INVALID);
  CHECK(tstat_session_set_key(session, "Dirs", NULL) == TSTAT_INVALID);
  CHECK(tstat_session_set_key(session, "no_such_key", "1") == TSTAT_NOT_FOUND);
  CHECK(tstat_session_set_key(session, "", "1") == TSTAT_NOT_FOUND);
  CHECK(tstat_session_set_key(session, "[log]", "1") == TSTAT_NOT_FOUND);
  CHECK(tstat_session_set_key(session, "Dirs", "1\nMax_Time_Step = 2") == TSTAT_INVALID);
  CHECK(tstat_session_set_key(session, "Dirs", "") == TSTAT_INVALID);
  CHECK(tstat_session_set_key(session, "Dirs", "#1") == TSTAT_INVALID);
  CHECK(tstat_session_select_histograms(session, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_row(session, "tcp", nothing_of_row, NULL) == TSTAT_NOT_FOUND);
  CHECK(tstat_session_on_row(session, "", nothing_of_row, NULL) == TSTAT_NOT_FOUND);
  CHECK(tstat_session_on_row(session, "tcp_complete", NULL, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_batch(session, "log_tcp_complete", 1, nothing_of_batch, NULL) ==
        TSTAT_NOT_FOUND);
  CHECK(tstat_session_on_batch(session, NULL, 1, nothing_of_batch, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_batch(session, "tcp_complete", 0, nothing_of_batch, NULL) ==
        TSTAT_INVALID);
  CHECK(tstat_session_on_batch(session, "tcp_complete", 1048577, nothing_of_batch, NULL) ==
        TSTAT_INVALID);
  CHECK(tstat_session_on_batch(session, "tcp_complete", 1, NULL, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_histograms(session, NULL, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_event(session, NULL, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_tls(session, NULL, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_on_notice(session, NULL, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_filter_flows(session, NULL, NULL) == TSTAT_OK);
  /* None of it is in force. */
  CHECK(tstat_session_start(session) == TSTAT_OK);
  return tstat_session_free(session) == TSTAT_OK ? NULL : "not freed";
}

/* Files are read when the session starts; one that cannot be started stays so. */
static const char* wrong_files(const char* traces, const char* scratch) {
  const char* const file_options[] = {"internal-nets",  "internal-macs", "cloud-nets", "globals",
                                      "runtime-config", "histograms",    "filter",     "bayes-dir"};
  for (size_t i = 0; i < sizeof(file_options) / sizeof(file_options[0]); ++i) {
    tstat_session* session = tstat_session_new();
    CHECK(tstat_session_set(session, file_options[i], path_of(scratch, "absent.conf")) == TSTAT_OK);
    CHECK(tstat_session_start(session) < 0);
    CHECK(strstr(tstat_session_error(session), "absent.conf") != NULL);
    CHECK(tstat_session_start(session) == TSTAT_WRONG_STATE);
    CHECK(tstat_session_set(session, "no-udp", NULL) == TSTAT_WRONG_STATE);
    CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_WRONG_STATE);
    CHECK(tstat_session_finish(session) == TSTAT_WRONG_STATE);
    CHECK(tstat_session_free(session) == TSTAT_OK);
  }
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set_key(session, "Dirs", "0") == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_INVALID);
  CHECK(strstr(tstat_session_error(session), "'Dirs' must have") != NULL);
  CHECK(tstat_session_free(session) == TSTAT_OK);
  return NULL;
}

/* The last value counts, and what is switched on can be switched off. */
static const char* options_again(const char* traces, const char* scratch) {
  int64_t number = 0;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "globals", path_of(scratch, "absent.conf")) == TSTAT_OK);
  FILE* file = fopen(path_of(scratch, "globals.conf"), "w");
  CHECK(file != NULL && fputs("[globals]\nDirs = 3\n", file) >= 0 && fclose(file) == 0);
  CHECK(tstat_session_set(session, "G", path_of(scratch, "globals.conf")) == TSTAT_OK);
  CHECK(tstat_session_set(session, "no-udp", "1") == TSTAT_OK);
  CHECK(tstat_session_set(session, "u", "0") == TSTAT_OK);
  CHECK(tstat_session_set(session, "no-udp", "0") == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_OK);
  CHECK(tstat_session_statistic(session, "udp_flows", &number) == TSTAT_OK && number > 0);
  CHECK(tstat_session_free(session) == TSTAT_OK);
  return NULL;
}

/* ---- the wrong order ---- */

static const char* before_the_start(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  int64_t number = 77;
  uint64_t packets;
  const char* text = "";
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_end_trace(session) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_advance_time(session, 1) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_new_output(session, 1, NULL) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_flush(session) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_retry(session, 1) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_reload(session, "x") == TSTAT_WRONG_STATE);
  CHECK(tstat_session_finish(session) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_for_each_flow(session, nothing_of_flow, NULL) == TSTAT_WRONG_STATE);
  CHECK(strcmp(tstat_session_error(session), "the session has not started") == 0);
  CHECK(tstat_session_take_problem(session, &text) == TSTAT_ABSENT);
  CHECK(tstat_session_take_problem(session, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_dropped(session, 0, &text, &packets) == TSTAT_NOT_FOUND);
  for (size_t i = 0; i < tstat_statistic_count(); ++i) {
    CHECK(tstat_session_statistic(session, tstat_statistic_name(i), &number) == TSTAT_OK &&
          number == 0);
  }
  CHECK(tstat_session_statistic(session, "no_such_number", &number) == TSTAT_NOT_FOUND);
  CHECK(tstat_session_statistic(session, "ip_packets", NULL) == TSTAT_INVALID);
  /* None of these has started it. */
  CHECK(tstat_session_set(session, "no-udp", NULL) == TSTAT_OK);
  return tstat_session_free(session) == TSTAT_OK ? NULL : "not freed";
}

static const char* after_the_start(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_start(session) == TSTAT_OK);
  CHECK(tstat_session_start(session) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_set(session, "no-udp", NULL) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_set_key(session, "Dirs", "1") == TSTAT_WRONG_STATE);
  CHECK(tstat_session_select_histograms(session, "") == TSTAT_WRONG_STATE);
  CHECK(tstat_session_on_row(session, NULL, nothing_of_row, NULL) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_on_batch(session, "tcp_complete", 1, nothing_of_batch, NULL) ==
        TSTAT_WRONG_STATE);
  CHECK(tstat_session_on_histograms(session, nothing_of_snapshot, NULL) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_on_event(session, nothing_of_event, NULL) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_on_tls(session, nothing_of_tls, NULL) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_on_notice(session, nothing_of_notice, NULL) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_filter_flows(session, nothing_of_flow, NULL) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_run_live(session) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_reload(session, "/none/runtime.conf") == TSTAT_WRONG_STATE);
  CHECK(tstat_session_reload(session, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_for_each_flow(session, NULL, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_run_trace(session, NULL) == TSTAT_INVALID);
  CHECK(tstat_session_run_trace(session, "/none/trace.pcap") == TSTAT_NOT_FOUND);
  CHECK(strstr(tstat_session_error(session), "/none/trace.pcap") != NULL);
  CHECK(tstat_session_run_pair(session, "x", NULL) == TSTAT_INVALID);
  CHECK(tstat_session_run_pair(session, path_of(traces, "web.pcap"), "/none/y") == TSTAT_NOT_FOUND);
  CHECK(tstat_session_begin_trace(session, NULL, 0) == TSTAT_INVALID);
  CHECK(tstat_session_begin_trace(session, "x", 4) == TSTAT_INVALID);
  CHECK(tstat_session_begin_trace(session, "x", TSTAT_STREAM) == TSTAT_OK);
  CHECK(tstat_session_begin_trace(session, "y", TSTAT_MORE_COMES) == TSTAT_OK);
  CHECK(tstat_session_end_trace(session) == TSTAT_OK &&
        tstat_session_end_trace(session) == TSTAT_OK);
  CHECK(tstat_session_advance_time(session, INT64_MAX) == TSTAT_OUT_OF_RANGE);
  CHECK(tstat_session_advance_time(session, INT64_MIN) == TSTAT_OUT_OF_RANGE);
  CHECK(tstat_session_advance_time(session, 1) == TSTAT_OK);
  CHECK(tstat_session_finish(session) == TSTAT_OK && tstat_session_finish(session) == TSTAT_OK);
  CHECK(tstat_session_begin_trace(session, "x", 0) == TSTAT_WRONG_STATE);
  CHECK(strcmp(tstat_session_error(session), "the session is finished") == 0);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_end_trace(session) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_start(session) == TSTAT_WRONG_STATE);
  return tstat_session_free(session) == TSTAT_OK ? NULL : "not freed";
}

/* ---- packets that are none ---- */

static const char* hostile_packets(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  const int64_t time = 1500000000000000000;
  int result = 77;
  size_t taken = 77;
  tstat_session* session = tstat_session_new();
  tstat_packet packet = packet_at(time);
  CHECK(tstat_session_feed(session, NULL, &result) == TSTAT_INVALID &&
        result == TSTAT_PACKET_NOT_TAKEN);
  packet.struct_size = sizeof(size_t);
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_INVALID);
  packet = packet_at(time);
  packet.data = NULL;
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_INVALID);
  packet.captured_length = 0;
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_OK &&
        result == TSTAT_PACKET_DROPPED);
  packet = packet_at(time);
  packet.link_type = -1;
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_INVALID);
  packet.link_type = 65536;
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_INVALID);
  packet.link_type = 65535; /* nobody's */
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_OK &&
        result == TSTAT_PACKET_DROPPED);
  packet = packet_at(time);
  packet.origin = 5;
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_INVALID);
  packet.origin = -1;
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_INVALID);
  /* Times: outside of what packets may have, running back, before 1970, the start of a trace. */
  packet = packet_at(INT64_MAX);
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_OUT_OF_RANGE);
  packet.time = INT64_MIN;
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_OUT_OF_RANGE);
  packet.time = time - 1;
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_OK);
  packet.time = -1;
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_OK);
  packet.time = 0;
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_OK);
  CHECK(tstat_session_end_trace(session) == TSTAT_OK);
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_OUT_OF_RANGE);
  CHECK(strstr(tstat_session_error(session), "time 0") != NULL);
  packet.original_length = UINT32_MAX;
  packet.time = time;
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_OK);
  packet.original_length = 1; /* less than was captured */
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_OK);
  /* Arrays: what comes before the wrong one is taken. */
  tstat_packet packets[40];
  for (int i = 0; i < 40; ++i) packets[i] = packet_at(time + i);
  packets[37].origin = 99;
  CHECK(tstat_session_feed_many(session, packets, 40, &taken) == TSTAT_INVALID && taken == 37);
  packets[0].time = INT64_MAX;
  CHECK(tstat_session_feed_many(session, packets, 40, &taken) == TSTAT_OUT_OF_RANGE && taken == 0);
  CHECK(tstat_session_feed_many(session, NULL, 1, &taken) == TSTAT_INVALID && taken == 0);
  packets[0] = packet_at(time);
  packets[0].struct_size = sizeof(size_t);
  CHECK(tstat_session_feed_many(session, packets, 1, &taken) == TSTAT_INVALID);
  packets[0].struct_size = sizeof(tstat_packet) + 1;
  CHECK(tstat_session_feed_many(session, packets, 1, &taken) == TSTAT_INVALID);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(tstat_session_feed(session, &packet, &result) == TSTAT_WRONG_STATE &&
        result == TSTAT_PACKET_NOT_TAKEN);
  return tstat_session_free(session) == TSTAT_OK ? NULL : "not freed";
}

/* ---- from within a call-back ---- */

struct within {
  tstat_session* session;
  const char* trace;
  const char* wrong;
  unsigned rows, events, snapshots, flows;
};

static const char* drive_within(struct within* within) {
  tstat_session* session = within->session;
  const tstat_packet packet = packet_at(1500000000000000000);
  const char* text = NULL;
  int64_t number = 0;
  uint64_t packets = 0;
  CHECK(tstat_session_run_trace(session, within->trace) == TSTAT_BUSY);
  CHECK(tstat_session_run_pair(session, within->trace, within->trace) == TSTAT_BUSY);
  CHECK(tstat_session_run_live(session) == TSTAT_BUSY);
  CHECK(tstat_session_feed(session, &packet, NULL) == TSTAT_BUSY);
  CHECK(tstat_session_feed_many(session, &packet, 1, NULL) == TSTAT_BUSY);
  CHECK(tstat_session_begin_trace(session, "x", 0) == TSTAT_BUSY);
  CHECK(tstat_session_end_trace(session) == TSTAT_BUSY);
  CHECK(tstat_session_advance_time(session, packet.time) == TSTAT_BUSY);
  CHECK(tstat_session_new_output(session, 1, NULL) == TSTAT_BUSY);
  CHECK(tstat_session_start(session) == TSTAT_BUSY);
  CHECK(tstat_session_finish(session) == TSTAT_BUSY);
  CHECK(tstat_session_free(session) == TSTAT_BUSY);
  CHECK(tstat_session_flush(session) == TSTAT_BUSY);
  CHECK(tstat_session_retry(session, 1) == TSTAT_BUSY);
  CHECK(tstat_session_reload(session, "x") == TSTAT_BUSY);
  CHECK(tstat_session_set(session, "no-udp", NULL) == TSTAT_BUSY);
  CHECK(tstat_session_set_key(session, "Dirs", "1") == TSTAT_BUSY);
  CHECK(tstat_session_on_row(session, NULL, nothing_of_row, NULL) == TSTAT_BUSY);
  CHECK(tstat_session_for_each_flow(session, nothing_of_flow, NULL) == TSTAT_BUSY);
  CHECK(tstat_session_take_problem(session, &text) == TSTAT_BUSY);
  CHECK(strstr(tstat_session_error(session), "call-back") != NULL);
  /* What reads works. */
  CHECK(tstat_session_statistic(session, "ip_packets", &number) == TSTAT_OK);
  CHECK(tstat_session_dropped(session, 1000, &text, &packets) == TSTAT_NOT_FOUND);
  CHECK(tstat_session_directory(session) != NULL && tstat_session_report(session)[0] != 0);
  CHECK(tstat_session_stop_value(session) == 0);
  return NULL;
}

static int row_within(const tstat_row* row, void* user) {
  struct within* within = user;
  (void)row;
  ++within->rows;
  if (within->wrong == NULL) within->wrong = drive_within(within);
  return 0;
}
static int event_within(const tstat_event* event, void* user) {
  struct within* within = user;
  (void)event;
  ++within->events;
  if (within->wrong == NULL) within->wrong = drive_within(within);
  return 0;
}
static int snapshot_within(const tstat_snapshot* snapshot, void* user) {
  struct within* within = user;
  (void)snapshot;
  ++within->snapshots;
  if (within->wrong == NULL) within->wrong = drive_within(within);
  return 0;
}
static int flow_within(const tstat_flow* flow, void* user) {
  struct within* within = user;
  (void)flow;
  ++within->flows;
  if (within->wrong == NULL) within->wrong = drive_within(within);
  return 1;
}
static void notice_within(int kind, const char* text, int64_t time, void* user) {
  struct within* within = user;
  (void)kind, (void)text, (void)time;
  if (tstat_session_finish(within->session) != TSTAT_BUSY) within->wrong = "a notice may finish";
}

static const char* within_call_backs(const char* traces, const char* scratch) {
  (void)scratch;
  struct within within = {.session = tstat_session_new(), .trace = path_of(traces, "web.pcap")};
  CHECK(tstat_session_on_row(within.session, "tcp_complete", row_within, &within) == TSTAT_OK);
  CHECK(tstat_session_on_event(within.session, event_within, &within) == TSTAT_OK);
  CHECK(tstat_session_on_histograms(within.session, snapshot_within, &within) == TSTAT_OK);
  CHECK(tstat_session_filter_flows(within.session, flow_within, &within) == TSTAT_OK);
  CHECK(tstat_session_on_notice(within.session, notice_within, &within) == TSTAT_OK);
  CHECK(tstat_session_select_histograms(within.session, "") == TSTAT_OK);
  CHECK(tstat_session_run_trace(within.session, within.trace) == TSTAT_OK);
  if (within.wrong != NULL) return within.wrong;
  CHECK(within.rows == 8 && within.events >= 2 && within.snapshots >= 1 && within.flows > 8);
  CHECK(tstat_session_for_each_flow(within.session, flow_within, &within) == TSTAT_OK);
  CHECK(tstat_session_finish(within.session) == TSTAT_OK);
  CHECK(tstat_session_free(within.session) == TSTAT_OK);
  return within.wrong;
}

/* ---- ends that are asked for ---- */

struct stop {
  unsigned calls, after;
  int answer;
};

static int stop_at_third(const tstat_row* row, void* user) {
  struct stop* stop = user;
  (void)row;
  return ++stop->calls == 3 ? stop->answer : 0;
}
static int count_event(const tstat_event* event, void* user) {
  struct stop* stop = user;
  (void)event;
  ++stop->after;
  return 0;
}
static int stop_at_event(const tstat_event* event, void* user) {
  struct stop* stop = user;
  (void)event;
  ++stop->calls;
  return stop->answer;
}
static int stop_at_snapshot(const tstat_snapshot* snapshot, void* user) {
  struct stop* stop = user;
  (void)snapshot;
  ++stop->calls;
  return stop->answer;
}
static int stop_at_batch(const tstat_batch* batch, void* user) {
  struct stop* stop = user;
  stop->after += (unsigned)tstat_batch_rows(batch);
  ++stop->calls;
  return stop->answer;
}

static const char* all_stopped(tstat_session* session, const char* trace, int answer) {
  const tstat_packet packet = packet_at(1500000000000000000);
  size_t taken = 77;
  CHECK(tstat_session_stop_value(session) == answer);
  CHECK(tstat_session_run_trace(session, trace) == TSTAT_STOPPED);
  CHECK(tstat_session_feed(session, &packet, NULL) == TSTAT_STOPPED);
  CHECK(tstat_session_feed_many(session, &packet, 1, &taken) == TSTAT_STOPPED && taken == 0);
  CHECK(tstat_session_begin_trace(session, "x", 0) == TSTAT_STOPPED);
  CHECK(tstat_session_advance_time(session, packet.time) == TSTAT_STOPPED);
  CHECK(tstat_session_new_output(session, 1, NULL) == TSTAT_STOPPED);
  CHECK(tstat_session_for_each_flow(session, nothing_of_flow, NULL) == TSTAT_STOPPED);
  CHECK(tstat_session_finish(session) == TSTAT_STOPPED);
  CHECK(tstat_session_finish(session) == TSTAT_STOPPED);
  CHECK(tstat_session_run_trace(session, trace) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_free(session) == TSTAT_OK);
  return NULL;
}

/* No call-back after the one that asked; the logs have what there was until then. */
static const char* stopped_by_a_row(const char* traces, const char* scratch) {
  struct stop stop = {.answer = -7}, events = {0};
  int64_t packets = 0;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "output-dir", path_of(scratch, "out")) == TSTAT_OK);
  CHECK(tstat_session_set(session, "no-histograms", NULL) == TSTAT_OK);
  CHECK(tstat_session_on_row(session, NULL, stop_at_third, &stop) == TSTAT_OK);
  CHECK(tstat_session_on_event(session, count_event, &events) == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_STOPPED);
  CHECK(stop.calls == 3 && events.after == 1); /* TSTAT_NEW_OUTPUT alone */
  CHECK(tstat_session_statistic(session, "ip_packets", &packets) == TSTAT_OK);
  CHECK(packets > 0 && packets < 262);
  char log[1024];
  snprintf(log, sizeof(log), "%s/log_tcp_complete", tstat_session_directory(session));
  FILE* file = fopen(log, "r");
  CHECK(file != NULL && fclose(file) == 0);
  return all_stopped(session, path_of(traces, "web.pcap"), -7);
}

static const char* stopped_while_fed(const char* traces, const char* scratch) {
  (void)scratch;
  struct stop stop = {.answer = 1};
  size_t taken = 0;
  tstat_packet packets[100];
  for (int i = 0; i < 100; ++i) packets[i] = packet_at(1500000000000000000 + i * (int64_t)1000000);
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_on_event(session, stop_at_event, &stop) == TSTAT_OK);
  CHECK(tstat_session_feed_many(session, packets, 100, &taken) == TSTAT_STOPPED);
  CHECK(stop.calls == 1 && taken < 100); /* the first packet begins an output */
  return all_stopped(session, path_of(traces, "web.pcap"), 1);
}

static const char* stopped_by_a_snapshot(const char* traces, const char* scratch) {
  (void)scratch;
  struct stop stop = {.answer = 2};
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_select_histograms(session, "ip_len") == TSTAT_OK);
  CHECK(tstat_session_set_key(session, "max_time_step", "0.1") == TSTAT_OK);
  CHECK(tstat_session_on_histograms(session, stop_at_snapshot, &stop) == TSTAT_OK);
  CHECK(tstat_session_on_histograms(session, stop_at_snapshot, &stop) == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_STOPPED);
  CHECK(stop.calls == 1);
  return all_stopped(session, path_of(traces, "web.pcap"), 2);
}

static const char* stopped_by_a_batch(const char* traces, const char* scratch) {
  (void)scratch;
  struct stop stop = {.answer = 3};
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_on_batch(session, "tcp_complete", 2, stop_at_batch, &stop) == TSTAT_OK);
  CHECK(tstat_session_on_batch(session, "tcp_complete", 100, stop_at_batch, &stop) == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_STOPPED);
  CHECK(stop.calls == 1 && stop.after == 2);
  return all_stopped(session, path_of(traces, "web.pcap"), 3);
}

static int interrupt_once(const tstat_event* event, void* user) {
  if (event->kind == TSTAT_NEW_OUTPUT) tstat_session_interrupt(user);
  return 0;
}

static const char* interrupted(const char* traces, const char* scratch) {
  (void)scratch;
  int64_t packets = 0;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_on_event(session, interrupt_once, session) == TSTAT_OK);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_INTERRUPTED);
  CHECK(tstat_session_statistic(session, "ip_packets", &packets) == TSTAT_OK);
  CHECK(packets > 0 && packets <= 32);
  /* Of the next run, if none is under way; and of that one only. */
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_INTERRUPTED);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(tstat_session_free(session) == TSTAT_OK);
  session = tstat_session_new();
  tstat_session_interrupt(session);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_INTERRUPTED);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_OK);
  CHECK(tstat_session_free(session) == TSTAT_OK);
  return NULL;
}

/* ---- traces and interfaces that are not as they should be ---- */

static const char* damaged_traces(const char* traces, const char* scratch) {
  char bytes[4096];
  FILE* file = fopen(path_of(traces, "web.pcap"), "rb");
  CHECK(file != NULL && fread(bytes, 1, sizeof(bytes), file) == sizeof(bytes) && fclose(file) == 0);
  file = fopen(path_of(scratch, "cut.pcap"), "wb");
  CHECK(file != NULL && fwrite(bytes, 1, 4000, file) == 4000 && fclose(file) == 0);
  int64_t packets = 0;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_run_trace(session, path_of(scratch, "cut.pcap")) == TSTAT_DAMAGED);
  CHECK(tstat_session_statistic(session, "ip_packets", &packets) == TSTAT_OK && packets > 5);
  file = fopen(path_of(scratch, "text.pcap"), "wb");
  CHECK(file != NULL && fputs("this is no trace, whatever its name says", file) >= 0 &&
        fclose(file) == 0);
  CHECK(tstat_session_run_trace(session, path_of(scratch, "text.pcap")) == TSTAT_INVALID);
  CHECK(tstat_session_run_trace(session, scratch) == TSTAT_INVALID); /* a directory */
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_OK);
  return tstat_session_free(session) == TSTAT_OK ? NULL : "not freed";
}

static const char* no_interface(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "live", NULL) == TSTAT_OK);
  CHECK(tstat_session_set(session, "interface", "no_such_if0") == TSTAT_OK);
  const int status = tstat_session_run_live(session);
  CHECK(status == TSTAT_NOT_FOUND || status == TSTAT_DENIED || status == TSTAT_WRONG_STATE);
  CHECK(strstr(tstat_session_error(session), "no_such_if0") != NULL || status == TSTAT_DENIED);
  return tstat_session_free(session) == TSTAT_OK ? NULL : "not freed";
}

const struct call_test kMisuseTests[] = {
    {"NoSession", no_session},
    {"NoObject", no_object},
    {"SizesOfStructures", sizes_of_structures},
    {"WrongOptions", wrong_options},
    {"WrongFiles", wrong_files},
    {"OptionsAgain", options_again},
    {"BeforeTheStart", before_the_start},
    {"AfterTheStart", after_the_start},
    {"HostilePackets", hostile_packets},
    {"WithinCallBacks", within_call_backs},
    {"StoppedByARow", stopped_by_a_row},
    {"StoppedWhileFed", stopped_while_fed},
    {"StoppedByASnapshot", stopped_by_a_snapshot},
    {"StoppedByABatch", stopped_by_a_batch},
    {"Interrupted", interrupted},
    {"DamagedTraces", damaged_traces},
    {"NoInterface", no_interface},
};
const unsigned kMisuseTestCount = sizeof(kMisuseTests) / sizeof(kMisuseTests[0]);
