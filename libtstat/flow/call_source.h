// SPDX-License-Identifier: BSD-3-Clause
//
// What SIP announces, as the flow table sees it: it is told the messages in packet order, and asked
// for the call of a flow when that is reported.
#ifndef TSTAT_FLOW_CALL_SOURCE_H_
#define TSTAT_FLOW_CALL_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "decode/byte_reader.h"
#include "decode/datagram.h"
#include "flow/step.h"
#include "tstat/announced_media.h"
#include "tstat/flow.h"
#include "tstat/time.h"

namespace tstat::internal {

class CallSource {
 public:
  static constexpr uint16_t kPort = 5060;

  virtual ~CallSource() = default;
  // A counted UDP packet of which MayBeSip.
  virtual void OnSipDatagram(const UdpDatagramStep& step, uint64_t flow_number) = 0;
  // A counted TCP segment with kPort on either side.
  virtual void OnSipSegment(const TcpSegmentStep& step, uint64_t flow_number) = 0;
  // Whether a datagram of any port may be SIP; it has to be read to be sure.
  static bool MayBeSip(const Datagram& d) {
    constexpr size_t kUdpHeader = 8, kVersionEnd = 24;
    const ByteReader message = d.transport_bytes.Sub(kUdpHeader);
    if (!message.Has(0, kVersionEnd)) return false;
    const uint8_t first = message.U8(0), second = message.U8(1), third = message.U8(2);
    const auto is_letter = [](uint8_t byte) { return byte >= 'A' && byte <= 'Z'; };
    return is_letter(first) && is_letter(second) && is_letter(third);
  }

  // Of a UDP flow: the call whose media it is, or that it announced; null: none is known.
  struct Question {
    uint64_t flow_number = 0;
    Endpoint client = {}, server = {};  // address and port
    Timestamp first = {}, last = {};    // of its packets
    bool goes_on = false;               // it is reported while it is open
  };
  virtual std::shared_ptr<const AnnouncedMedia> Find(const Question& flow) = 0;
  // There is nothing to find.
  virtual bool empty() const = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_FLOW_CALL_SOURCE_H_
