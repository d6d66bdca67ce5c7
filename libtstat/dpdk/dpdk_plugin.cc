// SPDX-License-Identifier: BSD-3-Clause
//
// libtstat-dpdk.so: ports of DPDK as rings of packets.
#include "capture/dpdk_plugin.h"

#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr uint16_t kDescriptors = 4096;  // wanted of a ring; drivers have limits

struct Ring {
  uint16_t port = 0, queue = 0;
  // The last packets, and one of several pieces put together.
  std::array<rte_mbuf*, TSTAT_DPDK_PACKETS> held = {};
  uint16_t held_count = 0;
  std::vector<uint8_t> joined;
  // Where the driver has the time of a packet, in microseconds since 1970.
  int time_offset = -1;
  uint64_t time_flag = 0;
};

struct Plugin {
  std::vector<std::unique_ptr<Ring>> rings;
  std::vector<uint16_t> started;
  std::array<std::atomic<bool>, RTE_MAX_ETHPORTS> gone = {};
  bool was_used = false;
  uint32_t packet_pools = 0;
};

// DPDK itself is one a process.
Plugin plugin;

int Fail(char* error, uint32_t size, const char* format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(error, size, format, values);
  va_end(values);
  return -1;
}

int OnRemoved(uint16_t port, rte_eth_event_type, void*, void*) {
  plugin.gone[port].store(true);
  return 0;
}

// The driver that reads capture files has their times. (Those of cards are ticks of a clock of
// their own.)
void FindTimes(const rte_eth_dev_info& info, Ring* ring) {
  if (strcmp(info.driver_name, "net_pcap") != 0) return;
  ring->time_offset = rte_mbuf_dynfield_lookup(RTE_MBUF_DYNFIELD_TIMESTAMP_NAME, nullptr);
  const int bit = rte_mbuf_dynflag_lookup(RTE_MBUF_DYNFLAG_RX_TIMESTAMP_NAME, nullptr);
  if (bit >= 0) ring->time_flag = uint64_t{1} << bit;
}

int StartPort(uint16_t port, int queues, int promiscuous, char* error, uint32_t error_size) {
  rte_eth_dev_info info = {};
  if (const int failed = rte_eth_dev_info_get(port, &info); failed != 0) {
    return Fail(error, error_size, "port %u: %s", port, rte_strerror(-failed));
  }
  const auto count =
      static_cast<uint16_t>(std::clamp<int>(queues, 1, std::max<int>(info.max_rx_queues, 1)));
  rte_eth_conf configuration = {};
  if (count > 1) {
    // By addresses and ports, as far as the card can.
    configuration.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    configuration.rx_adv_conf.rss_conf.rss_hf =
        (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP) & info.flow_type_rss_offloads;
  }
  if (const int failed = rte_eth_dev_configure(port, count, 0, &configuration); failed != 0) {
    return Fail(error, error_size, "port %u, %u queues: %s", port, count, rte_strerror(-failed));
  }
  uint16_t received = kDescriptors, sent = 0;
  rte_eth_dev_adjust_nb_rx_tx_desc(port, &received, &sent);
  const int socket = rte_eth_dev_socket_id(port);
  for (uint16_t queue = 0; queue < count; ++queue) {
    const std::string name = "tstat_" + std::to_string(plugin.packet_pools++);
    rte_mempool* const pool =
        rte_pktmbuf_pool_create(name.c_str(), received * 2U + TSTAT_DPDK_PACKETS, 0, 0,
                                RTE_MBUF_DEFAULT_BUF_SIZE, socket < 0 ? SOCKET_ID_ANY : socket);
    if (pool == nullptr) {
      return Fail(error, error_size, "port %u: memory for packets: %s (-m MIB gives DPDK more)",
                  port, rte_strerror(rte_errno));
    }
    if (const int failed = rte_eth_rx_queue_setup(port, queue, received, socket, nullptr, pool);
        failed != 0) {
      return Fail(error, error_size, "port %u, queue %u: %s", port, queue, rte_strerror(-failed));
    }
  }
  rte_eth_dev_callback_register(port, RTE_ETH_EVENT_INTR_RMV, &OnRemoved, nullptr);
  if (const int failed = rte_eth_dev_start(port); failed != 0) {
    return Fail(error, error_size, "port %u: %s", port, rte_strerror(-failed));
  }
  plugin.started.push_back(port);
  // Drivers without such a mode receive everything.
  if (promiscuous != 0) (void)rte_eth_promiscuous_enable(port);
  for (uint16_t queue = 0; queue < count; ++queue) {
    auto ring = std::make_unique<Ring>();
    ring->port = port;
    ring->queue = queue;
    FindTimes(info, ring.get());
    plugin.rings.push_back(std::move(ring));
  }
  return 0;
}

