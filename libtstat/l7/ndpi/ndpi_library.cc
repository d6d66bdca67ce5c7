// SPDX-License-Identifier: BSD-3-Clause
#include "l7/ndpi/ndpi_library.h"

#include <dlfcn.h>

#include "absl/strings/str_cat.h"
#include "tstat/ndpi.h"

namespace tstat::internal {
namespace {

// That of Debian 12. Others have another interface: what a function takes differs from one version
// to the next.
constexpr char kNdpiFile[] = "libndpi.so.4.2";
constexpr uint16_t kNdpiInterface = 8668;  // NDPI_API_VERSION

template <typename Function>
bool FindIn(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(library, name));
  return *function != nullptr;
}

}  // namespace

NdpiLibrary::NdpiLibrary() {
  void* const library = dlopen(kNdpiFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    status_ = absl::UnavailableError(absl::StrCat(kNdpiFile, " is not installed"));
    return;
  }
  uint16_t (*interface)() = nullptr;
  const bool has_interface = FindIn(library, "ndpi_get_api_version", &interface);
  if (!has_interface || interface() != kNdpiInterface) {
    status_ = absl::UnavailableError(
        absl::StrCat(kNdpiFile, " has another interface than ", kNdpiInterface));
    return;
  }
  const bool is_whole =
      FindIn(library, "ndpi_init_detection_module", &init_module) &&
      FindIn(library, "ndpi_set_protocol_detection_bitmask2", &set_protocols) &&
      FindIn(library, "ndpi_finalize_initialization", &finish_init) &&
      FindIn(library, "ndpi_exit_detection_module", &exit_module) &&
      FindIn(library, "ndpi_detection_get_sizeof_ndpi_flow_struct", &flow_bytes) &&
      FindIn(library, "ndpi_flow_malloc", &allocate_flow) &&
      FindIn(library, "ndpi_free_flow", &free_flow) &&
      FindIn(library, "ndpi_detection_process_packet", &process_packet) &&
      FindIn(library, "ndpi_extra_dissection_possible", &may_learn_more) &&
      FindIn(library, "ndpi_detection_giveup", &give_up) &&
      FindIn(library, "ndpi_protocol2name", &name_of);
  if (!is_whole) status_ = absl::UnavailableError(absl::StrCat(kNdpiFile, " lacks a function"));
}

const NdpiLibrary& NdpiLibrary::Get() {
  static const NdpiLibrary library;
  return library;
}

}  // namespace tstat::internal

namespace tstat::inline v1 {

absl::Status NdpiStatus() { return internal::NdpiLibrary::Get().status(); }

}  // namespace tstat::inline v1
