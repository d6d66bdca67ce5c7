/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Options and keys of tstat.h that act together, and what is told of them.
 */
#define _POSIX_C_SOURCE 200809L /* mkdir */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/bindings/tstat_calls.h"
#include "tstat.h"

static const int64_t kFirst = INT64_C(1500000000000000000); /* 2017-07-14 02:40:00 UTC */
static const int64_t kSecond = 1000000000;

static const char* path_of(const char* folder, const char* name) {
  static char paths[4][4096];
  static unsigned next = 0;
  char* path = paths[next++ % 4];
  snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
  return path;
}

static const char* text_file(const char* folder, const char* name, const char* text) {
  const char* path = path_of(folder, name);
  FILE* file = fopen(path, "w");
  if (file != NULL) {
    fputs(text, file);
    fclose(file);
  }
  return path;
}

/* Of a file in a directory; -1: there is none. */
static long size_of(const char* folder, const char* name) {
  FILE* file = fopen(path_of(folder, name), "rb");
  if (file == NULL) return -1;
  fseek(file, 0, SEEK_END);
  const long size = ftell(file);
  fclose(file);
  return size;
}

/* An IP packet with UDP and four bytes, from port 1025 to `port`. Returns its length. */
static uint32_t udp_packet(int version, uint16_t port, uint8_t* bytes) {
  static const uint8_t udp[] = {4, 1, 0, 0, 0, 12, 0, 0, 1, 2, 3, 4};
  const uint32_t header = version == 4 ? 20 : 40;
  memset(bytes, 0, header);
  if (version == 4) {
    static const uint8_t ip[] = {0x45, 0, 0,  32, 0, 0, 0,   0, 64, 17,
                                 0,    0, 10, 1,  1, 1, 192, 0, 2,  1};
    memcpy(bytes, ip, sizeof(ip));
    bytes[5] = (uint8_t)port;
  } else {
    bytes[0] = 0x60;
    bytes[5] = 12;
    bytes[6] = 17;
    bytes[7] = 64;
    bytes[8] = bytes[24] = 0x20;
    bytes[9] = bytes[25] = 1;
    bytes[15] = 7;
    bytes[23] = 1;
    bytes[39] = 2;
  }
  memcpy(bytes + header, udp, sizeof(udp));
  bytes[header + 2] = (uint8_t)(port >> 8);
  bytes[header + 3] = (uint8_t)port;
  return header + (uint32_t)sizeof(udp);
}

static int feed(tstat_session* session, int version, uint16_t port, int64_t seconds, int origin) {
  uint8_t bytes[64];
  tstat_packet packet = {.struct_size = sizeof(packet)};
  packet.time = kFirst + seconds * kSecond;
  packet.captured_length = udp_packet(version, port, bytes);
  packet.data = bytes;
  packet.link_type = TSTAT_LINK_IP;
  packet.origin = origin;
  return tstat_session_feed(session, &packet, NULL);
}

/* ---- keys ---- */

static int keep_address(const tstat_row* row, void* user) {
  tstat_address* address = user;
  address->struct_size = sizeof(*address);
  return tstat_row_address_named(row, "c_ip", address) != TSTAT_OK;
}

/* The image of an IPv6 address, with a mask by a file, by a key, or neither. */
static const char* image(const char* nets, const char* globals, const char* key,
                         tstat_address* address) {
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "compat", "3.3") == TSTAT_OK);
  CHECK(tstat_session_set(session, "keyvalue", "a key") == TSTAT_OK);
  CHECK(tstat_session_set(session, "crypto-nets", nets) == TSTAT_OK);
  if (globals != NULL) CHECK(tstat_session_set(session, "globals", globals) == TSTAT_OK);
  if (key != NULL) CHECK(tstat_session_set_key(session, "Crypto_IPv6_Mask_3", key) == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "udp_complete", keep_address, address) == TSTAT_OK);
  CHECK(feed(session, 6, 53, 0, TSTAT_ORIGIN_UNKNOWN) == TSTAT_OK);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(address->version == 6 && address->encrypted == 1);
  tstat_session_free(session);
  return NULL;
}

