// SPDX-License-Identifier: BSD-3-Clause
//
// What is used of libndpi, which is loaded when it is asked for, and stays. Its structures are
// opaque here; functions that take or give more than pointers are known of one version of its
// interface only.
#ifndef TSTAT_L7_NDPI_NDPI_LIBRARY_H_
#define TSTAT_L7_NDPI_NDPI_LIBRARY_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

namespace tstat::internal {

struct NdpiModule;  // its ndpi_detection_module_struct
struct NdpiFlow;    // its ndpi_flow_struct

// Its ndpi_protocol, "TLS" and "Google". 0: none.
struct NdpiProtocol {
  uint16_t master = 0, application = 0;
  uint32_t category = 0;
};

class NdpiLibrary {
 public:
  // Loaded with the first call, for good.
  static const NdpiLibrary& Get();
  // Unavailable: it is not there, or another version.
  const absl::Status& status() const { return status_; }

  // REQUIRES: status().ok(), of all of them.
  NdpiModule* (*init_module)(uint32_t preferences) = nullptr;
  void (*set_protocols)(NdpiModule* module, const void* bits) = nullptr;
  void (*finish_init)(NdpiModule* module) = nullptr;
  void (*exit_module)(NdpiModule* module) = nullptr;
  uint32_t (*flow_bytes)() = nullptr;
  void* (*allocate_flow)(size_t bytes) = nullptr;
  void (*free_flow)(NdpiFlow* flow) = nullptr;
  // `packet` begins with the header of IP.
  NdpiProtocol (*process_packet)(NdpiModule* module, NdpiFlow* flow, const unsigned char* packet,
                                 unsigned short length, uint64_t time_ms) = nullptr;
  uint8_t (*may_learn_more)(NdpiModule* module, NdpiFlow* flow) = nullptr;
  NdpiProtocol (*give_up)(NdpiModule* module, NdpiFlow* flow, uint8_t guesses,
                          uint8_t* guessed) = nullptr;
  char* (*name_of)(NdpiModule* module, NdpiProtocol protocol, char* text, unsigned bytes) = nullptr;

 private:
  NdpiLibrary();
  absl::Status status_;
};

}  // namespace tstat::internal

#endif  // TSTAT_L7_NDPI_NDPI_LIBRARY_H_
