/* SPDX-License-Identifier: BSD-3-Clause
 *
 * libtstat.h needs nothing before it. */
#include <libtstat.h>

struct timeval libtstat_alone_time;
tstat_report libtstat_alone_report;