static const char* masks_by_keys(const char* traces, const char* scratch) {
  (void)traces;
  char nets[1024], globals[1024];
  snprintf(nets, sizeof(nets), "%s", text_file(scratch, "nets", "2001::/16\n"));
  snprintf(globals, sizeof(globals), "%s",
           text_file(scratch, "globals", "[globals]\nCrypto_IPv6_Mask_3 = 305419896\n"));
  tstat_address by_file, by_key, by_neither, by_both;
  const char* wrong = image(nets, globals, NULL, &by_file);
  if (wrong == NULL) wrong = image(nets, NULL, "305419896", &by_key);
  if (wrong == NULL) wrong = image(nets, NULL, NULL, &by_neither);
  if (wrong == NULL) wrong = image(nets, globals, "0", &by_both);
  if (wrong != NULL) return wrong;
  CHECK(memcmp(by_file.bytes, by_key.bytes, 16) == 0);
  CHECK(memcmp(by_key.bytes, by_neither.bytes, 16) != 0);
  CHECK(memcmp(by_both.bytes, by_neither.bytes, 16) == 0);
  return NULL;
}

/* What a session writes of a packet's dump, with rules by "dns-filter"; below 0: its status. */
static long dumped(const char* scratch, const char* out, const char* rules,
                   const char* dns_filter) {
  tstat_session* session = tstat_session_new();
  tstat_session_set(session, "output-dir", path_of(scratch, out));
  tstat_session_set(session, "no-histograms", NULL);
  tstat_session_set_key(session, "tcp_complete", "1");
  tstat_session_set_key(session, "udp_complete", "1");
  if (dns_filter != NULL) tstat_session_set_key(session, "dns_filter", dns_filter);
  tstat_session_set(session, "dns-filter", rules);
  long result = tstat_session_start(session);
  if (result == TSTAT_OK) {
    uint8_t bytes[64];
    const uint32_t length = udp_packet(4, 80, bytes);
    bytes[9] = 6; /* TCP: a header with SYN */
    bytes[3] = 40;
    memset(bytes + length, 0, sizeof(bytes) - length);
    bytes[24] = bytes[25] = bytes[26] = bytes[27] = 1;
    bytes[28] = bytes[29] = bytes[30] = bytes[31] = 0;
    bytes[32] = 0x50;
    bytes[33] = 2;
    tstat_packet packet = {.struct_size = sizeof(packet), .time = kFirst};
    packet.data = bytes;
    packet.captured_length = 40;
    packet.link_type = TSTAT_LINK_IP;
    int became = 0;
    result = tstat_session_feed(session, &packet, &became);
    if (became != TSTAT_PACKET_COUNTED) result = TSTAT_INTERNAL;
    char traces[2048];
    snprintf(traces, sizeof(traces), "%s/traces00", tstat_session_directory(session));
    if (result == TSTAT_OK) result = tstat_session_finish(session);
    if (result == TSTAT_OK) result = size_of(traces, "tcp_complete.pcap") > 24;
  }
  tstat_session_free(session);
  return result;
}

/* The names of "dns-filter" count whether a file or a key asks for dumps. */
static const char* names_of_dumps(const char* traces, const char* scratch) {
  (void)traces;
  char none[1024], all[1024];
  snprintf(none, sizeof(none), "%s", text_file(scratch, "none", "ANY.ANY 0\n"));
  snprintf(all, sizeof(all), "%s", text_file(scratch, "all", "ANY.ANY 1\n"));
  CHECK(dumped(scratch, "a", all, NULL) == 1);
  CHECK(dumped(scratch, "b", none, NULL) == 0);
  CHECK(dumped(scratch, "c", none, "1") == 0);
  CHECK(dumped(scratch, "d", none, "0") == 1);
  CHECK(dumped(scratch, "e", path_of(scratch, "missing"), NULL) == TSTAT_INVALID);
  return NULL;
}

