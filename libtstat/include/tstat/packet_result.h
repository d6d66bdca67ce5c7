// SPDX-License-Identifier: BSD-3-Clause
//
// What became of a packet that an Analyzer was given.
#ifndef TSTAT_PACKET_RESULT_H_
#define TSTAT_PACKET_RESULT_H_

#include <cstdint>

namespace tstat::inline v1 {

enum class PacketResult : uint8_t {
  // There was none, or the analysis has ended: status() says why. With
  // CompatProfile::time_order_window_ms also: it waits for its turn, and no other had its own.
  kNotTaken,
  kFiltered,     // AnalyzerOptions::packet_filter does not match it
  kDropped,      // no IP packet that can be read: Statistics::dropped says why
  kShort,        // a header was not captured in full
  kNotAnalysed,  // IP, but neither TCP nor UDP, or switched off by the options
  kNoFlow,       // TCP of no known flow and no opening SYN, or no room for a flow
  kDuplicate,    // of the packet before it: it only keeps its flow alive
  kCounted,
};

}  // namespace tstat::inline v1

#endif  // TSTAT_PACKET_RESULT_H_
