// SPDX-License-Identifier: BSD-3-Clause
//
// The plug-in on a port whose ring this program fills (net_ring of DPDK).
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <array>
#include <cstring>
#include <string>

#include "capture/dpdk_plugin.h"

namespace {

const TstatDpdkPlugin* Load() {
  void* const library = dlopen(TSTAT_DPDK_FILE, RTLD_NOW | RTLD_LOCAL);
  using Entry = const TstatDpdkPlugin* (*)();
  const auto entry =
      library == nullptr ? nullptr : reinterpret_cast<Entry>(dlsym(library, TSTAT_DPDK_ENTRY));
  return entry == nullptr ? nullptr : entry();
}

// A frame of `size` bytes, each of which is `mark`, in pieces of at most `piece`.
rte_mbuf* Frame(rte_mempool* pool, size_t size, size_t piece, int mark) {
  rte_mbuf* first = nullptr;
  for (size_t done = 0; done < size;) {
    const auto n = static_cast<uint16_t>(std::min(piece, size - done));
    rte_mbuf* const part = rte_pktmbuf_alloc(pool);
    memset(rte_pktmbuf_append(part, n), mark, n);
    if (first == nullptr) {
      first = part;
    } else {
      rte_pktmbuf_chain(first, part);
    }
    done += n;
  }
  return first;
}

TEST(DpdkPlugin, PacketsOfARing) {
  const TstatDpdkPlugin* const plugin = Load();
  ASSERT_NE(plugin, nullptr) << dlerror();
  ASSERT_EQ(plugin->version, uint32_t{TSTAT_DPDK_VERSION});
  const std::array arguments = {
      "--no-huge",        "--no-shconf",         "--no-pci",      "-m", "128", "--lcores=0",
      "--vdev=net_ring0", "--log-level=warning", "--no-telemetry"};
  std::array<char, 256> error = {};
  ASSERT_EQ(plugin->open(static_cast<int>(arguments.size()), arguments.data(), 2, 1, error.data(),
                         error.size()),
            2)
      << error.data();
  std::array<rte_ring*, 2> rings = {rte_ring_lookup("ETH_RXTX0_net_ring0"),
                                    rte_ring_lookup("ETH_RXTX1_net_ring0")};
  ASSERT_NE(rings[0], nullptr);
  ASSERT_NE(rings[1], nullptr);
  rte_mempool* const pool =
      rte_pktmbuf_pool_create("test", 1000, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  ASSERT_NE(pool, nullptr);

  std::array<TstatDpdkPacket, TSTAT_DPDK_PACKETS> packets;
  EXPECT_EQ(plugin->read(0, packets.data()), 0u);
  for (int i = 0; i < 40; ++i) {
    ASSERT_EQ(rte_ring_enqueue(rings[0], Frame(pool, 60 + static_cast<size_t>(i), 2000, i)), 0);
  }
  ASSERT_EQ(rte_ring_enqueue(rings[1], Frame(pool, 9000, 2000, 77)), 0);
  ASSERT_EQ(rte_ring_enqueue(rings[1], Frame(pool, 5000, 1500, 78)), 0);

  ASSERT_EQ(plugin->read(1, packets.data()), 2u);
  for (const auto& [at, size, mark] : {std::tuple(0U, 9000U, 77), std::tuple(1U, 5000U, 78)}) {
    ASSERT_EQ(packets[at].length, size);
    EXPECT_EQ(packets[at].time_ns, 0);
    for (size_t i = 0; i < size; ++i) ASSERT_EQ(packets[at].data[i], mark) << i;
  }
  ASSERT_EQ(plugin->read(0, packets.data()), 32u);
  for (unsigned i = 0; i < 32; ++i) {
    ASSERT_EQ(packets[i].length, 60 + i);
    ASSERT_EQ(packets[i].data[59 + i], i);
  }
  ASSERT_EQ(plugin->read(0, packets.data()), 8u);
  EXPECT_EQ(packets[7].data[0], 39);
  EXPECT_EQ(plugin->read(0, packets.data()), 0u);
  EXPECT_EQ(plugin->read(1, packets.data()), 0u);
  // All were given back.
  EXPECT_EQ(rte_mempool_avail_count(pool), 1000u);
  EXPECT_EQ(plugin->counters(0).missed, 0u);
  EXPECT_EQ(plugin->is_gone(0), 0);

  EXPECT_EQ(plugin->open(0, nullptr, 1, 0, error.data(), error.size()), -1);
  EXPECT_STREQ(error.data(), "can be started once in a process");
  plugin->close();
}

}  // namespace
