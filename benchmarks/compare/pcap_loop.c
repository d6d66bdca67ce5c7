/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The least that any reader of traces does: libpcap hands over every packet, nothing else.
 *
 *   pcap_loop TRACE
 */
#include <pcap/pcap.h>
#include <stdio.h>

static void count(u_char* user, const struct pcap_pkthdr* header, const u_char* bytes) {
  unsigned long long* totals = (unsigned long long*)user;
  (void)bytes;
  totals[0] += 1;
  totals[1] += header->caplen;
}

int main(int argc, char** argv) {
  char error[PCAP_ERRBUF_SIZE];
  unsigned long long totals[2] = {0, 0};
  pcap_t* trace;
  if (argc != 2) {
    fprintf(stderr, "usage: pcap_loop TRACE\n");
    return 2;
  }
  trace = pcap_open_offline(argv[1], error);
  if (trace == NULL) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  pcap_loop(trace, -1, count, (u_char*)totals);
  pcap_close(trace);
  printf("%llu packets, %llu bytes\n", totals[0], totals[1]);
  return 0;
}
