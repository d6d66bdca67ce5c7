/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How a packet framework (DPDK, netmap, AF_XDP) feeds the library: ports are asked in turn, each
 * burst gets the time at which it came, and the port says which way its packets go. When none come
 * for a while, a packet that is made up lets time go on, so that intervals end and idle flows are
 * written. The ports are simulated: clients behind port 0 make a connection every ten seconds to
 * servers behind port 1, and after a minute all are silent.
 *
 *   feed_ports [CONFIG]                options of tstat, tstat.conf when left out
 *
 *   cc feed_ports.c -o feed_ports $(pkg-config --cflags --libs libtstat) */
#include <libtstat.h>
#include <signal.h>
#include <string.h>

enum { kPorts = 2, kBurst = 32, kPacketBytes = 60 };
enum {
  kByNetworks = 0,
  kLocal = 1,
  kOutgoing = 2,
  kIncoming = 3
}; /* the last argument of tstat_next_pckt */

/* What a port of the framework has received. */
struct Burst {
  unsigned char packets[kBurst][kPacketBytes];
  int lengths[kBurst];
  int count;
};

/* The handler only says that it is time to end: what the library does then is too much for a
 * handler. */
static volatile sig_atomic_t stop = 0;
static void OnSignal(int number) {
  (void)number;
  stop = 1;
}

/* 20 bytes at `out`: an IPv4 header from 10.0.0.1 to 192.0.2.1, or back. */
static void PutIpHeader(unsigned char* out, int is_reply, int protocol, int payload) {
  static const unsigned char client[4] = {10, 0, 0, 1}, server[4] = {192, 0, 2, 1};
  static unsigned identification =
      0; /* two packets with the same one may be the same packet, captured twice */
  memset(out, 0, 20);
  out[0] = 0x45;
  out[3] = (unsigned char)(20 + payload);
  out[4] = (unsigned char)(++identification >> 8);
  out[5] = (unsigned char)identification;
  out[8] = 64;
  out[9] = (unsigned char)protocol;
  memcpy(out + 12, is_reply ? server : client, 4);
  memcpy(out + 16, is_reply ? client : server, 4);
}

static void PutSegment(struct Burst* burst, int is_reply, unsigned client_port, unsigned char flags,
                       int seq, int ack) {
  unsigned char* tcp = burst->packets[burst->count] + 20;
  PutIpHeader(burst->packets[burst->count], is_reply, 6, 20);
  memset(tcp, 0, 20);
  tcp[is_reply ? 2 : 0] = (unsigned char)(client_port >> 8);
  tcp[is_reply ? 3 : 1] = (unsigned char)client_port;
  tcp[is_reply ? 1 : 3] = 80;
  tcp[7] = (unsigned char)seq;
  tcp[11] = (unsigned char)ack;
  tcp[12] = 0x50;
  tcp[13] = flags;
  burst->lengths[burst->count++] = 40;
}

/* What came in at `port` during millisecond `now` of the simulation. */
static void Receive(int port, long now, struct Burst* burst) {
  enum { kFin = 1, kSyn = 2, kAck = 16 };
  const long step = now % 10000;
  const unsigned client_port = 1025u + (unsigned)(now / 10000);
  burst->count = 0;
  if (now >= 60000) return;
  if (port == 0 && step == 0) PutSegment(burst, 0, client_port, kSyn, 1, 0);
  if (port == 1 && step == 20) PutSegment(burst, 1, client_port, kSyn | kAck, 1, 2);
  if (port == 0 && step == 21) {
    PutSegment(burst, 0, client_port, kAck, 2, 2);
    PutSegment(burst, 0, client_port, kFin | kAck, 2, 2);
  }
  if (port == 1 && step == 41) PutSegment(burst, 1, client_port, kFin | kAck, 2, 3);
  if (port == 0 && step == 42) PutSegment(burst, 0, client_port, kAck, 3, 3);
}

/* An IP packet of protocol 255, which has no meaning: the library takes its time, and counts it
 * nowhere. */
static void KeepAlive(struct timeval* now) {
  unsigned char packet[20];
  PutIpHeader(packet, 0, 255, 0);
  tstat_next_pckt(now, packet, packet + sizeof packet - 1, sizeof packet, kByNetworks);
}

int main(int argc, char** argv) {
  static const int directions[kPorts] = {kOutgoing, kIncoming};
  const long end = 10 * 60 * 1000L, longest_silence = 5000; /* milliseconds */
  struct timeval begin = {1500000000, 0};                   /* a framework takes the time of day */
  long now, last_packet = 0, tracked = 0, keep_alives = 0;
  tstat_report report;

  if (tstat_init(argc > 1 ? argv[1] : NULL) != 0) return 1;
  signal(SIGTERM, OnSignal);
  tstat_new_logdir("ports", &begin);
  for (now = 0; now < end && !stop; ++now) {
    struct timeval time = begin;
    int port, i;
    time.tv_sec += now / 1000;
    time.tv_usec = now % 1000 * 1000;
    for (port = 0; port < kPorts; ++port) {
      struct Burst burst;
      Receive(port, now, &burst);
      for (i = 0; i < burst.count; ++i) {
        unsigned char* packet = burst.packets[i];
        tracked += tstat_next_pckt(&time, packet, packet + burst.lengths[i] - 1, burst.lengths[i],
                                   directions[port]) == 1;
        last_packet = now;
      }
    }
    if (now - last_packet >= longest_silence && (now - last_packet) % 1000 == 0) {
      KeepAlive(&time);
      ++keep_alives;
    }
  }
  printf("%ld packets of flows, %ld keep-alive packets, %ld connections ended before the end\n",
         tracked, keep_alives, tcp_cleaned);
  tstat_close(&report);
  tstat_print_report(&report, stdout);
  return 0;
}
