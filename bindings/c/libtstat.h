/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The C interface of Tstat's library: a program brings IP packets, the library writes the logs,
 * histograms and RRD databases that the tstat command writes. Manual: libtstat(3), docs/c-api.md.
 *
 *   tstat_report report;
 *   if (tstat_init("tstat.conf") != 0) return 1;
 *   tstat_new_logdir("trace", &time_of_first_packet);
 *   while (...) tstat_next_pckt(&time, ip_header, last_captured_byte, captured_bytes, 0);
 *   tstat_close(&report);
 *   tstat_print_report(&report, stdout);
 *
 * One analysis at a time in a process, all calls from one thread (or one after the other). The
 * library starts no thread and no process, installs no signal handler, changes no working directory
 * and never ends the process. Messages go to stdout and stderr, or to the file of option -z. A call
 * in the wrong order, or without an argument that it needs, does nothing but tell so on stderr,
 * once for each kind.
 */
#ifndef H_LIBTSTAT
#define H_LIBTSTAT

#include <stdio.h>
#include <sys/time.h>
#include <sys/types.h>

#if defined(__GNUC__)
#define TSTAT_C_EXPORT __attribute__((visibility("default")))
#else
#define TSTAT_C_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What was counted from tstat_init on. Tstat's header has u_long in two places, which strict C does
 * not know: it is the same type. */
typedef struct {
  unsigned long int pnum;                     /* IP packets */
  unsigned long int fcount;                   /* flows: TCP and UDP */
  unsigned long int f_TCP_count;              /* TCP flows */
  unsigned long int f_UDP_count;              /* UDP flows */
  unsigned long int f_RTP_count;              /* directions that are RTP */
  unsigned long int f_RTCP_count;             /* directions that are RTCP */
  unsigned long int f_RTP_tunneled_TCP_count; /* closed TCP flows with RTP in RTSP */
  int search_count;              /* TCP flows compared to find those of packets; INT_MAX at most */
  long int tcp_packet_count;     /* packets with a TCP header, trash and duplicates included */
  unsigned long udp_trace_count; /* packets with a whole UDP header */
  long not_id_p;                 /* TCP packets of no known flow that open none, or found no room */
  double avg_search;             /* search_count / tcp_packet_count; NaN without TCP packets */
  unsigned long tot_conn_TCP; /* TCP flows open now that began since the last tstat_new_logdir, less
                                 those that ended since: as a signed number it may be negative */
  unsigned long tot_conn_UDP; /* UDP flows likewise */
  int num_tcp_pairs;          /* slot of the last TCP flow, from 1 on */
  long int tot_adx_hash_count; /* of the files of addresses: chains that were used; 0 unless -H asks
                                  for them */
  long int tot_adx_list_count; /* networks that were not the first in their chain */
  long int adx_search_hash_count; /* addresses looked up */
  long int adx_search_list_count; /* the same */
  double wallclock;               /* microseconds of real time since tstat_init */
  int pcktspersec;                /* pnum a second of it */
  int flowspersec;                /* fcount a second of it */
} tstat_report;

/* TCP flows that have ended, and UDP flows that have ended because they were idle, since
 * tstat_init. For reading. */
extern TSTAT_C_EXPORT long int tcp_cleaned;
extern TSTAT_C_EXPORT long int udp_cleaned;

/* Begins an analysis by the options in the file `config_fname`, as if typed after "tstat"; NULL:
 * tstat.conf. Returns 0, or -1 when there is none: a message says why (a mistake in a file, no
 * memory, an analysis that is not closed). After tstat_close another one can begin. */
TSTAT_C_EXPORT int tstat_init(char* config_fname);

/* Opens a log directory named by `pckt_time`, in the directory of option -s, else in `filename`
 * (with .out when that is a file), else in "stdin". Before the first packet; later calls go on in
 * another directory. */
TSTAT_C_EXPORT void tstat_new_logdir(char* filename, struct timeval* pckt_time);

/* Analyses one packet: the bytes from `ip_hdr` to `last_ip_byte`, which is the last one, not the
 * one behind it. They are only read, and only during the call. `tlen` has no effect.
 * `ip_direction`: where source and destination are, as far as the program knows: 0 by the networks
 * of -N, 1 internal and internal, 2 internal and external, 3 external and internal, 4 external and
 * external. Returns 1 when the packet belongs to a TCP or UDP flow, 0 when not (no error), -1 when
 * it was not taken: there is no analysis, NULL instead of an argument, no memory.
 *
 * An IP packet of a protocol that has no meaning (IPv4: 0, 146 to 255; IPv6: 146 to 255) is a
 * clock: intervals and idle flows end as its time says, and it is counted nowhere. */
TSTAT_C_EXPORT int tstat_next_pckt(struct timeval* pckt_time, void* ip_hdr, void* last_ip_byte,
                                   int tlen, int ip_direction);

/* Ends the analysis: open flows are written, files closed. Fills *report (NULL: nothing) and
 * returns `report`. Called again it gives the same counts. From a signal handler that interrupts
 * another function of this header it returns at once, with counts that are a little old, and the
 * analysis ends when that function does. */
TSTAT_C_EXPORT tstat_report* tstat_close(tstat_report* report);

/* Writes the report as the command does. */
TSTAT_C_EXPORT void tstat_print_report(tstat_report* report, FILE* file);

#ifdef __cplusplus
}
#endif

#endif /* H_LIBTSTAT */
