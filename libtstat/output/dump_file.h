// SPDX-License-Identifier: BSD-3-Clause
//
// One file of packets, buffered, optionally compressed. What cannot be written ends it: the file
// then has whole packets only (a compressed one ends anywhere).
//
//   DumpFile file;
//   absl::Status status = file.Open(files, "out/.../udp_dns.pcap", {});
//   status = file.Write({.time = t, .bytes = bytes, .original_length = 60});
//   status = file.Close();                    // "out/.../udp_dns.pcap: No space left on device"
#ifndef TSTAT_OUTPUT_DUMP_FILE_H_
#define TSTAT_OUTPUT_DUMP_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "output/files.h"
#include "output/stream_encoder.h"
#include "tstat/packet_dumps.h"
#include "tstat/time.h"

namespace tstat::internal {

struct DumpFileOptions {
  DumpFormat format = DumpFormat::kPcap;
  DumpCompression compression = DumpCompression::kNone;
  uint32_t snap_len = 0;            // bytes of a packet; 0: all
  size_t buffer_bytes = 64 * 1024;  // handed to the file when full
};

// An IP packet as it is to be written.
struct DumpRecord {
  Timestamp time;
  std::span<const uint8_t> bytes;  // from the IP header on
  uint32_t original_length = 0;    // likewise
  bool is_v6 = false;
  std::string_view comment = {};  // pcapng only
};

// What follows the name of a dump: ".pcap", ".pcapng.zst", ...
std::string DumpSuffix(DumpFormat format, DumpCompression compression);

class DumpFile {
 public:
  bool is_open() const { return file_ != nullptr; }

  // Makes the file; one that is there is removed. Error: "Could not open file PATH: REASON".
  absl::Status Open(FileOpener& files, std::string path, const DumpFileOptions& options);
  // REQUIRES: is_open(). After an error, that of the three that finds it, the file is closed.
  absl::Status Write(const DumpRecord& record);
  absl::Status Flush();
  absl::Status Close();

  // Packets that Write took and that are not in the file, of all files so far.
  uint64_t lost_packets() const { return lost_packets_; }

 private:
  void AppendHeader();
  void AppendPcap(const DumpRecord& record);
  void AppendPcapng(const DumpRecord& record);
  absl::Status Drain(StreamEncoder::Flush flush);
  absl::Status Append(std::string* bytes);
  absl::Status End(absl::Status status);

  std::string path_;
  DumpFileOptions options_;
  std::unique_ptr<AppendFile> file_;
  std::unique_ptr<StreamEncoder> encoder_;
  std::string buffer_, encoded_;
  size_t header_bytes_ = 0;     // of the file, at the start of the buffer
  std::vector<uint32_t> ends_;  // of the records in the buffer
  uint64_t lost_packets_ = 0;
};

}  // namespace tstat::internal

#endif  // TSTAT_OUTPUT_DUMP_FILE_H_