/* What a session was told by keys stays when a file is read again. */
static const char* keys_and_reload(const char* traces, const char* scratch) {
  (void)traces;
  char path[1024], traces00[2048];
  snprintf(path, sizeof(path), "%s",
           text_file(scratch, "runtime", "[log]\nlog_http_complete = 1\nlog_udp_complete = 1\n"));
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "output-dir", path_of(scratch, "out")) == TSTAT_OK);
  CHECK(tstat_session_set(session, "stream", NULL) == TSTAT_OK);
  CHECK(tstat_session_set(session, "no-histograms", NULL) == TSTAT_OK);
  CHECK(tstat_session_set(session, "runtime-config", path) == TSTAT_OK);
  CHECK(tstat_session_set_key(session, "log_http_complete", "0") == TSTAT_OK);
  CHECK(tstat_session_set_key(session, "udp_complete", "1") == TSTAT_OK);
  CHECK(feed(session, 4, 53, 0, TSTAT_ORIGIN_UNKNOWN) == TSTAT_OK);
  char first[1024];
  snprintf(first, sizeof(first), "%s", tstat_session_directory(session));
  CHECK(size_of(first, "log_udp_complete") >= 0);
  CHECK(size_of(first, "log_http_complete") == -1);

  /* Nothing new in it but for what keys say. */
  text_file(scratch, "runtime",
            "[log]\nlog_udp_complete = 1\nlog_http_complete = 1\n[options]\n# and nothing else\n");
  CHECK(tstat_session_reload(session, path) == TSTAT_OK);
  CHECK(strcmp(tstat_session_directory(session), first) == 0);
  CHECK(feed(session, 4, 54, 1, TSTAT_ORIGIN_UNKNOWN) == TSTAT_OK);
  snprintf(traces00, sizeof(traces00), "%s/traces00", first);

  /* Another log, and a section of dumps that has no word of those of the key. */
  text_file(scratch, "runtime",
            "[log]\nlog_http_complete = 1\nlog_video_complete = 0\n[dump]\nudp_dns = 1\n");
  CHECK(tstat_session_reload(session, path) == TSTAT_OK);
  CHECK(feed(session, 4, 55, 2, TSTAT_ORIGIN_UNKNOWN) == TSTAT_OK);
  char second[1024];
  snprintf(second, sizeof(second), "%s", tstat_session_directory(session));
  CHECK(strcmp(second, first) != 0);
  CHECK(size_of(second, "log_http_complete") == -1);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(size_of(traces00, "udp_complete.pcap") == 24 + 2 * (16 + 14 + 32));
  snprintf(traces00, sizeof(traces00), "%s/traces00", second);
  CHECK(size_of(traces00, "udp_complete.pcap") == 24 + (16 + 14 + 32));
  tstat_session_free(session);

  /* A mistake in a key is told with its name, not as one of the file. */
  session = tstat_session_new();
  CHECK(tstat_session_set(session, "runtime-config", path) == TSTAT_OK);
  CHECK(tstat_session_set_key(session, "udp_dns", "7") == TSTAT_OK);
  CHECK(tstat_session_start(session) == TSTAT_INVALID);
  CHECK(strstr(tstat_session_error(session), "keys of the session:") != NULL);
  CHECK(strstr(tstat_session_error(session), "udp_dns") != NULL);
  tstat_session_free(session);
  return NULL;
}

/* ---- what is told ---- */

struct told {
  int dump_directories, dns_caches, others;
  char text[256];
};
static void on_notice(int kind, const char* text, int64_t time, void* user) {
  struct told* told = user;
  told->dump_directories += kind == TSTAT_DUMP_DIRECTORY && time == kFirst;
  told->dns_caches += kind == TSTAT_DNS_CACHE_FULL && time != 0;
  told->others += kind == TSTAT_OTHER_NOTICE;
  if (kind == TSTAT_DNS_CACHE_FULL) snprintf(told->text, sizeof(told->text), "%s", text);
}

static const char* notices_of_dumps_and_names(const char* traces, const char* scratch) {
  struct told told = {0};
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "output-dir", path_of(scratch, "out")) == TSTAT_OK);
  CHECK(tstat_session_set_key(session, "udp_complete", "1") == TSTAT_OK);
  CHECK(tstat_session_on_notice(session, on_notice, &told) == TSTAT_OK);
  CHECK(feed(session, 4, 53, 0, TSTAT_ORIGIN_UNKNOWN) == TSTAT_OK);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(told.dump_directories == 1 && told.others == 0);
  tstat_session_free(session);

  for (int asked = 0; asked < 2; ++asked) {
    memset(&told, 0, sizeof(told));
    session = tstat_session_new();
    if (asked) CHECK(tstat_session_set(session, "dns-cache-notices", NULL) == TSTAT_OK);
    CHECK(tstat_session_set_key(session, "DNS_Cache_Size", "1") == TSTAT_OK);
    CHECK(tstat_session_on_notice(session, on_notice, &told) == TSTAT_OK);
    CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_OK);
    CHECK((told.dns_caches > 0) == asked);
    if (asked) CHECK(strncmp(told.text, "DNS cache (size=1) full at ", 27) == 0);
    tstat_session_free(session);
  }
  return NULL;
}

