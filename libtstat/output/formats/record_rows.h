// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of an analysis, for a format: the way from records to exports.
//
//   RecordRows rows({.profile = profile, .anonymizer = anonymizer}, *format,
//                   [&](const TableRow& row) { writer.Append(row); });
//   analyzer.AddSink(&rows);
#ifndef TSTAT_OUTPUT_FORMATS_RECORD_ROWS_H_
#define TSTAT_OUTPUT_FORMATS_RECORD_ROWS_H_

#include <functional>
#include <memory>

#include "output/formats/format.h"
#include "schema/row_tables.h"
#include "tstat/event_sink.h"
#include "tstat/schema.h"
#include "tstat/table_row.h"

namespace tstat::internal {

class RecordRows : public EventSink {
 public:
  using Use = std::function<void(const TableRow& row)>;

  // Rows of the tables that `format`, which must outlive this, takes; with cells if it needs them,
  // in the form of the text logs. What is shown of addresses, names and URLs is said by `options`;
  // its `logs` do not matter.
  RecordRows(const RowOptions& options, const ExportFormat& format, Use use);
  ~RecordRows() override;

  EventMask Wants() const override;
  void OnTcpFlow(const TcpFlow& flow) override;
  void OnUdpFlow(const UdpFlow& flow) override;
  void OnMediaFlow(const MediaFlow& flow) override;
  void OnSkypeFlow(const SkypeFlow& flow) override;
  void OnHttpMessage(const HttpMessage& message) override;
  void OnVideoFlow(const VideoFlow& flow) override;
  void OnChatFlow(const ChatFlow& flow) override;
  void OnChatMessage(const ChatMessage& message) override;
  void OnTcpPeriod(const TcpPeriod& period) override;
  void OnUdpPeriod(const UdpPeriod& period) override;
  void OnDnsEntry(const DnsEntry& entry) override;
  void OnTlsHandshake(const TlsHandshake& handshake) override;
  void OnDnsResolution(const DnsResolution& resolution) override;
  void OnHistograms(const HistogramSnapshot& snapshot) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_FORMATS_RECORD_ROWS_H_
