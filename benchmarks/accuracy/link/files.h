// SPDX-License-Identifier: BSD-3-Clause
//
// What the link writes: captures, the truth about each packet, and what the kernels count.
#ifndef TSTAT_ACCURACY_FILES_H_
#define TSTAT_ACCURACY_FILES_H_

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/accuracy/link/packet.h"

namespace accuracy {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// A pcap file with nanoseconds, of packets that begin with IP.
class CaptureFile {
 public:
  explicit CaptureFile(File file);
  // The number of the frame, from 1.
  uint32_t Write(const std::vector<uint8_t>& bytes, Nanoseconds now);

 private:
  File file_;
  uint32_t frames_ = 0;
};

// One line a packet, comma-separated, with a header line; times in nanoseconds since the epoch,
// empty where the packet did not come. benchmarks/accuracy/README.md describes the columns.
class TruthFile {
 public:
  explicit TruthFile(File file);
  void Write(const Packet& packet);

 private:
  File file_;
};

// What a machine's TCP counts (/proc/net/netstat and snmp): a line whenever one of the counters
// has changed since the one before. By them each retransmission has its cause, as the sender's
// kernel sees it.
class CountersFile {
 public:
  explicit CountersFile(File file);
  // `netstat` and `snmp` are open files of the end's network namespace.
  void AddEnd(const char* name, int netstat, int snmp);
  void Sample(Nanoseconds now);

 private:
  struct End {
    const char* name;
    int netstat, snmp;
    std::vector<uint64_t> values;
  };
  File file_;
  std::vector<End> ends_;
  std::vector<char> buffer_;
};

// The counters by name, in the files' format: a line of names, a line of values, each beginning
// with the group. Absent ones are 0.
void ReadCounters(const std::string& text, std::vector<uint64_t>* values);

// The names, in the order of the values.
std::vector<std::string> CounterNames();

}  // namespace accuracy

#endif  // TSTAT_ACCURACY_FILES_H_