/* The key of images can be had where nothing else has it. */
static const char* key_of_images(const char* traces, const char* scratch) {
  (void)traces;
  char first[TSTAT_KEY_SIZE], second[TSTAT_KEY_SIZE], nets[1024];
  tstat_address image_of_first, image_again;
  snprintf(nets, sizeof(nets), "%s", text_file(scratch, "nets", "0.0.0.0/0\n"));
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_key(session, first, sizeof(first)) == TSTAT_WRONG_STATE);
  CHECK(tstat_session_start(session) == TSTAT_OK);
  CHECK(tstat_session_key(session, first, sizeof(first)) == TSTAT_ABSENT);
  tstat_session_free(session);

  session = tstat_session_new();
  CHECK(tstat_session_set(session, "crypto-nets", nets) == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "udp_complete", keep_address, &image_of_first) == TSTAT_OK);
  CHECK(feed(session, 4, 53, 0, TSTAT_ORIGIN_UNKNOWN) == TSTAT_OK);
  CHECK(tstat_session_key(session, first, sizeof(first) - 1) == TSTAT_INVALID);
  CHECK(tstat_session_key(session, NULL, sizeof(first)) == TSTAT_INVALID);
  CHECK(tstat_session_key(NULL, first, sizeof(first)) == TSTAT_INVALID);
  CHECK(tstat_session_key(session, first, sizeof(first)) == TSTAT_OK);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(tstat_session_key(session, second, sizeof(second)) == TSTAT_OK);
  CHECK(strlen(first) == TSTAT_KEY_SIZE - 1 && strcmp(first, second) == 0);
  tstat_session_free(session);

  session = tstat_session_new();
  CHECK(tstat_session_set(session, "crypto-nets", nets) == TSTAT_OK);
  CHECK(tstat_session_set(session, "keybase64", text_file(scratch, "key", first)) == TSTAT_OK);
  CHECK(tstat_session_on_row(session, "udp_complete", keep_address, &image_again) == TSTAT_OK);
  CHECK(feed(session, 4, 53, 0, TSTAT_ORIGIN_UNKNOWN) == TSTAT_OK);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  CHECK(image_of_first.encrypted && memcmp(image_of_first.bytes, image_again.bytes, 4) == 0);
  tstat_session_free(session);
  return NULL;
}

/* Dumps that cannot be written: what they lack is counted, and each is told of once. */
static const char* lost_dumps(const char* traces, const char* scratch) {
  (void)traces;
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "output-dir", path_of(scratch, "out")) == TSTAT_OK);
  CHECK(tstat_session_set_key(session, "udp_complete", "1") == TSTAT_OK);
  CHECK(tstat_session_set_key(session, "ip_complete", "1") == TSTAT_OK);
  CHECK(tstat_session_set_key(session, "slice_win", "1") == TSTAT_OK);
  CHECK(feed(session, 4, 53, 0, TSTAT_ORIGIN_UNKNOWN) == TSTAT_OK);
  /* Directories stand where the next files are to be. */
  static const char* const names[] = {"traces00/udp_complete01.pcap",
                                      "traces00/ip_complete01.pcap"};
  for (int i = 0; i < 2; ++i) {
    CHECK(mkdir(path_of(tstat_session_directory(session), names[i]), 0700) == 0);
  }
  int64_t lost = -1;
  CHECK(tstat_session_statistic(session, "lost_dump_packets", &lost) == TSTAT_OK && lost == 0);
  for (int i = 0; i < 3; ++i) {
    CHECK(feed(session, 4, (uint16_t)(54 + i), 2, TSTAT_ORIGIN_UNKNOWN) == TSTAT_OK);
  }
  CHECK(tstat_session_statistic(session, "lost_dump_packets", &lost) == TSTAT_OK && lost == 6);
  const char* text = NULL;
  int udp = 0, ip = 0, all = 0;
  for (int status; (status = tstat_session_take_problem(session, &text)) != TSTAT_ABSENT; ++all) {
    CHECK(status < 0);
    udp += strstr(text, "udp_complete01.pcap") != NULL;
    ip += strstr(text, "ip_complete01.pcap") != NULL && strstr(text, "udp") == NULL;
  }
  CHECK(udp == 1 && ip == 1 && all == 2);
  CHECK(tstat_session_finish(session) < 0);
  tstat_session_free(session);
  return NULL;
}

