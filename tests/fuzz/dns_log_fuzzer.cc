// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer target: one DNS message in a datagram. The first two bytes are its size by the IP
// header, which may be more or less than what follows. Its entries are told, and written as rows:
// each is a row of the log, and none is longer than the log allows.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "names/dns_log.h"
#include "tests/schema/hostile_rows.h"

namespace tstat {
using namespace internal;

namespace {

void Fail(const char* what, const std::string& row) {
  std::fprintf(stderr, "%s:\n%s", what, row.c_str());
  std::abort();
}

class Rows : public EventSink {
 public:
  EventMask Wants() const override { return Event::kDnsEntry; }
  void OnDnsEntry(const DnsEntry& entry) override {
    constexpr size_t kCells = 22;
    const HostileRow row{"dns_entry", ' ', kCells,
                         RowOf(DnsEntryTable(), entry, 0, CompatProfile::Tstat33())};
    if (const std::string wrong = WhatIsWrong(row); !wrong.empty()) Fail(wrong.c_str(), row.line);
    if (entry.name.size() + entry.data.size() > DnsLog::kMaxAnswerText) Fail("long", row.line);
    if (entry.raw_name.size() > 254 || entry.has_name == entry.name.empty()) Fail("name", row.line);
    if (told_ && entry.order <= last_) Fail("order", row.line);
    if (entry.order.sub >= uint64_t{1} << kOrdersPerStepBits) Fail("sub-order", row.line);
    told_ = true;
    last_ = entry.order;
  }

 private:
  bool told_ = false;
  OrderKey last_;
};

}  // namespace
}  // namespace tstat

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tstat::ByteReader input({data, size});
  std::string packet(8, '\0');  // the UDP header
  packet += input.Text(2);
  tstat::Datagram d;
  d.time = tstat::Timestamp::FromSeconds(1'500'000'000);
  d.transport = tstat::Transport::kUdp;
  d.source = tstat::IpAddress::V4(0x0A000001);
  d.destination = tstat::IpAddress::V4(0x0A000002);
  d.ip_payload_length = 8 + input.U16(0);
  d.transport_bytes =
      tstat::ByteReader({reinterpret_cast<const uint8_t*>(packet.data()), packet.size()});
  tstat::UdpDatagramStep step;
  step.datagram = &d;
  tstat::Rows rows;
  tstat::DnsLog log(&rows);
  log.OnDatagram(step, tstat::Endpoints(), 1);
  return 0;
}