void GiveBack(Ring* ring) {
  for (uint16_t i = 0; i < ring->held_count; ++i) rte_pktmbuf_free(ring->held[i]);
  ring->held_count = 0;
}

void Close() {
  for (const std::unique_ptr<Ring>& ring : plugin.rings) GiveBack(ring.get());
  for (const uint16_t port : plugin.started) {
    (void)rte_eth_dev_stop(port);
    (void)rte_eth_dev_close(port);
  }
  plugin.rings.clear();
  plugin.started.clear();
}

// DPDK binds the calling thread to a processor; this one goes on where it was.
int StartDpdk(int count, const char* const* arguments) {
  std::vector<char*> words = {const_cast<char*>("tstat")};
  for (int i = 0; i < count; ++i) words.push_back(const_cast<char*>(arguments[i]));
  words.push_back(nullptr);
  cpu_set_t before;
  const bool knows_before = pthread_getaffinity_np(pthread_self(), sizeof(before), &before) == 0;
  const int result = rte_eal_init(count + 1, words.data());
  if (knows_before) pthread_setaffinity_np(pthread_self(), sizeof(before), &before);
  return result;
}

int Open(int count, const char* const* arguments, int queues, int promiscuous, char* error,
         uint32_t error_size) {
  if (plugin.was_used) return Fail(error, error_size, "can be started once in a process");
  plugin.was_used = true;
  if (StartDpdk(count, arguments) < 0) {
    return Fail(error, error_size, "does not start: %s", rte_strerror(rte_errno));
  }
  uint16_t port;
  RTE_ETH_FOREACH_DEV(port) {
    if (StartPort(port, queues, promiscuous, error, error_size) != 0) {
      Close();
      return -1;
    }
  }
  if (plugin.rings.empty()) {
    return Fail(error, error_size, "no port (-a DEVICE, --vdev=DEVICE)");
  }
  return static_cast<int>(plugin.rings.size());
}

uint32_t Read(int number, TstatDpdkPacket* packets) {
  Ring& ring = *plugin.rings[static_cast<size_t>(number)];
  GiveBack(&ring);
  uint16_t count = rte_eth_rx_burst(ring.port, ring.queue, ring.held.data(), ring.held.size());
  ring.held_count = count;
  size_t joined_bytes = 0;
  for (uint16_t i = 0; i < count; ++i) {
    if (ring.held[i]->nb_segs > 1) joined_bytes += ring.held[i]->pkt_len;
  }
  ring.joined.resize(joined_bytes);
  size_t joined = 0;
  for (uint16_t i = 0; i < count; ++i) {
    const rte_mbuf* const from = ring.held[i];
    TstatDpdkPacket& packet = packets[i];
    packet.length = from->pkt_len;
    packet.data = rte_pktmbuf_mtod(from, const uint8_t*);
    if (from->nb_segs > 1) {
      packet.data = static_cast<const uint8_t*>(
          rte_pktmbuf_read(from, 0, from->pkt_len, &ring.joined[joined]));
      joined += from->pkt_len;
    }
    packet.time_ns = 0;
    if (ring.time_offset >= 0 && (from->ol_flags & ring.time_flag) != 0) {
      const auto time = *RTE_MBUF_DYNFIELD(from, ring.time_offset, const rte_mbuf_timestamp_t*);
      packet.time_ns = static_cast<int64_t>(time) * 1000;
    }
  }
  return count;
}

TstatDpdkCounters Counters(int number) {
  const Ring& ring = *plugin.rings[static_cast<size_t>(number)];
  rte_eth_stats of_port = {};
  if (ring.queue != 0 || rte_eth_stats_get(ring.port, &of_port) != 0) return {0, 0};
  return {of_port.imissed + of_port.rx_nombuf, of_port.ierrors};
}

int IsGone(int number) {
  return plugin.gone[plugin.rings[static_cast<size_t>(number)]->port].load() ? 1 : 0;
}

constexpr TstatDpdkPlugin kPlugin = {.version = TSTAT_DPDK_VERSION,
                                     .open = &Open,
                                     .read = &Read,
                                     .counters = &Counters,
                                     .is_gone = &IsGone,
                                     .close = &Close};

}  // namespace

extern "C" __attribute__((visibility("default"))) const TstatDpdkPlugin* tstat_dpdk_plugin() {
  return &kPlugin;
}
