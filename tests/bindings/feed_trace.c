/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Feeds a capture file to libtstat.h, as the tstat command would read it:  feed_trace [OPTION...]
 * TRACE The options go into the configuration file "feed.conf", which is made in the present
 * directory. Exit status 3: the link layer is not one that is taken off here (Ethernet with one
 * VLAN tag, an MPLS label or PPPoE, as the command has it, raw IP, Linux cooked, loopback). */
#include <libtstat.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#define LINUX_SLL2 276

static unsigned U16(const unsigned char* p) { return (unsigned)p[0] << 8 | p[1]; }

static int IsIp(unsigned type) { return type == 0x0800 || type == 0x86dd; }

/* Where the IP header begins; 0: not IP (no link layer is empty but raw IP, which does not come
 * here). */
static unsigned OffsetOf(int link, const unsigned char* d, unsigned length) {
  unsigned off;
  switch (link) {
    case DLT_EN10MB:
      off = length >= 18 && U16(d + 12) == 0x8100 ? 16 : 12;
      if (off + 2 > length) return 0;
      if (U16(d + off) == 0x8847) return off + 6;       /* one MPLS label */
      if (off + 10 <= length && U16(d + off) == 0x8864) /* PPPoE */
        return U16(d + off + 8) == 0x0021 || U16(d + off + 8) == 0x0057 ? off + 10 : 0;
      return IsIp(U16(d + off)) ? off + 2 : 0;
    case DLT_LINUX_SLL:
      return length >= 16 && IsIp(U16(d + 14)) ? 16 : 0;
    case LINUX_SLL2:
      return length >= 20 && IsIp(U16(d)) ? 20 : 0;
    case DLT_NULL:
      return length > 4 && (d[4] >> 4 == 4 || d[4] >> 4 == 6) ? 4 : 0;
    default:
      return 0;
  }
}

static int IsKnown(int link) {
  return link == DLT_EN10MB || link == DLT_LINUX_SLL || link == LINUX_SLL2 || link == DLT_NULL ||
         link == DLT_RAW;
}

int main(int argc, char** argv) {
  char error[PCAP_ERRBUF_SIZE];
  char* trace = argv[argc - 1];
  pcap_t* capture;
  FILE* conf;
  struct pcap_pkthdr* header;
  const unsigned char* data;
  int i, link, opened = 0, read;
  tstat_report report;

  if (argc < 2) return 2;
  conf = fopen("feed.conf", "w");
  if (conf == NULL) return 2;
  for (i = 1; i + 1 < argc; ++i) fprintf(conf, "%s\n", argv[i]);
  fclose(conf);
  capture = pcap_open_offline(trace, error);
  if (capture == NULL) {
    fprintf(stderr, "%s\n", error);
    return 3;
  }
  link = pcap_datalink(capture);
  if (!IsKnown(link)) {
    fprintf(stderr, "link type %d\n", link);
    return 3;
  }
  if (tstat_init("feed.conf") != 0) return 1;
  while ((read = pcap_next_ex(capture, &header, &data)) == 1) {
    const unsigned off = link == DLT_RAW ? 0 : OffsetOf(link, data, header->caplen);
    if ((off == 0 && link != DLT_RAW) || header->caplen <= off) continue;
    if (!opened) {
      tstat_new_logdir(trace, &header->ts);
      opened = 1;
    }
    tstat_next_pckt(&header->ts, (void*)(data + off), (void*)(data + header->caplen - 1),
                    (int)header->caplen, 0);
  }
  tstat_close(&report);
  tstat_print_report(&report, stdout);
  pcap_close(capture);
  return 0;
}
