/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Between the library and libtstat-dpdk.so, which alone is linked with DPDK and its hundred
 * libraries, and loaded when it is asked for. Plain C, so that nothing but this is common to both.
 */
#ifndef TSTAT_CAPTURE_DPDK_PLUGIN_H_
#define TSTAT_CAPTURE_DPDK_PLUGIN_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TSTAT_DPDK_FILE "libtstat-dpdk.so.0"
#define TSTAT_DPDK_ENTRY "tstat_dpdk_plugin"
#define TSTAT_DPDK_VERSION 1 /* of TstatDpdkPlugin */
#define TSTAT_DPDK_PACKETS 32

struct TstatDpdkPacket {
  const uint8_t* data; /* until the ring's next read */
  uint32_t length;
  int64_t time_ns; /* since 1970; 0: the driver has none */
};

struct TstatDpdkCounters {
  uint64_t missed; /* no room in the ring, or no memory */
  uint64_t errors; /* in the card */
};

struct TstatDpdkPlugin {
  uint32_t version;
  /* Starts DPDK with `arguments` (after the program's name) and receives from all its ports, by
   * `queues` rings a port where it has as many. Once a process. The number of rings, or -1 with why
   * not in `error`. */
  int (*open)(int count, const char* const* arguments, int queues, int promiscuous, char* error,
              uint32_t error_size);
  /* By one thread a ring: the next packets, TSTAT_DPDK_PACKETS at most, how many. */
  uint32_t (*read)(int ring, struct TstatDpdkPacket* packets);
  /* Of the ring's port, for the first ring of each; else zeros. */
  struct TstatDpdkCounters (*counters)(int ring);
  /* The ring's port was taken out of the machine. */
  int (*is_gone)(int ring);
  /* Gives packets and ports back. */
  void (*close)(void);
};

#ifdef __cplusplus
}
#endif

#endif /* TSTAT_CAPTURE_DPDK_PLUGIN_H_ */
