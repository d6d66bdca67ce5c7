// SPDX-License-Identifier: BSD-3-Clause
#include "capture/xdp_library.h"

#ifdef TSTAT_LIBXDP
#include <dlfcn.h>

#include <type_traits>

namespace tstat::internal {
namespace {

XdpLibrary LoadXdp() {
  XdpLibrary f;
  // libbpf comes with it.
  void* const library = dlopen(TSTAT_LIBXDP, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return f;
  const auto find = [library](const char* name, auto* function) {
    *function =
        reinterpret_cast<std::remove_reference_t<decltype(*function)>>(dlsym(library, name));
    return *function != nullptr;
  };
  f.is_loaded =
      find("xsk_umem__create", &f.create_umem) && find("xsk_umem__delete", &f.delete_umem) &&
      find("xsk_socket__create", &f.create_socket) &&
      find("xsk_socket__delete", &f.delete_socket) &&
      find("xsk_socket__fd", &f.socket_descriptor) &&
      find("xsk_socket__update_xskmap", &f.update_map) && find("bpf_map_create", &f.create_map) &&
      find("bpf_prog_load", &f.load_program) && find("bpf_link_create", &f.create_link);
  return f;
}

}  // namespace

const XdpLibrary& Xdp() {
  static const XdpLibrary functions = LoadXdp();
  return functions;
}

}  // namespace tstat::internal
#endif
