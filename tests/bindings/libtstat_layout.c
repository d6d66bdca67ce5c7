/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The layout of tstat_report and the types of the functions, as programs that were compiled with
 * Tstat's own header have them: this file compiles, or it does not. */
#include <libtstat.h>
#include <stddef.h>

#define MEMBER(name, type, offset)                                                 \
  _Static_assert(offsetof(tstat_report, name) == (offset), #name " is elsewhere"); \
  _Static_assert(_Generic(((tstat_report*)0)->name, type : 1, default : 0),        \
                 #name " has another type")

#if defined(__LP64__)
MEMBER(pnum, u_long, 0);
MEMBER(fcount, unsigned long int, 8);
MEMBER(f_TCP_count, unsigned long int, 16);
MEMBER(f_UDP_count, unsigned long int, 24);
MEMBER(f_RTP_count, unsigned long int, 32);
MEMBER(f_RTCP_count, unsigned long int, 40);
MEMBER(f_RTP_tunneled_TCP_count, unsigned long int, 48);
MEMBER(search_count, int, 56);
MEMBER(tcp_packet_count, long int, 64);
MEMBER(udp_trace_count, u_long, 72);
MEMBER(not_id_p, long, 80);
MEMBER(avg_search, double, 88);
MEMBER(tot_conn_TCP, unsigned long, 96);
MEMBER(tot_conn_UDP, unsigned long, 104);
MEMBER(num_tcp_pairs, int, 112);
MEMBER(tot_adx_hash_count, long int, 120);
MEMBER(tot_adx_list_count, long int, 128);
MEMBER(adx_search_hash_count, long int, 136);
MEMBER(adx_search_list_count, long int, 144);
MEMBER(wallclock, double, 152);
MEMBER(pcktspersec, int, 160);
MEMBER(flowspersec, int, 164);
_Static_assert(sizeof(tstat_report) == 168, "tstat_report has another size");
#endif

#define FUNCTION(name, type) \
  _Static_assert(_Generic(&(name), type : 1, default : 0), #name " has another type")
FUNCTION(tstat_init, int (*)(char*));
FUNCTION(tstat_new_logdir, void (*)(char*, struct timeval*));
FUNCTION(tstat_next_pckt, int (*)(struct timeval*, void*, void*, int, int));
FUNCTION(tstat_close, tstat_report* (*)(tstat_report*));
FUNCTION(tstat_print_report, void (*)(tstat_report*, FILE*));
FUNCTION(tcp_cleaned, long int*);
FUNCTION(udp_cleaned, long int*);
