// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: the input is a pcapng file, or blocks that follow a section and an interface.
// How it comes in pieces changes nothing; and what libpcap reads without a complaint gives the same
// packets.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "capture/pcapng_format.h"
#include "tests/capture/trace_bytes.h"

namespace {

using tstat::internal::Bytes;
using tstat::internal::ReadPacket;
using tstat::internal::ReadResult;
using tstat::internal::ReadTrace;

void Require(bool holds) {
  if (!holds) std::abort();
}

// libpcap gives packets without a time the epoch's.
bool Same(const ReadPacket& own, const ReadPacket& reference) {
  return own.data == reference.data && own.original_length == reference.original_length &&
         own.link_type == reference.link_type &&
         (own.microseconds == reference.microseconds || reference.microseconds == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  Bytes file;
  if ((data[0] & 1) != 0) file = tstat::internal::PcapngBuilder(data[0] >> 1).bytes();
  file.insert(file.end(), data + 1, data + size);
  // Compressed data are other targets' work.
  if (!tstat::internal::PcapngFormat::Matches(file)) return 0;
  tstat::TraceOptions options;
  options.time_zero = true;
  if ((data[0] & 2) != 0) options.filter = "ip";
  const ReadResult whole = ReadTrace(file, options);
  const ReadResult pieces = ReadTrace(file, options, 3);
  Require(whole.open == pieces.open && whole.status == pieces.status);
  Require(whole.packets == pieces.packets && whole.note == pieces.note);
  if (!whole.open.ok()) return 0;
  options.native_pcap = false;
  const ReadResult reference = ReadTrace(file, options);
  if (!reference.open.ok() || !reference.status.ok() || !whole.note.empty()) return 0;
  Require(whole.status.ok() && whole.packets.size() == reference.packets.size());
  for (size_t i = 0; i < whole.packets.size(); ++i) {
    Require(Same(whole.packets[i], reference.packets[i]));
  }
  return 0;
}
