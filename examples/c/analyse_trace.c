/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reads a capture file and gives its IP packets to the library, which writes the logs that the
 * tstat command writes.
 *
 *   analyse_trace TRACE [CONFIG]        TRACE "-": standard input; CONFIG: options of tstat,
 * tstat.conf when left out
 *
 *   cc analyse_trace.c -o analyse_trace $(pkg-config --cflags --libs libtstat) -lpcap
 *
 * The library wants to see IP packets: what the link layer puts before them is the program's work.
 */
#include <libtstat.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <string.h>

static unsigned Uint16At(const u_char* bytes) { return (unsigned)bytes[0] << 8 | bytes[1]; }

static int IsIp(unsigned ether_type) { return ether_type == 0x0800 || ether_type == 0x86dd; }

/* Where the IP header begins in an Ethernet frame, after any VLAN tags; 0: it has none. */
static uint32_t SkipEthernet(const u_char* frame, uint32_t length) {
  uint32_t at = 12;
  while (at + 4 <= length && (Uint16At(frame + at) == 0x8100 || Uint16At(frame + at) == 0x88a8))
    at += 4;
  if (at + 2 >= length || !IsIp(Uint16At(frame + at))) return 0;
  return at + 2;
}

/* Exit status: 0, or 1 when not all packets could be read. */
static int Analyse(pcap_t* trace, char* name) {
  const int link = pcap_datalink(trace);
  struct pcap_pkthdr* header;
  const u_char* frame;
  const char* shown = name != NULL ? name : "standard input";
  unsigned long skipped = 0;
  int opened = 0, status;
  tstat_report report;

  while ((status = pcap_next_ex(trace, &header, &frame)) == 1) {
    uint32_t ip = link == DLT_EN10MB ? SkipEthernet(frame, header->caplen) : 0;
    if ((link == DLT_EN10MB && ip == 0) || header->caplen == 0) {
      ++skipped;
      continue;
    }
    if (!opened) {
      /* The directory is named by the time of the first packet. */
      tstat_new_logdir(name, &header->ts);
      opened = 1;
    }
    /* The library only reads: the const that its old interface lacks is kept. */
    tstat_next_pckt(&header->ts, (void*)(uintptr_t)(frame + ip),
                    (void*)(uintptr_t)(frame + header->caplen - 1), (int)header->caplen, 0);
  }
  if (status == PCAP_ERROR) fprintf(stderr, "%s: %s\n", shown, pcap_geterr(trace));
  if (skipped != 0) fprintf(stderr, "%s: %lu frames without an IP packet\n", shown, skipped);

  tstat_close(&report);
  tstat_print_report(&report, stdout);
  return status == PCAP_ERROR;
}

int main(int argc, char** argv) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* trace;
  int status;

  if (argc < 2 || argc > 3) {
    fprintf(stderr, "usage: %s TRACE [CONFIG]\n", argv[0]);
    return 1;
  }
  trace = pcap_open_offline(argv[1], error);
  if (trace == NULL) {
    fprintf(stderr, "%s: %s\n", argv[1], error);
    return 1;
  }
  if (pcap_datalink(trace) != DLT_EN10MB && pcap_datalink(trace) != DLT_RAW) {
    fprintf(stderr, "%s: neither Ethernet nor raw IP\n", argv[1]);
    pcap_close(trace);
    return 1;
  }
  /* It has said on standard error what is wrong. */
  if (tstat_init(argc == 3 ? argv[2] : NULL) != 0) {
    pcap_close(trace);
    return 1;
  }
  status = Analyse(trace, strcmp(argv[1], "-") == 0 ? NULL : argv[1]);
  pcap_close(trace);
  return status;
}