/* ---- names, times, files ---- */

static int no_row(const tstat_row* row, void* user) {
  (void)row, (void)user;
  return 0;
}
static int no_batch(const tstat_batch* batch, void* user) {
  (void)batch, (void)user;
  return 0;
}

static const char* rows_of_no_profile(const char* traces, const char* scratch) {
  (void)traces, (void)scratch;
  static const struct {
    const char *compat, *name;
    int status;
  } cases[] = {{"3.1.1", "log_dns_complete", TSTAT_NOT_FOUND},
               {"3.1.1", "tcp_period", TSTAT_NOT_FOUND},
               {"3.3", "log_dns_complete", TSTAT_OK},
               {"3.3", "tcp_period", TSTAT_OK},
               {"3.1.1", "tcp_complete", TSTAT_OK},
               {"3.1.1", "log_mm_complete", TSTAT_OK},
               {"3.1.1", NULL, TSTAT_OK}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
    tstat_session* session = tstat_session_new();
    CHECK(tstat_session_on_row(session, cases[i].name, no_row, NULL) == TSTAT_OK);
    CHECK(tstat_session_set(session, "compat", cases[i].compat) == TSTAT_OK);
    CHECK(tstat_session_start(session) == cases[i].status);
    if (cases[i].status != TSTAT_OK) {
      CHECK(strstr(tstat_session_error(session), cases[i].name) != NULL);
    }
    tstat_session_free(session);
  }
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_on_batch(session, "tcp_period", 8, no_batch, NULL) == TSTAT_OK);
  CHECK(tstat_session_start(session) == TSTAT_NOT_FOUND);
  tstat_session_free(session);
  return NULL;
}

static const char* times_and_files(const char* traces, const char* scratch) {
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "output-dir", path_of(scratch, "out")) == TSTAT_OK);
  CHECK(feed(session, 4, 53, 0, TSTAT_ORIGIN_UNKNOWN) == TSTAT_OK);
  char directory[1024];
  snprintf(directory, sizeof(directory), "%s", tstat_session_directory(session));
  CHECK(tstat_session_new_output(session, INT64_MIN, NULL) == TSTAT_OUT_OF_RANGE);
  CHECK(tstat_session_new_output(session, INT64_MAX, NULL) == TSTAT_OUT_OF_RANGE);
  CHECK(tstat_session_retry(session, INT64_MIN) == TSTAT_OUT_OF_RANGE);
  CHECK(tstat_session_retry(session, INT64_MAX) == TSTAT_OUT_OF_RANGE);
  CHECK(strcmp(tstat_session_directory(session), directory) == 0);
  CHECK(tstat_session_new_output(session, kFirst + 60 * kSecond, NULL) == TSTAT_OK);
  CHECK(strcmp(tstat_session_directory(session), directory) != 0);
  /* A directory is no trace; the session is none the worse. */
  CHECK(tstat_session_run_trace(session, scratch) == TSTAT_INVALID);
  CHECK(strstr(tstat_session_error(session), "is a directory") != NULL);
  CHECK(tstat_session_run_trace(session, path_of(traces, "web.pcap")) == TSTAT_OK);
  CHECK(tstat_session_finish(session) == TSTAT_OK);
  tstat_session_free(session);

  session = tstat_session_new();
  CHECK(tstat_session_set(session, "strict-anonymity", NULL) == TSTAT_OK);
  CHECK(tstat_session_set(session, "keyvalue", "") == TSTAT_OK);
  CHECK(tstat_session_start(session) == TSTAT_INVALID);
  CHECK(strstr(tstat_session_error(session), "key empty") != NULL);
  tstat_session_free(session);
  return NULL;
}

/* ---- packets with their flows ---- */

