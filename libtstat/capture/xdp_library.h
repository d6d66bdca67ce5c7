// SPDX-License-Identifier: BSD-3-Clause
//
// libxdp and what it needs of libbpf, loaded when the first AF_XDP capture is opened.
#ifndef TSTAT_CAPTURE_XDP_LIBRARY_H_
#define TSTAT_CAPTURE_XDP_LIBRARY_H_

#ifdef TSTAT_LIBXDP
// libpcap's class of this name is another one.
#define bpf_insn linux_bpf_insn
#include <bpf/bpf.h>
#undef bpf_insn
#include <xdp/xsk.h>

namespace tstat::internal {

struct XdpLibrary {
  decltype(&xsk_umem__create) create_umem = nullptr;
  decltype(&xsk_umem__delete) delete_umem = nullptr;
  decltype(&xsk_socket__create) create_socket = nullptr;
  decltype(&xsk_socket__delete) delete_socket = nullptr;
  decltype(&xsk_socket__fd) socket_descriptor = nullptr;
  decltype(&xsk_socket__update_xskmap) update_map = nullptr;
  decltype(&bpf_map_create) create_map = nullptr;
  decltype(&bpf_prog_load) load_program = nullptr;
  decltype(&bpf_link_create) create_link = nullptr;
  bool is_loaded = false;
};

// Loaded once; `is_loaded` is false where one of them is not there.
const XdpLibrary& Xdp();

}  // namespace tstat::internal
#endif

#endif  // TSTAT_CAPTURE_XDP_LIBRARY_H_