struct seen {
  int packets, of_flows, by_server, images;
  const char* wrong;
};

static const char* check_packet(const tstat_flow_packet* packet, struct seen* seen) {
  ++seen->packets;
  CHECK(packet->struct_size == sizeof(*packet));
  CHECK(packet->captured_length == 32 && packet->ip_length == 32 && packet->bytes[0] == 0x45);
  CHECK(packet->time >= kFirst && packet->result == TSTAT_PACKET_COUNTED);
  CHECK(packet->protocol == TSTAT_UDP && packet->flow_number == 1);
  CHECK(packet->client_port == 1025 && packet->server_port == 53);
  ++seen->of_flows;
  seen->by_server += packet->from_server;
  static const uint8_t client[] = {10, 1, 1, 1};
  CHECK(packet->client.version == 4 && packet->server.version == 4);
  CHECK((memcmp(packet->client.bytes, client, 4) != 0) == packet->client.encrypted);
  seen->images += packet->client.encrypted;
  return NULL;
}
static int on_packet(const tstat_flow_packet* packet, void* user) {
  struct seen* seen = user;
  seen->wrong = check_packet(packet, seen);
  return seen->wrong != NULL;
}

/* Headers only, and no true address. */
static int on_strict_packet(const tstat_flow_packet* packet, void* user) {
  struct seen* seen = user;
  static const uint8_t client[] = {10, 1, 1, 1};
  ++seen->packets;
  seen->images += packet->captured_length == 28 && memcmp(packet->bytes + 12, client, 4) != 0 &&
                  memcmp(packet->bytes + 12, packet->client.bytes, 4) == 0;
  return 7;
}

static const char* packets_with_flows(const char* traces, const char* scratch) {
  (void)traces;
  char nets[1024];
  snprintf(nets, sizeof(nets), "%s", text_file(scratch, "nets", "10.0.0.0/8\n"));
  for (int hidden = 0; hidden < 2; ++hidden) {
    struct seen seen = {0};
    tstat_session* session = tstat_session_new();
    if (hidden) CHECK(tstat_session_set(session, "crypto-nets", nets) == TSTAT_OK);
    CHECK(tstat_session_on_flow_packet(session, NULL, &seen) == TSTAT_INVALID);
    CHECK(tstat_session_on_flow_packet(session, on_packet, &seen) == TSTAT_OK);
    for (int i = 0; i < 3; ++i) CHECK(feed(session, 4, 53, i, TSTAT_ORIGIN_UNKNOWN) == TSTAT_OK);
    if (seen.wrong != NULL) return seen.wrong;
    CHECK(seen.packets == 3 && seen.of_flows == 3 && seen.by_server == 0);
    CHECK(seen.images == (hidden ? 3 : 0));
    CHECK(tstat_session_on_flow_packet(session, on_packet, &seen) == TSTAT_WRONG_STATE);
    tstat_session_free(session);
  }
  struct seen seen = {0};
  tstat_session* session = tstat_session_new();
  CHECK(tstat_session_set(session, "strict-anonymity", NULL) == TSTAT_OK);
  CHECK(tstat_session_on_flow_packet(session, on_strict_packet, &seen) == TSTAT_OK);
  CHECK(feed(session, 4, 53, 0, TSTAT_ORIGIN_UNKNOWN) == TSTAT_STOPPED);
  CHECK(feed(session, 4, 53, 1, TSTAT_ORIGIN_UNKNOWN) == TSTAT_STOPPED);
  CHECK(tstat_session_stop_value(session) == 7);
  CHECK(seen.packets == 1 && seen.images == 1);
  tstat_session_free(session);
  return NULL;
}

const struct call_test kSettingTests[] = {
    {"MasksByKeys", masks_by_keys},
    {"NamesOfDumps", names_of_dumps},
    {"KeysAndReload", keys_and_reload},
    {"NoticesOfDumpsAndNames", notices_of_dumps_and_names},
    {"KeyOfImages", key_of_images},
    {"LostDumps", lost_dumps},
    {"RowsOfNoProfile", rows_of_no_profile},
    {"TimesAndFiles", times_and_files},
    {"PacketsWithFlows", packets_with_flows},
};
const unsigned kSettingTestCount = sizeof(kSettingTests) / sizeof(kSettingTests[0]);
